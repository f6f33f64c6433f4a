// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-cpu-lower-long-conv{target=x86-64-v4},canonicalize,cse))' \
// RUN:   | FileCheck %s
// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-cpu-lower-long-conv{target=x86-64-v3},canonicalize,cse))' \
// RUN:   | FileCheck %s --check-prefix=V3

// Two vectors of 16 channels, the second one masked; eight outputs by eight
// taps, of 15 inputs and 8 weights. With 16 registers of 8 channels four by four.

// CHECK-LABEL: func.func @direct
// CHECK-NOT:     memref.alloc
// CHECK:         scf.forall (%{{.*}}, %[[BLOCK:.*]]) in (2, 2)
// CHECK:           %[[CHANNEL:.*]] = arith.muli %[[BLOCK]], %{{.*}}
// CHECK-DAG:       %[[X:.*]] = memref.alloc() {alignment = 64 : i64} : memref<256x16xf32>
// CHECK-DAG:       %[[H:.*]] = memref.alloc() {alignment = 64 : i64} : memref<128x16xf32>
// CHECK:           vector.transfer_read %arg1[%{{.*}}, %{{.*}}, %[[CHANNEL]]], %{{.*}} : memref<2x?x20xf32>, vector<16xf32>
// CHECK:           vector.transfer_write %{{.*}}, %[[H]]
// CHECK:           vector.transfer_read %arg0[%{{.*}}, %{{.*}}, %{{.*}}, %[[CHANNEL]]]
// CHECK:           vector.transfer_write %{{.*}}, %[[X]]
// CHECK:           scf.for {{.*}} -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>)
// CHECK-COUNT-15:    vector.transfer_read %[[X]][
// CHECK:             vector.transfer_read %[[H]]
// CHECK-COUNT-8:     vector.fma
// CHECK-NOT:         vector.transfer_read %[[X]][
// CHECK:             scf.yield
// CHECK:           vector.transfer_write %{{.*}}, %arg2
// V3-LABEL: func.func @direct
// V3:         scf.forall (%{{.*}}, %{{.*}}) in (2, 3)
// V3:           scf.for {{.*}} -> (vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>)
func.func @direct(%x: memref<1x2x?x20xf32>, %h: memref<2x?x20xf32>, %o: memref<1x2x?x20xf32>) {
  attn.long_conv form(direct) ins(%x, %h : memref<1x2x?x20xf32>, memref<2x?x20xf32>)
      outs(%o : memref<1x2x?x20xf32>)
  return
}

// Tables come before the tiles; the filter's transform before the batch; the
// product needs no order of frequencies. What is not finite is computed as
// written.

// CHECK-LABEL: func.func @fft
// CHECK:         math.ctlz
// CHECK:         memref.alloc(%{{.*}}) {alignment = 64 : i64} : memref<?xf64>
// CHECK:         math.sqrt
// CHECK:         memref.alloc(%{{.*}}) {alignment = 64 : i64} : memref<?xf32>
// CHECK:         scf.forall
// CHECK:           %[[Z:.*]] = memref.alloc(%{{.*}}) {alignment = 64 : i64} : memref<?xf32>
// CHECK:           vector.transfer_read %arg1
// CHECK:             vector.transfer_read %arg0[
// CHECK:             %[[IS:.*]] = arith.cmpf uno
// CHECK:             %[[ANY:.*]] = vector.reduction <or>, %[[IS]]
// CHECK:             scf.if %[[ANY]] {
// CHECK:               vector.fma
// CHECK:             } else {
// CHECK-NOT:           vector.shuffle
// CHECK:               vector.transfer_write %{{.*}}, %arg2
// V3-LABEL: func.func @fft
func.func @fft(%x: memref<?x2x?x16xf32>, %h: memref<2x?x16xf32>, %o: memref<?x2x?x16xf32>) {
  attn.long_conv form(fft) ins(%x, %h : memref<?x2x?x16xf32>, memref<2x?x16xf32>)
      outs(%o : memref<?x2x?x16xf32>)
  return
}

// Without a form the kernel chooses.

// CHECK-LABEL: func.func @either
// CHECK:         %[[FFT:.*]] = arith.cmpi ugt
// CHECK:         arith.select %[[FFT]]
// CHECK:         scf.forall
// CHECK:           scf.if %[[FFT]] {
// CHECK:           } else {
// V3-LABEL: func.func @either
func.func @either(%x: memref<?x2x?x16xf32>, %h: memref<2x?x16xf32>, %o: memref<?x2x?x16xf32>) {
  attn.long_conv ins(%x, %h : memref<?x2x?x16xf32>, memref<2x?x16xf32>)
      outs(%o : memref<?x2x?x16xf32>)
  return
}
