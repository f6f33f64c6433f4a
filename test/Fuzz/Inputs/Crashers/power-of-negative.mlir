"builtin.module"() ({
  "func.func"() <{arg_attrs = [{attn.name = "q"}, {attn.name = "k"}, {attn.name = "v"}, {attn.name = "slopes"}], function_type = (tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>, tensor<2xf32>) -> tensor<?x2x?x4xf32>, res_attrs = [{attn.name = "o"}], sym_name = "attention"}> ({
  ^bb0(%arg0: tensor<?x2x?x4xf32>, %arg1: tensor<?x2x?x4xf32>, %arg2: tensor<?x2x?x4xf32>, %arg3: tensor<2xf32>):
    %0 = "arith.constant"() <{value = 0 : index}> : () -> index
    %1 = "arith.constant"() <{value = 2 : index}> : () -> index
    %2 = "tensor.dim"(%arg0, %0) : (tensor<?x2x?x4xf32>, index) -> index
    %3 = "tensor.dim"(%arg0, %1) : (tensor<?x2x?x4xf32>, index) -> index
    %4 = "arith.subi"(%3, %3) <{overflowFlags = #arith.overflow<none>}> : (index, index) -> index
    %5 = "tensor.empty"(%2, %3) : (index, index) -> tensor<?x2x?x4xf32>
    %6 = "attn.dense"(%arg0, %arg1, %arg2, %5) <{align = #attn<alignment(bottom_right)>, causal, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0>}> ({
    ^bb0(%arg4: f32, %arg5: index, %arg6: index, %arg7: index, %arg8: index):
      %7 = "arith.addi"(%arg7, %4) <{overflowFlags = #arith.overflow<none>}> : (index, index) -> index
      %8 = "tensor.extract"(%arg3, %arg6) : (tensor<2xf32>, index) -> f32
      %9 = "arith.subi"(%7, %arg8) <{overflowFlags = #arith.overflow<none>}> : (index, index) -> index
      %10 = "arith.index_cast"(%9) : (index) -> i32
      %11 = "arith.sitofp"(%10) : (i32) -> f32
      %12 = "math.absf"(%11) <{fastmath = #arith.fastmath<none>}> : (f32) -> f32
      %13 = "arith.mulf"(%8, %12) <{fastmath = #arith.fastmath<none>}> : (f32, f32) -> f32
      %14 = "arith.subf"(%arg4, %13) <{fastmath = #arith.fastmath<none>}> : (f32, f32) -> f32
      %15 = "math.powf"(%14, %12) <{fastmath = #arith.fastmath<none>}> : (f32, f32) -> f32
      "attn.yield"(%15) : (f32) -> ()
    }, {
    }) : (tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>) -> tensor<?x2x?x4xf32>
    "func.return"(%6) : (tensor<?x2x?x4xf32>) -> ()
  }) : () -> ()
}) : () -> ()
