//===- ATileTypes.td - tiles, slots and fragments ----------*- tablegen -*-===//

#ifndef ATTN_ATILE_TYPES
#define ATTN_ATILE_TYPES

include "attn/Dialect/ATile/IR/ATileDialect.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"

def ATile_SlotState : I32EnumAttr<"SlotState", "who may use a slot", [
    I32EnumAttrCase<"Empty", 0, "empty">, I32EnumAttrCase<"Full", 1, "full">]> {
  let cppNamespace = "::mlir::attn::atile";
  let genSpecializedAttr = 0;
}

class ATile_Type<string name, string mnemonic_> : TypeDef<ATile_Dialect, name> {
  let mnemonic = mnemonic_;
}

def ATile_GlobalType : ATile_Type<"Global", "global"> {
  let summary = "a pointer to elements in global memory";
  let description = [{
    `!atile.global<bf16>`; offsets are counted in elements, as i64. Lowers to one
    pointer.
  }];
  let parameters = (ins "::mlir::Type":$element);
  let assemblyFormat = "`<` $element `>`";
  let genVerifyDecl = 1;
}

def ATile_MapType : ATile_Type<"Map", "map"> {
  let summary = "a tensor map: how tiles of a tensor are loaded";
  let description = [{
    `!atile.map<128x96xbf16>` describes a tensor `[batch, head, sequence,
    feature]` for loads of tiles of 128 rows and 96 features. The encoded map has
    the dimensions (feature, sequence, head, batch), a box of (64, rows, 1, 1),
    swizzle 128B, no interleave, and fills with zeros what is outside. A tile is
    loaded panel by panel: 64 features at a time. Lowers to one pointer to the
    128 bytes of a CUtensorMap, 64-byte aligned, passed by value as a
    `__grid_constant__`.

    Features 16-bit; rows a multiple of 8 up to 256; columns a multiple of 8 up
    to 256.
  }];
  let parameters = (ins "int64_t":$rows, "int64_t":$columns,
                        "::mlir::Type":$element);
  let assemblyFormat = "`<` custom<Shape2D>($rows, $columns, $element) `>`";
  let genVerifyDecl = 1;
}

def ATile_RingType : ATile_Type<"Ring", "ring"> {
  let summary = "a ring of tiles in shared memory with their barriers";
  let description = [{
    `!atile.ring<2x128x64xbf16>`: two stages of a tile of 128 rows and 64
    columns. Tile number n of the kernel, counted from 0, uses stage n mod 2.
    Where the bytes lie is said by `SharedLayout` in
    `attn/Codegen/GPU/TileLayout.h`. Lowers to two i32: the shared address of
    stage 0, and the shared address of its barriers: one *full* barrier per
    stage, then one *empty* barrier per stage, 8 bytes each.
  }];
  let parameters = (ins "int64_t":$stages, "int64_t":$rows, "int64_t":$columns,
                        "::mlir::Type":$element);
  let assemblyFormat =
      "`<` custom<Shape3D>($stages, $rows, $columns, $element) `>`";
  let genVerifyDecl = 1;
}

def ATile_SlotType : ATile_Type<"Slot", "slot"> {
  let summary = "one stage of a ring, empty or full";
  let description = [{
    `!atile.slot<128x64xbf16, full>` may be read by products until it is
    released; an `empty` one is to be loaded. Lowers to two i32: the shared
    address of the tile, and that of the barrier that its holder will signal (the
    full barrier of an empty slot, the empty barrier of a full one; 0 for
    `atile.no_slot`).
  }];
  let parameters = (ins "int64_t":$rows, "int64_t":$columns,
                        "::mlir::Type":$element,
                        EnumParameter<ATile_SlotState>:$state);
  let assemblyFormat =
      "`<` custom<Shape2D>($rows, $columns, $element) `,` $state `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    bool isFull() const { return getState() == SlotState::Full; }
  }];
}

def ATile_FragType : ATile_Type<"Frag", "frag"> {
  let summary = "64 rows of f32 in the registers of a group";
  let description = [{
    `!atile.frag<64x128xf32>` is usable; with `, inflight` it is what a tensor
    core is still computing, and only `atile.await` takes it. Lowers to columns / 2
    values of f32 in each thread. Columns are a multiple of 8 up to 256.
  }];
  let parameters = (ins "int64_t":$rows, "int64_t":$columns,
                        "::mlir::Type":$element,
                        DefaultValuedParameter<"bool", "false">:$inflight);
  let assemblyFormat = [{
    `<` custom<Shape2D>($rows, $columns, $element) ``
        custom<InFlight>($inflight) `>`
  }];
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Registers of one thread.
    int64_t getNumRegisters() const { return getColumns() / 2; }
    /// The same fragment, usable or in flight.
    FragType withInflight(bool inflight) const {
      return get(getContext(), getRows(), getColumns(), getElement(), inflight);
    }
  }];
}

