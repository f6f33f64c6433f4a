#map = affine_map<(d0, d1, d2) -> (d0, d2)>
#map1 = affine_map<(d0, d1, d2) -> (d2, d1)>
#map2 = affine_map<(d0, d1, d2) -> (d0, d1)>
"builtin.module"() ({
  "func.func"() <{function_type = (tensor<5x12xf32>, tensor<12x8xf32>) -> (tensor<1x2x5x4xf32>, tensor<5x8xf32>), sym_name = "neighbours"}> ({
  ^bb0(%arg0: tensor<5x12xf32>, %arg1: tensor<12x8xf32>):
    %0 = "arith.constant"() <{value = 0.000000e+00 : f32}> : () -> f32
    %1 = "tensor.empty"() : () -> tensor<5x8xf32>
    %2 = "linalg.fill"(%0, %1) <{operandSegmentSizes = array<i32: 1, 1>}> ({
    ^bb0(%arg7: f32, %arg8: f32):
      "linalg.yield"(%arg7) : (f32) -> ()
    }) : (f32, tensor<5x8xf32>) -> tensor<5x8xf32>
    %3 = "linalg.matmul"(%arg0, %arg1, %2) <{indexing_maps = [#map, #map1, #map2], operandSegmentSizes = array<i32: 2, 1>}> ({
    ^bb0(%arg4: f32, %arg5: f32, %arg6: f32):
      %12 = "arith.mulf"(%arg4, %arg5) <{fastmath = #arith.fastmath<none>}> : (f32, f32) -> f32
      %13 = "arith.addf"(%arg6, %12) <{fastmath = #arith.fastmath<none>}> : (f32, f32) -> f32
      "linalg.yield"(%13) : (f32) -> ()
    }) : (tensor<5x12xf32>, tensor<12x8xf32>, tensor<5x8xf32>) -> tensor<5x8xf32>
    %4 = "tensor.expand_shape"(%3) <{reassociation = [[0, 1], [2, 3]], static_output_shape = array<i64: 1, 5, 2, 33>}> : (tensor<5x8xf32>) -> tensor<1x5x2x4xf32>
    %5 = "tensor.empty"() : () -> tensor<1x2x5x4xf32>
    %6 = "linalg.transpose"(%4, %5) <{permutation = array<i64: 0, 2, 1, 3>}> ({
    ^bb0(%arg2: f32, %arg3: f32):
      "linalg.yield"(%arg2) : (f32) -> ()
    }) : (tensor<1x5x2x4xf32>, tensor<1x2x5x4xf32>) -> tensor<1x2x5x4xf32>
    %7 = "tensor.empty"() : () -> tensor<1x2x5x4xf32>
    %8 = "attn.dense"(%6, %6, %6, %7) <{operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0>}> ({
    }, {
    }) : (tensor<1x2x5x4xf32>, tensor<1x2x5x4xf32>, tensor<1x2x5x4xf32>, tensor<1x2x5x4xf32>) -> tensor<1x2x5x4xf32>
    %9 = "arith.addf"(%8, %6) <{fastmath = #arith.fastmath<none>}> : (tensor<1x2x5x4xf32>, tensor<1x2x5x4xf32>) -> tensor<1x2x5x4xf32>
    %10 = "math.exp"(%3) <{fastmath = #arith.fastmath<none>}> : (tensor<5x8xf32>) -> tensor<5x8xf32>
    %11 = "attn.dense"(%6, %6, %6, %7) <{operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0>}> ({
    }, {
    }) : (tensor<1x2x5x4xf32>, tensor<1x2x5x4xf32>, tensor<1x2x5x4xf32>, tensor<1x2x5x4xf32>) -> tensor<1x2x5x4xf32>
    "func.return"(%9, %10) : (tensor<1x2x5x4xf32>, tensor<5x8xf32>) -> ()
  }) : () -> ()
}) : () -> ()
