//===- AttnToLoops.h - attention as scalar loops ----------------*- C++ -*-===//
//
// The transformations behind the pass attn-to-loops. Each builds loops at the
// insertion point that compute the results of `op` from its operands, and
// returns these results without replacing the operation.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CONVERSION_ATTNTOLOOPS_ATTNTOLOOPS_H
#define ATTN_CONVERSION_ATTNTOLOOPS_ATTNTOLOOPS_H

#include "attn/Dialect/Attn/IR/AttnSparseOps.h"

namespace mlir::attn {

class InvertOp;
class LongConvOp;
class PoolOp;
class SelectOp;
class CacheEvictOp;
class CacheUpdateOp;
class GroupedProjectOp;
class KeyMassOp;
class LongConvOp;
class RouteOp;

/// Emits an error at the op and fails when it has `lengths`, `cu_seqlens` or
/// `page_table`.
FailureOr<SmallVector<Value>> buildDenseLoops(OpBuilder &b, DenseOp op);

SmallVector<Value> buildBlockSparseLoops(OpBuilder &b, BlockSparseOp op);

SmallVector<Value> buildOnlineLoops(OpBuilder &b, OnlineOp op);

SmallVector<Value> buildFinishLoops(OpBuilder &b, FinishOp op);

SmallVector<Value> buildMergeLoops(OpBuilder &b, MergeOp op);

/// attn.linear and attn.recurrent. Emits an error at the op and fails when it
/// is on memrefs.
FailureOr<SmallVector<Value>> buildRecurrenceLoops(OpBuilder &b,
                                                   AffineMonoidOpInterface op);

/// Emits an error at the op and fails when it is on memrefs.
FailureOr<SmallVector<Value>> buildComposeLoops(OpBuilder &b, ComposeOp op);

/// Emits an error at the op and fails when it is on memrefs.
FailureOr<SmallVector<Value>> buildLongConvLoops(OpBuilder &b, LongConvOp op);

/// Each emits an error at the op and fails when it is on memrefs.
FailureOr<SmallVector<Value>> buildPoolLoops(OpBuilder &b, PoolOp op);
FailureOr<SmallVector<Value>> buildSelectLoops(OpBuilder &b, SelectOp op);
FailureOr<SmallVector<Value>> buildInvertLoops(OpBuilder &b, InvertOp op);
FailureOr<SmallVector<Value>> buildCacheUpdateLoops(OpBuilder &b,
                                                    CacheUpdateOp op);
FailureOr<SmallVector<Value>> buildCacheEvictLoops(OpBuilder &b,
                                                   CacheEvictOp op);

SmallVector<Value> buildKeyMassLoops(OpBuilder &b, KeyMassOp op);

SmallVector<Value> buildRouteLoops(OpBuilder &b, RouteOp op);

SmallVector<Value> buildGroupedProjectLoops(OpBuilder &b, GroupedProjectOp op);

} // namespace mlir::attn

#endif // ATTN_CONVERSION_ATTNTOLOOPS_ATTNTOLOOPS_H
