// RUN: attn-opt %s --split-input-file --transform-interpreter --verify-diagnostics

// Tilings that the interfaces of attn.dense refuse, one module for each; upstream
// adds errors of its own.

module attributes {transform.with_named_sequence} {
  func.func @keys(%q: tensor<1x6x8x64xf32>, %k: tensor<1x2x9x64xf32>,
                  %o: tensor<1x6x8x64xf32>) -> tensor<1x6x8x64xf32> {
    // expected-error @below {{'attn.dense' op expected the key loop to stay whole; keys are tiled as 'attn.online' or split into parts}}
    // expected-error @below {{op faild to tile operation}}
    // expected-error @below {{op failed to generate tiling loops}}
    %r = attn.dense
        ins(%q, %k, %k : tensor<1x6x8x64xf32>, tensor<1x2x9x64xf32>, tensor<1x2x9x64xf32>)
        outs(%o : tensor<1x6x8x64xf32>)
    return %r : tensor<1x6x8x64xf32>
  }
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.dense"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %f = transform.structured.tile_using_for %op tile_sizes [0, 0, 0, 0, 3] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  func.func @part_of_each_group(
      %q: tensor<1x6x8x64xf32>, %k: tensor<1x2x9x64xf32>,
      %o: tensor<1x6x8x64xf32>) -> tensor<1x6x8x64xf32> {
    // expected-error @below {{'attn.dense' op expected a tile of one key head, or of whole groups of query heads}}
    // expected-error @below {{op faild to tile operation}}
    // expected-error @below {{op failed to generate tiling loops}}
    %r = attn.dense
        ins(%q, %k, %k : tensor<1x6x8x64xf32>, tensor<1x2x9x64xf32>, tensor<1x2x9x64xf32>)
        outs(%o : tensor<1x6x8x64xf32>)
    return %r : tensor<1x6x8x64xf32>
  }
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.dense"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %f = transform.structured.tile_using_for %op tile_sizes [0, 0, 1] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  func.func @no_key_loop(%q: tensor<1x6x8x64xf32>, %k: tensor<1x2x9x64xf32>,
                         %o: tensor<1x6x8x64xf32>) -> tensor<1x6x8x64xf32> {
    // expected-error @below {{'attn.dense' op expected a partial reduction over the key loop 4}}
    %r = attn.dense
        ins(%q, %k, %k : tensor<1x6x8x64xf32>, tensor<1x2x9x64xf32>, tensor<1x2x9x64xf32>)
        outs(%o : tensor<1x6x8x64xf32>)
    return %r : tensor<1x6x8x64xf32>
  }
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.dense"]} in %m : (!transform.any_op) -> !transform.any_op
    // expected-error @below {{could not tile reduction}}
    %i:2, %t, %c, %f = transform.structured.tile_reduction_using_forall %op by tile_sizes = [0, 0, 0, 0, 0]
        : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  func.func @parts_in_sequence(
      %q: tensor<1x6x8x64xf32>, %k: tensor<1x2x9x64xf32>,
      %o: tensor<1x6x8x64xf32>) -> tensor<1x6x8x64xf32> {
    // expected-error @below {{'attn.dense' op expected parts of the key range in parallel, 'PartialReductionOuterParallel'}}
    // expected-error @below {{op faild to tile operation}}
    // expected-error @below {{op failed to generate tiling loops}}
    %r = attn.dense
        ins(%q, %k, %k : tensor<1x6x8x64xf32>, tensor<1x2x9x64xf32>, tensor<1x2x9x64xf32>)
        outs(%o : tensor<1x6x8x64xf32>)
    return %r : tensor<1x6x8x64xf32>
  }
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.dense"]} in %m : (!transform.any_op) -> !transform.any_op
    // expected-error @below {{failed to tile using partial reduction}}
    %i:2, %t, %c, %f = transform.structured.tile_reduction_using_for %op reduction_dims = [4] by tile_sizes = [0, 0, 0, 0, 3]
        : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}
