//===- AttnOps.td - operations of the attn dialect ---------*- tablegen -*-===//

#ifndef ATTN_OPS
#define ATTN_OPS

include "attn/Dialect/Attn/IR/AttnOpBase.td"
include "attn/Dialect/Attn/IR/AttnStateOps.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"

def PrefetchResource : Resource<"::mlir::attn::PrefetchResource">;

//===----------------------------------------------------------------------===//
// attn.dense
//===----------------------------------------------------------------------===//

def Attn_DenseOp : Attn_SoftmaxOp<"dense", [
    AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<TilingInterface, [
      "getIterationDomain", "getLoopIteratorTypes", "getTiledImplementation",
      "getResultTilePosition"]>,
    DeclareOpInterfaceMethods<PartialReductionOpInterface, [
      "generateInitialTensorForPartialReduction", "tileToPartialReduction",
      "mergeReductions", "getPartialResultTilePosition"]>,
    DeclareOpInterfaceMethods<SoftmaxMonoidOpInterface>]> {
  let summary = "softmax attention over all keys the mask admits";
  let description = [{
    For every batch b, query head h and query i, with the key head
    g = h div (Hq / Hkv):

      s[j] = scale * sum_k query[b, h, i, k] * key[b, g, j, k]
      s[j] = softcap * tanh(s[j] / softcap)            when softcap is given
      s[j] = s[j] + bias[b, h, i, j]                   when bias is a float tensor
      s[j] = score(s[j], b, h, i, j)                   when there is a score region
      A    = { j : mask(b, h, i, j), causal, window, boolean bias admit (i, j) }
      lse  = log(sum_{j in A} exp(s[j]) + exp(sink[h]))
      o    = sum_{j in A} exp(s[j] - lse) value[b, g, j, :]

    A row with no admitted key gives o = 0 and lse = -inf. A score of -inf counts
    as not admitted. Accumulation and statistics are f32 (f64 for f64 inputs).
    `lse` is a natural logarithm.

    Dimensions: query `[B, Hq, T, K]`, key `[B, Hkv, S, K]`, value
    `[B, Hkv, S, V]`, output `[B, Hq, T, V]`, lse `[B, Hq, T]` in f32.

    - `scale` multiplies the scores; `1 / sqrt(K)` when absent.
    - `causal` admits `j <= i + d`; `window [l, r]` admits
      `i + d - l <= j <= i + d + r`, both ends included, -1 leaves a side open.
      The diagonal d is `S - T` for `align(bottom_right)` and 0 for
      `align(top_left)`; a tiled copy is given it as the operand `diagonal`.
    - `bias` is `[B|1, Hq|1, T|1, S|1]` of a float type, added to the scores, or
      of i1, where false forbids the pair; i8 is the form of i1 with one byte per
      element, where 0 forbids it.
    - `sink` is `[Hq]`, a logit in natural units that takes part in the
      denominator alone.
    - `lengths` are the numbers of keys in use, the first ones: only these are
      admitted, and S in the diagonal is the number of the batch entry. More than
      there are count as all, fewer than 0 as 0.
    - `cu_seqlens` are bounds of sequences packed along T = S, with a batch of 1:
      queries admit keys of their own sequence alone. They go from 0 to T and
      never down, which a call is checked for.
    - `captures` are values handed to both regions as trailing block arguments.
      Regions may also use values of the enclosing function directly.
    - `origin(b, h, i, j)` is the place of this tile in the undivided op: region
      arguments and structural masks speak of the undivided op.

    Source: FlashAttention (arXiv 2205.14135, 2307.08691); score and mask regions
    follow FlexAttention (arXiv 2412.05496).

    Constraints:
    - C1: query, key and value are rank 4 of one element type, f16, bf16, f32
      or f64.
    - C2: K and V are static and positive.
    - C3: sizes agree: B everywhere, K of query and key, Hkv and S of key and
      value, and the output is `[B, Hq, T, V]`.
    - C4: Hq is a multiple of Hkv.
    - C5: the output has the element type of query, or f32; lse is
      `[B, Hq, T]` of f32 (f64 for f64 inputs).
    - C6: with `causal` or `window`, exactly one of `align` and `diagonal` is
      given; without them, neither.
    - C7: `window` has two entries, each -1 or more.
    - C8: `scale` is finite, `softcap` is finite and positive.
    - C9: `bias` is rank 4 and each size is 1 or that of the score matrix.
    - C10: `sink` is `[Hq]` of a float type.
    - C11: `score` takes (score, index, index, index, index, captures) and yields
      the score's type; `mask` takes the same without the score and yields i1.
    - C12: regions hold only pure `arith`, `math`, `index` and `tensor.extract`
      operations whose results are scalars, and constants.
    - C13: `origin` is four values or none.
    - C14: `lengths` is `[B]`, `cu_seqlens` is rank 1, `page_table` is rank 2,
      of i32 or i64; there are not both lengths and bounds.

    Example, causal grouped-query attention with ALiBi:

    ```mlir
    %o = attn.dense causal align(bottom_right)
        ins(%q, %k, %v : tensor<1x8x?x64xf32>, tensor<1x2x?x64xf32>, tensor<1x2x?x64xf32>)
        captures(%slopes : tensor<8xf32>)
        outs(%init : tensor<1x8x?x64xf32>)
        score {
        ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %sl: tensor<8xf32>):
          %slope = tensor.extract %sl[%h] : tensor<8xf32>
          %d = arith.subi %j, %i : index
          %di = arith.index_cast %d : index to i32
          %df = arith.sitofp %di : i32 to f32
          %a = arith.mulf %slope, %df : f32
          %r = arith.addf %s, %a : f32
          attn.yield %r : f32
        }
    ```
  }];
  let arguments = (ins
    AnyRankedTensor:$query, AnyRankedTensor:$key, AnyRankedTensor:$value,
    Optional<AnyRankedTensor>:$bias, Optional<AnyRankedTensor>:$sink,
    Optional<AnyRankedTensor>:$kv_lengths,
    Optional<AnyRankedTensor>:$cu_seqlens,
    Optional<AnyRankedTensor>:$page_table,
    Variadic<AnyType>:$captures, Variadic<Index>:$origin,
    Optional<Index>:$diagonal,
    AnyRankedTensor:$output_init, Optional<AnyRankedTensor>:$lse_init,
    OptionalAttr<F64Attr>:$scale, OptionalAttr<F64Attr>:$softcap,
    UnitAttr:$causal, OptionalAttr<Attn_AlignmentAttr>:$align,
    OptionalAttr<DenseI64ArrayAttr>:$window,
    OptionalAttr<Attn_ScheduleAttr>:$schedule);
  let results = (outs AnyRankedTensor:$output, Optional<AnyRankedTensor>:$lse);
  let regions = (region AnyRegion:$score, AnyRegion:$mask);
  let assemblyFormat = [{
    (`causal` $causal^)? (`align` `` $align^)? (`window` $window^)?
    (`scale` $scale^)? (`softcap` $softcap^)? (`schedule` $schedule^)?
    `ins` `(` $query `,` $key `,` $value `:`
      type($query) `,` type($key) `,` type($value) `)`
    (`bias` `(` $bias^ `:` type($bias) `)`)?
    (`sink` `(` $sink^ `:` type($sink) `)`)?
    (`lengths` `(` $kv_lengths^ `:` type($kv_lengths) `)`)?
    (`cu_seqlens` `(` $cu_seqlens^ `:` type($cu_seqlens) `)`)?
    (`page_table` `(` $page_table^ `:` type($page_table) `)`)?
    (`captures` `(` $captures^ `:` type($captures) `)`)?
    (`origin` `(` $origin^ `)`)? (`diagonal` `(` $diagonal^ `)`)?
    `outs` `(` $output_init (`,` $lse_init^)? `:`
      type($output_init) (`,` type($lse_init)^)? `)`
    (`score` $score^)? (`mask` $mask^)? attr-dict
  }];
  let hasCanonicalizer = 1;
  let extraClassDeclaration = [{
    /// Loops of the iteration domain.
    enum Loop : unsigned { Batch, KeyHead, Group, Query, Key, NumLoops };

    MutableOperandRange getDpsInitsMutable();

    /// The factor of the scores: `scale`, or 1 / sqrt(K).
    double getScaleOrDefault();
    /// True when the op has a causal or window mask.
    bool hasStructuralMask() { return getCausal() || getWindow(); }
    /// True when a bias of type i1 or i8 forbids pairs.
    bool hasBooleanBias();
    /// Key width K and value width V.
    int64_t getKeyWidth();
    int64_t getValueWidth();
  }];
}

