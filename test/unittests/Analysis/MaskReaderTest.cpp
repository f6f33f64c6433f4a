//===- MaskReaderTest.cpp - regions against their execution ---------------===//
//
// Regions as bodies of functions (b, h, i, j, captures) -> i1. Their reading is
// compared with their execution, operation by operation, at random positions.
//
//===----------------------------------------------------------------------===//

#include "Interpreter.h"
#include "RandomRegion.h"

#include "attn/Analysis/TileClass.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Index/IR/IndexDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::attn;
using namespace mlir::attn::test;

namespace {

class MaskReaderTest : public ::testing::Test {
protected:
  MaskReaderTest() : symbols(&context) {
    context.loadDialect<arith::ArithDialect, func::FuncDialect,
                        index::IndexDialect, math::MathDialect,
                        tensor::TensorDialect>();
  }

  /// Reads the region of which `body` is the text; it yields %m. Captured are
  /// %w: index, %n: i32, %f: i1 and the tensors below, as arguments of
  /// themselves.
  MaskExpr read(StringRef body) {
    std::string text = ("func.func @mask(%b: index, %h: index, %i: index, "
                        "%j: index, %w: index, %n: i32, %f: i1, "
                        "%lengths: tensor<4xi32>, %starts: tensor<64xi32>, "
                        "%flags: tensor<64xi1>) -> i1 {\n" +
                        body + "\nreturn %m : i1 }")
                           .str();
    symbols = MaskSymbols(&context);
    module = parseSourceString<ModuleOp>(text, &context);
    if (!module)
      return MaskExpr::getOpaque();
    // The captured values are the arguments of an equal function.
    outside = cast<ModuleOp>((*module)->clone());
    auto getArguments = [](ModuleOp module) {
      return (*module.getOps<func::FuncOp>().begin()).getArguments();
    };
    SmallVector<Value> captures;
    for (Value capture : getArguments(*outside).drop_front(kNumMaskDims))
      captures.push_back(capture);
    return readMask((*module->getOps<func::FuncOp>().begin()).getBody(),
                    captures, symbols);
  }

  std::string readText(StringRef body) {
    std::string text;
    llvm::raw_string_ostream os(text);
    os << read(body);
    return text;
  }

  MLIRContext context;
  MaskSymbols symbols;
  OwningOpRef<ModuleOp> module, outside;
};

TEST_F(MaskReaderTest, comparisons) {
  EXPECT_EQ(readText("%m = arith.cmpi sle, %j, %i : index"), "d2 - d3 >= 0");
  EXPECT_EQ(readText("%m = index.cmp uge(%i, %j)"), "d2 - d3 >= 0");
}

TEST_F(MaskReaderTest, unsignedDistance) {
  EXPECT_EQ(readText(R"(
    %c8 = arith.constant 8 : index
    %d = arith.subi %i, %j : index
    %m = arith.cmpi ult, %d, %c8 : index)"),
            "(d2 - d3 >= 0 and -d2 + d3 + 7 >= 0)");
}

TEST_F(MaskReaderTest, absoluteDistanceIn32Bits) {
  EXPECT_EQ(readText(R"(
    %c8 = arith.constant 8 : i32
    %i32 = arith.index_cast %i : index to i32
    %j32 = arith.index_cast %j : index to i32
    %d = arith.subi %i32, %j32 : i32
    %a = math.absi %d : i32
    %m = arith.cmpi sle, %a, %c8 : i32)"),
            "(-d2 + d3 + 8 >= 0 and d2 - d3 + 8 >= 0)");
}

TEST_F(MaskReaderTest, minAndMaxOpenIntoAndAndOr) {
  EXPECT_EQ(readText(R"(
    %limit = arith.minsi %i, %w : index
    %m = arith.cmpi sle, %j, %limit : index)"),
            "(d2 - d3 >= 0 and -d3 + s0 >= 0)");
  EXPECT_EQ(readText(R"(
    %limit = index.maxs %i, %w
    %m = index.cmp sle(%j, %limit))"),
            "(d2 - d3 >= 0 or -d3 + s0 >= 0)");
}

TEST_F(MaskReaderTest, divisionOfPositionsRoundsDown) {
  EXPECT_EQ(readText(R"(
    %c = arith.constant 64 : index
    %x = arith.divsi %i, %c : index
    %y = arith.divui %j, %c : index
    %m = arith.cmpi eq, %x, %y : index)"),
            "(d3 - (d2 floordiv 64) * 64 >= 0 and "
            "-d3 + (d2 floordiv 64) * 64 + 63 >= 0)");
  EXPECT_EQ(readText(R"(
    %c = arith.constant 4 : index
    %zero = arith.constant 0 : index
    %x = arith.andi %i, %j : index
    %c3 = arith.constant 3 : index
    %y = arith.andi %i, %c3 : index
    %m = arith.cmpi sle, %y, %zero : index)"),
            "-(d2 mod 4) >= 0");
}

TEST_F(MaskReaderTest, sumsIn32BitsWrapAround) {
  StringRef body = R"(
    %zero = arith.constant 0 : i32
    %i32 = arith.index_cast %i : index to i32
    %s = arith.addi %i32, %n : i32
    %m = arith.cmpi sge, %s, %zero : i32)";
  MaskExpr mask = read(body);
  EXPECT_EQ(evaluate(mask, 0, 0, 0, 0, {INT32_MAX}), true);
  EXPECT_EQ(evaluate(mask, 0, 0, 1, 0, {INT32_MAX}), false);
  EXPECT_EQ(evaluate(mask, 0, 0, 1, 0, {-1}), true);
  EXPECT_EQ(evaluate(mask, 0, 0, 1, 0, {-2}), false);
}

