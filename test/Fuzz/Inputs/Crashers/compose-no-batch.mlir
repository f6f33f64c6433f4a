

func.func @compose_matrices(
    %es: tensor<3x0x2x4x5xf32>, %ms: tensor<3x0x2x4x4xf32>, %s: tensor<0x2x4x5xf32>,
    %m: tensor<0x2x4x4xf32>) -> (tensor<0x2x4x5xf32>, tensor<0x2x4x4xf32>) {
  %r:2 = attn.compose ins(%es, %ms : tensor<3x0x2x4x5xf32>, tensor<3x0x2x4x4xf32>)
      outs(%s, %m : tensor<0x2x4x5xf32>, tensor<0x2x4x4xf32>)
  return %r#0, %r#1 : tensor<0x2x4x5xf32>, tensor<0x2x4x4xf32>
}

