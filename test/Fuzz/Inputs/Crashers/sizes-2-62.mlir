

func.func @neighbours(%x: tensor<4611686018427387904x12xf16>, %w: tensor<12x8xf16>) -> (tensor<1x2x4611686018427387904x4xf16>, tensor<4611686018427387904x8xf16>) {
  %zero = arith.constant 0.0 : f16
  %e = tensor.empty() : tensor<4611686018427387904x8xf16>
  %f = linalg.fill ins(%zero : f16) outs(%e : tensor<4611686018427387904x8xf16>) -> tensor<4611686018427387904x8xf16>
  %p = linalg.matmul ins(%x, %w : tensor<4611686018427387904x12xf16>, tensor<12x8xf16>) outs(%f : tensor<4611686018427387904x8xf16>) -> tensor<4611686018427387904x8xf16>
  %h = tensor.expand_shape %p [[0, 1], [2, 3]] output_shape [1, 4611686018427387904, 2, 4] : tensor<4611686018427387904x8xf16> into tensor<1x4611686018427387904x2x4xf16>
  %te = tensor.empty() : tensor<1x2x4611686018427387904x4xf16>
  %t = linalg.transpose ins(%h : tensor<1x4611686018427387904x2x4xf16>) outs(%te : tensor<1x2x4611686018427387904x4xf16>) permutation = [0, 2, 1, 3]
  %init = tensor.empty() : tensor<1x2x4611686018427387904x4xf16>
  %o = attn.dense ins(%t, %t, %t : tensor<1x2x4611686018427387904x4xf16>, tensor<1x2x4611686018427387904x4xf16>, tensor<1x2x4611686018427387904x4xf16>)
      outs(%init : tensor<1x2x4611686018427387904x4xf16>)
  %r = arith.addf %o, %t : tensor<1x2x4611686018427387904x4xf16>
  %n = math.exp %p : tensor<4611686018427387904x8xf16>
  return %r, %n : tensor<1x2x4611686018427387904x4xf16>, tensor<4611686018427387904x8xf16>
}
