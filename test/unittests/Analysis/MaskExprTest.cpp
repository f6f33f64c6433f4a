//===- MaskExprTest.cpp - normal forms of mask expressions ----------------===//

#include "attn/Analysis/MaskExpr.h"

#include "mlir/IR/Block.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::attn;

namespace {

class MaskExprTest : public ::testing::Test {
protected:
  AffineExpr constant(int64_t value) {
    return getAffineConstantExpr(value, &context);
  }
  static std::string print(const MaskExpr &mask) {
    std::string text;
    llvm::raw_string_ostream os(text);
    os << mask;
    return text;
  }

  MLIRContext context;
  AffineExpr b = getAffineDimExpr(0, &context);
  AffineExpr i = getAffineDimExpr(2, &context);
  AffineExpr j = getAffineDimExpr(3, &context);
  AffineExpr s = getAffineSymbolExpr(0, &context);
  MaskExpr causal = MaskExpr::causal(constant(0));
};

TEST_F(MaskExprTest, builders) {
  EXPECT_EQ(print(causal), "d2 - d3 >= 0");
  EXPECT_EQ(print(MaskExpr::causal(s)), "d2 - d3 + s0 >= 0");
  EXPECT_EQ(print(MaskExpr::window(255, 0, constant(0))),
            "(-d2 + d3 + 255 >= 0 and d2 - d3 >= 0)");
  EXPECT_EQ(print(MaskExpr::window(255, -1, constant(0))),
            "-d2 + d3 + 255 >= 0");
  EXPECT_EQ(print(MaskExpr::window(-1, -1, constant(0))), "true");
  EXPECT_EQ(print(MaskExpr::window(0, -1, constant(0))), "-d2 + d3 >= 0");
  EXPECT_EQ(print(MaskExpr::window(-1, 0, constant(0))), "d2 - d3 >= 0");
  EXPECT_EQ(print(MaskExpr::keyLength(s)), "-d3 + s0 - 1 >= 0");
  EXPECT_EQ(print(MaskExpr::getFalse()), "false");
}

TEST_F(MaskExprTest, equalComparisonsAreTheSame) {
  EXPECT_EQ(MaskExpr::sle(j, i), causal);
  EXPECT_EQ(MaskExpr::sgt(i + 1, j), causal);
  EXPECT_EQ(MaskExpr::slt(j * 2, i * 2 + 1), causal);
  EXPECT_EQ(MaskExpr::sge(i - j + i, i), causal);
  EXPECT_EQ(!MaskExpr::sgt(j, i), causal);
  EXPECT_NE(MaskExpr::sge(i, j + 1), causal);
  MaskExpr length = MaskExpr::keyLength(s);
  EXPECT_EQ(causal && length, causal && length);
  EXPECT_NE(causal && length, causal || length);
  EXPECT_NE(causal && length, causal && MaskExpr::keyLength(s + b));
}

TEST_F(MaskExprTest, opaqueIsEqualOnlyToItself) {
  MaskExpr opaque = MaskExpr::getOpaque();
  EXPECT_EQ(opaque, opaque);
  EXPECT_NE(opaque, MaskExpr::getOpaque());
  EXPECT_EQ((!opaque).getKind(), MaskExpr::Kind::Opaque);
}

TEST_F(MaskExprTest, positionsAreNotNegative) {
  EXPECT_TRUE(MaskExpr::sge(i + j, constant(0)).isTrue());
  EXPECT_TRUE(MaskExpr::slt(i, constant(0)).isFalse());
  EXPECT_TRUE(MaskExpr::slt(j % 4, constant(4)).isTrue());
  EXPECT_TRUE(MaskExpr::sge(i.floorDiv(64), constant(0)).isTrue());
}

TEST_F(MaskExprTest, redundantOperandsVanish) {
  MaskExpr loose = MaskExpr::causal(constant(5));
  MaskExpr other = MaskExpr::keyLength(s);
  EXPECT_EQ(causal && loose, causal);
  EXPECT_EQ(causal || loose, loose);
  EXPECT_EQ(causal && (causal || other), causal);
  EXPECT_EQ(causal || (causal && other), causal);
  EXPECT_EQ(causal && MaskExpr::getTrue(), causal);
  EXPECT_EQ(causal || MaskExpr::getFalse(), causal);
  EXPECT_TRUE((causal || MaskExpr::getTrue()).isTrue());
}

TEST_F(MaskExprTest, complementaryOperandsDecide) {
  EXPECT_TRUE((causal && !causal).isFalse());
  EXPECT_TRUE((causal || !causal).isTrue());
  EXPECT_TRUE((MaskExpr::sge(i, j + 5) && MaskExpr::sge(j, i - 4)).isFalse());
  EXPECT_TRUE((MaskExpr::sge(i, j + 5) || MaskExpr::sge(j, i - 4)).isTrue());
  EXPECT_FALSE((MaskExpr::sge(i, j + 5) || MaskExpr::sge(j, i - 3)).isTrue());
}

TEST_F(MaskExprTest, selects) {
  MaskExpr other = MaskExpr::keyLength(s);
  EXPECT_EQ(MaskExpr::select(MaskExpr::getTrue(), causal, other), causal);
  EXPECT_EQ(MaskExpr::select(MaskExpr::getFalse(), causal, other), other);
  EXPECT_EQ(MaskExpr::select(other, causal, causal), causal);
  EXPECT_EQ(MaskExpr::select(other, causal, MaskExpr::getFalse()),
            other && causal);
  EXPECT_EQ(MaskExpr::select(other, MaskExpr::getTrue(), causal),
            other || causal);
  EXPECT_TRUE((causal ^ causal).isFalse());
  EXPECT_TRUE((causal ^ !causal).isTrue());
}

TEST_F(MaskExprTest, floordivLeavesTheKeyLinear) {
  EXPECT_EQ(print(MaskExpr::sle(j.floorDiv(64), i.floorDiv(64))),
            "-d3 + (d2 floordiv 64) * 64 + 63 >= 0");
  EXPECT_EQ(print(MaskExpr::sge(j.floorDiv(64), i.floorDiv(64))),
            "d3 - (d2 floordiv 64) * 64 >= 0");
  EXPECT_EQ(print(MaskExpr::sge(i.floorDiv(64), s)), "d2 - s0 * 64 >= 0");
  EXPECT_EQ(print(MaskExpr::sge((j + 128).floorDiv(64).floorDiv(2), s)),
            "d3 - s0 * 128 + 128 >= 0");
}

TEST_F(MaskExprTest, whatDoesNotFlattenIsOpaque) {
  AffineExpr other = getAffineSymbolExpr(1, &context);
  EXPECT_TRUE(MaskExpr::sge(i, s * other).hasOpaque());
  EXPECT_TRUE(MaskExpr::sge(i.floorDiv(s), constant(1)).hasOpaque());
  EXPECT_TRUE(MaskExpr::sge(i * (int64_t(1) << 40), s).hasOpaque());
  EXPECT_TRUE(MaskExpr::sge(i, constant(INT64_MAX)).hasOpaque());
}

TEST_F(MaskExprTest, hugeExpressionsAreOpaque) {
  MaskExpr mask = MaskExpr::getFalse();
  for (int64_t n = 0; n < 40; ++n)
    mask = mask ^ MaskExpr::sge(i * (2 * n + 1), j * 2 + n);
  EXPECT_TRUE(mask.hasOpaque());
  // 4096 nodes are kept.
  std::vector<MaskExpr> leaves(4095, causal);
  EXPECT_FALSE(MaskExpr::disjunction(leaves).hasOpaque());
  leaves.push_back(causal);
  EXPECT_TRUE(MaskExpr::disjunction(leaves).hasOpaque());
}

TEST_F(MaskExprTest, dependence) {
  MaskSymbols symbols(&context);
  AffineExpr length = symbols.getAnonymousSymbol();
  MaskExpr mask = causal && MaskExpr::keyLength(length + b);
  EXPECT_TRUE(mask.dependsOn(MaskDim::Batch, symbols));
  EXPECT_FALSE(mask.dependsOn(MaskDim::Head, symbols));
  EXPECT_TRUE(mask.dependsOn(MaskDim::Query, symbols));
  EXPECT_TRUE(mask.dependsOn(MaskDim::Key, symbols));
  EXPECT_FALSE(mask.hasData());
  EXPECT_TRUE(MaskExpr::sge(getAffineDimExpr(4, &context), j).hasData());
  EXPECT_TRUE(MaskExpr::getOpaque().dependsOn(MaskDim::Head, symbols));
}

TEST_F(MaskExprTest, dependenceOfInputs) {
  MaskSymbols symbols(&context);
  // The values only tell the inputs apart.
  Block block;
  auto makeInput = [&](MaskDim dim) {
    Location loc = UnknownLoc::get(&context);
    MaskInput input;
    input.value = block.addArgument(IndexType::get(&context), loc);
    input.usesBatch = dim == MaskDim::Batch;
    input.usesHead = dim == MaskDim::Head;
    input.usesQuery = dim == MaskDim::Query;
    input.usesKey = dim == MaskDim::Key;
    return symbols.getInput(input);
  };
  MaskDim dims[] = {MaskDim::Batch, MaskDim::Head, MaskDim::Query,
                    MaskDim::Key};
  SmallVector<MaskExpr> masks;
  for (MaskDim dim : dims)
    masks.push_back(MaskExpr::nonNegative(makeInput(dim)));
  for (auto [mask, own] : llvm::zip(masks, dims))
    for (MaskDim dim : dims)
      EXPECT_EQ(mask.dependsOn(dim, symbols), dim == own);
}

TEST_F(MaskExprTest, bands) {
  MaskExpr length = MaskExpr::keyLength(s);
  auto [band, rest] = splitDiagonalBand(MaskExpr::window(7, 3, s) && length);
  EXPECT_EQ(band.lower, s - 7);
  EXPECT_EQ(band.upper, s + 3);
  EXPECT_EQ(rest, length);

  auto [whole, nothing] = splitDiagonalBand(causal);
  EXPECT_FALSE(whole.lower);
  EXPECT_EQ(whole.upper, constant(0));
  EXPECT_TRUE(nothing.isTrue());

  // Of two bounds on one side the first is taken.
  MaskExpr second = MaskExpr::causal(s);
  auto [first, left] = splitDiagonalBand(causal && second);
  EXPECT_EQ(first.upper, constant(0));
  EXPECT_EQ(left, second);

  for (MaskExpr other :
       {length, causal || length, MaskExpr::sge(i * 2, j),
        MaskExpr::sge(i, j * 2), MaskExpr::sge(i * 2, j * 2 + s),
        MaskExpr::sge(i + j, constant(5)), MaskExpr::sge(i + b, j),
        MaskExpr::getFalse()}) {
    auto [none, all] = splitDiagonalBand(other);
    EXPECT_FALSE(none.lower);
    EXPECT_FALSE(none.upper);
    EXPECT_TRUE(all == other);
  }
}

} // namespace
