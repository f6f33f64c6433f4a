// RUN: attn-opt %s | attn-opt | FileCheck %s
// RUN: attn-opt %s --mlir-print-op-generic | attn-opt | FileCheck %s
// RUN: attn-opt %s --emit-bytecode | attn-opt | FileCheck %s

// Convolutions print as they are read.

// CHECK-LABEL: func.func @plain
// CHECK: attn.long_conv ins(%{{.*}}, %{{.*}} : tensor<2x3x?x20xbf16>, tensor<3x?x20xf32>)
// CHECK-SAME: outs(%{{.*}} : tensor<2x3x?x20xf32>)
func.func @plain(%x: tensor<2x3x?x20xbf16>, %h: tensor<3x?x20xf32>, %o: tensor<2x3x?x20xf32>)
    -> tensor<2x3x?x20xf32> {
  %y = attn.long_conv ins(%x, %h : tensor<2x3x?x20xbf16>, tensor<3x?x20xf32>)
      outs(%o : tensor<2x3x?x20xf32>)
  return %y : tensor<2x3x?x20xf32>
}

// CHECK-LABEL: func.func @all
// CHECK: attn.long_conv form(fft) ins(
// CHECK-SAME: before(%arg0 : tensor<1x1x9x4xf32>) behind(%arg0 : tensor<1x1x9x4xf32>)
// CHECK-SAME: {{ skip}}(%arg2 : tensor<1x4xf32>) history(%arg3 : tensor<1x1x5x4xf32>)
func.func @all(%x: tensor<1x1x9x4xf32>, %h: tensor<1x14x4xf32>, %s: tensor<1x4xf32>,
               %p: tensor<1x1x5x4xf32>) -> tensor<1x1x9x4xf32> {
  %y = attn.long_conv form(fft) ins(%x, %h : tensor<1x1x9x4xf32>, tensor<1x14x4xf32>)
      before(%x : tensor<1x1x9x4xf32>) behind(%x : tensor<1x1x9x4xf32>)
      skip(%s : tensor<1x4xf32>) history(%p : tensor<1x1x5x4xf32>)
      outs(%x : tensor<1x1x9x4xf32>)
  return %y : tensor<1x1x9x4xf32>
}

// CHECK-LABEL: func.func @memrefs
// CHECK: attn.long_conv form(direct) ins(%{{.*}} : memref<1x1x9x4xf32>, memref<1x3x4xf32>) outs(
func.func @memrefs(%x: memref<1x1x9x4xf32>, %h: memref<1x3x4xf32>, %o: memref<1x1x9x4xf32>) {
  attn.long_conv form(direct) ins(%x, %h : memref<1x1x9x4xf32>, memref<1x3x4xf32>)
      outs(%o : memref<1x1x9x4xf32>)
  return
}
