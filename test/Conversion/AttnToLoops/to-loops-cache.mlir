// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-to-loops,canonicalize,cse))' -split-input-file -verify-diagnostics \
// RUN:   | FileCheck %s

// Row by row, in the order of batch and token; a row without a place is dropped.

// CHECK-LABEL: func.func @append
// CHECK-SAME:    %[[R:[a-z0-9]+]]: tensor<2x8x?x64xf32>, %[[N:[a-z0-9]+]]: tensor<2xi32>, %[[C:[a-z0-9]+]]: tensor<2x8x?x64xf32>
// CHECK:         scf.for %[[B:[a-z0-9_]+]] = %{{.*}} to %c2
// CHECK:           scf.for %[[T:[a-z0-9_]+]] =
// CHECK:             %[[LENGTH:[a-z0-9_]+]] = tensor.extract %[[N]][%[[B]]]
// CHECK:             %[[INDEX:[a-z0-9_]+]] = arith.index_cast %[[LENGTH]]
// CHECK:             %[[AT:[a-z0-9_]+]] = arith.addi %[[INDEX]], %[[T]]
// CHECK:             %[[SIZE:[a-z0-9_]+]] = tensor.dim %[[C]], %c2
// CHECK:             arith.cmpi sge, %[[AT]], %c0
// CHECK:             arith.cmpi ult, %[[AT]], %[[SIZE]]
// CHECK:             scf.if
// CHECK:               tensor.extract %[[R]][%[[B]], %{{.*}}, %[[T]], %{{.*}}]
// CHECK:               tensor.insert %{{.*}} into %{{.*}}[%[[B]], %{{.*}}, %[[AT]], %{{.*}}]
func.func @append(%r: tensor<2x8x?x64xf32>, %n: tensor<2xi32>, %c: tensor<2x8x?x64xf32>)
    -> tensor<2x8x?x64xf32> {
  %x = attn.cache_update ins(%r : tensor<2x8x?x64xf32>) lengths(%n : tensor<2xi32>)
      outs(%c : tensor<2x8x?x64xf32>)
  return %x : tensor<2x8x?x64xf32>
}

// The table is read where it has the entry.

// CHECK-LABEL: func.func @pages
// CHECK:         arith.divui
// CHECK:         %[[PAGE:[a-z0-9_]+]] = scf.if
// CHECK:           tensor.extract %{{.*}} : tensor<2x?xi32>
// CHECK:         arith.cmpi ult, %[[PAGE]]
func.func @pages(%r: tensor<2x1x1x4xf32>, %n: tensor<2xi32>, %t: tensor<2x?xi32>,
                 %c: tensor<1x1x?x4xf32>) -> tensor<1x1x?x4xf32> {
  %x = attn.cache_update ins(%r : tensor<2x1x1x4xf32>) lengths(%n : tensor<2xi32>)
      page_table(%t : tensor<2x?xi32>) page_size 16 outs(%c : tensor<1x1x?x4xf32>)
  return %x : tensor<1x1x?x4xf32>
}

// Every row is compared with every other one: by place, then by mass.

// CHECK-LABEL: func.func @evict
// CHECK:         arith.cmpi sgt, %{{.*}}, %c7
// CHECK:         scf.if
// CHECK:           scf.for
// CHECK:             scf.for
// CHECK:           scf.for
// CHECK:             scf.for
// CHECK:               arith.cmpf uno
// CHECK:               arith.cmpf ogt
// CHECK:           scf.for
// CHECK:             tensor.insert
func.func @evict(%n: tensor<1xi32>, %k: tensor<1x2x?x8xf32>, %m: tensor<1x2x?xf32>)
    -> (tensor<1x2x?x8xf32>, tensor<1x2x?xf32>) {
  %x:2 = attn.cache_evict heavy 3 recent 4 mass 1 lengths(%n : tensor<1xi32>)
      outs(%k, %m : tensor<1x2x?x8xf32>, tensor<1x2x?xf32>)
  return %x#0, %x#1 : tensor<1x2x?x8xf32>, tensor<1x2x?xf32>
}

// -----

func.func @update_memrefs(%r: memref<1x1x1x4xf32>, %n: memref<1xi32>, %c: memref<1x1x9x4xf32>) {
  // expected-error @+1 {{expected tensors in the lowering to loops, but found memrefs}}
  attn.cache_update ins(%r : memref<1x1x1x4xf32>) lengths(%n : memref<1xi32>)
      outs(%c : memref<1x1x9x4xf32>)
  return
}

// -----

func.func @evict_memrefs(%n: memref<1xi32>, %c: memref<1x1x9x4xf32>) {
  // expected-error @+1 {{expected tensors in the lowering to loops, but found memrefs}}
  attn.cache_evict heavy 1 recent 1 lengths(%n : memref<1xi32>) outs(%c : memref<1x1x9x4xf32>)
  return
}
