// RUN: attn-opt %s --canonicalize --split-input-file | FileCheck %s

// One normal form per meaning; a function per pattern, and what it leaves.

!q = tensor<1x2x3x64xf32>
!k = tensor<1x2x5x64xf32>

// CHECK-LABEL: func.func @window_that_is_causal
// CHECK:         attn.dense causal align(top_left) ins(
func.func @window_that_is_causal(%q: !q, %k: !k, %v: !k, %o: !q) -> !q {
  %r = attn.dense align(top_left) window [-1, 0]
      ins(%q, %k, %v : !q, !k, !k) outs(%o : !q)
  return %r : !q
}

// A right end of 0 is what causal says as well.

// CHECK-LABEL: func.func @window_with_causal_end
// CHECK:         attn.dense causal align(bottom_right) window [7, 0] ins(
func.func @window_with_causal_end(%q: !q, %k: !k, %v: !k, %o: !q) -> !q {
  %r = attn.dense align(bottom_right) window [7, 0]
      ins(%q, %k, %v : !q, !k, !k) outs(%o : !q)
  return %r : !q
}

// CHECK-LABEL: func.func @causal_cuts_the_right
// CHECK:         attn.dense causal align(bottom_right) window [7, 0] ins(
// CHECK:         attn.dense causal align(bottom_right) window [7, 0] ins(
func.func @causal_cuts_the_right(%q: !q, %k: !k, %v: !k, %o: !q) -> !q {
  %0 = attn.dense causal align(bottom_right) window [7, 3]
      ins(%q, %k, %v : !q, !k, !k) outs(%o : !q)
  %1 = attn.dense causal align(bottom_right) window [7, -1]
      ins(%q, %k, %v : !q, !k, !k) outs(%0 : !q)
  return %1 : !q
}

// CHECK-LABEL: func.func @causal_with_open_left
// CHECK:         attn.dense causal align(bottom_right) ins(
func.func @causal_with_open_left(%q: !q, %k: !k, %v: !k, %o: !q) -> !q {
  %r = attn.dense causal align(bottom_right) window [-1, 3]
      ins(%q, %k, %v : !q, !k, !k) outs(%o : !q)
  return %r : !q
}

// A window open on both sides goes, and the diagonal with it.

// CHECK-LABEL: func.func @open_window
// CHECK:         attn.dense ins(
// CHECK:         attn.dense ins({{[^)]*}}) outs(
func.func @open_window(%q: !q, %k: !k, %v: !k, %o: !q, %d: index) -> !q {
  %0 = attn.dense align(bottom_right) window [-1, -1]
      ins(%q, %k, %v : !q, !k, !k) outs(%o : !q)
  %1 = attn.dense window [-1, -1]
      ins(%q, %k, %v : !q, !k, !k) diagonal(%d) outs(%0 : !q)
  return %1 : !q
}

// CHECK-LABEL: func.func @window_in_normal_form
// CHECK:         attn.dense align(top_left) window [7, 3] ins(
// CHECK:         attn.dense align(top_left) window [-1, 3] ins(
func.func @window_in_normal_form(%q: !q, %k: !k, %v: !k, %o: !q) -> !q {
  %0 = attn.dense align(top_left) window [7, 3]
      ins(%q, %k, %v : !q, !k, !k) outs(%o : !q)
  %1 = attn.dense align(top_left) window [-1, 3]
      ins(%q, %k, %v : !q, !k, !k) outs(%0 : !q)
  return %1 : !q
}

// 1 / sqrt(64) is what an absent scale means.

// CHECK-LABEL: func.func @standard_scale
// CHECK:         attn.dense ins(
// CHECK:         attn.dense scale 2.500000e-01 ins(
func.func @standard_scale(%q: !q, %k: !k, %v: !k, %o: !q) -> !q {
  %0 = attn.dense scale 0.125 ins(%q, %k, %v : !q, !k, !k) outs(%o : !q)
  %1 = attn.dense scale 0.25 ins(%q, %k, %v : !q, !k, !k) outs(%0 : !q)
  return %1 : !q
}

// -----

!q = tensor<1x2x3x64xf32>
!k = tensor<1x2x5x64xf32>

