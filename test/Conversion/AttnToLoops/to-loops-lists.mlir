// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-to-loops))' | FileCheck %s

// The rows that a block has, and their mean.
// CHECK-LABEL: func.func @pool
// CHECK-NOT: attn.pool
// CHECK: %[[LEFT:.*]] = arith.subi %c9
// CHECK: %[[FEW:.*]] = arith.minsi %[[LEFT]], %c4
// CHECK: %[[COUNT:.*]] = arith.maxsi %[[FEW]], %c0
// CHECK: scf.for {{.*}} to %[[COUNT]]
// CHECK: arith.sitofp
// CHECK: arith.divf
func.func @pool(%x: tensor<1x2x9x8xf32>, %o: tensor<1x2x5x8xf32>) -> tensor<1x2x5x8xf32> {
  %y = attn.pool size 4 stride 2 ins(%x : tensor<1x2x9x8xf32>) outs(%o : tensor<1x2x5x8xf32>)
  return %y : tensor<1x2x5x8xf32>
}

// CHECK-LABEL: func.func @weights
// CHECK: arith.mulf
// CHECK-NOT: arith.divf
func.func @weights(%x: tensor<1x2x9x8xf32>, %w: tensor<4xf32>, %o: tensor<1x2x5x8xf32>)
    -> tensor<1x2x5x8xf32> {
  %y = attn.pool size 4 stride 2 ins(%x : tensor<1x2x9x8xf32>) weights(%w : tensor<4xf32>)
      outs(%o : tensor<1x2x5x8xf32>)
  return %y : tensor<1x2x5x8xf32>
}

// Block by block over all entries; there is room for 20.
// CHECK-LABEL: func.func @invert
// CHECK-NOT: attn.invert
// CHECK: %[[NAMED:.*]] = arith.cmpi eq
// CHECK: %[[FITS:.*]] = arith.cmpi slt, %{{.*}}, %c20
// CHECK: arith.andi %[[NAMED]], %[[FITS]]
// CHECK: arith.ceildivsi
func.func @invert(%l: tensor<1x2x9x3xi32>, %o: tensor<1x2x5xi32>, %e: tensor<1x2x20xi32>)
    -> (tensor<1x2x5xi32>, tensor<1x2x20xi32>) {
  %y:2 = attn.invert align 4 ins(%l : tensor<1x2x9x3xi32>)
      outs(%o, %e : tensor<1x2x5xi32>, tensor<1x2x20xi32>)
  return %y#0, %y#1 : tensor<1x2x5xi32>, tensor<1x2x20xi32>
}
