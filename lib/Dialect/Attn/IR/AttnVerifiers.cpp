//===- AttnVerifiers.cpp - the numbered constraints of each operation -----===//
//
// Messages begin with the number of the constraint in the operation's
// description; test/Dialect/Attn/invalid.mlir breaks each of them.
//
//===----------------------------------------------------------------------===//

#include "VerifierRules.h"
#include "attn/Dialect/Attn/IR/ScoredAttention.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Index/IR/IndexDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include <cmath>

using namespace mlir;
using namespace mlir::attn;

//===----------------------------------------------------------------------===//
// Helpers, one per kind of rule
//===----------------------------------------------------------------------===//

LogicalResult mlir::attn::verifyRank(Operation *op, StringRef rule,
                                     StringRef name, Value value,
                                     int64_t rank) {
  int64_t found = cast<ShapedType>(value.getType()).getRank();
  if (found == rank)
    return success();
  return op->emitOpError() << rule << ": expected '" << name << "' of rank "
                           << rank << ", but found rank " << found;
}

/// The name of `value` among the operands of `op`, for messages.
static std::string describeOperand(Operation *op, Value value) {
  for (OpOperand &operand : op->getOpOperands())
    if (operand.get() == value)
      return "operand #" + std::to_string(operand.getOperandNumber());
  return "result";
}

LogicalResult mlir::attn::verifyTies(Operation *op, StringRef rule) {
  std::optional<std::string> message;
  collectShapeTies(op, [&](Value a, int64_t i, Value b, int64_t j) {
    int64_t x = cast<ShapedType>(a.getType()).getDimSize(i);
    int64_t y = cast<ShapedType>(b.getType()).getDimSize(j);
    if (message || ShapedType::isDynamic(x) || ShapedType::isDynamic(y) ||
        x == y)
      return;
    message =
        (Twine("expected dimension ") + Twine(j) + " of " +
         describeOperand(op, b) + " to be " + Twine(x) + " like dimension " +
         Twine(i) + " of " + describeOperand(op, a) + ", but found " + Twine(y))
            .str();
  });
  if (message)
    return op->emitOpError() << rule << ": " << *message;
  return success();
}

static LogicalResult verifyWindow(Operation *op, StringRef rule,
                                  std::optional<ArrayRef<int64_t>> window) {
  if (!window)
    return success();
  if (window->size() != 2)
    return op->emitOpError() << rule << ": expected 'window' of two entries, "
                             << "but found " << window->size();
  for (int64_t bound : *window)
    if (bound < -1)
      return op->emitOpError() << rule << ": expected 'window' entries of -1 "
                               << "or more, but found " << bound;
  return success();
}

static LogicalResult verifyFactors(Operation *op, StringRef rule,
                                   std::optional<APFloat> scale,
                                   std::optional<APFloat> softcap) {
  if (scale && !scale->isFinite())
    return op->emitOpError() << rule << ": expected a finite 'scale'";
  if (softcap && (!softcap->isFinite() || softcap->convertToDouble() <= 0))
    return op->emitOpError()
           << rule << ": expected 'softcap' finite and positive, but found "
           << softcap->convertToDouble();
  return success();
}

static LogicalResult verifyBiasElement(Operation *op, StringRef rule,
                                       Value bias) {
  Type element = getElementTypeOrSelf(bias);
  if (isa<Float16Type, BFloat16Type, Float32Type, Float64Type>(element) ||
      element.isInteger(1) || element.isInteger(8))
    return success();
  return op->emitOpError() << rule << ": expected 'bias' of f16, bf16, f32, "
                           << "f64, i1 or i8, but found " << element;
}

/// A size that is not the score's must be 1 to be broadcast.
static LogicalResult verifyBiasSizes(Operation *op, StringRef rule, Value bias,
                                     ArrayRef<int64_t> scores) {
  auto type = cast<RankedTensorType>(bias.getType());
  for (auto [i, size] : llvm::enumerate(type.getShape()))
    if (size != 1 && !ShapedType::isDynamic(size) &&
        !ShapedType::isDynamic(scores[i]) && size != scores[i])
      return op->emitOpError()
             << rule << ": expected size " << i << " of 'bias' to be 1 or "
             << scores[i] << ", but found " << size;
  return success();
}

/// After bufferisation a region loads where it extracted.
static bool isLoad(Operation *op, Operation &inner) {
  auto dps = dyn_cast<DestinationStyleOpInterface>(op);
  return isa<memref::LoadOp>(inner) && dps && !dps.hasPureTensorSemantics();
}

