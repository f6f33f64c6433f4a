// RUN: attn-opt %s --split-input-file \
// RUN:   --pass-pipeline='builtin.module(func.func(attn-cpu-tile-neighbours{target=x86-64-v4},canonicalize,cse))' \
// RUN:   | FileCheck %s

// Blocks of B are packed, 64 columns wide; rows of A pass in sixes.

// CHECK-LABEL: func.func @plain
// CHECK-SAME:    %[[A:[a-z0-9]+]]: tensor<?x256xf32>, %[[B:[a-z0-9]+]]: tensor<256x128xf32>
// CHECK:         scf.forall (%{{.*}}, %{{.*}}) = (0, 0) to (%{{.*}}, 128) step (510, 64)
// CHECK:           scf.for {{.*}} = %c0 to %c256 step %[[STEP:.*]] iter_args
// CHECK:             %[[PACKED:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<1x[[K:[0-9]+]]x64xf32>) {{.*}}sizes = [1, 1, 64], lanes = [1, 1, 64]
// CHECK:             %[[BLOCK:.*]] = tensor.extract_slice %[[PACKED]]{{.*}} to tensor<[[K]]x64xf32>
// CHECK:             linalg.matmul {attn.tile = #attn.register_tile<sizes = [6, 0, 0], inner = [0, 0, 1], tail = [1, 0, 0]>} ins(%{{.*}}, %[[BLOCK]] : tensor<?x[[K]]xf32>, tensor<[[K]]x64xf32>)
func.func @plain(%a: tensor<?x256xf32>, %b: tensor<256x128xf32>,
                 %c: tensor<?x128xf32>) -> tensor<?x128xf32> {
  %p = linalg.matmul ins(%a, %b : tensor<?x256xf32>, tensor<256x128xf32>)
      outs(%c : tensor<?x128xf32>) -> tensor<?x128xf32>
  return %p : tensor<?x128xf32>
}

// -----

// Weights with heads as a dimension: a head is a block of columns, the transpose
// happens while packing, and bf16 is extended there.

// CHECK-LABEL: func.func @heads
// CHECK:         scf.forall
// CHECK:           linalg.generic {{.*}} ins(%{{.*}} : tensor<64x?xbf16>) outs(%{{.*}} : tensor<1x?x64xf32>) {{.*}}sizes = [1, 16, 16], lanes = [1, 16, 16]
// CHECK:             arith.extf
// CHECK:           linalg.generic {{.*}} ins(%{{.*}} : tensor<32x?xbf16>)
// CHECK:           linalg.matmul {{.*}} ins(%{{.*}}, %{{.*}} : tensor<32x?xf32>, tensor<?x64xf32>)
func.func @heads(%x: tensor<2x32x?xbf16>, %w: tensor<4x64x?xbf16>,
                 %q: tensor<2x4x32x64xf32>) -> tensor<2x4x32x64xf32> {
  %p = linalg.generic {
      indexing_maps = [affine_map<(b, h, t, d, e) -> (b, t, e)>,
                       affine_map<(b, h, t, d, e) -> (h, d, e)>,
                       affine_map<(b, h, t, d, e) -> (b, h, t, d)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel",
                        "reduction"]}
      ins(%x, %w : tensor<2x32x?xbf16>, tensor<4x64x?xbf16>)
      outs(%q : tensor<2x4x32x64xf32>) {
  ^bb0(%a: bf16, %b: bf16, %c: f32):
    %a32 = arith.extf %a : bf16 to f32
    %b32 = arith.extf %b : bf16 to f32
    %m = arith.mulf %a32, %b32 : f32
    %s = arith.addf %c, %m : f32
    linalg.yield %s : f32
  } -> tensor<2x4x32x64xf32>
  return %p : tensor<2x4x32x64xf32>
}

// -----

// Columns that fill no vector are computed next to zeros in scratch.

// CHECK-LABEL: func.func @ragged
// CHECK:         linalg.fill {{.*}} -> tensor<12x64xf32>
// CHECK:         linalg.matmul {attn.tile = #attn.register_tile<sizes = [6, 0, 0]{{.*}} outs(%{{.*}} : tensor<12x64xf32>)
// CHECK:         tensor.extract_slice %{{.*}}[0, 0] [12, 50] [1, 1] : tensor<12x64xf32> to tensor<12x50xf32>
func.func @ragged(%a: tensor<12x32xf32>, %b: tensor<32x50xf32>,
                  %c: tensor<12x50xf32>) -> tensor<12x50xf32> {
  %p = linalg.matmul ins(%a, %b : tensor<12x32xf32>, tensor<32x50xf32>)
      outs(%c : tensor<12x50xf32>) -> tensor<12x50xf32>
  return %p : tensor<12x50xf32>
}

// -----

// One row has nothing to pack for.

// CHECK-LABEL: func.func @one_row
// CHECK-NOT:     linalg.matmul
// CHECK:         linalg.generic {{.*}}lanes = [1, 64, 1]
func.func @one_row(%a: tensor<1x32xf32>, %b: tensor<32x128xf32>,
                   %c: tensor<1x128xf32>) -> tensor<1x128xf32> {
  %p = linalg.matmul ins(%a, %b : tensor<1x32xf32>, tensor<32x128xf32>)
      outs(%c : tensor<1x128xf32>) -> tensor<1x128xf32>
  return %p : tensor<1x128xf32>
}
