"builtin.module"() ({
  "func.func"() <{arg_attrs = [{attn.name = "q"}, {attn.name = "k"}, {attn.name = "v"}], function_type = (tensor<1x4x7x8xf32>, tensor<1x2x17x8xf32>, tensor<1x2x17x5xf32>) -> (tensor<1x4x7x5xf32>, tensor<1x4x7xf32>), res_attrs = [{attn.name = "o"}, {attn.name = "lse"}], sym_name = "attention"}> ({
  ^bb0(%arg3: tensor<1x4x7x8xf32>, %arg4: tensor<1x2x17x8xf32>, %arg5: tensor<1x2x17x5xf32>):
    %3 = "tensor.empty"() : () -> tensor<1x4x7x5xf32>
    %4 = "tensor.empty"() : () -> tensor<1x4x7xf32>
    %5:2 = "attn.dense"(%arg3, %arg4, %arg5, %3, %4) <{align = #attn<alignment(bottom_right)>, causal, operandSegmentSizes = array<index: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1>}> ({
    }, {
    }) : (tensor<1x4x7x8xf32>, tensor<1x2x17x8xf32>, tensor<1x2x17x5xf32>, tensor<1x4x7x5xf32>, tensor<1x4x7xf32>) -> (tensor<1x4x7x5xf32>, tensor<1x4x7xf32>)
    "func.return"(%5#0, %5#1) : (tensor<1x4x7x5xf32>, tensor<1x4x7xf32>) -> ()
  }) : () -> ()
  "func.func"() <{arg_attrs = [{attn.name = "q"}, {attn.name = "k"}, {attn.name = "v"}], function_type = (tensor<1x4x7x8xf32>, tensor<1x2x17x8xf32>, tensor<1x2x17x5xf32>) -> (tensor<1x4x7x5xf32>, tensor<1x4x7xf32>), res_attrs = [{attn.name = "o"}, {attn.name = "lse"}], sym_name = "attention"}> ({
  ^bb0(%arg0: tensor<1x4x7x8xf32>, %arg1: tensor<1x2x17x8xf32>, %arg2: tensor<1x2x17x5xf32>):
    %0 = "tensor.empty"() : () -> tensor<1x4x7x5xf32>
    %1 = "tensor.empty"() : () -> tensor<1x4x7xf32>
    %2:2 = "attn.dense"(%arg0, %arg1, %arg2, %0, %1) <{align = #attn<alignment(bottom_right)>, causal, operandSegmentSizes = array<index: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1>}> ({
    }, {
    }) : (tensor<1x4x7x8xf32>, tensor<1x2x17x8xf32>, tensor<1x2x17x5xf32>, tensor<1x4x7x5xf32>, tensor<1x4x7xf32>) -> (tensor<1x4x7x5xf32>, tensor<1x4x7xf32>)
    "func.return"(%2#0, %2#1) : (tensor<1x4x7x5xf32>, tensor<1x4x7xf32>) -> ()
  }) : () -> ()
}) : () -> ()
