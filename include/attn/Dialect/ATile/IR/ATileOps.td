//===- ATileOps.td - operations of the atile dialect -------*- tablegen -*-===//

#ifndef ATTN_ATILE_OPS
#define ATTN_ATILE_OPS

include "attn/Dialect/ATile/IR/ATileOpBase.td"
include "attn/Dialect/ATile/IR/ATileFragmentOps.td"
include "attn/Dialect/ATile/IR/ATileMemoryOps.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/FunctionInterfaces.td"

//===----------------------------------------------------------------------===//
// atile.kernel
//===----------------------------------------------------------------------===//

def ATile_KernelOp : ATile_Op<"kernel", [
    AffineScope, FunctionOpInterface, IsolatedFromAbove, Symbol, SingleBlock]> {
  let summary = "a kernel executed by every thread of a block";
  let description = [{
    `threads` are the threads of a block: 128 for the producer, if there is one,
    and 128 for each group. `grid` maps the `size` arguments, in their order, to
    the number of blocks in x, y and z. Each argument says by `atile.bind` where
    the host takes it from. `signature` is the type of the public function on
    tensors that the kernel implements.

    A kernel begins with its rings and one `atile.setup`; then either one
    `atile.specialize`, or the work of groups that load for themselves.

    The verifier follows every path through the kernel and refuses what would be
    a race on the machine:
    - H1: `atile.await` with `pending = n` takes no product that is one of the
      last n issued.
    - H2: a slot is released when no product in flight reads it.
    - H3: `atile.pack` stands where no product in flight reads an operand, and
      its source went through the `atile.await` that ended the last one: packed
      earlier, the new operand may get the registers that the tensor core still
      reads (ptxas says C7513 and serialises).
    - H4: each slot is loaded or released exactly once on each path.
    - H5: what is in flight at the end of a loop's body, or of a branch, is what
      was in flight at its beginning, passed on as an iteration argument.
    - H6: nothing is in flight at the end of a role.
    - H7: an operation stands in the role that may execute it.
    - H8: a stage retired by one thread is taken for a new tile only after
      `atile.wait_copies` made all threads meet.

    PTX: `.entry` with `.maxntid` and `.minnctapersm 1`.

    ```mlir
    atile.kernel @scale(%o: !atile.global<f32> {atile.bind = #atile.bind<data, 0>})
        attributes {threads = 128 : i32, grid = affine_map<() -> (1, 1, 1)>} {
      atile.return
    }
    ```
  }];
  let arguments = (ins
    SymbolNameAttr:$sym_name, TypeAttrOf<FunctionType>:$function_type,
    I32Attr:$threads, AffineMapAttr:$grid, OptionalAttr<TypeAttr>:$signature,
    OptionalAttr<ATile_ScheduleAttr>:$schedule,
    OptionalAttr<StrAttr>:$sym_visibility,
    OptionalAttr<DictArrayAttr>:$arg_attrs,
    OptionalAttr<DictArrayAttr>:$res_attrs);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    ArrayRef<Type> getArgumentTypes() { return getFunctionType().getInputs(); }
    ArrayRef<Type> getResultTypes() { return getFunctionType().getResults(); }
    Region *getCallableRegion() { return &getBody(); }
    /// What the host passes for argument `index`.
    BindAttr getBinding(unsigned index);
    /// The role split, or null.
    SpecializeOp getSpecialize();
    /// Groups of 128 threads that compute.
    int64_t getNumGroups();
  }];
}

def ATile_ReturnOp : ATile_Op<"return", [
    Pure, HasParent<"KernelOp">, ReturnLike, Terminator]> {
  let summary = "ends a kernel";
  let description = [{
    ```mlir
    atile.return
    ```
  }];
  let assemblyFormat = "attr-dict";
}

