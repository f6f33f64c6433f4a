// Entry points for kernels without target features. The passes before make the
// kernels, whose functions take a workspace.
// RUN: attn-opt %s --attn-outline-phases --canonicalize --scf-forall-to-for --convert-scf-to-cf --arith-expand --finalize-memref-to-llvm --convert-arith-to-llvm --convert-func-to-llvm --convert-cf-to-llvm --reconcile-unrealized-casts --attn-emit-entry-points --split-input-file | FileCheck %s
// RUN: attn-opt %s --attn-outline-phases --canonicalize --scf-forall-to-for --convert-scf-to-cf --arith-expand --finalize-memref-to-llvm --convert-arith-to-llvm --convert-func-to-llvm --convert-cf-to-llvm --reconcile-unrealized-casts --attn-emit-entry-points=symbol-prefix=my_ --split-input-file | FileCheck %s --check-prefix=PREFIX

#x = strided<[?, 1], offset: ?>

// CHECK: llvm.func internal @copy_grid0(
// CHECK: llvm.func internal @copy_tile0(
// Scratch belongs to one worker.
// CHECK-SAME: %{{[a-z0-9]+}}: !llvm.ptr {llvm.align = 64 : i64, llvm.noalias}, %{{[a-z0-9]+}}: i64, %{{[a-z0-9]+}}: i64, %{{[a-z0-9]+}}: i64, %{{[a-z0-9]+}}: i64)
// CHECK: llvm.func internal @copy_workspace(
// CHECK: llvm.func internal @copy_kernel(
// CHECK-NOT: attn.
// CHECK: llvm.return

// All checks of one tensor that is copied into another.

// CHECK: llvm.func internal @copy_check(%[[X:.*]]: !llvm.ptr, %[[Y:.*]]: !llvm.ptr) -> i32
// CHECK: %[[NULL0:.*]] = llvm.mlir.zero : !llvm.ptr
// CHECK: llvm.icmp "eq" %[[X]], %[[NULL0]]
// CHECK: %[[NULL1:.*]] = llvm.mlir.zero : !llvm.ptr
// CHECK: llvm.icmp "eq" %[[Y]], %[[NULL1]]
// CHECK: %[[E1:.*]] = llvm.mlir.constant(1 : i32)
// CHECK: llvm.cond_br %{{.*}}, ^[[EXIT:bb[0-9]+]](%[[E1]] : i32), ^
// CHECK: ^[[EXIT]](%[[STATUS:.*]]: i32):
// CHECK: llvm.return %[[STATUS]] : i32

// The struct of %x, then that of %y.
// CHECK: llvm.load %[[X]] {alignment = 8 : i64} : !llvm.ptr -> !llvm.ptr
// CHECK: llvm.getelementptr %[[X]][0, 1, 0] : (!llvm.ptr) -> !llvm.ptr, !llvm.struct<(ptr, array<2 x i64>, array<2 x i64>)>
// CHECK: %[[XN:.*]] = llvm.load
// CHECK: llvm.getelementptr %[[X]][0, 2, 0]
// CHECK: llvm.getelementptr %[[X]][0, 1, 1]
// CHECK: %[[XM:.*]] = llvm.load
// CHECK: llvm.getelementptr %[[X]][0, 2, 1]
// CHECK: %[[XT:.*]] = llvm.load
// CHECK: llvm.load %[[Y]]
// CHECK: llvm.getelementptr %[[Y]][0, 1, 0]
// CHECK: %[[YN:.*]] = llvm.load

// Sizes: not negative, the compiled one, equal to each other.
// CHECK: llvm.icmp "slt" %[[XN]], %{{.*}} : i64
// CHECK: llvm.icmp "ne" %[[XM]], %{{.*}} : i64
// CHECK: llvm.icmp "ne" %[[YN]], %[[XN]] : i64
// CHECK: %[[E3:.*]] = llvm.mlir.constant(3 : i32)
// CHECK: llvm.cond_br %{{.*}}, ^[[EXIT]](%[[E3]] : i32), ^