TEST_F(MaskReaderTest, overflowThatIsPoisonIsNotFollowed) {
  EXPECT_EQ(readText(R"(
    %zero = arith.constant 0 : i32
    %i32 = arith.index_cast %i : index to i32
    %s = arith.addi %i32, %n overflow<nsw> : i32
    %m = arith.cmpi sge, %s, %zero : i32)"),
            "d2 + s0 >= 0");
}

TEST_F(MaskReaderTest, productsThatWrapMoreThanOnceAreData) {
  // 9 * 2^30 is two periods of 32 bits away.
  MaskExpr mask = read(R"(
    %zero = arith.constant 0 : i32
    %nine = arith.constant 9 : i32
    %i32 = arith.index_cast %i : index to i32
    %s = arith.muli %i32, %nine : i32
    %m = arith.cmpi sge, %s, %zero : i32)");
  EXPECT_TRUE(mask.hasData());
}

TEST_F(MaskReaderTest, booleans) {
  EXPECT_EQ(readText(R"(
    %true = index.bool.constant true
    %c = arith.cmpi sle, %j, %i : index
    %not = arith.xori %c, %true : i1
    %m = arith.select %f, %not, %true : i1)"),
            "(-s0 >= 0 or -d2 + d3 - 1 >= 0)");
  EXPECT_TRUE(read("%m = arith.constant true").isTrue());
  EXPECT_TRUE(read("%m = arith.constant false").isFalse());
}

TEST_F(MaskReaderTest, theLowestBit) {
  EXPECT_EQ(readText("%i32 = arith.index_cast %i : index to i32\n"
                     "%m = arith.trunci %i32 : i32 to i1"),
            "d2 mod 2 - 1 >= 0");
  // Other operations on i1 that look like one are none.
  EXPECT_TRUE(read(R"(
    %x = arith.cmpi sle, %j, %i : index
    %y = arith.cmpi sle, %j, %w : index
    %m = arith.maxui %x, %y : i1)")
                  .hasOpaque());
}

TEST_F(MaskReaderTest, comparisonsOfWideIntegersAreInputs) {
  MaskExpr mask = read(R"(
    %c = arith.constant 5 : i128
    %i128 = arith.index_cast %i : index to i128
    %m = arith.cmpi slt, %i128, %c : i128)");
  EXPECT_TRUE(mask.hasData());
  EXPECT_FALSE(mask.hasOpaque());
}

TEST_F(MaskReaderTest, sizesAreNotNegative) {
  EXPECT_EQ(readText(R"(
    %size = tensor.dim %starts, %w : tensor<64xi32>
    %m = arith.cmpi ult, %j, %size : index)"),
            "-d3 + s0 - 1 >= 0");
}

TEST_F(MaskReaderTest, constantCapturesFold) {
  std::string text =
      "func.func @f(%b: index, %h: index, %i: index, %j: index,"
      "%n: index) -> i1 {\n"
      "%m = arith.cmpi slt, %j, %n : index\n"
      "return %m : i1 }\n"
      "func.func @g() { %c = arith.constant 7 : index\n return }";
  module = parseSourceString<ModuleOp>(text, &context);
  auto functions = module->getOps<func::FuncOp>();
  func::FuncOp mask = *functions.begin();
  Value seven = (*std::next(functions.begin())).front().front().getResult(0);
  EXPECT_EQ(readMask(mask.getBody(), {seven}, symbols),
            MaskExpr::keyLength(symbols.getConstant(7)));
  EXPECT_TRUE(symbols.getSymbols().empty());
}

TEST_F(MaskReaderTest, readsBecomeInputs) {
  MaskExpr mask = read(R"(
    %length = tensor.extract %lengths[%b] : tensor<4xi32>
    %j32 = arith.index_cast %j : index to i32
    %m = arith.cmpi slt, %j32, %length : i32)");
  EXPECT_EQ(mask, MaskExpr::keyLength(getAffineSymbolExpr(0, &context)));
  ASSERT_EQ(symbols.getSymbols().size(), 1u);
  EXPECT_TRUE(symbols.getSymbols()[0].usesBatch);
  EXPECT_FALSE(symbols.getSymbols()[0].usesHead);
  EXPECT_TRUE(symbols.getSymbols()[0].body);
  EXPECT_TRUE(mask.dependsOn(MaskDim::Batch, symbols));
  EXPECT_FALSE(mask.dependsOn(MaskDim::Query, symbols));

  mask = read(R"(
    %start = tensor.extract %starts[%i] : tensor<64xi32>
    %at = arith.index_cast %start : i32 to index
    %flag = tensor.extract %flags[%j] : tensor<64xi1>
    %c = arith.cmpi sge, %j, %at : index
    %m = arith.andi %c, %flag : i1)");
  EXPECT_TRUE(mask.hasData());
  EXPECT_FALSE(mask.hasOpaque());
  ASSERT_EQ(symbols.getData().size(), 2u);
  EXPECT_EQ(symbols.getData()[0].usesQuery, !symbols.getData()[1].usesQuery);
}

