"builtin.module"() ({
  "func.func"() <{arg_attrs = [{attn.name = "q"}, {attn.name = "k"}, {attn.name = "v"}], function_type = (tensor<1x2x9x4xf32>, tensor<1x2x9x4xf32>, tensor<1x2x9x5xf32>) -> tensor<1x2x9x5xf32>, res_attrs = [{attn.name = "o"}], sym_name = "linear"}> ({
  ^bb0(%arg0: tensor<1x2x9x4xf32>, %arg1: tensor<1x2x9x4xf32>, %arg2: tensor<1x2x9x5xf32>):
    %0 = "tensor.empty"() : () -> tensor<1x2x9x5xf32>
    %1 = "attn.linear"(%arg0, %arg1, %arg2, %0) <{operandSegmentSizes = array<i32: 0, 2, 1, 1, 0, 0, 0, 0, 0>}> : (tensor<1x2x9x4xf32>, tensor<1x2x9x4xf32>, tensor<1x2x9x5xf32>, tensor<1x2x9x5xf32>) -> tensor<1x2x9x5xf32>
    "func.return"(%1) : (tensor<1x2x9x5xf32>) -> ()
  }) : () -> ()
}) : () -> ()
