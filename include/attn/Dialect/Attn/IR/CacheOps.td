//===- CacheOps.td - caches of keys and values --------------*- tablegen -*-===//
//
// attn.cache_update, attn.cache_evict and attn.key_mass, with generated headers
// of their own: only what speaks of caches depends on them.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CACHE_OPS
#define ATTN_CACHE_OPS

include "attn/Dialect/Attn/IR/AttnDialect.td"
include "attn/Dialect/Attn/IR/AttnEnums.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Attn_CacheShaped : AnyTypeOf<[AnyRankedTensor, AnyStridedMemRef],
                                 "ranked tensor or strided memref">;

class Attn_CacheOp<string mnemonic, list<Trait> traits = []>
    : Op<Attn_Dialect, mnemonic, traits # [
        DestinationStyleOpInterface, InferTypeOpAdaptor,
        DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
        DeclareOpInterfaceMethods<ConditionallySpeculatable>,
        DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
          ["reifyResultShapes"]>]> {
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// attn.cache_update
//===----------------------------------------------------------------------===//

def Attn_CacheUpdateOp : Attn_CacheOp<"cache_update", [
    AttrSizedOperandSegments]> {
  let summary = "writes new rows behind those that a cache holds";
  let description = [{
    For every batch b, head h and new row t, with the place n = lengths[b] + t of
    the row in its sequence,

      x    = rows[b, h, t, :], turned by the angles of place n where given
      cache[b, h, n, :]       = x    a contiguous cache
      cache[b, h, n mod S, :] = x    `ring`
      cache[0, h, p R + n mod R, :] = x with p = table[b, n div R]
                                     pages of R rows, that all sequences share

    in the order of b and t, so that of two rows for one place the later one
    stays. A row is dropped where n < 0, where it does not fit (a contiguous
    cache is full, or the table has no entry n div S), where the table's entry is
    no page, or where angles are given and there are none for place n. All other
    rows of the cache stay as they are.

    Dimensions: rows `[B, H, T, D]`, lengths `[B]`, cache `[B, H, S, D]`, with
    pages `[1, H, S, D]` and a table `[B, M]`, angles `[A, D / 2]`.

    - `page_table` names pages and `page_size` is R; there are S div R pages.
      `attn.block_sparse` with key blocks of R reads such a cache by the table.
    - `lengths` is the number of rows that each sequence has had so far.
    - `angles(%cos, %sin)` turns pair i of features by cos[n, i] and sin[n, i],
      (x cos - y sin, y cos + x sin) in f32. Pairs are (i, i + D / 2), with
      `interleaved` (2 i, 2 i + 1).

    The cache may be given and taken at one place: where a function does nothing
    else with the argument, no row is copied (see `attn-keep-inputs`).

    Sources: FlashAttention's `flash_attn_with_kvcache`; paged attention (arXiv
    2309.06180); RoFormer (arXiv 2104.09864).

    Constraints:
    - C1: rows and cache are of rank 4, lengths of rank 1, the table and angles of
      rank 2.
    - C2: rows and cache are of one element type, f16, bf16, f32 or f64; angles
      are of one float type.
    - C3: lengths and the table are of i32 or i64.
    - C4: sizes agree as listed above.
    - C5: with angles D is even; `interleaved` needs angles.
    - C6: `page_table` comes with a positive `page_size`, a cache of one batch
      entry, and without `ring`.
    - C7: all operands are tensors, or all are memrefs.

    ```mlir
    %next = attn.cache_update ins(%k : tensor<2x8x1x64xf32>)
        lengths(%n : tensor<2xi32>) page_table(%table : tensor<2x?xi32>) page_size 16
        angles(%cos, %sin : tensor<?x32xf32>, tensor<?x32xf32>)
        outs(%pages : tensor<1x8x?x64xf32>)
    ```
  }];
  let arguments = (ins
    Attn_CacheShaped:$rows, Attn_CacheShaped:$lengths,
    Optional<Attn_CacheShaped>:$page_table, Optional<Attn_CacheShaped>:$cos,
    Optional<Attn_CacheShaped>:$sin, Attn_CacheShaped:$cache_init,
    OptionalAttr<I64Attr>:$page_size, UnitAttr:$ring, UnitAttr:$interleaved);
  let results = (outs Variadic<AnyRankedTensor>:$caches);
  let assemblyFormat = [{
    (`ring` $ring^)? (`interleaved` $interleaved^)?
    `ins` `(` $rows `:` type($rows) `)`
    `lengths` `(` $lengths `:` type($lengths) `)`
    (`page_table` `(` $page_table^ `:` type($page_table) `)`)?
    (`page_size` $page_size^)?
    (`angles` `(` $cos^ `,` $sin `:` type($cos) `,` type($sin) `)`)?
    `outs` `(` $cache_init `:` type($cache_init) `)` attr-dict
  }];
  let extraClassDeclaration = [{
    MutableOperandRange getDpsInitsMutable() { return getCacheInitMutable(); }
  }];
}

//===----------------------------------------------------------------------===//
// attn.cache_evict
//===----------------------------------------------------------------------===//

