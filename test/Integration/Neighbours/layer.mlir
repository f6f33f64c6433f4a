// A decoder layer's attention: norm, projections, attention, output projection, residual.
func.func @layer(%x: tensor<2x?x96xf32>, %g: tensor<96xf32>, %wq: tensor<96x4x24xf32>, %wk: tensor<2x24x96xf32>, %wv: tensor<96x2x24xf32>, %wo: tensor<4x24x96xf32>) -> tensor<2x?x96xf32> {
  %c1 = arith.constant 1 : index
  %z = arith.constant 0.0 : f32
  %t = tensor.dim %x, %c1 : tensor<2x?x96xf32>
  %e1 = tensor.empty(%t) : tensor<2x?xf32>
  %f1 = linalg.fill ins(%z : f32) outs(%e1 : tensor<2x?xf32>) -> tensor<2x?xf32>
  %ss = linalg.generic {indexing_maps=[affine_map<(b,t,d)->(b,t,d)>, affine_map<(b,t,d)->(b,t)>], iterator_types=["parallel","parallel","reduction"]} ins(%x : tensor<2x?x96xf32>) outs(%f1 : tensor<2x?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %q = arith.mulf %a, %a : f32
    %r = arith.addf %q, %o : f32
    linalg.yield %r : f32
  } -> tensor<2x?xf32>
  %e = tensor.empty(%t) : tensor<2x?x96xf32>
  %n = linalg.generic {indexing_maps=[affine_map<(b,t,d)->(b,t,d)>, affine_map<(b,t,d)->(b,t)>, affine_map<(b,t,d)->(d)>, affine_map<(b,t,d)->(b,t,d)>], iterator_types=["parallel","parallel","parallel"]} ins(%x, %ss, %g : tensor<2x?x96xf32>, tensor<2x?xf32>, tensor<96xf32>) outs(%e : tensor<2x?x96xf32>) {
  ^bb0(%a: f32, %s: f32, %w: f32, %o: f32):
    %inv = arith.constant 0.0104166667 : f32
    %eps = arith.constant 1.0e-5 : f32
    %mean = arith.mulf %s, %inv : f32
    %pe = arith.addf %mean, %eps : f32
    %rs = math.rsqrt %pe : f32
    %u = arith.mulf %a, %rs : f32
    %r = arith.mulf %u, %w : f32
    linalg.yield %r : f32
  } -> tensor<2x?x96xf32>
  %eq = tensor.empty(%t) : tensor<2x4x?x24xf32>
  %fq = linalg.fill ins(%z : f32) outs(%eq : tensor<2x4x?x24xf32>) -> tensor<2x4x?x24xf32>
  %q = linalg.generic {indexing_maps = [affine_map<(b,h,t,d,e)->(b,t,e)>, affine_map<(b,h,t,d,e)->(e,h,d)>, affine_map<(b,h,t,d,e)->(b,h,t,d)>], iterator_types=["parallel","parallel","parallel","parallel","reduction"]} ins(%n, %wq : tensor<2x?x96xf32>, tensor<96x4x24xf32>) outs(%fq : tensor<2x4x?x24xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %c, %m : f32
    linalg.yield %s : f32
  } -> tensor<2x4x?x24xf32>
  %ek = tensor.empty(%t) : tensor<2x2x?x24xf32>
  %fk = linalg.fill ins(%z : f32) outs(%ek : tensor<2x2x?x24xf32>) -> tensor<2x2x?x24xf32>
  %k = linalg.generic {indexing_maps = [affine_map<(b,h,t,d,e)->(b,t,e)>, affine_map<(b,h,t,d,e)->(h,d,e)>, affine_map<(b,h,t,d,e)->(b,h,t,d)>], iterator_types=["parallel","parallel","parallel","parallel","reduction"]} ins(%n, %wk : tensor<2x?x96xf32>, tensor<2x24x96xf32>) outs(%fk : tensor<2x2x?x24xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %c, %m : f32
    linalg.yield %s : f32
  } -> tensor<2x2x?x24xf32>
  %v = linalg.generic {indexing_maps = [affine_map<(b,h,t,d,e)->(b,t,e)>, affine_map<(b,h,t,d,e)->(e,h,d)>, affine_map<(b,h,t,d,e)->(b,h,t,d)>], iterator_types=["parallel","parallel","parallel","parallel","reduction"]} ins(%n, %wv : tensor<2x?x96xf32>, tensor<96x2x24xf32>) outs(%fk : tensor<2x2x?x24xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %c, %m : f32
    linalg.yield %s : f32
  } -> tensor<2x2x?x24xf32>
  %o = attn.dense causal align(bottom_right) ins(%q, %k, %v : tensor<2x4x?x24xf32>, tensor<2x2x?x24xf32>, tensor<2x2x?x24xf32>) outs(%eq : tensor<2x4x?x24xf32>)
  %y = linalg.generic {indexing_maps = [affine_map<(b,t,e,h,d)->(b,h,t,d)>, affine_map<(b,t,e,h,d)->(h,d,e)>, affine_map<(b,t,e,h,d)->(b,t,e)>], iterator_types=["parallel","parallel","parallel","reduction","reduction"]} ins(%o, %wo : tensor<2x4x?x24xf32>, tensor<4x24x96xf32>) outs(%x : tensor<2x?x96xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %c, %m : f32
    linalg.yield %s : f32
  } -> tensor<2x?x96xf32>
  return %y : tensor<2x?x96xf32>
}
