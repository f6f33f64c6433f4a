// RUN: attn-opt %s --canonicalize | FileCheck %s

// Normal forms of attn.linear and attn.recurrent, and what must stay.

!in = tensor<1x2x?x8xf32>
!gate = tensor<1x2x?xf32>
!state = tensor<1x2x8x8xf32>

// CHECK-LABEL: func.func @recurrent_is_linear
// CHECK: attn.linear transition scan <chunk = 8, step = 1, panel = 8, lanes = 8> ins(%[[Q:.*]], %[[Q]], %[[Q]] : {{.*}} gate(%{{.*}} : tensor<2xf32>) cu_seqlens(%{{.*}} : tensor<2xi32>) outs(
func.func @recurrent_is_linear(%q: !in, %g: tensor<2xf32>, %c: tensor<2xi32>, %s: !state, %m: tensor<1x2xf32>)
    -> (!in, !state, tensor<1x2xf32>) {
  %r:3 = attn.recurrent scale 0.35355339059327373 transition
      scan <chunk = 8, step = 1, panel = 8, lanes = 8>
      ins(%q, %q, %q : !in, !in, !in) gate(%g : tensor<2xf32>)
      cu_seqlens(%c : tensor<2xi32>)
      outs(%q, %s, %m : !in, !state, tensor<1x2xf32>)
  return %r#0, %r#1, %r#2 : !in, !state, tensor<1x2xf32>
}

// CHECK-LABEL: func.func @corrections_stay
// CHECK: attn.recurrent {{.*}} beta(
// CHECK: attn.recurrent {{.*}} correction(
func.func @corrections_stay(%q: !in, %b: !gate) -> (!in, !in) {
  %x = attn.recurrent ins(%q, %q, %q : !in, !in, !in) beta(%b : !gate) outs(%q : !in)
  %y = attn.recurrent ins(%q, %q, %q : !in, !in, !in) correction(%q, %q : !in, !in) outs(%q : !in)
  return %x, %y : !in, !in
}

// CHECK-LABEL: func.func @epsilons
// CHECK: attn.linear ins(
// CHECK: attn.linear normalizer(key_sum) ins(
// CHECK: attn.linear normalizer(key_sum) epsilon 1.000000e+00 ins(
func.func @epsilons(%q: !in) -> (!in, !in, !in) {
  %a = attn.linear epsilon 1.0 ins(%q, %q, %q : !in, !in, !in) outs(%q : !in)
  %b = attn.linear normalizer(key_sum) epsilon 0.0 ins(%q, %q, %q : !in, !in, !in) outs(%q : !in)
  %c = attn.linear normalizer(key_sum) epsilon 1.0 ins(%q, %q, %q : !in, !in, !in) outs(%q : !in)
  return %a, %b, %c : !in, !in, !in
}

// CHECK-LABEL: func.func @gates_of_zeros
// CHECK: attn.linear ins({{.*}} tensor<1x2x?x8xf32>) outs(
// CHECK: attn.recurrent ins({{.*}} tensor<1x2x?x8xf32>) beta(
func.func @gates_of_zeros(%q: !in, %b: !gate, %o: !in, %t: index) -> (!in, !in) {
  %g = arith.constant dense<0.0> : tensor<2xf32>
  %x = attn.linear ins(%q, %q, %q : !in, !in, !in) gate(%g : tensor<2xf32>) outs(%o : !in)
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty(%t) : !in
  %f = linalg.fill ins(%zero : f32) outs(%e : !in) -> !in
  %y = attn.recurrent ins(%q, %q, %q : !in, !in, !in) gate(%f : !in) beta(%b : !gate) outs(%o : !in)
  return %x, %y : !in, !in
}

// What the rank of a gate decides is that of a transition without a correction.

