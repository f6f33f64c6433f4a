// RUN: attn-opt %s --split-input-file --transform-interpreter --verify-diagnostics

// Tilings that the interface of attn.block_sparse refuses, one module for each;
// upstream adds errors of its own.

module attributes {transform.with_named_sequence} {
  func.func @entries(%q: tensor<2x6x128x64xf32>, %k: tensor<2x2x256x64xf32>,
                   %list: tensor<2x2x2x5xi32>, %o: tensor<2x6x128x64xf32>)
      -> tensor<2x6x128x64xf32> {
    // expected-error @below {{'attn.block_sparse' op expected the loop over list entries to stay whole; keys are tiled as 'attn.online'}}
    // expected-error @below {{op faild to tile operation}}
    // expected-error @below {{op failed to generate tiling loops}}
    %r = attn.block_sparse query_block 64 key_block 32
        ins(%q, %k, %k : tensor<2x6x128x64xf32>, tensor<2x2x256x64xf32>, tensor<2x2x256x64xf32>)
        blocks(%list : tensor<2x2x2x5xi32>)
        outs(%o : tensor<2x6x128x64xf32>)
    return %r : tensor<2x6x128x64xf32>
  }
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.block_sparse"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %f:5 = transform.structured.tile_using_for %op tile_sizes [1, 1, 1, 64, 2] : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  func.func @heads(%q: tensor<2x6x128x64xf32>, %k: tensor<2x2x256x64xf32>,
                   %list: tensor<2x6x2x5xi32>, %o: tensor<2x6x128x64xf32>)
      -> tensor<2x6x128x64xf32> {
    // expected-error @below {{'attn.block_sparse' op expected a tile of one batch and of query heads that read one list}}
    // expected-error @below {{op faild to tile operation}}
    // expected-error @below {{op failed to generate tiling loops}}
    %r = attn.block_sparse query_block 64 key_block 32
        ins(%q, %k, %k : tensor<2x6x128x64xf32>, tensor<2x2x256x64xf32>, tensor<2x2x256x64xf32>)
        blocks(%list : tensor<2x6x2x5xi32>)
        outs(%o : tensor<2x6x128x64xf32>)
    return %r : tensor<2x6x128x64xf32>
  }
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.block_sparse"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %f:3 = transform.structured.tile_using_for %op tile_sizes [1, 1, 0, 64] : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  func.func @queries(%q: tensor<2x6x128x64xf32>, %k: tensor<2x2x256x64xf32>,
                   %list: tensor<2x2x2x5xi32>, %o: tensor<2x6x128x64xf32>)
      -> tensor<2x6x128x64xf32> {
    // expected-error @below {{'attn.block_sparse' op expected a tile of queries whose size divides 'query_block', 64}}
    // expected-error @below {{op faild to tile operation}}
    // expected-error @below {{op failed to generate tiling loops}}
    %r = attn.block_sparse query_block 64 key_block 32
        ins(%q, %k, %k : tensor<2x6x128x64xf32>, tensor<2x2x256x64xf32>, tensor<2x2x256x64xf32>)
        blocks(%list : tensor<2x2x2x5xi32>)
        outs(%o : tensor<2x6x128x64xf32>)
    return %r : tensor<2x6x128x64xf32>
  }
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.block_sparse"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %f:4 = transform.structured.tile_using_for %op tile_sizes [1, 1, 1, 48] : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}
