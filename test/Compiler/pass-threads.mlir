// The number of threads as an argument.
// RUN: attn-opt %s --attn-pass-threads | FileCheck %s

// CHECK: func.func @parallel(%{{.*}}: memref<4xf32>, %[[THREADS:.*]]: i32) attributes
// CHECK: omp.parallel num_threads(%[[THREADS]] : i32)
// CHECK: omp.parallel num_threads(%[[THREADS]] : i32)
func.func @parallel(%x: memref<4xf32>) attributes {attn.signature = []} {
  omp.parallel {
    omp.terminator
  }
  omp.parallel {
    omp.terminator
  }
  return
}

// CHECK: func.func @serial(%{{.*}}: memref<4xf32>) attributes
func.func @serial(%x: memref<4xf32>) attributes {attn.signature = []} {
  return
}

// CHECK: func.func private @helper()
// CHECK: omp.parallel {
func.func private @helper() {
  omp.parallel {
    omp.terminator
  }
  return
}
