// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-cpu-vectorize))' | FileCheck %s

// A gather numbers the elements of a table as if its rows followed each other,
// which those of an argument need not: it reads a copy, made once. A gather from
// one row reads the argument.

#element = affine_map<(i, j) -> (i, j)>
#column = affine_map<(j) -> (j)>

// CHECK-LABEL: func.func @table
// CHECK-SAME:    %[[TABLE:[a-z0-9]+]]: tensor<3x8x50xf32>, %[[B:[a-z0-9]+]]: index
// CHECK:         %[[COPY:.*]] = bufferization.alloc_tensor() copy(%[[TABLE]]) : tensor<3x8x50xf32>
// CHECK:         %[[ROWS:.*]] = tensor.extract_slice %[[COPY]][%[[B]], 0, 0] [1, 8, 50] [1, 1, 1]
// CHECK:         vector.gather %[[ROWS]]
func.func @table(%table: tensor<3x8x50xf32>, %b: index, %i: tensor<4x16xindex>, %j: tensor<4x16xindex>,
    %o: tensor<4x16xf32>) -> tensor<4x16xf32> {
  %rows = tensor.extract_slice %table[%b, 0, 0] [1, 8, 50] [1, 1, 1] : tensor<3x8x50xf32> to tensor<8x50xf32>
  %r = linalg.generic {indexing_maps = [#element, #element, #element], iterator_types = ["parallel", "parallel"]}
      ins(%i, %j : tensor<4x16xindex>, tensor<4x16xindex>) outs(%o : tensor<4x16xf32>) {
  ^bb0(%row: index, %column: index, %old: f32):
    %x = tensor.extract %rows[%row, %column] : tensor<8x50xf32>
    linalg.yield %x : f32
  } -> tensor<4x16xf32>
  return %r : tensor<4x16xf32>
}

// CHECK-LABEL: func.func @one_row
// CHECK-SAME:    %[[ROW:[a-z0-9]+]]: tensor<50xf32>
// CHECK-NOT:     alloc_tensor
// CHECK:         vector.gather %[[ROW]]
func.func @one_row(%row: tensor<50xf32>, %j: tensor<16xindex>, %o: tensor<16xf32>) -> tensor<16xf32> {
  %r = linalg.generic {indexing_maps = [#column, #column], iterator_types = ["parallel"]}
      ins(%j : tensor<16xindex>) outs(%o : tensor<16xf32>) {
  ^bb0(%column: index, %old: f32):
    %x = tensor.extract %row[%column] : tensor<50xf32>
    linalg.yield %x : f32
  } -> tensor<16xf32>
  return %r : tensor<16xf32>
}