def Attn_CacheEvictOp : Attn_CacheOp<"cache_evict"> {
  let summary = "keeps some rows of caches and moves them to the front";
  let description = [{
    For every batch b and head h, with n = lengths[b] clamped to [0, S] rows in
    use and the budget m = heavy + recent, nothing happens where n <= m.
    Otherwise m rows are kept:

    - the `recent` last ones, and
    - of the n - recent others the `heavy` ones with the largest mass[b, h, j],
      of equal masses those with the smallest place; NaN is larger than all
      numbers. Without `mass` they are the first ones (attention sinks).

    The last and the first rows are those of the largest and smallest
    place[b, h, j], which is j without `places`. Without `places` kept rows move
    to rows 0 .. m - 1 in their order. With them only rows that have to move do:
    the kept rows from row m on, in their order, go to the places below m that are
    free, in theirs. Rows from m on are then of no meaning, and stay as they are.

    Destinations are caches, `[B, H, S, D]`, or numbers per row, `[B, H, S]`; the
    masses and places belong to them, and are read before anything moves. Where a
    function does nothing else with these arguments they change in place.

    Dimensions: lengths `[B]`, mass and places `[B, H, S]`.

    Sources: heavy-hitter oracle (arXiv 2306.14048), algorithm 1; StreamingLLM
    (arXiv 2309.17453).

    Constraints:
    - C1: lengths are of rank 1, mass and places of rank 3, destinations of rank 3
      or 4; there is at least one.
    - C2: mass is of f32 or f64; lengths and places are of i32 or i64.
    - C3: sizes agree as listed above.
    - C4: `heavy` is at least 0, and `recent` at least 0; their sum is positive and
      below 2^31.
    - C5: `mass` and `places` are numbers of destinations.
    - C6: all operands are tensors, or all are memrefs.

    ```mlir
    %k1, %v1, %m1 = attn.cache_evict heavy 256 recent 256 mass 2
        lengths(%n : tensor<1xi32>)
        outs(%k, %v, %m : tensor<1x8x513x64xf32>, tensor<1x8x513x64xf32>, tensor<1x8x513xf32>)
    ```
  }];
  let arguments = (ins
    Attn_CacheShaped:$lengths, Variadic<Attn_CacheShaped>:$inits,
    I64Attr:$heavy, I64Attr:$recent,
    OptionalAttr<I64Attr>:$mass, OptionalAttr<I64Attr>:$places);
  let results = (outs Variadic<AnyRankedTensor>:$caches);
  let assemblyFormat = [{
    `heavy` $heavy `recent` $recent (`mass` $mass^)? (`places` $places^)?
    `lengths` `(` $lengths `:` type($lengths) `)`
    `outs` `(` $inits `:` type($inits) `)` attr-dict
  }];
  let extraClassDeclaration = [{
    MutableOperandRange getDpsInitsMutable() { return getInitsMutable(); }
    /// The destination that holds masses, or places; null without.
    Value getMassInit() { return getMass() ? getInits()[*getMass()] : Value(); }
    Value getPlacesInit() {
      return getPlaces() ? getInits()[*getPlaces()] : Value();
    }
  }];
}

//===----------------------------------------------------------------------===//
// attn.key_mass
//===----------------------------------------------------------------------===//

def Attn_KeyMassOp : Op<Attn_Dialect, "key_mass", [
    Pure, AttrSizedOperandSegments, DestinationStyleOpInterface,
    InferTypeOpAdaptor,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
      ["reifyResultShapes"]>]> {
  let summary = "adds up the attention that each key received";
  let description = [{
    The column sums of the weights of attention. For every batch b, key head g and
    key j, with s, A and lse as in `attn.dense`,

      mass[b, g, j] = sum over the heads h of group g and queries i that admit j
                      of exp(s[b, h, i, j] - lse[b, h, i])

    which needs the logarithm of each row's softmax sum and hence comes behind the
    operation that computes it, from the same queries, keys and masks. A row
    without keys adds nothing. Nothing of the size T x S is stored.

    Dimensions: query `[B, Hq, T, K]`, key `[B, Hkv, S, K]`, lse `[B, Hq, T]`, mass
    `[B, Hkv, S]` in f32.

    `scale`, `causal`, `window`, `align`, `softcap`, `bias`, `captures` and regions
    are those of `attn.dense`. A sink is in lse.

    Source: heavy-hitter oracle (arXiv 2306.14048).

    Constraints:
    - C1 to C12 are those of `attn.dense` for what both have.
    - C13: lse and mass are of f32, of f64 for f64 queries; mass is of rank 3.

    ```mlir
    %mass = attn.key_mass causal align(bottom_right)
        ins(%q, %k : tensor<1x8x?x64xf32>, tensor<1x2x?x64xf32>)
        lse(%lse : tensor<1x8x?xf32>) outs(%m0 : tensor<1x2x?xf32>)
    ```
  }];
  let arguments = (ins
    AnyRankedTensor:$query, AnyRankedTensor:$key, AnyRankedTensor:$lse,
    Optional<AnyRankedTensor>:$bias, Variadic<AnyType>:$captures,
    AnyRankedTensor:$mass_init,
    OptionalAttr<F64Attr>:$scale, OptionalAttr<F64Attr>:$softcap,
    UnitAttr:$causal, OptionalAttr<Attn_AlignmentAttr>:$align,
    OptionalAttr<DenseI64ArrayAttr>:$window);
  let results = (outs AnyRankedTensor:$mass);
  let hasCanonicalizer = 1;
  let regions = (region AnyRegion:$score, AnyRegion:$mask);
  let assemblyFormat = [{
    (`causal` $causal^)? (`align` `` $align^)? (`window` $window^)?
    (`scale` $scale^)? (`softcap` $softcap^)?
    `ins` `(` $query `,` $key `:` type($query) `,` type($key) `)`
    `lse` `(` $lse `:` type($lse) `)`
    (`bias` `(` $bias^ `:` type($bias) `)`)?
    (`captures` `(` $captures^ `:` type($captures) `)`)?
    `outs` `(` $mass_init `:` type($mass_init) `)`
    (`score` $score^)? (`mask` $mask^)? attr-dict
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    MutableOperandRange getDpsInitsMutable() { return getMassInitMutable(); }
  }];
}

#endif // ATTN_CACHE_OPS
