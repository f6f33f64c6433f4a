// RUN: attn-opt %s | attn-opt | FileCheck %s
// RUN: attn-opt %s --mlir-print-op-generic | attn-opt | FileCheck %s
// RUN: attn-opt %s --emit-bytecode | attn-opt | FileCheck %s

// CHECK-LABEL: func.func @linear
// CHECK: attn.linear ins(%{{.*}}, %{{.*}}, %{{.*}} : tensor<2x4x?x64xbf16>, tensor<2x4x?x64xbf16>, tensor<2x4x?x32xbf16>)
// CHECK-SAME: outs(%{{.*}} : tensor<2x4x?x32xf32>)
func.func @linear(%q: tensor<2x4x?x64xbf16>, %k: tensor<2x4x?x64xbf16>, %v: tensor<2x4x?x32xbf16>,
                  %o: tensor<2x4x?x32xf32>) -> tensor<2x4x?x32xf32> {
  %r = attn.linear ins(%q, %k, %v : tensor<2x4x?x64xbf16>, tensor<2x4x?x64xbf16>, tensor<2x4x?x32xbf16>)
      outs(%o : tensor<2x4x?x32xf32>)
  return %r : tensor<2x4x?x32xf32>
}
