// Instruction sets by target.
// RUN: attn-compile %s --target=x86-64-v4 --emit=asm | FileCheck %s --check-prefix=V4
// RUN: attn-compile %s --target=sapphirerapids --emit=asm | FileCheck %s --check-prefix=V4
// RUN: attn-compile %s --target=znver4 --emit=asm | FileCheck %s --check-prefix=V4
// RUN: attn-compile %s --target=x86-64-v3 --emit=asm | FileCheck %s --check-prefix=V3
// RUN: attn-compile %s --target=znver4,-avx512f --emit=asm | FileCheck %s --check-prefix=V3
// RUN: attn-compile %s --target=x86-64 --emit=asm | FileCheck %s --check-prefix=BASE
// RUN: attn-compile %s --target=aarch64-linux-gnu:neoverse-n1 --emit=asm | FileCheck %s --check-prefix=ARM
// RUN: attn-compile %s --target=native --emit=obj -o %t.o
// RUN: llvm-nm %t.o | FileCheck %s --check-prefix=NATIVE

// V4: square_kernel:
// V4: vmulps {{.*}}zmm
// V3: square_kernel:
// V3-NOT: zmm
// V3: vmulps {{.*}}ymm
// V3-NOT: zmm
// The baseline is not asked for, and the kernel may be inlined.
// BASE: square:
// BASE-NOT: cpuid
// BASE: mulps {{.*}}xmm
// BASE-NOT: cpuid
// ARM: square_kernel:
// ARM: fmul v{{[0-9]+}}.4s
// NATIVE: T square
func.func @square(%x: tensor<64xf32>) -> tensor<64xf32> {
  %e = tensor.empty() : tensor<64xf32>
  %r = linalg.square ins(%x : tensor<64xf32>) outs(%e : tensor<64xf32>) -> tensor<64xf32>
  return %r : tensor<64xf32>
}