def ATile_OperandType : ATile_Type<"Operand", "operand"> {
  let summary = "64 rows of 16-bit values as the left operand of a product";
  let description = [{
    `!atile.operand<64x128xbf16>`. Lowers to columns / 4 values of i32 in each
    thread, two elements in each, the one of the lower column in the lower half:
    register 4s + r of thread t belongs to the product's step s of 16 columns and
    holds row 16 (t / 32) + (t % 32) / 4 + 8 (r % 2), columns
    16 s + 8 (r / 2) + 2 (t % 4) and the next. So register k packs the fragment
    registers 2k and 2k + 1: `atile.pack` moves nothing between threads.
  }];
  let parameters = (ins "int64_t":$rows, "int64_t":$columns,
                        "::mlir::Type":$element);
  let assemblyFormat = "`<` custom<Shape2D>($rows, $columns, $element) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// 32-bit registers of one thread.
    int64_t getNumRegisters() const { return getColumns() / 4; }
  }];
}

def ATile_RowsType : ATile_Type<"Rows", "rows"> {
  let summary = "one f32 per row of a fragment";
  let description = [{
    `!atile.rows<64>`: each thread holds the values of its two rows, and the four
    threads of a row hold the same. With `, partial` each of the four holds the
    sum over the columns that it has, and only `atile.reduce_rows` makes a value
    of it. Lowers to two f32 in each thread.
  }];
  let parameters = (ins "int64_t":$rows,
                        DefaultValuedParameter<"bool", "false">:$partial);
  let assemblyFormat = "`<` $rows `` custom<Partial>($partial) `>`";
  let genVerifyDecl = 1;
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

def ATile_BindKind : I32EnumAttr<"BindKind", "what a kernel argument is", [
    I32EnumAttrCase<"Map", 0, "map">, I32EnumAttrCase<"Data", 1, "data">,
    I32EnumAttrCase<"Size", 2, "size">, I32EnumAttrCase<"Stride", 3, "stride">,
    I32EnumAttrCase<"Scalar", 4, "scalar">]> {
  let cppNamespace = "::mlir::attn::atile";
  let genSpecializedAttr = 0;
}

def ATile_Overlap : I32EnumAttr<"Overlap",
    "what a group computes while the tensor cores work for it", [
      I32EnumAttrCase<"Seq", 0, "seq">, I32EnumAttrCase<"Pipe", 1, "pipe">,
      I32EnumAttrCase<"Pipe2", 2, "pipe2">,
      I32EnumAttrCase<"Sync", 3, "sync">]> {
  let cppNamespace = "::mlir::attn::atile";
  let genSpecializedAttr = 0;
}

def ATile_ScheduleAttr : AttrDef<ATile_Dialect, "Schedule"> {
  let mnemonic = "schedule";
  let summary = "how dense attention is laid out on a multiprocessor";
  let description = [{
    Chosen by `attn-dense-to-atile` from the target and the shapes, or written on
    `attn.dense` as `atile.schedule` to override that choice. It never changes
    results beyond the order of rounding.

    - `overlap`: `seq`: nothing, each product is awaited at once (groups overlap
      each other). `pipe`: softmax of a tile runs under P V of the one before, which
      is awaited behind it. `pipe2`: the same with that await, packing and rescaling
      at the top of the next turn, behind the wait for K, where ptxas leaves it.
      `sync`: `mma.sync` and `cp.async`, before sm_90.
    - `groups`: groups of 128 threads, each with 64 query rows.
    - `keys`: keys of a tile, a multiple of 16.
    - `stages`: tiles of K, and of V, in shared memory.

    ```mlir
    #atile.schedule<overlap = pipe2, groups = 2, keys = 128, stages = 2>
    ```
  }];
  let parameters = (ins EnumParameter<ATile_Overlap>:$overlap, "int64_t":$groups,
                        "int64_t":$keys,
                        DefaultValuedParameter<"int64_t", "2">:$stages);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Query rows of a block.
    int64_t getRows() const { return 64 * getGroups(); }
  }];
}

def ATile_BindAttr : AttrDef<ATile_Dialect, "Bind"> {
  let mnemonic = "bind";
  let summary = "where the host takes a kernel argument from";
  let description = [{
    Parameters of the public function are numbered: its arguments, then its
    results. `#atile.bind<map, 0>` is a tensor map of parameter 0 (its innermost
    four dimensions being batch, head, sequence and feature in the order of
    `dims`, which is absent where it is 0, 1, 2, 3), `<data, 3>` the address of
    its first element, `<size, 0, 2>` the size of dimension 2 (i32),
    `<stride, 0, 2>` the stride of dimension 2 in elements (i64), `<scalar, 4>` a
    number.
  }];
  let parameters = (ins EnumParameter<ATile_BindKind>:$kind, "int64_t":$param,
                        DefaultValuedParameter<"int64_t", "0">:$dim,
                        OptionalArrayRefParameter<"int64_t">:$dims);
  let assemblyFormat =
      "`<` $kind `,` $param (`,` $dim^)? (`dims` `[` $dims^ `]`)? `>`";
}

#endif // ATTN_ATILE_TYPES
