// RUN: attn-opt %s -verify-diagnostics -split-input-file

// Each constraint of attn.pool, attn.select and attn.invert, broken.

func.func @pool_rank(%x: tensor<1x2x8x64xf32>, %o: tensor<1x2x64xf32>) {
  // expected-error @+1 {{C1: expected 'output' of rank 4, but found rank 3}}
  %y = attn.pool size 4 stride 4 ins(%x : tensor<1x2x8x64xf32>)
      outs(%o : tensor<1x2x64xf32>)
  return
}

// -----

func.func @pool_weights_rank(%x: tensor<1x2x8x64xf32>, %o: tensor<1x2x2x64xf32>, %w: tensor<1x4xf32>) {
  // expected-error @+1 {{C1: expected 'weights' of rank 1, but found rank 2}}
  %y = attn.pool size 4 stride 4 ins(%x : tensor<1x2x8x64xf32>)
      weights(%w : tensor<1x4xf32>)
      outs(%o : tensor<1x2x2x64xf32>)
  return
}

// -----

func.func @pool_integers(%x: tensor<1x2x8x64xi32>, %o: tensor<1x2x2x64xf32>) {
  // expected-error @+1 {{C2: expected 'input' of f16, bf16, f32 or f64, but found 'i32'}}
  %y = attn.pool size 4 stride 4 ins(%x : tensor<1x2x8x64xi32>)
      outs(%o : tensor<1x2x2x64xf32>)
  return
}

// -----

func.func @pool_heads(%x: tensor<1x2x8x64xf32>, %o: tensor<1x3x2x64xf32>) {
  // expected-error @+1 {{C3: expected dimension 1 of operand #1 to be 2}}
  %y = attn.pool size 4 stride 4 ins(%x : tensor<1x2x8x64xf32>)
      outs(%o : tensor<1x3x2x64xf32>)
  return
}

// -----

func.func @pool_size(%x: tensor<1x2x8x64xf32>, %o: tensor<1x2x2x64xf32>) {
  // expected-error @+1 {{C4: expected 'size' of at least 1, but found 0}}
  %y = attn.pool size 0 stride 4 ins(%x : tensor<1x2x8x64xf32>)
      outs(%o : tensor<1x2x2x64xf32>)
  return
}

// -----

func.func @pool_stride(%x: tensor<1x2x8x64xf32>, %o: tensor<1x2x2x64xf32>) {
  // expected-error @+1 {{C4: expected 'stride' of at least 1, but found -1}}
  %y = attn.pool size 4 stride -1 ins(%x : tensor<1x2x8x64xf32>)
      outs(%o : tensor<1x2x2x64xf32>)
  return
}

// -----

func.func @pool_weights(%x: tensor<1x2x8x64xf32>, %o: tensor<1x2x2x64xf32>, %w: tensor<5xf32>) {
  // expected-error @+1 {{C4: expected 4 weights, but found a size of 'tensor<5xf32>'}}
  %y = attn.pool size 4 stride 4 ins(%x : tensor<1x2x8x64xf32>)
      weights(%w : tensor<5xf32>)
      outs(%o : tensor<1x2x2x64xf32>)
  return
}

// -----

func.func @pool_blocks(%x: tensor<1x2x8x64xf32>, %o: tensor<1x2x3x64xf32>) {
  // expected-error @+1 {{C5: expected at most 2 blocks, but found 3}}
  %y = attn.pool size 4 stride 4 ins(%x : tensor<1x2x8x64xf32>)
      outs(%o : tensor<1x2x3x64xf32>)
  return
}

// -----

func.func @pool_width(%x: tensor<1x2x8x?xf32>, %o: tensor<1x2x2x?xf32>) {
  // expected-error @+1 {{C6: expected a static positive width of 'input'}}
  %y = attn.pool size 4 stride 4 ins(%x : tensor<1x2x8x?xf32>)
      outs(%o : tensor<1x2x2x?xf32>)
  return
}

// -----

func.func @pool_kinds(%x: tensor<1x2x8x64xf32>, %o: memref<1x2x2x64xf32>) {
  // expected-error @+1 {{C7: expected all operands to be tensors, but found 'memref<1x2x2x64xf32>'}}
  attn.pool size 4 stride 4 ins(%x : tensor<1x2x8x64xf32>)
      outs(%o : memref<1x2x2x64xf32>)
  return
}

// -----

func.func @select_no_scores(%l: tensor<1x2x8x3xi32>) {
  // expected-error @+1 {{C1: expected either 'ins' of query and key, or 'scores'}}
  %y = attn.select block 4 outs(%l : tensor<1x2x8x3xi32>)
  return
}

