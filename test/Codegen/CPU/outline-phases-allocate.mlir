// RUN: attn-opt %s --attn-outline-phases=allocate | FileCheck %s

// A buffer without a place keeps all of its function's allocations.

// CHECK-LABEL: func.func private @carried_tile0(
// CHECK:         memref.alloc() : memref<4xf32>
// CHECK:         scf.for
// CHECK:           memref.alloc() : memref<8xf32>
// CHECK:         memref.dealloc
// CHECK-LABEL: func.func private @carried_workspace(
// CHECK:         return %c0, %c0
func.func @carried(%x: memref<8xf32>) attributes {attn.signature = []} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %s = memref.alloc() : memref<4xf32>
  %r = scf.for %j = %c0 to %c8 step %c1 iter_args(%b = %x) -> memref<8xf32> {
    %a = memref.alloc() : memref<8xf32>
    %v = memref.load %b[%j] : memref<8xf32>
    memref.store %v, %a[%j] : memref<8xf32>
    memref.store %v, %s[%c0] : memref<4xf32>
    scf.yield %a : memref<8xf32>
  }
  memref.dealloc %s : memref<4xf32>
  return
}

// Where every buffer has a place there is none.
// CHECK-LABEL: func.func private @placed_tile0(
// CHECK-NOT:     alloc
// CHECK-LABEL: func.func @placed(
func.func @placed(%x: memref<8xf32>) attributes {attn.signature = []} {
  %c0 = arith.constant 0 : index
  %s = memref.alloc() : memref<4xf32>
  %v = memref.load %x[%c0] : memref<8xf32>
  memref.store %v, %s[%c0] : memref<4xf32>
  memref.dealloc %s : memref<4xf32>
  return
}
