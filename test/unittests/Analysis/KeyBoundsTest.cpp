//===- KeyBoundsTest.cpp - key bounds against enumeration -----------------===//
//
// The bounds of random masks in C++ against every pair of the tile, and the
// emitted IR, run by an interpreter, against the C++.
//
//===----------------------------------------------------------------------===//

#include "Interpreter.h"
#include "RandomMask.h"

#include "attn/Analysis/MaskEmitter.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/IR/Verifier.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::attn;
using namespace mlir::attn::test;

namespace {

/// One batch, one head, a few rows, and the keys from 0.
MaskBox makeQueryTile(RandomMaskGenerator &random) {
  MaskBox box = random.makeBox();
  box.batch.end = box.batch.begin + 1;
  box.head.end = box.head.begin + 1;
  if (random.chance(0.3))
    box.query.end = box.query.begin + 1;
  box.key = {random.chance(0.7) ? 0 : random.pick(0, 20), random.pick(20, 48)};
  return box;
}

struct BoundsCounts {
  int64_t skipping = 0, full = 0, intervals = 0, left = 0, right = 0;
};

/// Checks `bounds` pair by pair.
void checkBounds(const RandomMask &mask, const MaskBox &box,
                 ArrayRef<int64_t> symbols, const StaticKeyBounds &bounds,
                 const KeyBoundsSummary &summary, BoundsCounts &counts) {
  ASSERT_LE(box.key.begin, bounds.lo);
  ASSERT_LE(bounds.lo, bounds.fullLo);
  ASSERT_LE(bounds.fullLo, bounds.fullHi);
  ASSERT_LE(bounds.fullHi, bounds.hi);
  ASSERT_LE(bounds.hi, box.key.end);
  ASSERT_TRUE(summary.hasLeft || bounds.lo == bounds.fullLo);
  ASSERT_TRUE(summary.hasFull || bounds.fullLo == bounds.fullHi);
  ASSERT_TRUE(summary.hasRight || bounds.fullHi == bounds.hi);
  for (int64_t i = box.query.begin; i < box.query.end; ++i) {
    int64_t runs = 0, admittedKeys = 0;
    bool previous = false;
    for (int64_t j = box.key.begin; j < box.key.end; ++j) {
      bool admitted = mask.evaluate(
          {box.batch.begin, box.head.begin, i, j, symbols[0], symbols[1]});
      ASSERT_TRUE(!admitted || (bounds.lo <= j && j < bounds.hi))
          << "key " << j;
      ASSERT_TRUE(admitted || j < bounds.fullLo || bounds.fullHi <= j)
          << "key " << j;
      runs += admitted && !previous;
      admittedKeys += admitted;
      previous = admitted;
    }
    if (!summary.isInterval)
      continue;
    ASSERT_LE(runs, 1);
    // One row of one interval: nothing is partial.
    if (box.query.end - box.query.begin == 1) {
      ASSERT_EQ(bounds.hi - bounds.lo, admittedKeys);
      ASSERT_EQ(bounds.fullHi - bounds.fullLo, admittedKeys);
      ++counts.intervals;
    }
  }
  counts.skipping += bounds.lo > box.key.begin || bounds.hi < box.key.end;
  counts.full += bounds.fullLo < bounds.fullHi;
  counts.left += bounds.lo < bounds.fullLo;
  counts.right += bounds.fullHi < bounds.hi;
}

void checkRandomBounds(
    unsigned seed,
    llvm::function_ref<RandomMask(RandomMaskGenerator &)> makeMask,
    BoundsCounts &counts) {
  MLIRContext context;
  RandomMaskGenerator random(seed);
  for (int round = 0; round < 10000; ++round) {
    std::array<int64_t, 2> values = random.makeSymbolValues();
    RandomMask mask = makeMask(random);
    MaskSymbols symbols(&context);
    symbols.getAnonymousSymbol();
    symbols.getAnonymousSymbol();
    MaskExpr expr =
        mask.toMask(makeVariables(&context, values, random.chance(0.5)));
    MaskBox box = makeQueryTile(random);
    StaticKeyBounds bounds = computeKeyBounds(expr, box, values);
    checkBounds(mask, box, values, bounds, summarizeKeyBounds(expr, symbols),
                counts);
    if (testing::Test::HasFatalFailure())
      FAIL() << describe(expr, box, values) << ": " << bounds.lo << " "
             << bounds.fullLo << " " << bounds.fullHi << " " << bounds.hi;
  }
}

TEST(KeyBounds, randomMasksAreBounded) {
  BoundsCounts counts;
  checkRandomBounds(
      30, [](RandomMaskGenerator &random) { return random.makeMask(3); },
      counts);
  EXPECT_GT(counts.skipping, 2000);
  EXPECT_GT(counts.full, 2000);
  EXPECT_GT(counts.left, 1000);
  EXPECT_GT(counts.right, 500);
  EXPECT_GT(counts.intervals, 500);
}

TEST(KeyBounds, randomConjunctionsAreBounded) {
  BoundsCounts counts;
  checkRandomBounds(
      31, [](RandomMaskGenerator &random) { return random.makeConjunction(); },
      counts);
  EXPECT_GT(counts.skipping, 5000);
  EXPECT_GT(counts.full, 2000);
  EXPECT_GT(counts.left, 500);
  EXPECT_GT(counts.right, 500);
  EXPECT_GT(counts.intervals, 2000);
}

/// A function-like block to emit into, with index arguments.
class EmittedBounds : public ::testing::Test {
protected:
  enum Argument { B, H, I0, I1, J0, J1, S0, S1, NumArguments };