TEST_F(MaskReaderTest, whatDependsOnThePairIsOpaque) {
  EXPECT_EQ(readText(R"(
    %p = arith.muli %i, %j : index
    %m = arith.cmpi sle, %p, %w : index)"),
            "opaque");
  EXPECT_EQ(readText(R"(
    %c64 = arith.constant 64 : index
    %x = arith.addi %i, %j : index
    %y = arith.remui %x, %c64 : index
    %flag = tensor.extract %flags[%y] : tensor<64xi1>
    %c = arith.cmpi sle, %j, %i : index
    %m = arith.andi %c, %flag : i1)"),
            "(d2 - d3 >= 0 and opaque)");
}

/// Whether an operation's result is so large that sums of a few overflow.
bool hasHugeValue(const Interpreter &interpreter, Block &block) {
  return llvm::any_of(block.without_terminator(), [&](Operation &op) {
    int64_t limit = int64_t(1) << 60, value = interpreter.get(op.getResult(0));
    return value >= limit || value <= -limit;
  });
}

TEST_F(MaskReaderTest, randomRegionsMeanWhatTheyCompute) {
  Location loc = UnknownLoc::get(&context);
  OpBuilder builder(&context);
  Type indexType = builder.getIndexType(), i32 = builder.getI32Type();
  auto type = builder.getFunctionType(
      {indexType, indexType, indexType, indexType, indexType, i32},
      builder.getI1Type());
  int64_t known = 0, admitted = 0, skipped = 0, decided = 0;
  for (unsigned round = 0; round < 3000; ++round) {
    OwningOpRef<ModuleOp> owner = ModuleOp::create(loc);
    builder.setInsertionPointToEnd(owner->getBody());
    auto function = func::FuncOp::create(builder, loc, "mask", type);
    auto around = func::FuncOp::create(builder, loc, "around", type);
    Block &outer = *around.addEntryBlock();
    Block &body = *function.addEntryBlock();
    RandomRegion random(round, builder, loc);
    random.fill(body);
    MaskSymbols symbols(&context);
    Value captured[] = {outer.getArgument(4), outer.getArgument(5)};
    MaskExpr mask = readMask(function.getBody(), captured, symbols);
    decided += mask.isTrue() || mask.isFalse();
    for (int repeat = 0; repeat < 8; ++repeat) {
      // Small positions, and some for which 32 bits are tight.
      int64_t far = random.pick(0, 2) ? 40 : kMaxPosition - 1;
      int64_t position[] = {random.pick(0, 2), random.pick(0, 3),
                            random.pick(0, far), random.pick(0, far)};
      int64_t w = random.pick(-50, 50);
      int64_t n = random.pick(0, 4) ? random.pick(-50, 50)
                                    : random.pick(INT32_MIN, INT32_MAX);
      Interpreter interpreter;
      for (unsigned dim = 0; dim < kNumMaskDims; ++dim)
        interpreter.set(body.getArgument(dim), position[dim]);
      for (Block *block : {&body, &outer}) {
        interpreter.set(block->getArgument(4), w);
        interpreter.set(block->getArgument(5), n);
      }
      // 64-bit arithmetic is taken not to overflow.
      if (!interpreter.run(body) || hasHugeValue(interpreter, body)) {
        ++skipped;
        continue;
      }
      SmallVector<int64_t> values;
      for (const MaskInput &symbol : symbols.getSymbols())
        values.push_back(interpreter.get(symbol.value));
      std::optional<bool> read = evaluate(mask, position[0], position[1],
                                          position[2], position[3], values);
      if (!read) {
        ++skipped;
        continue;
      }
      ++known;
      admitted += *read;
      Value result = body.getTerminator()->getOperand(0);
      if (*read != bool(interpreter.get(result))) {
        llvm::errs() << *owner << mask << "\n";
        FAIL() << "round " << round << " at " << position[0] << " "
               << position[1] << " " << position[2] << " " << position[3]
               << " with " << w << ", " << n << ": read as " << *read;
      }
    }
  }
  // Most regions are understood, and both answers occur.
  EXPECT_GT(known, 20000);
  EXPECT_LT(skipped, 2000);
  EXPECT_GT(admitted, 5000);
  EXPECT_GT(known - admitted, 5000);
  EXPECT_LT(decided, 2000);
}

} // namespace
