// RUN: attn-opt %s --split-input-file --verify-diagnostics

// One function per way to break a constraint of attn.linear and attn.recurrent,
// named after the constraint.

func.func @c1_rank(
    %q: tensor<1x2x5x8xf32>, %k: tensor<2x5x8xf32>, %v: tensor<1x2x5x4xf32>, %o:
    tensor<1x2x5x4xf32>) {
  // expected-error @below {{'attn.linear' op C1: expected 'key' of rank 4, but found rank 3}}
  %0 = attn.linear
      ins(%q, %k, %v : tensor<1x2x5x8xf32>, tensor<2x5x8xf32>, tensor<1x2x5x4xf32>)
      outs(%o : tensor<1x2x5x4xf32>)
  return
}

// -----

func.func @c1_other_element(
    %q: tensor<1x2x5x8xf32>, %k: tensor<1x2x5x8xf32>, %v: tensor<1x2x5x4xf16>, %o:
    tensor<1x2x5x4xf32>) {
  // expected-error @below {{C1: expected 'value' of 'f32' like 'query', but found 'f16'}}
  %0 = attn.linear
      ins(%q, %k, %v : tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf16>)
      outs(%o : tensor<1x2x5x4xf32>)
  return
}

// -----

func.func @c1_element(
    %q: tensor<1x2x5x8xi8>, %k: tensor<1x2x5x8xi8>, %v: tensor<1x2x5x4xi8>, %o:
    tensor<1x2x5x4xf32>) {
  // expected-error @below {{C1: expected f16, bf16, f32 or f64, but found 'i8'}}
  %0 = attn.linear
      ins(%q, %k, %v : tensor<1x2x5x8xi8>, tensor<1x2x5x8xi8>, tensor<1x2x5x4xi8>)
      outs(%o : tensor<1x2x5x4xf32>)
  return
}

// -----

func.func @c2_dynamic_width(
    %q: tensor<1x2x5x8xf32>, %k: tensor<1x2x5x8xf32>, %v: tensor<1x2x5x?xf32>, %o:
    tensor<1x2x5x?xf32>) {
  // expected-error @below {{C2: expected a static positive value width}}
  %0 = attn.linear
      ins(%q, %k, %v : tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x?xf32>)
      outs(%o : tensor<1x2x5x?xf32>)
  return
}

// -----

func.func @c3_key_width(
    %q: tensor<1x2x5x8xf32>, %k: tensor<1x2x5x16xf32>, %v: tensor<1x2x5x4xf32>, %o:
    tensor<1x2x5x4xf32>) {
  // expected-error @below {{C3: expected}}
  %0 = attn.linear
      ins(%q, %k, %v : tensor<1x2x5x8xf32>, tensor<1x2x5x16xf32>, tensor<1x2x5x4xf32>)
      outs(%o : tensor<1x2x5x4xf32>)
  return
}

// -----

