//===- ListOps.td - what makes lists of key blocks ---------*- tablegen -*-===//
//
// attn.pool, attn.select and attn.invert, with generated headers of their own:
// only what speaks of making lists depends on them.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIST_OPS
#define ATTN_LIST_OPS

include "attn/Dialect/Attn/IR/AttnDialect.td"
include "mlir/IR/EnumAttr.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Attn_GroupReduction : I32EnumAttr<"GroupReduction",
    "what makes one score of those of a group's heads", [
      I32EnumAttrCase<"Sum", 0, "sum">,
      I32EnumAttrCase<"Mean", 1, "mean">,
      I32EnumAttrCase<"Max", 2, "max">]> {
  let cppNamespace = "::mlir::attn";
}

def Attn_ListShaped : AnyTypeOf<[AnyRankedTensor, AnyStridedMemRef],
                                "ranked tensor or strided memref">;

// Destination-passing operations on tensors, and on memrefs after
// bufferisation.
class Attn_ListOp<string mnemonic, list<Trait> traits = []>
    : Op<Attn_Dialect, mnemonic, traits # [
        DestinationStyleOpInterface, InferTypeOpAdaptor,
        DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
        DeclareOpInterfaceMethods<ConditionallySpeculatable>,
        DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
          ["reifyResultShapes"]>]> {
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// attn.pool
//===----------------------------------------------------------------------===//

def Attn_PoolOp : Attn_ListOp<"pool"> {
  let summary = "one row for each block of rows of a sequence";
  let description = [{
    For every batch b, head h, block n and feature d, with the rows
    R = { n stride, .., min(n stride + size, S) - 1 } of the block,

      output[b, h, n, d] = sum_{r in R} w_r input[b, h, r, d]

    where w_r = weights[r - n stride], or 1 / |R| without `weights`: the mean of
    the rows that are there. A block without rows gives 0. Sums are f32 (f64 for
    f64 inputs).

    Dimensions: input `[B, H, S, D]`, weights `[size]`, output `[B, H, N, D]`.
    With N = ceil(S / stride) the last blocks may be cut off by the end; with
    N = floor((S - size) / stride) + 1, or 0 where S < size, all blocks are whole.
    Blocks overlap where `stride` is less than `size`.

    Sources: the compression of Native Sparse Attention (arXiv 2502.11089,
    equation 7), block means of MoBA (arXiv 2502.13189).

    Constraints:
    - C1: input and output are of rank 4, weights of rank 1.
    - C2: elements are floats: f16, bf16, f32 or f64 for input and output.
    - C3: sizes agree as listed above, apart from N.
    - C4: `size` and `stride` are positive; there are `size` weights.
    - C5: N is at most ceil(S / stride).
    - C6: D is static and positive.
    - C7: all operands are tensors, or all are memrefs.

    ```mlir
    %means = attn.pool size 32 stride 16 ins(%k : tensor<1x2x128x64xf32>)
        outs(%init : tensor<1x2x7x64xf32>)
    ```
  }];
  let arguments = (ins Attn_ListShaped:$input,
    Optional<Attn_ListShaped>:$weights, Attn_ListShaped:$output_init,
    I64Attr:$size, I64Attr:$stride);
  let results = (outs Variadic<AnyRankedTensor>:$outputs);
  let assemblyFormat = [{
    `size` $size `stride` $stride
    `ins` `(` $input `:` type($input) `)`
    (`weights` `(` $weights^ `:` type($weights) `)`)?
    `outs` `(` $output_init `:` type($output_init) `)` attr-dict
  }];
  let hasCanonicalizer = 1;
  let extraClassDeclaration = [{
    MutableOperandRange getDpsInitsMutable() { return getOutputInitMutable(); }
  }];
}

//===----------------------------------------------------------------------===//
// attn.select
//===----------------------------------------------------------------------===//

def Attn_SelectOp : Attn_ListOp<"select", [AttrSizedOperandSegments]> {
  let summary = "lists of the best scored key blocks of each query";
  let description = [{
    Queries are the last T of `tokens` tokens: query i is at place
    t = i + tokens - T. Without `tokens` there are T. Blocks of `block` tokens
    are the candidates: M = ceil(tokens / block), and none that no key reaches.
    Block m < M can be listed where

      visible(i, m)  <=>  not causal, or m block <= t

    Scores, for every batch b, query head h and key n:

      s[n] = scale * sum_d query[b, h, i, d] key[b, g, n, d]   g = h div (Hq / Hkv)
      s[n] = scores[b, h, i, n]                                where they are given
      s[n] = score(s[n], b, h, i, n)                           with a region

    With `softmax`, key n stands for the tokens from n key_stride on, key_size of
    them; it takes part where its last token is not behind t, or everywhere
    without `causal`. Its probability among those is given to the block of each
    stride of its tokens (NSA, equation 9):

      p[n] = exp(s[n]) / sum_{n'} exp(s[n'])
      x[m] = sum_n p[n] |{ u : n <= u < n + key_size / key_stride,
                               u key_stride div block = m }|

    A block is reached that begins before N key_stride + key_size. Without, keys
    are blocks: x[m] = s[m], and M is at most N. Heads that share a list add up (`group`: their sum, mean or
    maximum):

      y[m] = group_{h in list head p} x[m]     h div (Hq / Hl) = p

    lists[b, p, i, :] are the L best of the visible blocks by y, in ascending
    order, -1 behind them. Blocks that are forced come first: those below
    `first`, and the `local` last ones up to that of t. Among equals the lowest
    is best. A NaN is as bad as -inf.

    Dimensions: query `[B, Hq, T, K]`, key `[B, Hkv, N, K]`, or scores
    `[B, Hq, T, N]`; lists `[B, Hl, T, L]`. The region gets the score in f32 (f64
    where all inputs are f64) and b, h, i, n as index values; it may read tensors
    of the function.

    No scores are stored but those of one tile of queries.

    Sources: Native Sparse Attention (arXiv 2502.11089, equations 8 to 12), MoBA
    (arXiv 2502.13189, equations 5 and 6), the indexer of DeepSeek-V3.2-Exp
    (equation 1).

    Constraints:
    - C1: either `ins` or `scores` is there.
    - C2: all of them are of rank 4 and of f16, bf16, f32 or f64; `lists` is of
      rank 4 and of i32 or i64.
    - C3: sizes agree as listed above.
    - C4: the number of query heads is a multiple of those of keys and lists.
    - C5: `block` is positive. `key_size` and `key_stride` come with `softmax`
      alone, are `block` without being given, and positive; the stride divides
      the size and the block.
    - C6: `first` and `local` are not negative, and `local` needs `causal`.
    - C7: `scale` is finite, and there is none with given scores.
    - C8: the region holds pure scalar `arith`, `math` and `tensor.extract`
      (`memref.load` on memrefs), and yields the score's type.
    - C9: all tensors, or all memrefs.
    - C10: K is static and positive.

    ```mlir
    // NSA: the means of 32 keys each 16, blocks of 64, one list for a group.
    %lists = attn.select softmax causal block 64 key_size 32 key_stride 16
        group(sum) first 1 local 2
        ins(%q, %means : tensor<1x8x?x64xf32>, tensor<1x2x?x64xf32>)
        outs(%init : tensor<1x2x?x16xi32>)
    // The indexer of DeepSeek sparse attention: tokens, one list for all heads.
    %tokens = attn.select causal block 1
        ins(%qi, %ki : tensor<1x8x?x64xf32>, tensor<1x1x?x64xf32>)
        outs(%init2 : tensor<1x1x?x512xi32>)
        score {
        ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
          %zero = arith.constant 0.0 : f32
          %relu = arith.maximumf %s, %zero : f32
          %w = tensor.extract %weights[%b, %h, %i] : tensor<1x8x?xf32>
          %r = arith.mulf %w, %relu : f32
          attn.yield %r : f32
        }
    ```
  }];
  let arguments = (ins
    Optional<Attn_ListShaped>:$query, Optional<Attn_ListShaped>:$key,
    Optional<Attn_ListShaped>:$scores, Optional<Index>:$tokens,
    Attn_ListShaped:$lists_init,
    UnitAttr:$softmax, UnitAttr:$causal, I64Attr:$block,
    OptionalAttr<I64Attr>:$key_size, OptionalAttr<I64Attr>:$key_stride,
    DefaultValuedAttr<Attn_GroupReduction, "GroupReduction::Sum">:$group,
    DefaultValuedAttr<I64Attr, "0">:$first,
    DefaultValuedAttr<I64Attr, "0">:$local, OptionalAttr<F64Attr>:$scale);
  let results = (outs Variadic<AnyRankedTensor>:$lists);
  let regions = (region AnyRegion:$score);
  let assemblyFormat = [{
    (`softmax` $softmax^)? (`causal` $causal^)? `block` $block
    (`key_size` $key_size^)? (`key_stride` $key_stride^)?
    (`group` `(` $group^ `)`)? (`first` $first^)? (`local` $local^)?
    (`scale` $scale^)?
    (`ins` `(` $query^ `,` $key `:` type($query) `,` type($key) `)`)?
    (`scores` `(` $scores^ `:` type($scores) `)`)?
    (`tokens` `(` $tokens^ `)`)?
    `outs` `(` $lists_init `:` type($lists_init) `)`
    (`score` $score^)? attr-dict
  }];
  let hasCanonicalizer = 1;
  let extraClassDeclaration = [{
    MutableOperandRange getDpsInitsMutable() { return getListsInitMutable(); }

    /// What has the sizes of queries: the queries, or the scores.
    Value getRows() { return getQuery() ? getQuery() : getScores(); }
    /// What has the N keys, along axis 2 or 3.
    Value getKeys() { return getKey() ? getKey() : getScores(); }
    int64_t getKeyAxis() { return getKey() ? 2 : 3; }
    /// The factor of the products: `scale`, or 1.
    double getScaleOrDefault() {
      return getScale() ? getScale()->convertToDouble() : 1.0;
    }
    /// Tokens of a key, and from one key to the next.
    int64_t getKeySizeOrDefault() { return getKeySize().value_or(getBlock()); }
    int64_t getKeyStrideOrDefault() {
      return getKeyStride().value_or(getBlock());
    }
    /// f64 where all inputs are f64, else f32.
    Type getScoreType();
  }];
}

