// RUN: attn-opt %s | attn-opt | FileCheck %s
// RUN: attn-opt %s --mlir-print-op-generic | attn-opt | FileCheck %s
// RUN: attn-opt %s --emit-bytecode | attn-opt | FileCheck %s

// Operations on states print as they are read.

// CHECK-LABEL: func.func @linear
// CHECK: attn.linear ins(%{{.*}}, %{{.*}}, %{{.*}} : tensor<2x4x?x64xbf16>, tensor<2x4x?x64xbf16>, tensor<2x4x?x32xbf16>)
// CHECK-SAME: outs(%{{.*}} : tensor<2x4x?x32xf32>)
func.func @linear(%q: tensor<2x4x?x64xbf16>, %k: tensor<2x4x?x64xbf16>, %v: tensor<2x4x?x32xbf16>,
                  %o: tensor<2x4x?x32xf32>) -> tensor<2x4x?x32xf32> {
  %r = attn.linear ins(%q, %k, %v : tensor<2x4x?x64xbf16>, tensor<2x4x?x64xbf16>, tensor<2x4x?x32xbf16>)
      outs(%o : tensor<2x4x?x32xf32>)
  return %r : tensor<2x4x?x32xf32>
}

// CHECK-LABEL: func.func @bonus
// CHECK: attn.linear read_before scale 1.000000e+00 transition scan <chunk = 64, step = 4, panel = 32, lanes = 16> ins(
// CHECK-SAME: gate(%{{.*}} : tensor<1x2x?x8xf32>) bonus(%{{.*}} : tensor<2x8xf32>) cu_seqlens(%{{.*}} : tensor<4xi64>)
// CHECK-SAME: outs(%{{.*}}, %{{.*}}, %{{.*}} : tensor<1x4x?x32xf16>, tensor<3x2x8x32xf32>, tensor<3x2x8xf32>)
func.func @bonus(
    %q: tensor<1x4x?x8xf16>, %k: tensor<1x1x?x8xf16>, %v: tensor<1x2x?x32xf16>,
    %g: tensor<1x2x?x8xf32>, %u: tensor<2x8xf32>, %c: tensor<4xi64>,
    %o: tensor<1x4x?x32xf16>, %s: tensor<3x2x8x32xf32>, %m: tensor<3x2x8xf32>)
    -> (tensor<1x4x?x32xf16>, tensor<3x2x8x32xf32>, tensor<3x2x8xf32>) {
  %r:3 = attn.linear read_before scale 1.0 transition
      scan <chunk = 64, step = 4, panel = 32, lanes = 16>
      ins(%q, %k, %v : tensor<1x4x?x8xf16>, tensor<1x1x?x8xf16>, tensor<1x2x?x32xf16>)
      gate(%g : tensor<1x2x?x8xf32>) bonus(%u : tensor<2x8xf32>)
      cu_seqlens(%c : tensor<4xi64>)
      outs(%o, %s, %m : tensor<1x4x?x32xf16>, tensor<3x2x8x32xf32>, tensor<3x2x8xf32>)
  return %r#0, %r#1, %r#2 : tensor<1x4x?x32xf16>, tensor<3x2x8x32xf32>, tensor<3x2x8xf32>
}

// CHECK-LABEL: func.func @normalizers
// CHECK: attn.linear normalizer(key_sum) epsilon 1.250000e-01 ins(
// CHECK-SAME: gate(%{{.*}} : tensor<?xf32>)
// CHECK: attn.linear normalizer(max_exp) ins(
// CHECK-SAME: gate(%{{.*}} : tensor<?x?x?xf32>) input_gate(%{{.*}} : tensor<?x?x?xf32>)
// CHECK-SAME: outs(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x?x?x8xf32>, tensor<?x?x8x8xf32>, tensor<?x?x8xf32>, tensor<?x?xf32>)
func.func @normalizers(
    %q: tensor<?x?x?x8xf32>, %h: tensor<?xf32>, %f: tensor<?x?x?xf32>,
    %o: tensor<?x?x?x8xf32>, %s: tensor<?x?x8x8xf32>, %z: tensor<?x?x8xf32>,
    %m: tensor<?x?xf32>)
    -> (tensor<?x?x?x8xf32>, tensor<?x?x8x8xf32>, tensor<?x?x8xf32>, tensor<?x?xf32>) {
  %a = attn.linear normalizer(key_sum) epsilon 0.125
      ins(%q, %q, %q : tensor<?x?x?x8xf32>, tensor<?x?x?x8xf32>, tensor<?x?x?x8xf32>)
      gate(%h : tensor<?xf32>) outs(%o : tensor<?x?x?x8xf32>)
  %r:4 = attn.linear normalizer(max_exp)
      ins(%q, %q, %q : tensor<?x?x?x8xf32>, tensor<?x?x?x8xf32>, tensor<?x?x?x8xf32>)
      gate(%f : tensor<?x?x?xf32>) input_gate(%f : tensor<?x?x?xf32>)
      outs(%a, %s, %z, %m : tensor<?x?x?x8xf32>, tensor<?x?x8x8xf32>, tensor<?x?x8xf32>, tensor<?x?xf32>)
  return %r#0, %r#1, %r#2, %r#3 : tensor<?x?x?x8xf32>, tensor<?x?x8x8xf32>, tensor<?x?x8xf32>, tensor<?x?xf32>
}

