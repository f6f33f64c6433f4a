// RUN: attn-opt %s --split-input-file --verify-diagnostics

// One function per way to break C1 to C8 of attn.dense, named after the
// constraint.

func.func @c1_rank(%q: tensor<1x2x3x8xf32>, %k: tensor<2x5x8xf32>,
    %v: tensor<1x2x5x4xf32>, %o: tensor<1x2x3x4xf32>) {
  // expected-error @below {{'attn.dense' op C1: expected 'key' of rank 4, but found rank 3}}
  %0 = attn.dense
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<2x5x8xf32>, tensor<1x2x5x4xf32>)
      outs(%o : tensor<1x2x3x4xf32>)
  return
}

// -----

func.func @c1_other_element(%q: tensor<1x2x3x8xf32>, %k: tensor<1x2x5x8xf32>,
    %v: tensor<1x2x5x4xf16>, %o: tensor<1x2x3x4xf32>) {
  // expected-error @below {{C1: expected 'value' of 'f32' like 'query', but found 'f16'}}
  %0 = attn.dense
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf16>)
      outs(%o : tensor<1x2x3x4xf32>)
  return
}

// -----

func.func @c1_element(%q: tensor<1x2x3x8xi8>, %k: tensor<1x2x5x8xi8>,
    %v: tensor<1x2x5x4xi8>, %o: tensor<1x2x3x4xf32>) {
  // expected-error @below {{C1: expected f16, bf16, f32 or f64, but found 'i8'}}
  %0 = attn.dense
      ins(%q, %k, %v : tensor<1x2x3x8xi8>, tensor<1x2x5x8xi8>, tensor<1x2x5x4xi8>)
      outs(%o : tensor<1x2x3x4xf32>)
  return
}

// -----

func.func @c2_dynamic_key_width(%q: tensor<1x2x3x?xf32>,
    %k: tensor<1x2x5x?xf32>, %v: tensor<1x2x5x4xf32>, %o: tensor<1x2x3x4xf32>) {
  // expected-error @below {{C2: expected a static positive key width}}
  %0 = attn.dense
      ins(%q, %k, %v : tensor<1x2x3x?xf32>, tensor<1x2x5x?xf32>, tensor<1x2x5x4xf32>)
      outs(%o : tensor<1x2x3x4xf32>)
  return
}

// -----

func.func @c2_no_value_width(%q: tensor<1x2x3x8xf32>, %k: tensor<1x2x5x8xf32>,
    %v: tensor<1x2x5x0xf32>, %o: tensor<1x2x3x0xf32>) {
  // expected-error @below {{C2: expected a static positive value width}}
  %0 = attn.dense
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x0xf32>)
      outs(%o : tensor<1x2x3x0xf32>)
  return
}

// -----

func.func @c3_batch(%q: tensor<1x2x3x8xf32>, %k: tensor<2x2x5x8xf32>,
    %v: tensor<1x2x5x4xf32>, %o: tensor<1x2x3x4xf32>) {
  // expected-error @below {{C3: expected dimension 0 of operand #1 to be 1 like dimension 0 of operand #0, but found 2}}
  %0 = attn.dense
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<2x2x5x8xf32>, tensor<1x2x5x4xf32>)
      outs(%o : tensor<1x2x3x4xf32>)
  return
}

// -----

func.func @c3_keys(%q: tensor<1x2x3x8xf32>, %k: tensor<1x2x5x8xf32>,
    %v: tensor<1x2x6x4xf32>, %o: tensor<1x2x3x4xf32>) {
  // expected-error @below {{C3: expected dimension 2 of operand #2 to be 5 like dimension 2 of operand #1, but found 6}}
  %0 = attn.dense
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x6x4xf32>)
      outs(%o : tensor<1x2x3x4xf32>)
  return
}

// -----