//===----------------------------------------------------------------------===//
// attn.online
//===----------------------------------------------------------------------===//

def Attn_OnlineOp : Attn_SoftmaxOp<"online", [
    AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<TilingInterface, [
      "getIterationDomain", "getLoopIteratorTypes", "getTiledImplementation",
      "getResultTilePosition"]>]> {
  let summary = "accumulates one key range into running maximum, sum and output";
  let description = [{
    One step of the online softmax (Milakov and Gimelshein, arXiv 1805.02867) for
    one query tile of one head. With s[r, j] and the admitted set A_r as in
    `attn.dense`, and statistics kept in base 2,

      x[r, j] = log2(e) * s[r, j]            for j in A_r, else -inf
      m'[r]   = max(m[r], max_j x[r, j])
      l'[r]   = exp2(m[r] - m'[r]) l[r]   + sum_j exp2(x[r, j] - m'[r])
      acc'[r] = exp2(m[r] - m'[r]) acc[r] + sum_j exp2(x[r, j] - m'[r]) value[j]

    where a maximum of -inf is replaced by 0 before subtracting, so that a row
    without keys keeps l = 0 and acc = 0. `attn.finish` makes `(o, lse)` of it.

    Dimensions: key `[S, K]`, value `[S, V]`, max and sum `[R]` of f32; query
    `[K, R]` and acc `[V, R]` in `layout(feature_major)`, `[R, K]` and `[R, V]` in
    `layout(query_major)`. `bias` is `[R|1, S|1]`, or with
    `rows` `[rows|1, S|1]`.

    The key loop tiles as an ordinary reduction whose iteration arguments are
    `outs`. `origin(b, h, i, j)` gives the tile's place in the undivided op;
    `rows` says how many of the R rows are real: regions are evaluated for a
    padding row as for the last real one, and its results mean nothing.

    Constraints:
    - C1: query, key, value, max, sum and acc have ranks 2, 2, 2, 1, 1, 2.
    - C2: sizes agree as listed above.
    - C3: max, sum and acc have the same float type, f32 or f64.
    - C4: `causal` or `window` needs `diagonal`, and nothing else takes it.
    - C5: `window` has two entries, each -1 or more.
    - C6: `scale` is finite, `softcap` is finite and positive.
    - C7: `bias` is rank 2 and each size is 1 or that of the score tile.
    - C8: regions as in `attn.dense` C11 and C12.

    ```mlir
    %r:3 = attn.online layout(feature_major) causal scale 1.0
        ins(%q, %k, %v : tensor<64x32xf32>, tensor<?x64xf32>, tensor<?x64xf32>)
        origin(%b, %h, %i, %j) diagonal(%d)
        outs(%m, %l, %acc : tensor<32xf32>, tensor<32xf32>, tensor<64x32xf32>)
    ```
  }];
  let arguments = (ins
    AnyRankedTensor:$query, AnyRankedTensor:$key, AnyRankedTensor:$value,
    Optional<AnyRankedTensor>:$bias, Variadic<AnyType>:$captures,
    Index:$batch_origin, Index:$head_origin, Index:$query_origin,
    Index:$key_origin, Optional<Index>:$diagonal, Optional<Index>:$rows,
    AnyRankedTensor:$max_init, AnyRankedTensor:$sum_init,
    AnyRankedTensor:$acc_init,
    Attn_TileLayoutAttr:$layout, F64Attr:$scale, OptionalAttr<F64Attr>:$softcap,
    UnitAttr:$causal, OptionalAttr<DenseI64ArrayAttr>:$window,
    OptionalAttr<Attn_ScheduleAttr>:$schedule);
  let results = (outs AnyRankedTensor:$max, AnyRankedTensor:$sum,
                      AnyRankedTensor:$acc);
  let regions = (region AnyRegion:$score, AnyRegion:$mask);
  let assemblyFormat = [{
    `layout` `` $layout (`causal` $causal^)? (`window` $window^)?
    `scale` $scale (`softcap` $softcap^)? (`schedule` $schedule^)?
    `ins` `(` $query `,` $key `,` $value `:`
      type($query) `,` type($key) `,` type($value) `)`
    (`bias` `(` $bias^ `:` type($bias) `)`)?
    (`captures` `(` $captures^ `:` type($captures) `)`)?
    `origin` `(` $batch_origin `,` $head_origin `,` $query_origin `,`
      $key_origin `)`
    (`diagonal` `(` $diagonal^ `)`)? (`rows` `(` $rows^ `)`)?
    `outs` `(` $max_init `,` $sum_init `,` $acc_init `:`
      type($max_init) `,` type($sum_init) `,` type($acc_init) `)`
    (`score` $score^)? (`mask` $mask^)? attr-dict
  }];
  let hasCanonicalizer = 1;
  let extraClassDeclaration = [{
    /// Loops of the iteration domain.
    enum Loop : unsigned { Row, Key, NumLoops };

    MutableOperandRange getDpsInitsMutable();

    bool hasStructuralMask() { return getCausal() || getWindow(); }
    bool hasBooleanBias();
    bool isFeatureMajor() { return getLayout() == TileLayout::FeatureMajor; }
    /// The position of the row and of the feature axis in query and acc.
    unsigned getRowAxis() { return isFeatureMajor() ? 1 : 0; }
    unsigned getFeatureAxis() { return isFeatureMajor() ? 0 : 1; }
    /// b, h, i, j of the tile's first element in the undivided op.
    SmallVector<Value> getOrigin() {
      return {getBatchOrigin(), getHeadOrigin(), getQueryOrigin(),
              getKeyOrigin()};
    }
  }];
}

