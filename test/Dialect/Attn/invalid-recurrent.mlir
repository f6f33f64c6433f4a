// RUN: attn-opt %s --split-input-file --verify-diagnostics

// One function per way to break a constraint that attn.recurrent has alone, named
// after its number.

func.func @recurrent_c8_beta(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %b: tensor<1x2x9x8xf32>, %o: tensor<1x2x9x4xf32>) {
  // expected-error @below {{'attn.recurrent' op C8: expected 'beta' of rank 3, but found rank 4}}
  %r = attn.recurrent
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      beta(%b : tensor<1x2x9x8xf32>)
      outs(%o : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @recurrent_c8_left(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %a: tensor<1x2x9xf32>, %c: tensor<1x2x9x8xf32>, %o: tensor<1x2x9x4xf32>) {
  // expected-error @below {{C8: expected 'left' of rank 4, but found rank 3}}
  %r = attn.recurrent
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      correction(%a, %c : tensor<1x2x9xf32>, tensor<1x2x9x8xf32>)
      outs(%o : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @recurrent_c8_right(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %a: tensor<1x2x9x8xf32>, %c: tensor<1x2x9x8xi32>, %o: tensor<1x2x9x4xf32>) {
  // expected-error @below {{C8: expected 'right' of a float type, but found 'i32'}}
  %r = attn.recurrent
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      correction(%a, %c : tensor<1x2x9x8xf32>, tensor<1x2x9x8xi32>)
      outs(%o : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @recurrent_c3_correction(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %a: tensor<1x2x9x8xf32>, %c: tensor<1x2x9x4xf32>, %o: tensor<1x2x9x4xf32>) {
  // expected-error @below {{C3: expected dimension 3 of operand #4 to be 8 like dimension 3 of operand #0, but found 4}}
  %r = attn.recurrent
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      correction(%a, %c : tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      outs(%o : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @recurrent_c9_beta_and_correction(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %b: tensor<1x2x9xf32>, %a: tensor<1x2x9x8xf32>, %c: tensor<1x2x9x8xf32>,
    %o: tensor<1x2x9x4xf32>) {
  // expected-error @below {{C9: expected at most one of 'beta', 'correction' and 'decay'}}
  %r = attn.recurrent
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      beta(%b : tensor<1x2x9xf32>)
      correction(%a, %c : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>)
      outs(%o : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @recurrent_c9_correction_and_decay(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %a: tensor<1x2x9x8xf32>, %c: tensor<1x2x9x8xf32>, %dt: tensor<1x2x9x4xf32>,
    %rate: tensor<2x8x4xf32>, %o: tensor<1x2x9x4xf32>) {
  // expected-error @below {{C9: expected at most one of 'beta', 'correction' and 'decay'}}
  %r = attn.recurrent
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      correction(%a, %c : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>)
      decay(%dt, %rate : tensor<1x2x9x4xf32>, tensor<2x8x4xf32>)
      outs(%o : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @recurrent_c9_gate(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %g: tensor<2xf32>, %dt: tensor<1x2x9x4xf32>, %rate: tensor<2x8x4xf32>,
    %o: tensor<1x2x9x4xf32>) {
  // expected-error @below {{C9: expected no 'gate' with 'decay'}}
  %r = attn.recurrent
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      gate(%g : tensor<2xf32>)
      decay(%dt, %rate : tensor<1x2x9x4xf32>, tensor<2x8x4xf32>)
      outs(%o : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @recurrent_c9_time_step(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %dt: tensor<1x2x9xf32>, %rate: tensor<2x8x4xf32>, %o: tensor<1x2x9x4xf32>) {
  // expected-error @below {{C9: expected 'time step' of rank 4, but found rank 3}}
  %r = attn.recurrent
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      decay(%dt, %rate : tensor<1x2x9xf32>, tensor<2x8x4xf32>)
      outs(%o : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @recurrent_c9_rate(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %dt: tensor<1x2x9x4xf32>, %rate: tensor<8x4xf32>, %o: tensor<1x2x9x4xf32>) {
  // expected-error @below {{C9: expected 'rate' of rank 3, but found rank 2}}
  %r = attn.recurrent
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      decay(%dt, %rate : tensor<1x2x9x4xf32>, tensor<8x4xf32>)
      outs(%o : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @recurrent_c3_rate(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %dt: tensor<1x2x9x4xf32>, %rate: tensor<2x8x8xf32>, %o: tensor<1x2x9x4xf32>) {
  // expected-error @below {{C3: expected dimension 2 of operand #4 to be 4 like dimension 3 of operand #2, but found 8}}
  %r = attn.recurrent
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      decay(%dt, %rate : tensor<1x2x9x4xf32>, tensor<2x8x8xf32>)
      outs(%o : tensor<1x2x9x4xf32>)
  return
}

// -----

func.func @recurrent_c3_rank_of_transition(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %b: tensor<1x2x9xf32>, %o: tensor<1x2x9x4xf32>, %s0: tensor<1x2x8x4xf32>,
    %s1: tensor<1x2xf32>) {
  // expected-error @below {{C3: expected 'transition' of rank 4, but found rank 2}}
  %r:3 = attn.recurrent transition
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      beta(%b : tensor<1x2x9xf32>)
      outs(%o, %s0, %s1 : tensor<1x2x9x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2xf32>)
  return
}

// -----

func.func @recurrent_c3_transition(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %b: tensor<1x2x9xf32>, %o: tensor<1x2x9x4xf32>, %s0: tensor<1x2x8x4xf32>,
    %s1: tensor<1x2x8x4xf32>) {
  // expected-error @below {{C3: expected dimension 3 of operand #6 to be 8 like dimension 3 of operand #0, but found 4}}
  %r:3 = attn.recurrent transition
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      beta(%b : tensor<1x2x9xf32>)
      outs(%o, %s0, %s1 : tensor<1x2x9x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>)
  return
}

// -----

func.func @recurrent_c3_transition_per_element(
    %q: tensor<1x2x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
    %dt: tensor<1x2x9x4xf32>, %rate: tensor<2x8x4xf32>, %o: tensor<1x2x9x4xf32>,
    %s0: tensor<1x2x8x4xf32>, %s1: tensor<1x2x8x8xf32>) {
  // expected-error @below {{C3: expected dimension 3 of operand #7 to be 4 like dimension 3 of operand #2, but found 8}}
  %r:3 = attn.recurrent transition
      ins(%q, %k, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
      decay(%dt, %rate : tensor<1x2x9x4xf32>, tensor<2x8x4xf32>)
      outs(%o, %s0, %s1 : tensor<1x2x9x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x8xf32>)
  return
}
