//===- HoistScratch.cpp - one buffer per worker instead of one per block --===//
//
//   scf.forall (%t) .. { scf.for %j .. { %p = memref.alloc() :
//   memref<96x64xf32> } }
//   ->
//   scf.forall (%t) .. {
//     %p = memref.alloc() ..
//     scf.for %j .. { }
//     memref.dealloc %p
//   }
//
// Upstream's hoisting and deallocation both leave buffers inside scf.forall
// alone; without this pass they would leak.
//
// Tests: test/Codegen/CPU/hoist-scratch.mlir
//
//===----------------------------------------------------------------------===//

#include "attn/Codegen/CPU/Passes.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

namespace mlir::attn {

#define GEN_PASS_DEF_CPUHOISTSCRATCHPASS
#include "attn/Codegen/CPU/Passes.h.inc"

/// Whether the buffer, or a view of it, leaves the block that allocates it; an
/// iteration may then still need it while the next one writes.
static bool escapes(Value buffer) {
  for (Operation *user : buffer.getUsers()) {
    if (user->hasTrait<OpTrait::IsTerminator>())
      return true;
    if (isa<ViewLikeOpInterface>(user) && escapes(user->getResult(0)))
      return true;
    if (isa<LoopLikeOpInterface, scf::IfOp>(user))
      return true;
  }
  return false;
}

/// Where the buffer of `alloc` lives: the innermost forall, else the function.
static Block *getScope(memref::AllocOp alloc, FunctionOpInterface func) {
  if (auto forall = alloc->getParentOfType<scf::ForallOp>())
    return forall.getBody();
  return &func.getFunctionBody().front();
}

static void eraseDeallocs(memref::AllocOp alloc) {
  for (Operation *user : llvm::make_early_inc_range(alloc->getUsers()))
    if (isa<memref::DeallocOp>(user))
      user->erase();
}

namespace {
struct CPUHoistScratchPass
    : impl::CPUHoistScratchPassBase<CPUHoistScratchPass> {
  void runOnOperation() override {
    SmallVector<memref::AllocOp> allocs;
    getOperation()->walk([&](memref::AllocOp op) { allocs.push_back(op); });
    OpBuilder builder(&getContext());
    for (memref::AllocOp alloc : allocs) {
      Block *scope = getScope(alloc, getOperation());
      bool isLocal = isa<scf::ForallOp>(scope->getParentOp());
      bool mayMove = alloc.getType().hasStaticShape() && !escapes(alloc);
      if (mayMove && alloc->getBlock() != scope) {
        eraseDeallocs(alloc);
        alloc->moveBefore(scope, scope->begin());
        builder.setInsertionPoint(scope->getTerminator());
        memref::DeallocOp::create(builder, alloc.getLoc(), alloc);
        ++numHoisted;
      } else if (isLocal && alloc->getBlock() == scope) {
        eraseDeallocs(alloc);
        builder.setInsertionPoint(scope->getTerminator());
        memref::DeallocOp::create(builder, alloc.getLoc(), alloc);
      }
    }
  }
};
} // namespace

} // namespace mlir::attn
