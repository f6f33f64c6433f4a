// %o = %s * %x + %y, with a size that is known in the call only.
func.func @scale_add(%x: tensor<2x?x4xf32>, %y: tensor<2x?x4xf32>, %s: f32)
    -> (tensor<2x?x4xf32> {attn.name = "o"}) {
  %c1 = arith.constant 1 : index
  %n = tensor.dim %x, %c1 : tensor<2x?x4xf32>
  %e = tensor.empty(%n) : tensor<2x?x4xf32>
  %o = linalg.generic {
      indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>,
                       affine_map<(i, j, k) -> (i, j, k)>,
                       affine_map<(i, j, k) -> (i, j, k)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %y : tensor<2x?x4xf32>, tensor<2x?x4xf32>)
      outs(%e : tensor<2x?x4xf32>) {
  ^bb0(%a: f32, %b: f32, %ignored: f32):
    %0 = arith.mulf %a, %s : f32
    %1 = arith.addf %0, %b : f32
    linalg.yield %1 : f32
  } -> tensor<2x?x4xf32>
  return %o : tensor<2x?x4xf32>
}
