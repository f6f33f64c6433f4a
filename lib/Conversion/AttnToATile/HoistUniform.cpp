//===- HoistUniform.cpp - what is the same for all elements, once ---------===//
//
// Part of attn-dense-to-atile. The body of an `atile.map` is inlined once per
// register. What in it depends on no element and no coordinate is computed
// before, as far out as its operands allow: a slope of ALiBi once per tile.
//
//   atile.map %s at(%i0, %j0) {                %slope = atile.read %p[%h]
//   ^bb0(%x, %i, %j):                          atile.map %s at(%i0, %j0) {
//     %slope = atile.read %p[%h]          ->   ^bb0(%x, %i, %j):
//     ..                                         ..
//
// Captured tensors are constant while the kernel runs, so reads move too, but
// not out of loops: without a pair nothing is read.
//
// Tests: test/Conversion/AttnToATile/regions.mlir
//
//===----------------------------------------------------------------------===//

#include "AttentionKernel.h"

using namespace mlir;
using namespace mlir::attn;

/// The operation before which `op`, in the body of `map`, can stand, as far out
/// as the consumers (or the kernel, if it has no roles); null if in the body
/// only.
static Operation *findPlace(Operation *op, atile::MapOp map) {
  if (!isPure(op) && !isa<atile::ReadOp>(op))
    return nullptr;
  Operation *place = nullptr;
  for (Operation *outer = map; outer; outer = outer->getParentOp()) {
    Region *region = outer->getParentRegion();
    if (isa<atile::KernelOp, atile::SpecializeOp>(outer))
      break;
    bool isKnown = llvm::all_of(op->getOperands(), [&](Value operand) {
      Operation *definition = operand.getDefiningOp();
      Region *owner = operand.getParentRegion();
      if (!owner->isAncestor(region))
        return false;
      // Not itself, nor an operation that is not moved.
      return !definition || !map->isAncestor(definition);
    });
    if (!isKnown)
      break;
    place = outer;
    if (isa<atile::ReadOp>(op))
      break;
  }
  return place;
}

void mlir::attn::hoistUniform(atile::KernelOp kernel) {
  kernel.walk([](atile::MapOp map) {
    for (Operation &op :
         llvm::make_early_inc_range(map.getBody().front().without_terminator()))
      if (Operation *place = findPlace(&op, map))
        op.moveBefore(place);
  });
}