// CHECK-LABEL: func.func @gates_of_zeros_and_transitions
// CHECK-NOT: gate(
// CHECK: return
func.func @gates_of_zeros_and_transitions(
    %q: tensor<1x2x4x8xf32>, %b: tensor<1x2x4xf32>, %s: !state, %m: tensor<1x2xf32>)
    -> (tensor<1x2x4x8xf32>, tensor<1x2xf32>, !state) {
  %row = arith.constant dense<0.0> : tensor<1x2x4x8xf32>
  %token = arith.constant dense<0.0> : tensor<1x2x4xf32>
  %x = attn.linear ins(%q, %q, %q : tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>)
      gate(%row : tensor<1x2x4x8xf32>) outs(%q : tensor<1x2x4x8xf32>)
  %y:3 = attn.linear transition ins(%q, %q, %q : tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>)
      gate(%token : tensor<1x2x4xf32>) outs(%x, %s, %m : tensor<1x2x4x8xf32>, !state, tensor<1x2xf32>)
  %z:3 = attn.recurrent transition
      ins(%q, %q, %q : tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>)
      gate(%row : tensor<1x2x4x8xf32>) beta(%b : tensor<1x2x4xf32>)
      outs(%y#0, %s, %s : tensor<1x2x4x8xf32>, !state, !state)
  return %z#0, %y#2, %z#2 : tensor<1x2x4x8xf32>, tensor<1x2xf32>, !state
}

// A maximum needs its gate, a transition per row its rank; other numbers decay.

// CHECK-LABEL: func.func @gates_that_stay
// CHECK-COUNT-4: attn.linear {{.*}} gate(
func.func @gates_that_stay(%q: tensor<1x2x4x8xf32>, %i: tensor<1x2x4xf32>, %s: !state, %m: tensor<1x2x8xf32>)
    -> (tensor<1x2x4x8xf32>, tensor<1x2x8xf32>) {
  %one = arith.constant dense<-1.0> : tensor<2xf32>
  %a = attn.linear ins(%q, %q, %q : tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>)
      gate(%one : tensor<2xf32>) outs(%q : tensor<1x2x4x8xf32>)
  %g = arith.constant dense<0.0> : tensor<1x2x4xf32>
  %b = attn.linear normalizer(max_exp) ins(%q, %q, %q : tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>)
      gate(%g : tensor<1x2x4xf32>) input_gate(%i : tensor<1x2x4xf32>) outs(%a : tensor<1x2x4x8xf32>)
  %h = arith.constant dense<0.0> : tensor<1x2x4x8xf32>
  %other = arith.constant dense<[0.0, -1.0]> : tensor<2xf32>
  %d = attn.linear ins(%q, %q, %q : tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>)
      gate(%other : tensor<2xf32>) outs(%b : tensor<1x2x4x8xf32>)
  %c:3 = attn.linear transition ins(%q, %q, %q : tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>)
      gate(%h : tensor<1x2x4x8xf32>) outs(%d, %s, %m : tensor<1x2x4x8xf32>, !state, tensor<1x2x8xf32>)
  return %c#0, %c#2 : tensor<1x2x4x8xf32>, tensor<1x2x8xf32>
}

// CHECK-LABEL: func.func @unused_transition
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: tensor<1x2x?x8xf32>, %{{[a-z0-9]+}}: tensor<1x2x?xf32>, %[[S:[a-z0-9]+]]: tensor<1x2x8x8xf32>
// CHECK: %[[R:.*]]:2 = attn.recurrent ins({{.*}} beta({{.*}} outs(%[[Q]], %[[S]] : tensor<1x2x?x8xf32>, tensor<1x2x8x8xf32>)
// CHECK-NEXT: return %[[R]]#0, %[[R]]#1
func.func @unused_transition(%q: !in, %b: !gate, %s: !state, %m: !state) -> (!in, !state) {
  %r:3 = attn.recurrent transition ins(%q, %q, %q : !in, !in, !in) beta(%b : !gate)
      outs(%q, %s, %m : !in, !state, !state)
  return %r#0, %r#1 : !in, !state
}

// CHECK-LABEL: func.func @unused_states
// CHECK: attn.linear normalizer(max_exp) ins({{.*}} outs(%{{.*}} : tensor<1x2x?x8xf32>)
// CHECK: attn.recurrent ins({{.*}} outs(%{{.*}} : tensor<1x2x?x8xf32>)
func.func @unused_states(%q: !in, %f: !gate) -> (!in, !in) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : !state
  %s = linalg.fill ins(%zero : f32) outs(%e : !state) -> !state
  %z = arith.constant dense<0.0> : tensor<1x2x8xf32>
  %m = arith.constant dense<0xFF800000> : tensor<1x2xf32>
  %r:4 = attn.linear normalizer(max_exp) ins(%q, %q, %q : !in, !in, !in)
      gate(%f : !gate) input_gate(%f : !gate)
      outs(%q, %s, %z, %m : !in, !state, tensor<1x2x8xf32>, tensor<1x2xf32>)
  %t:3 = attn.recurrent transition ins(%q, %q, %q : !in, !in, !in) beta(%f : !gate)
      outs(%q, %s, %s : !in, !state, !state)
  return %r#0, %t#0 : !in, !in
}

