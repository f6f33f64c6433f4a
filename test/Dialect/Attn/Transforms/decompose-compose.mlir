// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-decompose-compose,canonicalize,cse))' \
// RUN:   | FileCheck %s

// One number, or one for each row, scales the state in place.

// CHECK-DAG:   #[[ALL:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
// CHECK-DAG:   #[[ROW:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
// CHECK-LABEL: func.func @rows
// CHECK-SAME:    %[[ES:[a-z0-9]+]]: tensor<?x1x2x8x4xf32>, %[[MS:[a-z0-9]+]]: tensor<?x1x2x8xf32>, %[[S:[a-z0-9]+]]: tensor<1x2x8x4xf32>, %[[M:[a-z0-9]+]]: tensor<1x2x8xf32>
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK:         %[[PARTS:.*]] = tensor.dim %[[ES]], %[[C0]]
// CHECK:         scf.for %[[P:.*]] = %[[C0]] to %[[PARTS]] {{.*}} iter_args(%[[X:.*]] = %[[S]], %[[Y:.*]] = %[[M]])
// CHECK-DAG:       %[[F:.*]] = tensor.extract_slice %[[MS]][%[[P]], 0, 0, 0] [1, 1, 2, 8]
// CHECK-DAG:       %[[E:.*]] = tensor.extract_slice %[[ES]][%[[P]], 0, 0, 0, 0] [1, 1, 2, 8, 4]
// CHECK:           linalg.generic {indexing_maps = [#[[ROW]], #[[ALL]], #[[ALL]]]{{.*}} ins(%[[F]], %[[E]] : {{.*}}) outs(%[[X]] :
// CHECK:             %[[PRODUCT:.*]] = arith.mulf
// CHECK-NEXT:        arith.addf %[[PRODUCT]]
// CHECK:           linalg.generic {{.*}} ins(%[[F]] : {{.*}}) outs(%[[Y]] :
// CHECK:             arith.mulf
// CHECK-NEXT:        linalg.yield
func.func @rows(
    %es: tensor<?x1x2x8x4xf32>, %ms: tensor<?x1x2x8xf32>, %s: tensor<1x2x8x4xf32>,
    %m: tensor<1x2x8xf32>) -> (tensor<1x2x8x4xf32>, tensor<1x2x8xf32>) {
  %r:2 = attn.compose ins(%es, %ms : tensor<?x1x2x8x4xf32>, tensor<?x1x2x8xf32>)
      outs(%s, %m : tensor<1x2x8x4xf32>, tensor<1x2x8xf32>)
  return %r#0, %r#1 : tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
}

// A matrix is multiplied onto the state and onto the transition; the sum starts
// from the part's state, or from zeros, and is put in their place afterwards.

// CHECK-LABEL: func.func @matrices
// CHECK-SAME:    %[[ES:[a-z0-9]+]]: tensor<3x?x2x8x4xf32>
// CHECK:         scf.for %{{.*}} iter_args(%[[X:.*]] = %{{.*}}, %[[Y:.*]] = %{{.*}})
// CHECK:           %[[F:.*]] = tensor.extract_slice {{.*}} to tensor<?x2x8x8xf32>
// CHECK:           %[[E:.*]] = tensor.extract_slice %[[ES]]
// CHECK:           %[[START:.*]] = bufferization.alloc_tensor() copy(%[[E]])
// CHECK-NEXT:      %[[NEXT:.*]] = linalg.generic {{.*}} "reduction"]} ins(%[[F]], %[[X]] : {{.*}}) outs(%[[START]] :
// CHECK:             %[[PRODUCT:.*]] = arith.mulf
// CHECK-NEXT:        arith.addf %{{.*}}, %[[PRODUCT]]
// CHECK:           bufferization.materialize_in_destination %[[NEXT]] in %[[X]]
// CHECK:           %[[ZEROS:.*]] = linalg.fill
// CHECK-NEXT:      %[[NEXT:.*]] = linalg.generic {{.*}} ins(%[[F]], %[[Y]] : {{.*}}) outs(%[[ZEROS]] :
// CHECK:           bufferization.materialize_in_destination %[[NEXT]] in %[[Y]]
func.func @matrices(
    %es: tensor<3x?x2x8x4xf32>, %ms: tensor<3x?x2x8x8xf32>, %s: tensor<?x2x8x4xf32>,
    %m: tensor<?x2x8x8xf32>) -> (tensor<?x2x8x4xf32>, tensor<?x2x8x8xf32>) {
  %r:2 = attn.compose ins(%es, %ms : tensor<3x?x2x8x4xf32>, tensor<3x?x2x8x8xf32>)
      outs(%s, %m : tensor<?x2x8x4xf32>, tensor<?x2x8x8xf32>)
  return %r#0, %r#1 : tensor<?x2x8x4xf32>, tensor<?x2x8x8xf32>
}

// Memrefs stay.

// CHECK-LABEL: func.func @memrefs
// CHECK: attn.compose
func.func @memrefs(%es: memref<3x1x2x8x8xf32>, %s: memref<1x2x8x8xf32>) {
  attn.compose ins(%es, %es : memref<3x1x2x8x8xf32>, memref<3x1x2x8x8xf32>)
      outs(%s : memref<1x2x8x8xf32>)
  return
}
