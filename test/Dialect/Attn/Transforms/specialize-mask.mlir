// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-specialize-mask))' \
// RUN:   | FileCheck %s

// A region whose meaning `causal` and `window` can say becomes these attributes;
// any other stays word for word.

!q = tensor<1x2x?x64xf32>

// CHECK-LABEL: func.func @causal
// CHECK:         attn.dense causal align(top_left) ins(
// CHECK-NOT:     mask
// CHECK:         return
func.func @causal(%q: !q, %k: !q, %o: !q) -> !q {
  %r = attn.dense ins(%q, %k, %k : !q, !q, !q) outs(%o : !q)
      mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %m = arith.cmpi sle, %j, %i : index
        attn.yield %m : i1
      }
  return %r : !q
}

// i - 7 <= j and j < i + 1

// CHECK-LABEL: func.func @sliding_window
// CHECK:         attn.dense causal align(top_left) window [7, 0] ins(
func.func @sliding_window(%q: !q, %k: !q, %o: !q) -> !q {
  %r = attn.dense ins(%q, %k, %k : !q, !q, !q) outs(%o : !q)
      mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %c1 = arith.constant 1 : index
        %c7 = arith.constant 7 : index
        %low = arith.subi %i, %c7 : index
        %high = arith.addi %i, %c1 : index
        %m0 = arith.cmpi sge, %j, %low : index
        %m1 = arith.cmpi slt, %j, %high : index
        %m = arith.andi %m0, %m1 : i1
        attn.yield %m : i1
      }
  return %r : !q
}

// j - i <= 3 alone leaves the left side open.

// CHECK-LABEL: func.func @right_side
// CHECK:         attn.dense align(top_left) window [-1, 3] ins(
func.func @right_side(%q: !q, %k: !q, %o: !q) -> !q {
  %r = attn.dense ins(%q, %k, %k : !q, !q, !q) outs(%o : !q)
      mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %c3 = arith.constant 3 : index
        %d = arith.subi %j, %i : index
        %m = arith.cmpi sle, %d, %c3 : index
        attn.yield %m : i1
      }
  return %r : !q
}

// j <= i or j > i

// CHECK-LABEL: func.func @everything
// CHECK:         attn.dense ins(
// CHECK-NOT:     mask
// CHECK:         return
func.func @everything(%q: !q, %k: !q, %o: !q) -> !q {
  %r = attn.dense ins(%q, %k, %k : !q, !q, !q) outs(%o : !q)
      mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %m0 = arith.cmpi sle, %j, %i : index
        %m1 = arith.cmpi sgt, %j, %i : index
        %m = arith.ori %m0, %m1 : i1
        attn.yield %m : i1
      }
  return %r : !q
}

// A prefix that every query sees is no band around a diagonal.

// CHECK-LABEL: func.func @prefix_stays
// CHECK:         attn.dense ins({{.*}} mask {
// CHECK:           arith.ori
func.func @prefix_stays(%q: !q, %k: !q, %o: !q) -> !q {
  %r = attn.dense ins(%q, %k, %k : !q, !q, !q) outs(%o : !q)
      mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %c5 = arith.constant 5 : index
        %m0 = arith.cmpi sle, %j, %i : index
        %m1 = arith.cmpi slt, %j, %c5 : index
        %m = arith.ori %m0, %m1 : i1
        attn.yield %m : i1
      }
  return %r : !q
}

// `window` has no negative entries: j < i is not said by attributes.

// CHECK-LABEL: func.func @strictly_below_stays
// CHECK:         attn.dense ins({{.*}} mask {
// CHECK:           arith.cmpi slt
func.func @strictly_below_stays(%q: !q, %k: !q, %o: !q) -> !q {
  %r = attn.dense ins(%q, %k, %k : !q, !q, !q) outs(%o : !q)
      mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %m = arith.cmpi slt, %j, %i : index
        attn.yield %m : i1
      }
  return %r : !q
}

// The attributes are taken by the diagonal S - T; the region speaks of 0.

// CHECK-LABEL: func.func @other_diagonal_stays
// CHECK:         attn.dense causal align(bottom_right) ins({{.*}} mask {
func.func @other_diagonal_stays(%q: !q, %k: !q, %o: !q) -> !q {
  %r = attn.dense causal align(bottom_right)
      ins(%q, %k, %k : !q, !q, !q) outs(%o : !q)
      mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %m = arith.cmpi sle, %j, %i : index
        attn.yield %m : i1
      }
  return %r : !q
}

// A bound that is captured is not constant.

// CHECK-LABEL: func.func @captured_bound_stays
// CHECK:         attn.dense ins({{.*}} captures(%{{.*}} : index) {{.*}} mask {
func.func @captured_bound_stays(%q: !q, %k: !q, %o: !q, %n: index) -> !q {
  %r = attn.dense ins(%q, %k, %k : !q, !q, !q) captures(%n : index) outs(%o : !q)
      mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index, %arg: index):
        %d = arith.subi %i, %j : index
        %m = arith.cmpi sle, %d, %arg : index
        attn.yield %m : i1
      }
  return %r : !q
}

// A value from around the region is no position, though it may be an argument
// of its own function.

// CHECK-LABEL: func.func @bound_around_stays
// CHECK:         attn.dense ins({{.*}} mask {
func.func @bound_around_stays(%n: index, %q: !q, %k: !q, %o: !q) -> !q {
  %r = attn.dense ins(%q, %k, %k : !q, !q, !q) outs(%o : !q)
      mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %d = arith.subi %i, %j : index
        %m = arith.cmpi sle, %d, %n : index
        attn.yield %m : i1
      }
  return %r : !q
}
