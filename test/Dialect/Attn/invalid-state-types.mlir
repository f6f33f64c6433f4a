// RUN: attn-opt %s --split-input-file --verify-diagnostics

// One function per way to break a constraint that attn.linear and attn.recurrent
// share, named after its number: types, factors, destinations, packed sequences.

func.func @c5_output(
    %q: tensor<1x2x9x8xbf16>, %k: tensor<1x2x9x8xbf16>, %v: tensor<1x2x9x4xbf16>,
    %o: tensor<1x2x9x4xf16>) {
  // expected-error @below {{C5: expected 'output' of 'bf16' or f32, but found 'f16'}}
  %r = attn.linear
      ins(%q, %k, %v : tensor<1x2x9x8xbf16>, tensor<1x2x9x8xbf16>, tensor<1x2x9x4xbf16>)
      outs(%o : tensor<1x2x9x4xf16>)
  return
}

// -----

func.func @c5_state(
    %q: tensor<1x2x9x8xbf16>, %k: tensor<1x2x9x8xbf16>, %v: tensor<1x2x9x4xbf16>,
    %o: tensor<1x2x9x4xbf16>, %s0: tensor<1x2x8x4xbf16>) {
  // expected-error @below {{C5: expected states of 'f32', but found 'bf16'}}
  %r:2 = attn.linear
      ins(%q, %k, %v : tensor<1x2x9x8xbf16>, tensor<1x2x9x8xbf16>, tensor<1x2x9x4xbf16>)
      outs(%o, %s0 : tensor<1x2x9x4xbf16>, tensor<1x2x8x4xbf16>)
  return
}

// -----

func.func @c5_state_f64(
    %q: tensor<1x2x9x8xf64>, %k: tensor<1x2x9x8xf64>, %v: tensor<1x2x9x4xf64>,
    %o: tensor<1x2x9x4xf32>, %s0: tensor<1x2x8x4xf32>) {
  // expected-error @below {{C5: expected states of 'f64', but found 'f32'}}
  %r:2 = attn.linear
      ins(%q, %k, %v : tensor<1x2x9x8xf64>, tensor<1x2x9x8xf64>, tensor<1x2x9x4xf64>)
      outs(%o, %s0 : tensor<1x2x9x4xf32>, tensor<1x2x8x4xf32>)
  return
}

// -----

func.func @c6_rank(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %g: tensor<1x2xf32>, %o: tensor<1x2x9x4xf32>) {
  // expected-error @below {{C6: expected 'gate' of rank 1, 3 or 4, but found rank 2}}
  %r = attn.linear
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      gate(%g : tensor<1x2xf32>)
      outs(%o : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @c6_type(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %g: tensor<2xi32>, %o: tensor<1x2x9x4xf32>) {
  // expected-error @below {{C6: expected 'gate' of a float type, but found 'i32'}}
  %r = attn.linear
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      gate(%g : tensor<2xi32>)
      outs(%o : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @c7_scale(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %o: tensor<1x2x9x4xf32>) {
  // expected-error @below {{C7: expected a finite 'scale'}}
  %r = attn.linear scale 0x7FF0000000000000
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      outs(%o : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @c7_epsilon(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %o: tensor<1x2x9x4xf32>) {
  // expected-error @below {{C7: expected 'epsilon' finite and not negative, but found -1}}
  %r = attn.linear normalizer(key_sum) epsilon -1.0
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      outs(%o : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @c10_some_states(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %o: tensor<1x2x9x4xf32>, %s0: tensor<1x2x8x4xf32>) {
  // expected-error @below {{C10: expected no state destination or all 2, but found 1}}
  %r:2 = attn.linear normalizer(key_sum)
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      outs(%o, %s0 : tensor<1x2x9x4xf32>, tensor<1x2x8x4xf32>)
  return
}

// -----

func.func @c10_too_many_states(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %o: tensor<1x2x9x4xf32>, %s0: tensor<1x2x8x4xf32>, %s1: tensor<1x2x8x4xf32>) {
  // expected-error @below {{C10: expected no state destination or all 1, but found 2}}
  %r:3 = attn.linear
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      outs(%o, %s0, %s1 : tensor<1x2x9x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>)
  return
}

// -----

func.func @c10_transition(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %o: tensor<1x2x9x4xf32>) {
  // expected-error @below {{C10: expected a destination for 'transition'}}
  %r = attn.linear transition
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      outs(%o : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @c11_rank(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %c: tensor<1x3xi32>, %o: tensor<1x2x9x4xf32>) {
  // expected-error @below {{C11: expected 'cu_seqlens' of rank 1, but found rank 2}}
  %r = attn.linear
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      cu_seqlens(%c : tensor<1x3xi32>)
      outs(%o : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @c11_type(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %c: tensor<3xi8>, %o: tensor<1x2x9x4xf32>) {
  // expected-error @below {{C11: expected 'cu_seqlens' of i32 or i64, but found 'i8'}}
  %r = attn.linear
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      cu_seqlens(%c : tensor<3xi8>)
      outs(%o : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @c11_batch(
    %q: tensor<2x2x9x8xf32>, %k: tensor<2x2x9x8xf32>, %v: tensor<2x2x9x4xf32>,
    %c: tensor<3xi32>, %o: tensor<2x2x9x4xf32>) {
  // expected-error @below {{C11: expected a batch of 1 with 'cu_seqlens', but found 2}}
  %r = attn.linear
      ins(%q, %k, %v : tensor<2x2x9x8xf32>, tensor<2x2x9x8xf32>, tensor<2x2x9x4xf32>)
      cu_seqlens(%c : tensor<3xi32>)
      outs(%o : tensor<2x2x9x4xf32>)
  return
}

// -----

func.func @c11_no_bound(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %c: tensor<0xi32>, %o: tensor<1x2x9x4xf32>) {
  // expected-error @below {{C11: expected at least one bound in 'cu_seqlens'}}
  %r = attn.linear
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      cu_seqlens(%c : tensor<0xi32>)
      outs(%o : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @c11_states(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %c: tensor<3xi32>, %o: tensor<1x2x9x4xf32>, %s0: tensor<1x2x8x4xf32>) {
  // expected-error @below {{C11: expected 2 states for 'cu_seqlens', but found 1}}
  %r:2 = attn.linear
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      cu_seqlens(%c : tensor<3xi32>)
      outs(%o, %s0 : tensor<1x2x9x4xf32>, tensor<1x2x8x4xf32>)
  return
}

// -----

func.func @c12_memref(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %o: memref<1x2x9x4xf32>) {
  // expected-error @below {{C12: expected all operands to be tensors, but found 'memref<1x2x9x4xf32>'}}
  attn.linear
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      outs(%o : memref<1x2x9x4xf32>)
  return
}

// -----

func.func @c12_tensor(
    %q: memref<1x2x9x8xf32>, %k: memref<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %o: memref<1x2x9x4xf32>) {
  // expected-error @below {{C12: expected all operands to be memrefs, but found 'tensor<1x2x9x4xf32>'}}
  attn.linear
      ins(%q, %k, %v : memref<1x2x9x8xf32>, memref<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      outs(%o : memref<1x2x9x4xf32>)
  return
}
