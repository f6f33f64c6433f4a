// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-cpu-lower-recurrence,canonicalize,cse))' \
// RUN:   | FileCheck %s

// A decay per element: a vector of columns at a time, the rows of its state in
// registers over all tokens; 4 columns are left and masked.

// CHECK-LABEL: func.func @decay
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: memref<1x1x?x2xf32>, %[[V:[a-z0-9]+]]: memref<1x1x?x20xf32>, %[[DT:[a-z0-9]+]]: memref<1x1x?x20xf32>, %[[A:[a-z0-9]+]]: memref<1x2x20xf32>, %[[O:[a-z0-9]+]]: memref<1x1x?x20xf32>, %[[S:[a-z0-9]+]]: memref<1x1x2x20xf32>
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG:     %[[C8:.*]] = arith.constant 8 : index
// CHECK-DAG:     %[[C16:.*]] = arith.constant 16 : index
// CHECK:         %[[T:.*]] = memref.dim %[[V]]
// CHECK-NOT:     memref.alloc
// CHECK:         scf.for %[[C:[a-z0-9]+]] = %[[C0]] to %[[C16]] step %[[C8]] {
// CHECK:           %[[S0:.*]] = vector.transfer_read %[[S]][%[[C0]], %[[C0]], %[[C0]], %[[C]]]
// CHECK:           %[[S1:.*]] = vector.transfer_read %[[S]][%[[C0]], %[[C0]], %[[C1]], %[[C]]]
// CHECK:           %[[R:.*]]:2 = scf.for %[[I:[a-z0-9]+]] = %[[C0]] to %[[T]] step %[[C1]] iter_args(%[[H0:[a-z0-9]+]] = %[[S0]], %[[H1:[a-z0-9]+]] = %[[S1]])
// CHECK:             %[[D:.*]] = vector.transfer_read %[[DT]][%[[C0]], %[[C0]], %[[I]], %[[C]]]
// CHECK:             %[[STEP:.*]] = arith.mulf %[[D]]
// CHECK:             %[[X:.*]] = vector.transfer_read %[[V]]
// CHECK:             %[[RATE:.*]] = vector.transfer_read %[[A]][%[[C0]], %[[C0]], %[[C]]]
// CHECK:             %[[P:.*]] = arith.mulf %[[STEP]], %[[RATE]]
// CHECK:             %[[E:.*]] = math.exp2 %[[P]]
// CHECK:             %[[KX:.*]] = arith.mulf %{{.*}}, %[[X]]
// CHECK:             %[[N0:.*]] = vector.fma %[[E]], %[[H0]], %[[KX]]
// CHECK:             %[[N1:.*]] = vector.fma %{{.*}}, %[[H1]]
// CHECK:             vector.fma %{{.*}}, %[[N0]]
// CHECK:             vector.fma %{{.*}}, %[[N1]]
// CHECK:             vector.transfer_write %{{.*}}, %[[O]][%[[C0]], %{{.*}}, %[[I]], %[[C]]]
// CHECK:             scf.yield %[[N0]], %[[N1]]
// CHECK:           vector.transfer_write %[[R]]#0, %[[S]][%[[C0]], %[[C0]], %[[C0]], %[[C]]]
// CHECK:         vector.transfer_read %[[S]][%[[C0]], %[[C0]], %[[C0]], %[[C16]]], %{{[a-z0-9_]+}} :
// CHECK:         vector.transfer_write %{{.*}}, %[[O]][{{.*}}, %[[C16]]] :
// CHECK:         return
func.func @decay(
    %q: memref<1x1x?x2xf32>, %v: memref<1x1x?x20xf32>, %dt: memref<1x1x?x20xf32>,
    %a: memref<1x2x20xf32>, %o: memref<1x1x?x20xf32>, %s: memref<1x1x2x20xf32>) {
  attn.recurrent scan <chunk = 16, step = 4, panel = 8, lanes = 8, prefetch = 0>
      ins(%q, %q, %v : memref<1x1x?x2xf32>, memref<1x1x?x2xf32>, memref<1x1x?x20xf32>)
      decay(%dt, %a : memref<1x1x?x20xf32>, memref<1x2x20xf32>)
      outs(%o, %s : memref<1x1x?x20xf32>, memref<1x1x2x20xf32>)
  return
}

// More rows than registers: 16 at a time, sums of outputs kept between. A
// transition multiplies the decays; prefetches ask for the next columns.

// CHECK-LABEL: func.func @rows
// CHECK-SAME:    %[[O:[a-z0-9]+]]: memref<1x1x4x8xf32>, %[[S:[a-z0-9]+]]: memref<1x1x24x8xf32>, %[[P:[a-z0-9]+]]: memref<1x1x24x8xf32>)
// CHECK:         %[[SUMS:.*]] = memref.alloc() {alignment = 64 : i64} : memref<1x4x8xf32>
// CHECK-COUNT-16: vector.transfer_read %[[S]]
// CHECK-COUNT-16: vector.transfer_read %[[P]]
// CHECK:         memref.prefetch %[[O]][{{.*}}], write, locality<3>, data
// CHECK:         vector.transfer_write %{{.*}}, %[[SUMS]]
// CHECK:         vector.transfer_write %{{.*}}, %[[P]]
// CHECK-COUNT-8: vector.transfer_read %[[S]]
// CHECK:         vector.transfer_read %[[SUMS]]
// CHECK:         vector.transfer_write %{{.*}}, %[[O]]
// CHECK:         return
func.func @rows(
    %q: memref<1x1x4x24xf32>, %v: memref<1x1x4x8xf32>, %a: memref<1x24x8xf32>,
    %o: memref<1x1x4x8xf32>, %s: memref<1x1x24x8xf32>, %p: memref<1x1x24x8xf32>) {
  attn.recurrent transition scan <chunk = 16, step = 4, panel = 8, lanes = 8>
      ins(%q, %q, %v : memref<1x1x4x24xf32>, memref<1x1x4x24xf32>, memref<1x1x4x8xf32>)
      decay(%v, %a : memref<1x1x4x8xf32>, memref<1x24x8xf32>)
      outs(%o, %s, %p : memref<1x1x4x8xf32>, memref<1x1x24x8xf32>, memref<1x1x24x8xf32>)
  return
}
