//===- Decompose.h - tile-level operations as linalg ------------*- C++ -*-===//

#ifndef ATTN_LIB_DIALECT_ATTN_TRANSFORMS_DECOMPOSE_H
#define ATTN_LIB_DIALECT_ATTN_TRANSFORMS_DECOMPOSE_H

#include "attn/Dialect/Attn/IR/Attn.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::attn {

/// The discardable attribute that carries a RegisterTileAttr.
inline constexpr llvm::StringLiteral kTileAttrName = "attn.tile";

/// How an op is tiled or fused, in the words of RegisterTileAttr.
struct TileHint {
  SmallVector<int64_t> sizes, inner, tail, lanes;
  bool fuse = false, yield = false;
  int64_t prefetch = 0;
};

void setTileHint(Operation *op, const TileHint &hint);

/// Builds linalg on f32 tensors with few words.
class LinalgBuilder {
public:
  LinalgBuilder(OpBuilder &b, Location loc) : b(b), loc(loc) {}

  using Body =
      function_ref<SmallVector<Value>(OpBuilder &, Location, ValueRange args)>;

  /// linalg.generic over `loops` iterators ('p' parallel, 'r' reduction) with
  /// one map, a list of loop numbers, per operand.
  linalg::GenericOp generic(StringRef loops, ArrayRef<Value> inputs,
                            ArrayRef<Value> outputs,
                            ArrayRef<SmallVector<unsigned>> maps,
                            const TileHint &hint, Body body);
  Value fill(Value destination, double value, const TileHint &hint);
  Value empty(ArrayRef<int64_t> shape, Type element);
  /// The leading [rows] or [rows, ..] of `source`.
  Value takeRows(Value source, OpFoldResult rows);

private:
  OpBuilder &b;
  Location loc;
};

LogicalResult decomposeOnline(RewriterBase &rewriter, OnlineOp op);
LogicalResult decomposeFinish(RewriterBase &rewriter, FinishOp op);
LogicalResult decomposeMerge(RewriterBase &rewriter, MergeOp op);

/// Scores of one key block: softcap, bias, score region and mask applied to the
/// products `scores` [keys, rows], in base-2 units; a pair that is not admitted
/// is -inf. Returns `scores` itself where there is nothing to apply.
FailureOr<Value> buildScores(OpBuilder &b, OnlineOp op, Value scores,
                             const TileHint &hint);

/// acc' = a acc + V^T P, where a pair of weight -0.0 adds nothing even if its
/// value is NaN or infinite.
struct ValueProduct {
  /// V [keys, width], P [keys, rows], a [rows], acc [width, rows].
  Value value, weights, decay, acc;
  ScheduleAttr schedule;
  /// Whether weights of -0.0 occur.
  bool masked;
  /// Rows to prefetch ahead, as in TileHint.
  int64_t prefetch;
};
Value buildValueProduct(OpBuilder &b, Location loc, const ValueProduct &p);

/// True when buildScores() has anything to apply.
bool hasScoreWork(OnlineOp op);

/// True when pairs of the block may not be admitted.
bool isMasked(OnlineOp op);

inline constexpr double kLog2E = 1.44269504088896340736;

} // namespace mlir::attn

#endif // ATTN_LIB_DIALECT_ATTN_TRANSFORMS_DECOMPOSE_H
