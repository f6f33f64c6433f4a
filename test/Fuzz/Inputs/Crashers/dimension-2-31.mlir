"builtin.module"() ({
  "func.func"() <{arg_attrs = [{attn.name = "q"}, {attn.name = "k"}, {attn.name = "v"}], function_type = (tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>) -> tensor<?x2x?x4xf32>, res_attrs = [{attn.name = "o"}], sym_name = "attention"}> ({
  ^bb0(%arg0: tensor<?x2x?x4xf32>, %arg1: tensor<?x2x?x4xf32>, %arg2: tensor<?x2x?x4xf32>):
    %0 = "arith.constant"() <{value = 0 : index}> : () -> index
    %1 = "arith.constant"() <{value = 2147483648 : index}> : () -> index
    %2 = "tensor.dim"(%arg0, %0) : (tensor<?x2x?x4xf32>, index) -> index
    %3 = "tensor.dim"(%arg0, %1) : (tensor<?x2x?x4xf32>, index) -> index
    %4 = "tensor.dim"(%arg1, %1) : (tensor<?x2x?x4xf32>, index) -> index
    %5 = "arith.subi"(%4, %3) <{overflowFlags = #arith.overflow<none>}> : (index, index) -> index
    %6 = "tensor.empty"(%2, %3) : (index, index) -> tensor<?x2x?x4xf32>
    %7 = "attn.dense"(%arg0, %arg1, %arg2, %6) <{operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0>}> ({
    }, {
    ^bb0(%arg3: index, %arg4: index, %arg5: index, %arg6: index):
      %8 = "arith.addi"(%arg5, %5) <{overflowFlags = #arith.overflow<none>}> : (index, index) -> index
      %9 = "arith.constant"() <{value = 4 : index}> : () -> index
      %10 = "arith.constant"() <{value = 2 : index}> : () -> index
      %11 = "arith.constant"() <{value = 0 : index}> : () -> index
      %12 = "arith.subi"(%8, %arg6) <{overflowFlags = #arith.overflow<none>}> : (index, index) -> index
      %13 = "arith.cmpi"(%12, %11) <{predicate = 5 : i64}> : (index, index) -> i1
      %14 = "arith.cmpi"(%12, %9) <{predicate = 2 : i64}> : (index, index) -> i1
      %15 = "arith.remsi"(%arg6, %10) : (index, index) -> index
      %16 = "arith.cmpi"(%15, %11) <{predicate = 2 : i64}> : (index, index) -> i1
      %17 = "arith.ori"(%14, %16) : (i1, i1) -> i1
      %18 = "arith.andi"(%13, %17) : (i1, i1) -> i1
      "attn.yield"(%18) : (i1) -> ()
    }) : (tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>) -> tensor<?x2x?x4xf32>
    "func.return"(%7) : (tensor<?x2x?x4xf32>) -> ()
  }) : () -> ()
}) : () -> ()