//===----------------------------------------------------------------------===//
// attn.finish
//===----------------------------------------------------------------------===//

def Attn_FinishOp : Attn_SoftmaxOp<"finish", [AttrSizedOperandSegments]> {
  let summary = "normalises a running softmax into output and lse";
  let description = [{
    With base-2 statistics of `attn.online` and an optional sink logit z in
    natural units, for every row r of the destination:

      t      = sum[r] + exp2(log2(e) z - max[r])       the sink joins the sum
      o[r]   = acc[r] / t       (0 where sum[r] = 0)
      lse[r] = (max[r] + log2(t)) / log2(e)   (-inf where sum[r] = 0)

    Dimensions: max and sum `[R]`, acc `[V, R]` in `layout(feature_major)` or
    `[R, V]` in `layout(query_major)`, sink a scalar, output `[N, V]` and lse
    `[N]` with N <= R: rows past N are padding and dropped.

    Constraints:
    - C1: max, sum, acc, output and lse have ranks 1, 1, 2, 2, 1.
    - C2: sizes agree as listed above.
    - C3: max, sum and acc have the same float type; output is a float tensor,
      lse has the type of max.

    ```mlir
    %o, %lse = attn.finish layout(feature_major)
        ins(%m, %l, %acc : tensor<32xf32>, tensor<32xf32>, tensor<64x32xf32>)
        outs(%o0, %lse0 : tensor<?x64xbf16>, tensor<?xf32>)
    ```
  }];
  let arguments = (ins
    AnyRankedTensor:$max, AnyRankedTensor:$sum, AnyRankedTensor:$acc,
    Optional<AnyFloat>:$sink,
    AnyRankedTensor:$output_init, Optional<AnyRankedTensor>:$lse_init,
    Attn_TileLayoutAttr:$layout);
  let results = (outs AnyRankedTensor:$output, Optional<AnyRankedTensor>:$lse);
  let assemblyFormat = [{
    `layout` `` $layout
    `ins` `(` $max `,` $sum `,` $acc `:` type($max) `,` type($sum) `,` type($acc) `)`
    (`sink` `(` $sink^ `:` type($sink) `)`)?
    `outs` `(` $output_init (`,` $lse_init^)? `:`
      type($output_init) (`,` type($lse_init)^)? `)` attr-dict
  }];
  let extraClassDeclaration = [{
    MutableOperandRange getDpsInitsMutable();
    bool isFeatureMajor() { return getLayout() == TileLayout::FeatureMajor; }
    unsigned getRowAxis() { return isFeatureMajor() ? 1 : 0; }
  }];
}

