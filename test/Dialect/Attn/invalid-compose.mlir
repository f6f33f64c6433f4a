// RUN: attn-opt %s --split-input-file --verify-diagnostics

// One function per way to break a constraint of attn.compose, named after its
// number.

func.func @c1_rank(
    %es: tensor<1x2x8x4xf32>, %ms: tensor<3x1x2xf32>, %s: tensor<1x2x8x4xf32>) {
  // expected-error @below {{'attn.compose' op C1: expected 'states' of rank 5, but found rank 4}}
  %r = attn.compose
      ins(%es, %ms : tensor<1x2x8x4xf32>, tensor<3x1x2xf32>)
      outs(%s : tensor<1x2x8x4xf32>)
  return
}

// -----

func.func @c1_type(
    %es: tensor<3x1x2x8x4xbf16>, %ms: tensor<3x1x2xf32>, %s: tensor<1x2x8x4xf32>) {
  // expected-error @below {{C1: expected states of f32 or f64, but found 'bf16'}}
  %r = attn.compose
      ins(%es, %ms : tensor<3x1x2x8x4xbf16>, tensor<3x1x2xf32>)
      outs(%s : tensor<1x2x8x4xf32>)
  return
}

// -----

func.func @c1_one_type(
    %es: tensor<3x1x2x8x4xf32>, %ms: tensor<3x1x2xf64>, %s: tensor<1x2x8x4xf32>) {
  // expected-error @below {{C1: expected all operands of 'f32', but found 'tensor<3x1x2xf64>'}}
  %r = attn.compose
      ins(%es, %ms : tensor<3x1x2x8x4xf32>, tensor<3x1x2xf64>)
      outs(%s : tensor<1x2x8x4xf32>)
  return
}

// -----

func.func @c2_dynamic(
    %es: tensor<3x1x2x?x4xf32>, %ms: tensor<3x1x2xf32>, %s: tensor<1x2x8x4xf32>) {
  // expected-error @below {{C2: expected a static positive key width}}
  %r = attn.compose
      ins(%es, %ms : tensor<3x1x2x?x4xf32>, tensor<3x1x2xf32>)
      outs(%s : tensor<1x2x8x4xf32>)
  return
}

// -----

func.func @c2_zero(
    %es: tensor<3x1x2x8x0xf32>, %ms: tensor<3x1x2xf32>, %s: tensor<1x2x8x4xf32>) {
  // expected-error @below {{C2: expected a static positive value width}}
  %r = attn.compose
      ins(%es, %ms : tensor<3x1x2x8x0xf32>, tensor<3x1x2xf32>)
      outs(%s : tensor<1x2x8x4xf32>)
  return
}

// -----

func.func @c2_dynamic_elsewhere(
    %es: tensor<3x1x2x8x4xf32>, %ms: tensor<3x1x2x?xf32>, %s: tensor<1x2x8x4xf32>) {
  // expected-error @below {{C2: expected a static size 8 of dimension 3, but found 'tensor<3x1x2x?xf32>'}}
  %r = attn.compose
      ins(%es, %ms : tensor<3x1x2x8x4xf32>, tensor<3x1x2x?xf32>)
      outs(%s : tensor<1x2x8x4xf32>)
  return
}

// -----

func.func @c3_rank_of_state(
    %es: tensor<3x1x2x8x4xf32>, %ms: tensor<3x1x2xf32>, %s: tensor<3x1x2x8x4xf32>) {
  // expected-error @below {{C3: expected 'state' of rank 4, but found rank 5}}
  %r = attn.compose
      ins(%es, %ms : tensor<3x1x2x8x4xf32>, tensor<3x1x2xf32>)
      outs(%s : tensor<3x1x2x8x4xf32>)
  return
}

// -----

func.func @c3_rank_of_transition(
    %es: tensor<3x1x2x8x4xf32>, %ms: tensor<3x1x2xf32>,
    %s: tensor<1x2x8x4xf32>, %m: tensor<1x2x8xf32>) {
  // expected-error @below {{C3: expected 'transition' of rank 2, but found rank 3}}
  %r:2 = attn.compose
      ins(%es, %ms : tensor<3x1x2x8x4xf32>, tensor<3x1x2xf32>)
      outs(%s, %m : tensor<1x2x8x4xf32>, tensor<1x2x8xf32>)
  return
}

// -----

func.func @c3_state(
    %es: tensor<3x1x2x8x4xf32>, %ms: tensor<3x1x2xf32>, %s: tensor<1x3x8x4xf32>) {
  // expected-error @below {{C3: expected dimension 1 of operand #2 to be 2 like dimension 2 of operand #0, but found 3}}
  %r = attn.compose
      ins(%es, %ms : tensor<3x1x2x8x4xf32>, tensor<3x1x2xf32>)
      outs(%s : tensor<1x3x8x4xf32>)
  return
}

