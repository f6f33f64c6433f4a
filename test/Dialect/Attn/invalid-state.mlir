// RUN: attn-opt %s --split-input-file --verify-diagnostics

// One function per way to break a constraint that attn.linear and attn.recurrent
// share, named after its number: shapes and heads. The rest of them is in
// invalid-state-types.mlir.

func.func @c1_rank(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<2x9x4xf32>,
    %o: tensor<1x2x9x4xf32>) {
  // expected-error @below {{'attn.linear' op C1: expected 'value' of rank 4, but found rank 3}}
  %r = attn.linear
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<2x9x4xf32>)
      outs(%o : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @c1_rank_of_query(
    %q: tensor<2x16x8xf32>, %k: tensor<1x2x16x8xf32>, %o: tensor<1x2x16x8xf32>)
    -> tensor<1x2x16x8xf32> {
  // expected-error @below {{'attn.recurrent' op C1: expected 'query' of rank 4, but found rank 3}}
  %r = attn.recurrent ins(%q, %k, %k : tensor<2x16x8xf32>, tensor<1x2x16x8xf32>, tensor<1x2x16x8xf32>)
      outs(%o : tensor<1x2x16x8xf32>)
  return %r : tensor<1x2x16x8xf32>
}

// -----

func.func @c1_one_type(
    %q: tensor<1x2x9x8xbf16>, %k: tensor<1x2x9x8xbf16>, %v: tensor<1x2x9x4xf32>,
    %o: tensor<1x2x9x4xf32>) {
  // expected-error @below {{C1: expected 'value' of 'bf16' like 'query', but found 'f32'}}
  %r = attn.linear
      ins(%q, %k, %v : tensor<1x2x9x8xbf16>, tensor<1x2x9x8xbf16>, tensor<1x2x9x4xf32>)
      outs(%o : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @c1_type(
    %q: tensor<1x2x9x8xi32>, %k: tensor<1x2x9x8xi32>, %v: tensor<1x2x9x4xi32>,
    %o: tensor<1x2x9x4xf32>) {
  // expected-error @below {{C1: expected f16, bf16, f32 or f64, but found 'i32'}}
  %r = attn.linear
      ins(%q, %k, %v : tensor<1x2x9x8xi32>, tensor<1x2x9x8xi32>, tensor<1x2x9x4xi32>)
      outs(%o : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @c2_dynamic(
    %q: tensor<1x2x9x?xf32>, %k: tensor<1x2x9x?xf32>, %v: tensor<1x2x9x4xf32>,
    %o: tensor<1x2x9x4xf32>) {
  // expected-error @below {{C2: expected a static positive key width}}
  %r = attn.linear
      ins(%q, %k, %v : tensor<1x2x9x?xf32>, tensor<1x2x9x?xf32>, tensor<1x2x9x4xf32>)
      outs(%o : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @c2_zero(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x0xf32>,
    %o: tensor<1x2x9x0xf32>) {
  // expected-error @below {{C2: expected a static positive value width}}
  %r = attn.linear
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x0xf32>)
      outs(%o : tensor<1x2x9x0xf32>)
  return
}

// -----

func.func @c2_dynamic_elsewhere(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %o: tensor<1x2x9x4xf32>, %s0: tensor<1x2x?x4xf32>) {
  // expected-error @below {{C2: expected a static size 8 of dimension 2, but found 'tensor<1x2x?x4xf32>'}}
  %r:2 = attn.linear
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      outs(%o, %s0 : tensor<1x2x9x4xf32>, tensor<1x2x?x4xf32>)
  return
}

// -----

func.func @c2_dynamic_value_elsewhere(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %o: tensor<1x2x9x?xf32>) {
  // expected-error @below {{C2: expected a static size 4 of dimension 3, but found 'tensor<1x2x9x?xf32>'}}
  %r = attn.linear
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      outs(%o : tensor<1x2x9x?xf32>)
  return
}

// -----

func.func @c3_rank_of_output(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %o: tensor<2x9x4xf32>) {
  // expected-error @below {{C3: expected 'output' of rank 4, but found rank 3}}
  %r = attn.linear
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      outs(%o : tensor<2x9x4xf32>)
  return
}

// -----

func.func @c3_rank_of_state(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %o: tensor<1x2x9x4xf32>, %s0: tensor<2x8x4xf32>) {
  // expected-error @below {{C3: expected 'state' of rank 4, but found rank 3}}
  %r:2 = attn.linear
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      outs(%o, %s0 : tensor<1x2x9x4xf32>, tensor<2x8x4xf32>)
  return
}

// -----

func.func @c3_rank_of_key_sum(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %o: tensor<1x2x9x4xf32>, %s0: tensor<1x2x8x4xf32>, %s1: tensor<1x2xf32>) {
  // expected-error @below {{C3: expected 'key sum' of rank 3, but found rank 2}}
  %r:3 = attn.linear normalizer(key_sum)
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      outs(%o, %s0, %s1 : tensor<1x2x9x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2xf32>)
  return
}

// -----

func.func @c3_rank_of_maximum(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %g: tensor<1x2x9xf32>, %o: tensor<1x2x9x4xf32>, %s0: tensor<1x2x8x4xf32>,
    %s1: tensor<1x2x8xf32>, %s2: tensor<1x2x8xf32>) {
  // expected-error @below {{C3: expected 'maximum' of rank 2, but found rank 3}}
  %r:4 = attn.linear normalizer(max_exp)
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      gate(%g : tensor<1x2x9xf32>)
      input_gate(%g : tensor<1x2x9xf32>)
      outs(%o, %s0, %s1, %s2 : tensor<1x2x9x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8xf32>, tensor<1x2x8xf32>)
  return
}

// -----

func.func @c3_rank_of_transition(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %g: tensor<1x2x9xf32>, %o: tensor<1x2x9x4xf32>, %s0: tensor<1x2x8x4xf32>,
    %s1: tensor<1x2x8xf32>) {
  // expected-error @below {{C3: expected 'transition' of rank 2, but found rank 3}}
  %r:3 = attn.linear transition
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      gate(%g : tensor<1x2x9xf32>)
      outs(%o, %s0, %s1 : tensor<1x2x9x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8xf32>)
  return
}

// -----

func.func @c3_rank_of_transition_per_row(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %g: tensor<1x2x9x8xf32>, %o: tensor<1x2x9x4xf32>, %s0: tensor<1x2x8x4xf32>,
    %s1: tensor<1x2xf32>) {
  // expected-error @below {{C3: expected 'transition' of rank 3, but found rank 2}}
  %r:3 = attn.linear transition
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      gate(%g : tensor<1x2x9x8xf32>)
      outs(%o, %s0, %s1 : tensor<1x2x9x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2xf32>)
  return
}

// -----

func.func @c3_tokens(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x7x8xf32>, %v: tensor<1x2x9x4xf32>,
    %o: tensor<1x2x9x4xf32>) {
  // expected-error @below {{C3: expected dimension 2 of operand #1 to be 9 like dimension 2 of operand #0, but found 7}}
  %r = attn.linear
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x7x8xf32>, tensor<1x2x9x4xf32>)
      outs(%o : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @c3_value_width(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %o: tensor<1x2x9x5xf32>) {
  // expected-error @below {{C3: expected dimension 3 of operand #3 to be 4 like dimension 3 of operand #2, but found 5}}
  %r = attn.linear
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      outs(%o : tensor<1x2x9x5xf32>)
  return
}

// -----

func.func @c3_gate(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %g: tensor<1x3x9xf32>, %o: tensor<1x2x9x4xf32>) {
  // expected-error @below {{C3: expected dimension 1 of operand #3 to be 2 like dimension 1 of operand #2, but found 3}}
  %r = attn.linear
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      gate(%g : tensor<1x3x9xf32>)
      outs(%o : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @c3_gate_per_head(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %g: tensor<3xf32>, %o: tensor<1x2x9x4xf32>) {
  // expected-error @below {{C3: expected dimension 0 of operand #3 to be 2 like dimension 1 of operand #2, but found 3}}
  %r = attn.linear
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      gate(%g : tensor<3xf32>)
      outs(%o : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @c3_state(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %o: tensor<1x2x9x4xf32>, %s0: tensor<1x2x6x4xf32>) {
  // expected-error @below {{C3: expected dimension 2 of operand #4 to be 8 like dimension 3 of operand #0, but found 6}}
  %r:2 = attn.linear
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      outs(%o, %s0 : tensor<1x2x9x4xf32>, tensor<1x2x6x4xf32>)
  return
}

// -----

func.func @c3_states_of_sequences(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %c: tensor<?xi32>, %o: tensor<1x2x9x4xf32>, %s0: tensor<3x2x8x4xf32>,
    %s1: tensor<2x2x8xf32>) {
  // expected-error @below {{C3: expected dimension 0 of operand #6 to be 3 like dimension 0 of operand #5, but found 2}}
  %r:3 = attn.linear normalizer(key_sum)
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      cu_seqlens(%c : tensor<?xi32>)
      outs(%o, %s0, %s1 : tensor<1x2x9x4xf32>, tensor<3x2x8x4xf32>, tensor<2x2x8xf32>)
  return
}

// -----

func.func @c4_key_heads(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x3x9x4xf32>,
    %o: tensor<1x3x9x4xf32>) {
  // expected-error @below {{C4: expected the number of value heads to be a multiple of the 2 key heads, but found 3}}
  %r = attn.linear
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x3x9x4xf32>)
      outs(%o : tensor<1x3x9x4xf32>)
  return
}

// -----

func.func @c4_query_heads(
    %q: tensor<1x3x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %o: tensor<1x3x9x4xf32>) {
  // expected-error @below {{C4: expected the number of query heads to be a multiple of the 2 value heads, but found 3}}
  %r = attn.linear
      ins(%q, %k, %v : tensor<1x3x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      outs(%o : tensor<1x3x9x4xf32>)
  return
}

// -----

func.func @c4_value_heads(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x1x9x8xf32>, %v: tensor<1x3x9x4xf32>,
    %o: tensor<1x3x9x4xf32>) {
  // expected-error @below {{C4: expected the number of value heads to be a multiple of the 2 query heads, but found 3}}
  %r = attn.linear
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x1x9x8xf32>, tensor<1x3x9x4xf32>)
      outs(%o : tensor<1x3x9x4xf32>)
  return
}

// -----

func.func @c4_output_heads(
    %q: tensor<1x4x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %o: tensor<1x2x9x4xf32>) {
  // expected-error @below {{C4: expected 4 heads in the output, but found 2}}
  %r = attn.linear
      ins(%q, %k, %v : tensor<1x4x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      outs(%o : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @c4_no_key_heads(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x0x9x8xf32>, %o: tensor<1x2x9x8xf32>) {
  // expected-error @below {{C4: expected the number of value heads to be a multiple of the 0 key heads, but found 2}}
  %r = attn.linear
      ins(%q, %k, %q : tensor<1x2x9x8xf32>, tensor<1x0x9x8xf32>, tensor<1x2x9x8xf32>)
      outs(%o : tensor<1x2x9x8xf32>)
  return
}

// -----

// Two sizes are at fault, and one error says so.

func.func @c2_two_dynamic_widths(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x?xf32>, %g: tensor<1x2x?x?xf32>) {
  // expected-error @below {{C2: expected a static size 8 of dimension 3, but found 'tensor<1x2x9x?xf32>'}}
  %r = attn.linear
      ins(%q, %k, %q : tensor<1x2x9x8xf32>, tensor<1x2x9x?xf32>, tensor<1x2x9x8xf32>)
      gate(%g : tensor<1x2x?x?xf32>) outs(%q : tensor<1x2x9x8xf32>)
  return
}

// -----

func.func @c7_epsilon_infinite(%q: tensor<1x2x9x8xf32>) {
  // expected-error @below {{C7: expected 'epsilon' finite and not negative, but found INF}}
  %r = attn.linear normalizer(key_sum) epsilon 0x7FF0000000000000
      ins(%q, %q, %q : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>)
      outs(%q : tensor<1x2x9x8xf32>)
  return
}
