// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-to-loops,canonicalize,cse))' | FileCheck %s

// A round for each group, and one for tokens of none.

// CHECK-LABEL: func.func @route
// CHECK:         scf.for %[[G:[a-z0-9_]+]] = %c0 to %c4
// CHECK:           tensor.insert
// CHECK:           scf.for %[[N:[a-z0-9_]+]] =
// CHECK:             arith.cmpi ult, %{{.*}}, %c3
// CHECK:             arith.cmpi eq, %{{.*}}, %[[G]]
// CHECK:             scf.if
func.func @route(%ids: tensor<?xi32>, %a: tensor<?xi32>, %c: tensor<4xi32>)
    -> (tensor<?xi32>, tensor<?xi32>, tensor<4xi32>) {
  %x:3 = attn.route ins(%ids : tensor<?xi32>)
      outs(%a, %a, %c : tensor<?xi32>, tensor<?xi32>, tensor<4xi32>)
  return %x#0, %x#1, %x#2 : tensor<?xi32>, tensor<?xi32>, tensor<4xi32>
}

// Zeros first; offsets ascend within the rows whatever they are.

// CHECK-LABEL: func.func @project
// CHECK:         scf.for
// CHECK:           tensor.insert
// CHECK:         scf.for %{{.*}} = %c0 to %c3
// CHECK:           arith.minsi
// CHECK:           arith.maxsi
// CHECK:           scf.for
// CHECK:             arith.mulf
func.func @project(%x: tensor<?x4xf32>, %w: tensor<3x4x8xf32>, %f: tensor<4xi32>, %y: tensor<?x8xf32>)
    -> tensor<?x8xf32> {
  %z = attn.grouped_project ins(%x, %w : tensor<?x4xf32>, tensor<3x4x8xf32>)
      offsets(%f : tensor<4xi32>) outs(%y : tensor<?x8xf32>)
  return %z : tensor<?x8xf32>
}
