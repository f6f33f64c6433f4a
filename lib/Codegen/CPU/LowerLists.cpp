//===- LowerLists.cpp - what makes lists, on vectors ----------------------===//
//
//   attn.select                     scf.forall (%b, %p, %tile)
//                              ->     scores of 64 queries, the best of them
//   attn.pool                       scf.forall (%b, %h, %chunk)
//   attn.invert                     scf.forall (%b, %l)
//
// Tests: test/Codegen/CPU/lower-lists.mlir, test/Integration/Select
//
//===----------------------------------------------------------------------===//

#include "ListEmitters.h"
#include "attn/Codegen/CPU/Passes.h"
#include "attn/Target/TargetInfo.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::attn {

#define GEN_PASS_DEF_CPULOWERLISTSPASS
#include "attn/Codegen/CPU/Passes.h.inc"

namespace {
struct CPULowerListsPass : impl::CPULowerListsPassBase<CPULowerListsPass> {
  using CPULowerListsPassBase::CPULowerListsPassBase;

  void runOnOperation() override {
    SmallVector<DestinationStyleOpInterface> ops;
    getOperation().walk([&](DestinationStyleOpInterface op) {
      if (isa<PoolOp, SelectOp, InvertOp>(op))
        ops.push_back(op);
    });
    if (ops.empty())
      return;
    FailureOr<TargetInfo> info =
        TargetInfo::parse(target, getOperation().getLoc());
    if (failed(info))
      return signalPassFailure();
    for (DestinationStyleOpInterface op : ops) {
      if (failed(check(op, *info)))
        return signalPassFailure();
      lower(op, *info);
      op.erase();
      ++numLowered;
    }
  }

  LogicalResult check(DestinationStyleOpInterface op, const TargetInfo &info) {
    if (op->getNumResults() != 0)
      return op->emitOpError("expected memrefs, as after bufferisation");
    if (isa<InvertOp>(op))
      return success();
    if (!info.hasFMA())
      return op->emitOpError() << "expected a target with fused multiply-add, "
                                  "such as x86-64-v3, but found '"
                               << target << "'";
    for (Type type : op->getOperandTypes())
      if (getElementTypeOrSelf(type).isF64())
        return op->emitOpError() << "element type 'f64' is not supported by "
                                    "this pipeline, expected f32, f16 or bf16";
    return success();
  }

  void lower(Operation *op, const TargetInfo &info) {
    OpBuilder builder(op);
    int64_t lanes = info.getF32Lanes();
    // 16 sums of AVX-512's 32 registers, 8 of 16.
    bool isLarge = info.getNumVectorRegisters() >= 32;
    ListShape shape{lanes, isLarge ? 4 : 2, 4};
    if (auto pool = dyn_cast<PoolOp>(op))
      emitPool(builder, pool, lanes);
    else if (auto select = dyn_cast<SelectOp>(op))
      emitSelect(builder, select, shape);
    else
      emitInvert(builder, cast<InvertOp>(op));
  }
};
} // namespace

} // namespace mlir::attn
