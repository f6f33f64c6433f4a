// RUN: attn-opt %s --attn-copy-to-linalg --split-input-file | FileCheck %s

// A strided copy, for which LLVM would need a function of MLIR's runtime.

// CHECK-LABEL: func.func @strided
// CHECK-SAME:  %[[A:.*]]: memref<4x?xf32, strided<[?, 1]>>, %[[B:.*]]: memref<4x?xf32>
// CHECK:       linalg.copy ins(%[[A]] : memref<4x?xf32, strided<[?, 1]>>) outs(%[[B]] : memref<4x?xf32>)
// CHECK-NOT:   memref.copy
func.func @strided(%a: memref<4x?xf32, strided<[?, 1]>>, %b: memref<4x?xf32>) {
  memref.copy %a, %b : memref<4x?xf32, strided<[?, 1]>> to memref<4x?xf32>
  return
}

// -----

// Inside of loops, and without dimensions.

// CHECK-LABEL: func.func @scalars
// CHECK:       scf.for
// CHECK:         linalg.copy ins(%{{.*}} : memref<f32>) outs(%{{.*}} : memref<f32>)
func.func @scalars(%a: memref<f32>, %b: memref<f32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    memref.copy %a, %b : memref<f32> to memref<f32>
  }
  return
}
