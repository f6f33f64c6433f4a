// RUN: attn-opt %s --split-input-file \
// RUN:   --pass-pipeline='builtin.module(func.func(attn-pack-queries{target=x86-64-v4},canonicalize))' \
// RUN:   | FileCheck %s

// Rows of a key head are the queries of its heads, one head after the other; a
// causal mask speaks of the query of a row.

// CHECK-LABEL: func.func @causal
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: tensor<1x6x4x64xf32>, %[[K:[a-z0-9]+]]: tensor<1x2x9x64xf32>
// CHECK-DAG:     %[[FOUR:.*]] = arith.constant 4 : index
// CHECK-DAG:     %[[DIAGONAL:.*]] = arith.constant 5 : index
// CHECK:         %[[G:.*]] = tensor.expand_shape %[[Q]] {{.*}} into tensor<1x2x3x4x64xf32>
// CHECK:         %[[P:.*]] = tensor.collapse_shape %[[G]] {{\[\[}}0], [1], [2, 3], [4]] {{.*}} into tensor<1x2x12x64xf32>
// CHECK:         %[[O:.*]], %[[LSE:.*]] = attn.dense ins(%[[P]], %[[K]], %{{.*}}) outs(%{{.*}}, %{{.*}} : tensor<1x2x12x64xf32>, tensor<1x2x12xf32>) mask {
// CHECK-NEXT:    ^bb0(%{{.*}}: index, %{{.*}}: index, %[[I:.*]]: index, %[[J:.*]]: index):
// CHECK-NEXT:      %[[QUERY:.*]] = arith.remui %[[I]], %[[FOUR]]
// CHECK-NEXT:      %[[LAST:.*]] = arith.addi %[[QUERY]], %[[DIAGONAL]]
// CHECK-NEXT:      %[[ADMITTED:.*]] = arith.cmpi sle, %[[J]], %[[LAST]]
// CHECK-NEXT:      attn.yield %[[ADMITTED]]
// CHECK:         %[[OG:.*]] = tensor.expand_shape %[[O]] {{.*}} into tensor<1x2x3x4x64xf32>
// CHECK:         %[[OUT:.*]] = tensor.collapse_shape %[[OG]] {{\[\[}}0], [1, 2], [3], [4]] {{.*}} into tensor<1x6x4x64xf32>
// CHECK:         %[[LG:.*]] = tensor.expand_shape %[[LSE]] {{.*}} into tensor<1x2x3x4xf32>
// CHECK:         %[[L:.*]] = tensor.collapse_shape %[[LG]] {{.*}} into tensor<1x6x4xf32>
// CHECK:         return %[[OUT]], %[[L]]
func.func @causal(%q: tensor<1x6x4x64xf32>, %k: tensor<1x2x9x64xf32>, %o: tensor<1x6x4x64xf32>,
    %l: tensor<1x6x4xf32>) -> (tensor<1x6x4x64xf32>, tensor<1x6x4xf32>) {
  %r:2 = attn.dense causal align(bottom_right)
      ins(%q, %k, %k : tensor<1x6x4x64xf32>, tensor<1x2x9x64xf32>, tensor<1x2x9x64xf32>)
      outs(%o, %l : tensor<1x6x4x64xf32>, tensor<1x6x4xf32>)
  return %r#0, %r#1 : tensor<1x6x4x64xf32>, tensor<1x6x4xf32>
}

// -----

// Regions are told the head and the query of a row; a window joins the mask that
// is there. Batch and keys may be dynamic.

// CHECK-LABEL: func.func @regions
// CHECK-DAG:     %[[TWO:.*]] = arith.constant 2 : index
// CHECK-DAG:     %[[THREE:.*]] = arith.constant 3 : index
// CHECK-DAG:     %[[SIDE:.*]] = arith.constant -7 : index
// CHECK:         %[[D:.*]] = affine.apply
// CHECK:         attn.dense {{.*}}ins(%{{.*}} : tensor<?x2x6x64xf32>, tensor<?x2x?x64xf32>, {{.*}} score {
// CHECK-NEXT:    ^bb0(%{{.*}}: f32, %{{.*}}: index, %[[H:.*]]: index, %[[I:.*]]: index, %[[J:.*]]: index, %[[SLOPES:.*]]: tensor<6xf32>):
// CHECK-DAG:       %[[GROUP:.*]] = arith.minui %[[H]], %{{.*}}
// CHECK-DAG:       %[[FIRST:.*]] = arith.muli %[[GROUP]], %[[THREE]]
// CHECK-DAG:       %[[IN:.*]] = arith.divui %[[I]], %[[TWO]]
// CHECK:           %[[HEAD:.*]] = arith.addi %[[FIRST]], %[[IN]]
// CHECK:           tensor.extract %[[SLOPES]][%[[HEAD]]]
// CHECK:         } mask {
// CHECK-NEXT:    ^bb0(%{{.*}}: index, %{{.*}}: index, %[[I:.*]]: index, %[[J:.*]]: index, %{{.*}}: tensor<6xf32>):
// CHECK-NEXT:      %[[QUERY:.*]] = arith.remui %[[I]], %[[TWO]]
// CHECK-NEXT:      %[[OWN:.*]] = arith.cmpi ne, %[[QUERY]], %[[J]]
// CHECK-NEXT:      %[[AGAIN:.*]] = arith.remui %[[I]], %[[TWO]]
// CHECK-NEXT:      %[[CENTER:.*]] = arith.addi %[[AGAIN]], %[[D]]
// CHECK-NEXT:      %[[LEFT:.*]] = arith.addi %[[CENTER]], %[[SIDE]]
// CHECK-NEXT:      %[[INSIDE:.*]] = arith.cmpi sge, %[[J]], %[[LEFT]]
// CHECK-NEXT:      %[[BOTH:.*]] = arith.andi %[[OWN]], %[[INSIDE]]
// CHECK-NEXT:      attn.yield %[[BOTH]]
func.func @regions(%q: tensor<?x6x2x64xf32>, %k: tensor<?x2x?x64xf32>, %o: tensor<?x6x2x64xf32>,
    %slopes: tensor<6xf32>) -> tensor<?x6x2x64xf32> {
  %r = attn.dense align(bottom_right) window [7, -1]
      ins(%q, %k, %k : tensor<?x6x2x64xf32>, tensor<?x2x?x64xf32>, tensor<?x2x?x64xf32>)
      captures(%slopes : tensor<6xf32>)
      outs(%o : tensor<?x6x2x64xf32>)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %sl: tensor<6xf32>):
        %slope = tensor.extract %sl[%h] : tensor<6xf32>
        %a = arith.addf %s, %slope : f32
        attn.yield %a : f32
      }
      mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index, %sl: tensor<6xf32>):
        %own = arith.cmpi ne, %i, %j : index
        attn.yield %own : i1
      }
  return %r : tensor<?x6x2x64xf32>
}