// -----

func.func @select_rank(%q: tensor<1x4x8x64xf32>, %k: tensor<1x2x64xf32>, %l: tensor<1x2x8x3xi32>) {
  // expected-error @+1 {{C2: expected 'key' of rank 4, but found rank 3}}
  %y = attn.select causal block 4 ins(%q, %k : tensor<1x4x8x64xf32>, tensor<1x2x64xf32>) outs(%l : tensor<1x2x8x3xi32>)
  return
}

// -----

func.func @select_lists(%q: tensor<1x4x8x64xf32>, %k: tensor<1x2x2x64xf32>, %l: tensor<1x2x8x3xi8>) {
  // expected-error @+1 {{C2: expected 'lists' of i32 or i64, but found 'i8'}}
  %y = attn.select causal block 4 ins(%q, %k : tensor<1x4x8x64xf32>, tensor<1x2x2x64xf32>) outs(%l : tensor<1x2x8x3xi8>)
  return
}

// -----

func.func @select_integers(%q: tensor<1x4x8x2xi32>, %l: tensor<1x2x8x3xi32>) {
  // expected-error @+1 {{C2: expected 'scores' of f16, bf16, f32 or f64, but found 'i32'}}
  %y = attn.select causal block 4 scores(%q : tensor<1x4x8x2xi32>) outs(%l : tensor<1x2x8x3xi32>)
  return
}

// -----

func.func @select_queries(%q: tensor<1x4x8x64xf32>, %k: tensor<1x2x2x64xf32>, %l: tensor<1x2x9x3xi32>) {
  // expected-error @+1 {{C3: expected dimension 2 of operand #2 to be 8}}
  %y = attn.select causal block 4 ins(%q, %k : tensor<1x4x8x64xf32>, tensor<1x2x2x64xf32>) outs(%l : tensor<1x2x9x3xi32>)
  return
}

// -----

func.func @select_key_heads(%q: tensor<1x4x8x64xf32>, %k: tensor<1x3x2x64xf32>, %l: tensor<1x2x8x3xi32>) {
  // expected-error @+1 {{C4: expected the number of query heads to be a multiple of the 3 key heads, but found 4}}
  %y = attn.select causal block 4 ins(%q, %k : tensor<1x4x8x64xf32>, tensor<1x3x2x64xf32>) outs(%l : tensor<1x2x8x3xi32>)
  return
}

// -----

func.func @select_list_heads(%q: tensor<1x4x8x64xf32>, %k: tensor<1x2x2x64xf32>, %l: tensor<1x3x8x3xi32>) {
  // expected-error @+1 {{C4: expected the number of query heads to be a multiple of the 3 list heads, but found 4}}
  %y = attn.select causal block 4 ins(%q, %k : tensor<1x4x8x64xf32>, tensor<1x2x2x64xf32>) outs(%l : tensor<1x3x8x3xi32>)
  return
}

// -----

func.func @select_block(%q: tensor<1x4x8x64xf32>, %k: tensor<1x2x2x64xf32>, %l: tensor<1x2x8x3xi32>) {
  // expected-error @+1 {{C5: expected 'block' of at least 1, but found 0}}
  %y = attn.select block 0 ins(%q, %k : tensor<1x4x8x64xf32>, tensor<1x2x2x64xf32>) outs(%l : tensor<1x2x8x3xi32>)
  return
}

// -----

func.func @select_key_size(%q: tensor<1x4x8x64xf32>, %k: tensor<1x2x2x64xf32>, %l: tensor<1x2x8x3xi32>) {
  // expected-error @+1 {{C5: expected no 'key_size' and 'key_stride' without 'softmax'}}
  %y = attn.select block 4 key_size 4 ins(%q, %k : tensor<1x4x8x64xf32>, tensor<1x2x2x64xf32>) outs(%l : tensor<1x2x8x3xi32>)
  return
}

// -----

func.func @select_strides(%q: tensor<1x4x8x64xf32>, %k: tensor<1x2x2x64xf32>, %l: tensor<1x2x8x3xi32>) {
  // expected-error @+1 {{C5: expected 'key_size' to be a multiple of the key stride 2, but found 3}}
  %y = attn.select softmax block 4 key_size 3 key_stride 2 ins(%q, %k : tensor<1x4x8x64xf32>, tensor<1x2x2x64xf32>) outs(%l : tensor<1x2x8x3xi32>)
  return
}

// -----

