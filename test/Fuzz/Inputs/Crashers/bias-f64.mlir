"builtin.module"() ({
  "func.func"() <{arg_attrs = [{attn.name = "q"}, {attn.name = "k"}, {attn.name = "v"}, {attn.name = "bias"}], function_type = (tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>, tensor<?x1x1x?xf64>) -> (tensor<?x2x?x4xf32>, tensor<?x2x?xf32>), res_attrs = [{attn.name = "o"}, {attn.name = "lse"}], sym_name = "attention"}> ({
  ^bb0(%arg0: tensor<?x2x?x4xf32>, %arg1: tensor<?x2x?x4xf32>, %arg2: tensor<?x2x?x4xf32>, %arg3: tensor<?x1x1x?xf64>):
    %0 = "arith.constant"() <{value = 0 : index}> : () -> index
    %1 = "arith.constant"() <{value = 2 : index}> : () -> index
    %2 = "tensor.dim"(%arg0, %0) : (tensor<?x2x?x4xf32>, index) -> index
    %3 = "tensor.dim"(%arg0, %1) : (tensor<?x2x?x4xf32>, index) -> index
    %4 = "tensor.empty"(%2, %3) : (index, index) -> tensor<?x2x?x4xf32>
    %5 = "tensor.empty"(%2, %3) : (index, index) -> tensor<?x2x?xf32>
    %6:2 = "attn.dense"(%arg0, %arg1, %arg2, %arg3, %4, %5) <{operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1>}> ({
    }, {
    }) : (tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>, tensor<?x1x1x?xf64>, tensor<?x2x?x4xf32>, tensor<?x2x?xf32>) -> (tensor<?x2x?x4xf32>, tensor<?x2x?xf32>)
    "func.return"(%6#0, %6#1) : (tensor<?x2x?x4xf32>, tensor<?x2x?xf32>) -> ()
  }) : () -> ()
}) : () -> ()
