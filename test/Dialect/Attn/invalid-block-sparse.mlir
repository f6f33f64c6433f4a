// RUN: attn-opt %s --split-input-file --verify-diagnostics

// C1 to C13 are those of attn.dense, of which a few show that they are checked;
// then one function per way to break C14 to C18, named after the constraint.

func.func @c1_element(%q: tensor<1x4x128x8xf64>, %k: tensor<1x2x256x8xf32>, %o: tensor<1x4x128x8xf32>, %list: tensor<1x2x2x3xi32>) {
  // expected-error @below {{'attn.block_sparse' op C1: expected 'key' of 'f64' like 'query', but found 'f32'}}
  %0 = attn.block_sparse query_block 64 key_block 64
      ins(%q, %k, %k : tensor<1x4x128x8xf64>, tensor<1x2x256x8xf32>, tensor<1x2x256x8xf32>)
      blocks(%list : tensor<1x2x2x3xi32>)
      outs(%o : tensor<1x4x128x8xf32>)
  return
}

// -----

func.func @c4_heads(%q: tensor<1x4x128x8xf32>, %k: tensor<1x3x256x8xf32>, %o: tensor<1x4x128x8xf32>, %list: tensor<1x2x2x3xi32>) {
  // expected-error @below {{'attn.block_sparse' op C4: expected the number of query heads to be a multiple of the 3 key heads, but found 4}}
  %0 = attn.block_sparse query_block 64 key_block 64
      ins(%q, %k, %k : tensor<1x4x128x8xf32>, tensor<1x3x256x8xf32>, tensor<1x3x256x8xf32>)
      blocks(%list : tensor<1x2x2x3xi32>)
      outs(%o : tensor<1x4x128x8xf32>)
  return
}

// -----

func.func @c6_alignment(%q: tensor<1x4x128x8xf32>, %k: tensor<1x2x256x8xf32>, %o: tensor<1x4x128x8xf32>, %list: tensor<1x2x2x3xi32>) {
  // expected-error @below {{C6: expected exactly one of 'align' and 'diagonal' with 'causal' or 'window', and neither without}}
  %0 = attn.block_sparse causal query_block 64 key_block 64
      ins(%q, %k, %k : tensor<1x4x128x8xf32>, tensor<1x2x256x8xf32>, tensor<1x2x256x8xf32>)
      blocks(%list : tensor<1x2x2x3xi32>)
      outs(%o : tensor<1x4x128x8xf32>)
  return
}

// -----

func.func @c7_window(%q: tensor<1x4x128x8xf32>, %k: tensor<1x2x256x8xf32>, %o: tensor<1x4x128x8xf32>, %list: tensor<1x2x2x3xi32>) {
  // expected-error @below {{C7: expected 'window' of two entries, but found 1}}
  %0 = attn.block_sparse align(top_left) window [1] query_block 64 key_block 64
      ins(%q, %k, %k : tensor<1x4x128x8xf32>, tensor<1x2x256x8xf32>, tensor<1x2x256x8xf32>)
      blocks(%list : tensor<1x2x2x3xi32>)
      outs(%o : tensor<1x4x128x8xf32>)
  return
}

// -----

func.func @c8_scale(%q: tensor<1x4x128x8xf32>, %k: tensor<1x2x256x8xf32>, %o: tensor<1x4x128x8xf32>, %list: tensor<1x2x2x3xi32>) {
  // expected-error @below {{C8: expected a finite 'scale'}}
  %0 = attn.block_sparse scale 0x7FF0000000000000 query_block 64 key_block 64
      ins(%q, %k, %k : tensor<1x4x128x8xf32>, tensor<1x2x256x8xf32>, tensor<1x2x256x8xf32>)
      blocks(%list : tensor<1x2x2x3xi32>)
      outs(%o : tensor<1x4x128x8xf32>)
  return
}

// -----

func.func @c14_query_block(%q: tensor<1x4x128x8xf32>, %k: tensor<1x2x256x8xf32>, %o: tensor<1x4x128x8xf32>, %list: tensor<1x2x2x3xi32>) {
  // expected-error @below {{C14: expected a positive 'query_block', but found 0}}
  %0 = attn.block_sparse query_block 0 key_block 64
      ins(%q, %k, %k : tensor<1x4x128x8xf32>, tensor<1x2x256x8xf32>, tensor<1x2x256x8xf32>)
      blocks(%list : tensor<1x2x2x3xi32>)
      outs(%o : tensor<1x4x128x8xf32>)
  return
}

// -----

func.func @c14_key_block(%q: tensor<1x4x128x8xf32>, %k: tensor<1x2x256x8xf32>, %o: tensor<1x4x128x8xf32>, %list: tensor<1x2x2x3xi32>) {
  // expected-error @below {{C14: expected a positive 'key_block', but found -1}}
  %0 = attn.block_sparse query_block 64 key_block -1
      ins(%q, %k, %k : tensor<1x4x128x8xf32>, tensor<1x2x256x8xf32>, tensor<1x2x256x8xf32>)
      blocks(%list : tensor<1x2x2x3xi32>)
      outs(%o : tensor<1x4x128x8xf32>)
  return
}

