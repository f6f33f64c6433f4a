//===- LowerRecurrence.cpp - attn.linear and attn.recurrent on vectors ----===//
//
// Replaces one tile of a state op on memrefs (one batch, one state head, some
// tokens) by loops over vectors; see RecurrenceEmitter.h. It runs after
// bufferisation because state panels and scratch are buffers by nature: they
// are read, scaled and added to in place many times over.
//
// Tests: test/Codegen/CPU/lower-recurrence.mlir, lower-recurrence-scan.mlir
//
//===----------------------------------------------------------------------===//

#include "RecurrenceEmitter.h"
#include "attn/Codegen/CPU/Passes.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::attn {

#define GEN_PASS_DEF_CPULOWERRECURRENCEPASS
#include "attn/Codegen/CPU/Passes.h.inc"

/// The op is a tile on memrefs with a state and a choice of sizes.
static LogicalResult verifyTile(AffineMonoidOpInterface op,
                                const Recurrence &parts, ScanAttr scan) {
  if (!isa<MemRefType>(parts.query.getType()))
    return op.emitOpError() << "expected memrefs, as after bufferisation";
  if (!scan || !scan.isWhole() || !parts.state)
    return op.emitOpError()
           << "expected a 'scan' attribute and a state, as attn-schedule and "
              "attn-tile-state leave them";
  auto type = cast<MemRefType>(parts.value.getType());
  if (type.getDimSize(0) != 1 || type.getDimSize(1) != 1)
    return op.emitOpError() << "expected a tile of one batch and one head, but "
                               "found "
                            << type;
  return success();
}

/// The copy that brings the state of a single token in, if it comes right
/// before the op in memory's order: the token then reads what the copy reads.
static memref::CopyOp findStateCopy(AffineMonoidOpInterface op,
                                    const Recurrence &parts) {
  if (cast<MemRefType>(parts.value.getType()).getDimSize(2) != 1 ||
      parts.timeStep)
    return nullptr;
  for (Operation *before = op->getPrevNode(); before;
       before = before->getPrevNode()) {
    if (auto copy = dyn_cast<memref::CopyOp>(before))
      return copy.getTarget() == parts.state ? copy : nullptr;
    if (!isMemoryEffectFree(before))
      return nullptr;
  }
  return nullptr;
}

namespace {
struct CPULowerRecurrencePass
    : impl::CPULowerRecurrencePassBase<CPULowerRecurrencePass> {
  void runOnOperation() override {
    SmallVector<AffineMonoidOpInterface> ops;
    getOperation().walk([&](AffineMonoidOpInterface op) { ops.push_back(op); });
    OpBuilder builder(&getContext());
    for (AffineMonoidOpInterface op : ops) {
      Recurrence parts = op.getRecurrence();
      auto scan = op->getAttrOfType<ScanAttr>("scan");
      if (failed(verifyTile(op, parts, scan)))
        return signalPassFailure();
      builder.setInsertionPoint(op);
      if (parts.timeStep)
        emitDecayScan(builder, op.getLoc(), parts, scan);
      else
        emitRecurrence(builder, op, parts, scan);
      op->erase();
      ++numLowered;
    }
  }

  static void emitRecurrence(OpBuilder &builder, AffineMonoidOpInterface op,
                             const Recurrence &parts, ScanAttr scan) {
    memref::CopyOp copy = findStateCopy(op, parts);
    Value given = copy ? copy.getSource() : parts.state;
    RecurrenceEmitter(builder, op.getLoc(), parts, given, scan).emit();
    if (copy)
      copy.erase();
  }
};
} // namespace

} // namespace mlir::attn
