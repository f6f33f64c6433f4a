// RUN: attn-opt %s \
// RUN:   --pass-pipeline='builtin.module(func.func(attn-to-loops),one-shot-bufferize{bufferize-function-boundaries})' \
// RUN:   | FileCheck %s --implicit-check-not=memref.alloc --implicit-check-not=memref.copy

// Destinations are written in place: the only buffers are one row of scores and
// one row of sums for each operation, made outside all loops, and what is kept
// of one state.

// CHECK-LABEL: func.func @dense
// CHECK-COUNT-2: memref.alloc
// CHECK:         scf.for
func.func @dense(
    %q: tensor<?x6x?x8xf32>, %k: tensor<?x2x?x8xf32>, %v: tensor<?x2x?x4xf32>,
    %init: tensor<?x6x?x4xf32>, %lse: tensor<?x6x?xf32>)
    -> (tensor<?x6x?x4xf32>, tensor<?x6x?xf32>) {
  %r:2 = attn.dense causal align(bottom_right)
      ins(%q, %k, %v : tensor<?x6x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x4xf32>)
      outs(%init, %lse : tensor<?x6x?x4xf32>, tensor<?x6x?xf32>)
  return %r#0, %r#1 : tensor<?x6x?x4xf32>, tensor<?x6x?xf32>
}

// CHECK-LABEL: func.func @online
// CHECK-COUNT-2: memref.alloc
// CHECK:         scf.for
func.func @online(
    %q: tensor<8x4xf32>, %k: tensor<?x8xf32>, %v: tensor<?x6xf32>, %c: index,
    %m: tensor<4xf32>, %l: tensor<4xf32>, %acc: tensor<6x4xf32>,
    %o: tensor<4x6xf32>) -> tensor<4x6xf32> {
  %r:3 = attn.online layout(feature_major) scale 1.0
      ins(%q, %k, %v : tensor<8x4xf32>, tensor<?x8xf32>, tensor<?x6xf32>)
      origin(%c, %c, %c, %c)
      outs(%m, %l, %acc : tensor<4xf32>, tensor<4xf32>, tensor<6x4xf32>)
  %f = attn.finish layout(feature_major)
      ins(%r#0, %r#1, %r#2 : tensor<4xf32>, tensor<4xf32>, tensor<6x4xf32>)
      outs(%o : tensor<4x6xf32>)
  return %f : tensor<4x6xf32>
}

// CHECK-LABEL: func.func @merge
// CHECK:         scf.for
func.func @merge(%os: tensor<?x1x2x?x4xf32>, %ls: tensor<?x1x2x?xf32>,
                 %o: tensor<1x2x?x4xf32>) -> tensor<1x2x?x4xf32> {
  %r = attn.merge ins(%os, %ls : tensor<?x1x2x?x4xf32>, tensor<?x1x2x?xf32>)
      outs(%o : tensor<1x2x?x4xf32>)
  return %r : tensor<1x2x?x4xf32>
}

// The state, the transition, and the row that a correction reads of each.

// CHECK-LABEL: func.func @recurrent
// CHECK-COUNT-4: memref.alloc
// CHECK:         scf.for
func.func @recurrent(
    %q: tensor<?x4x?x8xf32>, %k: tensor<?x2x?x8xf32>, %v: tensor<?x2x?x4xf32>,
    %beta: tensor<?x2x?xf32>, %o: tensor<?x4x?x4xf32>, %s: tensor<?x2x8x4xf32>,
    %m: tensor<?x2x8x8xf32>)
    -> (tensor<?x4x?x4xf32>, tensor<?x2x8x4xf32>, tensor<?x2x8x8xf32>) {
  %r:3 = attn.recurrent transition
      ins(%q, %k, %v : tensor<?x4x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x4xf32>)
      beta(%beta : tensor<?x2x?xf32>)
      outs(%o, %s, %m : tensor<?x4x?x4xf32>, tensor<?x2x8x4xf32>, tensor<?x2x8x8xf32>)
  return %r#0, %r#1, %r#2 : tensor<?x4x?x4xf32>, tensor<?x2x8x4xf32>, tensor<?x2x8x8xf32>
}