//===----------------------------------------------------------------------===//
// attn.invert
//===----------------------------------------------------------------------===//

def Attn_InvertOp : Attn_ListOp<"invert", [AttrSizedOperandSegments]> {
  let summary = "which entries of lists name each block";
  let description = [{
    For every batch and list head, the entries of all N lists of length L are
    numbered e = n L + x. Those that name block m, 0 <= m < M, are

      entries[offsets[m]], .., entries[offsets[m + 1] - 1]

    in ascending order, with -1 behind them: offsets are multiples of `align`,
    of which offsets[0] = 0. An entry e belongs to list e div L.

    An entry that names no block is nowhere. So is one for which `entries` has no
    room: N L + M (align - 1) places always suffice. Offsets never exceed E.

    Where they are asked for,
    - places[n, x] is where entry n L + x is in `entries`, or -1;
    - owners[r] is the block that entries [r align, (r + 1) align) belong to, or
      -1.

    Dimensions: lists `[B, Hl, N, L]`, offsets `[B, Hl, M + 1]`, entries
    `[B, Hl, E]`, places `[B, Hl, N, L]`, owners `[B, Hl, R]`; R is ceil(E /
    align), or less where the rest is not wanted.

    This makes queries that read one block neighbours (MoBA, arXiv 2502.13189,
    algorithm 1; the outer loop over blocks of arXiv 2508.18224), and is what
    gradients of keys need.

    Constraints:
    - C1: lists, places are of rank 4, the others of rank 3.
    - C2: elements are i32 or i64.
    - C3: sizes agree as listed above.
    - C4: `align` is positive.
    - C5: M + 1 is positive.
    - C6: all tensors, or all memrefs.

    ```mlir
    %offsets, %entries = attn.invert align 64 ins(%lists : tensor<1x8x512x2xi32>)
        outs(%o, %e : tensor<1x8x9xi32>, tensor<1x8x1536xi32>)
    ```
  }];
  let arguments = (ins Attn_ListShaped:$input,
    Attn_ListShaped:$offsets_init, Attn_ListShaped:$entries_init,
    Optional<Attn_ListShaped>:$places_init,
    Optional<Attn_ListShaped>:$owners_init,
    DefaultValuedAttr<I64Attr, "1">:$align);
  let results = (outs Variadic<AnyRankedTensor>:$outputs);
  let assemblyFormat = [{
    (`align` $align^)? `ins` `(` $input `:` type($input) `)`
    `outs` `(` $offsets_init `,` $entries_init `:`
      type($offsets_init) `,` type($entries_init) `)`
    (`places` `(` $places_init^ `:` type($places_init) `)`)?
    (`owners` `(` $owners_init^ `:` type($owners_init) `)`)? attr-dict
  }];
  let extraClassDeclaration = [{
    MutableOperandRange getDpsInitsMutable() {
      return MutableOperandRange(getOperation(), 1, getNumOperands() - 1);
    }
  }];
}

#endif // ATTN_LIST_OPS