LogicalResult mlir::attn::verifyPairRegion(Operation *op, StringRef rule,
                                           StringRef purity, StringRef name,
                                           Region &region,
                                           ArrayRef<Type> arguments,
                                           Type yielded) {
  if (region.empty())
    return success();
  if (!region.hasOneBlock())
    return op->emitOpError()
           << purity << ": expected '" << name << "' to be a single block";
  Block &block = region.front();
  if (!llvm::equal(block.getArgumentTypes(), arguments)) {
    InFlightDiagnostic diag = op->emitOpError() << rule << ": expected '"
                                                << name << "' to take (";
    llvm::interleaveComma(arguments, diag);
    diag << "), but found (";
    llvm::interleaveComma(block.getArgumentTypes(), diag);
    return diag << ")";
  }
  auto yield = block.empty() ? YieldOp() : dyn_cast<YieldOp>(block.back());
  if (!yield)
    return op->emitOpError()
           << rule << ": expected '" << name << "' to end in 'attn.yield'";
  if (yield.getValue().getType() != yielded)
    return yield.emitOpError()
           << rule << ": expected '" << name << "' to yield " << yielded
           << ", but found " << yield.getValue().getType();
  for (Operation &inner : block.without_terminator()) {
    if (isLoad(op, inner))
      continue;
    StringRef dialect =
        inner.getDialect() ? inner.getDialect()->getNamespace() : "";
    bool known = dialect == "arith" || dialect == "math" ||
                 dialect == "index" || isa<tensor::ExtractOp>(inner);
    // Tensors are only read: a constant one may be a table to extract from.
    bool scalar = isa<arith::ConstantOp>(inner) ||
                  llvm::all_of(inner.getResultTypes(), [](Type type) {
                    return type.isIntOrIndexOrFloat();
                  });
    if (!known || !scalar || !isPure(&inner))
      return inner.emitOpError()
             << purity << ": is not supported in a '" << name
             << "' region, expected pure scalar 'arith', 'math', 'index' or "
                "'tensor.extract'";
  }
  return success();
}

static LogicalResult verifyScoreAndMask(Operation *op, Region &score,
                                        Region &mask, ValueRange captures,
                                        Type scoreType, StringRef rule,
                                        StringRef purity) {
  SmallVector<Type> arguments(4, IndexType::get(op->getContext()));
  llvm::append_range(arguments, captures.getTypes());
  if (failed(verifyPairRegion(op, rule, purity, "mask", mask, arguments,
                              IntegerType::get(op->getContext(), 1))))
    return failure();
  arguments.insert(arguments.begin(), scoreType);
  return verifyPairRegion(op, rule, purity, "score", score, arguments,
                          scoreType);
}

//===----------------------------------------------------------------------===//
// attn.dense, and what attn.block_sparse shares with it
//===----------------------------------------------------------------------===//

/// C1, C2: the three sequences.
static LogicalResult verifySequences(const ScoredAttention &a) {
  Operation *op = a.op;
  std::pair<StringRef, Value> tensors[] = {
      {"query", a.query}, {"key", a.key}, {"value", a.value}};
  Type element = getElementTypeOrSelf(a.query);
  for (auto [name, value] : tensors) {
    if (failed(verifyRank(op, "C1", name, value, 4)))
      return failure();
    if (getElementTypeOrSelf(value) != element)
      return op->emitOpError()
             << "C1: expected '" << name << "' of " << element
             << " like 'query', but found " << getElementTypeOrSelf(value);
  }
  if (!isa<Float16Type, BFloat16Type, Float32Type, Float64Type>(element))
    return op->emitOpError()
           << "C1: expected f16, bf16, f32 or f64, but found " << element;
  if (failed(verifyRank(op, "C3", "output", a.output, 4)) ||
      (a.lse && failed(verifyRank(op, "C3", "lse", a.lse, 3))))
    return failure();
  for (auto [name, width] :
       {std::pair<StringRef, int64_t>{"key", a.getKeyWidth()},
        std::pair<StringRef, int64_t>{"value", a.getValueWidth()}})
    if (ShapedType::isDynamic(width) || width <= 0)
      return op->emitOpError()
             << "C2: expected a static positive " << name << " width";
  return success();
}

/// C9, C10: bias and sink.
static LogicalResult verifyBiasAndSink(const ScoredAttention &a) {
  if (a.bias) {
    ArrayRef<int64_t> q = a.getQueryType().getShape();
    int64_t scores[] = {q[0], q[1], q[2], a.getKeyType().getDimSize(2)};
    if (failed(verifyRank(a.op, "C9", "bias", a.bias, 4)) ||
        failed(verifyBiasElement(a.op, "C9", a.bias)) ||
        failed(verifyBiasSizes(a.op, "C9", a.bias, scores)))
      return failure();
  }
  if (!a.sink)
    return success();
  if (failed(verifyRank(a.op, "C10", "sink", a.sink, 1)))
    return failure();
  if (!isa<FloatType>(getElementTypeOrSelf(a.sink)))
    return a.op->emitOpError() << "C10: expected 'sink' of a float type, but "
                               << "found " << getElementTypeOrSelf(a.sink);
  return success();
}

