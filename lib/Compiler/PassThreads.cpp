//===- PassThreads.cpp - the caller chooses the number of threads ---------===//
//
//   func.func @f(%x: memref<4xf32>) attributes {attn.signature = [...]} {
//     omp.parallel { ... }
// becomes
//   func.func @f(%x: memref<4xf32>, %threads: i32) attributes {...} {
//     omp.parallel num_threads(%threads : i32) { ... }
//
// Covered by test/Compiler/pass-threads.mlir and
// test/Tools/attn-compile/openmp.test.
//
//===----------------------------------------------------------------------===//

#include "attn/Compiler/Passes.h"
#include "attn/Compiler/Signature.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/OpenMP/OpenMPDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"

namespace mlir::attn {

#define GEN_PASS_DEF_PASSTHREADSPASS
#include "attn/Compiler/Passes.h.inc"

/// Gives `func` the number of threads and hands it to all parallel regions.
/// Those are outermost ones: tiles are run by one level of parallelism.
static LogicalResult passThreads(func::FuncOp func) {
  SmallVector<omp::ParallelOp> regions;
  func.walk([&](omp::ParallelOp op) { regions.push_back(op); });
  if (regions.empty())
    return success();
  unsigned index = func.getNumArguments();
  if (failed(func.insertArgument(index, IntegerType::get(func.getContext(), 32),
                                 /*argAttrs=*/{}, func.getLoc())))
    return failure();
  for (omp::ParallelOp op : regions)
    op.getNumThreadsMutable().assign(func.getArgument(index));
  return success();
}

namespace {
struct PassThreadsPass : impl::PassThreadsPassBase<PassThreadsPass> {
  void runOnOperation() override {
    for (auto func : getOperation().getOps<func::FuncOp>())
      if (func->hasAttr(kSignatureAttrName) && failed(passThreads(func)))
        return signalPassFailure();
  }
};
} // namespace

} // namespace mlir::attn
