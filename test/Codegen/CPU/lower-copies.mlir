// RUN: attn-opt %s --split-input-file \
// RUN:   --pass-pipeline='builtin.module(func.func(attn-cpu-lower-copies{target=x86-64-v4},canonicalize,cse))' \
// RUN:   | FileCheck %s

// Rows are independent work, vectors run along them, single elements at the end.

// CHECK-LABEL: func.func @rows
// CHECK-SAME:    %[[A:[a-z0-9]+]]: memref<?x100xf32, strided<[?, 1]>>, %[[B:[a-z0-9]+]]: memref
// CHECK:         scf.forall (%[[I:.*]]) in (%{{.*}}) {
// CHECK:           scf.for %[[J:.*]] = %c0 to %c96 step %c16 {
// CHECK-NEXT:        %[[ROW:.*]] = vector.load %[[A]][%[[I]], %[[J]]] {{.*}}, vector<16xf32>
// CHECK-NEXT:        vector.store %[[ROW]], %[[B]][%[[I]], %[[J]]]
// CHECK:           scf.for %[[K:.*]] = %c96 to %c100 step %c1 {
// CHECK-NEXT:        memref.load %[[A]][%[[I]], %[[K]]]
// CHECK-NEXT:        memref.store
// CHECK-NOT:     memref.copy
func.func @rows(%a: memref<?x100xf32, strided<[?, 1]>>, %b: memref<?x100xf32>) {
  memref.copy %a, %b : memref<?x100xf32, strided<[?, 1]>> to memref<?x100xf32>
  return
}

// -----

// Sixteen-bit elements fill a vector by 32; inside of parallel work loops are
// sequential.

// CHECK-LABEL: func.func @inside
// CHECK:         scf.forall
// CHECK-NOT:       scf.forall
// CHECK:           scf.for
// CHECK:             scf.for
// CHECK-NEXT:          vector.load {{.*}}, vector<32xf16>
func.func @inside(%a: memref<4x?x?xf16, strided<[?, ?, 1]>>, %b: memref<?x?xf16>) {
  scf.forall (%i) in (4) {
    %m = memref.subview %a[%i, 0, 0] [1, 64, 64] [1, 1, 1]
        : memref<4x?x?xf16, strided<[?, ?, 1]>>
        to memref<64x64xf16, strided<[?, 1], offset: ?>>
    %n = memref.subview %b[0, 0] [64, 64] [1, 1]
        : memref<?x?xf16> to memref<64x64xf16, strided<[?, 1]>>
    memref.copy %m, %n : memref<64x64xf16, strided<[?, 1], offset: ?>>
        to memref<64x64xf16, strided<[?, 1]>>
  }
  return
}

// -----

// An element, and rows that are not contiguous.

// CHECK-LABEL: func.func @element
// CHECK:         %[[X:.*]] = memref.load %{{.*}}[] : memref<f32>
// CHECK-NEXT:    memref.store %[[X]]
// CHECK-LABEL: func.func @gaps
// CHECK-NOT:     vector
// CHECK:         memref.load
func.func @element(%a: memref<f32>, %b: memref<f32>) {
  memref.copy %a, %b : memref<f32> to memref<f32>
  return
}
func.func @gaps(%a: memref<?xf32, strided<[2]>>, %b: memref<?xf32>) {
  memref.copy %a, %b : memref<?xf32, strided<[2]>> to memref<?xf32>
  return
}
