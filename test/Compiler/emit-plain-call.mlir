// Entry points for kernels without target features.
// RUN: attn-opt %s --attn-emit-plain-call --split-input-file | FileCheck %s
// RUN: attn-opt %s --attn-emit-plain-call=symbol-prefix=my_ --split-input-file | FileCheck %s --check-prefix=PREFIX

// All checks of one tensor that is copied into another. `threads` comes last and
// is not passed on, since the kernel does not take it.

// CHECK: llvm.func internal @copy_kernel(
// CHECK-NOT: attn.
// CHECK: llvm.return

// CHECK: llvm.func @copy(%[[X:.*]]: !llvm.ptr, %[[Y:.*]]: !llvm.ptr, %{{.*}}: i32) -> i32
// CHECK-SAME: attn.signature
// CHECK: %[[NULL0:.*]] = llvm.mlir.zero : !llvm.ptr
// CHECK: llvm.icmp "eq" %[[X]], %[[NULL0]]
// CHECK: %[[NULL1:.*]] = llvm.mlir.zero : !llvm.ptr
// CHECK: llvm.icmp "eq" %[[Y]], %[[NULL1]]
// CHECK: %[[E1:.*]] = llvm.mlir.constant(1 : i32)
// CHECK: llvm.cond_br %{{.*}}, ^[[EXIT:bb[0-9]+]](%[[E1]] : i32), ^

// The struct of %x, then that of %y.
// CHECK: %[[XDATA:.*]] = llvm.load %[[X]] {alignment = 8 : i64} : !llvm.ptr -> !llvm.ptr
// CHECK: llvm.getelementptr %[[X]][0, 1, 0] : (!llvm.ptr) -> !llvm.ptr, !llvm.struct<(ptr, array<2 x i64>, array<2 x i64>)>
// CHECK: %[[XN:.*]] = llvm.load
// CHECK: llvm.getelementptr %[[X]][0, 2, 0]
// CHECK: %[[XS:.*]] = llvm.load
// CHECK: llvm.getelementptr %[[X]][0, 1, 1]
// CHECK: %[[XM:.*]] = llvm.load
// CHECK: llvm.getelementptr %[[X]][0, 2, 1]
// CHECK: %[[XT:.*]] = llvm.load
// CHECK: %[[YDATA:.*]] = llvm.load %[[Y]]
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
// CHECK: %[[OFFSET:.*]] = llvm.mlir.constant(0 : i64)
// CHECK: %[[ONE:.*]] = llvm.mlir.constant(1 : i64)
// CHECK: llvm.call @copy_kernel(%[[XDATA]], %[[XDATA]], %[[OFFSET]], %[[XN]], %[[XM]], %[[XS]], %[[ONE]], %[[YDATA]]
// CHECK: %[[OK:.*]] = llvm.mlir.constant(0 : i32)
// CHECK: llvm.br ^[[EXIT]](%[[OK]] : i32)
// CHECK: ^[[EXIT]](%[[STATUS:.*]]: i32):
// CHECK: llvm.return %[[STATUS]] : i32

// PREFIX: llvm.func internal @copy_kernel(
// PREFIX: llvm.func @my_copy(
llvm.func @copy(%x0: !llvm.ptr {attn.name = "x"}, %x1: !llvm.ptr, %x2: i64, %x3: i64,
                %x4: i64, %x5: i64, %x6: i64, %y0: !llvm.ptr, %y1: !llvm.ptr, %y2: i64,
                %y3: i64, %y4: i64, %y5: i64, %y6: i64) attributes {attn.signature = [
    {name = "x", role = "input", sizes = array<i64: 0, 1>, type = tensor<?x8xf32>},
    {name = "y", role = "output", sizes = array<i64: 0, 1>, type = tensor<?x8xf32>}]} {
  llvm.return
}

// -----

// Scalars arrive in their C types; a tensor of rank 0 has a pointer only; the
// number of threads is passed on to a kernel that takes it.

// CHECK: llvm.func @scalars(%[[H:.*]]: i16, %[[B:.*]]: i16, %[[F:.*]]: f32, %[[P:.*]]: i8, %[[N:.*]]: i32, %[[R:.*]]: !llvm.ptr, %[[THREADS:.*]]: i32) -> i32
// CHECK: %[[HALF:.*]] = llvm.bitcast %[[H]] : i16 to f16
// CHECK: %[[BRAIN:.*]] = llvm.bitcast %[[B]] : i16 to bf16
// CHECK: %[[ZERO:.*]] = llvm.mlir.constant(0 : i8) : i8
// CHECK: %[[FLAG:.*]] = llvm.icmp "ne" %[[P]], %[[ZERO]] : i8
// CHECK: %[[DATA:.*]] = llvm.load %[[R]]
// CHECK: %[[OFFSET:.*]] = llvm.mlir.constant(0 : i64)
// CHECK: llvm.call @scalars_kernel(%[[HALF]], %[[BRAIN]], %[[F]], %[[FLAG]], %[[N]], %[[DATA]], %[[DATA]], %[[OFFSET]], %[[THREADS]])
llvm.func @scalars(%h: f16, %b: bf16, %f: f32, %p: i1, %n: i32, %r0: !llvm.ptr,
                   %r1: !llvm.ptr, %r2: i64, %threads: i32) attributes {attn.signature = [
    {name = "h", role = "input", sizes = array<i64>, type = f16},
    {name = "b", role = "input", sizes = array<i64>, type = bf16},
    {name = "f", role = "input", sizes = array<i64>, type = f32},
    {name = "p", role = "input", sizes = array<i64: 0>, type = i1},
    {name = "n", role = "input", sizes = array<i64: 1>, type = i32},
    {name = "r", role = "output", sizes = array<i64>, type = tensor<f32>}]} {
  llvm.return
}

// -----

// An integer that is used as a size must equal that size.
// Functions without a signature are not exported.
// CHECK: llvm.func internal @helper()
llvm.func @helper() {
  llvm.return
}

// CHECK: llvm.func @scalar_size(%[[N:.*]]: i32, %[[R:.*]]: !llvm.ptr, %{{.*}}: i32) -> i32
// CHECK: llvm.getelementptr %[[R]][0, 1, 0]
// CHECK: %[[SIZE:.*]] = llvm.load
// CHECK: %[[WIDE:.*]] = llvm.sext %[[N]] : i32 to i64
// CHECK: llvm.icmp "ne" %[[WIDE]], %[[SIZE]] : i64
llvm.func @scalar_size(%n: i32, %r0: !llvm.ptr, %r1: !llvm.ptr, %r2: i64, %r3: i64,
                       %r4: i64) attributes {attn.signature = [
    {name = "n", role = "input", sizes = array<i64: 0>, type = i32},
    {name = "r", role = "output", sizes = array<i64: 0>, type = tensor<?xf32>}]} {
  llvm.return
}
