//===- Passes.td - passes that know attention but no chip --*- tablegen -*-===//
//
//   attn.dense --explicit-captures, specialize-mask--> attn.dense
//              --schedule, split-keys, tile----------> attn.dense on one tile
//              --convert-to-online-------------------> attn.online x 1..3, attn.finish
//              --tile-keys---------------------------> attn.online on key blocks
//              --decompose---------------------------> linalg on tensors
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TRANSFORMS_PASSES
#define ATTN_TRANSFORMS_PASSES

include "mlir/Pass/PassBase.td"

def ExplicitCapturesPass : InterfacePass<"attn-explicit-captures",
                                         "FunctionOpInterface"> {
  let summary = "turn values that regions use from outside into operands";
  let description = [{
    A `score` or `mask` region of `attn.dense` may use values of the enclosing
    function directly. Afterwards each of them is an operand in `captures(...)`
    and a trailing argument of both regions; constants are cloned into the
    region instead. What an op reads is then visible in its operands.

    ```mlir
    attn.dense .. score { ^bb0(..): %x = tensor.extract %slopes[%h] .. }
    // becomes
    attn.dense .. captures(%slopes : tensor<8xf32>)
        score { ^bb0(.., %arg: tensor<8xf32>): %x = tensor.extract %arg[%h] .. }
    ```
  }];
  let statistics = [
    Statistic<"numCaptured", "captured", "Number of values made operands">
  ];
}

