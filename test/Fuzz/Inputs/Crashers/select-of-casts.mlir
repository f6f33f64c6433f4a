"builtin.module"() ({
  "func.func"() <{function_type = (tensor<2x4x?x?xf32>, tensor<2x2x9x5xf32>, tensor<1x2x7x3xi32>) -> (tensor<2x2x?x3xi32>, tensor<2x2x4x5xf32>, tensor<1x2x5xi64>, tensor<1x2x24xi32>), sym_name = "lists"}> ({
  ^bb0(%arg0: tensor<2x4x?x?xf32>, %arg1: tensor<2x2x9x5xf32>, %arg2: tensor<1x2x7x3xi32>):
    %0 = "arith.constant"() <{value = 2 : index}> : () -> index
    %1 = "math.ctpop"(%0) : (index) -> index
    %2 = "tensor.dim"(%arg0, %1) : (tensor<2x4x?x?xf32>, index) -> index
    %3 = "tensor.empty"(%2) : (index) -> tensor<2x2x?x3xi32>
    %4 = "attn.select"(%arg0, %3) <{block = 4 : i64, causal, first = 1 : i64, group = 2 : i32, key_size = 4 : i64, key_stride = 2 : i64, local = 1 : i64, operandSegmentSizes = array<i32: 0, 0, 1, 0, 1>, softmax}> ({
    }) : (tensor<2x4x?x?xf32>, tensor<2x2x?x3xi32>) -> tensor<2x2x?x3xi32>
    %5 = "tensor.empty"() : () -> tensor<2x2x4x5xf32>
    %6 = "attn.pool"(%arg1, %5) <{size = 3 : i64, stride = 2 : i64}> : (tensor<2x2x9x5xf32>, tensor<2x2x4x5xf32>) -> tensor<2x2x4x5xf32>
    %7 = "tensor.empty"() : () -> tensor<1x2x5xi64>
    %8 = "tensor.empty"() : () -> tensor<1x2x24xi32>
    %9:2 = "attn.invert"(%arg2, %7, %8) <{align = 4 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>}> : (tensor<1x2x7x3xi32>, tensor<1x2x5xi64>, tensor<1x2x24xi32>) -> (tensor<1x2x5xi64>, tensor<1x2x24xi32>)
    "func.return"(%4, %6, %9#0, %9#1) : (tensor<2x2x?x3xi32>, tensor<2x2x4x5xf32>, tensor<1x2x5xi64>, tensor<1x2x24xi32>) -> ()
  }) : () -> ()
}) : () -> ()
