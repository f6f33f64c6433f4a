// RUN: attn-opt %s --split-input-file --transform-interpreter --canonicalize --cse \
// RUN:   | FileCheck %s

// A split of attn.dense over keys: parts with an lse of their own, stacked on a
// leading axis, merged in order. The number of parts follows from the number of
// keys.

// CHECK-DAG:   #[[PARTS:.*]] = affine_map<()[s0] -> (s0 ceildiv 64)>
// CHECK-DAG:   #[[REST:.*]] = affine_map<(d0)[s0] -> (-d0 + s0, 64)>
// CHECK-DAG:   #[[PART:.*]] = affine_map<()[s0] -> (s0 floordiv 64)>
// CHECK-LABEL: func.func @split
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: tensor<1x6x?x64xbf16>, %[[K:[a-z0-9]+]]: tensor<1x2x?x64xbf16>, %[[V:[a-z0-9]+]]: tensor<1x2x?x80xbf16>, %[[BIAS:[a-z0-9]+]]: tensor<1x1x?x?xf16>, %[[O:[a-z0-9]+]]: tensor<1x6x?x80xbf16>
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C2:.*]] = arith.constant 2 : index
// CHECK-DAG:     %[[T:.*]] = tensor.dim %[[Q]], %[[C2]]
// CHECK-DAG:     %[[S:.*]] = tensor.dim %[[K]], %[[C2]]
// CHECK-DAG:     %[[P:.*]] = affine.apply #[[PARTS]]()[%[[S]]]
// CHECK-DAG:     %[[L0:.*]] = tensor.empty(%[[P]], %[[T]]) : tensor<?x1x6x?xf32>
// CHECK-DAG:     %[[O0:.*]] = tensor.empty(%[[P]], %[[T]]) : tensor<?x1x6x?x80xf32>
// CHECK:         %[[R:.*]]:2 = scf.forall (%[[J:.*]]) = (0) to (%[[S]]) step (64) shared_outs(%[[OS:.*]] = %[[O0]], %[[LS:.*]] = %[[L0]])
// CHECK-DAG:       %[[N:.*]] = affine.min #[[REST]](%[[J]])[%[[S]]]
// CHECK-DAG:       %[[I:.*]] = affine.apply #[[PART]]()[%[[J]]]
// CHECK-DAG:       %[[OP:.*]] = tensor.extract_slice %[[OS]][%[[I]], 0, 0, 0, 0] [1, 1, 6, %[[T]], 80]
// CHECK-DAG:       %[[LP:.*]] = tensor.extract_slice %[[LS]][%[[I]], 0, 0, 0] [1, 1, 6, %[[T]]]
// CHECK-DAG:       %[[BP:.*]] = tensor.extract_slice %[[BIAS]][0, 0, 0, %[[J]]] [1, 1, %[[T]], %[[N]]]
// CHECK-DAG:       %[[KP:.*]] = tensor.extract_slice %[[K]][0, 0, %[[J]], 0] [1, 2, %[[N]], 64]
// CHECK-DAG:       %[[VP:.*]] = tensor.extract_slice %[[V]][0, 0, %[[J]], 0] [1, 2, %[[N]], 80]
// CHECK:           attn.dense causal ins(%{{.*}}, %[[KP]], %[[VP]] :
// CHECK-SAME:        bias(%[[BP]] : tensor<1x1x?x?xf16>) origin(%[[C0]], %[[C0]], %[[C0]], %[[J]]) diagonal(%[[C0]]) outs(%[[OP]], %[[LP]] : tensor<1x6x?x80xf32>, tensor<1x6x?xf32>)
// CHECK:         attn.merge ins(%[[R]]#0, %[[R]]#1 : tensor<?x1x6x?x80xf32>, tensor<?x1x6x?xf32>) outs(%[[O]] : tensor<1x6x?x80xbf16>)
module attributes {transform.with_named_sequence} {
  func.func @split(
      %q: tensor<1x6x?x64xbf16>, %k: tensor<1x2x?x64xbf16>,
      %v: tensor<1x2x?x80xbf16>, %bias: tensor<1x1x?x?xf16>,
      %o: tensor<1x6x?x80xbf16>) -> tensor<1x6x?x80xbf16> {
    %r = attn.dense causal align(top_left)
        ins(%q, %k, %v : tensor<1x6x?x64xbf16>, tensor<1x2x?x64xbf16>, tensor<1x2x?x80xbf16>)
        bias(%bias : tensor<1x1x?x?xf16>)
        outs(%o : tensor<1x6x?x80xbf16>)
    return %r : tensor<1x6x?x80xbf16>
  }
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.dense"]} in %m : (!transform.any_op) -> !transform.any_op
    %i:2, %t, %c, %f = transform.structured.tile_reduction_using_forall %op reduction_dims = [4] by tile_sizes = [0, 0, 0, 0, 64]
        : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// A sink is one more part, (0, sink), in rows where another part has keys; the
// parts themselves have none. An lse that is returned comes from the merge.

// CHECK-DAG:   #[[ALL:.*]] = affine_map<(d0, d1, d2, d3) -> (d3, d0, d1, d2)>
// CHECK-DAG:   #[[ROWOFALL:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
// CHECK-DAG:   #[[HEAD:.*]] = affine_map<(d0, d1, d2) -> (d1)>
// CHECK-DAG:   #[[ROW:.*]] = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
// CHECK-LABEL: func.func @sink
// CHECK-SAME:    %[[SINK:[a-z0-9]+]]: tensor<2xf16>, %[[O:[a-z0-9]+]]: tensor<1x2x3x4xf32>, %[[L:[a-z0-9]+]]: tensor<1x2x3xf32>
// CHECK-DAG:     %[[NONE:.*]] = arith.constant 0xFF800000 : f32
// CHECK:         %[[R:.*]]:2 = scf.forall {{.*}} -> (tensor<4x1x2x3x4xf32>, tensor<4x1x2x3xf32>)
// CHECK-NOT:       sink
// CHECK:         %[[INIT:.*]] = linalg.fill ins(%[[NONE]] : f32) outs(%{{.*}} : tensor<1x2x3xf32>)
// CHECK:         %[[KEYS:.*]] = linalg.generic {indexing_maps = [#[[ALL]], #[[ROWOFALL]]], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%[[R]]#1 : tensor<4x1x2x3xf32>) outs(%[[INIT]] : tensor<1x2x3xf32>)
// CHECK-NEXT:    ^bb0(%[[LSE:.*]]: f32, %[[FOUND:.*]]: f32):
// CHECK-NEXT:      %[[IS:.*]] = arith.cmpf oeq, %[[LSE]], %[[NONE]] : f32
// CHECK-NEXT:      %[[ANY:.*]] = arith.select %[[IS]], %[[FOUND]], %[[LSE]] : f32
// CHECK-NEXT:      linalg.yield %[[ANY]]
// CHECK:         %[[ROWS:.*]] = linalg.generic {indexing_maps = [#[[HEAD]], #[[ROW]], #[[ROW]]], iterator_types = ["parallel", "parallel", "parallel"]} ins(%[[SINK]], %[[KEYS]] : tensor<2xf16>, tensor<1x2x3xf32>)
// CHECK-NEXT:    ^bb0(%[[Z16:.*]]: f16, %[[K:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT:      %[[Z:.*]] = arith.extf %[[Z16]] : f16 to f32
// CHECK-NEXT:      %[[EMPTY:.*]] = arith.cmpf oeq, %[[K]], %[[NONE]] : f32
// CHECK-NEXT:      %[[X:.*]] = arith.select %[[EMPTY]], %[[NONE]], %[[Z]] : f32
// CHECK-NEXT:      linalg.yield %[[X]]
// CHECK:         %[[LSES:.*]] = tensor.insert_slice %[[ROWS]] into %[[R]]#1[3, 0, 0, 0] [1, 1, 2, 3] [1, 1, 1, 1] : tensor<1x2x3xf32> into tensor<4x1x2x3xf32>
// CHECK:         attn.merge ins(%[[R]]#0, %[[LSES]] : tensor<4x1x2x3x4xf32>, tensor<4x1x2x3xf32>) outs(%[[O]], %[[L]] :
module attributes {transform.with_named_sequence} {
  func.func @sink(
      %q: tensor<1x2x3x8xf32>, %k: tensor<1x1x5x8xf32>, %v: tensor<1x1x5x4xf32>,
      %sink: tensor<2xf16>, %o: tensor<1x2x3x4xf32>, %l: tensor<1x2x3xf32>)
      -> (tensor<1x2x3x4xf32>, tensor<1x2x3xf32>) {
    %r:2 = attn.dense
        ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x1x5x8xf32>, tensor<1x1x5x4xf32>)
        sink(%sink : tensor<2xf16>)
        outs(%o, %l : tensor<1x2x3x4xf32>, tensor<1x2x3xf32>)
    return %r#0, %r#1 : tensor<1x2x3x4xf32>, tensor<1x2x3xf32>
  }
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.dense"]} in %m : (!transform.any_op) -> !transform.any_op
    %i:2, %t, %c, %f = transform.structured.tile_reduction_using_forall %op reduction_dims = [4] by tile_sizes = [0, 0, 0, 0, 2]
        : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// Dynamic numbers of heads: the parts cover all groups.

// CHECK-LABEL: func.func @dynamic_heads
// CHECK:         scf.forall
// CHECK:           attn.dense ins({{.*}} : tensor<?x?x?x8xf32>, tensor<?x?x?x8xf32>, tensor<?x?x?x4xf32>)
// CHECK:         attn.merge
module attributes {transform.with_named_sequence} {
  func.func @dynamic_heads(
      %q: tensor<?x?x?x8xf32>, %k: tensor<?x?x?x8xf32>, %v: tensor<?x?x?x4xf32>,
      %o: tensor<?x?x?x4xf32>) -> tensor<?x?x?x4xf32> {
    %r = attn.dense
        ins(%q, %k, %v : tensor<?x?x?x8xf32>, tensor<?x?x?x8xf32>, tensor<?x?x?x4xf32>)
        outs(%o : tensor<?x?x?x4xf32>)
    return %r : tensor<?x?x?x4xf32>
  }
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.dense"]} in %m : (!transform.any_op) -> !transform.any_op
    %i:2, %t, %c, %f = transform.structured.tile_reduction_using_forall %op reduction_dims = [4] by tile_sizes = [0, 0, 0, 0, 16]
        : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}