//===----------------------------------------------------------------------===//
// attn.merge
//===----------------------------------------------------------------------===//

def Attn_MergeOp : Attn_SoftmaxOp<"merge", [
    DeclareOpInterfaceMethods<TilingInterface, [
      "getIterationDomain", "getLoopIteratorTypes", "getTiledImplementation",
      "getResultTilePosition"]>]> {
  let summary = "combines softmax partials stacked on a leading part axis";
  let description = [{
    With P parts over disjoint key sets,

      lse[..] = log(sum_p exp(lse_p[..]))
      o[.., :] = sum_p exp(lse_p[..] - lse[..]) o_p[.., :]

    in the order p = 0, 1, ..; a part whose lse is -inf contributes nothing, and
    a row all of whose parts are -inf gives (0, -inf).

    Dimensions: outputs `[P, B, H, T, V]`, lses `[P, B, H, T]`, output
    `[B, H, T, V]`, lse `[B, H, T]`. P may be dynamic.

    Source: FlashAttention's split-KV combine; ring attention (arXiv 2310.01889).

    Constraints:
    - C1: outputs, lses, output and lse have ranks 5, 4, 4, 3.
    - C2: sizes agree as listed above, and V is positive.
    - C3: outputs, lses and lse have the same type, f32 or f64; output is a
      float tensor.

    ```mlir
    %o, %lse = attn.merge ins(%os, %ls : tensor<?x1x8x?x64xf32>, tensor<?x1x8x?xf32>)
        outs(%o0, %l0 : tensor<1x8x?x64xf32>, tensor<1x8x?xf32>)
    ```
  }];
  let arguments = (ins
    AnyRankedTensor:$outputs, AnyRankedTensor:$lses,
    AnyRankedTensor:$output_init, Optional<AnyRankedTensor>:$lse_init);
  let results = (outs AnyRankedTensor:$output, Optional<AnyRankedTensor>:$lse);
  let assemblyFormat = [{
    `ins` `(` $outputs `,` $lses `:` type($outputs) `,` type($lses) `)`
    `outs` `(` $output_init (`,` $lse_init^)? `:`
      type($output_init) (`,` type($lse_init)^)? `)` attr-dict
  }];
  let hasCanonicalizer = 1;
  let extraClassDeclaration = [{
    MutableOperandRange getDpsInitsMutable();
  }];
}

