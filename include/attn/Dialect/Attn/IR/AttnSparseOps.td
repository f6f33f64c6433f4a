//===- AttnSparseOps.td - attention over block lists -------*- tablegen -*-===//
//
// attn.block_sparse and what makes its lists. Declared in AttnSparseOps.h.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_SPARSE_OPS
#define ATTN_SPARSE_OPS

include "attn/Dialect/Attn/IR/AttnOpBase.td"

//===----------------------------------------------------------------------===//
// attn.block_sparse
//===----------------------------------------------------------------------===//

def Attn_BlockSparseOp : Attn_SoftmaxOp<"block_sparse", [
    AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<TilingInterface, [
      "getIterationDomain", "getLoopIteratorTypes", "getTiledImplementation",
      "getResultTilePosition"]>]> {
  let summary = "softmax attention over the key blocks that a list names";
  let description = [{
    For every batch b, query head h and query i, with the key head
    g = h div (Hq / Hkv), the list head p = h div (Hq / Hl) and the query block
    n = i div query_block:

      c    = counts[b, p, n] clamped to [0, L]; L without counts
      X    = blocks[b, p, n, 0 .. c - 1] without what is no block of keys
      s[j], A as in `attn.dense`
      lse  = log(sum_{x in X} sum_{j in A, j div key_block = x} exp(s[j])
                 + exp(sink[h]))
      o    = sum_{x in X} sum_{j in A, j div key_block = x}
                 exp(s[j] - lse) value[b, g, j, :]

    A block that a list names twice counts twice. An entry of -1 is padding, and
    so is one outside of the blocks there are, at run time: it is skipped and
    nothing is read for it. A row whose list names no key it may read gives o = 0
    and lse = -inf. A list that is not there, because at run time there are fewer
    lists than query blocks, is empty.

    Dimensions: query `[B, Hq, T, K]`, key `[B, Hkv, S, K]`, value
    `[B, Hkv, S, V]`, blocks `[B|1, Hl, N, L]` with N = ceil(T / query_block),
    counts `[B|1, Hl, N]`, output `[B, Hq, T, V]`, lse `[B, Hq, T]` in f32.

    - `query_block` is the number of queries that share a list, `key_block` the
      number of keys of a block; with a key block of 1 the list names tokens. The
      last block of either kind may be cut off by the end.
    - Heads share lists in groups: Hl is Hq for a list per head, Hkv for one per
      group of query heads, 1 for one that all heads read. Likewise one batch of
      lists may serve all of them.
    - A list is made at run time, or is an `arith.constant` (BigBird,
      Longformer).
    - `scale`, `causal`, `window`, `align`, `softcap`, `bias`, `sink`,
      `captures`, `origin`, `diagonal`, regions and types are those of
      `attn.dense`.

    Time is linear in the number of blocks listed.

    Sources: block-sparse FlashAttention (arXiv 2205.14135, section 3.3), Native
    Sparse Attention (arXiv 2502.11089), MoBA (arXiv 2502.13189), BigBird (arXiv
    2007.14062).

    Constraints:
    - C1 to C13 are those of `attn.dense`.
    - C14: `query_block` and `key_block` are positive.
    - C15: `blocks` is rank 4 of i32 or i64, of 1 or B batches, and Hq is a
      multiple of Hl.
    - C16: N is ceil(T / query_block).
    - C17: `counts` is rank 3 of i32 or i64 and has the sizes of `blocks`
      without L.
    - C18: entries of a constant list are -1 or name a block; constant counts are
      at least 0 and at most L.

    ```mlir
    %o, %lse = attn.block_sparse causal align(bottom_right)
        query_block 64 key_block 64
        ins(%q, %k, %v : tensor<1x8x?x64xf32>, tensor<1x2x?x64xf32>, tensor<1x2x?x64xf32>)
        blocks(%list : tensor<1x2x?x16xi32>)
        outs(%o0, %lse0 : tensor<1x8x?x64xf32>, tensor<1x8x?xf32>)
    ```
  }];
  let arguments = (ins
    AnyRankedTensor:$query, AnyRankedTensor:$key, AnyRankedTensor:$value,
    AnyRankedTensor:$blocks, Optional<AnyRankedTensor>:$counts,
    Optional<AnyRankedTensor>:$bias, Optional<AnyRankedTensor>:$sink,
    Variadic<AnyType>:$captures, Variadic<Index>:$origin,
    Optional<Index>:$diagonal,
    AnyRankedTensor:$output_init, Optional<AnyRankedTensor>:$lse_init,
    I64Attr:$query_block, I64Attr:$key_block,
    OptionalAttr<F64Attr>:$scale, OptionalAttr<F64Attr>:$softcap,
    UnitAttr:$causal, OptionalAttr<Attn_AlignmentAttr>:$align,
    OptionalAttr<DenseI64ArrayAttr>:$window,
    OptionalAttr<Attn_ScheduleAttr>:$schedule);
  let results = (outs AnyRankedTensor:$output, Optional<AnyRankedTensor>:$lse);
  let regions = (region AnyRegion:$score, AnyRegion:$mask);
  let assemblyFormat = [{
    (`causal` $causal^)? (`align` `` $align^)? (`window` $window^)?
    (`scale` $scale^)? (`softcap` $softcap^)?
    `query_block` $query_block `key_block` $key_block
    (`schedule` $schedule^)?
    `ins` `(` $query `,` $key `,` $value `:`
      type($query) `,` type($key) `,` type($value) `)`
    `blocks` `(` $blocks `:` type($blocks) `)`
    (`counts` `(` $counts^ `:` type($counts) `)`)?
    (`bias` `(` $bias^ `:` type($bias) `)`)?
    (`sink` `(` $sink^ `:` type($sink) `)`)?
    (`captures` `(` $captures^ `:` type($captures) `)`)?
    (`origin` `(` $origin^ `)`)? (`diagonal` `(` $diagonal^ `)`)?
    `outs` `(` $output_init (`,` $lse_init^)? `:`
      type($output_init) (`,` type($lse_init)^)? `)`
    (`score` $score^)? (`mask` $mask^)? attr-dict
  }];
  let hasCanonicalizer = 1;
  let extraClassDeclaration = [{
    /// Loops of the iteration domain; List runs over the entries of a list.
    enum Loop : unsigned { Batch, KeyHead, Group, Query, List, NumLoops };

    MutableOperandRange getDpsInitsMutable();

    /// The factor of the scores: `scale`, or 1 / sqrt(K).
    double getScaleOrDefault();
    /// True when the op has a causal or window mask.
    bool hasStructuralMask() { return getCausal() || getWindow(); }
    /// True when a bias of type i1 or i8 forbids pairs.
    bool hasBooleanBias();
    /// Key width K and value width V.
    int64_t getKeyWidth() {
      return ::llvm::cast<RankedTensorType>(getQuery().getType()).getDimSize(3);
    }
    int64_t getValueWidth() {
      return ::llvm::cast<RankedTensorType>(getValue().getType()).getDimSize(3);
    }
  }];
}

#endif // ATTN_SPARSE_OPS
