//===- CutTimePass.cpp - a recurrence in two parts ------------------------===//
//
//   attn-opt --load-pass-plugin=libAttnTestPasses.so
//            --pass-pipeline="builtin.module(func.func(attn-test-cut-time))"
//
// Cuts every linear and recurrent op after two tokens by
// AffineMonoidOpInterface::buildPart; the second part goes on from the states
// of the first.
//
// Tests: test/Dialect/Attn/interfaces-parts-state.mlir
//
//===----------------------------------------------------------------------===//

#include "CutTimePass.h"
#include "attn/Dialect/Attn/IR/Attn.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;

namespace {
struct CutTimePass : PassWrapper<CutTimePass, OperationPass<>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(CutTimePass)

  StringRef getArgument() const override { return "attn-test-cut-time"; }
  StringRef getDescription() const override {
    return "cut linear and recurrent ops after two tokens";
  }
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<affine::AffineDialect, tensor::TensorDialect>();
  }

  void runOnOperation() override {
    SmallVector<attn::AffineMonoidOpInterface> ops;
    getOperation()->walk(
        [&](attn::AffineMonoidOpInterface op) { ops.push_back(op); });
    IRRewriter rewriter(&getContext());
    for (attn::AffineMonoidOpInterface op : ops)
      if (failed(cut(op, rewriter)))
        return signalPassFailure();
  }

  static LogicalResult cut(attn::AffineMonoidOpInterface op,
                           RewriterBase &rewriter) {
    constexpr int64_t kTokens = 2;
    auto dps = cast<DestinationStyleOpInterface>(op.getOperation());
    Location loc = op.getLoc();
    rewriter.setInsertionPoint(op);
    Value value = op.getRecurrence().value, output = dps.getDpsInits()[0];
    int64_t tokens = cast<ShapedType>(value.getType()).getDimSize(2);
    SmallVector<Value> states(dps.getDpsInits().drop_front());
    for (auto [first, end] : {std::pair<int64_t, int64_t>{0, kTokens},
                              std::pair<int64_t, int64_t>{kTokens, tokens}}) {
      OpFoldResult offset = rewriter.getIndexAttr(first);
      OpFoldResult size = rewriter.getIndexAttr(end - first);
      SmallVector<OpFoldResult> offsets(4, rewriter.getIndexAttr(0));
      SmallVector<OpFoldResult> strides(4, rewriter.getIndexAttr(1));
      SmallVector<OpFoldResult> sizes =
          tensor::getMixedSizes(rewriter, loc, output);
      offsets[2] = offset;
      sizes[2] = size;
      SmallVector<Value> inits{tensor::ExtractSliceOp::create(
          rewriter, loc, output, offsets, sizes, strides)};
      llvm::append_range(inits, states);
      FailureOr<Operation *> part =
          op.buildPart(rewriter, loc, offset, size, inits);
      if (failed(part))
        return failure();
      output =
          tensor::InsertSliceOp::create(rewriter, loc, (*part)->getResult(0),
                                        output, offsets, sizes, strides);
      states.assign(std::next((*part)->result_begin()), (*part)->result_end());
    }
    SmallVector<Value> results{output};
    llvm::append_range(results, states);
    rewriter.replaceOp(op, results);
    return success();
  }
};
} // namespace

void mlir::attn::registerCutTimePass() { PassRegistration<CutTimePass>(); }
