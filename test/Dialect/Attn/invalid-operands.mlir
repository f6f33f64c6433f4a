// RUN: attn-opt %s --split-input-file --verify-diagnostics

// One function per way to break C9, C10, C13 and C14 of attn.dense, its optional
// operands, named after the constraint.

func.func @c9_rank(%q: tensor<1x2x3x8xf32>, %k: tensor<1x2x5x8xf32>,
    %v: tensor<1x2x5x4xf32>, %o: tensor<1x2x3x4xf32>, %x: tensor<3x5xf32>) {
  // expected-error @below {{C9: expected 'bias' of rank 4, but found rank 2}}
  %0 = attn.dense
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      bias(%x : tensor<3x5xf32>)
      outs(%o : tensor<1x2x3x4xf32>)
  return
}

// -----

func.func @c9_element(%q: tensor<1x2x3x8xf32>, %k: tensor<1x2x5x8xf32>,
    %v: tensor<1x2x5x4xf32>, %o: tensor<1x2x3x4xf32>, %x: tensor<1x1x3x5xi16>) {
  // expected-error @below {{C9: expected 'bias' of f16, bf16, f32, f64, i1 or i8, but found 'i16'}}
  %0 = attn.dense
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      bias(%x : tensor<1x1x3x5xi16>)
      outs(%o : tensor<1x2x3x4xf32>)
  return
}

// -----

func.func @c9_size(%q: tensor<1x2x3x8xf32>, %k: tensor<1x2x5x8xf32>,
    %v: tensor<1x2x5x4xf32>, %o: tensor<1x2x3x4xf32>, %x: tensor<1x1x2x5xf32>) {
  // expected-error @below {{C9: expected size 2 of 'bias' to be 1 or 3, but found 2}}
  %0 = attn.dense
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      bias(%x : tensor<1x1x2x5xf32>)
      outs(%o : tensor<1x2x3x4xf32>)
  return
}

// -----

func.func @c10_rank(%q: tensor<1x2x3x8xf32>, %k: tensor<1x2x5x8xf32>,
    %v: tensor<1x2x5x4xf32>, %o: tensor<1x2x3x4xf32>, %x: tensor<1x2xf32>) {
  // expected-error @below {{C10: expected 'sink' of rank 1, but found rank 2}}
  %0 = attn.dense
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      sink(%x : tensor<1x2xf32>)
      outs(%o : tensor<1x2x3x4xf32>)
  return
}

// -----

func.func @c10_element(%q: tensor<1x2x3x8xf32>, %k: tensor<1x2x5x8xf32>,
    %v: tensor<1x2x5x4xf32>, %o: tensor<1x2x3x4xf32>, %x: tensor<2xi32>) {
  // expected-error @below {{C10: expected 'sink' of a float type, but found 'i32'}}
  %0 = attn.dense
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      sink(%x : tensor<2xi32>)
      outs(%o : tensor<1x2x3x4xf32>)
  return
}

// -----

func.func @c10_heads(%q: tensor<1x2x3x8xf32>, %k: tensor<1x2x5x8xf32>,
    %v: tensor<1x2x5x4xf32>, %o: tensor<1x2x3x4xf32>, %x: tensor<3xf32>) {
  // expected-error @below {{C3: expected dimension 0 of operand #3 to be 2 like dimension 1 of operand #0, but found 3}}
  %0 = attn.dense
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      sink(%x : tensor<3xf32>)
      outs(%o : tensor<1x2x3x4xf32>)
  return
}

// -----

func.func @c13_origin(%q: tensor<1x2x3x8xf32>, %k: tensor<1x2x5x8xf32>,
    %v: tensor<1x2x5x4xf32>, %o: tensor<1x2x3x4xf32>, %x: index) {
  // expected-error @below {{C13: expected 'origin' of four values or none, but found 3}}
  %0 = attn.dense
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      origin(%x, %x, %x)
      outs(%o : tensor<1x2x3x4xf32>)
  return
}

// -----

func.func @c14_rank(%q: tensor<1x2x3x8xf32>, %k: tensor<1x2x5x8xf32>,
    %v: tensor<1x2x5x4xf32>, %o: tensor<1x2x3x4xf32>, %x: tensor<4xi32>) {
  // expected-error @below {{C14: expected 'page_table' of rank 2, but found rank 1}}
  %0 = attn.dense
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      page_table(%x : tensor<4xi32>)
      outs(%o : tensor<1x2x3x4xf32>)
  return
}

// -----

func.func @c14_element(%q: tensor<1x2x3x8xf32>, %k: tensor<1x2x5x8xf32>,
    %v: tensor<1x2x5x4xf32>, %o: tensor<1x2x3x4xf32>, %x: tensor<1xi16>) {
  // expected-error @below {{C14: expected 'lengths' of i32 or i64, but found 'i16'}}
  %0 = attn.dense
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      lengths(%x : tensor<1xi16>)
      outs(%o : tensor<1x2x3x4xf32>)
  return
}

// -----

func.func @c14_cu_seqlens_rank(%q: tensor<1x2x3x8xf32>,
    %k: tensor<1x2x5x8xf32>, %v: tensor<1x2x5x4xf32>, %o: tensor<1x2x3x4xf32>,
    %x: tensor<1x2xi32>) {
  // expected-error @below {{C14: expected 'cu_seqlens' of rank 1, but found rank 2}}
  %0 = attn.dense
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      cu_seqlens(%x : tensor<1x2xi32>)
      outs(%o : tensor<1x2x3x4xf32>)
  return
}

// -----

func.func @c14_lengths_and_bounds(%q: tensor<1x2x3x8xf32>, %n: tensor<1xi32>, %x: tensor<2xi32>) {
  // expected-error @below {{C14: expected 'lengths' or 'cu_seqlens', but found both}}
  %0 = attn.dense
      ins(%q, %q, %q : tensor<1x2x3x8xf32>, tensor<1x2x3x8xf32>, tensor<1x2x3x8xf32>)
      lengths(%n : tensor<1xi32>) cu_seqlens(%x : tensor<2xi32>)
      outs(%q : tensor<1x2x3x8xf32>)
  return
}