// CHECK-LABEL: func.func @mask_that_is_true
// CHECK:         attn.dense ins(
// CHECK-NOT:     mask
// CHECK:         return
func.func @mask_that_is_true(%q: !q, %k: !k, %v: !k, %o: !q) -> !q {
  %r = attn.dense ins(%q, %k, %v : !q, !k, !k) outs(%o : !q)
      mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %m = arith.cmpi sle, %j, %j : index
        attn.yield %m : i1
      }
  return %r : !q
}

// A region that forbids everything stays: it is not what no region means.

// CHECK-LABEL: func.func @mask_that_is_false
// CHECK:         attn.dense ins({{.*}} mask {
// CHECK:           attn.yield %{{.*}} : i1
func.func @mask_that_is_false(%q: !q, %k: !k, %v: !k, %o: !q) -> !q {
  %r = attn.dense ins(%q, %k, %v : !q, !k, !k) outs(%o : !q)
      mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %m = arith.constant false
        attn.yield %m : i1
      }
  return %r : !q
}

// CHECK-LABEL: func.func @score_that_is_the_score
// CHECK:         attn.dense ins(
// CHECK-NOT:     score
// CHECK:         return
func.func @score_that_is_the_score(%q: !q, %k: !k, %v: !k, %o: !q) -> !q {
  %r = attn.dense ins(%q, %k, %v : !q, !k, !k) outs(%o : !q)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
        attn.yield %s : f32
      }
  return %r : !q
}

// What is unused inside goes with the region, and is not folded afterwards.
// CHECK-LABEL: func.func @score_with_unused_operations
// CHECK:         attn.dense ins(
// CHECK-NOT:     score
// CHECK:         return
func.func @score_with_unused_operations(%q: !q, %k: !k, %v: !k, %o: !q) -> !q {
  %r = attn.dense ins(%q, %k, %v : !q, !k, !k) outs(%o : !q)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
        %d = arith.subi %j, %i : index
        %w = arith.index_cast %d : index to i32
        %f = arith.sitofp %w : i32 to f32
        %m = arith.mulf %f, %f : f32
        %a = arith.addf %s, %m : f32
        attn.yield %s : f32
      }
  return %r : !q
}

// A capture goes when neither region reads it; the others move up.

// CHECK-LABEL: func.func @unread_captures
// CHECK-SAME:    %[[X:[a-z0-9]+]]: f32, %[[Y:[a-z0-9]+]]: f32, %[[Z:[a-z0-9]+]]: index)
// CHECK:         attn.dense ins({{.*}} captures(%[[X]], %[[Z]] : f32, index) outs(
// CHECK-NEXT:    ^bb0(%[[S:.*]]: f32, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %[[A:.*]]: f32, %{{.*}}: index):
// CHECK-NEXT:      arith.addf %[[S]], %[[A]] : f32
// CHECK:         mask {
// CHECK-NEXT:    ^bb0(%{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %[[J:.*]]: index, %{{.*}}: f32, %[[C:.*]]: index):
// CHECK-NEXT:      arith.cmpi slt, %[[J]], %[[C]] : index
func.func @unread_captures(%q: !q, %k: !k, %v: !k, %o: !q,
                           %x: f32, %y: f32, %z: index) -> !q {
  %r = attn.dense ins(%q, %k, %v : !q, !k, !k)
      captures(%x, %y, %z : f32, f32, index) outs(%o : !q)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %a: f32, %d: f32, %c: index):
        %t = arith.addf %s, %a : f32
        attn.yield %t : f32
      }
      mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index, %a: f32, %d: f32, %c: index):
        %m = arith.cmpi slt, %j, %c : index
        attn.yield %m : i1
      }
  return %r : !q
}

// Captures of an operation without regions are read by nobody.

// CHECK-LABEL: func.func @captures_without_regions
// CHECK:         attn.dense ins({{[^)]*}}) outs(
func.func @captures_without_regions(%q: !q, %k: !k, %v: !k, %o: !q, %x: f32) -> !q {
  %r = attn.dense ins(%q, %k, %v : !q, !k, !k)
      captures(%x : f32) outs(%o : !q)
  return %r : !q
}

// -----

// One part is the result, as a slice without copy.

