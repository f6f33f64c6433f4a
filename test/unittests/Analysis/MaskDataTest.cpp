//===- MaskDataTest.cpp - masks that read tensors, at run time ------------===//
//
// Bounds and classes are emitted for masks that read captured tensors, and
// executed for random tiles of random tensors; the mask region itself, executed
// for each pair, says what they may be.
//
//===----------------------------------------------------------------------===//

#include "Interpreter.h"

#include "attn/Analysis/MaskEmitter.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"
#include <random>

using namespace mlir;
using namespace mlir::attn;
using namespace mlir::attn::test;

namespace {

constexpr int64_t kLength = 64;

struct Outcome {
  int64_t skippedKeys = 0, fullKeys = 0, empty = 0, full = 0, partial = 0;
  /// Loops over data, and casts of values, that were emitted.
  int64_t loops = 0, casts = 0;
};

class MaskDataTest : public ::testing::Test {
protected:
  MaskDataTest() : builder(&context) {
    context.loadDialect<affine::AffineDialect, arith::ArithDialect,
                        func::FuncDialect, scf::SCFDialect,
                        tensor::TensorDialect>();
  }

  int64_t pick(int64_t least, int64_t greatest) {
    return std::uniform_int_distribution<int64_t>(least, greatest)(engine);
  }

  DenseElementsAttr makeTensor(ArrayRef<int64_t> shape, Type type,
                               llvm::function_ref<int64_t(int64_t)> element) {
    auto tensor = RankedTensorType::get(shape, type);
    SmallVector<Attribute> values;
    for (int64_t i = 0; i < tensor.getNumElements(); ++i)
      values.push_back(
          isa<FloatType>(type)
              ? Attribute(builder.getFloatAttr(type, element(i)))
              : Attribute(builder.getIntegerAttr(type, element(i))));
    return DenseElementsAttr::get(tensor, values);
  }

  /// Values to capture, in the order of kArguments: documents of random lengths
  /// as ids and as starts, a length per batch, whether a key is valid, a slope
  /// per head, and a chunk size.
  SmallVector<Attribute> makeCaptures();

  static void setCaptures(Interpreter &interpreter,
                          ArrayRef<BlockArgument> arguments,
                          ArrayRef<Attribute> captures) {
    for (auto [argument, value] : llvm::zip(arguments, captures))
      interpreter.set(argument, value);
  }

  /// Emits for the mask whose region has the text `body`, runs `rounds` tiles.
  Outcome check(StringRef body, int rounds, KeyBoundsSummary &summary);