LogicalResult mlir::attn::verifyDivides(Operation *op, StringRef rule,
                                        StringRef name, int64_t count,
                                        int64_t heads) {
  if (ShapedType::isDynamic(heads) || ShapedType::isDynamic(count) ||
      (count == 0 ? heads == 0 : heads % count == 0))
    return success();
  return op->emitOpError() << rule
                           << ": expected the number of query heads to be a "
                              "multiple of the "
                           << count << " " << name << ", but found " << heads;
}

LogicalResult mlir::attn::verifyScoredAttention(
    const ScoredAttention &a,
    function_ref<LogicalResult()> verifySideOperands) {
  Operation *op = a.op;
  if (failed(verifySequences(a)) || failed(verifyBiasAndSink(a)) ||
      failed(verifySideOperands()) || failed(verifyTies(op, "C3")) ||
      failed(verifyDivides(op, "C4", "key heads", a.getKeyType().getDimSize(1),
                           a.getQueryType().getDimSize(1))))
    return failure();
  Type element = getElementTypeOrSelf(a.query);
  Type output = getElementTypeOrSelf(a.output);
  Type statistics = a.getStatisticsType();
  if (output != element && !output.isF32())
    return op->emitOpError() << "C5: expected 'output' of " << element
                             << " or f32, but found " << output;
  if (a.lse && getElementTypeOrSelf(a.lse) != statistics)
    return op->emitOpError() << "C5: expected 'lse' of " << statistics
                             << ", but found " << getElementTypeOrSelf(a.lse);
  if (a.hasStructuralMask() == (!a.align && !a.diagonal) ||
      (a.align && a.diagonal))
    return op->emitOpError() << "C6: expected exactly one of 'align' and "
                                "'diagonal' with 'causal' or 'window', and "
                                "neither without";
  if (failed(verifyWindow(op, "C7", a.window)) ||
      failed(verifyFactors(op, "C8", a.scale, a.softcap)))
    return failure();
  if (!a.origin.empty() && a.origin.size() != 4)
    return op->emitOpError()
           << "C13: expected 'origin' of four values or none, "
              "but found "
           << a.origin.size();
  return verifyScoreAndMask(op, *a.score, *a.mask, a.captures, statistics,
                            "C11", "C12");
}

/// C14: lengths and tables.
static LogicalResult verifyTables(DenseOp op) {
  std::tuple<StringRef, Value, int64_t> tables[] = {
      {"lengths", op.getKvLengths(), 1},
      {"cu_seqlens", op.getCuSeqlens(), 1},
      {"page_table", op.getPageTable(), 2}};
  for (auto [name, value, rank] : tables)
    if (value && (failed(verifyRank(op, "C14", name, value, rank)) ||
                  failed(verifyIndexElement(op, "C14", name, value))))
      return failure();
  if (op.getKvLengths() && op.getCuSeqlens())
    return op.emitOpError()
           << "C14: expected 'lengths' or 'cu_seqlens', but found both";
  return success();
}

LogicalResult mlir::attn::verifyIndexElement(Operation *op, StringRef rule,
                                             StringRef name, Value value) {
  Type element = getElementTypeOrSelf(value);
  if (element.isInteger(32) || element.isInteger(64))
    return success();
  return op->emitOpError() << rule << ": expected '" << name
                           << "' of i32 or i64, but found " << element;
}

LogicalResult DenseOp::verify() {
  if (failed(verifyGroups(*this, {0, 1, 2, 11})))
    return failure();
  return verifyScoredAttention(ScoredAttention::get(*this),
                               [&] { return verifyTables(*this); });
}

//===----------------------------------------------------------------------===//
// attn.online, attn.finish, attn.merge
//===----------------------------------------------------------------------===//

static LogicalResult verifyStatistics(Operation *op, StringRef rule,
                                      ArrayRef<Value> values) {
  Type first = getElementTypeOrSelf(values.front());
  if (!first.isF32() && !first.isF64())
    return op->emitOpError() << rule << ": expected statistics of f32 or f64, "
                             << "but found " << first;
  for (Value value : values.drop_front())
    if (getElementTypeOrSelf(value) != first)
      return op->emitOpError()
             << rule << ": expected statistics of one type " << first
             << ", but found " << getElementTypeOrSelf(value);
  return success();
}

