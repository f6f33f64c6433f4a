"builtin.module"() ({
  "func.func"() <{function_type = (tensor<1x2x9x4xf32>, tensor<1x2x7x4xf32>, tensor<2xf32>) -> tensor<1x2x9x4xf32>, sym_name = "regions"}> ({
  ^bb0(%arg0: tensor<1x2x9x4xf32>, %arg1: tensor<1x2x7x4xf32>, %arg2: tensor<2xf32>):
    %0 = "tensor.empty"() : () -> tensor<1x2x9x4xf32>
    %1 = "attn.dense"(%arg0, %arg1, %arg1, %arg2, %0) <{operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0>}> ({
    ^bb0(%arg8: f32, %arg9: index, %arg10: index, %arg11: index, %arg12: index, %arg13: tensor<2xf32>):
      %8 = "arith.subi"(%arg12, %arg11) <{overflowFlags = #arith.overflow<none>}> : (index, index) -> index
      %9 = "arith.index_cast"(%8) : (index) -> i32
      %10 = "arith.sitofp"(%9) : (i32) -> f32
      %11 = "tensor.extract"(%arg13, %arg10) : (tensor<2xf32>, index) -> f32
      %12 = "arith.mulf"(%10, %11) <{fastmath = #arith.fastmath<none>}> : (f32, f32) -> f32
      %13 = "arith.addf"(%arg8, %12) <{fastmath = #arith.fastmath<none>}> : (f32, f32) -> f32
      "attn.yield"(%arg8) : (f32) -> ()
    }, {
    ^bb0(%arg3: index, %arg4: index, %arg5: index, %arg6: index, %arg7: tensor<2xf32>):
      %2 = "arith.constant"() <{value = 1 : index}> : () -> index
      %3 = "arith.constant"() <{value = 3 : index}> : () -> index
      %4 = "arith.addi"(%arg5, %3) <{overflowFlags = #arith.overflow<none>}> : (index, index) -> index
      %5 = "arith.cmpi"(%arg6, %4) <{predicate = 3 : i64}> : (index, index) -> i1
      %6 = "arith.cmpi"(%arg6, %2) <{predicate = 5 : i64}> : (index, index) -> i1
      %7 = "arith.andi"(%5, %6) : (i1, i1) -> i1
      "attn.yield"(%7) : (i1) -> ()
    }) : (tensor<1x2x9x4xf32>, tensor<1x2x7x4xf32>, tensor<1x2x7x4xf32>, tensor<2xf32>, tensor<1x2x9x4xf32>) -> tensor<1x2x9x4xf32>
    "func.return"(%1) : (tensor<1x2x9x4xf32>) -> ()
  }) : () -> ()
}) : () -> ()