func.func @select_key_stride(%q: tensor<1x4x8x64xf32>, %k: tensor<1x2x2x64xf32>, %l: tensor<1x2x8x3xi32>) {
  // expected-error @+1 {{C5: expected 'key_stride' of at least 1, but found 0}}
  %y = attn.select softmax block 4 key_stride 0 ins(%q, %k : tensor<1x4x8x64xf32>, tensor<1x2x2x64xf32>) outs(%l : tensor<1x2x8x3xi32>)
  return
}

// -----

func.func @select_first(%q: tensor<1x4x8x64xf32>, %k: tensor<1x2x2x64xf32>, %l: tensor<1x2x8x3xi32>) {
  // expected-error @+1 {{C6: expected 'first' of at least 0, but found -1}}
  %y = attn.select block 4 first -1 ins(%q, %k : tensor<1x4x8x64xf32>, tensor<1x2x2x64xf32>) outs(%l : tensor<1x2x8x3xi32>)
  return
}

// -----

func.func @select_local(%q: tensor<1x4x8x64xf32>, %k: tensor<1x2x2x64xf32>, %l: tensor<1x2x8x3xi32>) {
  // expected-error @+1 {{C6: expected 'causal' with 'local'}}
  %y = attn.select block 4 local 1 ins(%q, %k : tensor<1x4x8x64xf32>, tensor<1x2x2x64xf32>) outs(%l : tensor<1x2x8x3xi32>)
  return
}

// -----

func.func @select_scale(%q: tensor<1x4x8x64xf32>, %k: tensor<1x2x2x64xf32>, %l: tensor<1x2x8x3xi32>) {
  // expected-error @+1 {{C7: expected a finite 'scale'}}
  %y = attn.select block 4 scale 0x7FF0000000000000 ins(%q, %k : tensor<1x4x8x64xf32>, tensor<1x2x2x64xf32>) outs(%l : tensor<1x2x8x3xi32>)
  return
}

// -----

func.func @select_scaled_scores(%q: tensor<1x4x8x2xf32>, %l: tensor<1x2x8x3xi32>) {
  // expected-error @+1 {{C7: expected no 'scale' with 'scores'}}
  %y = attn.select block 4 scale 2.0 scores(%q : tensor<1x4x8x2xf32>) outs(%l : tensor<1x2x8x3xi32>)
  return
}

// -----

func.func @select_region_type(%q: tensor<1x4x8x64xf32>, %k: tensor<1x2x2x64xf32>, %l: tensor<1x2x8x3xi32>) {
  // expected-error @+1 {{C8: expected 'score' to take ('f32', 'index', 'index', 'index', 'index'), but found ('f64', 'index', 'index', 'index', 'index')}}
  %y = attn.select causal block 4 ins(%q, %k : tensor<1x4x8x64xf32>, tensor<1x2x2x64xf32>) outs(%l : tensor<1x2x8x3xi32>) score {
      ^bb0(%s: f64, %b: index, %h: index, %i: index, %j: index):
        attn.yield %s : f64
      }
  return
}

// -----

func.func @select_region_index(%q: tensor<1x4x8x64xf32>, %k: tensor<1x2x2x64xf32>, %l: tensor<1x2x8x3xi32>) {
  %y = attn.select causal block 4 ins(%q, %k : tensor<1x4x8x64xf32>, tensor<1x2x2x64xf32>) outs(%l : tensor<1x2x8x3xi32>) score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
        // expected-error @+1 {{C8: is not supported in the region of 'attn.select', expected 'arith'}}
        %n = index.add %i, %j
        attn.yield %s : f32
      }
  return
}

// -----

func.func @select_region_load(%q: tensor<1x4x8x64xf32>, %k: tensor<1x2x2x64xf32>, %l: tensor<1x2x8x3xi32>, %w: memref<4xf32>) {
  %y = attn.select causal block 4 ins(%q, %k : tensor<1x4x8x64xf32>, tensor<1x2x2x64xf32>) outs(%l : tensor<1x2x8x3xi32>) score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
        // expected-error @+1 {{C8: is not supported in a 'score' region}}
        %n = memref.load %w[%h] : memref<4xf32>
        attn.yield %n : f32
      }
  return
}

// -----

func.func @select_kinds(%q: tensor<1x4x8x64xf32>, %k: tensor<1x2x2x64xf32>, %l: memref<1x2x8x3xi32>) {
  // expected-error @+1 {{C9: expected all tensors or all memrefs, but found 'tensor<1x4x8x64xf32>' and 'memref<1x2x8x3xi32>'}}
  attn.select causal block 4 ins(%q, %k : tensor<1x4x8x64xf32>, tensor<1x2x2x64xf32>) outs(%l : memref<1x2x8x3xi32>)
  return
}

