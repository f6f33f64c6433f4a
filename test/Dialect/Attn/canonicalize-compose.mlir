// RUN: attn-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @no_parts
// CHECK-SAME:    %[[S:[a-z0-9]+]]: tensor<1x2x8x4xf32>, %[[M:[a-z0-9]+]]: tensor<1x2xf32>
// CHECK-NEXT: return %[[S]], %[[M]]
func.func @no_parts(
    %s: tensor<1x2x8x4xf32>, %m: tensor<1x2xf32>, %es: tensor<0x1x2x8x4xf32>,
    %ms: tensor<0x1x2xf32>) -> (tensor<1x2x8x4xf32>, tensor<1x2xf32>) {
  %r:2 = attn.compose ins(%es, %ms : tensor<0x1x2x8x4xf32>, tensor<0x1x2xf32>)
      outs(%s, %m : tensor<1x2x8x4xf32>, tensor<1x2xf32>)
  return %r#0, %r#1 : tensor<1x2x8x4xf32>, tensor<1x2xf32>
}

// CHECK-LABEL: func.func @no_batch
// CHECK-SAME:    %[[S:[a-z0-9]+]]: tensor<0x2x8x4xf32>
// CHECK-NEXT: return %[[S]]
func.func @no_batch(
    %s: tensor<0x2x8x4xf32>, %es: tensor<?x?x2x8x4xf32>, %ms: tensor<?x?x2xf32>)
    -> tensor<0x2x8x4xf32> {
  %r = attn.compose ins(%es, %ms : tensor<?x?x2x8x4xf32>, tensor<?x?x2xf32>)
      outs(%s : tensor<0x2x8x4xf32>)
  return %r : tensor<0x2x8x4xf32>
}

// CHECK-LABEL: func.func @one_part
// CHECK-SAME:    %[[ES:[a-z0-9]+]]: tensor<1x?x2x8x4xf32>, %[[MS:[a-z0-9]+]]: tensor<1x?x2x8xf32>
// CHECK-DAG:  %[[S:.*]] = tensor.extract_slice %[[ES]][0, 0, 0, 0, 0] [1, 3, 2, 8, 4] {{.*}} to tensor<3x2x8x4xf32>
// CHECK-DAG:  %[[M:.*]] = tensor.extract_slice %[[MS]][0, 0, 0, 0] [1, 3, 2, 8] {{.*}} to tensor<3x2x8xf32>
// CHECK-NEXT: return %[[S]], %[[M]]
func.func @one_part(%es: tensor<1x?x2x8x4xf32>, %ms: tensor<1x?x2x8xf32>)
    -> (tensor<3x2x8x4xf32>, tensor<3x2x8xf32>) {
  %s = arith.constant dense<0.0> : tensor<3x2x8x4xf32>
  %m = arith.constant dense<1.0> : tensor<3x2x8xf32>
  %r:2 = attn.compose ins(%es, %ms : tensor<1x?x2x8x4xf32>, tensor<1x?x2x8xf32>)
      outs(%s, %m : tensor<3x2x8x4xf32>, tensor<3x2x8xf32>)
  return %r#0, %r#1 : tensor<3x2x8x4xf32>, tensor<3x2x8xf32>
}

// CHECK-LABEL: func.func @unused_transition
// CHECK: %[[R:.*]] = attn.compose per_element ins({{.*}}) outs(%{{.*}} : tensor<1x2x8x4xf32>)
// CHECK-NEXT: return %[[R]]
func.func @unused_transition(
    %es: tensor<?x1x2x8x4xf32>, %s: tensor<1x2x8x4xf32>, %m: tensor<1x2x8x4xf32>)
    -> tensor<1x2x8x4xf32> {
  %r:2 = attn.compose per_element
      ins(%es, %es : tensor<?x1x2x8x4xf32>, tensor<?x1x2x8x4xf32>)
      outs(%s, %m : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>)
  return %r#0 : tensor<1x2x8x4xf32>
}

// What does not start from the identity is composed; a matrix of ones is none.

// CHECK-LABEL: func.func @no_identity
// CHECK-COUNT-3: attn.compose
func.func @no_identity(
    %es: tensor<1x1x2x8x8xf32>, %a: tensor<1x1x2xf32>, %s: tensor<1x2x8x8xf32>)
    -> (tensor<1x2x8x8xf32>, tensor<1x2xf32>, tensor<1x2x8x8xf32>, tensor<1x2x8x8xf32>) {
  %zeros = arith.constant dense<0.0> : tensor<1x2x8x8xf32>
  %ones = arith.constant dense<1.0> : tensor<1x2x8x8xf32>
  %two = arith.constant dense<2.0> : tensor<1x2xf32>
  %x = attn.compose ins(%es, %a : tensor<1x1x2x8x8xf32>, tensor<1x1x2xf32>)
      outs(%s : tensor<1x2x8x8xf32>)
  %y:2 = attn.compose ins(%es, %a : tensor<1x1x2x8x8xf32>, tensor<1x1x2xf32>)
      outs(%zeros, %two : tensor<1x2x8x8xf32>, tensor<1x2xf32>)
  %z:2 = attn.compose ins(%es, %es : tensor<1x1x2x8x8xf32>, tensor<1x1x2x8x8xf32>)
      outs(%zeros, %ones : tensor<1x2x8x8xf32>, tensor<1x2x8x8xf32>)
  return %x, %y#1, %z#0, %z#1 : tensor<1x2x8x8xf32>, tensor<1x2xf32>, tensor<1x2x8x8xf32>, tensor<1x2x8x8xf32>
}

// CHECK-LABEL: func.func @one_part_alone
// CHECK-SAME:    %[[ES:[a-z0-9]+]]: tensor<1x1x2x8x4xf32>
// CHECK-NEXT: %[[S:.*]] = tensor.extract_slice %[[ES]][0, 0, 0, 0, 0] [1, 1, 2, 8, 4] {{.*}} to tensor<1x2x8x4xf32>
// CHECK-NEXT: return %[[S]]
func.func @one_part_alone(%es: tensor<1x1x2x8x4xf32>, %ms: tensor<1x1x2xf32>) -> tensor<1x2x8x4xf32> {
  %s = arith.constant dense<0.0> : tensor<1x2x8x4xf32>
  %r = attn.compose ins(%es, %ms : tensor<1x1x2x8x4xf32>, tensor<1x1x2xf32>)
      outs(%s : tensor<1x2x8x4xf32>)
  return %r : tensor<1x2x8x4xf32>
}

// CHECK-LABEL: func.func @two_parts
// CHECK: attn.compose
func.func @two_parts(%es: tensor<2x1x2x8x4xf32>, %ms: tensor<2x1x2xf32>) -> tensor<1x2x8x4xf32> {
  %s = arith.constant dense<0.0> : tensor<1x2x8x4xf32>
  %r = attn.compose ins(%es, %ms : tensor<2x1x2x8x4xf32>, tensor<2x1x2xf32>)
      outs(%s : tensor<1x2x8x4xf32>)
  return %r : tensor<1x2x8x4xf32>
}
