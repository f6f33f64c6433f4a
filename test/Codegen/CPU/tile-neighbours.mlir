// RUN: attn-opt %s --split-input-file \
// RUN:   --pass-pipeline='builtin.module(func.func(attn-cpu-tile-neighbours{target=x86-64-v4},canonicalize,cse))' \
// RUN:   | FileCheck %s
// RUN: attn-opt %s --split-input-file --remarks-filter=attn-cpu-tile-neighbours --remark-format=emitRemark \
// RUN:   --pass-pipeline='builtin.module(func.func(attn-cpu-tile-neighbours{target=x86-64-v4}))' \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// An elementwise chain is one op. Rows are parallel work, vectors of 64 run along
// them, and the rest takes a mask.

// CHECK-LABEL: func.func @elementwise
// CHECK:         scf.forall (%{{.*}}) = (0) to (%{{.*}}) step (163)
// CHECK:           scf.for %{{.*}} step %c1
// CHECK:             linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<1x64xf32>, tensor<64xf32>) {{.*}}lanes = [1, 64]
// CHECK-NEXT:        ^bb0
// CHECK-NEXT:          arith.mulf
// CHECK-NEXT:          arith.addf
// CHECK:             linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<1x36xf32>, tensor<36xf32>) {{.*}}lanes = [1, 64]
// CHECK-NOT:     scf.forall (
func.func @elementwise(%x: tensor<?x100xf32>, %w: tensor<100xf32>,
                       %y: tensor<?x100xf32>) -> tensor<?x100xf32> {
  %p = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>,
                       affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%x, %w : tensor<?x100xf32>, tensor<100xf32>)
      outs(%y : tensor<?x100xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    linalg.yield %m : f32
  } -> tensor<?x100xf32>
  %s = linalg.add ins(%p, %x : tensor<?x100xf32>, tensor<?x100xf32>)
      outs(%y : tensor<?x100xf32>) -> tensor<?x100xf32>
  return %s : tensor<?x100xf32>
}

// -----

// A sum along the innermost dimension keeps 64 partial sums.

// CHECK-LABEL: func.func @row_sums
// CHECK:         scf.forall
// CHECK:           %[[ZERO:.*]] = linalg.fill {{.*}} -> tensor<1x64xf32>
// CHECK:           %[[MAIN:.*]] = scf.for {{.*}} iter_args(%{{.*}} = %[[ZERO]])
// CHECK:             linalg.generic {{.*}}"parallel", "parallel"{{.*}} ins(%{{.*}} : tensor<1x64xf32>)
// CHECK:           %[[ALL:.*]] = scf.for {{.*}} iter_args(%{{.*}} = %[[MAIN]])
// CHECK:             linalg.generic {{.*}} ins(%{{.*}} : tensor<1x?xf32>) {{.*}}lanes = [1, 64]
// CHECK:           linalg.reduce ins(%[[ALL]] : tensor<1x64xf32>)
func.func @row_sums(%x: tensor<?x?xf32>, %y: tensor<?xf32>) -> tensor<?xf32> {
  %s = linalg.reduce {arith.addf} ins(%x : tensor<?x?xf32>)
      outs(%y : tensor<?xf32>) dimensions = [1]
  return %s : tensor<?xf32>
}

// -----

// A sum along another dimension keeps a vector of sums in registers.

// CHECK-LABEL: func.func @column_sums
// CHECK:         scf.forall (%{{.*}}) = (0) to (128) step (64)
// CHECK:           scf.for %{{.*}} = %c0 to %{{.*}} step %c1
// CHECK:             linalg.generic {{.*}} ins(%{{.*}} : tensor<1x64xf32>) outs(%{{.*}} : tensor<64xf32>) {{.*}}lanes = [1, 64]
func.func @column_sums(%x: tensor<?x128xf32>, %y: tensor<128xf32>) -> tensor<128xf32> {
  %s = linalg.reduce {arith.addf} ins(%x : tensor<?x128xf32>)
      outs(%y : tensor<128xf32>) dimensions = [0]
  return %s : tensor<128xf32>
}

// -----

// A transpose that is a copy goes by squares.

// CHECK-LABEL: func.func @transpose
// CHECK:         linalg.generic {{.*}} ins(%{{.*}} : tensor<16x16xf32>) outs(%{{.*}} : tensor<16x16xf32>) {{.*}}lanes = [16, 16]
func.func @transpose(%x: tensor<64x32xf32>, %y: tensor<32x64xf32>) -> tensor<32x64xf32> {
  %t = linalg.transpose ins(%x : tensor<64x32xf32>) outs(%y : tensor<32x64xf32>)
      permutation = [1, 0]
  return %t : tensor<32x64xf32>
}

// -----

// What the boundary expresses by strides is left to it.

// CHECK-LABEL: func.func @folded
// CHECK:         linalg.transpose
// CHECK-NOT:     linalg.generic
func.func @folded(%x: tensor<2x4x?x64xf32>, %y: tensor<2x?x4x64xf32>)
    -> tensor<2x?x4x64xf32> {
  %t = linalg.transpose ins(%x : tensor<2x4x?x64xf32>)
      outs(%y : tensor<2x?x4x64xf32>) permutation = [0, 2, 1, 3]
  return %t : tensor<2x?x4x64xf32>
}

// -----

// What has no vector form says so.

// CHECK-LABEL: func.func @scalar
// CHECK:         linalg.generic {{.*}}attn.scalar
// REMARK: remark: {{\[}}Missed] scalar{{.*}}Remark="compiled to scalar loops: 'math.cbrt' has no vector form for this type
func.func @scalar(%x: tensor<8x16xf32>, %y: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %r = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<8x16xf32>) outs(%y : tensor<8x16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = math.cbrt %a : f32
    linalg.yield %m : f32
  } -> tensor<8x16xf32>
  return %r : tensor<8x16xf32>
}

// -----

// CHECK-LABEL: func.func @window
// REMARK: remark: {{.*}}compiled to scalar loops: an operand is not indexed by plain loop numbers
// REMARK-NOT: remark:
// CHECK:         linalg.generic {{.*}}attn.scalar
func.func @window(%x: tensor<1x4x18xf32>, %w: tensor<3xf32>, %y: tensor<1x4x16xf32>)
    -> tensor<1x4x16xf32> {
  %r = linalg.pooling_ncw_max ins(%x, %w : tensor<1x4x18xf32>, tensor<3xf32>)
      outs(%y : tensor<1x4x16xf32>) -> tensor<1x4x16xf32>
  return %r : tensor<1x4x16xf32>
}
