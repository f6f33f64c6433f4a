//===- AttnShapes.cpp - which sizes agree, and the sizes of results -------===//
//
// One list of equalities per operation serves the verifiers (static sizes), the
// checks a generated function makes of its arguments (run-time sizes) and
// nobody else has to repeat it.
//
//===----------------------------------------------------------------------===//

#include "attn/Dialect/Attn/IR/Attn.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::attn;

using TieFn = function_ref<void(Value, int64_t, Value, int64_t)>;

static void tiesOfDense(DenseOp op, TieFn tie) {
  Value q = op.getQuery(), k = op.getKey(), v = op.getValue();
  tie(q, 0, k, 0);
  tie(q, 3, k, 3);
  for (int64_t i = 0; i < 3; ++i) {
    tie(k, i, v, i);
    tie(q, i, op.getOutputInit(), i);
    if (Value lse = op.getLseInit())
      tie(q, i, lse, i);
  }
  tie(v, 3, op.getOutputInit(), 3);
  if (Value sink = op.getSink())
    tie(q, 1, sink, 0);
  if (Value lengths = op.getKvLengths())
    tie(q, 0, lengths, 0);
  // A bias size of 1 is broadcast; a dynamic one must be the score's.
  if (Value bias = op.getBias()) {
    auto type = cast<RankedTensorType>(bias.getType());
    std::pair<Value, int64_t> dims[] = {{q, 0}, {q, 1}, {q, 2}, {k, 2}};
    for (int64_t i = 0, e = std::min<int64_t>(4, type.getRank()); i < e; ++i)
      if (type.getDimSize(i) != 1)
        tie(dims[i].first, dims[i].second, bias, i);
  }
}

static void tiesOfOnline(OnlineOp op, TieFn tie) {
  Value q = op.getQuery(), k = op.getKey(), v = op.getValue();
  unsigned row = op.getRowAxis(), feature = op.getFeatureAxis();
  tie(q, feature, k, 1);
  tie(k, 0, v, 0);
  tie(q, row, op.getMaxInit(), 0);
  tie(q, row, op.getSumInit(), 0);
  tie(q, row, op.getAccInit(), row);
  tie(v, 1, op.getAccInit(), feature);
  if (Value bias = op.getBias()) {
    auto type = cast<RankedTensorType>(bias.getType());
    // With 'rows', the bias has the real rows alone.
    if (type.getRank() == 2 && type.getDimSize(0) != 1 && !op.getRows())
      tie(q, row, bias, 0);
    if (type.getRank() == 2 && type.getDimSize(1) != 1)
      tie(k, 0, bias, 1);
  }
}

static void tiesOfFinish(FinishOp op, TieFn tie) {
  unsigned row = op.getRowAxis();
  tie(op.getMax(), 0, op.getSum(), 0);
  tie(op.getMax(), 0, op.getAcc(), row);
  tie(op.getAcc(), 1 - row, op.getOutputInit(), 1);
  if (Value lse = op.getLseInit())
    tie(op.getOutputInit(), 0, lse, 0);
}

static void tiesOfMerge(MergeOp op, TieFn tie) {
  for (int64_t i = 0; i < 4; ++i)
    tie(op.getOutputs(), i, op.getLses(), i);
  for (int64_t i = 0; i < 4; ++i)
    tie(op.getOutputs(), i + 1, op.getOutputInit(), i);
  if (Value lse = op.getLseInit())
    for (int64_t i = 0; i < 3; ++i)
      tie(op.getOutputInit(), i, lse, i);
}

void mlir::attn::collectShapeTies(Operation *op, TieFn tie) {
  TypeSwitch<Operation *>(op)
      .Case([&](DenseOp dense) { tiesOfDense(dense, tie); })
      .Case([&](OnlineOp online) { tiesOfOnline(online, tie); })
      .Case([&](FinishOp finish) { tiesOfFinish(finish, tie); })
      .Case([&](MergeOp merge) { tiesOfMerge(merge, tie); });
  // Verifiers come here before results are known to have the types, and even
  // the number, of the destinations.
  auto dps = dyn_cast<DestinationStyleOpInterface>(op);
  if (dps && op->getNumResults() == dps.getNumDpsInits())
    for (OpResult result : op->getResults()) {
      Value init = dps.getTiedOpOperand(result)->get();
      if (result.getType() != init.getType())
        continue;
      int64_t rank = cast<RankedTensorType>(init.getType()).getRank();
      for (int64_t i = 0; i < rank; ++i)
        tie(init, i, result, i);
    }
}

//===----------------------------------------------------------------------===//
// Result shapes are those of the destinations
//===----------------------------------------------------------------------===//

static LogicalResult reifyFromInits(DestinationStyleOpInterface op,
                                    OpBuilder &builder,
                                    ReifiedRankedShapedTypeDims &shapes) {
  for (OpOperand &init : op.getDpsInitsMutable())
    shapes.push_back(tensor::getMixedSizes(builder, op->getLoc(), init.get()));
  return success();
}

LogicalResult DenseOp::reifyResultShapes(OpBuilder &builder,
                                         ReifiedRankedShapedTypeDims &shapes) {
  return reifyFromInits(*this, builder, shapes);
}
LogicalResult OnlineOp::reifyResultShapes(OpBuilder &builder,
                                          ReifiedRankedShapedTypeDims &shapes) {
  return reifyFromInits(*this, builder, shapes);
}
LogicalResult FinishOp::reifyResultShapes(OpBuilder &builder,
                                          ReifiedRankedShapedTypeDims &shapes) {
  return reifyFromInits(*this, builder, shapes);
}
LogicalResult MergeOp::reifyResultShapes(OpBuilder &builder,
                                         ReifiedRankedShapedTypeDims &shapes) {
  return reifyFromInits(*this, builder, shapes);
}
