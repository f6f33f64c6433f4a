// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-tile-state))' \
// RUN:   --split-input-file --verify-diagnostics

func.func @split_does_not_divide(
    %q: tensor<1x1x8x48xf32>, %o: tensor<1x1x8x48xf32>) -> tensor<1x1x8x48xf32> {
  // expected-error @below {{'attn.linear' op expected the split to divide the 48 columns of the state, but found 32}}
  %r = attn.linear scan <chunk = 16, step = 4, panel = 16, lanes = 16, split = 32>
      ins(%q, %q, %q : tensor<1x1x8x48xf32>, tensor<1x1x8x48xf32>, tensor<1x1x8x48xf32>)
      outs(%o : tensor<1x1x8x48xf32>)
  return %r : tensor<1x1x8x48xf32>
}

// -----

// Every column needs the normalizer; upstream adds errors of its own.

func.func @split_of_a_normalized_op(
    %q: tensor<1x1x8x48xf32>, %o: tensor<1x1x8x48xf32>) -> tensor<1x1x8x48xf32> {
  // expected-error @below {{expected all columns in one tile with a 'normalizer' or a 'transition'}}
  // expected-error @below {{op faild to tile operation}}
  // expected-error @below {{op failed to generate tiling loops}}
  %r = attn.linear normalizer(key_sum) scan <chunk = 16, step = 4, panel = 16, lanes = 16, split = 16>
      ins(%q, %q, %q : tensor<1x1x8x48xf32>, tensor<1x1x8x48xf32>, tensor<1x1x8x48xf32>)
      outs(%o : tensor<1x1x8x48xf32>)
  return %r : tensor<1x1x8x48xf32>
}

// -----

func.func @packed(
    %q: tensor<1x1x8x48xf32>, %c: tensor<3xi32>, %o: tensor<1x1x8x48xf32>)
    -> tensor<1x1x8x48xf32> {
  // expected-error @below {{expected packed sequences to be split before tiling}}
  // expected-error @below {{op faild to tile operation}}
  // expected-error @below {{op failed to generate tiling loops}}
  %r = attn.linear scan <chunk = 16, step = 4, panel = 16, lanes = 16>
      ins(%q, %q, %q : tensor<1x1x8x48xf32>, tensor<1x1x8x48xf32>, tensor<1x1x8x48xf32>)
      cu_seqlens(%c : tensor<3xi32>)
      outs(%o : tensor<1x1x8x48xf32>)
  return %r : tensor<1x1x8x48xf32>
}

// -----

func.func @part_of_a_schedule(
    %q: tensor<1x1x8x48xf32>, %o: tensor<1x1x8x48xf32>) -> tensor<1x1x8x48xf32> {
  // expected-error @below {{expected a whole 'scan' attribute, as attn-schedule leaves it, but found #attn.scan<chunk = 16>}}
  %r = attn.linear scan <chunk = 16>
      ins(%q, %q, %q : tensor<1x1x8x48xf32>, tensor<1x1x8x48xf32>, tensor<1x1x8x48xf32>)
      outs(%o : tensor<1x1x8x48xf32>)
  return %r : tensor<1x1x8x48xf32>
}
