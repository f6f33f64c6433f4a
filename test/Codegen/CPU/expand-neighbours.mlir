// RUN: attn-opt %s --split-input-file \
// RUN:   --pass-pipeline='builtin.module(func.func(attn-expand-neighbours,canonicalize,cse))' \
// RUN:   | FileCheck %s

// Arithmetic on tensors is linalg.

// CHECK-LABEL: func.func @arithmetic
// CHECK:         linalg.generic
// CHECK:           arith.mulf %{{.*}}, %{{.*}} : f32
func.func @arithmetic(%x: tensor<?x64xf32>, %y: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %z = arith.mulf %x, %y : tensor<?x64xf32>
  return %z : tensor<?x64xf32>
}

// -----

// What moves data is slices and fills.

// CHECK-LABEL: func.func @moves
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<3x5xf32>, %[[Y:[a-z0-9]+]]: tensor<3x2xf32>
// CHECK:         tensor.insert_slice %[[X]] into %{{.*}}[0, 0] [3, 5] [1, 1]
// CHECK:         tensor.insert_slice %[[Y]] into %{{.*}}[0, 5] [3, 2] [1, 1]
// CHECK:         linalg.fill
// CHECK:         tensor.insert_slice %[[X]] into %{{.*}}[1, 2] [3, 5] [1, 1]
// CHECK-NOT:     tensor.concat
// CHECK-NOT:     tensor.pad
func.func @moves(%x: tensor<3x5xf32>, %y: tensor<3x2xf32>, %value: f32)
    -> (tensor<3x7xf32>, tensor<5x8xf32>) {
  %joined = tensor.concat dim(1) %x, %y
      : (tensor<3x5xf32>, tensor<3x2xf32>) -> tensor<3x7xf32>
  %padded = tensor.pad %x low[1, 2] high[1, 1] {
  ^bb0(%i: index, %j: index):
    tensor.yield %value : f32
  } : tensor<3x5xf32> to tensor<5x8xf32>
  return %joined, %padded : tensor<3x7xf32>, tensor<5x8xf32>
}

// -----

// CHECK-LABEL: func.func @values
// CHECK:         linalg.fill
// CHECK:         linalg.generic
// CHECK-DAG:       linalg.index 0
// CHECK-DAG:       linalg.index 1
func.func @values(%value: f32) -> (tensor<4x8xf32>, tensor<4x8xindex>) {
  %all = tensor.splat %value : tensor<4x8xf32>
  %sums = tensor.generate {
  ^bb0(%i: index, %j: index):
    %sum = arith.addi %i, %j : index
    tensor.yield %sum : index
  } : tensor<4x8xindex>
  return %all, %sums : tensor<4x8xf32>, tensor<4x8xindex>
}

// -----

// CHECK-LABEL: func.func @softmax
// CHECK-NOT:     linalg.softmax
// CHECK:         arith.maxnumf
// CHECK:         math.exp
// CHECK:         arith.addf
// CHECK:         arith.divf
func.func @softmax(%x: tensor<4x?xf32>, %y: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %z = linalg.softmax dimension(1) ins(%x : tensor<4x?xf32>)
      outs(%y : tensor<4x?xf32>) -> tensor<4x?xf32>
  return %z : tensor<4x?xf32>
}

// -----

// CHECK-LABEL: func.func @packed
// CHECK-NOT:     linalg.pack
// CHECK:         tensor.expand_shape
// CHECK:         linalg.transpose
// CHECK-NOT:     linalg.unpack
func.func @packed(%x: tensor<32x64xf32>, %blocks: tensor<2x4x16x16xf32>,
                  %y: tensor<32x64xf32>)
    -> (tensor<2x4x16x16xf32>, tensor<32x64xf32>) {
  %b = linalg.pack %x inner_dims_pos = [0, 1] inner_tiles = [16, 16]
      into %blocks : tensor<32x64xf32> -> tensor<2x4x16x16xf32>
  %u = linalg.unpack %blocks inner_dims_pos = [0, 1] inner_tiles = [16, 16]
      into %y : tensor<2x4x16x16xf32> -> tensor<32x64xf32>
  return %b, %u : tensor<2x4x16x16xf32>, tensor<32x64xf32>
}

// -----

// Sums of 16-bit floats are taken in f32 and rounded once, functions of them too.

// CHECK-LABEL: func.func @narrow
// CHECK:         %[[INIT:.*]] = linalg.generic
// CHECK:           arith.extf
// CHECK:         %[[SUM:.*]] = linalg.generic {{.*}} outs(%[[INIT]] : tensor<4x8xf32>)
// CHECK:           %[[P:.*]] = arith.mulf %{{.*}}, %{{.*}} : f32
// CHECK:           arith.addf %{{.*}}, %[[P]] : f32
// CHECK:         linalg.generic {{.*}} ins(%[[SUM]] : tensor<4x8xf32>)
// CHECK:           arith.truncf
// CHECK:         math.exp %{{.*}} : f32
func.func @narrow(%a: tensor<4x?xbf16>, %b: tensor<?x8xbf16>, %c: tensor<4x8xbf16>)
    -> (tensor<4x8xbf16>, tensor<4x8xbf16>) {
  %p = linalg.matmul ins(%a, %b : tensor<4x?xbf16>, tensor<?x8xbf16>)
      outs(%c : tensor<4x8xbf16>) -> tensor<4x8xbf16>
  %e = math.exp %c : tensor<4x8xbf16>
  return %p, %e : tensor<4x8xbf16>, tensor<4x8xbf16>
}