  MLIRContext context;
  OpBuilder builder;
  std::mt19937_64 engine{50};
};

SmallVector<Attribute> MaskDataTest::makeCaptures() {
  Type i32 = builder.getI32Type();
  SmallVector<int64_t> ids(kLength), starts(kLength);
  for (int64_t i = 1; i < kLength; ++i) {
    bool newDocument = pick(0, 15) == 0;
    ids[i] = ids[i - 1] + newDocument;
    starts[i] = newDocument ? i : starts[i - 1];
  }
  int64_t validEnd = pick(0, kLength);
  return {makeTensor({kLength}, i32, [&](int64_t i) { return ids[i]; }),
          makeTensor({2, kLength}, builder.getI64Type(),
                     [&](int64_t i) { return starts[i % kLength]; }),
          makeTensor({2}, i32, [&](int64_t) { return pick(-3, 70); }),
          makeTensor({kLength}, builder.getI1Type(),
                     [&](int64_t i) { return i < validEnd; }),
          makeTensor({4}, builder.getF32Type(),
                     [&](int64_t) { return pick(0, 1); }),
          builder.getI32IntegerAttr(pick(1, 40))};
}

constexpr StringLiteral kArguments =
    "%b: index, %h: index, %i: index, %j: index, %ids: tensor<64xi32>, "
    "%starts: tensor<2x64xi64>, %lengths: tensor<2xi32>, "
    "%valid: tensor<64xi1>, %slopes: tensor<4xf32>, %chunk: i32";

Outcome MaskDataTest::check(StringRef body, int rounds,
                            KeyBoundsSummary &summary) {
  // The mask, and a function to emit into: of the same captures after the tile
  // (b, h, i0, i1, j0, j1).
  std::string text =
      ("func.func @mask(" + kArguments + ") -> i1 {\n" + body +
       "\nreturn %m : i1 }\n func.func @emit(%i1: index, %j1: index, " +
       kArguments + ") { return }")
          .str();
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
  Outcome outcome;
  if (!module)
    return outcome;
  auto functions = llvm::to_vector(module->getOps<func::FuncOp>());
  Block &mask = functions[0].front(), &emitted = functions[1].front();
  auto tile = emitted.getArguments().take_front(6);
  auto captures = emitted.getArguments().drop_front(6);
  MaskSymbols symbols(&context);
  MaskExpr expr =
      readMask(functions[0].getBody(), SmallVector<Value>(captures), symbols);
  EXPECT_FALSE(expr.hasOpaque());
  summary = summarizeKeyBounds(expr, symbols);
  builder.setInsertionPoint(emitted.getTerminator());
  Location loc = functions[1].getLoc();
  MaskEmitter emitter(builder, loc, expr, symbols,
                      {tile[2], tile[3], tile[4], tile[0]});
  KeyBounds bounds = emitter.emitKeyBounds(
      builder, loc, builder.getIndexAttr(0), builder.getIndexAttr(kLength));
  TileClassValues tileClass =
      emitter.emitTileClass(builder, loc, tile[5], tile[1]);
  EXPECT_TRUE(succeeded(verify(*module)));
  functions[1].walk([&](scf::ForOp) { ++outcome.loops; });
  functions[1].walk([&](arith::IndexCastOp) { ++outcome.casts; });

  for (int round = 0; round < rounds; ++round) {
    SmallVector<Attribute> captured = makeCaptures();
    int64_t batch = pick(0, 1), head = pick(0, 3);
    int64_t rowBegin = pick(0, kLength - 1), keyBegin = pick(0, kLength - 1);
    int64_t rowEnd = std::min(kLength, rowBegin + pick(1, 8));
    int64_t keyEnd = std::min(kLength, keyBegin + pick(1, 8));
    Interpreter run;
    const int64_t values[] = {rowEnd, keyEnd, batch, head, rowBegin, keyBegin};
    for (auto [argument, value] : llvm::zip(tile, values))
      run.set(argument, value);
    setCaptures(run, captures, captured);
    EXPECT_TRUE(run.run(emitted));
    int64_t lo = run.get(bounds.lo), hi = run.get(bounds.hi);
    int64_t fullLo = run.get(bounds.fullLo), fullHi = run.get(bounds.fullHi);
    bool may = run.get(tileClass.mayAdmit), all = run.get(tileClass.allAdmit);
    EXPECT_TRUE(0 <= lo && lo <= fullLo && fullLo <= fullHi && fullHi <= hi &&
                hi <= kLength);
    for (int64_t i = rowBegin; i < rowEnd; ++i)
      for (int64_t j = 0; j < kLength; ++j) {
        Interpreter pair;
        const int64_t position[] = {batch, head, i, j};
        for (auto [argument, value] : llvm::zip(mask.getArguments(), position))
          pair.set(argument, value);
        setCaptures(pair, mask.getArguments().drop_front(kNumMaskDims),
                    captured);
        EXPECT_TRUE(pair.run(mask));
        bool admitted = pair.get(mask.getTerminator()->getOperand(0));
        EXPECT_TRUE(!admitted || (lo <= j && j < hi));
        EXPECT_TRUE(admitted || j < fullLo || fullHi <= j);
        if (keyBegin <= j && j < keyEnd) {
          EXPECT_TRUE(may || !admitted);
          EXPECT_TRUE(!all || admitted);
        }
      }
    outcome.skippedKeys += kLength - (hi - lo);
    outcome.fullKeys += fullHi - fullLo;
    ++(all ? outcome.full : may ? outcome.partial : outcome.empty);
  }
  return outcome;
}

TEST_F(MaskDataTest, lengthPerBatch) {
  KeyBoundsSummary summary;
  Outcome outcome = check(R"(
    %n = tensor.extract %lengths[%b] : tensor<2xi32>
    %end = arith.index_cast %n : i32 to index
    %m = arith.cmpi slt, %j, %end : index)",
                          60, summary);
  EXPECT_GT(outcome.skippedKeys, 600);
  EXPECT_GT(outcome.fullKeys, 600);
  EXPECT_GT(outcome.empty, 10);
  EXPECT_GT(outcome.full, 10);
  // The same for all rows: nothing but the last tile is partial.
  EXPECT_TRUE(summary.isInterval);
  EXPECT_FALSE(summary.hasLeft);
  EXPECT_FALSE(summary.hasRight);
}