// -----

func.func @c15_rank(%q: tensor<1x4x128x8xf32>, %k: tensor<1x2x256x8xf32>, %o: tensor<1x4x128x8xf32>, %list: tensor<2x2x3xi32>) {
  // expected-error @below {{C15: expected 'blocks' of rank 4, but found rank 3}}
  %0 = attn.block_sparse query_block 64 key_block 64
      ins(%q, %k, %k : tensor<1x4x128x8xf32>, tensor<1x2x256x8xf32>, tensor<1x2x256x8xf32>)
      blocks(%list : tensor<2x2x3xi32>)
      outs(%o : tensor<1x4x128x8xf32>)
  return
}

// -----

func.func @c15_element(%q: tensor<1x4x128x8xf32>, %k: tensor<1x2x256x8xf32>, %o: tensor<1x4x128x8xf32>, %list: tensor<1x2x2x3xindex>) {
  // expected-error @below {{C15: expected 'blocks' of i32 or i64, but found 'index'}}
  %0 = attn.block_sparse query_block 64 key_block 64
      ins(%q, %k, %k : tensor<1x4x128x8xf32>, tensor<1x2x256x8xf32>, tensor<1x2x256x8xf32>)
      blocks(%list : tensor<1x2x2x3xindex>)
      outs(%o : tensor<1x4x128x8xf32>)
  return
}

// -----

func.func @c15_batches(%q: tensor<1x4x128x8xf32>, %k: tensor<1x2x256x8xf32>, %o: tensor<1x4x128x8xf32>, %list: tensor<2x2x2x3xi32>) {
  // expected-error @below {{C15: expected 'blocks' of 1 or 1 batches, but found 2}}
  %0 = attn.block_sparse query_block 64 key_block 64
      ins(%q, %k, %k : tensor<1x4x128x8xf32>, tensor<1x2x256x8xf32>, tensor<1x2x256x8xf32>)
      blocks(%list : tensor<2x2x2x3xi32>)
      outs(%o : tensor<1x4x128x8xf32>)
  return
}

// -----

func.func @c15_heads(%q: tensor<1x4x128x8xf32>, %k: tensor<1x2x256x8xf32>, %o: tensor<1x4x128x8xf32>, %list: tensor<1x3x2x3xi32>) {
  // expected-error @below {{C15: expected the number of query heads to be a multiple of the 3 list heads, but found 4}}
  %0 = attn.block_sparse query_block 64 key_block 64
      ins(%q, %k, %k : tensor<1x4x128x8xf32>, tensor<1x2x256x8xf32>, tensor<1x2x256x8xf32>)
      blocks(%list : tensor<1x3x2x3xi32>)
      outs(%o : tensor<1x4x128x8xf32>)
  return
}

// -----

func.func @c16_lists(%q: tensor<1x4x128x8xf32>, %k: tensor<1x2x256x8xf32>, %o: tensor<1x4x128x8xf32>, %list: tensor<1x2x3x3xi32>) {
  // expected-error @below {{C16: expected 2 lists for the blocks of queries, but found 3}}
  %0 = attn.block_sparse query_block 64 key_block 64
      ins(%q, %k, %k : tensor<1x4x128x8xf32>, tensor<1x2x256x8xf32>, tensor<1x2x256x8xf32>)
      blocks(%list : tensor<1x2x3x3xi32>)
      outs(%o : tensor<1x4x128x8xf32>)
  return
}

// -----

func.func @c16_ragged(%q: tensor<1x4x129x8xf32>, %k: tensor<1x2x256x8xf32>, %o: tensor<1x4x129x8xf32>, %list: tensor<1x2x2x3xi32>) {
  // expected-error @below {{C16: expected 3 lists for the blocks of queries, but found 2}}
  %0 = attn.block_sparse query_block 64 key_block 64
      ins(%q, %k, %k : tensor<1x4x129x8xf32>, tensor<1x2x256x8xf32>, tensor<1x2x256x8xf32>)
      blocks(%list : tensor<1x2x2x3xi32>)
      outs(%o : tensor<1x4x129x8xf32>)
  return
}

// -----

func.func @c17_rank(%q: tensor<1x4x128x8xf32>, %k: tensor<1x2x256x8xf32>, %o: tensor<1x4x128x8xf32>, %list: tensor<1x2x2x3xi32>, %counts: tensor<2xi32>) {
  // expected-error @below {{C17: expected 'counts' of rank 3, but found rank 1}}
  %0 = attn.block_sparse query_block 64 key_block 64
      ins(%q, %k, %k : tensor<1x4x128x8xf32>, tensor<1x2x256x8xf32>, tensor<1x2x256x8xf32>)
      blocks(%list : tensor<1x2x2x3xi32>)
      counts(%counts : tensor<2xi32>)
      outs(%o : tensor<1x4x128x8xf32>)
  return
}