func.func @c3_state_rank(
    %q: tensor<1x2x5x8xf32>, %k: tensor<1x2x5x8xf32>, %v: tensor<1x2x5x4xf32>, %o:
    tensor<1x2x5x4xf32>, %s0: tensor<2x8x4xf32>) {
  // expected-error @below {{C3: expected 'state' of rank 4, but found rank 3}}
  %0:2 = attn.linear
      ins(%q, %k, %v : tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      outs(%o, %s0 : tensor<1x2x5x4xf32>, tensor<2x8x4xf32>)
  return
}

// -----

func.func @c4_key_heads(
    %q: tensor<1x2x5x8xf32>, %k: tensor<1x3x5x8xf32>, %v: tensor<1x2x5x4xf32>, %o:
    tensor<1x2x5x4xf32>) {
  // expected-error @below {{C4: expected the number of value heads to be a multiple of the 3 key heads, but found 2}}
  %0 = attn.linear
      ins(%q, %k, %v : tensor<1x2x5x8xf32>, tensor<1x3x5x8xf32>, tensor<1x2x5x4xf32>)
      outs(%o : tensor<1x2x5x4xf32>)
  return
}

// -----

func.func @c4_query_heads(
    %q: tensor<1x3x5x8xf32>, %k: tensor<1x2x5x8xf32>, %v: tensor<1x2x5x4xf32>, %o:
    tensor<1x2x5x4xf32>) {
  // expected-error @below {{C4: expected the number of query heads to be a multiple of the 2 value heads, but found 3}}
  %0 = attn.linear
      ins(%q, %k, %v : tensor<1x3x5x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      outs(%o : tensor<1x2x5x4xf32>)
  return
}

// -----

func.func @c4_output_heads(
    %q: tensor<1x4x5x8xf32>, %k: tensor<1x2x5x8xf32>, %v: tensor<1x2x5x4xf32>, %o:
    tensor<1x2x5x4xf32>) {
  // expected-error @below {{C4: expected 4 heads in the output, but found 2}}
  %0 = attn.linear
      ins(%q, %k, %v : tensor<1x4x5x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      outs(%o : tensor<1x2x5x4xf32>)
  return
}

// -----

func.func @c5_output(
    %q: tensor<1x2x5x8xf32>, %k: tensor<1x2x5x8xf32>, %v: tensor<1x2x5x4xf32>, %o:
    tensor<1x2x5x4xf16>) {
  // expected-error @below {{C5: expected 'output' of 'f32' or f32, but found 'f16'}}
  %0 = attn.linear
      ins(%q, %k, %v : tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      outs(%o : tensor<1x2x5x4xf16>)
  return
}

// -----

func.func @c5_state(
    %q: tensor<1x2x5x8xf32>, %k: tensor<1x2x5x8xf32>, %v: tensor<1x2x5x4xf32>, %o:
    tensor<1x2x5x4xf32>, %s0: tensor<1x2x8x4xf16>) {
  // expected-error @below {{C5: expected states of 'f32', but found 'f16'}}
  %0:2 = attn.linear
      ins(%q, %k, %v : tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      outs(%o, %s0 : tensor<1x2x5x4xf32>, tensor<1x2x8x4xf16>)
  return
}

// -----

func.func @c6_rank(
    %q: tensor<1x2x5x8xf32>, %k: tensor<1x2x5x8xf32>, %v: tensor<1x2x5x4xf32>, %g:
    tensor<1x2xf32>, %o: tensor<1x2x5x4xf32>) {
  // expected-error @below {{C6: expected 'gate' of rank 1, 3 or 4, but found rank 2}}
  %0 = attn.linear
      ins(%q, %k, %v : tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      gate(%g : tensor<1x2xf32>)
      outs(%o : tensor<1x2x5x4xf32>)
  return
}

// -----

func.func @c6_element(
    %q: tensor<1x2x5x8xf32>, %k: tensor<1x2x5x8xf32>, %v: tensor<1x2x5x4xf32>, %g:
    tensor<2xi32>, %o: tensor<1x2x5x4xf32>) {
  // expected-error @below {{C6: expected 'gate' of a float type, but found 'i32'}}
  %0 = attn.linear
      ins(%q, %k, %v : tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      gate(%g : tensor<2xi32>)
      outs(%o : tensor<1x2x5x4xf32>)
  return
}

// -----

func.func @c7_scale(
    %q: tensor<1x2x5x8xf32>, %k: tensor<1x2x5x8xf32>, %v: tensor<1x2x5x4xf32>, %o:
    tensor<1x2x5x4xf32>) {
  // expected-error @below {{C7: expected a finite 'scale'}}
  %0 = attn.linear scale 0x7FF0000000000000
      ins(%q, %k, %v : tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      outs(%o : tensor<1x2x5x4xf32>)
  return
}

// -----

func.func @c7_epsilon(
    %q: tensor<1x2x5x8xf32>, %k: tensor<1x2x5x8xf32>, %v: tensor<1x2x5x4xf32>, %o:
    tensor<1x2x5x4xf32>) {
  // expected-error @below {{C7: expected 'epsilon' finite and not negative, but found }}
  %0 = attn.linear normalizer(key_sum) epsilon -1.0
      ins(%q, %k, %v : tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      outs(%o : tensor<1x2x5x4xf32>)
  return
}

// -----

func.func @c8_bonus(
    %q: tensor<1x2x5x8xf32>, %k: tensor<1x2x5x8xf32>, %v: tensor<1x2x5x4xf32>, %u:
    tensor<2x8xf32>, %o: tensor<1x2x5x4xf32>) {
  // expected-error @below {{C8: expected 'read_before' with 'bonus'}}
  %0 = attn.linear
      ins(%q, %k, %v : tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      bonus(%u : tensor<2x8xf32>)
      outs(%o : tensor<1x2x5x4xf32>)
  return
}

// -----

func.func @c9_read_before(
    %q: tensor<1x2x5x8xf32>, %k: tensor<1x2x5x8xf32>, %v: tensor<1x2x5x4xf32>, %o:
    tensor<1x2x5x4xf32>) {
  // expected-error @below {{C9: expected no 'read_before' with 'normalizer'}}
  %0 = attn.linear read_before normalizer(key_sum)
      ins(%q, %k, %v : tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      outs(%o : tensor<1x2x5x4xf32>)
  return
}

// -----

func.func @c9_no_input_gate(
    %q: tensor<1x2x5x8xf32>, %k: tensor<1x2x5x8xf32>, %v: tensor<1x2x5x4xf32>, %g:
    tensor<1x2x5xf32>, %o: tensor<1x2x5x4xf32>) {
  // expected-error @below {{C9: expected an 'input_gate' and a 'gate' of rank 3 with 'normalizer(max_exp)'}}
  %0 = attn.linear normalizer(max_exp)
      ins(%q, %k, %v : tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      gate(%g : tensor<1x2x5xf32>)
      outs(%o : tensor<1x2x5x4xf32>)
  return
}

// -----

func.func @c9_no_max_exp(
    %q: tensor<1x2x5x8xf32>, %k: tensor<1x2x5x8xf32>, %v: tensor<1x2x5x4xf32>, %g:
    tensor<1x2x5xf32>, %o: tensor<1x2x5x4xf32>) {
  // expected-error @below {{C9: expected 'normalizer(max_exp)' with 'input_gate'}}
  %0 = attn.linear
      ins(%q, %k, %v : tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      input_gate(%g : tensor<1x2x5xf32>)
      outs(%o : tensor<1x2x5x4xf32>)
  return
}

// -----

func.func @c10_count(
    %q: tensor<1x2x5x8xf32>, %k: tensor<1x2x5x8xf32>, %v: tensor<1x2x5x4xf32>, %o:
    tensor<1x2x5x4xf32>, %s0: tensor<1x2x8x4xf32>) {
  // expected-error @below {{C10: expected no state destination or all 2, but found 1}}
  %0:2 = attn.linear normalizer(key_sum)
      ins(%q, %k, %v : tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      outs(%o, %s0 : tensor<1x2x5x4xf32>, tensor<1x2x8x4xf32>)
  return
}

// -----

func.func @c10_transition(
    %q: tensor<1x2x5x8xf32>, %k: tensor<1x2x5x8xf32>, %v: tensor<1x2x5x4xf32>, %o:
    tensor<1x2x5x4xf32>) {
  // expected-error @below {{C10: expected a destination for 'transition'}}
  %0 = attn.linear transition
      ins(%q, %k, %v : tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      outs(%o : tensor<1x2x5x4xf32>)
  return
}

// -----

func.func @c11_element(
    %q: tensor<1x2x5x8xf32>, %k: tensor<1x2x5x8xf32>, %v: tensor<1x2x5x4xf32>, %c:
    tensor<3xi8>, %o: tensor<1x2x5x4xf32>) {
  // expected-error @below {{C11: expected 'cu_seqlens' of i32 or i64, but found 'i8'}}
  %0 = attn.linear
      ins(%q, %k, %v : tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      cu_seqlens(%c : tensor<3xi8>)
      outs(%o : tensor<1x2x5x4xf32>)
  return
}

// -----

func.func @c11_batch(
    %q: tensor<2x2x5x8xf32>, %k: tensor<2x2x5x8xf32>, %v: tensor<2x2x5x4xf32>, %c:
    tensor<3xi32>, %o: tensor<2x2x5x4xf32>) {
  // expected-error @below {{C11: expected a batch of 1 with 'cu_seqlens', but found 2}}
  %0 = attn.linear
      ins(%q, %k, %v : tensor<2x2x5x8xf32>, tensor<2x2x5x8xf32>, tensor<2x2x5x4xf32>)
      cu_seqlens(%c : tensor<3xi32>)
      outs(%o : tensor<2x2x5x4xf32>)
  return
}

// -----

func.func @c11_no_bound(
    %q: tensor<1x2x5x8xf32>, %k: tensor<1x2x5x8xf32>, %v: tensor<1x2x5x4xf32>, %c:
    tensor<0xi32>, %o: tensor<1x2x5x4xf32>) {
  // expected-error @below {{C11: expected at least one bound in 'cu_seqlens'}}
  %0 = attn.linear
      ins(%q, %k, %v : tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      cu_seqlens(%c : tensor<0xi32>)
      outs(%o : tensor<1x2x5x4xf32>)
  return
}

// -----

func.func @c11_states(
    %q: tensor<1x2x5x8xf32>, %k: tensor<1x2x5x8xf32>, %v: tensor<1x2x5x4xf32>, %c:
    tensor<3xi32>, %o: tensor<1x2x5x4xf32>, %s0: tensor<1x2x8x4xf32>) {
  // expected-error @below {{C11: expected 2 states for 'cu_seqlens', but found 1}}
  %0:2 = attn.linear
      ins(%q, %k, %v : tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      cu_seqlens(%c : tensor<3xi32>)
      outs(%o, %s0 : tensor<1x2x5x4xf32>, tensor<1x2x8x4xf32>)
  return
}

// -----

func.func @c12_tensors(
    %q: tensor<1x2x5x8xf32>, %k: tensor<1x2x5x8xf32>, %v: tensor<1x2x5x4xf32>, %g:
    memref<2xf32>, %o: tensor<1x2x5x4xf32>) {
  // expected-error @below {{C12: expected all operands to be tensors, but found 'memref<2xf32>'}}
  %0 = attn.linear
      ins(%q, %k, %v : tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      gate(%g : memref<2xf32>)
      outs(%o : tensor<1x2x5x4xf32>)
  return
}

// -----

func.func @c12_memrefs(
    %q: memref<1x2x5x8xf32>, %k: memref<1x2x5x8xf32>, %v: memref<1x2x5x4xf32>, %g:
    tensor<2xf32>, %o: memref<1x2x5x4xf32>) {
  // expected-error @below {{C12: expected all operands to be memrefs, but found 'tensor<2xf32>'}}
  attn.linear
      ins(%q, %k, %v : memref<1x2x5x8xf32>, memref<1x2x5x8xf32>, memref<1x2x5x4xf32>)
      gate(%g : tensor<2xf32>)
      outs(%o : memref<1x2x5x4xf32>)
  return
}

// -----

func.func @recurrent_c8_beta(
    %q: tensor<1x2x5x8xf32>, %k: tensor<1x2x5x8xf32>, %v: tensor<1x2x5x4xf32>, %b:
    tensor<2x5xf32>, %o: tensor<1x2x5x4xf32>) {
  // expected-error @below {{'attn.recurrent' op C8: expected 'beta' of rank 3, but found rank 2}}
  %0 = attn.recurrent
      ins(%q, %k, %v : tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      beta(%b : tensor<2x5xf32>)
      outs(%o : tensor<1x2x5x4xf32>)
  return
}

// -----

func.func @recurrent_c9_two(
    %q: tensor<1x2x5x8xf32>, %k: tensor<1x2x5x8xf32>, %v: tensor<1x2x5x4xf32>, %b:
    tensor<1x2x5xf32>, %l: tensor<1x2x5x8xf32>, %o: tensor<1x2x5x4xf32>) {
  // expected-error @below {{C9: expected at most one of 'beta', 'correction' and 'decay'}}
  %0 = attn.recurrent
      ins(%q, %k, %v : tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      beta(%b : tensor<1x2x5xf32>) correction(%l, %l : tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>)
      outs(%o : tensor<1x2x5x4xf32>)
  return
}

// -----

func.func @recurrent_c9_gate(
    %q: tensor<1x2x5x8xf32>, %k: tensor<1x2x5x8xf32>, %v: tensor<1x2x5x4xf32>, %g:
    tensor<2xf32>, %dt: tensor<1x2x5x4xf32>, %a: tensor<2x8x4xf32>, %o: tensor<1x2x5x4xf32>) {
  // expected-error @below {{C9: expected no 'gate' with 'decay'}}
  %0 = attn.recurrent
      ins(%q, %k, %v : tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      gate(%g : tensor<2xf32>) decay(%dt, %a : tensor<1x2x5x4xf32>, tensor<2x8x4xf32>)
      outs(%o : tensor<1x2x5x4xf32>)
  return
}
