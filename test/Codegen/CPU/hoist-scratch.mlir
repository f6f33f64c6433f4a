// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-cpu-hoist-scratch))' \
// RUN:   | FileCheck %s

// Scratch is allocated where a tile starts and freed where it ends, once, however
// many key blocks it has.

// CHECK-LABEL: func.func @per_tile
// CHECK:         scf.forall
// CHECK-NEXT:      %[[A:.*]] = memref.alloc() : memref<96x64xf32>
// CHECK-NEXT:      scf.for
// CHECK-NOT:         memref.alloc
// CHECK-NOT:         memref.dealloc
// CHECK:             memref.store %{{.*}}, %[[A]]
// CHECK-NEXT:      }
// CHECK-NEXT:      memref.dealloc %[[A]]
// CHECK-NEXT:    }
func.func @per_tile(%n: index, %x: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.forall (%t) in (%n) {
    scf.for %j = %c0 to %n step %c1 {
      %a = memref.alloc() : memref<96x64xf32>
      memref.store %x, %a[%c0, %j] : memref<96x64xf32>
      memref.dealloc %a : memref<96x64xf32>
    }
  }
  return
}

// Outside of tiles the function is the place.

// CHECK-LABEL: func.func @per_function
// CHECK-NEXT:    %[[A:.*]] = memref.alloc() : memref<64xf32>
// CHECK:         scf.for
// CHECK-NOT:       memref.alloc
// CHECK:         }
// CHECK-NEXT:    memref.dealloc %[[A]]
// CHECK-NEXT:    return
func.func @per_function(%n: index, %x: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %j = %c0 to %n step %c1 {
    %a = memref.alloc() : memref<64xf32>
    memref.store %x, %a[%c0] : memref<64xf32>
  }
  return
}

// What upstream leaves without a deallocation at the start of a tile is freed.

// CHECK-LABEL: func.func @freed
// CHECK:         scf.forall
// CHECK:           %[[A:.*]] = memref.alloc(%{{.*}}) : memref<?xf32>
// CHECK:           memref.store
// CHECK-NEXT:      memref.dealloc %[[A]]
// CHECK-NEXT:    }
func.func @freed(%n: index, %x: f32) {
  %c0 = arith.constant 0 : index
  scf.forall (%t) in (%n) {
    %a = memref.alloc(%n) : memref<?xf32>
    memref.store %x, %a[%c0] : memref<?xf32>
  }
  return
}

// A dynamic size stays where it is computed.

// CHECK-LABEL: func.func @dynamic_size
// CHECK:         scf.for %[[J:.*]] =
// CHECK-NEXT:      %[[A:.*]] = memref.alloc(%[[J]])
// CHECK:           memref.dealloc %[[A]]
func.func @dynamic_size(%n: index, %x: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %j = %c1 to %n step %c1 {
    %a = memref.alloc(%j) : memref<?xf32>
    memref.store %x, %a[%c0] : memref<?xf32>
    memref.dealloc %a : memref<?xf32>
  }
  return
}

// A buffer that the next iteration reads is not the next iteration's scratch.

// CHECK-LABEL: func.func @carried
// CHECK:         scf.for
// CHECK:           %[[A:.*]] = memref.alloc() : memref<64xf32>
// CHECK:           scf.yield %[[A]]
func.func @carried(%n: index, %b: memref<64xf32>) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %j = %c0 to %n step %c1 iter_args(%before = %b) -> memref<64xf32> {
    %a = memref.alloc() : memref<64xf32>
    %x = memref.load %before[%c0] : memref<64xf32>
    memref.store %x, %a[%c1] : memref<64xf32>
    scf.yield %a : memref<64xf32>
  }
  %x = memref.load %r[%c0] : memref<64xf32>
  return %x : f32
}