  EmittedBounds() : builder(&context) {
    context.loadDialect<affine::AffineDialect, arith::ArithDialect>();
    reset();
  }

  void reset() {
    module = ModuleOp::create(loc);
    block = std::make_unique<Block>();
    for (unsigned i = 0; i < NumArguments; ++i)
      block->addArgument(builder.getIndexType(), loc);
    builder.setInsertionPointToEnd(block.get());
  }

  Value argument(Argument number) { return block->getArgument(number); }

  void setArguments(Interpreter &interpreter, const MaskBox &box,
                    ArrayRef<int64_t> symbols) {
    const int64_t values[] = {box.batch.begin, box.head.begin, box.query.begin,
                              box.query.end,   box.key.begin,  box.key.end,
                              symbols[0],      symbols[1]};
    for (unsigned i = 0; i < NumArguments; ++i)
      interpreter.set(block->getArgument(i), values[i]);
  }

  unsigned countOps(StringRef name) {
    return llvm::count_if(*block, [&](Operation &op) {
      return op.getName().getStringRef() == name;
    });
  }

  MLIRContext context;
  Location loc = UnknownLoc::get(&context);
  OwningOpRef<ModuleOp> module;
  std::unique_ptr<Block> block;
  OpBuilder builder;
};

TEST_F(EmittedBounds, runLikeTheirTwin) {
  RandomMaskGenerator random(32);
  int64_t mayNot = 0, all = 0;
  for (int round = 0; round < 1500; ++round) {
    reset();
    std::array<int64_t, 2> values = random.makeSymbolValues();
    RandomMask mask =
        round % 3 == 0 ? random.makeConjunction() : random.makeMask(2);
    MaskSymbols symbols(&context);
    symbols.getSymbol(argument(S0));
    symbols.getSymbol(argument(S1));
    MaskExpr expr = mask.toMask(makeVariables(&context, values, true));
    QueryTile tile{argument(B), argument(H), argument(I0), argument(I1)};
    MaskEmitter emitter(builder, loc, expr, symbols, tile);
    KeyBounds bounds =
        emitter.emitKeyBounds(builder, loc, argument(J0), argument(J1));
    TileClassValues tileClass =
        emitter.emitTileClass(builder, loc, argument(J0), argument(J1));
    for (int repeat = 0; repeat < 2; ++repeat) {
      MaskBox box = makeQueryTile(random);
      if (repeat == 1)
        box.key.end = std::min(box.key.end, box.key.begin + 8);
      if (box.key.begin >= box.key.end)
        continue;
      Interpreter interpreter;
      setArguments(interpreter, box, values);
      ASSERT_TRUE(interpreter.run(*block)) << describe(expr, box, values);
      StaticKeyBounds expected = computeKeyBounds(expr, box, values);
      ASSERT_EQ(interpreter.get(bounds.lo), expected.lo)
          << describe(expr, box, values);
      ASSERT_EQ(interpreter.get(bounds.fullLo), expected.fullLo)
          << describe(expr, box, values);
      ASSERT_EQ(interpreter.get(bounds.fullHi), expected.fullHi)
          << describe(expr, box, values);
      ASSERT_EQ(interpreter.get(bounds.hi), expected.hi)
          << describe(expr, box, values);
      TileClass truth = classifyByEnumeration(mask, box, values);
      if (!interpreter.get(tileClass.mayAdmit)) {
        ASSERT_EQ(truth, TileClass::Empty) << describe(expr, box, values);
        ++mayNot;
      }
      if (interpreter.get(tileClass.allAdmit)) {
        ASSERT_EQ(truth, TileClass::Full) << describe(expr, box, values);
        ++all;
      }
    }
  }
  EXPECT_GT(mayNot, 300);
  EXPECT_GT(all, 300);
}

TEST_F(EmittedBounds, staticCausalFolds) {
  MaskSymbols symbols(&context);
  MaskExpr mask = MaskExpr::causal(symbols.getConstant(0));
  auto index = [&](int64_t value) { return builder.getIndexAttr(value); };
  MaskEmitter emitter(builder, loc, mask, symbols,
                      {index(0), index(0), index(128), index(192)});
  KeyBounds bounds = emitter.emitKeyBounds(builder, loc, index(0), index(1024));
  EXPECT_EQ(bounds.lo, OpFoldResult(index(0)));
  EXPECT_EQ(bounds.fullLo, OpFoldResult(index(0)));
  EXPECT_EQ(bounds.fullHi, OpFoldResult(index(129)));
  EXPECT_EQ(bounds.hi, OpFoldResult(index(192)));
  EXPECT_TRUE(block->empty());
}

TEST_F(EmittedBounds, classOfKnownPositionsIsTwoConstants) {
  MaskSymbols symbols(&context);
  MaskExpr mask = MaskExpr::causal(symbols.getConstant(0));
  auto index = [&](int64_t value) { return builder.getIndexAttr(value); };
  MaskEmitter emitter(builder, loc, mask, symbols,
                      {index(0), index(0), index(128), index(192)});
  emitter.emitTileClass(builder, loc, index(0), index(64));
  EXPECT_EQ(countOps("arith.constant"), 2u);
  EXPECT_EQ(block->getOperations().size(), 2u);
}

TEST_F(EmittedBounds, causalNeedsNoSelectAndNoLeftPart) {
  MaskSymbols symbols(&context);
  MaskExpr mask = MaskExpr::causal(symbols.getSymbol(argument(S0)));
  MaskEmitter emitter(builder, loc, mask, symbols,
                      {argument(B), argument(H), argument(I0), argument(I1)});
  KeyBounds bounds = emitter.emitKeyBounds(
      builder, loc, builder.getIndexAttr(0), argument(J1));
  EXPECT_EQ(bounds.lo, OpFoldResult(builder.getIndexAttr(0)));
  EXPECT_EQ(bounds.fullLo, bounds.lo);
  EXPECT_EQ(countOps("arith.select"), 0u);
  EXPECT_EQ(countOps("arith.cmpi"), 0u);
  KeyBoundsSummary summary = summarizeKeyBounds(mask, symbols);
  EXPECT_FALSE(summary.hasLeft);
  EXPECT_TRUE(summary.hasFull);
  EXPECT_TRUE(summary.hasRight);
  EXPECT_TRUE(summary.isInterval);
}

TEST_F(EmittedBounds, oneOperandAtTheEndOf64Bits) {
  MaskSymbols symbols(&context);
  MaskExpr mask = MaskExpr::keyLength(symbols.getSymbol(argument(S0)));
  MaskEmitter emitter(builder, loc, mask, symbols,
                      {argument(B), argument(H), argument(I0), argument(I1)});
  KeyBounds bounds =
      emitter.emitKeyBounds(builder, loc, argument(J0), argument(J1));
  TileClassValues tileClass =
      emitter.emitTileClass(builder, loc, argument(J0), argument(J1));
  for (int64_t length : {INT64_MIN, INT64_MAX}) {
    Interpreter interpreter;
    setArguments(interpreter, {{0, 1}, {0, 1}, {0, 1}, {0, 64}}, {length, 0});
    ASSERT_TRUE(interpreter.run(*block));
    EXPECT_EQ(interpreter.get(bounds.hi), length < 0 ? 0 : 64);
    EXPECT_EQ(interpreter.get(bounds.fullHi), length < 0 ? 0 : 64);
    EXPECT_EQ(interpreter.get(tileClass.mayAdmit), length > 0);
    EXPECT_EQ(interpreter.get(tileClass.allAdmit), length > 0);
  }
}

/// Bounds of masks that are named in the documentation.
class NamedBounds : public ::testing::Test {
protected:
  AffineExpr constant(int64_t value) {
    return getAffineConstantExpr(value, &context);
  }
  void expectBounds(const MaskExpr &mask, PositionRange rows,
                    std::array<int64_t, 4> expected,
                    ArrayRef<int64_t> symbols = {}) {
    StaticKeyBounds bounds =
        computeKeyBounds(mask, {{0, 1}, {0, 1}, rows, {0, 1000}}, symbols);
    EXPECT_EQ(bounds.lo, expected[0]);
    EXPECT_EQ(bounds.fullLo, expected[1]);
    EXPECT_EQ(bounds.fullHi, expected[2]);
    EXPECT_EQ(bounds.hi, expected[3]);
  }
  MLIRContext context;
  AffineExpr i = getAffineDimExpr(2, &context);
  AffineExpr j = getAffineDimExpr(3, &context);
};

TEST_F(NamedBounds, window) {
  MaskExpr mask = MaskExpr::window(255, 0, constant(0));
  expectBounds(mask, {512, 576}, {257, 320, 513, 576});
  // Narrower than the tile: nothing is full, and there is one partial range.
  mask = MaskExpr::window(15, 0, constant(0));
  expectBounds(mask, {512, 576}, {497, 576, 576, 576});
}

TEST_F(NamedBounds, prefix) {
  MaskExpr mask = MaskExpr::causal(constant(0)) ||
                  MaskExpr::keyLength(getAffineSymbolExpr(0, &context));
  expectBounds(mask, {0, 64}, {0, 0, 100, 100}, {100});
  expectBounds(mask, {128, 192}, {0, 0, 129, 192}, {100});
}

TEST_F(NamedBounds, blockDiagonalIsAnInterval) {
  MaskExpr mask = MaskExpr::eq(i.floorDiv(128), j.floorDiv(128));
  expectBounds(mask, {128, 192}, {128, 128, 256, 256});
  expectBounds(mask, {192, 320}, {128, 384, 384, 384});
  EXPECT_TRUE(summarizeKeyBounds(mask, MaskSymbols(&context)).isInterval);
}

TEST_F(NamedBounds, chunkedCausal) {
  MaskExpr mask = MaskExpr::causal(constant(0)) &&
                  MaskExpr::eq(i.floorDiv(128), j.floorDiv(128));
  expectBounds(mask, {192, 256}, {128, 128, 193, 256});
}

TEST_F(NamedBounds, dilatedWindowKeepsItsHull) {
  MaskExpr mask = MaskExpr::window(64, 0, constant(0)) &&
                  MaskExpr::eq((i - j) % 2, constant(0));
  expectBounds(mask, {512, 576}, {448, 576, 576, 576});
  EXPECT_FALSE(summarizeKeyBounds(mask, MaskSymbols(&context)).isInterval);
}

TEST_F(NamedBounds, aSwitchTurnsTheMaskOff) {
  AffineExpr isOn = getAffineSymbolExpr(0, &context);
  MaskExpr mask =
      MaskExpr::select(MaskExpr::nonNegative(isOn - 1),
                       MaskExpr::causal(constant(0)), MaskExpr::getTrue());
  expectBounds(mask, {64, 128}, {0, 0, 65, 128}, {1});
  expectBounds(mask, {64, 128}, {0, 0, 1000, 1000}, {0});
}

TEST_F(NamedBounds, falseHasNoKeys) {
  StaticKeyBounds bounds = computeKeyBounds(
      MaskExpr::getFalse(), {{0, 1}, {0, 1}, {0, 64}, {0, 1000}});
  EXPECT_EQ(bounds.lo, bounds.hi);
  KeyBoundsSummary summary =
      summarizeKeyBounds(MaskExpr::getFalse(), MaskSymbols(&context));
  EXPECT_FALSE(summary.hasLeft || summary.hasFull || summary.hasRight);
}

TEST_F(NamedBounds, whatIsNotKnownAdmitsAndMisses) {
  MaskExpr mask = MaskExpr::causal(getAffineSymbolExpr(0, &context));
  expectBounds(mask, {0, 64}, {0, 1000, 1000, 1000}, {});
  expectBounds(mask, {0, 64}, {0, 1000, 1000, 1000}, {ShapedType::kDynamic});
  mask = MaskExpr::sge(getAffineDimExpr(4, &context), j);
  expectBounds(mask, {0, 64}, {0, 1000, 1000, 1000});
}

TEST_F(NamedBounds, summaryOfManySymbols) {
  MaskSymbols symbols(&context);
  AffineExpr last;
  for (int n = 0; n < 6; ++n)
    last = symbols.getAnonymousSymbol();
  EXPECT_TRUE(summarizeKeyBounds(MaskExpr::causal(last), symbols).hasFull);
}

TEST_F(NamedBounds, nothingIsRightOfNoFullRange) {
  MaskExpr mask = MaskExpr::causal(constant(0)) && MaskExpr::getOpaque();
  KeyBoundsSummary summary = summarizeKeyBounds(mask, MaskSymbols(&context));
  EXPECT_TRUE(summary.hasLeft);
  EXPECT_FALSE(summary.hasFull);
  EXPECT_FALSE(summary.hasRight);
}

} // namespace
