//===- AttnAttrs.td - attributes of the attn dialect -------*- tablegen -*-===//

#ifndef ATTN_ATTRS
#define ATTN_ATTRS

include "attn/Dialect/Attn/IR/AttnDialect.td"
include "mlir/IR/AttrTypeBase.td"

class Attn_Attr<string name, string mnemonic_> : AttrDef<Attn_Dialect, name> {
  let mnemonic = mnemonic_;
}

def Attn_ScheduleAttr : Attn_Attr<"Schedule", "schedule"> {
  let summary = "how one dense attention op is tiled on a CPU core";
  let description = [{
    Chosen by `attn-schedule` from the target and the shapes, or written in the
    text to override that choice. A schedule never changes results beyond the
    order of rounding.

    - `lanes`: f32 values in one vector register; a power of two.
    - `query_tile`: rows R of a query tile, all in vector lanes; a power of two.
    - `row_tile`: keys of S that a register tile holds at once.
    - `key_block`: keys processed between two rescales of the accumulator.
    - `key_split`: keys of one part when the key range is split into parts that
      run independently and are merged, longer where that makes more than 16
      parts; 0 keeps one part.
    - `prefetch`: 1 to prefetch the next key block while this one is computed.
    - `column_tile`: columns of V that a register tile holds at once; 0 for as
      many as `row_tile`.

    ```mlir
    #attn.schedule<lanes = 16, query_tile = 64, row_tile = 4, key_block = 96, key_split = 0, prefetch = 1, column_tile = 6>
    ```
  }];
  let parameters = (ins
    "int64_t":$lanes, "int64_t":$query_tile, "int64_t":$row_tile, "int64_t":$key_block,
    DefaultValuedParameter<"int64_t", "0">:$key_split,
    DefaultValuedParameter<"int64_t", "1">:$prefetch,
    DefaultValuedParameter<"int64_t", "0">:$column_tile);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Attn_ScanAttr : Attn_Attr<"Scan", "scan"> {
  let summary = "how one linear or recurrent op runs on a CPU core";
  let description = [{
    Chosen by `attn-schedule` from the target and the shapes, or written in the
    text to override that choice. It never changes results beyond the order of
    rounding. What the text leaves out of `chunk`, `step`, `panel` and `lanes` is
    chosen to go with the rest, and where it leaves out any of them so is a
    `split` of 0.

    - `chunk`: tokens whose decayed queries and keys are prepared together.
    - `step`: tokens that read and update the state at once; divides `chunk`.
    - `panel`: columns of the state kept in the first-level cache while a chunk
      goes over them; a multiple of `lanes`.
    - `lanes`: f32 values in one vector register; a power of two.
    - `split`: columns of the state given to one independent piece of work where
      batch and heads are too few; a multiple of `panel`, 0 for all of them.
    - `prefetch`: 1 to prefetch the next chunk while this one is computed.

    ```mlir
    #attn.scan<chunk = 64, step = 4, panel = 64, lanes = 16, split = 0, prefetch = 1>
    #attn.scan<chunk = 32>
    ```
  }];
  let parameters = (ins
    DefaultValuedParameter<"int64_t", "0">:$chunk,
    DefaultValuedParameter<"int64_t", "0">:$step,
    DefaultValuedParameter<"int64_t", "0">:$panel,
    DefaultValuedParameter<"int64_t", "0">:$lanes,
    DefaultValuedParameter<"int64_t", "0">:$split,
    DefaultValuedParameter<"int64_t", "1">:$prefetch);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Whether nothing is left to choose.
    bool isWhole() const {
      return getChunk() && getStep() && getPanel() && getLanes();
    }
  }];
}

def Attn_RegisterTileAttr : Attn_Attr<"RegisterTile", "register_tile"> {
  let summary = "how a linalg op inside a query tile becomes register tiles";
  let description = [{
    Set by `attn-decompose` on the linalg operations it makes, consumed and
    removed by `attn-cpu-register-tile`.

    - `sizes`: tile sizes of the loops; empty when the op is only fused.
    - `inner`: tile sizes of a second tiling inside, e.g. the contraction.
    - `tail`: `sizes` for the ragged rest of the first tiled loop, which is
      peeled off so that the main loop has static tiles.
    - `fuse`: the op is fused into the loop of its tiled consumer; `yield`: and
      its full value is returned from that loop as well.
    - `lanes`: vector sizes for masked vectorisation of a ragged op.
    - `prefetch`: the first input's rows of the block this many rows ahead are
      prefetched in the innermost loop; 0 for none.
  }];
  let parameters = (ins
    OptionalParameter<"::mlir::DenseI64ArrayAttr">:$sizes,
    OptionalParameter<"::mlir::DenseI64ArrayAttr">:$inner,
    OptionalParameter<"::mlir::DenseI64ArrayAttr">:$tail,
    DefaultValuedParameter<"bool", "false">:$fuse,
    DefaultValuedParameter<"bool", "false">:$yield,
    OptionalParameter<"::mlir::DenseI64ArrayAttr">:$lanes,
    DefaultValuedParameter<"int64_t", "0">:$prefetch);
  let assemblyFormat = "`<` struct(params) `>`";
}

#endif // ATTN_ATTRS
