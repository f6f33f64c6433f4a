// Lists of key blocks, with counts, a window, a mask and a sink; and a constant list
// of tokens.
func.func @attention(%q: tensor<?x4x?x16xf32>, %k: tensor<?x2x?x16xf32>,
    %v: tensor<?x2x?x8xf32>, %list: tensor<?x2x?x3xi32>,
    %counts: tensor<?x2x?xi32>, %sink: tensor<4xf32>)
    -> (tensor<?x4x?x8xf32>, tensor<?x4x?xf32>) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %b = tensor.dim %q, %c0 : tensor<?x4x?x16xf32>
  %t = tensor.dim %q, %c2 : tensor<?x4x?x16xf32>
  %o0 = tensor.empty(%b, %t) : tensor<?x4x?x8xf32>
  %l0 = tensor.empty(%b, %t) : tensor<?x4x?xf32>
  %o, %l = attn.block_sparse align(bottom_right) window [20, 3]
      query_block 16 key_block 8
      ins(%q, %k, %v : tensor<?x4x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?x2x?x8xf32>)
      blocks(%list : tensor<?x2x?x3xi32>) counts(%counts : tensor<?x2x?xi32>)
      sink(%sink : tensor<4xf32>)
      outs(%o0, %l0 : tensor<?x4x?x8xf32>, tensor<?x4x?xf32>)
      mask {
      ^bb0(%x: index, %h: index, %i: index, %j: index):
        %m = arith.cmpi ne, %i, %j : index
        attn.yield %m : i1
      }
  return %o, %l : tensor<?x4x?x8xf32>, tensor<?x4x?xf32>
}

func.func @tokens(%q: tensor<1x2x20x16xf32>, %k: tensor<1x2x30x16xf32>)
    -> tensor<1x2x20x16xf32> {
  %list = arith.constant dense<[[[[0, 29, 7, -1], [3, 3, 11, 2]]]]> : tensor<1x1x2x4xi64>
  %o0 = tensor.empty() : tensor<1x2x20x16xf32>
  %o = attn.block_sparse query_block 10 key_block 1
      ins(%q, %k, %k : tensor<1x2x20x16xf32>, tensor<1x2x30x16xf32>, tensor<1x2x30x16xf32>)
      blocks(%list : tensor<1x1x2x4xi64>)
      outs(%o0 : tensor<1x2x20x16xf32>)
  return %o : tensor<1x2x20x16xf32>
}
