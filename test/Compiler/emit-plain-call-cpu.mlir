// The check of the instruction set at run time.
// RUN: attn-opt %s --attn-emit-plain-call --split-input-file | FileCheck %s

// AVX-512 asks CPUID leaf 1 for the operating system's support, leaf 7 for the
// instructions, and XCR0 for the registers; the answer is kept.

// CHECK: llvm.mlir.global internal @attn_cpu_state(0 : i32)

// CHECK: llvm.func internal @attn_cpu_is_supported() -> i1
// CHECK-SAME: target_cpu = "x86-64"
// CHECK-NOT: target_features
// CHECK: %[[KNOWN:.*]] = llvm.load %{{.*}} atomic monotonic
// CHECK: llvm.inline_asm has_side_effects asm_dialect = att "cpuid", "={ax},={bx},={cx},={dx},{ax},{cx}"
// CHECK: llvm.cond_br %{{.*}}, ^[[REGISTERS:.*]], ^[[REMEMBER:bb[0-9]+]](
// CHECK: ^[[REGISTERS]]:
// CHECK: llvm.inline_asm has_side_effects asm_dialect = att "xgetbv", "={ax},={dx},{cx}"
// CHECK: llvm.mlir.constant(230 : i32)
// CHECK: ^[[REMEMBER]](
// CHECK: llvm.store %{{.*}}, %{{.*}} atomic monotonic

// CHECK: llvm.func @f(
// CHECK-NOT: target_features
// CHECK: %[[OK:.*]] = llvm.call @attn_cpu_is_supported() : () -> i1
// CHECK: %[[TRUE:.*]] = llvm.mlir.constant(true)
// CHECK: %[[LACKS:.*]] = llvm.xor %[[OK]], %[[TRUE]]
// CHECK: %[[STATUS:.*]] = llvm.mlir.constant(7 : i32)
// CHECK: llvm.cond_br %[[LACKS]], ^{{.*}}(%[[STATUS]] : i32), ^
// CHECK: llvm.call @f_kernel(

// One check serves all functions.
// CHECK: llvm.func @g(
// CHECK: llvm.call @attn_cpu_is_supported()
#features = #llvm.target_features<["+avx2", "+avx512f", "+avx512bf16"]>
llvm.func @f(%x: f32) attributes {target_cpu = "x86-64", target_features = #features,
    attn.signature = [{name = "x", role = "input", sizes = array<i64>, type = f32}]} {
  llvm.return
}
llvm.func @g(%x: f32) attributes {target_cpu = "x86-64", target_features = #features,
    attn.signature = [{name = "x", role = "input", sizes = array<i64>, type = f32}]} {
  llvm.return
}

// -----

// SSE needs no support of the operating system.
// CHECK: llvm.func internal @attn_cpu_is_supported()
// CHECK-NOT: xgetbv
// CHECK: llvm.func @sse(
// CHECK: llvm.call @sse_kernel(
llvm.func @sse(%x: f32) attributes {target_cpu = "x86-64",
    target_features = #llvm.target_features<["+sse4.1"]>,
    attn.signature = [{name = "x", role = "input", sizes = array<i64>, type = f32}]} {
  llvm.return
}

// -----

// The baseline is not tested.
// CHECK-NOT: attn_cpu_is_supported
// CHECK: llvm.func @baseline(
// CHECK-NOT: attn_cpu_is_supported
// CHECK: llvm.call @baseline_kernel(
llvm.func @baseline(%x: f32) attributes {target_cpu = "x86-64",
    attn.signature = [{name = "x", role = "input", sizes = array<i64>, type = f32}]} {
  llvm.return
}
