//===- OnlineRanges.h - the keys of a tile, range by range ------*- C++ -*-===//
//
// Part of attn-convert-to-online. The keys that a query tile may see form up to
// three ranges: partly masked, full, partly masked. Each becomes an attn.online
// on what the range before it left:
//
//   %r0:3 = attn.online ins(%q, %k[fullLo..fullHi], ..) outs(%m, %l, %acc)
//   %r1:3 = attn.online causal ins(%q, %k[fullHi..hi], ..) outs(%r0#0, ..)
//
// The keys of a list are a loop of such ranges, ConvertLists.cpp.
//
// Tests: test/Dialect/Attn/Transforms/convert-to-online.mlir
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_DIALECT_TRANSFORMS_ONLINERANGES_H
#define ATTN_LIB_DIALECT_TRANSFORMS_ONLINERANGES_H

#include "attn/Analysis/MaskEmitter.h"
#include "attn/Dialect/Attn/IR/ScoredAttention.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::attn {

/// What the ranges of one query tile share.
struct OnlineTile {
  /// Gives attributes, regions and the schedule.
  ScoredAttention attention;
  /// Rows are the query heads of one key head, for a single query.
  bool rowsAreHeads;
  /// f32 [K, query_tile], of which `rows` lanes are real.
  Value query;
  /// [S, K], [S, V] and, if any, [rows or 1, S or 1].
  Value key, value, bias;
  Value rows;
  /// Key of the first row's diagonal, or null.
  Value diagonal;
  /// Batch, head, first row and first key, in the undivided op.
  SmallVector<Value> origin;
  /// Factor of the scores, see attn.online.
  double scoreFactor;
};

/// The whole mask of the op.
MaskExpr getTileMask(const OnlineTile &tile, MaskSymbols &symbols);

/// Emits attn.online for the keys [begin, end), in coordinates of the undivided
/// op. Without `masked` every pair is known to be admitted.
OnlineOp buildOnline(RewriterBase &b, const OnlineTile &tile, ValueRange state,
                     OpFoldResult begin, OpFoldResult end, bool masked);

/// Emits a loop over the list of `op`, whose tile is `tile`.
SmallVector<Value> buildListLoop(RewriterBase &b, BlockSparseOp op,
                                 const OnlineTile &tile,
                                 SmallVector<Value> state);

/// The discardable attribute of an attn.online over a listed block, whose
/// blocks of keys are classified at run time whatever its mask, and of an
/// attn.prefetch that says where the block listed next lies.
inline constexpr llvm::StringLiteral kListedAttrName = "attn.listed";

/// Emits the ranges of `tile` on the statistics and accumulator `state`, and
/// returns what they become.
SmallVector<Value> buildKeyRanges(RewriterBase &b, const OnlineTile &tile,
                                  SmallVector<Value> state);

} // namespace mlir::attn

#endif // ATTN_LIB_DIALECT_TRANSFORMS_ONLINERANGES_H
