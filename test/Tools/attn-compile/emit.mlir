// Every kind of output.
// RUN: attn-compile %s --target=x86-64-v4 --emit=mlir | FileCheck %s --check-prefix=MLIR
// RUN: attn-compile %s --target=x86-64-v4 --emit=llvm | FileCheck %s --check-prefix=LLVM
// RUN: attn-compile %s --target=x86-64-v4 --emit=asm | FileCheck %s --check-prefix=ASM
// RUN: attn-compile %s --target=x86-64-v4 --emit=obj -o %t.o
// RUN: llvm-readelf --file-header %t.o | FileCheck %s --check-prefix=OBJ
// RUN: attn-compile %s --target=x86-64-v4 -o %t.default
// RUN: cmp %t.o %t.default
// RUN: attn-compile --emit=llvm --target=x86-64-v4 < %s | FileCheck %s --check-prefix=LLVM
// RUN: attn-opt %s --emit-bytecode -o %t.bc
// RUN: attn-compile %t.bc --target=x86-64-v4 --emit=llvm | FileCheck %s --check-prefix=LLVM

// MLIR: llvm.func internal @negate_kernel(
// MLIR: llvm.func @negate(%{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: i32) -> i32

// The module names neither a file nor a directory.
// LLVM: ModuleID = 'attn'
// LLVM: source_filename = "attn"
// LLVM: target triple = "x86_64-unknown-linux-gnu"
// LLVM: define internal {{.*}} @negate_tile0(
// LLVM: define {{.*}}i32 @negate(ptr {{.*}}, ptr {{.*}}, i32 {{.*}})
// LLVM: "target-features"="+sse3,{{.*}}+avx512f
// LLVM: !"PIC Level", i32 2
// LLVM: !"attn {{[0-9.]+}}"

// The kernel uses vectors of 512 bits, the entry point nothing beyond SSE2.
// ASM: .file "attn"
// ASM: negate_tile0:
// ASM: zmm
// ASM: {{^}}negate_check:
// ASM-NOT: {{[yz]mm}}
// ASM: cpuid
// ASM-NOT: {{[yz]mm}}
// ASM: .ident "attn {{[0-9.]+}}"

// OBJ: Type: REL
// OBJ: Machine: Advanced Micro Devices X86-64
func.func @negate(%x: tensor<64xf32>) -> tensor<64xf32> {
  %e = tensor.empty() : tensor<64xf32>
  %r = linalg.negf ins(%x : tensor<64xf32>) outs(%e : tensor<64xf32>) -> tensor<64xf32>
  return %r : tensor<64xf32>
}