// CHECK-LABEL: func.func @merge_of_one
// CHECK-SAME:    %[[OS:.*]]: tensor<1x1x8x?x64xf32>, %[[LS:.*]]: tensor<1x1x8x?xf32>
// CHECK-DAG:     %[[O:.*]] = tensor.extract_slice %[[OS]][0, 0, 0, 0, 0] [1, 1, 8, %{{.*}}, 64] [1, 1, 1, 1, 1] : tensor<1x1x8x?x64xf32> to tensor<1x8x?x64xf32>
// CHECK-DAG:     %[[L:.*]] = tensor.extract_slice %[[LS]][0, 0, 0, 0] [1, 1, 8, %{{.*}}] [1, 1, 1, 1] : tensor<1x1x8x?xf32> to tensor<1x8x?xf32>
// CHECK:         return %[[O]], %[[L]]
func.func @merge_of_one(
    %os: tensor<1x1x8x?x64xf32>, %ls: tensor<1x1x8x?xf32>,
    %o: tensor<1x8x?x64xf32>, %l: tensor<1x8x?xf32>)
    -> (tensor<1x8x?x64xf32>, tensor<1x8x?xf32>) {
  %r:2 = attn.merge ins(%os, %ls : tensor<1x1x8x?x64xf32>, tensor<1x1x8x?xf32>)
      outs(%o, %l : tensor<1x8x?x64xf32>, tensor<1x8x?xf32>)
  return %r#0, %r#1 : tensor<1x8x?x64xf32>, tensor<1x8x?xf32>
}

// Shapes that only differ in what is known of them are cast.

// CHECK-LABEL: func.func @merge_of_one_cast
// CHECK-SAME:    %[[OS:.*]]: tensor<1x1x8x3x64xf32>
// CHECK:         %[[S:.*]] = tensor.extract_slice %[[OS]]
// CHECK:         %[[C:.*]] = tensor.cast %[[S]] : tensor<1x8x3x64xf32> to tensor<1x8x?x64xf32>
// CHECK:         return %[[C]]
func.func @merge_of_one_cast(
    %os: tensor<1x1x8x3x64xf32>, %ls: tensor<1x1x8x3xf32>,
    %o: tensor<1x8x?x64xf32>) -> tensor<1x8x?x64xf32> {
  %r = attn.merge ins(%os, %ls : tensor<1x1x8x3x64xf32>, tensor<1x1x8x3xf32>)
      outs(%o : tensor<1x8x?x64xf32>)
  return %r : tensor<1x8x?x64xf32>
}

// No parts merge to what no keys attend to; no rows are nothing.

// CHECK-LABEL: func.func @merge_of_none
// CHECK-SAME:    %{{.*}}, %[[O:[a-z0-9]+]]: tensor<1x8x3x64xf16>, %[[L:[a-z0-9]+]]: tensor<1x8x3xf32>
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant 0.000000e+00 : f16
// CHECK-DAG:     %[[NONE:.*]] = arith.constant 0xFF800000 : f32
// CHECK-DAG:     linalg.fill ins(%[[ZERO]] : f16) outs(%[[O]] :
// CHECK-DAG:     linalg.fill ins(%[[NONE]] : f32) outs(%[[L]] :
// CHECK-NOT:     attn.merge
// CHECK:         return
func.func @merge_of_none(
    %os: tensor<0x1x8x3x64xf32>, %ls: tensor<0x1x8x3xf32>,
    %o: tensor<1x8x3x64xf16>, %l: tensor<1x8x3xf32>)
    -> (tensor<1x8x3x64xf16>, tensor<1x8x3xf32>) {
  %r:2 = attn.merge ins(%os, %ls : tensor<0x1x8x3x64xf32>, tensor<0x1x8x3xf32>)
      outs(%o, %l : tensor<1x8x3x64xf16>, tensor<1x8x3xf32>)
  return %r#0, %r#1 : tensor<1x8x3x64xf16>, tensor<1x8x3xf32>
}

// CHECK-LABEL: func.func @merge_without_rows
// CHECK-SAME:    %{{.*}}, %[[O:[a-z0-9]+]]: tensor<1x8x0x64xf32>
// CHECK-NEXT:    return %[[O]]
func.func @merge_without_rows(
    %os: tensor<?x1x8x?x64xf32>, %ls: tensor<?x1x8x?xf32>, %o: tensor<1x8x0x64xf32>)
    -> tensor<1x8x0x64xf32> {
  %r = attn.merge ins(%os, %ls : tensor<?x1x8x?x64xf32>, tensor<?x1x8x?xf32>)
      outs(%o : tensor<1x8x0x64xf32>)
  return %r : tensor<1x8x0x64xf32>
}