func.func @c3_output_width(%q: tensor<1x2x3x8xf32>, %k: tensor<1x2x5x8xf32>,
    %v: tensor<1x2x5x4xf32>, %o: tensor<1x2x3x8xf32>) {
  // expected-error @below {{C3: expected dimension 3 of operand #3 to be 4 like dimension 3 of operand #2, but found 8}}
  %0 = attn.dense
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      outs(%o : tensor<1x2x3x8xf32>)
  return
}

// -----

func.func @c3_output_rank(%q: tensor<1x2x3x8xf32>, %k: tensor<1x2x5x8xf32>,
    %v: tensor<1x2x5x4xf32>, %o: tensor<2x3x4xf32>) {
  // expected-error @below {{C3: expected 'output' of rank 4, but found rank 3}}
  %0 = attn.dense
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      outs(%o : tensor<2x3x4xf32>)
  return
}

// -----

func.func @c3_lse_rank(%q: tensor<1x2x3x8xf32>, %k: tensor<1x2x5x8xf32>,
    %v: tensor<1x2x5x4xf32>, %o: tensor<1x2x3x4xf32>, %l: tensor<1x2x3x1xf32>) {
  // expected-error @below {{C3: expected 'lse' of rank 3, but found rank 4}}
  %0:2 = attn.dense
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      outs(%o, %l : tensor<1x2x3x4xf32>, tensor<1x2x3x1xf32>)
  return
}

// -----

func.func @c4_groups(%q: tensor<1x4x3x8xf32>, %k: tensor<1x3x5x8xf32>,
    %v: tensor<1x3x5x4xf32>, %o: tensor<1x4x3x4xf32>) {
  // expected-error @below {{C4: expected the number of query heads to be a multiple of the 3 key heads, but found 4}}
  %0 = attn.dense
      ins(%q, %k, %v : tensor<1x4x3x8xf32>, tensor<1x3x5x8xf32>, tensor<1x3x5x4xf32>)
      outs(%o : tensor<1x4x3x4xf32>)
  return
}

// -----

func.func @c4_no_key_heads(%q: tensor<1x2x3x8xf32>, %k: tensor<1x0x5x8xf32>,
    %v: tensor<1x0x5x4xf32>, %o: tensor<1x2x3x4xf32>) {
  // expected-error @below {{C4: expected the number of query heads to be a multiple of the 0 key heads, but found 2}}
  %0 = attn.dense
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x0x5x8xf32>, tensor<1x0x5x4xf32>)
      outs(%o : tensor<1x2x3x4xf32>)
  return
}

// -----

func.func @c5_output_element(%q: tensor<1x2x3x8xf32>, %k: tensor<1x2x5x8xf32>,
    %v: tensor<1x2x5x4xf32>, %o: tensor<1x2x3x4xf16>) {
  // expected-error @below {{C5: expected 'output' of 'f32' or f32, but found 'f16'}}
  %0 = attn.dense
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      outs(%o : tensor<1x2x3x4xf16>)
  return
}

// -----

func.func @c5_lse_element(%q: tensor<1x2x3x8xf32>, %k: tensor<1x2x5x8xf32>,
    %v: tensor<1x2x5x4xf32>, %o: tensor<1x2x3x4xf32>, %l: tensor<1x2x3xf64>) {
  // expected-error @below {{C5: expected 'lse' of 'f32', but found 'f64'}}
  %0:2 = attn.dense
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      outs(%o, %l : tensor<1x2x3x4xf32>, tensor<1x2x3xf64>)
  return
}

// -----

func.func @c6_causal_without_diagonal(%q: tensor<1x2x3x8xf32>,
    %k: tensor<1x2x5x8xf32>, %v: tensor<1x2x5x4xf32>, %o: tensor<1x2x3x4xf32>) {
  // expected-error @below {{C6: expected exactly one of 'align' and 'diagonal' with 'causal' or 'window', and neither without}}
  %0 = attn.dense causal
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      outs(%o : tensor<1x2x3x4xf32>)
  return
}

