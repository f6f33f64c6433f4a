// The attention half of a decoder layer: RMS norm, projections whose weights have
// heads as a dimension, either way round, attention with shared key heads, output
// projection, residual.

// RUN: attn-run %s --seed=1 --compare=reference --guard --shape=x=2x130x96 --rtol=1e-4 --atol=1e-4 | FileCheck %s
// RUN: attn-run %s --seed=2 --compare=reference --guard --shape=x=2x33x96 --rtol=1e-4 --atol=1e-4 --target=x86-64-v3 | FileCheck %s
// RUN: attn-run %s --seed=3 --compare=reference --guard --shape=x=2x1x96 --rtol=1e-4 --atol=1e-4 --threads=2 | FileCheck %s
// RUN: attn-run %s --seed=4 --compare=reference --guard --shape=x=2x0x96 | FileCheck %s

// CHECK: result0: agrees
// CHECK-NOT: DIFFERS

#btd = affine_map<(b, t, d) -> (b, t, d)>
#bt = affine_map<(b, t, d) -> (b, t)>
#d = affine_map<(b, t, d) -> (d)>
#x = affine_map<(b, h, t, d, e) -> (b, t, e)>
#ehd = affine_map<(b, h, t, d, e) -> (e, h, d)>
#hde = affine_map<(b, h, t, d, e) -> (h, d, e)>
#heads = affine_map<(b, h, t, d, e) -> (b, h, t, d)>
#from_heads = affine_map<(b, t, e, h, d) -> (b, h, t, d)>
#out_weights = affine_map<(b, t, e, h, d) -> (h, d, e)>
#out = affine_map<(b, t, e, h, d) -> (b, t, e)>

func.func @layer(
    %x: tensor<2x?x96xf32>, %g: tensor<96xf32>, %wq: tensor<96x4x24xf32>,
    %wk: tensor<2x24x96xf32>, %wv: tensor<96x2x24xf32>, %wo: tensor<4x24x96xf32>)
    -> tensor<2x?x96xf32> {
  %c1 = arith.constant 1 : index
  %z = arith.constant 0.0 : f32
  %t = tensor.dim %x, %c1 : tensor<2x?x96xf32>
  %e1 = tensor.empty(%t) : tensor<2x?xf32>
  %f1 = linalg.fill ins(%z : f32) outs(%e1 : tensor<2x?xf32>)
      -> tensor<2x?xf32>
  %ss = linalg.generic {
      indexing_maps = [#btd, #bt],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : tensor<2x?x96xf32>)
      outs(%f1 : tensor<2x?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %q = arith.mulf %a, %a : f32
    %r = arith.addf %q, %o : f32
    linalg.yield %r : f32
  } -> tensor<2x?xf32>
  %e = tensor.empty(%t) : tensor<2x?x96xf32>
  %n = linalg.generic {
      indexing_maps = [#btd, #bt, #d, #btd],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %ss, %g : tensor<2x?x96xf32>, tensor<2x?xf32>, tensor<96xf32>)
      outs(%e : tensor<2x?x96xf32>) {
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
  %fq = linalg.fill ins(%z : f32)
      outs(%eq : tensor<2x4x?x24xf32>) -> tensor<2x4x?x24xf32>
  %q = linalg.generic {
      indexing_maps = [#x, #ehd, #heads],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%n, %wq : tensor<2x?x96xf32>, tensor<96x4x24xf32>)
      outs(%fq : tensor<2x4x?x24xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %c, %m : f32
    linalg.yield %s : f32
  } -> tensor<2x4x?x24xf32>
  %ek = tensor.empty(%t) : tensor<2x2x?x24xf32>
  %fk = linalg.fill ins(%z : f32) outs(%ek : tensor<2x2x?x24xf32>)
      -> tensor<2x2x?x24xf32>
  %k = linalg.generic {
      indexing_maps = [#x, #hde, #heads],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%n, %wk : tensor<2x?x96xf32>, tensor<2x24x96xf32>)
      outs(%fk : tensor<2x2x?x24xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %c, %m : f32
    linalg.yield %s : f32
  } -> tensor<2x2x?x24xf32>
  %v = linalg.generic {
      indexing_maps = [#x, #ehd, #heads],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%n, %wv : tensor<2x?x96xf32>, tensor<96x2x24xf32>)
      outs(%fk : tensor<2x2x?x24xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %c, %m : f32
    linalg.yield %s : f32
  } -> tensor<2x2x?x24xf32>
  %o = attn.dense causal align(bottom_right) scale 1.0e-03
      ins(%q, %k, %v : tensor<2x4x?x24xf32>, tensor<2x2x?x24xf32>,
                       tensor<2x2x?x24xf32>)
      outs(%eq : tensor<2x4x?x24xf32>)
  %y = linalg.generic {
      indexing_maps = [#from_heads, #out_weights, #out],
      iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%o, %wo : tensor<2x4x?x24xf32>, tensor<4x24x96xf32>)
      outs(%x : tensor<2x?x96xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %c, %m : f32
    linalg.yield %s : f32
  } -> tensor<2x?x96xf32>
  return %y : tensor<2x?x96xf32>
}