//===----------------------------------------------------------------------===//
// attn.prefetch
//===----------------------------------------------------------------------===//

def Attn_PrefetchOp : Attn_Op<"prefetch", [
    MemoryEffects<[MemWrite<PrefetchResource>]>]> {
  let summary = "asks for an element of a tensor to be brought into the cache";
  let description = [{
    A hint: it changes no value, and an index outside of the tensor is allowed.
    It has an effect on a resource of its own, so that it stays where it was
    put. Bufferises, as neither a read nor a write, to `memref.prefetch`.

    Constraints:
    - C1: there are as many indices as dimensions.

    ```mlir
    attn.prefetch %k[%b, %h, %j, %c0] : tensor<1x8x?x64xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$source, Variadic<Index>:$indices);
  let assemblyFormat = "$source `[` $indices `]` attr-dict `:` type($source)";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// attn.yield
//===----------------------------------------------------------------------===//

def Attn_YieldOp : Attn_Op<"yield", [Pure, ReturnLike, Terminator]> {
  let summary = "ends a score or mask region with its value";
  let description = [{
    ```mlir
    attn.yield %score : f32
    ```
  }];
  let arguments = (ins AnyType:$value);
  let assemblyFormat = "$value attr-dict `:` type($value)";
}

#endif // ATTN_OPS