LogicalResult OnlineOp::verify() {
  if (failed(verifyGroups(*this, {0, 1, 2, 5, 6, 7, 8, 11, 12, 13})))
    return failure();
  std::tuple<StringRef, Value, int64_t> tensors[] = {
      {"query", getQuery(), 2}, {"key", getKey(), 2},
      {"value", getValue(), 2}, {"max", getMaxInit(), 1},
      {"sum", getSumInit(), 1}, {"acc", getAccInit(), 2}};
  for (auto [name, value, rank] : tensors)
    if (failed(verifyRank(*this, "C1", name, value, rank)))
      return failure();
  if (Value bias = getBias()) {
    int64_t rows = getQuery().getType().getDimSize(getRowAxis());
    // With 'rows', the bias has the real rows alone.
    int64_t scores[] = {getRows() ? ShapedType::kDynamic : rows,
                        getKey().getType().getDimSize(0)};
    if (failed(verifyRank(*this, "C7", "bias", bias, 2)) ||
        failed(verifyBiasElement(*this, "C7", bias)) ||
        failed(verifyBiasSizes(*this, "C7", bias, scores)))
      return failure();
    int64_t size = cast<RankedTensorType>(bias.getType()).getDimSize(0);
    if (!ShapedType::isDynamic(rows) && size > rows)
      return emitOpError() << "C7: expected size 0 of 'bias' to be at most "
                           << rows << ", but found " << size;
  }
  if (failed(verifyTies(*this, "C2")) ||
      failed(verifyStatistics(*this, "C3",
                              {getMaxInit(), getSumInit(), getAccInit()})))
    return failure();
  if (hasStructuralMask() != static_cast<bool>(getDiagonal()))
    return emitOpError() << "C4: expected 'diagonal' with 'causal' or "
                            "'window', and none without";
  if (failed(verifyWindow(*this, "C5", getWindow())) ||
      failed(verifyFactors(*this, "C6", getScale(), getSoftcap())))
    return failure();
  return verifyScoreAndMask(*this, getScore(), getMask(), getCaptures(),
                            getElementTypeOrSelf(getMaxInit()), "C8", "C8");
}

LogicalResult FinishOp::verify() {
  if (failed(verifyGroups(*this, {0, 1, 2, 4})))
    return failure();
  std::tuple<StringRef, Value, int64_t> tensors[] = {
      {"max", getMax(), 1},
      {"sum", getSum(), 1},
      {"acc", getAcc(), 2},
      {"output", getOutputInit(), 2},
      {"lse", getLseInit(), 1}};
  for (auto [name, value, rank] : tensors)
    if (value && failed(verifyRank(*this, "C1", name, value, rank)))
      return failure();
  SmallVector<Value> statistics{getMax(), getSum(), getAcc()};
  if (getLseInit())
    statistics.push_back(getLseInit());
  if (failed(verifyTies(*this, "C2")) ||
      failed(verifyStatistics(*this, "C3", statistics)))
    return failure();
  int64_t rows = getMax().getType().getDimSize(0);
  int64_t real = getOutputInit().getType().getDimSize(0);
  if (!ShapedType::isDynamic(rows) && !ShapedType::isDynamic(real) &&
      real > rows)
    return emitOpError() << "C2: expected at most " << rows
                         << " rows in 'output', but found " << real;
  if (!isa<FloatType>(getElementTypeOrSelf(getOutputInit())))
    return emitOpError() << "C3: expected 'output' of a float type, but found "
                         << getElementTypeOrSelf(getOutputInit());
  return success();
}

LogicalResult MergeOp::verify() {
  std::tuple<StringRef, Value, int64_t> tensors[] = {
      {"outputs", getOutputs(), 5},
      {"lses", getLses(), 4},
      {"output", getOutputInit(), 4},
      {"lse", getLseInit(), 3}};
  for (auto [name, value, rank] : tensors)
    if (value && failed(verifyRank(*this, "C1", name, value, rank)))
      return failure();
  if (getOutputs().getType().getDimSize(4) == 0)
    return emitOpError() << "C2: expected a positive value width";
  SmallVector<Value> statistics{getOutputs(), getLses()};
  if (getLseInit())
    statistics.push_back(getLseInit());
  if (failed(verifyTies(*this, "C2")) ||
      failed(verifyStatistics(*this, "C3", statistics)))
    return failure();
  if (!isa<FloatType>(getElementTypeOrSelf(getOutputInit())))
    return emitOpError() << "C3: expected 'output' of a float type, but found "
                         << getElementTypeOrSelf(getOutputInit());
  return success();
}

LogicalResult PrefetchOp::verify() {
  int64_t rank = getSource().getType().getRank();
  if (static_cast<int64_t>(getIndices().size()) != rank)
    return emitOpError() << "C1: expected " << rank << " indices, but found "
                         << getIndices().size();
  return success();
}
