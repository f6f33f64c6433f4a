// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-schedule{target=x86-64-v4}))' \
// RUN:   | FileCheck %s

// A tile has the queries of one block, in whole vectors; the fewer vectors, the more
// keys and columns a register tile takes. Short blocks of keys stay whole.

func.func @blocks(%q: tensor<1x8x?x64xf32>, %k: tensor<1x2x?x64xf32>,
                  %list: tensor<1x2x?x16xi32>, %o: tensor<1x8x?x64xf32>) {
  // CHECK: query_block 64 key_block 64 schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 64, column_tile = 6>
  %0 = attn.block_sparse query_block 64 key_block 64
      ins(%q, %k, %k : tensor<1x8x?x64xf32>, tensor<1x2x?x64xf32>, tensor<1x2x?x64xf32>)
      blocks(%list : tensor<1x2x?x16xi32>) outs(%o : tensor<1x8x?x64xf32>)
  // CHECK: query_block 20 key_block 30 schedule <lanes = 16, query_tile = 32, row_tile = 8, key_block = 32, column_tile = 12>
  %1 = attn.block_sparse query_block 20 key_block 30
      ins(%q, %k, %k : tensor<1x8x?x64xf32>, tensor<1x2x?x64xf32>, tensor<1x2x?x64xf32>)
      blocks(%list : tensor<1x2x?x16xi32>) outs(%o : tensor<1x8x?x64xf32>)
  // CHECK: query_block 1 key_block 512 schedule <lanes = 16, query_tile = 16, row_tile = 8, key_block = {{[0-9]+}}, column_tile = 8>
  %2 = attn.block_sparse query_block 1 key_block 512
      ins(%q, %k, %k : tensor<1x8x?x64xf32>, tensor<1x2x?x64xf32>, tensor<1x2x?x64xf32>)
      blocks(%list : tensor<1x2x?x16xi32>) outs(%o : tensor<1x8x?x64xf32>)
  return
}
