//===- Passes.td - passes that make CPU code ---------------*- tablegen -*-===//
//
//   linalg on tensors --register-tile--> loops around register tiles
//                     --vectorize------> vector on tensors
//                     --boundary-------> functions on memrefs
//   (upstream's bufferisation)
//                     --expand-math----> arith on vectors
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_CPU_PASSES
#define ATTN_CODEGEN_CPU_PASSES

include "mlir/Pass/PassBase.td"

def ExpandNeighboursPass : InterfacePass<"attn-expand-neighbours",
                                         "FunctionOpInterface"> {
  let summary = "express what stands around attention by linalg and slices";
  let description = [{
    `arith` and `math` on tensors, `tensor.generate`, `tensor.splat` and
    `linalg.softmax` become `linalg.generic` and `linalg.fill`; `tensor.concat`,
    `tensor.pad`, `linalg.pack` and `linalg.unpack` become these and
    `tensor.insert_slice`. Math functions of f16 and bf16 are taken in f32,
    and so are sums and matrix products, which are rounded once.
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"];
}

def CPUTileNeighboursPass : InterfacePass<"attn-cpu-tile-neighbours",
                                          "FunctionOpInterface"> {
  let summary = "tile the linalg ops around attention for cores and vectors";
  let description = [{
    Runs before attention is tiled, when every linalg op stands around it. Fuses
    chains of elementwise ops where no element is computed twice. Then each op
    becomes an `scf.forall` over its outer parallel loops:

    - a product of matrices packs blocks of its right operand and multiplies by
      register tiles;
    - an elementwise op runs in vectors along the innermost dimension, by square
      tiles if it transposes, with a masked rest;
    - a reduction along the innermost dimension keeps vectors of partial results;
    - an op that has no vector form stays scalar, which a remark says.

    A transpose that folds into the strides of the function's boundary is left.
  }];
  let options = [
    Option<"target", "target", "std::string", /*default=*/"\"native\"",
           "CPU to tile for, in the form of attn-compile's --target (default: "
           "the machine that runs the compiler)">
  ];
  let statistics = [
    Statistic<"numContractions", "contractions", "Number of matrix products">,
    Statistic<"numVectorized", "vector-loops", "Number of ops tiled into vectors">,
    Statistic<"numScalar", "scalar", "Number of ops left to scalar loops">
  ];
  let dependentDialects = [
    "::mlir::attn::AttnDialect", "::mlir::affine::AffineDialect",
    "::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"];
}

def CPURegisterTilePass : InterfacePass<"attn-cpu-register-tile",
                                        "FunctionOpInterface"> {
  let summary = "tile and fuse linalg inside a query tile as its hints say";
  let description = [{
    Every linalg op with `attn.tile = #attn.register_tile<sizes = ..>` is tiled
    by upstream's tile-and-fuse; producers whose hint says `fuse` go into its
    loop, and those that say `yield` are returned from it too, for their other
    users. A ragged last tile is peeled off and tiled again by `tail`, so that
    main loops have static tiles.

    With `inner`, tiles what is left by the hints' `inner` sizes instead. It is a
    second run, after canonicalisation has made the outer tiles static.
  }];
  let options = [
    Option<"inner", "inner", "bool", /*default=*/"false",
           "tile by the inner sizes of the hints (default: by the outer ones)">
  ];
  let statistics = [
    Statistic<"numTiled", "tiled", "Number of ops tiled">,
    Statistic<"numFused", "fused", "Number of producers fused into a loop">
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"];
}

def CPUPrefetchPass : InterfacePass<"attn-cpu-prefetch", "FunctionOpInterface"> {
  let summary = "prefetch the next key block inside the products of this one";
  let description = [{
    For every product whose hint says `prefetch = N`, each step of the innermost
    loop asks for one line of the first input N rows further on: for the row that
    it reads, or, where it reads one column of a few rows, for that column of one
    of them; copies of the step in an unrolled loop take turns. Places past the
    end of the tensor are harmless.
  }];
  let statistics = [
    Statistic<"numPrefetches", "prefetches", "Number of prefetches inserted">
  ];
  let dependentDialects = [
    "::mlir::attn::AttnDialect", "::mlir::affine::AffineDialect",
    "::mlir::arith::ArithDialect"];
}

def CPUVectorizePass : InterfacePass<"attn-cpu-vectorize",
                                     "FunctionOpInterface"> {
  let summary = "turn register tiles into vector operations held in registers";
  let description = [{
    Vectorises every linalg op of static shape, contractions as
    `vector.contract`, and ragged ones whose hint names `lanes` under a mask.
    Then folds slices into transfers, hoists transfers of accumulators out of
    loops so that they become loop-carried vectors, reads what contractions
    broadcast as scalars, and removes what is left over. An op that cannot be
    vectorised stays and becomes scalar loops.
  }];
  let statistics = [
    Statistic<"numVectorized", "vectorized", "Number of ops vectorised">
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::bufferization::BufferizationDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect", "::mlir::vector::VectorDialect"];
}

def CPUBoundaryPass : Pass<"attn-cpu-boundary", "::mlir::ModuleOp"> {
  let summary = "pass tensors of public functions as strided memrefs";
  let description = [{
    Each tensor argument of a public function becomes a memref with dynamic
    outer strides and innermost stride 1; each result becomes a trailing
    argument that the function writes. A `linalg.transpose` of an argument, or
    of a value that is returned, folds into the strides when it keeps the last
    dimension, so that another layout costs no copy.

    ```mlir
    func.func @f(%x: tensor<?x64xf32>) -> tensor<?x64xf32>
    // becomes
    func.func @f(%x: memref<?x64xf32, strided<[?, 1], offset: ?>>,
                 %o: memref<?x64xf32, strided<[?, 1], offset: ?>>)
    ```
  }];
  let statistics = [
    Statistic<"numFolded", "folded", "Number of transposes folded">
  ];
  let dependentDialects = [
    "::mlir::bufferization::BufferizationDialect",
    "::mlir::memref::MemRefDialect", "::mlir::tensor::TensorDialect",
    "::mlir::linalg::LinalgDialect"];
}

def CPULowerCopiesPass : InterfacePass<"attn-cpu-lower-copies",
                                       "FunctionOpInterface"> {
  let summary = "copy memrefs by vectors instead of a runtime function";
  let description = [{
    `memref.copy` becomes loops over the outer dimensions, an `scf.forall` where
    it is not inside one already, and vectors along the innermost. Between
    strided memrefs it would call MLIR's `memrefCopy`, which no object brings.
  }];
  let options = [
    Option<"target", "target", "std::string", /*default=*/"\"native\"",
           "CPU to copy on, in the form of attn-compile's --target (default: the "
           "machine that runs the compiler)">
  ];
  let statistics = [
    Statistic<"numCopies", "copies", "Number of copies">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::ub::UBDialect",
    "::mlir::vector::VectorDialect"];
}

def OutlinePhasesPass : Pass<"attn-outline-phases", "::mlir::ModuleOp"> {
  let summary = "make functions of the phases and tiles of public functions";
  let description = [{
    Runs on memrefs. At the top level of a function with `attn.signature`, each
    `scf.forall` is a phase of independent tiles, and what has effects between
    two of them is a phase of one tile. Ops without effects are repeated where
    they are needed. Buffers at the top level become places in a workspace that
    the caller brings, buffers inside a phase places in a scratch that belongs to
    one worker; scalars that a phase reads from memory and a later one uses
    travel through the workspace. Nothing is allocated any more.

    ```mlir
    func.func @f(%x: memref<?xf32>) attributes {attn.signature = [..]} {
      scf.forall (%i) in (%n) { .. }
      return
    // becomes
    func.func private @f_workspace(%x) -> (index, index)
    func.func private @f_grid0(%x, %workspace) -> index
    func.func private @f_tile0(%x, %workspace, %scratch, %tile)
    func.func @f(%x, %workspace, %scratches, %per_worker) attributes {
        attn.phases = {workspace = @f_workspace,
                       phases = [ {grid = @f_grid0, tile = @f_tile0} ] } } {
      %tiles = call @f_grid0(%x, %workspace)
      scf.forall (%tile) in (%tiles) { .. call @f_tile0(..) }
      return
    ```

    `@f_workspace` returns the bytes that all workers share and the bytes that
    each one needs. Ops marked `attn.prepare` become a function `@f_prepare0`
    that runs before the tiles of the phase behind them; so do writes in front of
    a loop that need no buffer and leave no value.

    Behind a loop, what is no loop and loops marked `attn.epilogue` belong to its
    phase: the last of its tiles to end, by a counter in the workspace, runs them.
    A loop that is all of another one's body makes tiles of its own.

    Fails at a buffer whose size the arguments do not bound, or which outlives an
    iteration of a loop, unless the function may `allocate`.
  }];
  let options = [
    Option<"openmp", "openmp", "bool", /*default=*/"false",
           "give each thread of OpenMP a scratch of its own (default: one "
           "thread runs all tiles)">,
    Option<"allocate", "allocate", "bool", /*default=*/"false",
           "let a function allocate, in one phase of one tile, if a buffer has "
           "no place in a workspace (default: such a buffer is an error)">
  ];
  let statistics = [
    Statistic<"numPhases", "phases", "Number of phases">
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::func::FuncDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect"];
}

def CPUExpandMathPass : InterfacePass<"attn-cpu-expand-math",
                                      "FunctionOpInterface"> {
  let summary = "expand exp2 and row maxima of vectors into cheap arithmetic";
  let description = [{
    `math.exp2` on f32 vectors becomes a degree-5 polynomial and an exponent made
    by integer arithmetic: NaN stays NaN, -inf gives exactly +0, and the relative
    error is below 3e-7. An op marked `attn.nonpositive` needs no clamp from
    above. Upstream has a polynomial for exp but none for exp2.

    A `vector.multi_reduction <maxnumf>` over leading rows becomes one compare
    and select per row, which is one instruction. Other `math` operations on
    vectors take upstream's polynomials; one that has none is refused at its
    line.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
    "::mlir::vector::VectorDialect"];
}

def CPUBF16BitsPass : Pass<"attn-cpu-bf16-bits", "::mlir::ModuleOp"> {
  let summary = "move bf16 as 16-bit integers";
  let description = [{
    For targets without bf16 instructions, after arithmetic has been expanded: in
    LLVM dialect, values and constants of bf16 become i16 of the same bits.
  }];
}

def CPULowerRecurrencePass : InterfacePass<"attn-cpu-lower-recurrence",
                                           "FunctionOpInterface"> {
  let summary = "lower tiles of attn.linear and attn.recurrent to vectors";
  let description = [{
    Takes ops on memrefs of one batch, one state head and some tokens, with the
    `scan` that `attn-schedule` chose. `step` tokens at a time read and update
    one panel of the state; what they need and what does not depend on columns
    is prepared once per chunk:

    - products of decayed queries and keys, with lanes along the rows of the
      state, where each key is multiplied by the decays after it as these come,
      so that no quotient of decays is ever formed;
    - for the delta rule a substitution among the step's tokens, in registers,
      on the residual itself, so that no inverse is formed.

    A state that decays per element (`decay`) is scanned with lanes along its
    columns and rows in registers.
  }];
  let statistics = [
    Statistic<"numLowered", "lowered", "Number of tiles lowered">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect"];
}

def CPULowerListsPass : InterfacePass<"attn-cpu-lower-lists",
                                      "FunctionOpInterface"> {
  let summary = "lower attn.pool, attn.select and attn.invert to vectors";
  let description = [{
    Takes ops on memrefs. A tile of `attn.select` is a few vectors of queries of
    one list head, which lie in lanes. Scores of a tile, their sums over a group
    and the search for the best stay in a panel of scratch, `[blocks, queries]`;
    nothing else of that size is stored. The best are found exactly, by a search
    for the threshold among the ordered bits of the scores: the number of blocks
    at least as good is counted in all lanes at once, until it is the number
    wanted. A tile of
    `attn.pool` is 16 blocks of one head; of `attn.invert`, one list head.
  }];
  let options = [
    Option<"target", "target", "std::string", /*default=*/"\"native\"",
           "`native`, an x86-64 level or a CPU name of LLVM, with `+feature` or "
           "`-feature` suffixes (default: native)">
  ];
  let statistics = [
    Statistic<"numLowered", "lowered", "Number of operations lowered">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect"];
}

def CPULowerCachePass : InterfacePass<"attn-cpu-lower-cache",
                                      "FunctionOpInterface"> {
  let summary = "lower operations on caches to loops over rows";
  let description = [{
    Takes `attn.cache_update` and `attn.cache_evict` on memrefs. Each batch entry
    and head is one tile of an `scf.forall`; with a page table a head is, since two
    tables may name one page. Rows move by `memref.copy`. What is kept of a cache is
    found by bisection over the bits of the masses, without sorting.

    ```mlir
    attn.cache_update ins(%r : memref<2x8x1x64xf32>) lengths(%n : memref<2xi32>)
        outs(%c : memref<2x8x?x64xf32>)
    // becomes
    scf.forall (%b, %h) in (2, 8) {
      scf.for %t = %c0 to %c1 step %c1 {
        scf.if %fits { memref.copy %row, %place } } }
    ```
  }];
  let statistics = [
    Statistic<"numLowered", "lowered", "Number of operations lowered">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect"];
}

def CPULowerLongConvPass : InterfacePass<"attn-cpu-lower-long-conv",
                                         "FunctionOpInterface"> {
  let summary = "lower attn.long_conv to vectors, channels in lanes";
  let description = [{
    Takes ops on memrefs. Each head and each vector of channels is one tile of an
    `scf.forall`; batch entries share the transform of the filter. A `direct`
    form becomes a block-Toeplitz product in registers, an `fft` form transforms
    of a power of two that holds all tokens, whose tables are filled before the
    tiles; without `form` there are both, and sizes decide. Sizes may be dynamic:
    only the butterflies are unrolled.
  }];
  let options = [
    Option<"target", "target", "std::string", /*default=*/"\"native\"",
           "`native`, an x86-64 level or a CPU name of LLVM, with `+feature` or "
           "`-feature` suffixes (default: native)">
  ];
  let statistics = [
    Statistic<"numLowered", "lowered", "Number of convolutions lowered">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect"];
}

#endif // ATTN_CODEGEN_CPU_PASSES
