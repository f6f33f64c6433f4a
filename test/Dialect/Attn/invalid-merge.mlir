// RUN: attn-opt %s --split-input-file --verify-diagnostics

// One function per way to break a constraint of attn.finish and attn.merge,
// named after its number.

func.func @finish_c1_rank(%m: tensor<4xf32>, %l: tensor<4xf32>,
    %a: tensor<6x4xf32>, %o: tensor<6xf32>) {
  // expected-error @below {{'attn.finish' op C1: expected 'output' of rank 2, but found rank 1}}
  %0 = attn.finish layout(feature_major)
      ins(%m, %l, %a : tensor<4xf32>, tensor<4xf32>, tensor<6x4xf32>)
      outs(%o : tensor<6xf32>)
  return
}

// -----

func.func @finish_c2_sizes(%m: tensor<4xf32>, %l: tensor<4xf32>,
    %a: tensor<6x4xf32>, %o: tensor<3x7xf32>) {
  // expected-error @below {{C2: expected dimension 1 of operand #3 to be 6 like dimension 0 of operand #2, but found 7}}
  %0 = attn.finish layout(feature_major)
      ins(%m, %l, %a : tensor<4xf32>, tensor<4xf32>, tensor<6x4xf32>)
      outs(%o : tensor<3x7xf32>)
  return
}

// -----

func.func @finish_c2_rows(%m: tensor<4xf32>, %l: tensor<4xf32>,
    %a: tensor<6x4xf32>, %o: tensor<5x6xf32>) {
  // expected-error @below {{C2: expected at most 4 rows in 'output', but found 5}}
  %0 = attn.finish layout(feature_major)
      ins(%m, %l, %a : tensor<4xf32>, tensor<4xf32>, tensor<6x4xf32>)
      outs(%o : tensor<5x6xf32>)
  return
}

// -----

func.func @finish_c3_statistics(%m: tensor<4xf32>, %l: tensor<4xf32>,
    %a: tensor<6x4xf32>, %o: tensor<3x6xf32>, %s: tensor<3xf64>) {
  // expected-error @below {{C3: expected statistics of one type 'f32', but found 'f64'}}
  %0:2 = attn.finish layout(feature_major)
      ins(%m, %l, %a : tensor<4xf32>, tensor<4xf32>, tensor<6x4xf32>)
      outs(%o, %s : tensor<3x6xf32>, tensor<3xf64>)
  return
}

// -----

func.func @finish_c3_output(%m: tensor<4xf32>, %l: tensor<4xf32>,
    %a: tensor<6x4xf32>, %o: tensor<3x6xi32>) {
  // expected-error @below {{C3: expected 'output' of a float type, but found 'i32'}}
  %0 = attn.finish layout(feature_major)
      ins(%m, %l, %a : tensor<4xf32>, tensor<4xf32>, tensor<6x4xf32>)
      outs(%o : tensor<3x6xi32>)
  return
}

// -----

func.func @merge_c1_rank(%p: tensor<2x1x2x3x4xf32>, %s: tensor<2x2x3xf32>,
    %o: tensor<1x2x3x4xf32>) {
  // expected-error @below {{'attn.merge' op C1: expected 'lses' of rank 4, but found rank 3}}
  %0 = attn.merge ins(%p, %s : tensor<2x1x2x3x4xf32>, tensor<2x2x3xf32>)
      outs(%o : tensor<1x2x3x4xf32>)
  return
}

// -----

func.func @merge_c2_width(%p: tensor<2x1x2x3x0xf32>, %s: tensor<2x1x2x3xf32>,
    %o: tensor<1x2x3x0xf32>) {
  // expected-error @below {{C2: expected a positive value width}}
  %0 = attn.merge ins(%p, %s : tensor<2x1x2x3x0xf32>, tensor<2x1x2x3xf32>)
      outs(%o : tensor<1x2x3x0xf32>)
  return
}

// -----

func.func @merge_c2_parts(%p: tensor<2x1x2x3x4xf32>, %s: tensor<3x1x2x3xf32>,
    %o: tensor<1x2x3x4xf32>) {
  // expected-error @below {{C2: expected dimension 0 of operand #1 to be 2 like dimension 0 of operand #0, but found 3}}
  %0 = attn.merge ins(%p, %s : tensor<2x1x2x3x4xf32>, tensor<3x1x2x3xf32>)
      outs(%o : tensor<1x2x3x4xf32>)
  return
}

// -----

func.func @merge_c3_statistics(%p: tensor<2x1x2x3x4xbf16>,
    %s: tensor<2x1x2x3xf32>, %o: tensor<1x2x3x4xf32>) {
  // expected-error @below {{C3: expected statistics of f32 or f64, but found 'bf16'}}
  %0 = attn.merge ins(%p, %s : tensor<2x1x2x3x4xbf16>, tensor<2x1x2x3xf32>)
      outs(%o : tensor<1x2x3x4xf32>)
  return
}

// -----

func.func @merge_c3_lse(%p: tensor<2x1x2x3x4xf32>, %s: tensor<2x1x2x3xf32>,
    %o: tensor<1x2x3x4xf32>, %l: tensor<1x2x3xf64>) {
  // expected-error @below {{C3: expected statistics of one type 'f32', but found 'f64'}}
  %0:2 = attn.merge ins(%p, %s : tensor<2x1x2x3x4xf32>, tensor<2x1x2x3xf32>)
      outs(%o, %l : tensor<1x2x3x4xf32>, tensor<1x2x3xf64>)
  return
}

// -----

func.func @merge_c3_output(%p: tensor<2x1x2x3x4xf32>, %s: tensor<2x1x2x3xf32>,
    %o: tensor<1x2x3x4xi8>) {
  // expected-error @below {{C3: expected 'output' of a float type, but found 'i8'}}
  %0 = attn.merge ins(%p, %s : tensor<2x1x2x3x4xf32>, tensor<2x1x2x3xf32>)
      outs(%o : tensor<1x2x3x4xi8>)
  return
}