// -----

func.func @c3_parts(
    %es: tensor<3x1x2x8x4xf32>, %ms: tensor<4x1x2xf32>, %s: tensor<1x2x8x4xf32>) {
  // expected-error @below {{C3: expected dimension 0 of operand #1 to be 3 like dimension 0 of operand #0, but found 4}}
  %r = attn.compose
      ins(%es, %ms : tensor<3x1x2x8x4xf32>, tensor<4x1x2xf32>)
      outs(%s : tensor<1x2x8x4xf32>)
  return
}

// -----

func.func @c3_matrix(
    %es: tensor<3x1x2x8x4xf32>, %ms: tensor<3x1x2x8x4xf32>, %s: tensor<1x2x8x4xf32>) {
  // expected-error @below {{C3: expected dimension 4 of operand #1 to be 8 like dimension 3 of operand #0, but found 4}}
  %r = attn.compose
      ins(%es, %ms : tensor<3x1x2x8x4xf32>, tensor<3x1x2x8x4xf32>)
      outs(%s : tensor<1x2x8x4xf32>)
  return
}

// -----

func.func @c3_per_element(
    %es: tensor<3x1x2x8x4xf32>, %ms: tensor<3x1x2x8x8xf32>, %s: tensor<1x2x8x4xf32>) {
  // expected-error @below {{C3: expected dimension 4 of operand #1 to be 4 like dimension 4 of operand #0, but found 8}}
  %r = attn.compose per_element
      ins(%es, %ms : tensor<3x1x2x8x4xf32>, tensor<3x1x2x8x8xf32>)
      outs(%s : tensor<1x2x8x4xf32>)
  return
}

// -----

func.func @c3_transition(
    %es: tensor<3x1x2x8x4xf32>, %ms: tensor<3x1x2x8xf32>,
    %s: tensor<1x2x8x4xf32>, %m: tensor<1x2x4xf32>) {
  // expected-error @below {{C3: expected dimension 2 of operand #3 to be 8 like dimension 3 of operand #0, but found 4}}
  %r:2 = attn.compose
      ins(%es, %ms : tensor<3x1x2x8x4xf32>, tensor<3x1x2x8xf32>)
      outs(%s, %m : tensor<1x2x8x4xf32>, tensor<1x2x4xf32>)
  return
}

// -----

func.func @c4_rank(
    %es: tensor<3x1x2x8x4xf32>, %ms: tensor<3x1xf32>, %s: tensor<1x2x8x4xf32>) {
  // expected-error @below {{C4: expected transitions of rank 3, 4 or 5, but found rank 2}}
  %r = attn.compose
      ins(%es, %ms : tensor<3x1x2x8x4xf32>, tensor<3x1xf32>)
      outs(%s : tensor<1x2x8x4xf32>)
  return
}

// -----

func.func @c4_rank_above(
    %es: tensor<3x1x2x8x4xf32>, %ms: tensor<3x1x2x8x8x8xf32>, %s: tensor<1x2x8x4xf32>) {
  // expected-error @below {{C4: expected transitions of rank 3, 4 or 5, but found rank 6}}
  %r = attn.compose
      ins(%es, %ms : tensor<3x1x2x8x4xf32>, tensor<3x1x2x8x8x8xf32>)
      outs(%s : tensor<1x2x8x4xf32>)
  return
}

// -----

func.func @c4_per_element(
    %es: tensor<3x1x2x8x4xf32>, %ms: tensor<3x1x2x8xf32>, %s: tensor<1x2x8x4xf32>) {
  // expected-error @below {{C4: expected transitions of rank 5 with 'per_element', but found rank 4}}
  %r = attn.compose per_element
      ins(%es, %ms : tensor<3x1x2x8x4xf32>, tensor<3x1x2x8xf32>)
      outs(%s : tensor<1x2x8x4xf32>)
  return
}

// -----

func.func @c5_memref(
    %es: tensor<3x1x2x8x4xf32>, %ms: tensor<3x1x2xf32>, %s: memref<1x2x8x4xf32>) {
  // expected-error @below {{C5: expected all operands to be tensors, but found 'memref<1x2x8x4xf32>'}}
  attn.compose
      ins(%es, %ms : tensor<3x1x2x8x4xf32>, tensor<3x1x2xf32>)
      outs(%s : memref<1x2x8x4xf32>)
  return
}
