//===- DimClasses.cpp - sizes that must be equal --------------------------===//
//
// Follows upstream ops by their interfaces and the few tensor ops that compute
// or cut sizes; the ops of our dialect tell their ties themselves. What is not
// understood ties nothing, which is safe: fewer sizes are then known to agree.
//
// Example: in
//   %d = tensor.dim %q, %c2 : tensor<1x8x?x64xf32>
//   %e = tensor.empty(%d) : tensor<1x8x?x80xf32>
//   %o = attn.dense ins(%q, ...) outs(%e : ...)
// size 2 of %q, the value %d, size 2 of %e and size 2 of %o are one class.
//
// Covered by test/Compiler/record-signature.mlir.
//
//===----------------------------------------------------------------------===//

#include "DimClasses.h"
#include "attn/Dialect/Attn/IR/Attn.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mlir::attn {

DimClasses::DimClasses(FunctionOpInterface func) {
  func->walk([&](Operation *op) { visit(op); });
}

unsigned DimClasses::findRoot(unsigned id) {
  while (parents[id] != id) {
    parents[id] = parents[parents[id]];
    id = parents[id];
  }
  return id;
}

unsigned DimClasses::find(Value value, int64_t dim) {
  auto [it, inserted] = ids.try_emplace({value, dim}, parents.size());
  if (inserted)
    parents.push_back(it->second);
  return findRoot(it->second);
}

void DimClasses::tie(Value a, int64_t aDim, Value b, int64_t bDim) {
  unsigned first = find(a, aDim), second = find(b, bDim);
  parents[std::max(first, second)] = std::min(first, second);
}

void DimClasses::tieAll(Value a, Value b) {
  auto type = dyn_cast<RankedTensorType>(a.getType());
  auto other = dyn_cast<RankedTensorType>(b.getType());
  if (!type || !other || type.getRank() != other.getRank())
    return;
  for (int64_t dim = 0; dim < type.getRank(); ++dim)
    tie(a, dim, b, dim);
}

/// Calls `callback(dim, size)` for each dynamic dimension of `type`, whose
/// sizes are the successive values of `sizes`.
static void forEachDynamicSize(ShapedType type, ValueRange sizes,
                               function_ref<void(int64_t, Value)> callback) {
  unsigned next = 0;
  for (int64_t dim = 0; dim < type.getRank(); ++dim)
    if (type.isDynamicDim(dim) && next < sizes.size())
      callback(dim, sizes[next++]);
}

/// Calls `callback(collapsedDim, expandedDim)` for each dimension that a
/// reshape leaves alone.
static void forEachUnsplitDim(ArrayRef<ReassociationIndices> groups,
                              function_ref<void(int64_t, int64_t)> callback) {
  for (auto [collapsed, group] : llvm::enumerate(groups))
    if (group.size() == 1)
      callback(collapsed, group.front());
}

void DimClasses::visit(Operation *op) {
  auto tieFn = [&](Value a, int64_t aDim, Value b, int64_t bDim) {
    tie(a, aDim, b, bDim);
  };
  collectShapeTies(op, tieFn);

  if (auto dps = dyn_cast<DestinationStyleOpInterface>(op))
    for (auto [init, result] : llvm::zip(dps.getDpsInits(), op->getResults()))
      tieAll(init, result);

  if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op)) {
    // Operands that are indexed by the same loop agree along it.
    SmallVector<std::pair<Value, int64_t>> owner(linalgOp.getNumLoops());
    for (OpOperand &operand : op->getOpOperands()) {
      AffineMap map = linalgOp.getMatchingIndexingMap(&operand);
      for (auto [dim, expr] : llvm::enumerate(map.getResults())) {
        auto loop = dyn_cast<AffineDimExpr>(expr);
        if (!loop)
          continue;
        auto &[value, valueDim] = owner[loop.getPosition()];
        if (value)
          tie(operand.get(), dim, value, valueDim);
        else
          owner[loop.getPosition()] = {operand.get(), dim};
      }
    }
    return;
  }
  if (op->hasTrait<OpTrait::Elementwise>()) {
    for (Value operand : op->getOperands())
      for (Value result : op->getResults())
        tieAll(operand, result);
  }

  llvm::TypeSwitch<Operation *>(op)
      .Case([&](tensor::DimOp dimOp) {
        if (std::optional<int64_t> dim = dimOp.getConstantIndex())
          tie(dimOp.getResult(), kScalar, dimOp.getSource(), *dim);
      })
      .Case<arith::IndexCastOp, arith::IndexCastUIOp, arith::ExtSIOp>(
          [&](Operation *cast) {
            if (!isa<ShapedType>(cast->getResult(0).getType()))
              tie(cast->getResult(0), kScalar, cast->getOperand(0), kScalar);
          })
      .Case([&](tensor::EmptyOp empty) {
        forEachDynamicSize(empty.getType(), empty.getDynamicSizes(),
                           [&](int64_t dim, Value size) {
                             tie(empty.getResult(), dim, size, kScalar);
                           });
      })
      .Case([&](tensor::CastOp cast) {
        tieAll(cast.getSource(), cast.getResult());
      })
      .Case([&](tensor::InsertOp insert) {
        tieAll(insert.getDest(), insert.getResult());
      })
      .Case([&](tensor::InsertSliceOp insert) {
        tieAll(insert.getDest(), insert.getResult());
      })
      .Case([&](tensor::ExtractSliceOp slice) {
        // Sizes given by a value; a rank-reducing slice drops static ones only.
        llvm::SmallBitVector dropped = slice.getDroppedDims();
        int64_t resultDim = 0;
        for (auto [dim, size] : llvm::enumerate(slice.getMixedSizes())) {
          if (dropped.test(dim))
            continue;
          if (auto value = dyn_cast<Value>(size))
            tie(slice.getResult(), resultDim, value, kScalar);
          ++resultDim;
        }
      })
      .Case([&](tensor::ExpandShapeOp reshape) {
        forEachUnsplitDim(reshape.getReassociationIndices(),
                          [&](int64_t collapsed, int64_t expanded) {
                            tie(reshape.getSrc(), collapsed,
                                reshape.getResult(), expanded);
                          });
        forEachDynamicSize(reshape.getResultType(), reshape.getOutputShape(),
                           [&](int64_t dim, Value size) {
                             tie(reshape.getResult(), dim, size, kScalar);
                           });
      })
      .Case([&](tensor::CollapseShapeOp reshape) {
        forEachUnsplitDim(reshape.getReassociationIndices(),
                          [&](int64_t collapsed, int64_t expanded) {
                            tie(reshape.getSrc(), expanded, reshape.getResult(),
                                collapsed);
                          });
      })
      .Case([&](tensor::ConcatOp concat) {
        int64_t rank = concat.getResultType().getRank();
        for (Value input : concat.getInputs())
          for (int64_t dim = 0; dim < rank; ++dim)
            if (dim != static_cast<int64_t>(concat.getDim()))
              tie(input, dim, concat.getResult(), dim);
      });
}

} // namespace mlir::attn
