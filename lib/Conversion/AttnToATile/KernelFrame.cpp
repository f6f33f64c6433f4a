//===- KernelFrame.cpp - a function on tensors as a kernel ----------------===//

#include "KernelFrame.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mlir::attn;
using atile::BindAttr;
using atile::BindKind;

KernelFrame::KernelFrame(func::FuncOp func, int64_t threads) : func(func) {
  OpBuilder b(func);
  kernel = atile::KernelOp::create(
      b, func.getLoc(), func.getSymName(),
      b.getFunctionType(TypeRange(), TypeRange()), threads,
      AffineMap::get(b.getContext()), TypeAttr::get(func.getFunctionType()),
      atile::ScheduleAttr(), StringAttr(), ArrayAttr(), ArrayAttr());
  // What other passes noted on the function, its signature for C among it.
  for (NamedAttribute attribute : func->getDiscardableAttrs())
    kernel->setDiscardableAttr(attribute.getName(), attribute.getValue());
  Block *body = b.createBlock(&kernel.getBody());

  IRMapping mapping;
  for (auto [param, argument] : llvm::enumerate(func.getArguments())) {
    auto type = dyn_cast<RankedTensorType>(argument.getType());
    if (!type) {
      BindAttr bind = BindAttr::get(b.getContext(), BindKind::Scalar, param, 0,
                                    ArrayRef<int64_t>());
      // An index is passed as i64.
      bool isIndex = argument.getType().isIndex();
      Value scalar =
          addArgument(isIndex ? b.getI64Type() : argument.getType(), bind);
      b.setInsertionPointToEnd(body);
      if (isIndex)
        scalar = arith::IndexCastOp::create(b, argument.getLoc(),
                                            b.getIndexType(), scalar);
      mapping.map(argument, scalar);
      continue;
    }
    KernelTensor tensor = addTensor(param, type);
    b.setInsertionPointToEnd(body);
    Value standIn = UnrealizedConversionCastOp::create(b, argument.getLoc(),
                                                       type, tensor.data)
                        .getResult(0);
    tensors[standIn] = tensor;
    mapping.map(argument, standIn);
  }
  for (auto [index, type] : llvm::enumerate(func.getResultTypes()))
    outputs.push_back(addTensor(func.getNumArguments() + index,
                                cast<RankedTensorType>(type)));

  // Results of the function are those of the operation, in some order.
  Operation *terminator = func.getBody().front().getTerminator();
  returnedAs.resize(terminator->getNumOperands());
  for (auto [index, value] : llvm::enumerate(terminator->getOperands()))
    returnedAs[cast<OpResult>(value).getResultNumber()] = index;

  b.setInsertionPointToEnd(body);
  for (Operation &op : func.getBody().front().without_terminator()) {
    Operation *clone = b.clone(op, mapping);
    if (auto found = dyn_cast<DenseOp>(clone))
      dense = found;
  }
  atile::ReturnOp::create(b, func.getLoc());
}

Value KernelFrame::addArgument(Type type, BindAttr bind) {
  unsigned index = kernel.getNumArguments();
  Builder b(kernel.getContext());
  NamedAttribute attribute(b.getStringAttr(atile::kBindAttrName), bind);
  (void)kernel.insertArgument(index, type, b.getDictionaryAttr(attribute),
                              kernel.getLoc());
  return kernel.getArgument(index);
}

KernelTensor KernelFrame::addTensor(int64_t param, RankedTensorType type) {
  MLIRContext *context = kernel.getContext();
  Builder b(context);
  auto bind = [&](BindKind kind, int64_t dim) {
    return BindAttr::get(context, kind, param, dim, ArrayRef<int64_t>());
  };
  KernelTensor tensor{param, type, {}, {}, {}};
  tensor.data =
      addArgument(atile::GlobalType::get(context, type.getElementType()),
                  bind(BindKind::Data, 0));
  for (int64_t dim = 0; dim < type.getRank(); ++dim)
    tensor.sizes.push_back(
        type.isDynamicDim(dim)
            ? addArgument(b.getI32Type(), bind(BindKind::Size, dim))
            : Value());
  for (int64_t dim = 0; dim < type.getRank(); ++dim)
    tensor.strides.push_back(
        dim + 1 < type.getRank()
            ? addArgument(b.getI64Type(), bind(BindKind::Stride, dim))
            : Value());
  return tensor;
}

const KernelTensor *KernelFrame::lookup(Value tensor) const {
  auto it = tensors.find(tensor);
  return it == tensors.end() ? nullptr : &it->second;
}

const KernelTensor &KernelFrame::getOutput(Value result) const {
  unsigned number = cast<OpResult>(result).getResultNumber();
  return outputs[returnedAs[number]];
}

Value KernelFrame::addMap(const KernelTensor &tensor, int64_t rows,
                          int64_t columns, ArrayRef<int64_t> dims) {
  MLIRContext *context = kernel.getContext();
  return addArgument(
      atile::MapType::get(context, rows, columns, tensor.type.getElementType()),
      BindAttr::get(context, BindKind::Map, tensor.param, 0, dims));
}

