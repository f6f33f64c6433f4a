func.func @tile(%q: tensor<16x32xf32>, %k: tensor<?x16xf32>, %m: tensor<32xf32>, %l: tensor<32xf32>,
                %acc: tensor<16x32xf32>, %bias: tensor<32x?xf32>, %b: index, %d: index)
    -> (tensor<32xf32>, tensor<32xf32>, tensor<16x32xf32>) {
  %r:3 = attn.online layout(feature_major) causal window [3, 0] scale 1.0 softcap 3.0
      ins(%q, %k, %k : tensor<16x32xf32>, tensor<?x16xf32>, tensor<?x16xf32>)
      bias(%bias : tensor<32x?xf32>)
      origin(%b, %b, %b, %b) diagonal(%d)
      outs(%m, %l, %acc : tensor<32xf32>, tensor<32xf32>, tensor<16x32xf32>)
      mask {
      ^bb0(%x: index, %h: index, %i: index, %j: index):
        %t = arith.cmpi ule, %j, %i : index
        attn.yield %t : i1
      }
  return %r#0, %r#1, %r#2 : tensor<32xf32>, tensor<32xf32>, tensor<16x32xf32>
}
