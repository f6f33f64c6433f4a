// The check of the instruction set at run time.
// RUN: attn-opt %s --attn-emit-entry-points --split-input-file | FileCheck %s

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

// CHECK: llvm.func internal @f_check(
// CHECK-NOT: target_features
// CHECK: %[[OK:.*]] = llvm.call @attn_cpu_is_supported() : () -> i1
// CHECK: %[[FALSE:.*]] = llvm.mlir.constant(false)
// CHECK: %[[LACKS:.*]] = llvm.icmp "eq" %[[OK]], %[[FALSE]]
// CHECK: %[[STATUS:.*]] = llvm.mlir.constant(7 : i32)
// CHECK: llvm.cond_br %[[LACKS]], ^{{.*}}(%[[STATUS]] : i32), ^
// CHECK: llvm.br

// One check serves all functions.
// CHECK: llvm.func internal @g_check(
// CHECK: llvm.call @attn_cpu_is_supported()
llvm.func @w(%x: f32) -> !llvm.struct<(i64, i64)> {
  %u = llvm.mlir.undef : !llvm.struct<(i64, i64)>
  llvm.return %u : !llvm.struct<(i64, i64)>
}
#features = #llvm.target_features<["+avx2", "+avx512f", "+avx512bf16"]>
llvm.func @f(%x: f32, %w0: !llvm.ptr, %w1: !llvm.ptr, %w2: i64, %w3: i64, %w4: i64, %s0: !llvm.ptr, %s1: !llvm.ptr, %s2: i64, %s3: i64, %s4: i64, %n: i64) attributes {
    attn.phases = {workspace = @w, phases = []}, target_cpu = "x86-64", target_features = #features,
    attn.signature = [{name = "x", role = "input", sizes = array<i64>, type = f32}]} {
  llvm.return
}
llvm.func @g(%x: f32, %w0: !llvm.ptr, %w1: !llvm.ptr, %w2: i64, %w3: i64, %w4: i64, %s0: !llvm.ptr, %s1: !llvm.ptr, %s2: i64, %s3: i64, %s4: i64, %n: i64) attributes {
    attn.phases = {workspace = @w, phases = []}, target_cpu = "x86-64", target_features = #features,
    attn.signature = [{name = "x", role = "input", sizes = array<i64>, type = f32}]} {
  llvm.return
}

// -----

// SSE needs no support of the operating system.
// CHECK: llvm.func internal @attn_cpu_is_supported()
// CHECK-NOT: xgetbv
// CHECK: llvm.func internal @sse_check(
// CHECK: llvm.func @sse_in_workspace(
llvm.func @w(%x: f32) -> !llvm.struct<(i64, i64)> {
  %u = llvm.mlir.undef : !llvm.struct<(i64, i64)>
  llvm.return %u : !llvm.struct<(i64, i64)>
}
llvm.func @sse(%x: f32, %w0: !llvm.ptr, %w1: !llvm.ptr, %w2: i64, %w3: i64, %w4: i64, %s0: !llvm.ptr, %s1: !llvm.ptr, %s2: i64, %s3: i64, %s4: i64, %n: i64) attributes {
    attn.phases = {workspace = @w, phases = []}, target_cpu = "x86-64",
    target_features = #llvm.target_features<["+sse4.1"]>,
    attn.signature = [{name = "x", role = "input", sizes = array<i64>, type = f32}]} {
  llvm.return
}

// -----

// The baseline is not tested.
// CHECK-NOT: attn_cpu_is_supported
// CHECK: llvm.func internal @baseline_check(
// CHECK-NOT: attn_cpu_is_supported
// CHECK: llvm.func @baseline_in_workspace(
llvm.func @w(%x: f32) -> !llvm.struct<(i64, i64)> {
  %u = llvm.mlir.undef : !llvm.struct<(i64, i64)>
  llvm.return %u : !llvm.struct<(i64, i64)>
}
llvm.func @baseline(%x: f32, %w0: !llvm.ptr, %w1: !llvm.ptr, %w2: i64, %w3: i64, %w4: i64, %s0: !llvm.ptr, %s1: !llvm.ptr, %s2: i64, %s3: i64, %s4: i64, %n: i64) attributes {
    attn.phases = {workspace = @w, phases = []}, target_cpu = "x86-64",
    attn.signature = [{name = "x", role = "input", sizes = array<i64>, type = f32}]} {
  llvm.return
}
