//===- ListVerifiers.cpp - the numbered constraints of making lists -------===//
//
// Messages begin with the number of the constraint in the operation's
// description; test/Dialect/Attn/invalid-lists.mlir breaks each of them.
//
//===----------------------------------------------------------------------===//

#include "VerifierRules.h"
#include "attn/Dialect/Attn/IR/Attn.h"
#include "attn/Dialect/Attn/IR/ListOps.h"
#include "mlir/Dialect/Index/IR/IndexDialect.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::attn;

static int64_t sizeOf(Value value, int64_t axis) {
  return cast<ShapedType>(value.getType()).getDimSize(axis);
}

static LogicalResult verifyFloat(Operation *op, StringRef rule, StringRef name,
                                 Value value) {
  Type element = getElementTypeOrSelf(value);
  if (isa<Float16Type, BFloat16Type, Float32Type, Float64Type>(element))
    return success();
  return op->emitOpError() << rule << ": expected '" << name
                           << "' of f16, bf16, f32 or f64, but found "
                           << element;
}

static LogicalResult verifyAtLeast(Operation *op, StringRef rule,
                                   StringRef name, int64_t value,
                                   int64_t least) {
  if (value >= least)
    return success();
  return op->emitOpError() << rule << ": expected '" << name << "' of at least "
                           << least << ", but found " << value;
}

static LogicalResult verifyWidth(Operation *op, StringRef rule, StringRef name,
                                 Value value) {
  int64_t width = sizeOf(value, 3);
  if (!ShapedType::isDynamic(width) && width > 0)
    return success();
  return op->emitOpError() << rule << ": expected a static positive width of '"
                           << name << "'";
}

//===----------------------------------------------------------------------===//
// attn.pool
//===----------------------------------------------------------------------===//

LogicalResult PoolOp::verify() {
  if (failed(verifyOneKind(*this, "C7")) ||
      failed(verifyRank(*this, "C1", "input", getInput(), 4)) ||
      failed(verifyRank(*this, "C1", "output", getOutputInit(), 4)) ||
      failed(verifyFloat(*this, "C2", "input", getInput())) ||
      failed(verifyFloat(*this, "C2", "output", getOutputInit())) ||
      failed(verifyAtLeast(*this, "C4", "size", getSize(), 1)) ||
      failed(verifyAtLeast(*this, "C4", "stride", getStride(), 1)) ||
      failed(verifyWidth(*this, "C6", "input", getInput())) ||
      failed(verifyStaticWhereTied(*this, "C6", 3)) ||
      failed(verifyTies(*this, "C3")))
    return failure();
  if (Value weights = getWeights()) {
    if (failed(verifyRank(*this, "C1", "weights", weights, 1)) ||
        failed(verifyFloat(*this, "C2", "weights", weights)))
      return failure();
    if (sizeOf(weights, 0) != static_cast<int64_t>(getSize()))
      return emitOpError() << "C4: expected " << getSize()
                           << " weights, but found a size of "
                           << cast<ShapedType>(weights.getType());
  }
  int64_t rows = sizeOf(getInput(), 2), blocks = sizeOf(getOutputInit(), 2);
  if (ShapedType::isDynamic(rows) || ShapedType::isDynamic(blocks))
    return success();
  int64_t most = llvm::divideCeil(rows, getStride());
  if (blocks > most)
    return emitOpError() << "C5: expected at most " << most
                         << " blocks, but found " << blocks;
  return success();
}

//===----------------------------------------------------------------------===//
// attn.select
//===----------------------------------------------------------------------===//

/// C1, C2, C9, C10: operands.
static LogicalResult verifyOperands(SelectOp op) {
  if (bool(op.getQuery()) == bool(op.getScores()) ||
      bool(op.getQuery()) != bool(op.getKey()))
    return op.emitOpError()
           << "C1: expected either 'ins' of query and key, or 'scores'";
  Type listsType = op.getListsInit().getType();
  for (auto [name, value] :
       {std::pair<StringRef, Value>{"query", op.getQuery()},
        {"key", op.getKey()},
        {"scores", op.getScores()}}) {
    if (!value)
      continue;
    if (failed(verifyRank(op, "C2", name, value, 4)) ||
        failed(verifyFloat(op, "C2", name, value)))
      return failure();
    if (isa<RankedTensorType>(value.getType()) !=
        isa<RankedTensorType>(listsType))
      return op.emitOpError() << "C9: expected all tensors or all memrefs, but "
                                 "found "
                              << value.getType() << " and " << listsType;
  }
  if (failed(verifyRank(op, "C2", "lists", op.getListsInit(), 4)) ||
      failed(verifyIndexElement(op, "C2", "lists", op.getListsInit())))
    return failure();
  if (!op.getQuery())
    return success();
  if (failed(verifyWidth(op, "C10", "query", op.getQuery())))
    return failure();
  return verifyWidth(op, "C10", "key", op.getKey());
}