// -----

func.func @select_width(%q: tensor<1x4x8x?xf32>, %k: tensor<1x2x2x?xf32>, %l: tensor<1x2x8x3xi32>) {
  // expected-error @+1 {{C10: expected a static positive width of 'query'}}
  %y = attn.select causal block 4 ins(%q, %k : tensor<1x4x8x?xf32>, tensor<1x2x2x?xf32>) outs(%l : tensor<1x2x8x3xi32>)
  return
}

// -----

func.func @invert_rank(%i: tensor<1x2x8x3xi32>, %o: tensor<2x5xi32>, %e: tensor<1x2x24xi32>) {
  // expected-error @+1 {{C1: expected 'offsets' of rank 3, but found rank 2}}
  %y:2 = attn.invert ins(%i : tensor<1x2x8x3xi32>)
      outs(%o, %e : tensor<2x5xi32>, tensor<1x2x24xi32>)
  return
}

// -----

func.func @invert_floats(%i: tensor<1x2x8x3xi32>, %o: tensor<1x2x5xi32>, %e: tensor<1x2x24xf32>) {
  // expected-error @+1 {{C2: expected 'entries' of i32 or i64, but found 'f32'}}
  %y:2 = attn.invert ins(%i : tensor<1x2x8x3xi32>)
      outs(%o, %e : tensor<1x2x5xi32>, tensor<1x2x24xf32>)
  return
}

// -----

func.func @invert_places(%i: tensor<1x2x8x3xi32>, %o: tensor<1x2x5xi32>, %e: tensor<1x2x24xi32>, %p: tensor<1x2x8x4xi32>) {
  // expected-error @+1 {{C3: expected dimension 3 of operand #3 to be 3}}
  %y:3 = attn.invert ins(%i : tensor<1x2x8x3xi32>)
      outs(%o, %e : tensor<1x2x5xi32>, tensor<1x2x24xi32>) places(%p : tensor<1x2x8x4xi32>)
  return
}

// -----

func.func @invert_owners(%i: tensor<1x2x8x3xi32>, %o: tensor<1x2x5xi32>, %e: tensor<1x2x24xi32>, %w: tensor<1x3x24xi32>) {
  // expected-error @+1 {{C3: expected dimension 1 of operand #3 to be 2}}
  %y:3 = attn.invert ins(%i : tensor<1x2x8x3xi32>)
      outs(%o, %e : tensor<1x2x5xi32>, tensor<1x2x24xi32>) owners(%w : tensor<1x3x24xi32>)
  return
}

// -----

func.func @invert_align(%i: tensor<1x2x8x3xi32>, %o: tensor<1x2x5xi32>, %e: tensor<1x2x24xi32>) {
  // expected-error @+1 {{C4: expected 'align' of at least 1, but found 0}}
  %y:2 = attn.invert align 0 ins(%i : tensor<1x2x8x3xi32>)
      outs(%o, %e : tensor<1x2x5xi32>, tensor<1x2x24xi32>)
  return
}

// -----

func.func @invert_offsets(%i: tensor<1x2x8x3xi32>, %o: tensor<1x2x0xi32>, %e: tensor<1x2x24xi32>) {
  // expected-error @+1 {{C5: expected at least one offset}}
  %y:2 = attn.invert ins(%i : tensor<1x2x8x3xi32>)
      outs(%o, %e : tensor<1x2x0xi32>, tensor<1x2x24xi32>)
  return
}

// -----

func.func @invert_kinds(%i: tensor<1x2x8x3xi32>, %o: tensor<1x2x5xi32>, %e: memref<1x2x24xi32>) {
  // expected-error @+1 {{C6: expected all operands to be tensors, but found 'memref<1x2x24xi32>'}}
  %y = attn.invert ins(%i : tensor<1x2x8x3xi32>)
      outs(%o, %e : tensor<1x2x5xi32>, memref<1x2x24xi32>)
  return
}

// -----

func.func @select_key_width(%q: tensor<1x4x8x64xf32>, %k: tensor<1x2x2x?xf32>, %l: tensor<1x2x8x3xi32>) {
  // expected-error @+1 {{C10: expected a static positive width of 'key'}}
  %y = attn.select causal block 4 ins(%q, %k : tensor<1x4x8x64xf32>, tensor<1x2x2x?xf32>) outs(%l : tensor<1x2x8x3xi32>)
  return
}
