// An object needs libc and libm only; what would need more is refused.
// RUN: attn-compile %s --target=x86-64-v3 -o %t.o
// RUN: llvm-nm --undefined-only %t.o | FileCheck %s
// RUN: not attn-compile %s --target=x86-64 -o %t.o 2>&1 | FileCheck %s --check-prefix=REFUSED

// CHECK: U expf
// CHECK-NOT: U __
// REFUSED: error: the code for this target needs function '__{{.*}}2', which neither libc nor libm has; a target with more instructions may do without it
func.func @exp(%x: tensor<8xf32>, %h: tensor<8xf16>) -> (tensor<8xf32>, tensor<8xf32>) {
  %r = math.exp %x : tensor<8xf32>
  %w = arith.extf %h : tensor<8xf16> to tensor<8xf32>
  return %r, %w : tensor<8xf32>, tensor<8xf32>
}
