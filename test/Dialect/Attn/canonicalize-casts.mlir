// RUN: attn-opt %s --canonicalize | FileCheck %s

// A cast that only forgets sizes folds into its consumer; that of a destination
// moves behind the operation.

// CHECK-LABEL: func.func @dense
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: tensor<1x2x3x8xf32>, %[[K:[a-z0-9]+]]: tensor<1x1x?x8xf32>, %[[V:[a-z0-9]+]]: tensor<1x1x5x4xf32>, %[[BIAS:[a-z0-9]+]]: tensor<1x2x3x5xf32>, %[[O:[a-z0-9]+]]: tensor<1x2x3x4xf32>
// CHECK:         %[[R:.*]] = attn.dense ins(%[[Q]], %[[K]], %[[V]] : tensor<1x2x3x8xf32>, tensor<1x1x?x8xf32>, tensor<1x1x5x4xf32>) bias(%[[BIAS]] : tensor<1x2x3x5xf32>) outs(%[[O]] : tensor<1x2x3x4xf32>)
// CHECK-NEXT:    %[[RESULT:.*]] = tensor.cast %[[R]] : tensor<1x2x3x4xf32> to tensor<1x2x?x4xf32>
// CHECK-NEXT:    return %[[RESULT]]
func.func @dense(
    %q: tensor<1x2x3x8xf32>, %k: tensor<1x1x?x8xf32>, %v: tensor<1x1x5x4xf32>,
    %bias: tensor<1x2x3x5xf32>, %o: tensor<1x2x3x4xf32>) -> tensor<1x2x?x4xf32> {
  %0 = tensor.cast %q : tensor<1x2x3x8xf32> to tensor<?x2x?x8xf32>
  %1 = tensor.cast %v : tensor<1x1x5x4xf32> to tensor<?x1x?x4xf32>
  %2 = tensor.cast %bias : tensor<1x2x3x5xf32> to tensor<1x?x?x?xf32>
  %3 = tensor.cast %o : tensor<1x2x3x4xf32> to tensor<1x2x?x4xf32>
  %r = attn.dense
      ins(%0, %k, %1 : tensor<?x2x?x8xf32>, tensor<1x1x?x8xf32>, tensor<?x1x?x4xf32>)
      bias(%2 : tensor<1x?x?x?xf32>)
      outs(%3 : tensor<1x2x?x4xf32>)
  return %r : tensor<1x2x?x4xf32>
}

// CHECK-LABEL: func.func @online
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: tensor<8x4xf32>, %[[K:[a-z0-9]+]]: tensor<5x8xf32>, %[[V:[a-z0-9]+]]: tensor<5x6xf32>
// CHECK:         attn.online layout(feature_major) scale 1.000000e+00 ins(%[[Q]], %[[K]], %[[V]] : tensor<8x4xf32>, tensor<5x8xf32>, tensor<5x6xf32>)
func.func @online(
    %q: tensor<8x4xf32>, %k: tensor<5x8xf32>, %v: tensor<5x6xf32>, %c: index,
    %m: tensor<4xf32>, %l: tensor<4xf32>, %a: tensor<6x4xf32>)
    -> (tensor<4xf32>, tensor<4xf32>, tensor<6x4xf32>) {
  %0 = tensor.cast %k : tensor<5x8xf32> to tensor<?x8xf32>
  %1 = tensor.cast %v : tensor<5x6xf32> to tensor<?x6xf32>
  %r:3 = attn.online layout(feature_major) scale 1.0
      ins(%q, %0, %1 : tensor<8x4xf32>, tensor<?x8xf32>, tensor<?x6xf32>)
      origin(%c, %c, %c, %c)
      outs(%m, %l, %a : tensor<4xf32>, tensor<4xf32>, tensor<6x4xf32>)
  return %r#0, %r#1, %r#2 : tensor<4xf32>, tensor<4xf32>, tensor<6x4xf32>
}

// The argument of a region takes the type of what it captures.

// CHECK-LABEL: func.func @captures
// CHECK-SAME:    %[[SLOPES:[a-z0-9]+]]: tensor<2xf32>)
// CHECK:         attn.dense ins({{.*}} captures(%[[SLOPES]] : tensor<2xf32>) outs(
// CHECK-NEXT:    ^bb0({{.*}}, %[[SL:[a-z0-9]+]]: tensor<2xf32>):
// CHECK-NEXT:      tensor.extract %[[SL]][%{{.*}}] : tensor<2xf32>
func.func @captures(
    %q: tensor<1x2x3x8xf32>, %k: tensor<1x1x5x8xf32>, %v: tensor<1x1x5x4xf32>,
    %o: tensor<1x2x3x4xf32>, %slopes: tensor<2xf32>) -> tensor<1x2x3x4xf32> {
  %0 = tensor.cast %slopes : tensor<2xf32> to tensor<?xf32>
  %r = attn.dense
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x1x5x8xf32>, tensor<1x1x5x4xf32>)
      captures(%0 : tensor<?xf32>)
      outs(%o : tensor<1x2x3x4xf32>)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %sl: tensor<?xf32>):
        %x = tensor.extract %sl[%h] : tensor<?xf32>
        %y = arith.mulf %s, %x : f32
        attn.yield %y : f32
      }
  return %r : tensor<1x2x3x4xf32>
}

// A cast that says more stays.

// CHECK-LABEL: func.func @learns
// CHECK:         %[[K:.*]] = tensor.cast %{{.*}} : tensor<1x1x?x8xf32> to tensor<1x1x5x8xf32>
// CHECK:         attn.dense ins(%{{.*}}, %[[K]], %[[K]] :
func.func @learns(%q: tensor<1x2x3x8xf32>, %k: tensor<1x1x?x8xf32>) -> tensor<1x2x3x8xf32> {
  %0 = tensor.cast %k : tensor<1x1x?x8xf32> to tensor<1x1x5x8xf32>
  %r = attn.dense
      ins(%q, %0, %0 : tensor<1x2x3x8xf32>, tensor<1x1x5x8xf32>, tensor<1x1x5x8xf32>)
      outs(%q : tensor<1x2x3x8xf32>)
  return %r : tensor<1x2x3x8xf32>
}
