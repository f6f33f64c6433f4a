// RUN: not attn-opt %s --attn-attach-target=target=x86-64-v9 2>&1 | FileCheck %s --check-prefix=CPU
// RUN: not attn-opt %s --attn-attach-target=target=pentium4 2>&1 | FileCheck %s --check-prefix=OLD
// RUN: not attn-opt %s --attn-attach-target=target=znver4,avx2 2>&1 | FileCheck %s --check-prefix=SIGN
// RUN: not attn-opt %s --attn-attach-target=target=znver4,+mmx2 2>&1 | FileCheck %s --check-prefix=FEATURE
// RUN: not attn-opt %s --attn-attach-target=target=aarch64-linux-gnu:neoverse-v1,+sve 2>&1 | FileCheck %s --check-prefix=SVE
// RUN: not attn-opt %s --attn-attach-target=target=riscv64-linux-gnu:sifive-u74 2>&1 | FileCheck %s --check-prefix=TRIPLE

// CPU: error: unknown CPU 'x86-64-v9' for x86_64; expected 'native', a level such as 'x86-64-v3', or a CPU name of LLVM such as 'znver4'
// OLD: error: unknown CPU 'pentium4' for x86_64
// SIGN: error: expected '+feature' or '-feature' after the CPU but found 'avx2'
// FEATURE: error: unknown feature 'mmx2' for x86_64; known features: sse3, {{.*}}avx512bf16
// SVE: error: unknown feature 'sve' for aarch64; known features: none
// TRIPLE: error: expected a target triple of x86_64 or aarch64 Linux but found 'riscv64-linux-gnu'
llvm.func @f() {
  llvm.return
}
