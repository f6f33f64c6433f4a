// Longformer: a window and global tokens (arXiv 2004.05150)
#bhtv = affine_map<(b, h, t, v) -> (b, h, t, v)>
func.func @longformer(
    %q: tensor<1x8x128x64xf32> {attn.name = "q"},
    %k: tensor<1x8x128x64xf32> {attn.name = "k"},
    %v: tensor<1x8x128x64xf32> {attn.name = "v"},
    %q_global: tensor<1x8x128x64xf32> {attn.name = "q_global"},
    %k_global: tensor<1x8x128x64xf32> {attn.name = "k_global"},
    %v_global: tensor<1x8x128x64xf32> {attn.name = "v_global"})
    -> (tensor<1x8x128x64xf32> {attn.name = "o"}) {

  // Each token reads its window of the others, and the global tokens.
  %o_near_init = tensor.empty() : tensor<1x8x128x64xf32>
  %o_near_lse_init = tensor.empty() : tensor<1x8x128xf32>
  %o_near, %o_near_lse = attn.dense
      ins(%q, %k, %v
        : tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>)
      outs(%o_near_init, %o_near_lse_init : tensor<1x8x128x64xf32>, tensor<1x8x128xf32>)
      mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %reach = arith.constant 256 : index
        %low = arith.subi %i, %reach : index
        %high = arith.addi %i, %reach : index
        %is_behind = arith.cmpi sge, %j, %low : index
        %is_before = arith.cmpi sle, %j, %high : index
        %is_near = arith.andi %is_behind, %is_before : i1
        %first = arith.constant 16 : index
        %is_other = arith.cmpi sge, %j, %first : index
        %is_read = arith.andi %is_near, %is_other : i1
        attn.yield %is_read : i1
      }
  %o_far_init = tensor.empty() : tensor<1x8x128x64xf32>
  %o_far_lse_init = tensor.empty() : tensor<1x8x128xf32>
  %o_far, %o_far_lse = attn.dense
      ins(%q, %k, %v
        : tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>)
      outs(%o_far_init, %o_far_lse_init : tensor<1x8x128x64xf32>, tensor<1x8x128xf32>)
      mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %globals = arith.constant 16 : index
        %is_global = arith.cmpi slt, %j, %globals : index
        attn.yield %is_global : i1
      }
  %parts_init = tensor.empty() : tensor<2x1x8x128x64xf32>
  %parts = tensor.insert_slice %o_near into %parts_init
      [0, 0, 0, 0, 0] [1, 1, 8, 128, 64] [1, 1, 1, 1, 1] : tensor<1x8x128x64xf32> into tensor<2x1x8x128x64xf32>
  %parts_2 = tensor.insert_slice %o_far into %parts
      [1, 0, 0, 0, 0] [1, 1, 8, 128, 64] [1, 1, 1, 1, 1] : tensor<1x8x128x64xf32> into tensor<2x1x8x128x64xf32>
  %sums_init = tensor.empty() : tensor<2x1x8x128xf32>
  %sums = tensor.insert_slice %o_near_lse into %sums_init
      [0, 0, 0, 0] [1, 1, 8, 128] [1, 1, 1, 1] : tensor<1x8x128xf32> into tensor<2x1x8x128xf32>
  %sums_2 = tensor.insert_slice %o_far_lse into %sums
      [1, 0, 0, 0] [1, 1, 8, 128] [1, 1, 1, 1] : tensor<1x8x128xf32> into tensor<2x1x8x128xf32>
  %o_own_init = tensor.empty() : tensor<1x8x128x64xf32>
  %o_own = attn.merge ins(%parts_2, %sums_2
        : tensor<2x1x8x128x64xf32>, tensor<2x1x8x128xf32>)
      outs(%o_own_init : tensor<1x8x128x64xf32>)

  // The global tokens read all.
  %o_global_init = tensor.empty() : tensor<1x8x128x64xf32>
  %o_global = attn.dense
      ins(%q_global, %k_global, %v_global
        : tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>)
      outs(%o_global_init : tensor<1x8x128x64xf32>)
      mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %globals = arith.constant 16 : index
        %is_global = arith.cmpi slt, %i, %globals : index
        attn.yield %is_global : i1
      }
  %o_init = tensor.empty() : tensor<1x8x128x64xf32>
  %o = linalg.generic {
      indexing_maps = [#bhtv, #bhtv, #bhtv],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%o_own, %o_global : tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>)
      outs(%o_init : tensor<1x8x128x64xf32>) {
  ^bb0(%o_own_bhtv: f32, %o_global_bhtv: f32, %old: f32):
    %t = linalg.index 2 : index
    %globals = arith.constant 16 : index
    %is_global = arith.cmpi slt, %t, %globals : index
    %chosen = arith.select %is_global, %o_global_bhtv, %o_own_bhtv : f32
    linalg.yield %chosen : f32
  } -> tensor<1x8x128x64xf32>
  return %o
      : tensor<1x8x128x64xf32>
}
