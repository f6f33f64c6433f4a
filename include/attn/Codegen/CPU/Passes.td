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

def CPUVectorizePass : InterfacePass<"attn-cpu-vectorize",
                                     "FunctionOpInterface"> {
  let summary = "turn register tiles into vector operations held in registers";
  let description = [{
    Vectorises every linalg op of static shape, contractions as
    `vector.contract`, and ragged ones whose hint names `lanes` under a mask.
    Then folds slices into transfers, hoists transfers of accumulators out of
    loops so that they become loop-carried vectors, and removes what is left
    over. An op that stays is compiled to scalar loops only if it has no
    parallel loop to vectorise; inside a query tile that is an error.
  }];
  let statistics = [
    Statistic<"numVectorized", "vectorized", "Number of ops vectorised">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect",
    "::mlir::vector::VectorDialect"];
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

def CPUHoistScratchPass : InterfacePass<"attn-cpu-hoist-scratch",
                                        "FunctionOpInterface"> {
  let summary = "allocate the scratch of a tile once, at its start";
  let description = [{
    Moves every `memref.alloc` of static shape to the start of the innermost
    `scf.forall`, or of the function, unless the buffer is carried from one
    iteration to the next, and frees it at the end. A kernel then allocates once
    per tile and not once per key block. Buffers allocated at the start of a
    forall's body are freed at its end too, which upstream's deallocation leaves
    undone.
  }];
  let statistics = [
    Statistic<"numHoisted", "hoisted", "Number of allocations moved">
  ];
}

def CPUExpandMathPass : InterfacePass<"attn-cpu-expand-math",
                                      "FunctionOpInterface"> {
  let summary = "expand exp2 and float maxima of vectors into cheap arithmetic";
  let description = [{
    `math.exp2` on f32 vectors becomes a degree-5 polynomial and an exponent made
    by integer arithmetic: NaN stays NaN, -inf gives exactly +0, and the relative
    error is below 3e-7. An op marked `attn.nonpositive` needs no clamp from
    above. Upstream has a polynomial for exp but none for exp2.

    `arith.maximumf` becomes compare and select, which is one instruction; a NaN
    on the left is ignored, as the online softmax allows (a NaN score reaches
    its row through the sum). Other `math` operations on vectors take upstream's
    polynomials; one that has none is refused at its line.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
    "::mlir::vector::VectorDialect"];
}

#endif // ATTN_CODEGEN_CPU_PASSES