// CHECK-LABEL: func.func @recurrent
// CHECK: attn.recurrent ins(
// CHECK-SAME: gate(%{{.*}} : tensor<1x1x5x8xf64>) beta(%{{.*}} : tensor<1x1x5xf64>) outs(
// CHECK: attn.recurrent scale 2.500000e-01 transition ins(
// CHECK-SAME: correction(%{{.*}}, %{{.*}} : tensor<1x1x5x8xf64>, tensor<1x1x5x8xf64>) outs(
// CHECK: attn.recurrent transition scan <chunk = 8, step = 1, panel = 8, lanes = 8, split = 8, prefetch = 0> ins(
// CHECK-SAME: decay(%{{.*}}, %{{.*}} : tensor<1x1x5x8xf64>, tensor<1x8x8xf32>) cu_seqlens(%{{.*}} : tensor<2xi32>) outs(
func.func @recurrent(
    %q: tensor<1x1x5x8xf64>, %b: tensor<1x1x5xf64>, %a: tensor<1x8x8xf32>,
    %c: tensor<2xi32>, %s: tensor<1x1x8x8xf64>)
    -> (tensor<1x1x5x8xf64>, tensor<1x1x8x8xf64>, tensor<1x1x8x8xf64>) {
  %x:2 = attn.recurrent
      ins(%q, %q, %q : tensor<1x1x5x8xf64>, tensor<1x1x5x8xf64>, tensor<1x1x5x8xf64>)
      gate(%q : tensor<1x1x5x8xf64>) beta(%b : tensor<1x1x5xf64>)
      outs(%q, %s : tensor<1x1x5x8xf64>, tensor<1x1x8x8xf64>)
  %y:3 = attn.recurrent scale 0.25 transition
      ins(%q, %q, %q : tensor<1x1x5x8xf64>, tensor<1x1x5x8xf64>, tensor<1x1x5x8xf64>)
      correction(%q, %q : tensor<1x1x5x8xf64>, tensor<1x1x5x8xf64>)
      outs(%x#0, %x#1, %s : tensor<1x1x5x8xf64>, tensor<1x1x8x8xf64>, tensor<1x1x8x8xf64>)
  %z:3 = attn.recurrent transition
      scan <chunk = 8, step = 1, panel = 8, lanes = 8, split = 8, prefetch = 0>
      ins(%q, %q, %q : tensor<1x1x5x8xf64>, tensor<1x1x5x8xf64>, tensor<1x1x5x8xf64>)
      decay(%q, %a : tensor<1x1x5x8xf64>, tensor<1x8x8xf32>)
      cu_seqlens(%c : tensor<2xi32>)
      outs(%y#0, %y#1, %y#2 : tensor<1x1x5x8xf64>, tensor<1x1x8x8xf64>, tensor<1x1x8x8xf64>)
  return %z#0, %z#1, %z#2 : tensor<1x1x5x8xf64>, tensor<1x1x8x8xf64>, tensor<1x1x8x8xf64>
}

// CHECK-LABEL: func.func @compose
// CHECK: %{{.*}} = attn.compose ins(%{{.*}}, %{{.*}} : tensor<?x1x2x8x4xf32>, tensor<?x1x2xf32>) outs(%{{.*}} : tensor<1x2x8x4xf32>)
// CHECK: %{{.*}}:2 = attn.compose ins(%{{.*}}, %{{.*}} : tensor<?x1x2x8x4xf32>, tensor<?x1x2x8x8xf32>) outs(%{{.*}}, %{{.*}} : tensor<1x2x8x4xf32>, tensor<1x2x8x8xf32>)
// CHECK: attn.compose per_element ins(%{{.*}}, %{{.*}} : tensor<?x1x2x8x4xf32>, tensor<?x1x2x8x4xf32>) outs(
func.func @compose(
    %es: tensor<?x1x2x8x4xf32>, %a: tensor<?x1x2xf32>, %ms: tensor<?x1x2x8x8xf32>,
    %s: tensor<1x2x8x4xf32>, %m: tensor<1x2x8x8xf32>)
    -> (tensor<1x2x8x4xf32>, tensor<1x2x8x8xf32>) {
  %x = attn.compose ins(%es, %a : tensor<?x1x2x8x4xf32>, tensor<?x1x2xf32>)
      outs(%s : tensor<1x2x8x4xf32>)
  %y:2 = attn.compose ins(%es, %ms : tensor<?x1x2x8x4xf32>, tensor<?x1x2x8x8xf32>)
      outs(%x, %m : tensor<1x2x8x4xf32>, tensor<1x2x8x8xf32>)
  %z = attn.compose per_element ins(%es, %es : tensor<?x1x2x8x4xf32>, tensor<?x1x2x8x4xf32>)
      outs(%y#0 : tensor<1x2x8x4xf32>)
  return %z, %y#1 : tensor<1x2x8x4xf32>, tensor<1x2x8x8xf32>
}

// On memrefs they have no results.

// CHECK-LABEL: func.func @memrefs
// CHECK: attn.linear ins({{.*}} memref<1x1x?x8xf32, strided<[?, ?, ?, 1]>>) outs(%{{.*}}, %{{.*}} : memref<1x1x?x8xf32>, memref<1x1x8x8xf32>)
// CHECK-NEXT: attn.recurrent ins({{.*}} outs(%{{.*}} : memref<1x1x?x8xf32>)
// CHECK-NEXT: attn.compose ins({{.*}} outs(%{{.*}} : memref<1x1x8x8xf32>)
// CHECK-NEXT: return
func.func @memrefs(
    %q: memref<1x1x?x8xf32, strided<[?, ?, ?, 1]>>, %b: memref<1x1x?xf32>,
    %o: memref<1x1x?x8xf32>, %s: memref<1x1x8x8xf32>, %es: memref<?x1x1x8x8xf32>) {
  attn.linear
      ins(%q, %q, %q : memref<1x1x?x8xf32, strided<[?, ?, ?, 1]>>, memref<1x1x?x8xf32, strided<[?, ?, ?, 1]>>, memref<1x1x?x8xf32, strided<[?, ?, ?, 1]>>)
      outs(%o, %s : memref<1x1x?x8xf32>, memref<1x1x8x8xf32>)
  attn.recurrent
      ins(%q, %q, %q : memref<1x1x?x8xf32, strided<[?, ?, ?, 1]>>, memref<1x1x?x8xf32, strided<[?, ?, ?, 1]>>, memref<1x1x?x8xf32, strided<[?, ?, ?, 1]>>)
      beta(%b : memref<1x1x?xf32>) outs(%o : memref<1x1x?x8xf32>)
  attn.compose ins(%es, %es : memref<?x1x1x8x8xf32>, memref<?x1x1x8x8xf32>)
      outs(%s : memref<1x1x8x8xf32>)
  return
}

// Heads and sequences may be known in some operands only.

// CHECK-LABEL: func.func @unknown_heads
// CHECK-COUNT-4: attn.linear ins(
func.func @unknown_heads(
    %q: tensor<1x?x9x8xf32>, %q2: tensor<1x2x9x8xf32>, %k: tensor<1x3x9x8xf32>,
    %o: tensor<1x4x9x8xf32>, %c: tensor<4xi32>, %s: tensor<?x?x8x8xf32>) -> tensor<1x4x9x8xf32> {
  %0 = attn.linear
      ins(%q, %k, %q : tensor<1x?x9x8xf32>, tensor<1x3x9x8xf32>, tensor<1x?x9x8xf32>)
      outs(%o : tensor<1x4x9x8xf32>)
  %1 = attn.linear
      ins(%q, %q, %q2 : tensor<1x?x9x8xf32>, tensor<1x?x9x8xf32>, tensor<1x2x9x8xf32>)
      outs(%0 : tensor<1x4x9x8xf32>)
  %2 = attn.linear
      ins(%q2, %q, %q : tensor<1x2x9x8xf32>, tensor<1x?x9x8xf32>, tensor<1x?x9x8xf32>)
      outs(%1 : tensor<1x4x9x8xf32>)
  %3:2 = attn.linear
      ins(%q2, %q2, %q2 : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>)
      cu_seqlens(%c : tensor<4xi32>)
      outs(%q, %s : tensor<1x?x9x8xf32>, tensor<?x?x8x8xf32>)
  return %2 : tensor<1x4x9x8xf32>
}

// No head at all is a multiple of none.

// CHECK-LABEL: func.func @no_heads
// CHECK: attn.linear ins(
func.func @no_heads(%q: tensor<1x0x9x8xf32>) -> tensor<1x0x9x8xf32> {
  %r = attn.linear
      ins(%q, %q, %q : tensor<1x0x9x8xf32>, tensor<1x0x9x8xf32>, tensor<1x0x9x8xf32>)
      outs(%q : tensor<1x0x9x8xf32>)
  return %r : tensor<1x0x9x8xf32>
}
