// RUN: attn-opt %s --split-input-file --verify-diagnostics \
// RUN:   --pass-pipeline='builtin.module(func.func(attn-convert-to-online))'

// What the CPU lowering refuses, one function for each.

func.func @f64(%q: tensor<1x1x64x8xf64>,
               %o: tensor<1x1x64x8xf64>) -> tensor<1x1x64x8xf64> {
  // expected-error @below {{'attn.dense' op element type 'f64' is not supported by this lowering, expected 'f16', 'bf16' or 'f32'}}
  %r = attn.dense
      schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 96>
      ins(%q, %q, %q : tensor<1x1x64x8xf64>, tensor<1x1x64x8xf64>, tensor<1x1x64x8xf64>)
      outs(%o : tensor<1x1x64x8xf64>)
  return %r : tensor<1x1x64x8xf64>
}

// -----

func.func @lengths(%q: tensor<1x1x64x8xf32>, %x: tensor<1xi32>,
                   %o: tensor<1x1x64x8xf32>) -> tensor<1x1x64x8xf32> {
  // expected-error @below {{'attn.dense' op operand 'lengths' is not supported by this lowering, expected uniform lengths given by the sizes}}
  %r = attn.dense
      schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 96>
      ins(%q, %q, %q : tensor<1x1x64x8xf32>, tensor<1x1x64x8xf32>, tensor<1x1x64x8xf32>)
      lengths(%x : tensor<1xi32>) outs(%o : tensor<1x1x64x8xf32>)
  return %r : tensor<1x1x64x8xf32>
}

// -----

func.func @cu_seqlens(%q: tensor<1x1x64x8xf32>, %x: tensor<4xi32>,
                      %o: tensor<1x1x64x8xf32>) -> tensor<1x1x64x8xf32> {
  // expected-error @below {{'attn.dense' op operand 'cu_seqlens' is not supported by this lowering}}
  %r = attn.dense
      schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 96>
      ins(%q, %q, %q : tensor<1x1x64x8xf32>, tensor<1x1x64x8xf32>, tensor<1x1x64x8xf32>)
      cu_seqlens(%x : tensor<4xi32>) outs(%o : tensor<1x1x64x8xf32>)
  return %r : tensor<1x1x64x8xf32>
}

// -----

func.func @page_table(%q: tensor<1x1x64x8xf32>, %x: tensor<1x4xi64>,
                      %o: tensor<1x1x64x8xf32>) -> tensor<1x1x64x8xf32> {
  // expected-error @below {{'attn.dense' op operand 'page_table' is not supported by this lowering}}
  %r = attn.dense
      schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 96>
      ins(%q, %q, %q : tensor<1x1x64x8xf32>, tensor<1x1x64x8xf32>, tensor<1x1x64x8xf32>)
      page_table(%x : tensor<1x4xi64>) outs(%o : tensor<1x1x64x8xf32>)
  return %r : tensor<1x1x64x8xf32>
}

// -----

func.func @two_heads(%q: tensor<1x2x64x8xf32>, %k: tensor<1x1x64x8xf32>,
                     %o: tensor<1x2x64x8xf32>) -> tensor<1x2x64x8xf32> {
  // expected-error @below {{'attn.dense' op expected a tile of one batch and one head, as 'attn-tile' makes it}}
  %r = attn.dense
      schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 96>
      ins(%q, %k, %k : tensor<1x2x64x8xf32>, tensor<1x1x64x8xf32>, tensor<1x1x64x8xf32>)
      outs(%o : tensor<1x2x64x8xf32>)
  return %r : tensor<1x2x64x8xf32>
}

// -----

func.func @two_lists(%q: tensor<1x1x128x64xf32>, %k: tensor<1x1x128x64xf32>,
                     %list: tensor<1x1x2x5xi32>, %o: tensor<1x1x128x64xf32>) {
  // expected-error @below {{'attn.block_sparse' op expected a tile of one list, as 'attn-tile' makes it}}
  %r = attn.block_sparse query_block 64 key_block 32
      schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 32>
      ins(%q, %k, %k : tensor<1x1x128x64xf32>, tensor<1x1x128x64xf32>, tensor<1x1x128x64xf32>)
      blocks(%list : tensor<1x1x2x5xi32>)
      outs(%o : tensor<1x1x128x64xf32>)
  return
}