// Innermost strides.
// CHECK: llvm.icmp "sgt" %[[XM]], %{{.*}} : i64
// CHECK: llvm.icmp "ne" %[[XT]], %{{.*}} : i64
// CHECK: %[[E4:.*]] = llvm.mlir.constant(4 : i32)
// CHECK: llvm.cond_br %{{.*}}, ^[[EXIT]](%[[E4]] : i32), ^

// Data may be missing only where there are no elements.
// CHECK: %[[E5:.*]] = llvm.mlir.constant(1 : i32)
// CHECK: llvm.cond_br %{{.*}}, ^[[EXIT]](%[[E5]] : i32), ^
// CHECK: %[[OK:.*]] = llvm.mlir.constant(0 : i32)
// CHECK: llvm.br ^[[EXIT]](%[[OK]] : i32)

// In a workspace: a status of the check ends the call; a workspace is allocated
// only if none is given; one that is too small gives status 5.
// CHECK: llvm.func @copy_in_workspace(%[[X:.*]]: !llvm.ptr, %[[Y:.*]]: !llvm.ptr, %[[WS:.*]]: !llvm.ptr, %[[SIZE:.*]]: i64, %{{.*}}: i32) -> i32
// CHECK: %[[STATUS:.*]] = llvm.call @copy_check(%[[X]], %[[Y]])
// CHECK: llvm.cond_br %{{.*}}, ^[[EXIT:bb[0-9]+]](%[[STATUS]] : i32), ^
// CHECK: llvm.call @copy_workspace(
// CHECK: %[[E5:.*]] = llvm.mlir.constant(5 : i32)
// CHECK: llvm.icmp "eq" %[[WS]]
// CHECK: llvm.call @malloc(
// CHECK: llvm.cond_br %{{.*}}, ^[[EXIT]](%[[E5]] : i32), ^
// CHECK: llvm.add %[[SIZE]],
// CHECK: llvm.cond_br %{{.*}}, ^[[EXIT]](%[[E5]] : i32), ^
// CHECK: llvm.call @copy_kernel(
// CHECK: llvm.call @free(

// The plain call brings no workspace.
// CHECK: llvm.func @copy(%[[X:.*]]: !llvm.ptr, %[[Y:.*]]: !llvm.ptr, %[[THREADS:.*]]: i32) -> i32
// CHECK-SAME: attn.signature
// CHECK: %[[NULL:.*]] = llvm.mlir.zero : !llvm.ptr
// CHECK: %[[NONE:.*]] = llvm.mlir.constant(0 : i64)
// CHECK: llvm.call @copy_in_workspace(%[[X]], %[[Y]], %[[NULL]], %[[NONE]], %[[THREADS]])

// CHECK: llvm.func @copy_workspace_size(%{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %[[SHARED:.*]]: !llvm.ptr, %[[PER:.*]]: !llvm.ptr) -> i32
// CHECK: llvm.store %{{.*}}, %[[SHARED]]
// CHECK: llvm.store %{{.*}}, %[[PER]]

// CHECK: llvm.func @copy_phases(%{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr) -> i32
// CHECK: %[[STATUS:.*]] = llvm.call @copy_check(
// CHECK: %[[NEGATED:.*]] = llvm.sub %{{.*}}, %[[STATUS]]
// CHECK: llvm.cond_br %{{.*}}, ^{{.*}}(%[[NEGATED]] : i32), ^
// CHECK: llvm.mlir.constant(1 : i32)

// CHECK: llvm.func @copy_grid(%{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %[[PHASE:.*]]: i32) -> i64
// CHECK: %[[WIDE:.*]] = llvm.sext
// CHECK: llvm.cond_br %{{.*}}, ^{{.*}}(%[[WIDE]] : i64), ^
// CHECK: %[[UNKNOWN:.*]] = llvm.mlir.constant(-8 : i64)
// CHECK: llvm.switch %[[PHASE]] : i32
// CHECK: %[[TILES:.*]] = llvm.call @copy_grid0(
// CHECK: llvm.br ^{{.*}}(%[[TILES]] : i64)