Value KernelFrame::getSize(OpBuilder &b, Location loc,
                           const KernelTensor &tensor, int64_t dim) const {
  if (Value size = tensor.sizes[dim])
    return size;
  return arith::ConstantIntOp::create(b, loc, b.getI32Type(),
                                      tensor.type.getDimSize(dim));
}

OpFoldResult KernelFrame::getIndexSize(OpBuilder &b, Location loc,
                                       const KernelTensor &tensor,
                                       int64_t dim) const {
  if (Value size = tensor.sizes[dim])
    return arith::IndexCastOp::create(b, loc, b.getIndexType(), size)
        .getResult();
  return b.getIndexAttr(tensor.type.getDimSize(dim));
}

static Value toI64(OpBuilder &b, Location loc, Value value) {
  if (value.getType().isInteger(64))
    return value;
  if (value.getType().isIndex())
    return arith::IndexCastOp::create(b, loc, b.getI64Type(), value);
  return arith::ExtSIOp::create(b, loc, b.getI64Type(), value);
}

Value KernelFrame::getOffset(OpBuilder &b, Location loc,
                             const KernelTensor &tensor,
                             ValueRange indices) const {
  Value offset;
  for (auto [index, stride] : llvm::zip_equal(indices, tensor.strides)) {
    Value part = toI64(b, loc, index);
    if (stride)
      part = arith::MulIOp::create(b, loc, part, stride);
    offset = offset ? arith::AddIOp::create(b, loc, offset, part) : part;
  }
  if (!offset)
    offset = arith::ConstantIntOp::create(b, loc, b.getI64Type(), 0);
  return offset;
}

LogicalResult KernelFrame::lowerReads() {
  WalkResult walked = kernel.walk([&](Operation *op) {
    OpBuilder b(op);
    if (auto read = dyn_cast<tensor::ExtractOp>(op)) {
      const KernelTensor *tensor = lookup(read.getTensor());
      if (!tensor) {
        read.emitOpError("expected a read of an argument on a GPU");
        return WalkResult::interrupt();
      }
      Value offset = getOffset(b, op->getLoc(), *tensor, read.getIndices());
      Value loaded = atile::ReadOp::create(b, op->getLoc(), read.getType(),
                                           tensor->data, offset);
      read.replaceAllUsesWith(loaded);
      op->erase();
    } else if (auto dim = dyn_cast<tensor::DimOp>(op)) {
      const KernelTensor *tensor = lookup(dim.getSource());
      std::optional<int64_t> index = dim.getConstantIndex();
      if (!tensor || !index) {
        dim.emitOpError("expected a size of an argument on a GPU");
        return WalkResult::interrupt();
      }
      OpFoldResult size = getIndexSize(b, op->getLoc(), *tensor, *index);
      dim.replaceAllUsesWith(
          getValueOrCreateConstantIndexOp(b, op->getLoc(), size));
      op->erase();
    }
    return WalkResult::advance();
  });
  return failure(walked.wasInterrupted());
}

void KernelFrame::eraseUnusedArguments(ArrayRef<Value> kept) {
  llvm::BitVector unused(kernel.getNumArguments());
  for (auto [index, argument] : llvm::enumerate(kernel.getArguments()))
    if (argument.use_empty() && !llvm::is_contained(kept, argument))
      unused.set(index);
  (void)kernel.eraseArguments(unused);
}

LogicalResult KernelFrame::finish(const std::array<GridExtent, 3> &grid) {
  // Inits say sizes only.
  SmallVector<Operation *> dead{dense};
  for (Value init : dense.getDpsInits())
    if (Operation *op = init.getDefiningOp())
      if (!llvm::is_contained(dead, op))
        dead.push_back(op);
  for (Operation *op : dead)
    if (op->use_empty())
      op->erase();
  if (failed(lowerReads()))
    return failure();
  for (auto &entry : tensors)
    entry.first.getDefiningOp()->erase();

  // The grid needs sizes even where the kernel does not.
  SmallVector<Value> gridSizes;
  for (const GridExtent &extent : grid)
    if (extent.size)
      gridSizes.push_back(extent.size);
  eraseUnusedArguments(gridSizes);

  MLIRContext *context = kernel.getContext();
  SmallVector<Value> symbols;
  for (auto [index, argument] : llvm::enumerate(kernel.getArguments()))
    if (kernel.getBinding(index).getKind() == BindKind::Size)
      symbols.push_back(argument);
  SmallVector<AffineExpr> blocks;
  for (const GridExtent &extent : grid) {
    AffineExpr size = getAffineConstantExpr(extent.number, context);
    if (extent.size)
      size = getAffineSymbolExpr(
          llvm::find(symbols, extent.size) - symbols.begin(), context);
    blocks.push_back(size.ceilDiv(extent.divisor));
  }
  kernel.setGrid(AffineMap::get(0, symbols.size(), blocks, context));
  func.erase();
  return success();
}
