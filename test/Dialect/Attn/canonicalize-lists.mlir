// RUN: attn-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @mean_of_one_row
// CHECK-NEXT: return %arg0
func.func @mean_of_one_row(%x: tensor<1x2x8x64xf32>, %o: tensor<1x2x8x64xf32>)
    -> tensor<1x2x8x64xf32> {
  %y = attn.pool size 1 stride 1 ins(%x : tensor<1x2x8x64xf32>) outs(%o : tensor<1x2x8x64xf32>)
  return %y : tensor<1x2x8x64xf32>
}

// Rows may be left out, converted or weighed.
// CHECK-LABEL: func.func @keeps
// CHECK-COUNT-3: attn.pool
func.func @keeps(%x: tensor<1x2x?x64xf32>, %z: tensor<1x2x8x64xbf16>, %f: tensor<1x2x8x64xf32>,
                 %w: tensor<1xf32>)
    -> (tensor<1x2x?x64xf32>, tensor<1x2x8x64xf32>, tensor<1x2x8x64xf32>) {
  %a = attn.pool size 1 stride 1 ins(%x : tensor<1x2x?x64xf32>) outs(%x : tensor<1x2x?x64xf32>)
  %b = attn.pool size 1 stride 1 ins(%z : tensor<1x2x8x64xbf16>) outs(%f : tensor<1x2x8x64xf32>)
  %c = attn.pool size 1 stride 1 ins(%f : tensor<1x2x8x64xf32>) weights(%w : tensor<1xf32>)
      outs(%f : tensor<1x2x8x64xf32>)
  return %a, %b, %c : tensor<1x2x?x64xf32>, tensor<1x2x8x64xf32>, tensor<1x2x8x64xf32>
}

// What is said twice.
// CHECK-LABEL: func.func @defaults
// CHECK: attn.select softmax causal block 4 ins(
func.func @defaults(%q: tensor<1x2x8x64xf32>, %k: tensor<1x2x2x64xf32>, %l: tensor<1x2x8x3xi32>)
    -> tensor<1x2x8x3xi32> {
  %y = attn.select softmax causal block 4 key_size 4 key_stride 4 group(mean) scale 1.0
      ins(%q, %k : tensor<1x2x8x64xf32>, tensor<1x2x2x64xf32>) outs(%l : tensor<1x2x8x3xi32>)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
        attn.yield %s : f32
      }
  return %y : tensor<1x2x8x3xi32>
}

// CHECK-LABEL: func.func @groups
// CHECK: attn.select softmax causal block 4 key_stride 2 group(mean) scale 2.0
func.func @groups(%q: tensor<1x4x8x64xf32>, %k: tensor<1x2x2x64xf32>, %l: tensor<1x2x8x3xi32>)
    -> tensor<1x2x8x3xi32> {
  %y = attn.select softmax causal block 4 key_size 4 key_stride 2 group(mean) scale 2.0
      ins(%q, %k : tensor<1x4x8x64xf32>, tensor<1x2x2x64xf32>) outs(%l : tensor<1x2x8x3xi32>)
  return %y : tensor<1x2x8x3xi32>
}

// What nothing reads is not made.
// CHECK-LABEL: func.func @unused
// CHECK-NEXT: return
func.func @unused(%l: tensor<1x2x8x3xi32>, %o: tensor<1x2x5xi32>, %e: tensor<1x2x24xi32>) {
  %y:2 = attn.invert ins(%l : tensor<1x2x8x3xi32>)
      outs(%o, %e : tensor<1x2x5xi32>, tensor<1x2x24xi32>)
  return
}

// Sizes that a cast forgets are known again, without a region to clone.

// CHECK-LABEL: func.func @select_of_casts
// CHECK:         attn.select {{.*}} : tensor<1x2x5x4xf32>, tensor<1x2x9x4xf32>) outs(%{{.*}} : tensor<1x2x5x2xi32>)
func.func @select_of_casts(%q: tensor<1x2x5x4xf32>, %k: tensor<1x2x9x4xf32>, %init: tensor<1x2x5x2xi32>) -> tensor<?x2x?x2xi32> {
  %q0 = tensor.cast %q : tensor<1x2x5x4xf32> to tensor<?x2x?x4xf32>
  %k0 = tensor.cast %k : tensor<1x2x9x4xf32> to tensor<?x2x?x4xf32>
  %i0 = tensor.cast %init : tensor<1x2x5x2xi32> to tensor<?x2x?x2xi32>
  %r = attn.select block 2 ins(%q0, %k0 : tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>) outs(%i0 : tensor<?x2x?x2xi32>)
  return %r : tensor<?x2x?x2xi32>
}