def WidenBooleansPass : Pass<"attn-widen-booleans", "::mlir::ModuleOp"> {
  let summary = "keep tensors of i1 as one byte per element";
  let description = [{
    Every tensor of i1 becomes one of i8, where 0 is false: function arguments
    and results, a boolean `bias`, captures, and what `linalg` and `tensor` make
    of them. Bodies go on computing with i1. No element is copied or converted
    ahead of its use. Signatures that were recorded stay as they are: a boolean
    is one byte for the caller too.

    ```mlir
    func.func @f(%m: tensor<1x1x?x?xi1>, ..) { .. attn.dense .. bias(%m) }
    // becomes
    func.func @f(%m: tensor<1x1x?x?xi8>, ..) { .. attn.dense .. bias(%m) }
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::tensor::TensorDialect"];
}

def SpecializeMaskPass : InterfacePass<"attn-specialize-mask",
                                       "FunctionOpInterface"> {
  let summary = "move what attributes can say out of mask regions";
  let description = [{
    Reads the `mask` region of every `attn.dense` symbolically. Conjuncts of the
    form `i + d - l <= j <= i + d + r` with constant l and r become `causal` and
    `window`; a region that admits everything goes away. The region stays as it
    is where it says anything else, or where the op already has such a mask on
    another diagonal.

    ```mlir
    attn.dense ins(..) outs(..) mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %m = arith.cmpi sle, %j, %i : index
        attn.yield %m : i1 }
    // becomes
    attn.dense causal align(top_left) ins(..) outs(..)
    ```
  }];
  let statistics = [
    Statistic<"numAttributes", "attributes", "Number of masks made attributes">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def PackQueriesPass : InterfacePass<"attn-pack-queries", "FunctionOpInterface"> {
  let summary = "make the few queries of grouped heads the rows of one head";
  let description = [{
    Query heads that share a key head read the same keys. Where an `attn.dense`
    has 2 to half a tile of queries, all queries of the heads of a group become
    the queries of one head: `[B, Hq, T, K]` is seen as
    `[B, Hkv, Hq / Hkv * T, K]`, without moving an element, so that a tile has
    more rows and each key is read once for all of them. Regions are told the
    head and the query of a row; causal masks and windows become a `mask`
    region.

    An op is left alone where its sizes are dynamic, where each head has its own
    keys, and where it has a sink or a bias that is broadcast along only one of
    heads and queries. A single query is packed by `attn-tile` instead.

    ```mlir
    %o = attn.dense ins(%q, %k, %v
        : tensor<1x4x2x64xf32>, tensor<1x2x9x64xf32>, tensor<1x2x9x64xf32>)
        outs(%init : tensor<1x4x2x64xf32>)
    ```
    becomes
    ```mlir
    %g = tensor.expand_shape %q [[0], [1, 2], [3], [4]] ..
    %p = tensor.collapse_shape %g [[0], [1], [2, 3], [4]]
        : tensor<1x2x2x2x64xf32> into tensor<1x2x4x64xf32>
    %r = attn.dense ins(%p, %k, %v ..) outs(%e : tensor<1x2x4x64xf32>)
    ```
  }];
  let options = [
    Option<"target", "target", "std::string", /*default=*/"\"native\"",
           "`native`, an x86-64 level or a CPU name of LLVM, with `+feature` or "
           "`-feature` suffixes (default: native)">
  ];
  let statistics = [
    Statistic<"numPacked", "packed", "Number of ops whose queries were packed">
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::tensor::TensorDialect"];
}

def ExpandLengthsPass : InterfacePass<"attn-expand-lengths",
                                      "FunctionOpInterface"> {
  let summary = "make lengths and packed sequences of attn.dense masks";
  let description = [{
    `lengths` and `cu_seqlens` say for each query which interval of keys it may
    attend to. The bounds of these intervals are computed for each query, with the
    causal mask and the window in them, and become captures of a `mask` region,
    which later stages read as bounds of loops:

    ```mlir
    %o = attn.dense causal align(bottom_right) ins(%q, %k, %v) lengths(%n) ..
    // becomes, with low and high of [B, T]
    %o = attn.dense ins(%q, %k, %v) captures(%low, %high) .. mask {
      ^bb0(%b, %h, %i, %j, %lows, %highs): low[b, i] <= j < high[b, i] }
    ```

    A length counts as at most S and at least 0, and a bound of a packed sequence
    as at least the one before it and at most S.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::tensor::TensorDialect"];
}

def ExpandMassPass : InterfacePass<"attn-expand-mass", "FunctionOpInterface"> {
  let summary = "compute attn.key_mass by attention with exchanged sides";
  let description = [{
    The mass of a key is a softmax sum over queries,

      mass[j] = exp(log(sum_i exp(s[i, j] - lse[i])))

    that is the exponential of `lse` of an `attn.dense` whose queries are the keys
    and whose keys are the queries, with `- lse[i]` in its score region. So the
    tiles, masks and vectors of `attn.dense` serve it. Of heads that share a key
    head each is one such operation.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::math::MathDialect", "::mlir::tensor::TensorDialect"];
}

def ExpandGroupsPass : InterfacePass<"attn-expand-groups",
                                     "FunctionOpInterface"> {
  let summary = "make products by group products of blocks of rows";
  let description = [{
    `attn.grouped_project` becomes an `scf.forall` over blocks of rows, each a
    `linalg.matmul` with the matrix of its group. There are as many blocks as N rows
    may need at most, ceil(N / block) + G; those that a call does not need have no
    rows. `attn.route` becomes plain loops.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"];
}

def SchedulePass : InterfacePass<"attn-schedule", "FunctionOpInterface"> {
  let summary = "choose tile sizes for attention ops from target and shapes";
  let description = [{
    Sets `schedule` on every `attn.dense` and `scan` on every `attn.linear` and
    `attn.recurrent` that has none. Queries go into vector
    lanes; the register tile is as large as the accumulators of the target
    allow; a key block keeps scores in the first-level cache. What was chosen,
    and why, is said as a remark of the category `attn-schedule`. With static
    sizes a remark of the category `attn-mask` tells how many tiles the mask
    leaves empty, full and partial.
  }];
  let options = [
    Option<"target", "target", "std::string", /*default=*/"\"native\"",
           "`native`, an x86-64 level or a CPU name of LLVM, with `+feature` or "
           "`-feature` suffixes (default: native)">
  ];
  let statistics = [
    Statistic<"numChosen", "chosen", "Number of schedules chosen">,
    Statistic<"numEmptyTiles", "empty-tiles",
              "Number of empty tiles of statically shaped ops">,
    Statistic<"numFullTiles", "full-tiles",
              "Number of full tiles of statically shaped ops">,
    Statistic<"numPartialTiles", "partial-tiles",
              "Number of partial tiles of statically shaped ops">
  ];
}

def ScheduleConvPass : InterfacePass<"attn-schedule-conv",
                                     "FunctionOpInterface"> {
  let summary = "choose between a direct convolution and transforms";
  let description = [{
    Sets `form` on every `attn.long_conv` that has none and whose tokens, taps
    and history are of known sizes: `direct` where its products cost less than
    transforms of the power of two that holds all tokens. What was chosen, and
    why, is said as a remark of the category `attn-schedule`. Where a size is
    dynamic nothing is set, and the kernel decides by the same rule.
  }];
  let options = [
    Option<"target", "target", "std::string", /*default=*/"\"native\"",
           "`native`, an x86-64 level or a CPU name of LLVM, with `+feature` or "
           "`-feature` suffixes (default: native)">
  ];
  let statistics = [
    Statistic<"numChosen", "chosen", "Number of forms chosen">
  ];
}

def SplitKeysPass : InterfacePass<"attn-split-keys", "FunctionOpInterface"> {
  let summary = "split the keys of attn.dense into parts that run independently";
  let description = [{
    Where the schedule has `key_split = N > 0`, tiles the key loop into parts of
    N keys by `PartialReductionOpInterface`: an `scf.forall` of `attn.dense`
    ops, one per part, each with its own lse, and an `attn.merge` over the part
    axis. The number of parts depends on sizes alone, never on threads; it is 16
    at most, and parts are longer than N keys if they must be.
  }];
  let statistics = [
    Statistic<"numSplit", "split", "Number of ops split over keys">
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"];
}

def TilePass : InterfacePass<"attn-tile", "FunctionOpInterface"> {
  let summary = "tile attn.dense over batch, heads and queries";
  let description = [{
    Each `attn.dense` with a schedule becomes an `scf.forall` over batch, key
    head, group and tiles of `query_tile` queries, around an `attn.dense` on one
    tile; each `attn.merge` likewise, as a loop marked `attn.epilogue`. Keys stay
    whole. With one query, a tile holds up to `query_tile` query heads of a key
    head, unless the mask differs from head to head, or an lse is wanted beside a
    sink. Iterations are independent and write disjoint parts of the results.
  }];
  let statistics = [
    Statistic<"numTiled", "tiled", "Number of ops tiled">
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect"];
}

def SplitSequencesPass : InterfacePass<"attn-split-sequences",
                                       "FunctionOpInterface"> {
  let summary = "split packed sequences of attn.linear and attn.recurrent";
  let description = [{
    Each op with `cu_seqlens` becomes an `scf.forall` over sequences and state
    heads around the op on one of each: tokens [begin, end) of all that runs
    along the sequence, and the states of its own. Bounds are not trusted: each
    is taken to be at least the one before it and at most the number of tokens.
    Tokens outside of every sequence give 0: the output is filled with it first.

    ```mlir
    %o, %s = attn.linear ins(%q, %k, %v) cu_seqlens(%cu) outs(%o0, %s0)
    // becomes
    %zeros = linalg.fill ..
    %o, %s = scf.forall (%n, %h) .. shared_outs(%oi = %zeros, %si = %s0) {
      attn.linear ins(%q[..], %k[..], %v[..]) outs(%oi[0, %h, %begin, 0], %si[%n, %h, 0, 0])
    }
    ```
  }];
  let statistics = [
    Statistic<"numSplit", "split", "Number of ops split over sequences">
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"];
}

def TileStatePass : InterfacePass<"attn-tile-state", "FunctionOpInterface"> {
  let summary = "tile attn.linear and attn.recurrent over heads and chunks";
  let description = [{
    Each op with a `scan` becomes an `scf.forall` over batch, state heads and,
    where the scan says so, groups of state columns, around an `scf.for` over
    chunks of tokens that carries the state. An op without state destinations
    is given ones here, inside the forall.

    ```mlir
    %o = attn.linear scan <chunk = 64, ..> ins(%q, %k, %v) outs(%init)
    // becomes
    %o = scf.forall (%b, %h) .. shared_outs(%out = %init) {
      %zero = linalg.fill ..
      %r:2 = scf.for %t .. step 64 iter_args(%o = .., %s = %zero) {
        attn.linear ins(%q[..], %k[..], %v[..]) outs(%o[..], %s)
      }
    }
    ```
  }];
  let statistics = [
    Statistic<"numTiled", "tiled", "Number of ops tiled">
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::bufferization::BufferizationDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect"];
}

def DecomposeComposePass : InterfacePass<"attn-decompose-compose",
                                         "FunctionOpInterface"> {
  let summary = "turn attn.compose into a loop over parts of linalg ops";
  let description = [{
    Each `attn.compose` on tensors becomes an `scf.for` over its parts that
    carries the state, and the transition where there is one. Transitions that
    are one number, or one for each row or element, scale it in place; those that
    are matrices are multiplied onto it, and the product takes its place. The
    `linalg` operations are then tiled and vectorised as any others around
    attention.

    ```mlir
    %s = attn.compose ins(%es, %ms : tensor<?x1x8x64x32xf32>, tensor<?x1x8xf32>)
        outs(%s0 : tensor<1x8x64x32xf32>)
    // becomes
    %s = scf.for %p = %c0 to %parts step %c1 iter_args(%x = %s0) {
      %next = linalg.generic ins(%ms[%p], %es[%p]) outs(%x) { m * x + e }
    }
    ```
  }];
  let statistics = [
    Statistic<"numDecomposed", "decomposed", "Number of ops decomposed">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::bufferization::BufferizationDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect"];
}

def ConvertToOnlinePass : InterfacePass<"attn-convert-to-online",
                                        "FunctionOpInterface"> {
  let summary = "turn each tile of attn.dense into attn.online over key ranges";
  let description = [{
    An `attn.dense` of one batch, one head and at most `query_tile` queries
    becomes fills, up to three chained `attn.online` and an `attn.finish`. The
    mask is read symbolically: keys that no row of the tile admits are left out,
    and the range that every row admits is computed without the mask,

      keys:   0 .. lo .. fullLo ........ fullHi .. hi .. S
              --   masked    unmasked     masked   --

    Bounds are expressions of the tile's place, so they serve static and dynamic
    sizes. A mask that is no interval keeps one range [lo, hi), whose key blocks
    `attn-tile-keys` classifies at run time.

    The query tile is copied once, converted to f32, transposed so that queries
    lie in vector lanes, and multiplied by the constant factors of the scores.
  }];
  let statistics = [
    Statistic<"numConverted", "converted", "Number of tiles converted">
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"];
}

def TileKeysPass : InterfacePass<"attn-tile-keys", "FunctionOpInterface"> {
  let summary = "tile attn.online into key blocks, skipping empty ones";
  let description = [{
    Each `attn.online` with a schedule becomes an `scf.for` over blocks of
    `key_block` keys that carries maximum, sum and accumulator. Where the mask
    is no interval of keys, each block is classified first: an empty block is
    skipped, a full one runs without the mask.

    ```mlir
    %r:3 = scf.for %s = %c0 to %n step %c96 iter_args(..) {
      %b:3 = attn.online .. ins(%q, %k_block, %v_block) .. outs(%m, %l, %acc)
      scf.yield %b#0, %b#1, %b#2
    }
    ```
  }];
  let statistics = [
    Statistic<"numTiled", "tiled", "Number of ops tiled">,
    Statistic<"numClassified", "classified",
              "Number of key loops that classify blocks at run time">
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"];
}

def DecomposePass : InterfacePass<"attn-decompose", "FunctionOpInterface"> {
  let summary = "express attn.online, attn.finish and attn.merge in linalg";
  let description = [{
    Tile-level operations become `linalg` on tensors, one operation per step of
    the online softmax:

      S   = K Q                          matmul of keys by query lanes
      S'  = softcap, bias, score, mask   elementwise, only where there is any
      m'  = max(m, max_j S')             reduction over keys
      P   = exp2(S' - m')                elementwise; -0.0 marks a masked weight
      l'  = exp2(m - m') l + sum_j P     reduction over keys
      acc' = exp2(m - m') acc + V^T P    matmul, masked where V is not finite

    each carrying a `#attn.register_tile` attribute that says how
    `attn-cpu-register-tile` fuses and tiles it. Inputs of 16 bits are converted
    to f32 block by block.
  }];
  let statistics = [
    Statistic<"numDecomposed", "decomposed", "Number of ops decomposed">
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"];
}

#endif // ATTN_TRANSFORMS_PASSES