// A state that is used, or that may not start at zero, stays.

// CHECK-LABEL: func.func @states_that_stay
// CHECK: attn.linear ins({{.*}} outs(%{{.*}}, %{{.*}} : tensor<1x2x?x8xf32>, tensor<1x2x8x8xf32>)
// CHECK: attn.linear ins({{.*}} outs(%{{.*}}, %{{.*}} : tensor<1x2x?x8xf32>, tensor<1x2x8x8xf32>)
// CHECK: attn.linear normalizer(max_exp) ins({{.*}} outs(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} :
func.func @states_that_stay(%q: !in, %s: !state, %f: !gate) -> (!in, !in, !state, !in) {
  %zero = arith.constant dense<0.0> : !state
  %a:2 = attn.linear ins(%q, %q, %q : !in, !in, !in) outs(%q, %s : !in, !state)
  %b:2 = attn.linear ins(%q, %q, %q : !in, !in, !in) outs(%q, %zero : !in, !state)
  %z = arith.constant dense<0.0> : tensor<1x2x8xf32>
  %m = arith.constant dense<0.0> : tensor<1x2xf32>
  %c:4 = attn.linear normalizer(max_exp) ins(%q, %q, %q : !in, !in, !in)
      gate(%f : !gate) input_gate(%f : !gate)
      outs(%q, %zero, %z, %m : !in, !state, tensor<1x2x8xf32>, tensor<1x2xf32>)
  return %a#0, %b#0, %b#1, %c#0 : !in, !in, !state, !in
}

// CHECK-LABEL: func.func @more_states_that_stay
// CHECK: attn.linear normalizer(key_sum) ins({{.*}} outs(%{{.*}}, %{{.*}}, %{{.*}} :
// CHECK: attn.linear scan <chunk = 8, step = 1, panel = 8, lanes = 8> ins({{.*}} outs(%{{.*}}, %{{.*}} :
func.func @more_states_that_stay(%q: !in, %z: tensor<1x2x8xf32>) -> (!in, !in) {
  %zero = arith.constant dense<0.0> : !state
  %a:3 = attn.linear normalizer(key_sum) ins(%q, %q, %q : !in, !in, !in)
      outs(%q, %zero, %z : !in, !state, tensor<1x2x8xf32>)
  %b:2 = attn.linear scan <chunk = 8, step = 1, panel = 8, lanes = 8>
      ins(%q, %q, %q : !in, !in, !in) outs(%q, %zero : !in, !state)
  return %a#0, %b#0 : !in, !in
}

// CHECK-LABEL: func.func @no_tokens
// CHECK-SAME:    %{{.*}}, %[[O:[a-z0-9]+]]: tensor<1x2x0x8xf32>, %[[S:[a-z0-9]+]]: tensor<1x2x8x8xf32>
// CHECK-NEXT: return %[[O]], %[[S]]
func.func @no_tokens(%q: tensor<1x2x0x8xf32>, %o: tensor<1x2x0x8xf32>, %s: !state) -> (tensor<1x2x0x8xf32>, !state) {
  %r:2 = attn.linear ins(%q, %q, %q : tensor<1x2x0x8xf32>, tensor<1x2x0x8xf32>, tensor<1x2x0x8xf32>)
      outs(%o, %s : tensor<1x2x0x8xf32>, !state)
  return %r#0, %r#1 : tensor<1x2x0x8xf32>, !state
}

