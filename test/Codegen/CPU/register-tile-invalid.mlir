// RUN: attn-opt %s --verify-diagnostics \
// RUN:   --pass-pipeline='builtin.module(func.func(attn-cpu-register-tile))'

// A hint that the op's tiling interface refuses; the interface and upstream add
// errors of their own.

func.func @keys_of_dense(%q: tensor<1x1x8x64xf32>, %k: tensor<1x1x9x64xf32>,
                         %o: tensor<1x1x8x64xf32>) -> tensor<1x1x8x64xf32> {
  // expected-error @below {{'attn.dense' op cannot be tiled for registers}}
  // expected-error @below {{'attn.dense' op expected the key loop to stay whole}}
  // expected-error @below {{op faild to tile operation}}
  // expected-error @below {{op failed to generate tiling loops}}
  %r = attn.dense
      ins(%q, %k, %k : tensor<1x1x8x64xf32>, tensor<1x1x9x64xf32>, tensor<1x1x9x64xf32>)
      outs(%o : tensor<1x1x8x64xf32>)
      {attn.tile = #attn.register_tile<sizes = [0, 0, 0, 0, 3]>}
  return %r : tensor<1x1x8x64xf32>
}