// A merge that also converts, or of an unknown number of parts, stays.

// CHECK-LABEL: func.func @merge_that_stays
// CHECK:         attn.merge
// CHECK:         attn.merge
func.func @merge_that_stays(
    %os: tensor<1x1x8x3x64xf32>, %ls: tensor<1x1x8x3xf32>,
    %ps: tensor<?x1x8x3x64xf32>, %ks: tensor<?x1x8x3xf32>,
    %h: tensor<1x8x3x64xf16>, %o: tensor<1x8x3x64xf32>)
    -> (tensor<1x8x3x64xf16>, tensor<1x8x3x64xf32>) {
  %0 = attn.merge ins(%os, %ls : tensor<1x1x8x3x64xf32>, tensor<1x1x8x3xf32>)
      outs(%h : tensor<1x8x3x64xf16>)
  %1 = attn.merge ins(%ps, %ks : tensor<?x1x8x3x64xf32>, tensor<?x1x8x3xf32>)
      outs(%o : tensor<1x8x3x64xf32>)
  return %0, %1 : tensor<1x8x3x64xf16>, tensor<1x8x3x64xf32>
}

// -----

// The only index into a dimension of size 1 is 0.

// CHECK-LABEL: func.func @unit_index
// CHECK:         tensor.extract %{{.*}}[%[[B:.*]], %c0] : tensor<2x1xf32>
func.func @unit_index(%q: tensor<2x1x1x8xf32>, %k: tensor<2x1x4x8xf32>, %t: tensor<2x1xf32>,
                      %o: tensor<2x1x1x8xf32>) -> tensor<2x1x1x8xf32> {
  %r = attn.dense ins(%q, %k, %k : tensor<2x1x1x8xf32>, tensor<2x1x4x8xf32>, tensor<2x1x4x8xf32>)
      outs(%o : tensor<2x1x1x8xf32>)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
        %x = tensor.extract %t[%b, %i] : tensor<2x1xf32>
        %y = arith.addf %s, %x : f32
        attn.yield %y : f32
      }
  return %r : tensor<2x1x1x8xf32>
}

// -----

// Without a key a row is 0 and its lse minus infinity.

// CHECK-LABEL: func.func @no_keys
// CHECK-SAME:    %{{.*}}, %[[O:[a-z0-9]+]]: tensor<1x2x3x8xf32>, %[[L:[a-z0-9]+]]: tensor<1x2x3xf32>
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK-DAG:     %[[NONE:.*]] = arith.constant 0xFF800000 : f32
// CHECK-DAG:     %[[R:.*]] = linalg.fill ins(%[[ZERO]] : f32) outs(%[[O]] :
// CHECK-DAG:     %[[S:.*]] = linalg.fill ins(%[[NONE]] : f32) outs(%[[L]] :
// CHECK:         return %[[R]], %[[S]]
func.func @no_keys(%q: tensor<1x2x3x8xf32>, %k: tensor<1x2x0x8xf32>, %o: tensor<1x2x3x8xf32>,
                   %l: tensor<1x2x3xf32>) -> (tensor<1x2x3x8xf32>, tensor<1x2x3xf32>) {
  %r:2 = attn.dense ins(%q, %k, %k : tensor<1x2x3x8xf32>, tensor<1x2x0x8xf32>, tensor<1x2x0x8xf32>)
      outs(%o, %l : tensor<1x2x3x8xf32>, tensor<1x2x3xf32>)
  return %r#0, %r#1 : tensor<1x2x3x8xf32>, tensor<1x2x3xf32>
}

// Without a row nothing is written.

// CHECK-LABEL: func.func @no_rows
// CHECK-SAME:    %{{.*}}, %[[O:[a-z0-9]+]]: tensor<1x2x0x8xf32>)
// CHECK-NEXT:    return %[[O]]
func.func @no_rows(%q: tensor<1x2x0x8xf32>, %k: tensor<1x2x5x8xf32>, %o: tensor<1x2x0x8xf32>)
    -> tensor<1x2x0x8xf32> {
  %r = attn.dense ins(%q, %k, %k : tensor<1x2x0x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>)
      outs(%o : tensor<1x2x0x8xf32>)
  return %r : tensor<1x2x0x8xf32>
}
