// RUN: attn-opt %s --canonicalize | FileCheck %s

// Sizes that a cast forgets are known again, without a region to clone.

// CHECK-LABEL: func.func @mass_of_casts
// CHECK:         attn.key_mass ins(%{{.*}} : tensor<1x2x5x4xf32>, tensor<1x2x9x4xf32>) lse(%{{.*}} : tensor<1x2x5xf32>) outs(%{{.*}} : tensor<1x2x9xf32>)
func.func @mass_of_casts(%q: tensor<1x2x5x4xf32>, %k: tensor<1x2x9x4xf32>, %l: tensor<1x2x5xf32>, %m: tensor<1x2x9xf32>) -> tensor<?x2x?xf32> {
  %q0 = tensor.cast %q : tensor<1x2x5x4xf32> to tensor<?x2x?x4xf32>
  %k0 = tensor.cast %k : tensor<1x2x9x4xf32> to tensor<?x2x?x4xf32>
  %l0 = tensor.cast %l : tensor<1x2x5xf32> to tensor<?x2x?xf32>
  %m0 = tensor.cast %m : tensor<1x2x9xf32> to tensor<?x2x?xf32>
  %r = attn.key_mass ins(%q0, %k0 : tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>) lse(%l0 : tensor<?x2x?xf32>) outs(%m0 : tensor<?x2x?xf32>)
  return %r : tensor<?x2x?xf32>
}
