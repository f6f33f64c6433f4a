// An object needs libc and libm only; what would need more is refused.
// RUN: attn-compile %s --pipeline=reference --target=x86-64-v3 -o %t.o
// RUN: llvm-nm --undefined-only %t.o | FileCheck %s
// RUN: not attn-compile %s --pipeline=reference --target=x86-64 -o %t.o 2>&1 | FileCheck %s --check-prefix=REFUSED

// CHECK: U exp
// CHECK-NOT: U __
// REFUSED: error: the code for this target needs function '__{{.*}}2', which neither libc nor libm has; a target with more instructions may do without it
func.func @convert(%h: tensor<8xf16>) -> tensor<8xf64> {
  %e = tensor.empty() : tensor<8xf64>
  %r = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
                       iterator_types = ["parallel"]}
      ins(%h : tensor<8xf16>) outs(%e : tensor<8xf64>) {
  ^bb0(%x: f16, %ignored: f64):
    %0 = arith.extf %x : f16 to f64
    %1 = math.exp %0 : f64
    linalg.yield %1 : f64
  } -> tensor<8xf64>
  return %r : tensor<8xf64>
}
