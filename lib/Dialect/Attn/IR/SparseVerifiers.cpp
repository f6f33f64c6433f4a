//===- SparseVerifiers.cpp - the numbered constraints of block lists ------===//
//
// Tests: test/Dialect/Attn/invalid-block-sparse.mlir
//
//===----------------------------------------------------------------------===//

#include "VerifierRules.h"
#include "attn/Dialect/Attn/IR/ScoredAttention.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::attn;

/// C14, C15, C17 as far as they do not compare sizes.
static LogicalResult verifyLists(BlockSparseOp op) {
  for (auto [name, size] :
       {std::pair<StringRef, int64_t>{"query_block", op.getQueryBlock()},
        std::pair<StringRef, int64_t>{"key_block", op.getKeyBlock()}})
    if (size <= 0)
      return op.emitOpError()
             << "C14: expected a positive '" << name << "', but found " << size;
  if (failed(verifyRank(op, "C15", "blocks", op.getBlocks(), 4)) ||
      failed(verifyIndexElement(op, "C15", "blocks", op.getBlocks())))
    return failure();
  Value counts = op.getCounts();
  if (counts && (failed(verifyRank(op, "C17", "counts", counts, 3)) ||
                 failed(verifyIndexElement(op, "C17", "counts", counts))))
    return failure();
  return success();
}

static bool isStatic(int64_t size) { return !ShapedType::isDynamic(size); }

/// C15 and C16: batches, heads and lists.
static LogicalResult verifyListSizes(BlockSparseOp op) {
  ArrayRef<int64_t> query = op.getQuery().getType().getShape();
  ArrayRef<int64_t> lists = op.getBlocks().getType().getShape();
  if (isStatic(query[0]) && isStatic(lists[0]) && lists[0] != 1 &&
      lists[0] != query[0])
    return op.emitOpError() << "C15: expected 'blocks' of 1 or " << query[0]
                            << " batches, but found " << lists[0];
  if (failed(verifyDivides(op, "C15", "list heads", lists[1], query[1])))
    return failure();
  if (!isStatic(query[2]) || !isStatic(lists[2]))
    return success();
  int64_t expected = llvm::divideCeil(query[2], op.getQueryBlock());
  if (lists[2] != expected)
    return op.emitOpError()
           << "C16: expected " << expected
           << " lists for the blocks of queries, but found " << lists[2];
  return success();
}

/// C18: the first entry of a constant that is not in [low, high).
static LogicalResult verifyConstant(Operation *op, StringRef name, Value value,
                                    int64_t low, std::optional<int64_t> high) {
  DenseIntElementsAttr constant;
  if (!value || !matchPattern(value, m_Constant(&constant)))
    return success();
  auto isOutside = [&](const APInt &entry) {
    return entry.getSExtValue() < low ||
           (high && entry.getSExtValue() >= *high);
  };
  // A constant of one value may have any number of entries.
  std::optional<APInt> found;
  if (constant.isSplat()) {
    APInt entry = constant.getSplatValue<APInt>();
    if (!constant.empty() && isOutside(entry))
      found = entry;
  } else {
    for (const APInt &entry : constant.getValues<APInt>())
      if (!found && isOutside(entry))
        found = entry;
  }
  if (!found)
    return success();
  InFlightDiagnostic diag = op->emitOpError()
                            << "C18: expected entries of '" << name
                            << "' of at least " << low;
  if (high)
    diag << " and below " << *high;
  return diag << ", but found " << found->getSExtValue();
}

LogicalResult BlockSparseOp::verify() {
  if (failed(verifyGroups(*this, {0, 1, 2, 3, 10})) ||
      failed(verifyScoredAttention(ScoredAttention::get(*this),
                                   [&] { return verifyLists(*this); })) ||
      failed(verifyListSizes(*this)))
    return failure();
  std::optional<int64_t> blocks, entries;
  if (int64_t keys = getKey().getType().getDimSize(2); isStatic(keys))
    blocks = llvm::divideCeil(keys, getKeyBlock());
  if (int64_t length = getBlocks().getType().getDimSize(3); isStatic(length))
    entries = length + 1;
  if (failed(verifyConstant(*this, "blocks", getBlocks(), -1, blocks)))
    return failure();
  return verifyConstant(*this, "counts", getCounts(), 0, entries);
}
