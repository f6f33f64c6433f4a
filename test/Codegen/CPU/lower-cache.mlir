// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-cpu-lower-cache,canonicalize,cse))' -split-input-file -verify-diagnostics | FileCheck %s

// A tile of each batch entry and head; a row that does not fit is not copied.

// CHECK-LABEL: func.func @append
// CHECK-SAME:    %[[R:.*]]: memref<2x8x1x64xf32>, %[[N:.*]]: memref<2xi32>, %[[C:.*]]: memref<2x8x?x64xf32>
// CHECK:         scf.forall (%[[B:.*]], %[[H:.*]]) in (2, 8) {
// CHECK:           %[[LENGTH:.*]] = memref.load %[[N]][%[[B]]]
// CHECK:           %[[AT:.*]] = arith.index_cast %[[LENGTH]]
// CHECK:           %[[FITS:.*]] = arith.cmpi ult, %[[AT]], %{{.*}}
// CHECK:           scf.if %[[FITS]] {
// CHECK:             %[[FROM:.*]] = memref.subview %[[R]][%[[B]], %[[H]], 0, 0] [1, 1, 1, 64]
// CHECK:             %[[TO:.*]] = memref.subview %[[C]][%[[B]], %[[H]], %[[AT]], 0] [1, 1, 1, 64]
// CHECK:             memref.copy %[[FROM]], %[[TO]]
func.func @append(%r: memref<2x8x1x64xf32>, %n: memref<2xi32>, %c: memref<2x8x?x64xf32>) {
  attn.cache_update ins(%r : memref<2x8x1x64xf32>) lengths(%n : memref<2xi32>)
      outs(%c : memref<2x8x?x64xf32>)
  return
}

// What a ring overwrites is not written first.

// CHECK-LABEL: func.func @ring
// CHECK:         %[[FIRST:.*]] = arith.maxsi
// CHECK:         scf.for %{{.*}} = %[[FIRST]] to
// CHECK:           arith.remui
func.func @ring(%r: memref<2x8x?x64xf32>, %n: memref<2xi32>, %c: memref<2x8x?x64xf32>) {
  attn.cache_update ring ins(%r : memref<2x8x?x64xf32>) lengths(%n : memref<2xi32>)
      outs(%c : memref<2x8x?x64xf32>)
  return
}

// Two sequences may write to one page: they are no tiles. The table is read where
// it has the entry, and the page written where there is one.

// CHECK-LABEL: func.func @pages
// CHECK:         scf.forall (%{{.*}}) in (8) {
// CHECK:           scf.for
// CHECK:             scf.if
// CHECK:               memref.load %{{.*}} : memref<2x?xi32>
// CHECK:               arith.cmpi ult
// CHECK:               scf.if
// CHECK:                 memref.copy
func.func @pages(%r: memref<2x8x1x64xf32>, %n: memref<2xi32>, %t: memref<2x?xi32>,
                 %c: memref<1x8x?x64xf32>) {
  attn.cache_update ins(%r : memref<2x8x1x64xf32>) lengths(%n : memref<2xi32>)
      page_table(%t : memref<2x?xi32>) page_size 16 outs(%c : memref<1x8x?x64xf32>)
  return
}

// Pairs of features are turned as they are written.

// CHECK-LABEL: func.func @angles
// CHECK:         arith.cmpi ult
// CHECK:         scf.for
// CHECK-COUNT-2:   arith.mulf
// CHECK:           arith.subf
// CHECK:           memref.store
// CHECK-COUNT-2:   arith.mulf
// CHECK:           arith.addf
// CHECK:           memref.store
func.func @angles(%r: memref<1x1x1x8xf32>, %n: memref<1xi32>, %a: memref<?x4xf32>,
                  %b: memref<?x4xf32>, %c: memref<1x1x?x8xf32>) {
  attn.cache_update ins(%r : memref<1x1x1x8xf32>) lengths(%n : memref<1xi32>)
      angles(%a, %b : memref<?x4xf32>, memref<?x4xf32>) outs(%c : memref<1x1x?x8xf32>)
  return
}

// Nothing where the budget is kept; else a pass over the rows for each bit of the
// masses, and no sorting. Without places what is kept is closed up.

// CHECK-LABEL: func.func @evict
// CHECK:         scf.forall
// CHECK:           %[[OVER:.*]] = arith.cmpi sgt, %{{.*}}, %c7
// CHECK:           scf.if %[[OVER]] {
// CHECK:             arith.bitcast %{{.*}} : f32 to i32
// CHECK:             scf.for %{{.*}} = %c0 to %c32
// CHECK:               scf.for
// CHECK:                 arith.cmpi uge
// CHECK:             memref.copy
// CHECK:             memref.load %{{.*}} : memref<1x2x?xf32>
func.func @evict(%n: memref<1xi32>, %k: memref<1x2x?x8xf32>, %m: memref<1x2x?xf32>) {
  attn.cache_evict heavy 3 recent 4 mass 1 lengths(%n : memref<1xi32>)
      outs(%k, %m : memref<1x2x?x8xf32>, memref<1x2x?xf32>)
  return
}

// -----

func.func @tensors(%r: tensor<1x1x1x8xf32>, %n: tensor<1xi32>, %c: tensor<1x1x?x8xf32>) -> tensor<1x1x?x8xf32> {
  // expected-error @+1 {{expected memrefs, as after bufferisation}}
  %x = attn.cache_update ins(%r : tensor<1x1x1x8xf32>) lengths(%n : tensor<1xi32>)
      outs(%c : tensor<1x1x?x8xf32>)
  return %x : tensor<1x1x?x8xf32>
}
