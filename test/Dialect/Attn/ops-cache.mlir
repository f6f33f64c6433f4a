// RUN: attn-opt %s | attn-opt | FileCheck %s
// RUN: attn-opt %s --mlir-print-op-generic | attn-opt | FileCheck %s
// RUN: attn-opt %s --emit-bytecode | attn-opt | FileCheck %s

// Operations on caches print as they are read.

// CHECK-LABEL: func.func @append
// CHECK: attn.cache_update ins(%arg0 : tensor<2x8x?x64xf32>) lengths(%arg1 : tensor<2xi32>) outs(%arg2 : tensor<2x8x?x64xf32>)
// CHECK: attn.cache_update ring ins(
func.func @append(%r: tensor<2x8x?x64xf32>, %n: tensor<2xi32>, %c: tensor<2x8x?x64xf32>)
    -> (tensor<2x8x?x64xf32>, tensor<2x8x?x64xf32>) {
  %a = attn.cache_update ins(%r : tensor<2x8x?x64xf32>) lengths(%n : tensor<2xi32>)
      outs(%c : tensor<2x8x?x64xf32>)
  %b = attn.cache_update ring ins(%r : tensor<2x8x?x64xf32>) lengths(%n : tensor<2xi32>)
      outs(%a : tensor<2x8x?x64xf32>)
  return %a, %b : tensor<2x8x?x64xf32>, tensor<2x8x?x64xf32>
}

// CHECK-LABEL: func.func @pages
// CHECK: attn.cache_update interleaved ins(
// CHECK-SAME: page_table(%{{.*}} : tensor<2x?xi64>) page_size 16 angles(%{{.*}}, %{{.*}} : tensor<?x32xf32>, tensor<?x32xf32>)
func.func @pages(%r: tensor<2x8x1x64xbf16>, %n: tensor<2xi64>, %t: tensor<2x?xi64>,
                 %a: tensor<?x32xf32>, %c: tensor<1x8x?x64xbf16>) -> tensor<1x8x?x64xbf16> {
  %x = attn.cache_update interleaved ins(%r : tensor<2x8x1x64xbf16>) lengths(%n : tensor<2xi64>)
      page_table(%t : tensor<2x?xi64>) page_size 16
      angles(%a, %a : tensor<?x32xf32>, tensor<?x32xf32>) outs(%c : tensor<1x8x?x64xbf16>)
  return %x : tensor<1x8x?x64xbf16>
}

// CHECK-LABEL: func.func @evict
// CHECK: attn.cache_evict heavy 3 recent 4 mass 1 places 2 lengths(%{{.*}} : tensor<1xi32>)
// CHECK-SAME: outs(%{{.*}}, %{{.*}}, %{{.*}} : tensor<1x2x?x8xf16>, tensor<1x2x?xf32>, tensor<1x2x?xi32>)
// CHECK: attn.cache_evict heavy 4 recent 0 lengths(
func.func @evict(%n: tensor<1xi32>, %k: tensor<1x2x?x8xf16>, %m: tensor<1x2x?xf32>,
                 %p: tensor<1x2x?xi32>) -> (tensor<1x2x?x8xf16>, tensor<1x2x?x8xf16>) {
  %a:3 = attn.cache_evict heavy 3 recent 4 mass 1 places 2 lengths(%n : tensor<1xi32>)
      outs(%k, %m, %p : tensor<1x2x?x8xf16>, tensor<1x2x?xf32>, tensor<1x2x?xi32>)
  %b = attn.cache_evict heavy 4 recent 0 lengths(%n : tensor<1xi32>)
      outs(%k : tensor<1x2x?x8xf16>)
  return %a#0, %b : tensor<1x2x?x8xf16>, tensor<1x2x?x8xf16>
}

// CHECK-LABEL: func.func @mass
// CHECK: attn.key_mass causal align(top_left) window [3, 0] scale 5.000000e-01 softcap 2.000000e+00 ins(
// CHECK-SAME: lse(%{{.*}} : tensor<1x4x?xf32>) bias(%{{.*}} : tensor<1x1x?x?xi1>) outs(%{{.*}} : tensor<1x2x?xf32>) score {
func.func @mass(%q: tensor<1x4x?x8xf32>, %k: tensor<1x2x?x8xf32>, %l: tensor<1x4x?xf32>,
                %b: tensor<1x1x?x?xi1>, %m: tensor<1x2x?xf32>) -> tensor<1x2x?xf32> {
  %a = attn.key_mass causal align(top_left) window [3, 0] scale 0.5 softcap 2.0
      ins(%q, %k : tensor<1x4x?x8xf32>, tensor<1x2x?x8xf32>) lse(%l : tensor<1x4x?xf32>)
      bias(%b : tensor<1x1x?x?xi1>) outs(%m : tensor<1x2x?xf32>) score {
      ^bb0(%s: f32, %x: index, %h: index, %i: index, %j: index):
        %n = arith.negf %s : f32
        attn.yield %n : f32
      }
  return %a : tensor<1x2x?xf32>
}

// CHECK-LABEL: func.func @memrefs
// CHECK: attn.cache_update ins(%{{.*}} : memref<1x2x1x4xf32>) lengths(%{{.*}} : memref<1xi32>) outs(
// CHECK: attn.cache_evict heavy 1 recent 1 lengths(
func.func @memrefs(%r: memref<1x2x1x4xf32>, %n: memref<1xi32>, %c: memref<1x2x9x4xf32>) {
  attn.cache_update ins(%r : memref<1x2x1x4xf32>) lengths(%n : memref<1xi32>)
      outs(%c : memref<1x2x9x4xf32>)
  attn.cache_evict heavy 1 recent 1 lengths(%n : memref<1xi32>) outs(%c : memref<1x2x9x4xf32>)
  return
}
