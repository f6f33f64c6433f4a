// Reductions around attention: along rows, columns and all elements, softmax,
// an argument of the maximum, sums of 16-bit floats.

// RUN: attn-run %s --seed=1 --compare=reference --guard --shape=x=7x203,h=7x203,i=7x203 --atol=1e-4 --rtol=1e-5 | FileCheck %s
// RUN: attn-run %s --seed=2 --compare=reference --guard --shape=x=65x64,h=65x64,i=65x64 --atol=1e-4 --rtol=1e-5 --target=x86-64-v3 | FileCheck %s
// RUN: attn-run %s --seed=3 --compare=reference --guard --shape=x=5x3,h=5x3,i=5x3 | FileCheck %s
// RUN: attn-run %s --seed=4 --compare=reference --guard --shape=x=1x1,h=1x1,i=1x1 | FileCheck %s
// RUN: attn-run %s --seed=5 --compare=reference --guard --shape=x=4x0,h=4x0,i=4x0 | FileCheck %s
// RUN: attn-run %s --seed=6 --compare=reference --guard --shape=x=0x4,h=0x4,i=0x4 | FileCheck %s

// CHECK-COUNT-9: agrees
// CHECK-NOT: DIFFERS

#element = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>

func.func @reductions(%x: tensor<?x?xf32>, %h: tensor<?x?xf16>,
                      %i: tensor<?x?xi32>)
    -> (tensor<?xf32>, tensor<?xf32>, tensor<f32>, tensor<?xf32>, tensor<?xf16>,
        tensor<?xi32>, tensor<?x?xf32>, tensor<?xf32>, tensor<?xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %zero_half = arith.constant 0.0 : f16
  %lowest = arith.constant 0xFF800000 : f32
  %smallest = arith.constant -2147483648 : i32
  %m = tensor.dim %x, %c0 : tensor<?x?xf32>
  %n = tensor.dim %x, %c1 : tensor<?x?xf32>
  %rows = tensor.empty(%m) : tensor<?xf32>
  %columns = tensor.empty(%n) : tensor<?xf32>
  %scalar = tensor.empty() : tensor<f32>
  %half_rows = tensor.empty(%m) : tensor<?xf16>
  %integer_rows = tensor.empty(%m) : tensor<?xi32>
  %square = tensor.empty(%m, %n) : tensor<?x?xf32>

  %rows0 = linalg.fill ins(%zero : f32) outs(%rows : tensor<?xf32>)
      -> tensor<?xf32>
  %row_sums = linalg.reduce {arith.addf} ins(%x : tensor<?x?xf32>)
      outs(%rows0 : tensor<?xf32>) dimensions = [1]
  %columns0 = linalg.fill ins(%zero : f32) outs(%columns : tensor<?xf32>)
      -> tensor<?xf32>
  %column_sums = linalg.reduce {arith.addf} ins(%x : tensor<?x?xf32>)
      outs(%columns0 : tensor<?xf32>) dimensions = [0]
  %scalar0 = linalg.fill ins(%zero : f32) outs(%scalar : tensor<f32>)
      -> tensor<f32>
  %sum = linalg.reduce {arith.addf} ins(%x : tensor<?x?xf32>)
      outs(%scalar0 : tensor<f32>) dimensions = [0, 1]
  %rows1 = linalg.fill ins(%lowest : f32) outs(%rows : tensor<?xf32>)
      -> tensor<?xf32>
  %maxima = linalg.reduce {arith.maximumf} ins(%x : tensor<?x?xf32>)
      outs(%rows1 : tensor<?xf32>) dimensions = [1]
  %half0 = linalg.fill ins(%zero_half : f16) outs(%half_rows : tensor<?xf16>)
      -> tensor<?xf16>
  %half_sums = linalg.reduce {arith.addf} ins(%h : tensor<?x?xf16>)
      outs(%half0 : tensor<?xf16>) dimensions = [1]
  %integer0 = linalg.fill ins(%smallest : i32)
      outs(%integer_rows : tensor<?xi32>) -> tensor<?xi32>
  %integer_maxima = linalg.reduce {arith.maxsi} ins(%i : tensor<?x?xi32>)
      outs(%integer0 : tensor<?xi32>) dimensions = [1]
  %softmax = linalg.softmax dimension(1) ins(%x : tensor<?x?xf32>)
      outs(%square : tensor<?x?xf32>) -> tensor<?x?xf32>
  %largest:2 = linalg.generic {
      indexing_maps = [#element, #row, #row],
      iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<?x?xf32>)
      outs(%rows1, %integer0 : tensor<?xf32>, tensor<?xi32>) {
  ^bb0(%a: f32, %best: f32, %where: i32):
    %j = linalg.index 1 : index
    %here = arith.index_cast %j : index to i32
    %better = arith.cmpf ogt, %a, %best : f32
    %value = arith.select %better, %a, %best : f32
    %place = arith.select %better, %here, %where : i32
    linalg.yield %value, %place : f32, i32
  } -> (tensor<?xf32>, tensor<?xi32>)
  return %row_sums, %column_sums, %sum, %maxima, %half_sums, %integer_maxima,
         %softmax, %largest#0, %largest#1
      : tensor<?xf32>, tensor<?xf32>, tensor<f32>, tensor<?xf32>, tensor<?xf16>,
        tensor<?xi32>, tensor<?x?xf32>, tensor<?xf32>, tensor<?xi32>
}
