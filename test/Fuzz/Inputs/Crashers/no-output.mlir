"builtin.module"() ({
  "func.func"() <{arg_attrs = [{attn.yield = "q"}, {attn.yield = "k"}, {attn.yield = "v"}, {attn.yield = "first"}, {attn.yield = "last"}], function_type = (tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>, tensor<?x?xi32>, tensor<?x?xi32>) -> tensor<?x2x?x4xf32>, res_attrs = [{attn.yield = "o"}], sym_name = "attention"}> ({
  ^bb0(%arg0: tensor<?x2x?x4xf32>, %arg1: tensor<?x2x?x4xf32>, %arg2: tensor<?x2x?x4xf32>, %arg3: tensor<?x?xi32>, %arg4: tensor<?x?xi32>):
    %0 = "arith.constant"() <{value = 0 : index}> : () -> index
    %1 = "arith.constant"() <{value = 2 : index}> : () -> index
    %2 = "tensor.dim"(%arg0, %0) : (tensor<?x2x?x4xf32>, index) -> index
    %3 = "tensor.dim"(%arg0, %1) : (tensor<?x2x?x4xf32>, index) -> index
    %4 = "tensor.empty"(%2, %3) : (index, index) -> tensor<?x2x?x4xf32>
    %5 = "attn.dense"(%arg0, %arg1, %arg2, %4) <{operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0>}> ({
    }, {
    ^bb0(%arg5: index, %arg6: index, %arg7: index, %arg8: index):
      %6 = "tensor.extract"(%arg3, %arg5, %arg7) : (tensor<?x?xi32>, index, index) -> i32
      %7 = "tensor.extract"(%arg4, %arg5, %arg7) : (tensor<?x?xi32>, index, index) -> i32
      %8 = "arith.index_cast"(%6) : (i32) -> index
      %9 = "arith.index_cast"(%7) : (i32) -> index
      %10 = "arith.cmpi"(%arg8, %8) <{predicate = 5 : i64}> : (index, index) -> i1
      %11 = "arith.cmpi"(%arg8, %9) <{predicate = 2 : i64}> : (index, index) -> i1
      %12 = "arith.andi"(%10, %11) : (i1, i1) -> i1
      "attn.yield"(%12) : (i1) -> ()
    }) : (tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>) -> tensor<?x2x?x4xf32>
    "func.return"(%5) : (tensor<?x2x?x4xf32>) -> ()
  }) : () -> ()
}) : () -> ()
