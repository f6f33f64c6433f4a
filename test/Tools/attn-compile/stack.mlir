// What an exported function puts on the stack, together with what it calls, is
// bounded: 64 KiB. Not inlined, the two halves have a frame each.
// RUN: split-file %s %t
// RUN: attn-compile %t/half.mlir --target=x86-64-v3 --emit=asm | FileCheck %s --check-prefix=HALF
// RUN: not attn-compile %t/both.mlir --target=x86-64-v3 -o %t/both.o 2>&1 | FileCheck %s --check-prefix=BOTH
// RUN: not attn-compile %t/varies.mlir --target=x86-64-v3 -o %t/varies.o 2>&1 | FileCheck %s --check-prefix=VARIES

// HALF: subq ${{[34][0-9][0-9][0-9][0-9]}}, %rsp
// BOTH: both.mlir:{{.*}}: error: expected 'f{{[a-z_]*}}' to take at most 65536 bytes of stack but found {{79...|80...}}
// VARIES: varies.mlir:{{.*}}: error: expected '{{.*}}' to take at most 65536 bytes of stack but found an amount that depends on the run

//--- half.mlir
func.func @f(%a: tensor<2xf32>, %i: index, %j: index) -> tensor<2xf32> {
  %c0 = arith.constant 0 : index
  %x = tensor.extract %a[%c0] : tensor<2xf32>
  %m = memref.alloca() : memref<10000xf32>
  memref.store %x, %m[%i] : memref<10000xf32>
  %y = memref.load %m[%j] : memref<10000xf32>
  %r = tensor.insert %y into %a[%c0] : tensor<2xf32>
  return %r : tensor<2xf32>
}

//--- both.mlir
func.func private @half(%x: f32, %i: index, %j: index) -> f32 attributes {no_inline} {
  %m = memref.alloca() : memref<10000xf32>
  memref.store %x, %m[%i] : memref<10000xf32>
  %y = memref.load %m[%j] : memref<10000xf32>
  return %y : f32
}
func.func @f(%a: tensor<2xf32>, %i: index, %j: index) -> tensor<2xf32> {
  %c0 = arith.constant 0 : index
  %x = tensor.extract %a[%c0] : tensor<2xf32>
  %m = memref.alloca() : memref<10000xf32>
  memref.store %x, %m[%i] : memref<10000xf32>
  %y = memref.load %m[%j] : memref<10000xf32>
  %z = func.call @half(%y, %i, %j) : (f32, index, index) -> f32
  %r = tensor.insert %z into %a[%c0] : tensor<2xf32>
  return %r : tensor<2xf32>
}

//--- varies.mlir
func.func @f(%a: tensor<2xf32>, %n: index, %j: index) -> tensor<2xf32> {
  %c0 = arith.constant 0 : index
  %x = tensor.extract %a[%c0] : tensor<2xf32>
  %m = memref.alloca(%n) : memref<?xf32>
  memref.store %x, %m[%c0] : memref<?xf32>
  %y = memref.load %m[%j] : memref<?xf32>
  %r = tensor.insert %y into %a[%c0] : tensor<2xf32>
  return %r : tensor<2xf32>
}
