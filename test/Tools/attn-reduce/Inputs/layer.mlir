func.func @other(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = arith.addf %x, %x : tensor<4xf32>
  return %y : tensor<4xf32>
}
func.func @layer(%q: tensor<1x2x9x8xf32>, %slopes: tensor<2xf32>, %sink: tensor<2xf32>,
                 %bias: tensor<1x1x9x9xf32>) -> tensor<1x2x9x8xf32> {
  %e = tensor.empty() : tensor<1x2x9x8xf32>
  %p = attn.dense causal align(bottom_right)
      ins(%q, %q, %q : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>)
      outs(%e : tensor<1x2x9x8xf32>)
  %o = attn.dense causal align(bottom_right) window [3, 0] scale 5.0e-01 softcap 3.0e+00
      schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 64, key_split = 0, prefetch = 0>
      ins(%p, %q, %q : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>)
      bias(%bias : tensor<1x1x9x9xf32>)
      sink(%sink : tensor<2xf32>)
      captures(%slopes : tensor<2xf32>)
      outs(%e : tensor<1x2x9x8xf32>)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %sl: tensor<2xf32>):
        %slope = tensor.extract %sl[%h] : tensor<2xf32>
        %r = arith.addf %s, %slope : f32
        attn.yield %r : f32
      }
      mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index, %sl: tensor<2xf32>):
        %m = arith.cmpi ule, %j, %i : index
        attn.yield %m : i1
      }
  return %o : tensor<1x2x9x8xf32>
}
