//===- StatePartsTest.cpp - parts of a sequence by the interface ----------===//
//
// AffineMonoidOpInterface::buildPart of attn.linear and attn.recurrent: what a
// part reads of its operands, and what cannot be cut.
//
//===----------------------------------------------------------------------===//

#include "attn/Dialect/Attn/IR/Attn.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::attn;

namespace {

class StateParts : public ::testing::Test {
protected:
  StateParts() {
    context.loadDialect<AttnDialect, arith::ArithDialect, func::FuncDialect,
                        linalg::LinalgDialect, tensor::TensorDialect>();
  }

  /// The only operation with the interface in a function of this text.
  AffineMonoidOpInterface parse(StringRef text) {
    module = parseSourceString<ModuleOp>(text, &context);
    AffineMonoidOpInterface found;
    if (module)
      module->walk([&](AffineMonoidOpInterface op) { found = op; });
    return found;
  }

  /// Tokens [3, 3 + 5) onto the operation's own states.
  FailureOr<Operation *> buildPart(AffineMonoidOpInterface op) {
    OpBuilder b(op);
    auto dps = cast<DestinationStyleOpInterface>(op.getOperation());
    SmallVector<Value> inits(dps.getDpsInits());
    if (dps.hasPureTensorSemantics())
      inits.front() = tensor::EmptyOp::create(
          b, op.getLoc(), ArrayRef<int64_t>{1, 2, 5, 4}, b.getF32Type());
    return op.buildPart(b, op.getLoc(), b.getIndexAttr(3), b.getIndexAttr(5),
                        inits);
  }

  /// The message of a part that cannot be built.
  std::string getError(StringRef text) {
    std::string message;
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
      message = diagnostic.str();
      return success();
    });
    AffineMonoidOpInterface op = parse(text);
    EXPECT_TRUE(op) << message;
    if (op)
      EXPECT_TRUE(failed(buildPart(op)));
    return message;
  }

  static ArrayRef<int64_t> shapeOf(Value value) {
    return cast<ShapedType>(value.getType()).getShape();
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

TEST_F(StateParts, ReadsItsTokensAndContinuesTheStates) {
  AffineMonoidOpInterface op = parse(R"mlir(
    func.func @f(%q: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
                 %g: tensor<1x2x9xf32>, %b: tensor<1x2x9xf32>,
                 %o: tensor<1x2x9x4xf32>, %s: tensor<1x2x8x4xf32>,
                 %m: tensor<1x2x8x8xf32>) {
      %r:3 = attn.recurrent transition
          ins(%q, %q, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
          gate(%g : tensor<1x2x9xf32>) beta(%b : tensor<1x2x9xf32>)
          outs(%o, %s, %m : tensor<1x2x9x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x8xf32>)
      return
    })mlir");
  ASSERT_TRUE(op);
  Recurrence whole = op.getRecurrence();
  FailureOr<Operation *> part = buildPart(op);
  ASSERT_TRUE(succeeded(part));
  EXPECT_TRUE(succeeded(verify(*module)));
  Recurrence found = cast<AffineMonoidOpInterface>(*part).getRecurrence();
  EXPECT_EQ(shapeOf(found.query), (ArrayRef<int64_t>{1, 2, 5, 8}));
  EXPECT_EQ(shapeOf(found.beta), (ArrayRef<int64_t>{1, 2, 5}));
  auto slice = found.gate.getDefiningOp<tensor::ExtractSliceOp>();
  ASSERT_TRUE(slice);
  EXPECT_EQ(slice.getSource(), whole.gate);
  EXPECT_EQ(slice.getStaticOffsets(), (ArrayRef<int64_t>{0, 0, 3}));
  EXPECT_EQ(found.state, whole.state);
  EXPECT_EQ(found.transition, whole.transition);
  EXPECT_EQ((*part)->getNumResults(), 3u);
}

TEST_F(StateParts, KeepsWhatIsThereOnceForAHead) {
  AffineMonoidOpInterface op = parse(R"mlir(
    func.func @f(%q: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x4xf32>,
                 %g: tensor<2xf32>, %o: tensor<1x2x9x4xf32>) {
      %r = attn.linear
          ins(%q, %q, %v : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x4xf32>)
          gate(%g : tensor<2xf32>) outs(%o : tensor<1x2x9x4xf32>)
      return
    })mlir");
  ASSERT_TRUE(op);
  FailureOr<Operation *> part = buildPart(op);
  ASSERT_TRUE(succeeded(part));
  EXPECT_TRUE(succeeded(verify(*module)));
  Recurrence found = cast<AffineMonoidOpInterface>(*part).getRecurrence();
  EXPECT_EQ(shapeOf(found.gate), (ArrayRef<int64_t>{2}));
  EXPECT_EQ(shapeOf(found.value), (ArrayRef<int64_t>{1, 2, 5, 4}));
}

TEST_F(StateParts, RefusesPackedSequences) {
  EXPECT_EQ(getError(R"mlir(
    func.func @f(%q: tensor<1x2x9x4xf32>, %c: tensor<3xi32>) {
      %r = attn.linear
          ins(%q, %q, %q : tensor<1x2x9x4xf32>, tensor<1x2x9x4xf32>, tensor<1x2x9x4xf32>)
          cu_seqlens(%c : tensor<3xi32>) outs(%q : tensor<1x2x9x4xf32>)
      return
    })mlir"),
            "'attn.linear' op expected packed sequences to be split before "
            "cutting");
}

TEST_F(StateParts, RefusesMemrefs) {
  EXPECT_EQ(getError(R"mlir(
    func.func @f(%q: memref<1x2x9x4xf32>) {
      attn.linear
          ins(%q, %q, %q : memref<1x2x9x4xf32>, memref<1x2x9x4xf32>, memref<1x2x9x4xf32>)
          outs(%q : memref<1x2x9x4xf32>)
      return
    })mlir"),
            "'attn.linear' op expected tensors where cut, but found memrefs");
}

} // namespace
