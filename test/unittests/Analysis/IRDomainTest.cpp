//===- IRDomainTest.cpp - what is emitted, and what folds -----------------===//

#include "Analysis/IRDomain.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::attn;

namespace {

class IRDomainTest : public ::testing::Test {
protected:
  IRDomainTest()
      : builder(&context), domain(builder, UnknownLoc::get(&context)) {
    context.loadDialect<affine::AffineDialect, arith::ArithDialect>();
    Location loc = UnknownLoc::get(&context);
    for (Type type : {Type(builder.getIndexType()),
                      Type(builder.getIndexType()), Type(builder.getI1Type())})
      block.addArgument(type, loc);
    builder.setInsertionPointToEnd(&block);
    x = domain.import(OpFoldResult(block.getArgument(0)));
    y = domain.import(OpFoldResult(block.getArgument(1)));
  }

  /// Names of the operations emitted so far.
  std::vector<std::string> emitted() {
    std::vector<std::string> names;
    for (Operation &op : block)
      names.push_back(op.getName().getStringRef().str());
    return names;
  }
  using Names = std::vector<std::string>;

  MLIRContext context;
  Block block;
  OpBuilder builder;
  IRDomain domain;
  AffineExpr x, y;
};

TEST_F(IRDomainTest, operandsAreImportedOnce) {
  EXPECT_NE(x, y);
  EXPECT_EQ(domain.import(OpFoldResult(block.getArgument(0))), x);
  AffineExpr five = domain.import(builder.getIndexAttr(5));
  EXPECT_EQ(five, domain.constant(5));
  EXPECT_EQ(domain.materialize(five), OpFoldResult(builder.getIndexAttr(5)));
  EXPECT_EQ(domain.materialize(y), OpFoldResult(block.getArgument(1)));
  EXPECT_EQ(emitted(), Names{});
  OpFoldResult sum = domain.materialize(x + y);
  EXPECT_EQ(domain.materialize(domain.import(sum)), sum);
  EXPECT_EQ(emitted(), Names{"affine.apply"});
}

TEST_F(IRDomainTest, sumsCancel) {
  EXPECT_EQ(domain.sum({{1, x + y}, {-1, x}}, 3), y + 3);
  // What is too large for a linear form is a sum all the same.
  AffineExpr large = domain.sum({{int64_t(1) << 40, x}}, 1);
  EXPECT_EQ(large, x * (int64_t(1) << 40) + 1);
}

TEST_F(IRDomainTest, extremaOfEqualValuesFold) {
  EXPECT_EQ(domain.minimum({x, x}), x);
  EXPECT_EQ(domain.maximum({y, y}), y);
  EXPECT_EQ(emitted(), Names{});
  EXPECT_NE(domain.minimum({x, y}), domain.maximum({x, y}));
  EXPECT_EQ(emitted(), (Names{"affine.min", "affine.max"}));
}

TEST_F(IRDomainTest, selectsFold) {
  OpFoldResult condition = block.getArgument(2);
  EXPECT_EQ(domain.select(condition, x, x), x);
  AffineExpr five = domain.constant(5);
  EXPECT_EQ(domain.select(condition, five, five), five);
  EXPECT_EQ(domain.select(domain.boolean(true), x, y), x);
  EXPECT_EQ(domain.select(domain.boolean(false), x, y), y);
  EXPECT_EQ(emitted(), Names{});
  domain.select(condition, x, y);
  EXPECT_EQ(emitted(), Names{"arith.select"});
}

TEST_F(IRDomainTest, comparisonsOfKnownDistanceFold) {
  EXPECT_EQ(domain.lessEqual(x, x), domain.boolean(true));
  EXPECT_EQ(domain.lessEqual(x + y, y + x + 1), domain.boolean(true));
  EXPECT_EQ(domain.lessEqual(x + 1, x), domain.boolean(false));
  EXPECT_EQ(emitted(), Names{});
}

TEST_F(IRDomainTest, comparisonsAreOfPositiveTerms) {
  domain.lessEqual(x - y, domain.constant(0));
  EXPECT_EQ(emitted(), Names{"arith.cmpi"});
  auto compare = cast<arith::CmpIOp>(block.back());
  EXPECT_EQ(compare.getLhs(), block.getArgument(0));
  EXPECT_EQ(compare.getRhs(), block.getArgument(1));
  // One that does not flatten is compared as it is.
  domain.lessEqual(x * (int64_t(1) << 40), y);
  EXPECT_EQ(emitted(), (Names{"arith.cmpi", "affine.apply", "arith.cmpi"}));
}

TEST_F(IRDomainTest, constantOperandsDecide) {
  OpFoldResult unknown = block.getArgument(2);
  OpFoldResult yes = domain.boolean(true), no = domain.boolean(false);
  EXPECT_EQ(domain.conjunction(unknown, yes), unknown);
  EXPECT_EQ(domain.conjunction(no, unknown), no);
  EXPECT_EQ(domain.disjunction(unknown, no), unknown);
  EXPECT_EQ(domain.disjunction(yes, unknown), yes);
  EXPECT_EQ(emitted(), Names{});
}

} // namespace
