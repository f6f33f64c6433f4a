// RUN: attn-opt %s --attn-outline-phases --split-input-file --verify-diagnostics

// The workspace is asked for before anything is read.
func.func @size_from_memory(%x: memref<?xindex>) attributes {attn.signature = []} {
  %c0 = arith.constant 0 : index
  %n = memref.load %x[%c0] : memref<?xindex>
  // expected-error @below {{expected a size that follows from the sizes of the function's arguments but found one that is read from memory}}
  %a = memref.alloc(%n) : memref<?xindex>
  memref.store %n, %a[%c0] : memref<?xindex>
  return
}

// -----

func.func @unbounded(%x: memref<?xindex>) attributes {attn.signature = []} {
  %c0 = arith.constant 0 : index
  scf.forall (%i) in (4) {
    %n = memref.load %x[%i] : memref<?xindex>
    // expected-error @below {{expected a size that the arguments of the function bound}}
    %a = memref.alloc(%n) : memref<?xindex>
    memref.store %n, %a[%c0] : memref<?xindex>
  }
  return
}

// -----

// Two iterations need two buffers.
func.func @carried(%x: memref<8xf32>) attributes {attn.signature = []} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  scf.forall (%i) in (4) {
    %r = scf.for %j = %c0 to %c8 step %c1 iter_args(%b = %x) -> memref<8xf32> {
      // expected-error @below {{expected a buffer that one iteration of the loop around it uses}}
      %a = memref.alloc() : memref<8xf32>
      %v = memref.load %b[%j] : memref<8xf32>
      memref.store %v, %a[%j] : memref<8xf32>
      scf.yield %a : memref<8xf32>
    }
  }
  return
}

// -----

// expected-error @below {{expected a function of one block without results}}
func.func @result(%x: memref<8xf32>) -> memref<8xf32> attributes {attn.signature = []} {
  return %x : memref<8xf32>
}
