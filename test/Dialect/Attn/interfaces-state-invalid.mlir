// RUN: attn-opt %s --split-input-file --transform-interpreter --verify-diagnostics

// Tilings that the interfaces of operations on states refuse, one module for
// each; upstream adds errors of its own.

module attributes {transform.with_named_sequence} {
  func.func @packed_sequences(
      %q: tensor<1x4x9x8xf32>, %c: tensor<?xi32>) -> tensor<1x4x9x8xf32> {
    // expected-error @below {{'attn.linear' op expected packed sequences to be split before tiling}}
    // expected-error @below {{op faild to tile operation}}
    // expected-error @below {{op failed to generate tiling loops}}
    %r = attn.linear ins(%q, %q, %q : tensor<1x4x9x8xf32>, tensor<1x4x9x8xf32>, tensor<1x4x9x8xf32>)
        cu_seqlens(%c : tensor<?xi32>) outs(%q : tensor<1x4x9x8xf32>)
    return %r : tensor<1x4x9x8xf32>
  }
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.linear"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %f = transform.structured.tile_using_for %op tile_sizes [0, 0, 4] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  func.func @columns_of_a_normalizer(
      %q: tensor<1x4x9x8xf32>) -> tensor<1x4x9x8xf32> {
    // expected-error @below {{expected all columns in one tile with a 'normalizer' or a 'transition'}}
    // expected-error @below {{op faild to tile operation}}
    // expected-error @below {{op failed to generate tiling loops}}
    %r = attn.linear normalizer(key_sum) ins(%q, %q, %q : tensor<1x4x9x8xf32>, tensor<1x4x9x8xf32>, tensor<1x4x9x8xf32>)
        outs(%q : tensor<1x4x9x8xf32>)
    return %r : tensor<1x4x9x8xf32>
  }
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.linear"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %f = transform.structured.tile_using_for %op tile_sizes [0, 0, 0, 4] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  func.func @columns_of_a_transition(
      %q: tensor<1x4x9x8xf32>, %b: tensor<1x4x9xf32>, %s: tensor<1x4x8x8xf32>) -> tensor<1x4x9x8xf32> {
    // expected-error @below {{expected all columns in one tile with a 'normalizer' or a 'transition'}}
    // expected-error @below {{op faild to tile operation}}
    // expected-error @below {{op failed to generate tiling loops}}
    %r:3 = attn.recurrent transition ins(%q, %q, %q : tensor<1x4x9x8xf32>, tensor<1x4x9x8xf32>, tensor<1x4x9x8xf32>)
        beta(%b : tensor<1x4x9xf32>) outs(%q, %s, %s : tensor<1x4x9x8xf32>, tensor<1x4x8x8xf32>, tensor<1x4x8x8xf32>)
    return %r#0 : tensor<1x4x9x8xf32>
  }
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.recurrent"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %f = transform.structured.tile_using_for %op tile_sizes [0, 0, 0, 4] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  func.func @part_of_a_shared_head(
      %q: tensor<1x4x9x8xf32>, %k: tensor<1x2x9x8xf32>) -> tensor<1x4x9x8xf32> {
    // expected-error @below {{expected a tile of one state head, or of all, where heads are shared}}
    // expected-error @below {{op faild to tile operation}}
    // expected-error @below {{op failed to generate tiling loops}}
    %r = attn.linear ins(%q, %k, %q : tensor<1x4x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x4x9x8xf32>) outs(%q : tensor<1x4x9x8xf32>)
    return %r : tensor<1x4x9x8xf32>
  }
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.linear"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %f = transform.structured.tile_using_for %op tile_sizes [0, 3] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  func.func @heads_shared_at_run_time(
      %q: tensor<1x4x9x8xf32>, %k: tensor<1x?x9x8xf32>) -> tensor<1x4x9x8xf32> {
    // expected-error @below {{expected a tile of one state head, or of all, where heads are shared}}
    // expected-error @below {{op faild to tile operation}}
    // expected-error @below {{op failed to generate tiling loops}}
    %r = attn.linear ins(%q, %k, %q : tensor<1x4x9x8xf32>, tensor<1x?x9x8xf32>, tensor<1x4x9x8xf32>) outs(%q : tensor<1x4x9x8xf32>)
    return %r : tensor<1x4x9x8xf32>
  }
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.linear"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %f = transform.structured.tile_using_for %op tile_sizes [0, 2] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  func.func @columns_of_a_matrix(
      %es: tensor<3x1x4x8x8xf32>, %s: tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32> {
    // expected-error @below {{'attn.compose' op expected all columns in one tile with a transition that has none}}
    // expected-error @below {{op faild to tile operation}}
    // expected-error @below {{op failed to generate tiling loops}}
    %r:2 = attn.compose ins(%es, %es : tensor<3x1x4x8x8xf32>, tensor<3x1x4x8x8xf32>)
        outs(%s, %s : tensor<1x4x8x8xf32>, tensor<1x4x8x8xf32>)
    return %r#1 : tensor<1x4x8x8xf32>
  }
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.compose"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %f = transform.structured.tile_using_for %op tile_sizes [0, 0, 0, 4] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  func.func @memrefs(
      %q: memref<1x4x9x8xf32>) {
    // expected-error @below {{expected tensors where tiled, but found memrefs}}
    // expected-error @below {{op faild to tile operation}}
    // expected-error @below {{op failed to generate tiling loops}}
    attn.linear ins(%q, %q, %q : memref<1x4x9x8xf32>, memref<1x4x9x8xf32>, memref<1x4x9x8xf32>) outs(%q : memref<1x4x9x8xf32>)
    return
  }
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.linear"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %f = transform.structured.tile_using_for %op tile_sizes [0, 1] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  func.func @memrefs_of_parts(
      %es: memref<3x1x4x8x8xf32>, %s: memref<1x4x8x8xf32>) {
    // expected-error @below {{expected tensors where tiled, but found memrefs}}
    // expected-error @below {{op faild to tile operation}}
    // expected-error @below {{op failed to generate tiling loops}}
    attn.compose ins(%es, %es : memref<3x1x4x8x8xf32>, memref<3x1x4x8x8xf32>)
        outs(%s : memref<1x4x8x8xf32>)
    return
  }
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.compose"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %f = transform.structured.tile_using_for %op tile_sizes [0, 1] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