/// C5: blocks of keys and candidates.
static LogicalResult verifyBlocks(SelectOp op) {
  int64_t block = op.getBlock();
  if (failed(verifyAtLeast(op, "C5", "block", block, 1)))
    return failure();
  if ((op.getKeySize() || op.getKeyStride()) && !op.getSoftmax())
    return op.emitOpError()
           << "C5: expected no 'key_size' and 'key_stride' without 'softmax'";
  int64_t size = op.getKeySizeOrDefault(), stride = op.getKeyStrideOrDefault();
  if (failed(verifyAtLeast(op, "C5", "key_size", size, 1)) ||
      failed(verifyAtLeast(op, "C5", "key_stride", stride, 1)))
    return failure();
  for (auto [name, whole] :
       {std::pair<StringRef, int64_t>{"key_size", size}, {"block", block}})
    if (whole % stride != 0)
      return op.emitOpError()
             << "C5: expected '" << name << "' to be a multiple of the "
             << "key stride " << stride << ", but found " << whole;
  return success();
}

/// C6, C7: what is forced, and the factor.
static LogicalResult verifyRules(SelectOp op) {
  int64_t first = op.getFirst(), local = op.getLocal();
  if (failed(verifyAtLeast(op, "C6", "first", first, 0)) ||
      failed(verifyAtLeast(op, "C6", "local", local, 0)))
    return failure();
  if (local > 0 && !op.getCausal())
    return op.emitOpError() << "C6: expected 'causal' with 'local'";
  if (!op.getScale())
    return success();
  if (op.getScores())
    return op.emitOpError() << "C7: expected no 'scale' with 'scores'";
  if (!op.getScale()->isFinite())
    return op.emitOpError() << "C7: expected a finite 'scale'";
  return success();
}

/// C8: the region.
static LogicalResult verifyScore(SelectOp op) {
  Region &score = op.getScore();
  Type type = op.getScoreType();
  SmallVector<Type> arguments(5, IndexType::get(op.getContext()));
  arguments.front() = type;
  if (failed(verifyPairRegion(op, "C8", "C8", "score", score, arguments, type)))
    return failure();
  if (score.empty())
    return success();
  for (Operation &inner : score.front())
    if (isa_and_nonnull<index::IndexDialect>(inner.getDialect()))
      return inner.emitOpError() << "C8: is not supported in the region of "
                                    "'attn.select', expected 'arith'";
  return success();
}

LogicalResult SelectOp::verify() {
  if (failed(verifyGroups(*this, {4})) || failed(verifyOperands(*this)) ||
      failed(verifyTies(*this, "C3")) || failed(verifyBlocks(*this)) ||
      failed(verifyRules(*this)) || failed(verifyScore(*this)))
    return failure();
  int64_t heads = sizeOf(getRows(), 1);
  if (getKey() && failed(verifyDivides(*this, "C4", "key heads",
                                       sizeOf(getKey(), 1), heads)))
    return failure();
  return verifyDivides(*this, "C4", "list heads", sizeOf(getListsInit(), 1),
                       heads);
}

//===----------------------------------------------------------------------===//
// attn.invert
//===----------------------------------------------------------------------===//

LogicalResult InvertOp::verify() {
  if (failed(verifyGroups(*this, {0, 1, 2})) ||
      failed(verifyOneKind(*this, "C6")) ||
      failed(verifyAtLeast(*this, "C4", "align", getAlign(), 1)))
    return failure();
  std::tuple<StringRef, Value, int64_t> operands[] = {
      {"lists", getInput(), 4},
      {"offsets", getOffsetsInit(), 3},
      {"entries", getEntriesInit(), 3},
      {"places", getPlacesInit(), 4},
      {"owners", getOwnersInit(), 3}};
  for (auto [name, value, rank] : operands)
    if (value && (failed(verifyRank(*this, "C1", name, value, rank)) ||
                  failed(verifyIndexElement(*this, "C2", name, value))))
      return failure();
  if (failed(verifyTies(*this, "C3")))
    return failure();
  if (sizeOf(getOffsetsInit(), 2) == 0)
    return emitOpError() << "C5: expected at least one offset";
  return success();
}
