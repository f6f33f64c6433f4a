// RUN: attn-opt %s --split-input-file --transform-interpreter --canonicalize --cse \
// RUN:   | FileCheck %s

// attn.online over [row, key]. Keys are an ordinary reduction: the destinations
// are the loop's running values.

// CHECK-DAG:   #[[REST:.*]] = affine_map<(d0)[s0] -> (-d0 + s0, 16)>
// CHECK-DAG:   #[[ADD:.*]] = affine_map<(d0)[s0] -> (d0 + s0)>
// CHECK-LABEL: func.func @keys
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: tensor<64x32xf32>, %[[K:[a-z0-9]+]]: tensor<?x64xf32>, %[[V:[a-z0-9]+]]: tensor<?x80xf32>, %[[BIAS:[a-z0-9]+]]: tensor<1x?xf32>
// CHECK-SAME:    %[[OB:[a-z0-9]+]]: index, %[[OI:[a-z0-9]+]]: index, %[[OJ:[a-z0-9]+]]: index, %[[D:[a-z0-9]+]]: index, %[[N:[a-z0-9]+]]: index
// CHECK-SAME:    %[[M0:[a-z0-9]+]]: tensor<32xf32>, %[[L0:[a-z0-9]+]]: tensor<32xf32>, %[[A0:[a-z0-9]+]]: tensor<80x32xf32>)
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C16:.*]] = arith.constant 16 : index
// CHECK-DAG:     %[[S:.*]] = tensor.dim %[[K]], %[[C0]]
// CHECK:         %[[R:.*]]:3 = scf.for %[[J:[a-z0-9]+]] = %[[C0]] to %[[S]] step %[[C16]] iter_args(%[[M:[a-z0-9]+]] = %[[M0]], %[[L:[a-z0-9]+]] = %[[L0]], %[[A:[a-z0-9]+]] = %[[A0]])
// CHECK:           %[[X:.*]] = affine.min #[[REST]](%[[J]])[%[[S]]]
// CHECK:           %[[KT:.*]] = tensor.extract_slice %[[K]][%[[J]], 0] [%[[X]], 64]
// CHECK:           %[[VT:.*]] = tensor.extract_slice %[[V]][%[[J]], 0] [%[[X]], 80]
// CHECK:           %[[BT:.*]] = tensor.extract_slice %[[BIAS]][0, %[[J]]] [1, %[[X]]]
// CHECK:           %[[JO:.*]] = affine.apply #[[ADD]](%[[J]])[%[[OJ]]]
// CHECK:           %[[MN:.*]], %[[LN:.*]], %[[AN:.*]] = attn.online layout(feature_major) causal scale 1.000000e+00 ins(%[[Q]], %[[KT]], %[[VT]] :
// CHECK-SAME:        bias(%[[BT]] : tensor<1x?xf32>) origin(%[[OB]], %[[OB]], %[[OI]], %[[JO]]) diagonal(%[[D]]) rows(%[[N]]) outs(%[[M]], %[[L]], %[[A]] :
// CHECK-NEXT:      scf.yield %[[MN]], %[[LN]], %[[AN]]
// CHECK:         return %[[R]]#0, %[[R]]#1, %[[R]]#2
module attributes {transform.with_named_sequence} {
  func.func @keys(
      %q: tensor<64x32xf32>, %k: tensor<?x64xf32>, %v: tensor<?x80xf32>,
      %bias: tensor<1x?xf32>, %b: index, %i: index, %j: index, %d: index, %n: index,
      %m: tensor<32xf32>, %l: tensor<32xf32>, %a: tensor<80x32xf32>)
      -> (tensor<32xf32>, tensor<32xf32>, tensor<80x32xf32>) {
    %r:3 = attn.online layout(feature_major) causal scale 1.0
        ins(%q, %k, %v : tensor<64x32xf32>, tensor<?x64xf32>, tensor<?x80xf32>)
        bias(%bias : tensor<1x?xf32>)
        origin(%b, %b, %i, %j) diagonal(%d) rows(%n)
        outs(%m, %l, %a : tensor<32xf32>, tensor<32xf32>, tensor<80x32xf32>)
    return %r#0, %r#1, %r#2 : tensor<32xf32>, tensor<32xf32>, tensor<80x32xf32>
  }
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.online"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %f = transform.structured.tile_using_for %op tile_sizes [0, 16] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// A tile of rows has those of the real rows that fall into it, and their bias.

// CHECK-DAG:   #[[REAL:.*]] = affine_map<(d0)[s0] -> (-d0 + s0, 8)>
// CHECK-DAG:   #[[ADD:.*]] = affine_map<(d0)[s0] -> (d0 + s0)>
// CHECK-LABEL: func.func @rows
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: tensor<32x64xf32>, %[[K:[a-z0-9]+]]: tensor<5x64xf32>, %[[V:[a-z0-9]+]]: tensor<5x80xf32>, %[[BIAS:[a-z0-9]+]]: tensor<32x1xi1>, %[[O:[a-z0-9]+]]: index, %[[N:[a-z0-9]+]]: index
// CHECK:         scf.for %[[R:[a-z0-9]+]] = {{.*}} iter_args(%[[M:[a-z0-9]+]] = %{{.*}}, %[[L:[a-z0-9]+]] = %{{.*}}, %[[A:[a-z0-9]+]] = %{{.*}})
// CHECK-DAG:       %[[QT:.*]] = tensor.extract_slice %[[Q]][%[[R]], 0] [8, 64]
// CHECK-DAG:       %[[MT:.*]] = tensor.extract_slice %[[M]][%[[R]]] [8]
// CHECK-DAG:       %[[LT:.*]] = tensor.extract_slice %[[L]][%[[R]]] [8]
// CHECK-DAG:       %[[AT:.*]] = tensor.extract_slice %[[A]][%[[R]], 0] [8, 80]
// CHECK-DAG:       %[[NT:.*]] = affine.min #[[REAL]](%[[R]])[%[[N]]]
// CHECK:           %[[BT:.*]] = tensor.extract_slice %[[BIAS]][%[[R]], 0] [%[[NT]], 1]
// CHECK-DAG:       %[[IT:.*]] = affine.apply #[[ADD]](%[[R]])[%[[O]]]
// CHECK:           attn.online layout(query_major) scale 1.000000e+00 ins(%[[QT]], %[[K]], %[[V]] :
// CHECK-SAME:        bias(%[[BT]] : tensor<?x1xi1>) origin(%[[O]], %[[O]], %[[IT]], %[[O]]) rows(%[[NT]]) outs(%[[MT]], %[[LT]], %[[AT]] :
// CHECK-COUNT-3:   tensor.insert_slice
module attributes {transform.with_named_sequence} {
  func.func @rows(
      %q: tensor<32x64xf32>, %k: tensor<5x64xf32>, %v: tensor<5x80xf32>,
      %bias: tensor<32x1xi1>, %c: index, %n: index,
      %m: tensor<32xf32>, %l: tensor<32xf32>, %a: tensor<32x80xf32>)
      -> (tensor<32xf32>, tensor<32xf32>, tensor<32x80xf32>) {
    %r:3 = attn.online layout(query_major) scale 1.0
        ins(%q, %k, %v : tensor<32x64xf32>, tensor<5x64xf32>, tensor<5x80xf32>)
        bias(%bias : tensor<32x1xi1>)
        origin(%c, %c, %c, %c) rows(%n)
        outs(%m, %l, %a : tensor<32xf32>, tensor<32xf32>, tensor<32x80xf32>)
    return %r#0, %r#1, %r#2 : tensor<32xf32>, tensor<32xf32>, tensor<32x80xf32>
  }
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.online"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %f = transform.structured.tile_using_for %op tile_sizes [8] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
