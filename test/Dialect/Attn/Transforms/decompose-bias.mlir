// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-decompose,canonicalize,cse))' \
// RUN:   | FileCheck %s

!q = tensor<32x64xf32>
!k = tensor<?x32xf32>
!r = tensor<64xf32>

// A bias is copied, transposed and in f32, into a block of static shape; lanes
// past the real rows hold zeros. A weight of -inf counts as not admitted, so the
// second product skips marked weights.

// CHECK-LABEL: func.func @bias
// CHECK-SAME:    %[[BIAS:[a-z0-9]+]]: tensor<?x?xf16>
// CHECK:         %[[S:.*]] = linalg.matmul
// CHECK:         linalg.fill {attn.tile = #attn.register_tile<sizes = [1, 16], lanes = [1, 16]>}
// CHECK-SAME:      -> tensor<96x?xf32>
// CHECK:         linalg.generic
// CHECK-SAME:      ins(%[[BIAS]] : tensor<?x?xf16>)
// CHECK:           arith.extf %{{.*}} : f16 to f32
// CHECK:         %[[TILE:.*]] = tensor.extract_slice %{{.*}} : tensor<96x64xf32> to tensor<?x64xf32>
// CHECK:         linalg.generic
// CHECK-SAME:      ins(%[[TILE]] : tensor<?x64xf32>) outs(%[[S]] : tensor<?x64xf32>)
// CHECK:           arith.addf
// CHECK:         iterator_types = ["parallel", "parallel", "reduction"]
// CHECK:           arith.cmpi ne
func.func @bias(%q: !q, %k: !k, %m: !r, %l: !r, %acc: !q, %i: index, %n: index, %bias: tensor<?x?xf16>) -> (!r, !r, !q) {
  %c0 = arith.constant 0 : index
  %r:3 = attn.online layout(feature_major) scale 1.0
      schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 96>
      ins(%q, %k, %k : !q, !k, !k) bias(%bias : tensor<?x?xf16>)
      origin(%c0, %c0, %i, %c0) rows(%n) outs(%m, %l, %acc : !r, !r, !q)
  return %r#0, %r#1, %r#2 : !r, !r, !q
}

// One of f64 becomes f32, as the scores are.

// CHECK-LABEL: func.func @bias_of_f64
// CHECK-SAME:    %[[BIAS:[a-z0-9]+]]: tensor<1x?xf64>
// CHECK:           arith.truncf %{{.*}} : f64 to f32
// CHECK:           arith.addf %{{.*}} : f32
func.func @bias_of_f64(%q: !q, %k: !k, %m: !r, %l: !r, %acc: !q, %i: index, %n: index, %bias: tensor<1x?xf64>) -> (!r, !r, !q) {
  %c0 = arith.constant 0 : index
  %r:3 = attn.online layout(feature_major) scale 1.0
      schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 96>
      ins(%q, %k, %k : !q, !k, !k) bias(%bias : tensor<1x?xf64>)
      origin(%c0, %c0, %i, %c0) rows(%n) outs(%m, %l, %acc : !r, !r, !q)
  return %r#0, %r#1, %r#2 : !r, !r, !q
}
