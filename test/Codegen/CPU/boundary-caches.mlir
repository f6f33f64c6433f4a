// RUN: attn-opt %s --attn-cpu-boundary --split-input-file | FileCheck %s

// A cache changes in the memref of the result, into which the argument is copied
// unless both are one: of no batch entries then.

// CHECK-LABEL: func.func @cache
// CHECK-SAME:    %{{[a-z0-9]+}}: memref<1x2x1x4xf32, {{.*}}, %{{[a-z0-9]+}}: memref<1xi32, {{.*}}, %[[IN:[a-z0-9]+]]: memref<1x2x?x4xf32, {{.*}}, %[[OUT:[a-z0-9]+]]: memref<1x2x?x4xf32
// CHECK-DAG:     %[[FROM:.*]] = memref.extract_aligned_pointer_as_index %[[IN]]
// CHECK-DAG:     %[[TO:.*]] = memref.extract_aligned_pointer_as_index %[[OUT]]
// CHECK:         arith.cmpi eq, %[[FROM]], %[[TO]]
// CHECK:         %[[COUNT:.*]] = arith.select %{{.*}}, %c0, %c1
// CHECK:         %[[SOURCE:.*]] = memref.subview %[[IN]][0, 0, 0, 0] [%[[COUNT]], 2, %{{.*}}, 4]
// CHECK:         %[[PLACE:.*]] = memref.subview %[[OUT]][0, 0, 0, 0] [%[[COUNT]], 2, %{{.*}}, 4]
// CHECK:         memref.copy %[[SOURCE]], %[[PLACE]]
// CHECK:         %[[CACHE:.*]] = bufferization.to_tensor %[[OUT]] restrict writable
// CHECK:         attn.cache_update {{.*}} outs(%[[CACHE]]
func.func @cache(%r: tensor<1x2x1x4xf32>, %n: tensor<1xi32>, %c: tensor<1x2x?x4xf32>)
    -> tensor<1x2x?x4xf32> {
  %x = attn.cache_update ins(%r : tensor<1x2x1x4xf32>) lengths(%n : tensor<1xi32>)
      outs(%c : tensor<1x2x?x4xf32>)
  return %x : tensor<1x2x?x4xf32>
}

// -----

// What else reads the argument reads what was there before.

// CHECK-LABEL: func.func @read_too
// CHECK-NOT:     memref.copy
// CHECK-NOT:     writable : memref
// CHECK:         bufferization.materialize_in_destination
func.func @read_too(%r: tensor<1x2x1x4xf32>, %n: tensor<1xi32>, %c: tensor<1x2x?x4xf32>)
    -> (tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>) {
  %x = attn.cache_update ins(%r : tensor<1x2x1x4xf32>) lengths(%n : tensor<1xi32>)
      outs(%c : tensor<1x2x?x4xf32>)
  return %x, %c : tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>
}
