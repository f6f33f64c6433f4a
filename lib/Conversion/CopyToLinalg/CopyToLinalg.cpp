//===- CopyToLinalg.cpp - memref.copy as linalg.copy ----------------------===//
//
//   memref.copy %a, %b : memref<4x?xf32, strided<[?, 1]>> to memref<4x?xf32>
//   ->
//   linalg.copy ins(%a : ..) outs(%b : ..)
//
// Tests: test/Conversion/CopyToLinalg/copy-to-linalg.mlir
//
//===----------------------------------------------------------------------===//

#include "attn/Conversion/Passes.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::attn {

#define GEN_PASS_DEF_COPYTOLINALGPASS
#include "attn/Conversion/Passes.h.inc"

namespace {
struct CopyToLinalgPass : impl::CopyToLinalgPassBase<CopyToLinalgPass> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    getOperation()->walk([&](memref::CopyOp copy) {
      rewriter.setInsertionPoint(copy);
      rewriter.replaceOpWithNewOp<linalg::CopyOp>(copy, copy.getSource(),
                                                  copy.getTarget());
      ++numConverted;
    });
  }
};
} // namespace

} // namespace mlir::attn
