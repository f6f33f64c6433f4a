//===- Neighbours.h - tiling of linalg ops around attention -----*- C++ -*-===//
//
// Shared by TileNeighbours.cpp (the pass), NeighbourFusion.cpp,
// NeighbourLoops.cpp (elementwise ops and reductions) and
// NeighbourContraction.cpp (matrix products).
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_CODEGEN_CPU_NEIGHBOURS_H
#define ATTN_LIB_CODEGEN_CPU_NEIGHBOURS_H

#include "attn/Dialect/Attn/IR/Attn.h"
#include "attn/Target/TargetInfo.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::attn {

/// Marks an op that stays scalar loops.
inline constexpr llvm::StringLiteral kScalarAttrName = "attn.scalar";

/// True when `attn-cpu-boundary` turns `op` into strides, so that it costs
/// nothing: a transpose that keeps the innermost dimension, of an argument of a
/// public function or of a value that is only returned from one.
bool foldsAtBoundary(linalg::TransposeOp op);

/// Fusion of elementwise ops where that computes no element twice.
void populateNeighbourFusionPatterns(RewritePatternSet &patterns);

/// Says in remarks which ops around attention under `root` were not fused, and
/// why.
void reportUnfused(Operation *root);

/// A product of matrices out[.., m, .., n] += lhs[m, k..] rhs[k.., n] with any
/// number of further parallel loops, whose innermost output dimension is n.
struct Contraction {
  OpOperand *lhs = nullptr, *rhs = nullptr;
  unsigned m = 0, n = 0;
  /// Reduction loops; the last one is blocked.
  SmallVector<unsigned> k;
  /// Extend an element to the type of the output; null where it has that type.
  Operation *lhsCast = nullptr, *rhsCast = nullptr;
};

/// Recognises `op`; nothing if it has no such form, or a single row.
std::optional<Contraction> matchContraction(linalg::GenericOp op);

/// Tiles `op` for parallel work, packs blocks of `rhs` and makes products of
/// register tiles.
LogicalResult tileContraction(RewriterBase &rewriter, linalg::GenericOp op,
                              const Contraction &contraction,
                              const TargetInfo &target);

/// Why `op` cannot become vectors; nothing if it can.
std::optional<std::string> explainScalar(linalg::GenericOp op);

/// Tiles an elementwise op or a reduction for parallel work and then, if
/// `vectorize`, into vectors.
LogicalResult tileLoops(RewriterBase &rewriter, linalg::GenericOp op,
                        bool vectorize, const TargetInfo &target);

/// Tiles `op` by `sizes` (0: not tiled) and replaces it. Null if no loop is
/// left over to tile.
struct TiledOp {
  linalg::LinalgOp op;
  SmallVector<LoopLikeOpInterface> loops;
};
FailureOr<TiledOp> tileAndReplace(RewriterBase &rewriter, linalg::LinalgOp op,
                                  ArrayRef<int64_t> sizes,
                                  scf::SCFTilingOptions::LoopType type);

/// A hint for later passes; see RegisterTileAttr.
void setRegisterTile(Operation *op, ArrayRef<int64_t> sizes,
                     ArrayRef<int64_t> inner, ArrayRef<int64_t> tail,
                     ArrayRef<int64_t> lanes);

/// Whether loads and stores under a mask are instructions for all elements of
/// `bits`.
bool hasMaskedAccess(const TargetInfo &target, unsigned bits);

} // namespace mlir::attn

#endif // ATTN_LIB_CODEGEN_CPU_NEIGHBOURS_H
