// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-explicit-captures))' \
// RUN:   | FileCheck %s

// A value of the function that a region uses becomes an operand and a trailing
// argument of both regions, a constant moves into the region.

!q = tensor<1x8x?x64xf32>
!k = tensor<1x2x?x64xf32>

// CHECK-LABEL: func.func @slopes
// CHECK-SAME:    %[[SLOPES:[a-z0-9]+]]: tensor<8xf32>
// CHECK:         attn.dense ins({{.*}} captures(%[[SLOPES]] : tensor<8xf32>) outs(
// CHECK-SAME:      score {
// CHECK-NEXT:      ^bb0(%{{.*}}: f32, %{{.*}}: index, %[[H:.*]]: index, %{{.*}}: index, %{{.*}}: index, %[[ARG:.*]]: tensor<8xf32>):
// CHECK-NEXT:        tensor.extract %[[ARG]][%[[H]]] : tensor<8xf32>
func.func @slopes(%q: !q, %k: !k, %o: !q, %slopes: tensor<8xf32>) -> !q {
  %r = attn.dense ins(%q, %k, %k : !q, !k, !k) outs(%o : !q)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
        %x = tensor.extract %slopes[%h] : tensor<8xf32>
        %y = arith.mulf %s, %x : f32
        attn.yield %y : f32
      }
  return %r : !q
}

// What one region uses, the other takes as well: there is one list of captures.

// CHECK-LABEL: func.func @both_regions
// CHECK-SAME:    %[[X:[a-z0-9]+]]: f32, %[[N:[a-z0-9]+]]: index)
// CHECK:         captures(%[[X]], %[[N]] : f32, index)
// CHECK:         ^bb0(%[[S:.*]]: f32, {{.*}}, %[[A:.*]]: f32, %{{.*}}: index):
// CHECK-NEXT:      arith.mulf %[[S]], %[[A]] : f32
// CHECK:         mask {
// CHECK-NEXT:    ^bb0({{.*}}, %[[J:.*]]: index, %{{.*}}: f32, %[[B:.*]]: index):
// CHECK-NEXT:      arith.cmpi slt, %[[J]], %[[B]] : index
func.func @both_regions(%q: !q, %k: !k, %o: !q, %x: f32, %n: index) -> !q {
  %r = attn.dense ins(%q, %k, %k : !q, !k, !k) outs(%o : !q)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
        %y = arith.mulf %s, %x : f32
        attn.yield %y : f32
      }
      mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %m = arith.cmpi slt, %j, %n : index
        attn.yield %m : i1
      }
  return %r : !q
}

// Captures that the op has already stay in front; a value that is one of them
// and is used directly too is added like any other.

// CHECK-LABEL: func.func @after_given_captures
// CHECK-SAME:    %[[X:[a-z0-9]+]]: f32, %[[Y:[a-z0-9]+]]: f32)
// CHECK:         captures(%[[X]], %[[Y]] : f32, f32)
// CHECK:         ^bb0(%[[S:.*]]: f32, {{.*}}, %[[A:.*]]: f32, %[[B:.*]]: f32):
// CHECK-NEXT:      %[[T:.*]] = arith.mulf %[[S]], %[[A]] : f32
// CHECK-NEXT:      arith.addf %[[T]], %[[B]] : f32
func.func @after_given_captures(%q: !q, %k: !k, %o: !q, %x: f32, %y: f32) -> !q {
  %r = attn.dense ins(%q, %k, %k : !q, !k, !k) captures(%x : f32) outs(%o : !q)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %a: f32):
        %t = arith.mulf %s, %a : f32
        %u = arith.addf %t, %y : f32
        attn.yield %u : f32
      }
  return %r : !q
}

// CHECK-LABEL: func.func @constants_move_in
// CHECK:         attn.dense ins({{[^)]*}}) outs(
// CHECK:         mask {
// CHECK-NEXT:    ^bb0({{.*}}, %[[J:.*]]: index):
// CHECK-NEXT:      %[[C:.*]] = arith.constant 100 : index
// CHECK-NEXT:      arith.cmpi slt, %[[J]], %[[C]] : index
func.func @constants_move_in(%q: !q, %k: !k, %o: !q) -> !q {
  %c = arith.constant 100 : index
  %r = attn.dense ins(%q, %k, %k : !q, !k, !k) outs(%o : !q)
      mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %m = arith.cmpi slt, %j, %c : index
        attn.yield %m : i1
      }
  return %r : !q
}

// CHECK-LABEL: func.func @no_regions
// CHECK-NOT:     captures
// CHECK:         return
func.func @no_regions(%q: !q, %k: !k, %o: !q) -> !q {
  %r = attn.dense ins(%q, %k, %k : !q, !k, !k) outs(%o : !q)
  return %r : !q
}
