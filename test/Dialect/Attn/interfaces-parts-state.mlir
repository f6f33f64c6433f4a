// RUN: attn-opt %s --split-input-file --verify-diagnostics --load-pass-plugin=%test_passes \
// RUN:   --pass-pipeline='builtin.module(func.func(attn-test-cut-time))' | FileCheck %s

// Parts of the sequence that hand on their states.

// CHECK-LABEL: func.func @two_parts
// CHECK-SAME:    %[[S:[a-z0-9]+]]: tensor<1x2x8x4xf32>)
// CHECK:         %[[A:.*]]:2 = attn.linear ins({{.*}} : tensor<1x2x2x8xf32>, tensor<1x2x2x8xf32>, tensor<1x2x2x4xf32>) gate(%{{.*}} : tensor<1x2x2xf32>) outs(%{{.*}}, %[[S]] :
// CHECK:         %[[O:.*]] = tensor.insert_slice %[[A]]#0 into %{{.*}}[0, 0, 0, 0] [1, 2, 2, 4]
// CHECK:         tensor.extract_slice %{{.*}}[0, 0, 2] [1, 2, 3]
// CHECK:         %[[B:.*]]:2 = attn.linear ins({{.*}} : tensor<1x2x3x8xf32>, tensor<1x2x3x8xf32>, tensor<1x2x3x4xf32>) {{.*}} outs(%{{.*}}, %[[A]]#1 :
// CHECK:         %[[R:.*]] = tensor.insert_slice %[[B]]#0 into %[[O]][0, 0, 2, 0] [1, 2, 3, 4]
// CHECK:         return %[[R]], %[[B]]#1
func.func @two_parts(
    %q: tensor<1x2x5x8xf32>, %v: tensor<1x2x5x4xf32>, %g: tensor<1x2x5xf32>,
    %o: tensor<1x2x5x4xf32>, %s: tensor<1x2x8x4xf32>)
    -> (tensor<1x2x5x4xf32>, tensor<1x2x8x4xf32>) {
  %r:2 = attn.linear
      ins(%q, %q, %v : tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      gate(%g : tensor<1x2x5xf32>)
      outs(%o, %s : tensor<1x2x5x4xf32>, tensor<1x2x8x4xf32>)
  return %r#0, %r#1 : tensor<1x2x5x4xf32>, tensor<1x2x8x4xf32>
}

// -----

func.func @packed(
    %q: tensor<1x2x5x8xf32>, %v: tensor<1x2x5x4xf32>, %c: tensor<2xi32>,
    %o: tensor<1x2x5x4xf32>) -> tensor<1x2x5x4xf32> {
  // expected-error @below {{'attn.linear' op expected packed sequences to be split before cutting}}
  %r = attn.linear
      ins(%q, %q, %v : tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x4xf32>)
      cu_seqlens(%c : tensor<2xi32>)
      outs(%o : tensor<1x2x5x4xf32>)
  return %r : tensor<1x2x5x4xf32>
}
