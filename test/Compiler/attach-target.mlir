// Target attributes on every function.
// RUN: attn-opt %s --attn-attach-target=target=x86-64-v4 | FileCheck %s --check-prefixes=CHECK,V4
// RUN: attn-opt %s --attn-attach-target=target=x86-64-v3,+avx512f,-movbe | FileCheck %s --check-prefixes=CHECK,MIXED
// RUN: attn-opt %s --attn-attach-target=target=x86-64 | FileCheck %s --check-prefixes=CHECK,BASE
// RUN: attn-opt %s --attn-attach-target=target=aarch64-linux-gnu:neoverse-n1 | FileCheck %s --check-prefixes=ARM

// CHECK: module attributes {llvm.data_layout = "e-m:e-{{.*}}", llvm.target_triple = "x86_64-unknown-linux-gnu"}
// ARM: module attributes {llvm.data_layout = "e-m:e-{{.*}}", llvm.target_triple = "aarch64-unknown-linux-gnu"}

// CHECK-LABEL: llvm.func @expf(f32) -> f32
// CHECK-SAME: no_unwind
// CHECK-NOT: target_cpu
llvm.func @expf(f32) -> f32

// CHECK: llvm.func @f()
// CHECK-SAME: no_unwind
// V4-SAME: prefer_vector_width = "512"
// V4-SAME: target_cpu = "x86-64"
// V4-SAME: target_features = #llvm.target_features<["+sse3", {{.*}}"+fma", "+avx2", "+avx512f"{{.*}}]>
// V4-SAME: tune_cpu = "x86-64-v4"
// MIXED-SAME: prefer_vector_width = "512"
// MIXED-NOT: movbe
// MIXED-SAME: "+avx512f"
// MIXED-NOT: avx512vl
// MIXED-SAME: tune_cpu = "x86-64-v3"
// BASE-SAME: prefer_vector_width = "128"
// BASE-NOT: target_features
// BASE-SAME: tune_cpu = "x86-64"
// ARM: llvm.func @f()
// ARM-SAME: prefer_vector_width = "128"
// ARM-SAME: target_cpu = "generic"
// ARM-SAME: tune_cpu = "neoverse-n1"
llvm.func @f() {
  llvm.return
}
