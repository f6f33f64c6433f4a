"builtin.module"() ({
  "func.func"() <{arg_attrs = [{attn.name = "q"}, {attn.name = "k"}, {attn.name = "v"}, {attn.name = "g"}, {attn.name = "u"}], function_type = (tensor<?x?x?x4xbf16>, tensor<?x?x?x4xbf16>, tensor<?x?x?x4xbf16>, tensor<?x?x?x4xf32>, tensor<?x4xf32>) -> tensor<?x?x?x4xbf16>, res_attrs = [{attn.name = "o"}], sym_name = "linear"}> ({
  ^bb0(%arg0: tensor<?x?x?x4xbf16>, %arg1: tensor<?x?x?x4xbf16>, %arg2: tensor<?x?x?x4xbf16>, %arg3: tensor<?x?x?x4xf32>, %arg4: tensor<?x4xf32>):
    %0 = "arith.constant"() <{value = 0 : index}> : () -> index
    %1 = "arith.constant"() <{value = 1 : index}> : () -> index
    %2 = "arith.constant"() <{value = 2 : index}> : () -> index
    %3 = "tensor.dim"(%arg0, %0) : (tensor<?x?x?x4xbf16>, index) -> index
    %4 = "tensor.dim"(%arg0, %1) : (tensor<?x?x?x4xbf16>, index) -> index
    %5 = "tensor.empty"(%3, %4, %0) : (index, index, index) -> tensor<?x?x?x4xbf16>
    %6 = "attn.linear"(%arg0, %arg1, %arg2, %arg3, %arg4, %5) <{operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 1, 0, 1, 0>, read_before, scale = 1.000000e+00 : f64}> : (tensor<?x?x?x4xbf16>, tensor<?x?x?x4xbf16>, tensor<?x?x?x4xbf16>, tensor<?x?x?x4xf32>, tensor<?x4xf32>, tensor<?x?x?x4xbf16>) -> tensor<?x?x?x4xbf16>
    "func.return"(%6) : (tensor<?x?x?x4xbf16>) -> ()
  }) : () -> ()
}) : () -> ()
