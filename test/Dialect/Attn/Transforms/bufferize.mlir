// RUN: attn-opt %s --one-shot-bufferize='bufferize-function-boundaries' | FileCheck %s

// A prefetch neither reads nor writes: the tensor is updated in place around it.

// CHECK-LABEL: func.func @in_place
// CHECK-SAME:    %[[T:.*]]: memref<?xf32
// CHECK-NOT:     memref.copy
// CHECK:         memref.prefetch %{{.*}}[%{{.*}}], read, locality<2>, data
func.func @in_place(%t: tensor<?xf32> {bufferization.writable = true}, %x: f32, %i: index)
    -> tensor<?xf32> {
  %r = tensor.insert %x into %t[%i] : tensor<?xf32>
  attn.prefetch %t[%i] : tensor<?xf32>
  return %r : tensor<?xf32>
}
