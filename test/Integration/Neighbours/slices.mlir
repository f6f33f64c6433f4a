// Slices, pads and concatenations around attention, and packed layouts.

// RUN: attn-run %s --seed=1 --compare=reference --guard | FileCheck %s
// RUN: attn-run %s --seed=2 --compare=reference --guard --target=x86-64-v3 --threads=2 | FileCheck %s

// CHECK-COUNT-7: agrees
// CHECK-NOT: DIFFERS

func.func @slices(%x: tensor<33x50xf32>, %w: tensor<33x7xf32>)
    -> (tensor<36x60xf32>, tensor<33x57xf32>, tensor<33x50xf32>,
        tensor<33x25xf32>, tensor<33x50xf32>, tensor<7x33xf32>,
        tensor<3x4x16x16xf32>) {
  %value = arith.constant 1.5 : f32
  %padded = tensor.pad %x low[1, 3] high[2, 7] {
  ^bb0(%i: index, %j: index):
    tensor.yield %value : f32
  } : tensor<33x50xf32> to tensor<36x60xf32>
  %joined = tensor.concat dim(1) %x, %w
      : (tensor<33x50xf32>, tensor<33x7xf32>) -> tensor<33x57xf32>
  %inserted = tensor.insert_slice %w into %x[0, 5] [33, 7] [1, 1]
      : tensor<33x7xf32> into tensor<33x50xf32>
  %strided = tensor.extract_slice %x[0, 0] [33, 25] [1, 2]
      : tensor<33x50xf32> to tensor<33x25xf32>
  %generated = tensor.generate {
  ^bb0(%i: index, %j: index):
    %sum = arith.addi %i, %j : index
    %integer = arith.index_cast %sum : index to i32
    %float = arith.sitofp %integer : i32 to f32
    tensor.yield %float : f32
  } : tensor<33x50xf32>
  %all = tensor.splat %value : tensor<7x33xf32>
  %blocks = tensor.empty() : tensor<3x4x16x16xf32>
  %packed = linalg.pack %x padding_value(%value : f32)
      inner_dims_pos = [0, 1] inner_tiles = [16, 16] into %blocks
      : tensor<33x50xf32> -> tensor<3x4x16x16xf32>
  return %padded, %joined, %inserted, %strided, %generated, %all, %packed
      : tensor<36x60xf32>, tensor<33x57xf32>, tensor<33x50xf32>,
        tensor<33x25xf32>, tensor<33x50xf32>, tensor<7x33xf32>,
        tensor<3x4x16x16xf32>
}
