// RUN: attn-opt %s --split-input-file --verify-diagnostics

// One function per way to break a constraint that attn.linear has alone, named
// after its number.

func.func @linear_c8_rank(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %u: tensor<8xf32>, %o: tensor<1x2x9x4xf32>) {
  // expected-error @below {{'attn.linear' op C8: expected 'bonus' of rank 2, but found rank 1}}
  %r = attn.linear read_before
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      bonus(%u : tensor<8xf32>)
      outs(%o : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @linear_c8_type(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %u: tensor<2x8xi8>, %o: tensor<1x2x9x4xf32>) {
  // expected-error @below {{C8: expected 'bonus' of a float type, but found 'i8'}}
  %r = attn.linear read_before
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      bonus(%u : tensor<2x8xi8>)
      outs(%o : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @linear_c8_read_before(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %u: tensor<2x8xf32>, %o: tensor<1x2x9x4xf32>) {
  // expected-error @below {{C8: expected 'read_before' with 'bonus'}}
  %r = attn.linear
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      bonus(%u : tensor<2x8xf32>)
      outs(%o : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @linear_c3_bonus(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %u: tensor<2x4xf32>, %o: tensor<1x2x9x4xf32>) {
  // expected-error @below {{C3: expected dimension 1 of operand #3 to be 8 like dimension 3 of operand #0, but found 4}}
  %r = attn.linear read_before
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      bonus(%u : tensor<2x4xf32>)
      outs(%o : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @linear_c9_read_before(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %o: tensor<1x2x9x4xf32>) {
  // expected-error @below {{C9: expected no 'read_before' with 'normalizer'}}
  %r = attn.linear read_before normalizer(key_sum)
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      outs(%o : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @linear_c9_no_input_gate(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %g: tensor<1x2x9xf32>, %o: tensor<1x2x9x4xf32>) {
  // expected-error @below {{C9: expected an 'input_gate' and a 'gate' of rank 3 with 'normalizer(max_exp)'}}
  %r = attn.linear normalizer(max_exp)
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      gate(%g : tensor<1x2x9xf32>)
      outs(%o : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @linear_c9_gate_per_row(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %g: tensor<1x2x9x8xf32>, %i: tensor<1x2x9xf32>, %o: tensor<1x2x9x4xf32>) {
  // expected-error @below {{C9: expected an 'input_gate' and a 'gate' of rank 3 with 'normalizer(max_exp)'}}
  %r = attn.linear normalizer(max_exp)
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      gate(%g : tensor<1x2x9x8xf32>)
      input_gate(%i : tensor<1x2x9xf32>)
      outs(%o : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @linear_c9_input_gate(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %g: tensor<1x2x9xf32>, %i: tensor<1x2x9xf32>, %o: tensor<1x2x9x4xf32>) {
  // expected-error @below {{C9: expected 'normalizer(max_exp)' with 'input_gate'}}
  %r = attn.linear normalizer(key_sum)
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      gate(%g : tensor<1x2x9xf32>)
      input_gate(%i : tensor<1x2x9xf32>)
      outs(%o : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @linear_c9_rank(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %g: tensor<1x2x9xf32>, %i: tensor<1x2x9x8xf32>, %o: tensor<1x2x9x4xf32>) {
  // expected-error @below {{C9: expected 'input_gate' of rank 3, but found rank 4}}
  %r = attn.linear normalizer(max_exp)
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      gate(%g : tensor<1x2x9xf32>)
      input_gate(%i : tensor<1x2x9x8xf32>)
      outs(%o : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @linear_c9_transition(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %g: tensor<1x2x9xf32>, %i: tensor<1x2x9xf32>, %o: tensor<1x2x9x4xf32>,
    %s0: tensor<1x2x8x4xf32>, %s1: tensor<1x2x8xf32>, %s2: tensor<1x2xf32>,
    %s3: tensor<1x2xf32>) {
  // expected-error @below {{C9: expected no 'transition' with 'normalizer(max_exp)'}}
  %r:5 = attn.linear normalizer(max_exp) transition
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      gate(%g : tensor<1x2x9xf32>)
      input_gate(%i : tensor<1x2x9xf32>)
      outs(%o, %s0, %s1, %s2, %s3 : tensor<1x2x9x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8xf32>, tensor<1x2xf32>, tensor<1x2xf32>)
  return
}
