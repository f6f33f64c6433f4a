// RUN: attn-opt %s --split-input-file --remarks-filter="attn-cpu.*" --remark-format=emitRemark \
// RUN:   --pass-pipeline='builtin.module(func.func(attn-cpu-tile-neighbours{target=x86-64-v4}),attn-cpu-boundary)' -o /dev/null 2>&1 | FileCheck %s

// What is fused is said, and what is not, with the reason.

// CHECK: [[#@LINE+3]]:8: remark: [Passed] fuse | Category:attn-cpu-tile-neighbours | Remark="fused into its consumer"
// CHECK-NOT: remark:
func.func @chain(%x: tensor<8x16xf32>, %y: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %a = linalg.exp ins(%x : tensor<8x16xf32>) outs(%y : tensor<8x16xf32>)
      -> tensor<8x16xf32>
  %b = linalg.add ins(%a, %y : tensor<8x16xf32>, tensor<8x16xf32>)
      outs(%y : tensor<8x16xf32>) -> tensor<8x16xf32>
  return %b : tensor<8x16xf32>
}

// -----

// CHECK: [[#@LINE+4]]:8: remark: [Missed] fuse | {{.*}}not fused into its consumer: its result has several uses, each of which would compute it again
// CHECK-NOT: remark:
func.func @twice(%x: tensor<8x16xf32>, %y: tensor<8x16xf32>)
    -> (tensor<8x16xf32>, tensor<8x16xf32>) {
  %a = linalg.exp ins(%x : tensor<8x16xf32>) outs(%y : tensor<8x16xf32>)
      -> tensor<8x16xf32>
  %b = linalg.abs ins(%a : tensor<8x16xf32>) outs(%y : tensor<8x16xf32>)
      -> tensor<8x16xf32>
  return %a, %b : tensor<8x16xf32>, tensor<8x16xf32>
}

// -----

// CHECK: [[#@LINE+4]]:8: remark: [Missed] fuse | {{.*}}its consumer is a product of matrices, which reads its operands many times
// CHECK: [[#@LINE+5]]:8: remark: [Missed] fuse | {{.*}}it is a reduction, whose result is known only behind its loops
// CHECK-NOT: remark:
func.func @product(%x: tensor<8x16xf32>, %w: tensor<16x32xf32>, %y: tensor<8x32xf32>) -> tensor<8x32xf32> {
  %a = linalg.exp ins(%x : tensor<8x16xf32>) outs(%x : tensor<8x16xf32>)
      -> tensor<8x16xf32>
  %p = linalg.matmul ins(%a, %w : tensor<8x16xf32>, tensor<16x32xf32>)
      outs(%y : tensor<8x32xf32>) -> tensor<8x32xf32>
  %b = linalg.abs ins(%p : tensor<8x32xf32>) outs(%y : tensor<8x32xf32>)
      -> tensor<8x32xf32>
  return %b : tensor<8x32xf32>
}

// -----

// CHECK: [[#@LINE+5]]:8: remark: [Missed] fuse | {{.*}}its consumer reads each element more than once
// CHECK-NOT: remark:
#all = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>
func.func @broadcast(%x: tensor<8xf32>, %y: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %a = linalg.exp ins(%x : tensor<8xf32>) outs(%x : tensor<8xf32>) -> tensor<8xf32>
  %b = linalg.generic {indexing_maps = [#row, #all, #all], iterator_types = ["parallel", "parallel"]}
      ins(%a, %y : tensor<8xf32>, tensor<8x16xf32>) outs(%y : tensor<8x16xf32>) {
  ^bb0(%s: f32, %t: f32, %o: f32):
    %m = arith.mulf %s, %t : f32
    linalg.yield %m : f32
  } -> tensor<8x16xf32>
  return %b : tensor<8x16xf32>
}

// -----

// Keys past a slice, and the result.

// CHECK: [[#@LINE+7]]:8: remark: [Missed] fuse | {{.*}}'attn.dense' would compute it again for each of its tiles
// CHECK: [[#@LINE+13]]:8: remark: [Missed] fuse | {{.*}}not fused into attention, whose result is whole only behind its tiles
// CHECK-NOT: remark:
func.func @attention(%q: tensor<1x2x64x16xf32>, %x: tensor<1x2x32x16xf32>, %k: tensor<1x2x64x16xf32>)
    -> tensor<1x2x64x16xf32> {
  %e = tensor.empty() : tensor<1x2x64x16xf32>
  %f = tensor.empty() : tensor<1x2x32x16xf32>
  %a = linalg.exp ins(%x : tensor<1x2x32x16xf32>) outs(%f : tensor<1x2x32x16xf32>)
      -> tensor<1x2x32x16xf32>
  %b = tensor.insert_slice %a into %k[0, 0, 0, 0] [1, 2, 32, 16] [1, 1, 1, 1]
      : tensor<1x2x32x16xf32> into tensor<1x2x64x16xf32>
  %o = attn.dense schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 64, key_split = 0, prefetch = 0>
      ins(%q, %b, %k : tensor<1x2x64x16xf32>, tensor<1x2x64x16xf32>, tensor<1x2x64x16xf32>)
      outs(%e : tensor<1x2x64x16xf32>)
  %r = linalg.abs ins(%o : tensor<1x2x64x16xf32>) outs(%e : tensor<1x2x64x16xf32>)
      -> tensor<1x2x64x16xf32>
  return %r : tensor<1x2x64x16xf32>
}

// -----

// Transposes: strides of an argument and of a result, or copies.

// CHECK: [[#@LINE+6]]:8: remark: [Missed] transpose | {{.*}}copied, not folded into strides: it moves the innermost dimension
// CHECK: [[#@LINE+3]]:8: remark: [Passed] transpose | Category:attn-cpu-boundary | Remark="folded into the strides of argument 0"
func.func @transposes(%x: tensor<2x4x8x16xf32>, %y: tensor<2x8x4x16xf32>, %z: tensor<2x8x16x4xf32>)
    -> tensor<2x8x16x4xf32> {
  %a = linalg.transpose ins(%x : tensor<2x4x8x16xf32>) outs(%y : tensor<2x8x4x16xf32>)
      permutation = [0, 2, 1, 3]
  %b = linalg.transpose ins(%a : tensor<2x8x4x16xf32>) outs(%z : tensor<2x8x16x4xf32>)
      permutation = [0, 1, 3, 2]
  return %b : tensor<2x8x16x4xf32>
}
