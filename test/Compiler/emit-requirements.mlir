// What operations ask of sizes and bounds, checked behind the sizes themselves and
// behind the data pointers.
// RUN: attn-opt %s --attn-outline-phases --canonicalize --scf-forall-to-for --convert-scf-to-cf --arith-expand --finalize-memref-to-llvm --convert-arith-to-llvm --convert-func-to-llvm --convert-cf-to-llvm --reconcile-unrealized-casts --attn-emit-entry-points | FileCheck %s

// CHECK: llvm.func internal @rules_check(%[[X:.*]]: !llvm.ptr, %[[C:.*]]: !llvm.ptr) -> i32
// CHECK: llvm.getelementptr %[[X]][0, 1, 0]
// CHECK-NEXT: %[[N0:.*]] = llvm.load
// CHECK: llvm.getelementptr %[[X]][0, 1, 1]
// CHECK-NEXT: %[[N1:.*]] = llvm.load
// CHECK: %[[DATA:.*]] = llvm.load %[[C]]
// CHECK: llvm.getelementptr %[[C]][0, 1, 0]
// CHECK-NEXT: %[[N2:.*]] = llvm.load

// Division by 0 is none: 0 divides 0 alone.
// CHECK: llvm.icmp "slt" %[[N2]]
// CHECK: %[[ZERO:.*]] = llvm.mlir.constant(0 : i64)
// CHECK: %[[NONE:.*]] = llvm.icmp "eq" %[[N0]], %[[ZERO]]
// CHECK: %[[DIVISOR:.*]] = llvm.select %[[NONE]], %{{.*}}, %[[N0]]
// CHECK: %[[REST:.*]] = llvm.urem %[[N1]], %[[DIVISOR]]
// CHECK: llvm.select %[[NONE]], %[[N1]], %[[REST]]

// One divides the other.
// CHECK: llvm.urem %[[N1]],
// CHECK: llvm.urem %[[N2]],
// CHECK: llvm.and

// The larger of two.
// CHECK: %[[LARGER:.*]] = llvm.icmp "sgt" %[[N1]], %[[N2]]
// CHECK: %[[MAX:.*]] = llvm.select %[[LARGER]], %[[N1]], %[[N2]]
// CHECK: llvm.icmp "ne" %[[N0]], %[[MAX]]

// One more, and one.
// CHECK: %[[SUM:.*]] = llvm.add %[[N1]]
// CHECK: llvm.icmp "ne" %[[N2]], %[[SUM]]
// CHECK: %[[ONE:.*]] = llvm.mlir.constant(1 : i64)
// CHECK: llvm.icmp "ne" %[[N0]], %[[ONE]]
// CHECK: %[[SIZE:.*]] = llvm.mlir.constant(3 : i32)
// CHECK: llvm.cond_br %{{.*}}, ^[[EXIT:bb[0-9]+]](%[[SIZE]] : i32), ^

// Strides and pointers, then bounds.
// CHECK: llvm.mlir.constant(4 : i32)
// CHECK: llvm.mlir.constant(1 : i32)
// CHECK: llvm.br ^[[NEXT:bb[0-9]+]](
// CHECK: ^[[NEXT]](%[[I:.*]]: i64, %[[BEFORE:.*]]: i64):
// CHECK: %[[MORE:.*]] = llvm.icmp "slt" %[[I]], %[[N2]]
// CHECK: llvm.cond_br %[[MORE]], ^{{.*}}, ^[[DONE:bb[0-9]+]](
// CHECK: llvm.getelementptr %[[DATA]][%[[I]]] : (!llvm.ptr, i64) -> !llvm.ptr, i32
// CHECK: %[[BOUND:.*]] = llvm.sext
// CHECK: llvm.icmp "slt" %[[BOUND]], %[[BEFORE]]
// CHECK: llvm.icmp "sgt" %[[BOUND]], %[[N1]]
// CHECK: llvm.cond_br %{{.*}}, ^[[DONE]](%{{.*}} : i1), ^[[NEXT]](%{{.*}}, %[[BOUND]] : i64, i64)
// CHECK: ^[[DONE]](%[[WRONG:.*]]: i1):
// CHECK: %[[DATA6:.*]] = llvm.mlir.constant(6 : i32)
// CHECK: llvm.cond_br %[[WRONG]], ^[[EXIT]](%[[DATA6]] : i32), ^

// The entry keeps them for the header.
// CHECK: llvm.func @rules(
// CHECK-SAME: attn.requirements

func.func @rules(%x: memref<?x?xf32>, %c: memref<?xi32>) attributes {
    attn.requirements = [
      {rule = "divides", sizes = array<i64: 0, 1>},
      {rule = "either_divides", sizes = array<i64: 2, 1>},
      {rule = "larger_of", sizes = array<i64: 0, 1, 2>},
      {rule = "one_more", sizes = array<i64: 2, 1>},
      {rule = "is_one", sizes = array<i64: 0>},
      {argument = 1 : i64, rule = "ascending", sizes = array<i64: 1>}],
    attn.signature = [
      {name = "x", role = "input", sizes = array<i64: 0, 1>, type = tensor<?x?xf32>},
      {name = "c", role = "input", sizes = array<i64: 2>, type = tensor<?xi32>}]} {
  return
}