// -----

func.func @c6_alignment_without_mask(%q: tensor<1x2x3x8xf32>,
    %k: tensor<1x2x5x8xf32>, %v: tensor<1x2x5x4xf32>, %o: tensor<1x2x3x4xf32>) {
  // expected-error @below {{C6: expected exactly one of 'align' and 'diagonal' with 'causal' or 'window', and neither without}}
  %0 = attn.dense align(top_left)
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      outs(%o : tensor<1x2x3x4xf32>)
  return
}

// -----

func.func @c6_diagonal_without_mask(%q: tensor<1x2x3x8xf32>,
    %k: tensor<1x2x5x8xf32>, %v: tensor<1x2x5x4xf32>, %o: tensor<1x2x3x4xf32>,
    %d: index) {
  // expected-error @below {{C6: expected exactly one of 'align' and 'diagonal' with 'causal' or 'window', and neither without}}
  %0 = attn.dense
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      diagonal(%d)
      outs(%o : tensor<1x2x3x4xf32>)
  return
}

// -----

func.func @c6_alignment_and_diagonal(%q: tensor<1x2x3x8xf32>,
    %k: tensor<1x2x5x8xf32>, %v: tensor<1x2x5x4xf32>, %o: tensor<1x2x3x4xf32>,
    %d: index) {
  // expected-error @below {{C6: expected exactly one of 'align' and 'diagonal' with 'causal' or 'window', and neither without}}
  %0 = attn.dense align(top_left) window [1, 0]
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      diagonal(%d)
      outs(%o : tensor<1x2x3x4xf32>)
  return
}

// -----

func.func @c7_one_entry(%q: tensor<1x2x3x8xf32>, %k: tensor<1x2x5x8xf32>,
    %v: tensor<1x2x5x4xf32>, %o: tensor<1x2x3x4xf32>) {
  // expected-error @below {{C7: expected 'window' of two entries, but found 1}}
  %0 = attn.dense align(top_left) window [3]
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      outs(%o : tensor<1x2x3x4xf32>)
  return
}

// -----

func.func @c7_negative(%q: tensor<1x2x3x8xf32>, %k: tensor<1x2x5x8xf32>,
    %v: tensor<1x2x5x4xf32>, %o: tensor<1x2x3x4xf32>) {
  // expected-error @below {{C7: expected 'window' entries of -1 or more, but found -2}}
  %0 = attn.dense align(top_left) window [3, -2]
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      outs(%o : tensor<1x2x3x4xf32>)
  return
}

// -----

func.func @c8_scale(%q: tensor<1x2x3x8xf32>, %k: tensor<1x2x5x8xf32>,
    %v: tensor<1x2x5x4xf32>, %o: tensor<1x2x3x4xf32>) {
  // expected-error @below {{C8: expected a finite 'scale'}}
  %0 = attn.dense scale 0x7FF0000000000000
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      outs(%o : tensor<1x2x3x4xf32>)
  return
}

// -----

func.func @c8_softcap(%q: tensor<1x2x3x8xf32>, %k: tensor<1x2x5x8xf32>,
    %v: tensor<1x2x5x4xf32>, %o: tensor<1x2x3x4xf32>) {
  // expected-error @below {{C8: expected 'softcap' finite and positive, but found 0}}
  %0 = attn.dense softcap 0.0
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      outs(%o : tensor<1x2x3x4xf32>)
  return
}

// -----

func.func @c8_softcap_infinite(%q: tensor<1x2x3x8xf32>, %k: tensor<1x2x5x8xf32>,
    %v: tensor<1x2x5x4xf32>, %o: tensor<1x2x3x4xf32>) {
  // expected-error @below {{C8: expected 'softcap' finite and positive, but found INF}}
  %0 = attn.dense softcap 0x7FF0000000000000
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      outs(%o : tensor<1x2x3x4xf32>)
  return
}
