//===- LowerCopies.cpp - memref.copy as vector loops ----------------------===//
//
//   memref.copy %a, %b : memref<?x100xf32, strided<[?, 1]>> to
//   memref<?x100xf32>
//   ->
//   scf.forall (%i) in (%n) {
//     scf.for %j = 0 to 96 step 16 { load vector<16xf32>, store }
//     scf.for %j = 96 to 100 { load f32, store }
//   }
//
// Tests: test/Codegen/CPU/lower-copies.mlir
//
//===----------------------------------------------------------------------===//

#include "attn/Codegen/CPU/Passes.h"
#include "attn/Target/TargetInfo.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::attn {

#define GEN_PASS_DEF_CPULOWERCOPIESPASS
#include "attn/Codegen/CPU/Passes.h.inc"

namespace {
class CopyLowering {
public:
  CopyLowering(RewriterBase &rewriter, const TargetInfo &target)
      : b(rewriter), target(target) {}

  void lower(memref::CopyOp op);

private:
  void copyRow(Location loc, Value source, Value destination,
               SmallVector<Value> indices, OpFoldResult size);
  int64_t getLanes(MemRefType source, MemRefType destination);

  RewriterBase &b;
  const TargetInfo &target;
};
} // namespace

/// Elements of one vector; 1 where rows are not contiguous, or are of i1, whose
/// vectors would be packed bits.
int64_t CopyLowering::getLanes(MemRefType source, MemRefType destination) {
  Type element = source.getElementType();
  if (!element.isIntOrFloat() || element.isInteger(1) ||
      !source.isLastDimUnitStride() || !destination.isLastDimUnitStride())
    return 1;
  return std::max<int64_t>(1, target.getVectorBits() /
                                  element.getIntOrFloatBitWidth());
}

/// Copies along the last dimension at `indices` of the others.
void CopyLowering::copyRow(Location loc, Value source, Value destination,
                           SmallVector<Value> indices, OpFoldResult size) {
  int64_t lanes = getLanes(cast<MemRefType>(source.getType()),
                           cast<MemRefType>(destination.getType()));
  Type element = getElementTypeOrSelf(source.getType());
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(b, loc, value);
  };
  Value end = getValueOrCreateConstantIndexOp(b, loc, size);
  Value begin = constant(0);
  indices.push_back({});
  if (lanes > 1) {
    auto type = VectorType::get({lanes}, element);
    Value rest = arith::RemUIOp::create(b, loc, end, constant(lanes));
    Value full = arith::SubIOp::create(b, loc, end, rest);
    scf::ForOp::create(
        b, loc, begin, full, constant(lanes), ValueRange(),
        [&](OpBuilder &nested, Location l, Value j, ValueRange) {
          indices.back() = j;
          Value row = vector::LoadOp::create(nested, l, type, source, indices);
          vector::StoreOp::create(nested, l, row, destination, indices);
          scf::YieldOp::create(nested, l);
        });
    begin = full;
  }
  scf::ForOp::create(
      b, loc, begin, end, constant(1), ValueRange(),
      [&](OpBuilder &nested, Location l, Value j, ValueRange) {
        indices.back() = j;
        Value x = memref::LoadOp::create(nested, l, source, indices);
        memref::StoreOp::create(nested, l, x, destination, indices);
        scf::YieldOp::create(nested, l);
      });
}

void CopyLowering::lower(memref::CopyOp op) {
  Location loc = op.getLoc();
  b.setInsertionPoint(op);
  Value source = op.getSource(), destination = op.getTarget();
  auto type = cast<MemRefType>(source.getType());
  if (type.getRank() == 0) {
    Value x = memref::LoadOp::create(b, loc, source);
    memref::StoreOp::create(b, loc, x, destination);
    b.eraseOp(op);
    return;
  }
  SmallVector<OpFoldResult> sizes = memref::getMixedSizes(b, loc, source);
  ArrayRef<OpFoldResult> outer = ArrayRef(sizes).drop_back();
  if (outer.empty()) {
    copyRow(loc, source, destination, {}, sizes.back());
  } else if (!op->getParentOfType<scf::ForallOp>()) {
    auto loop = scf::ForallOp::create(b, loc, outer, ValueRange(),
                                      /*mapping=*/std::nullopt);
    b.setInsertionPoint(loop.getTerminator());
    copyRow(loc, source, destination, loop.getInductionVars(), sizes.back());
  } else {
    SmallVector<Value> indices;
    Value zero = arith::ConstantIndexOp::create(b, loc, 0);
    Value one = arith::ConstantIndexOp::create(b, loc, 1);
    for (OpFoldResult size : outer) {
      Value end = getValueOrCreateConstantIndexOp(b, loc, size);
      auto loop = scf::ForOp::create(b, loc, zero, end, one);
      indices.push_back(loop.getInductionVar());
      b.setInsertionPointToStart(loop.getBody());
    }
    copyRow(loc, source, destination, indices, sizes.back());
  }
  b.eraseOp(op);
}

namespace {
struct CPULowerCopiesPass : impl::CPULowerCopiesPassBase<CPULowerCopiesPass> {
  using CPULowerCopiesPassBase::CPULowerCopiesPassBase;

  void runOnOperation() override {
    FailureOr<TargetInfo> info =
        TargetInfo::parse(target, getOperation().getLoc());
    if (failed(info))
      return signalPassFailure();
    SmallVector<memref::CopyOp> ops;
    getOperation().walk([&](memref::CopyOp op) {
      if (isa<MemRefType>(op.getSource().getType()) &&
          isa<MemRefType>(op.getTarget().getType()))
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (memref::CopyOp op : ops)
      CopyLowering(rewriter, *info).lower(op);
    numCopies += ops.size();
  }
};
} // namespace

} // namespace mlir::attn
