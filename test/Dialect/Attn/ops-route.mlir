// RUN: attn-opt %s | attn-opt | FileCheck %s
// RUN: attn-opt %s --mlir-print-op-generic | attn-opt | FileCheck %s
// RUN: attn-opt %s --emit-bytecode | attn-opt | FileCheck %s

// Operations on tokens by group print as they are read.

// CHECK-LABEL: func.func @layer
// CHECK: attn.route ins(%arg0 : tensor<?xi64>) outs(%{{.*}}, %{{.*}}, %{{.*}} : tensor<?xi32>, tensor<?xi32>, tensor<4xi32>)
// CHECK: attn.grouped_project ins(%{{.*}}, %{{.*}} : tensor<?x64xbf16>, tensor<3x64x128xbf16>) offsets(%{{.*}} : tensor<4xi32>) outs(%{{.*}} : tensor<?x128xf32>)
func.func @layer(%ids: tensor<?xi64>, %a: tensor<?xi32>, %c: tensor<4xi32>, %x: tensor<?x64xbf16>,
                 %w: tensor<3x64x128xbf16>, %y0: tensor<?x128xf32>) -> tensor<?x128xf32> {
  %order, %place, %f = attn.route ins(%ids : tensor<?xi64>)
      outs(%a, %a, %c : tensor<?xi32>, tensor<?xi32>, tensor<4xi32>)
  %y = attn.grouped_project ins(%x, %w : tensor<?x64xbf16>, tensor<3x64x128xbf16>)
      offsets(%f : tensor<4xi32>) outs(%y0 : tensor<?x128xf32>)
  return %y : tensor<?x128xf32>
}