// The output may say it first.
// CHECK-LABEL: func.func @no_tokens_in_output
// CHECK-SAME:    %{{.*}}, %[[O:[a-z0-9]+]]: tensor<1x2x0x8xf32>, %[[S:[a-z0-9]+]]: tensor<1x2x8x8xf32>
// CHECK-NEXT: return %[[O]], %[[S]]
func.func @no_tokens_in_output(%q: !in, %o: tensor<1x2x0x8xf32>, %s: !state) -> (tensor<1x2x0x8xf32>, !state) {
  %r:2 = attn.recurrent ins(%q, %q, %q : !in, !in, !in) outs(%o, %s : tensor<1x2x0x8xf32>, !state)
  return %r#0, %r#1 : tensor<1x2x0x8xf32>, !state
}

// CHECK-LABEL: func.func @no_tokens_in_value
// CHECK-SAME:    %{{.*}}, %[[O:[a-z0-9]+]]: tensor<1x2x?x8xf32>)
// CHECK-NEXT: return %[[O]]
func.func @no_tokens_in_value(%q: tensor<1x2x0x8xf32>, %o: !in) -> !in {
  %r = attn.linear ins(%q, %q, %q : tensor<1x2x0x8xf32>, tensor<1x2x0x8xf32>, tensor<1x2x0x8xf32>)
      outs(%o : !in)
  return %r : !in
}

// CHECK-LABEL: func.func @casts
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: tensor<1x2x4x8xf32>, %[[S:[a-z0-9]+]]: tensor<1x2x8x8xf32>
// CHECK-NEXT: %[[R:.*]]:2 = attn.linear ins(%[[Q]], %[[Q]], %[[Q]] : tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>) outs(%[[Q]], %[[S]] :
// CHECK: tensor.cast %[[R]]#0
func.func @casts(%q: tensor<1x2x4x8xf32>, %s: !state) -> (!in, tensor<1x?x8x8xf32>) {
  %x = tensor.cast %q : tensor<1x2x4x8xf32> to !in
  %y = tensor.cast %s : !state to tensor<1x?x8x8xf32>
  %r:2 = attn.linear ins(%x, %x, %x : !in, !in, !in) outs(%x, %y : !in, tensor<1x?x8x8xf32>)
  return %r#0, %r#1 : !in, tensor<1x?x8x8xf32>
}

// On memrefs a state is written whether or not a result says so.

// CHECK-LABEL: func.func @memrefs
// CHECK: attn.linear ins({{.*}} outs(%{{.*}}, %{{.*}} : memref<1x2x4x8xf32>, memref<1x2x8x8xf32>)
// CHECK: attn.recurrent transition ins({{.*}} outs(%{{.*}}, %{{.*}}, %{{.*}} : memref<1x2x4x8xf32>, memref<1x2x8x8xf32>, memref<1x2x8x8xf32>)
func.func @memrefs(%q: memref<1x2x4x8xf32>, %b: memref<1x2x4xf32>, %s: memref<1x2x8x8xf32>, %m: memref<1x2x8x8xf32>) {
  attn.recurrent ins(%q, %q, %q : memref<1x2x4x8xf32>, memref<1x2x4x8xf32>, memref<1x2x4x8xf32>)
      outs(%q, %s : memref<1x2x4x8xf32>, memref<1x2x8x8xf32>)
  attn.recurrent transition ins(%q, %q, %q : memref<1x2x4x8xf32>, memref<1x2x4x8xf32>, memref<1x2x4x8xf32>)
      beta(%b : memref<1x2x4xf32>)
      outs(%q, %s, %m : memref<1x2x4x8xf32>, memref<1x2x8x8xf32>, memref<1x2x8x8xf32>)
  return
}