def ATile_BlockIdOp : ATile_Op<"block_id", [Pure]> {
  let summary = "the number of this block in the grid";
  let description = [{
    Dimension 0, 1 or 2. PTX: `mov.u32 %r, %ctaid.x`.

    ```mlir
    %tile = atile.block_id 0
    ```
  }];
  let arguments = (ins ConfinedAttr<I64Attr, [IntMinValue<0>, IntMaxValue<2>]>:$dim);
  let results = (outs I32:$result);
  let assemblyFormat = "$dim attr-dict";
}

def ATile_GridSizeOp : ATile_Op<"grid_size", [Pure]> {
  let summary = "the number of blocks of the grid";
  let description = [{
    Dimension 0, 1 or 2. PTX: `mov.u32 %r, %nctaid.x`. A persistent kernel strides
    by it.

    ```mlir
    %blocks = atile.grid_size 0
    ```
  }];
  let arguments = (ins ConfinedAttr<I64Attr, [IntMinValue<0>, IntMaxValue<2>]>:$dim);
  let results = (outs I32:$result);
  let assemblyFormat = "$dim attr-dict";
}

def ATile_GroupIdOp : ATile_Op<"group_id", [Pure]> {
  let summary = "the number of this thread's group in a kernel without roles";
  let description = [{
    `threadIdx.x / 128`, made uniform. In a kernel with roles the argument of the
    consumers' region says it. PTX: `shfl.sync.idx` of `%tid.x >> 5`, then a shift.

    ```mlir
    %g = atile.group_id
    ```
  }];
  let results = (outs I32:$result);
  let assemblyFormat = "attr-dict";
}

//===----------------------------------------------------------------------===//
// Roles
//===----------------------------------------------------------------------===//

def ATile_SpecializeOp : ATile_Op<"specialize", [
    HasParent<"KernelOp">, SingleBlockImplicitTerminator<"YieldOp">]> {
  let summary = "splits the block into a producer and groups of consumers";
  let description = [{
    Threads 0 to 127 are the producer: one elected thread of their first warp
    executes the first region, the others leave. The other threads are
    `consumers` groups, each of which executes the second region; its argument is
    the number of the group. `registers(p, c)` moves registers from the producer
    to the consumers: p in each thread of the one, c in each of the others,
    multiples of 8 with 128 p + 128 consumers c within what the block was given.

    PTX: `setmaxnreg.dec`, `elect.sync` and the producer; `setmaxnreg.inc` and the
    consumers; the number of the warp through `shfl.sync.idx`, so that ptxas knows
    that it is uniform.

    ```mlir
    atile.specialize registers(24, 240) producer {
      %slot = atile.wait_empty %ring[%n] : !atile.ring<2x128x64xbf16>
      atile.load %map[%b, %h, %row] into %slot : !atile.map<128x64xbf16>, !atile.slot<128x64xbf16, empty>
    } consumers(2) {
    ^bb0(%group: i32):
      %k = atile.wait_full %ring[%n] : !atile.ring<2x128x64xbf16>
      atile.release %k : !atile.slot<128x64xbf16, full>
    }
    ```
  }];
  let arguments = (ins I32Attr:$producer_registers, I32Attr:$consumer_registers,
                       I32Attr:$num_consumers);
  let regions = (region SizedRegion<1>:$producer, SizedRegion<1>:$consumer);
  let assemblyFormat = [{
    `registers` `(` $producer_registers `,` $consumer_registers `)`
    `producer` $producer `consumers` `(` $num_consumers `)` $consumer attr-dict
  }];
  let hasVerifier = 1;
}

def ATile_YieldOp : ATile_Op<"yield", [Pure, ReturnLike, Terminator]> {
  let summary = "ends a role, or a map with its value";
  let description = [{
    ```mlir
    atile.yield %x : f32
    ```
  }];
  let arguments = (ins Optional<F32>:$value);
  let assemblyFormat = "($value^ `:` type($value))? attr-dict";
  let builders = [OpBuilder<(ins), [{ build($_builder, $_state, Value()); }]>];
}

#endif // ATTN_ATILE_OPS
