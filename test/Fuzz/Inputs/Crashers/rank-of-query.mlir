"builtin.module"() ({
  "func.func"() <{arg_attrs = [{attn.name = "q"}, {attn.name = "k"}, {attn.name = "v"}, {attn.name = "g"}, {attn.name = "beta"}], function_type = (tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>, tensor<?x4x?x4xf32>, tensor<4xf32>, tensor<?x4x?xf32>) -> tensor<?x4x?x4xf32>, res_attrs = [{attn.name = "o"}], sym_name = "recurrent"}> ({
  ^bb0(%arg0: tensor<?x2x?x4xf32>, %arg1: tensor<?x2x?x4xf32>, %arg2: tensor<?x4x?x4xf32>, %arg3: tensor<4xf32>, %arg4: tensor<?x4x?xf32>):
    %0 = "arith.constant"() <{value = 0 : index}> : () -> index
    %1 = "arith.constant"() <{value = 2 : index}> : () -> index
    %2 = "tensor.dim"(%arg0, %0) : (tensor<?x2x?x4xf32>, index) -> index
    %3 = "arith.maxui"(%1, %2) : (index, index) -> index
    %4 = "tensor.dim"(%arg0, %3) : (tensor<?x2x?x4xf32>, index) -> index
    %5 = "tensor.empty"(%2, %4) : (index, index) -> tensor<?x4x?x4xf32>
    %6 = "attn.recurrent"(%arg4, %arg1, %arg2, %arg3, %arg0, %5) <{operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 0>, scan = #attn.scan<chunk = 2, step = 2, panel = 64, lanes = 16>}> : (tensor<?x4x?xf32>, tensor<?x2x?x4xf32>, tensor<?x4x?x4xf32>, tensor<4xf32>, tensor<?x2x?x4xf32>, tensor<?x4x?x4xf32>) -> tensor<?x4x?x4xf32>
    "func.return"(%6) : (tensor<?x4x?x4xf32>) -> ()
  }) : () -> ()
}) : () -> ()
