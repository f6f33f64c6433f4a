// RUN: attn-opt %s --split-input-file --verify-diagnostics \
// RUN:   --pass-pipeline='builtin.module(attn-cpu-bf16-bits)' | FileCheck %s

// What is loaded, selected and stored are 16 bits; an argument keeps its type.

// CHECK-LABEL: llvm.func @moves
// CHECK-SAME:    %[[SCALAR:[a-z0-9]+]]: bf16
// CHECK:         %[[BITS:.*]] = llvm.bitcast %[[SCALAR]] : bf16 to i16
// CHECK:         llvm.mlir.constant(16256 : i16) : i16
// CHECK:         llvm.mlir.constant(dense<16256> : vector<8xi16>)
// CHECK:         llvm.load %{{.*}} -> vector<8xi16>
// CHECK:         llvm.select %{{.*}} : i1, vector<8xi16>
// CHECK:         llvm.br ^bb1(%[[BITS]] : i16)
// CHECK:       ^bb1(%[[X:.*]]: i16):
// CHECK:         llvm.store %[[X]]
llvm.func @moves(%p: !llvm.ptr, %scalar: bf16, %c: i1) {
  %one = llvm.mlir.constant(1.0 : bf16) : bf16
  %ones = llvm.mlir.constant(dense<1.0> : vector<8xbf16>) : vector<8xbf16>
  %x = llvm.load %p {alignment = 2 : i64} : !llvm.ptr -> vector<8xbf16>
  %y = llvm.select %c, %x, %ones : i1, vector<8xbf16>
  llvm.store %y, %p {alignment = 2 : i64} : vector<8xbf16>, !llvm.ptr
  llvm.store %one, %p : bf16, !llvm.ptr
  llvm.br ^bb1(%scalar : bf16)
^bb1(%z: bf16):
  llvm.store %z, %p : bf16, !llvm.ptr
  llvm.return
}

// -----

llvm.func @sum(%p: !llvm.ptr) {
  %x = llvm.load %p : !llvm.ptr -> bf16
  // expected-error @below {{'llvm.fadd' op calculates in bf16, which this target cannot}}
  %y = llvm.fadd %x, %x : bf16
  llvm.store %y, %p : bf16, !llvm.ptr
  llvm.return
}

// -----

// A call within the module passes what its callee takes.
// CHECK-LABEL: llvm.func @callee(
// CHECK-SAME: bf16
llvm.func @callee(%x: bf16) {
  llvm.return
}
// CHECK-LABEL: llvm.func @caller(
// CHECK: %[[BITS:.*]] = llvm.load %{{.*}} -> i16
// CHECK: %[[VALUE:.*]] = llvm.bitcast %[[BITS]] : i16 to bf16
// CHECK: llvm.call @callee(%[[VALUE]]) : (bf16) -> ()
llvm.func @caller(%p: !llvm.ptr) {
  %x = llvm.load %p : !llvm.ptr -> bf16
  llvm.call @callee(%x) : (bf16) -> ()
  llvm.return
}