TEST_F(MaskDataTest, documentStartPerRow) {
  KeyBoundsSummary summary;
  Outcome outcome = check(R"(
    %start = tensor.extract %starts[%b, %i] : tensor<2x64xi64>
    %i64 = arith.index_cast %i : index to i64
    %j64 = arith.index_cast %j : index to i64
    %after = arith.cmpi sge, %j64, %start : i64
    %before = arith.cmpi sle, %j64, %i64 : i64
    %m = arith.andi %after, %before : i1)",
                          60, summary);
  EXPECT_GT(outcome.skippedKeys, 600);
  EXPECT_GT(outcome.fullKeys, 100);
  EXPECT_GT(outcome.empty, 10);
  EXPECT_GT(outcome.full, 2);
  EXPECT_TRUE(summary.isInterval);
  EXPECT_TRUE(summary.hasLeft);
}

TEST_F(MaskDataTest, documentIdsOfRowAndKey) {
  KeyBoundsSummary summary;
  Outcome outcome = check(R"(
    %x = tensor.extract %ids[%i] : tensor<64xi32>
    %y = tensor.extract %ids[%j] : tensor<64xi32>
    %same = arith.cmpi eq, %x, %y : i32
    %causal = arith.cmpi sle, %j, %i : index
    %m = arith.andi %same, %causal : i1)",
                          60, summary);
  // Bounds come from causality alone; the classes see the documents.
  EXPECT_GT(outcome.skippedKeys, 600);
  EXPECT_EQ(outcome.fullKeys, 0);
  EXPECT_GT(outcome.empty, 20);
  EXPECT_GT(outcome.full, 2);
  EXPECT_FALSE(summary.isInterval);
  EXPECT_FALSE(summary.hasFull);
  // Equality is two comparisons, each side of them one loop.
  EXPECT_EQ(outcome.loops, 2);
}

TEST_F(MaskDataTest, validKeys) {
  KeyBoundsSummary summary;
  Outcome outcome =
      check("%m = tensor.extract %valid[%j] : tensor<64xi1>", 60, summary);
  EXPECT_FALSE(summary.hasFull);
  EXPECT_GT(outcome.empty, 10);
  EXPECT_GT(outcome.full, 10);
}

TEST_F(MaskDataTest, chunksOfRunTimeSize) {
  KeyBoundsSummary summary;
  Outcome outcome = check(R"(
    %c = arith.index_cast %chunk : i32 to index
    %x = arith.divui %i, %c : index
    %y = arith.divui %j, %c : index
    %m = arith.cmpi eq, %x, %y : index)",
                          60, summary);
  EXPECT_GT(outcome.empty, 10);
  EXPECT_GT(outcome.full, 2);
}

TEST_F(MaskDataTest, aScalarOfTwoComparisonsIsReadOnce) {
  KeyBoundsSummary summary;
  Outcome outcome = check(R"(
    %c = arith.index_cast %chunk : i32 to index
    %x = arith.cmpi slt, %j, %c : index
    %y = arith.cmpi sge, %i, %c : index
    %m = arith.andi %x, %y : i1)",
                          10, summary);
  EXPECT_EQ(outcome.casts, 1);
  EXPECT_EQ(outcome.loops, 0);
}

TEST_F(MaskDataTest, headsThatDiffer) {
  KeyBoundsSummary summary;
  Outcome outcome = check(R"(
    %zero = arith.constant 0.0 : f32
    %c4 = arith.constant 4 : index
    %slope = tensor.extract %slopes[%h] : tensor<4xf32>
    %isLocal = arith.cmpf ogt, %slope, %zero : f32
    %causal = arith.cmpi sle, %j, %i : index
    %distance = arith.subi %i, %j : index
    %near = arith.cmpi ule, %distance, %c4 : index
    %m = arith.select %isLocal, %near, %causal : i1)",
                          60, summary);
  EXPECT_GT(outcome.skippedKeys, 1500);
  EXPECT_GT(outcome.fullKeys, 300);
  EXPECT_GT(outcome.empty, 20);
  EXPECT_GT(outcome.full, 2);
}

} // namespace