// -----

func.func @c17_element(%q: tensor<1x4x128x8xf32>, %k: tensor<1x2x256x8xf32>, %o: tensor<1x4x128x8xf32>, %list: tensor<1x2x2x3xi32>, %counts: tensor<1x2x2xf32>) {
  // expected-error @below {{C17: expected 'counts' of i32 or i64, but found 'f32'}}
  %0 = attn.block_sparse query_block 64 key_block 64
      ins(%q, %k, %k : tensor<1x4x128x8xf32>, tensor<1x2x256x8xf32>, tensor<1x2x256x8xf32>)
      blocks(%list : tensor<1x2x2x3xi32>)
      counts(%counts : tensor<1x2x2xf32>)
      outs(%o : tensor<1x4x128x8xf32>)
  return
}

// -----

func.func @c17_sizes(%q: tensor<1x4x128x8xf32>, %k: tensor<1x2x256x8xf32>, %o: tensor<1x4x128x8xf32>, %list: tensor<1x2x2x3xi32>, %counts: tensor<1x2x3xi32>) {
  // expected-error @below {{C3: expected dimension 2 of operand #4 to be 2 like dimension 2 of operand #3, but found 3}}
  %0 = attn.block_sparse query_block 64 key_block 64
      ins(%q, %k, %k : tensor<1x4x128x8xf32>, tensor<1x2x256x8xf32>, tensor<1x2x256x8xf32>)
      blocks(%list : tensor<1x2x2x3xi32>)
      counts(%counts : tensor<1x2x3xi32>)
      outs(%o : tensor<1x4x128x8xf32>)
  return
}

// -----

func.func @c18_beyond(%q: tensor<1x4x128x8xf32>, %k: tensor<1x2x256x8xf32>, %o: tensor<1x4x128x8xf32>) {
  %list = arith.constant dense<[[[[0, 3], [4, -1]]]]> : tensor<1x1x2x2xi32>
  // expected-error @below {{C18: expected entries of 'blocks' of at least -1 and below 4, but found 4}}
  %0 = attn.block_sparse query_block 64 key_block 64
      ins(%q, %k, %k : tensor<1x4x128x8xf32>, tensor<1x2x256x8xf32>, tensor<1x2x256x8xf32>)
      blocks(%list : tensor<1x1x2x2xi32>)
      outs(%o : tensor<1x4x128x8xf32>)
  return
}

// -----

func.func @c18_ragged_keys(%q: tensor<1x4x128x8xf32>, %k: tensor<1x2x257x8xf32>, %o: tensor<1x4x128x8xf32>) {
  %list = arith.constant dense<[[[[0, 4], [5, -1]]]]> : tensor<1x1x2x2xi32>
  // expected-error @below {{C18: expected entries of 'blocks' of at least -1 and below 5, but found 5}}
  %0 = attn.block_sparse query_block 64 key_block 64
      ins(%q, %k, %k : tensor<1x4x128x8xf32>, tensor<1x2x257x8xf32>, tensor<1x2x257x8xf32>)
      blocks(%list : tensor<1x1x2x2xi32>)
      outs(%o : tensor<1x4x128x8xf32>)
  return
}

// -----

func.func @c18_negative(%q: tensor<1x4x128x8xf32>, %k: tensor<1x2x?x8xf32>, %o: tensor<1x4x128x8xf32>) {
  %list = arith.constant dense<-2> : tensor<1x1x2x1xi64>
  // expected-error @below {{C18: expected entries of 'blocks' of at least -1, but found -2}}
  %0 = attn.block_sparse query_block 64 key_block 64
      ins(%q, %k, %k : tensor<1x4x128x8xf32>, tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>)
      blocks(%list : tensor<1x1x2x1xi64>)
      outs(%o : tensor<1x4x128x8xf32>)
  return
}

// -----

func.func @c18_counts(%q: tensor<1x4x128x8xf32>, %k: tensor<1x2x256x8xf32>, %o: tensor<1x4x128x8xf32>, %list: tensor<1x2x2x3xi32>) {
  %counts = arith.constant dense<4> : tensor<1x2x2xi32>
  // expected-error @below {{C18: expected entries of 'counts' of at least 0 and below 4, but found 4}}
  %0 = attn.block_sparse query_block 64 key_block 64
      ins(%q, %k, %k : tensor<1x4x128x8xf32>, tensor<1x2x256x8xf32>, tensor<1x2x256x8xf32>)
      blocks(%list : tensor<1x2x2x3xi32>)
      counts(%counts : tensor<1x2x2xi32>)
      outs(%o : tensor<1x4x128x8xf32>)
  return
}