// -----

// A bias of all heads and queries is packed too.

// CHECK-LABEL: func.func @bias
// CHECK:         attn.dense ins({{.*}}) bias(%{{.*}} : tensor<1x2x4x9xf32>)
func.func @bias(%q: tensor<1x4x2x64xf32>, %k: tensor<1x2x9x64xf32>, %o: tensor<1x4x2x64xf32>,
    %bias: tensor<1x4x2x9xf32>) -> tensor<1x4x2x64xf32> {
  %r = attn.dense ins(%q, %k, %k : tensor<1x4x2x64xf32>, tensor<1x2x9x64xf32>, tensor<1x2x9x64xf32>)
      bias(%bias : tensor<1x4x2x9xf32>) outs(%o : tensor<1x4x2x64xf32>)
  return %r : tensor<1x4x2x64xf32>
}

// -----

// Left alone: one query, more queries than half a tile, a key head for each head,
// a sink, a bias of queries alone, a number of queries known at run time.

// CHECK-LABEL: func.func @left_alone
// CHECK-NOT:     tensor.expand_shape
// CHECK:         return
func.func @left_alone(%one: tensor<1x4x1x64xf32>, %many: tensor<1x4x33x64xf32>, %own: tensor<1x2x4x64xf32>,
    %few: tensor<1x4x4x64xf32>, %dynamic: tensor<1x4x?x64xf32>, %k: tensor<1x2x9x64xf32>,
    %sink: tensor<4xf32>, %bias: tensor<1x1x4x9xf32>)
    -> (tensor<1x4x1x64xf32>, tensor<1x4x33x64xf32>, tensor<1x2x4x64xf32>, tensor<1x4x4x64xf32>,
        tensor<1x4x4x64xf32>, tensor<1x4x?x64xf32>) {
  %0 = attn.dense ins(%one, %k, %k : tensor<1x4x1x64xf32>, tensor<1x2x9x64xf32>, tensor<1x2x9x64xf32>)
      outs(%one : tensor<1x4x1x64xf32>)
  %1 = attn.dense ins(%many, %k, %k : tensor<1x4x33x64xf32>, tensor<1x2x9x64xf32>, tensor<1x2x9x64xf32>)
      outs(%many : tensor<1x4x33x64xf32>)
  %2 = attn.dense ins(%own, %k, %k : tensor<1x2x4x64xf32>, tensor<1x2x9x64xf32>, tensor<1x2x9x64xf32>)
      outs(%own : tensor<1x2x4x64xf32>)
  %3 = attn.dense ins(%few, %k, %k : tensor<1x4x4x64xf32>, tensor<1x2x9x64xf32>, tensor<1x2x9x64xf32>)
      sink(%sink : tensor<4xf32>) outs(%few : tensor<1x4x4x64xf32>)
  %4 = attn.dense ins(%few, %k, %k : tensor<1x4x4x64xf32>, tensor<1x2x9x64xf32>, tensor<1x2x9x64xf32>)
      bias(%bias : tensor<1x1x4x9xf32>) outs(%few : tensor<1x4x4x64xf32>)
  %5 = attn.dense ins(%dynamic, %k, %k : tensor<1x4x?x64xf32>, tensor<1x2x9x64xf32>, tensor<1x2x9x64xf32>)
      outs(%dynamic : tensor<1x4x?x64xf32>)
  return %0, %1, %2, %3, %4, %5 : tensor<1x4x1x64xf32>, tensor<1x4x33x64xf32>, tensor<1x2x4x64xf32>,
      tensor<1x4x4x64xf32>, tensor<1x4x4x64xf32>, tensor<1x4x?x64xf32>
}