// CHECK: llvm.func @copy_tile(%{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %[[PHASE:.*]]: i32, %[[TILE:.*]]: i64) -> i32
// CHECK: %[[UNKNOWN:.*]] = llvm.mlir.constant(8 : i32)
// CHECK: llvm.switch %[[PHASE]] : i32
// CHECK: %[[TILES:.*]] = llvm.call @copy_grid0(
// CHECK: %[[NOTILE:.*]] = llvm.icmp "uge" %[[TILE]], %[[TILES]]
// CHECK: llvm.cond_br %[[NOTILE]], ^{{.*}}(%[[UNKNOWN]] : i32), ^
// CHECK: llvm.call @copy_tile0(

// PREFIX: llvm.func internal @copy_kernel(
// PREFIX: llvm.func @my_copy_in_workspace(
// PREFIX: llvm.func @my_copy(
func.func @copy(%x: memref<?x8xf32, #x>, %y: memref<?x8xf32, #x>)
    attributes {attn.signature = [
    {name = "x", role = "input", sizes = array<i64: 0, 1>, type = tensor<?x8xf32>},
    {name = "y", role = "output", sizes = array<i64: 0, 1>, type = tensor<?x8xf32>}]} {
  %c0 = arith.constant 0 : index
  %n = memref.dim %x, %c0 : memref<?x8xf32, #x>
  scf.forall (%i) in (%n) {
    %v = memref.load %x[%i, %c0] : memref<?x8xf32, #x>
    memref.store %v, %y[%i, %c0] : memref<?x8xf32, #x>
  }
  return
}

// -----

// Scalars arrive in their C types; a tensor of rank 0 has a pointer only.

// CHECK: llvm.func @scalars_in_workspace(%[[H:.*]]: i16, %[[B:.*]]: i16, %[[F:.*]]: f32, %[[P:.*]]: i8, %[[N:.*]]: i32, %[[R:.*]]: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: i64, %{{.*}}: i32) -> i32
// CHECK: %[[HALF:.*]] = llvm.bitcast %[[H]] : i16 to f16
// CHECK: %[[BRAIN:.*]] = llvm.bitcast %[[B]] : i16 to bf16
// CHECK: %[[ZERO:.*]] = llvm.mlir.constant(0 : i8) : i8
// CHECK: %[[FLAG:.*]] = llvm.icmp "ne" %[[P]], %[[ZERO]] : i8
// CHECK: %[[DATA:.*]] = llvm.load %[[R]]
// CHECK: %[[OFFSET:.*]] = llvm.mlir.constant(0 : i64)
// CHECK: llvm.call @scalars_workspace(%[[HALF]], %[[BRAIN]], %[[F]], %[[FLAG]], %[[N]], %[[DATA]], %[[DATA]], %[[OFFSET]])
func.func @scalars(%h: f16, %b: bf16, %f: f32, %p: i1, %n: i32, %r: memref<f32, strided<[], offset: ?>>)
    attributes {attn.signature = [
    {name = "h", role = "input", sizes = array<i64>, type = f16},
    {name = "b", role = "input", sizes = array<i64>, type = bf16},
    {name = "f", role = "input", sizes = array<i64>, type = f32},
    {name = "p", role = "input", sizes = array<i64: 0>, type = i1},
    {name = "n", role = "input", sizes = array<i64: 1>, type = i32},
    {name = "r", role = "output", sizes = array<i64>, type = tensor<f32>}]} {
  memref.store %f, %r[] : memref<f32, strided<[], offset: ?>>
  return
}

// -----

// An integer that is used as a size must equal that size.
// Functions without a signature are not exported.
// CHECK: llvm.func internal @helper()
func.func @helper() {
  return
}

// CHECK: llvm.func internal @scalar_size_check(%[[N:.*]]: i32, %[[R:.*]]: !llvm.ptr) -> i32
// CHECK: llvm.getelementptr %[[R]][0, 1, 0]
// CHECK: %[[SIZE:.*]] = llvm.load
// CHECK: %[[WIDE:.*]] = llvm.sext %[[N]] : i32 to i64
// CHECK: llvm.icmp "ne" %[[WIDE]], %[[SIZE]] : i64
func.func @scalar_size(%n: i32, %r: memref<?xf32, strided<[1], offset: ?>>)
    attributes {attn.signature = [
    {name = "n", role = "input", sizes = array<i64: 0>, type = i32},
    {name = "r", role = "output", sizes = array<i64: 0>, type = tensor<?xf32>}]} {
  return
}
