//===- AttnOps.cpp - types, destinations and small queries ----------------===//

#include "attn/Dialect/Attn/IR/ScoredAttention.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::attn;

#define GET_OP_CLASSES
#include "attn/Dialect/Attn/IR/AttnOps.cpp.inc"
#define GET_OP_CLASSES
#include "attn/Dialect/Attn/IR/AttnSparseOps.cpp.inc"

//===----------------------------------------------------------------------===//
// Results have the types of the destinations
//===----------------------------------------------------------------------===//

template <typename Adaptor>
static LogicalResult inferFromOptionalLse(Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  types.push_back(adaptor.getOutputInit().getType());
  if (Value lse = adaptor.getLseInit())
    types.push_back(lse.getType());
  return success();
}

LogicalResult DenseOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                                        Adaptor adaptor,
                                        SmallVectorImpl<Type> &types) {
  return inferFromOptionalLse(adaptor, types);
}

LogicalResult BlockSparseOp::inferReturnTypes(MLIRContext *,
                                              std::optional<Location>,
                                              Adaptor adaptor,
                                              SmallVectorImpl<Type> &types) {
  return inferFromOptionalLse(adaptor, types);
}

LogicalResult FinishOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  return inferFromOptionalLse(adaptor, types);
}

LogicalResult MergeOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                                        Adaptor adaptor,
                                        SmallVectorImpl<Type> &types) {
  return inferFromOptionalLse(adaptor, types);
}

LogicalResult OnlineOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  types.append({adaptor.getMaxInit().getType(), adaptor.getSumInit().getType(),
                adaptor.getAccInit().getType()});
  return success();
}

//===----------------------------------------------------------------------===//
// Destinations: the operands from `output_init` on
//===----------------------------------------------------------------------===//

template <typename OpTy>
static MutableOperandRange initsFrom(OpTy op, unsigned count) {
  unsigned total = op->getNumOperands();
  MutableOperandRange all(op.getOperation());
  return all.slice(total - count, count);
}

MutableOperandRange DenseOp::getDpsInitsMutable() {
  return initsFrom(*this, getLseInit() ? 2 : 1);
}
MutableOperandRange BlockSparseOp::getDpsInitsMutable() {
  return initsFrom(*this, getLseInit() ? 2 : 1);
}
MutableOperandRange FinishOp::getDpsInitsMutable() {
  return initsFrom(*this, getLseInit() ? 2 : 1);
}
MutableOperandRange MergeOp::getDpsInitsMutable() {
  return initsFrom(*this, getLseInit() ? 2 : 1);
}
MutableOperandRange OnlineOp::getDpsInitsMutable() {
  return initsFrom(*this, 3);
}

//===----------------------------------------------------------------------===//
// Queries
//===----------------------------------------------------------------------===//

bool OnlineOp::hasBooleanBias() {
  return getBias() && getElementTypeOrSelf(getBias()).isInteger();
}

bool DenseOp::hasBooleanBias() {
  return ScoredAttention::get(*this).hasBooleanBias();
}
bool BlockSparseOp::hasBooleanBias() {
  return ScoredAttention::get(*this).hasBooleanBias();
}

int64_t DenseOp::getKeyWidth() { return getQuery().getType().getDimSize(3); }
int64_t DenseOp::getValueWidth() { return getValue().getType().getDimSize(3); }

double DenseOp::getScaleOrDefault() {
  return ScoredAttention::get(*this).getScaleOrDefault();
}
double BlockSparseOp::getScaleOrDefault() {
  return ScoredAttention::get(*this).getScaleOrDefault();
}
