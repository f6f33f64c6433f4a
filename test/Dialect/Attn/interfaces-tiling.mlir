// RUN: attn-opt %s --split-input-file --transform-interpreter --canonicalize --cse \
// RUN:   | FileCheck %s

// attn.dense over [batch, key head, group, query, key]: a tile's origin and
// diagonal speak of the undivided operation; operands of size 1 are broadcast.

// CHECK-DAG:   #[[HEAD:.*]] = affine_map<(d0, d1) -> (d0 * 3 + d1)>
// CHECK-DAG:   #[[ROW:.*]] = affine_map<(d0) -> (d0 * 32)>
// CHECK-LABEL: func.func @dense
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: tensor<2x6x128x64xf32>, %[[K:[a-z0-9]+]]: tensor<2x2x256x64xf32>, %[[V:[a-z0-9]+]]: tensor<2x2x256x80xf32>, %[[BIAS:[a-z0-9]+]]: tensor<1x6x1x256xf32>, %[[SINK:[a-z0-9]+]]: tensor<6xf32>, %[[O:[a-z0-9]+]]: tensor<2x6x128x80xf32>, %[[L:[a-z0-9]+]]: tensor<2x6x128xf32>
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[D:.*]] = arith.constant 128 : index
// CHECK:         scf.forall (%[[B:[a-z0-9]+]], %[[G:[a-z0-9]+]], %[[M:[a-z0-9]+]], %[[T:[a-z0-9]+]]) in (2, 2, 3, 4) shared_outs(%[[O1:.*]] = %[[O]], %[[L1:.*]] = %[[L]])
// CHECK-DAG:       %[[H:.*]] = affine.apply #[[HEAD]](%[[G]], %[[M]])
// CHECK-DAG:       %[[I:.*]] = affine.apply #[[ROW]](%[[T]])
// CHECK-DAG:       %[[OT:.*]] = tensor.extract_slice %[[O1]][%[[B]], %[[H]], %[[I]], 0] [1, 1, 32, 80]
// CHECK-DAG:       %[[LT:.*]] = tensor.extract_slice %[[L1]][%[[B]], %[[H]], %[[I]]] [1, 1, 32]
// CHECK-DAG:       %[[BT:.*]] = tensor.extract_slice %[[BIAS]][0, %[[H]], 0, 0] [1, 1, 1, 256]
// CHECK-DAG:       %[[ST:.*]] = tensor.extract_slice %[[SINK]][%[[H]]] [1]
// CHECK-DAG:       %[[QT:.*]] = tensor.extract_slice %[[Q]][%[[B]], %[[H]], %[[I]], 0] [1, 1, 32, 64]
// CHECK-DAG:       %[[KT:.*]] = tensor.extract_slice %[[K]][%[[B]], %[[G]], 0, 0] [1, 1, 256, 64]
// CHECK-DAG:       %[[VT:.*]] = tensor.extract_slice %[[V]][%[[B]], %[[G]], 0, 0] [1, 1, 256, 80]
// CHECK:           attn.dense causal softcap 5.000000e+00 ins(%[[QT]], %[[KT]], %[[VT]] :
// CHECK-SAME:        bias(%[[BT]] : tensor<1x1x1x256xf32>) sink(%[[ST]] : tensor<1xf32>) origin(%[[B]], %[[H]], %[[I]], %[[C0]]) diagonal(%[[D]]) outs(%[[OT]], %[[LT]] :
// CHECK:           scf.forall.in_parallel
module attributes {transform.with_named_sequence} {
  func.func @dense(
      %q: tensor<2x6x128x64xf32>, %k: tensor<2x2x256x64xf32>,
      %v: tensor<2x2x256x80xf32>, %bias: tensor<1x6x1x256xf32>,
      %sink: tensor<6xf32>, %o: tensor<2x6x128x80xf32>, %l: tensor<2x6x128xf32>)
      -> (tensor<2x6x128x80xf32>, tensor<2x6x128xf32>) {
    %r:2 = attn.dense causal align(bottom_right) softcap 5.0
        ins(%q, %k, %v : tensor<2x6x128x64xf32>, tensor<2x2x256x64xf32>, tensor<2x2x256x80xf32>)
        bias(%bias : tensor<1x6x1x256xf32>) sink(%sink : tensor<6xf32>)
        outs(%o, %l : tensor<2x6x128x80xf32>, tensor<2x6x128xf32>)
    return %r#0, %r#1 : tensor<2x6x128x80xf32>, tensor<2x6x128xf32>
  }
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.dense"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %f = transform.structured.tile_using_forall %op tile_sizes [1, 1, 1, 32] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// Sizes of every kind may be dynamic. Whole groups of query heads are
// contiguous, so several key heads may share a tile; regions go along.

// CHECK-DAG:   #[[REST:.*]] = affine_map<(d0)[s0] -> (-d0 + s0, 2)>
// CHECK-DAG:   #[[MUL:.*]] = affine_map<(d0)[s0] -> (d0 * s0)>
// CHECK-DAG:   #[[SUB:.*]] = affine_map<()[s0, s1] -> (s0 - s1)>
// CHECK-LABEL: func.func @whole_groups
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: tensor<?x?x?x64xf16>, %[[K:[a-z0-9]+]]: tensor<?x?x?x64xf16>
// CHECK-SAME:    %[[X:[a-z0-9]+]]: index)
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG:     %[[C2:.*]] = arith.constant 2 : index
// CHECK-DAG:     %[[B:.*]] = tensor.dim %[[Q]], %[[C0]]
// CHECK-DAG:     %[[T:.*]] = tensor.dim %[[Q]], %[[C2]]
// CHECK-DAG:     %[[S:.*]] = tensor.dim %[[K]], %[[C2]]
// CHECK-DAG:     %[[HKV:.*]] = tensor.dim %[[K]], %[[C1]]
// CHECK:         scf.for %[[G:.*]] = %[[C0]] to %[[HKV]] step %[[C2]]
// CHECK:           %[[N:.*]] = affine.min #[[REST]](%[[G]])[%[[HKV]]]
// CHECK:           %[[MAX:.*]] = arith.maxsi %[[HKV]], %[[C1]] : index
// CHECK:           %[[GROUP:.*]] = arith.divsi %{{.*}}, %[[MAX]] : index
// CHECK:           %[[H:.*]] = affine.apply #[[MUL]](%[[G]])[%[[GROUP]]]
// CHECK:           %[[HN:.*]] = affine.apply #[[MUL]](%[[N]])[%[[GROUP]]]
// CHECK:           tensor.extract_slice %[[Q]][0, %[[H]], 0, 0] [%[[B]], %[[HN]], %[[T]], 64]
// CHECK:           tensor.extract_slice %[[K]][0, %[[G]], 0, 0] [%[[B]], %[[N]], %[[S]], 64]
// CHECK:           %[[D:.*]] = affine.apply #[[SUB]]()[%[[S]], %[[T]]]
// CHECK:           attn.dense window [7, 3] ins(
// CHECK-SAME:        origin(%[[C0]], %[[H]], %[[C0]], %[[C0]]) diagonal(%[[D]]) outs({{.*}} mask {
// CHECK-NEXT:      ^bb0(%{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %[[J:.*]]: index):
// CHECK-NEXT:        arith.cmpi ne, %[[J]], %[[X]] : index
module attributes {transform.with_named_sequence} {
  func.func @whole_groups(
      %q: tensor<?x?x?x64xf16>, %k: tensor<?x?x?x64xf16>,
      %v: tensor<?x?x?x80xf16>, %o: tensor<?x?x?x80xf16>, %x: index)
      -> tensor<?x?x?x80xf16> {
    %r = attn.dense align(bottom_right) window [7, 3]
        ins(%q, %k, %v : tensor<?x?x?x64xf16>, tensor<?x?x?x64xf16>, tensor<?x?x?x80xf16>)
        outs(%o : tensor<?x?x?x80xf16>)
        mask {
        ^bb0(%b: index, %h: index, %i: index, %j: index):
          %y = arith.cmpi ne, %j, %x : index
          attn.yield %y : i1
        }
    return %r : tensor<?x?x?x80xf16>
  }
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.dense"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %f = transform.structured.tile_using_for %op tile_sizes [0, 2] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// The tile of a tile: origins add up, the diagonal stays.

// CHECK-DAG:   #[[ADD:.*]] = affine_map<(d0)[s0] -> (d0 + s0)>
// CHECK-LABEL: func.func @tile_of_tile
// CHECK-SAME:    %[[OB:[a-z0-9]+]]: index, %[[OH:[a-z0-9]+]]: index, %[[OI:[a-z0-9]+]]: index, %[[OJ:[a-z0-9]+]]: index, %[[D:[a-z0-9]+]]: index)
// CHECK:         scf.for %[[I:[a-z0-9]+]] =
// CHECK:           %[[SUM:.*]] = affine.apply #[[ADD]](%[[I]])[%[[OI]]]
// CHECK:           attn.dense causal ins({{.*}} origin(%[[OB]], %[[OH]], %[[SUM]], %[[OJ]]) diagonal(%[[D]]) outs(
module attributes {transform.with_named_sequence} {
  func.func @tile_of_tile(
      %q: tensor<1x1x32x64xf32>, %k: tensor<1x1x?x64xf32>, %v: tensor<1x1x?x64xf32>,
      %o: tensor<1x1x32x64xf32>, %ob: index, %oh: index, %oi: index, %oj: index,
      %d: index) -> tensor<1x1x32x64xf32> {
    %r = attn.dense causal
        ins(%q, %k, %v : tensor<1x1x32x64xf32>, tensor<1x1x?x64xf32>, tensor<1x1x?x64xf32>)
        origin(%ob, %oh, %oi, %oj) diagonal(%d)
        outs(%o : tensor<1x1x32x64xf32>)
    return %r : tensor<1x1x32x64xf32>
  }
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.dense"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %f = transform.structured.tile_using_for %op tile_sizes [0, 0, 0, 8] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// attn.merge over [batch, head, query]: parts and features stay whole.

// CHECK-LABEL: func.func @merge
// CHECK-SAME:    %[[OS:[a-z0-9]+]]: tensor<?x1x8x?x64xf32>, %[[LS:[a-z0-9]+]]: tensor<?x1x8x?xf32>, %[[O:[a-z0-9]+]]: tensor<1x8x?x64xf16>, %[[L:[a-z0-9]+]]: tensor<1x8x?xf32>
// CHECK:         scf.forall (%[[H:[a-z0-9]+]], %{{.*}}) in (8, %{{.*}}) shared_outs(%[[O1:.*]] = %[[O]], %[[L1:.*]] = %[[L]])
// CHECK:           %[[I:.*]] = affine.apply
// CHECK:           %[[N:.*]] = affine.min
// CHECK:           %[[OST:.*]] = tensor.extract_slice %[[OS]][0, 0, %[[H]], %[[I]], 0] [%{{.*}}, 1, 1, %[[N]], 64]
// CHECK:           %[[LST:.*]] = tensor.extract_slice %[[LS]][0, 0, %[[H]], %[[I]]] [%{{.*}}, 1, 1, %[[N]]]
// CHECK:           %[[OT:.*]] = tensor.extract_slice %[[O1]][0, %[[H]], %[[I]], 0] [1, 1, %[[N]], 64]
// CHECK:           %[[LT:.*]] = tensor.extract_slice %[[L1]][0, %[[H]], %[[I]]] [1, 1, %[[N]]]
// CHECK:           attn.merge ins(%[[OST]], %[[LST]] : tensor<?x1x1x?x64xf32>, tensor<?x1x1x?xf32>) outs(%[[OT]], %[[LT]] : tensor<1x1x?x64xf16>, tensor<1x1x?xf32>)
module attributes {transform.with_named_sequence} {
  func.func @merge(
      %os: tensor<?x1x8x?x64xf32>, %ls: tensor<?x1x8x?xf32>,
      %o: tensor<1x8x?x64xf16>, %l: tensor<1x8x?xf32>)
      -> (tensor<1x8x?x64xf16>, tensor<1x8x?xf32>) {
    %r:2 = attn.merge ins(%os, %ls : tensor<?x1x8x?x64xf32>, tensor<?x1x8x?xf32>)
        outs(%o, %l : tensor<1x8x?x64xf16>, tensor<1x8x?xf32>)
    return %r#0, %r#1 : tensor<1x8x?x64xf16>, tensor<1x8x?xf32>
  }
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.merge"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %f = transform.structured.tile_using_forall %op tile_sizes [1, 1, 16] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
