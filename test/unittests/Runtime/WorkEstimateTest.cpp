//===- WorkEstimateTest.cpp - Useful work of one call ---------------------===//

#include "attn/Runtime/WorkEstimate.h"
#include "attn/Compiler/Compiler.h"
#include "attn/Dialect/Attn/IR/Attn.h"
#include "attn/Dialect/Attn/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/MathExtras.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::attn;

namespace {

class WorkEstimateTest : public testing::Test {
protected:
  WorkEstimateTest() : context(makeRegistry()) {}

  static DialectRegistry makeRegistry() {
    DialectRegistry registry;
    registerCompilerDialects(registry);
    return registry;
  }

  /// Estimates the function `f` of `text`.
  llvm::Expected<WorkEstimate> estimate(StringRef text,
                                        ArrayRef<CallArgument> inputs,
                                        StringRef target = "x86-64-v4") {
    OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
    EXPECT_TRUE(module);
    return estimateWork(*module, "f", inputs, target);
  }

  /// The schedule that the compiler gives the op of `text` for `target`.
  ScheduleAttr scheduleOf(StringRef text, StringRef target) {
    OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
    PassManager passes(&context, ModuleOp::getOperationName());
    SchedulePassOptions options;
    options.target = target.str();
    passes.addNestedPass<func::FuncOp>(createSchedulePass(options));
    EXPECT_TRUE(succeeded(passes.run(*module)));
    ScheduleAttr schedule;
    module->walk([&](DenseOp op) { schedule = op.getScheduleAttr(); });
    return schedule;
  }

  std::string messageOf(StringRef text, ArrayRef<CallArgument> inputs) {
    llvm::Expected<WorkEstimate> work = estimate(text, inputs);
    return work ? "" : llvm::toString(work.takeError());
  }

  MLIRContext context;
};

CallArgument sizes(ArrayRef<int64_t> values) {
  CallArgument argument;
  argument.sizes.assign(values.begin(), values.end());
  return argument;
}

CallArgument value(int64_t number) {
  CallArgument argument;
  argument.value = number;
  return argument;
}

/// q, k, v and extra arguments; two of eight key heads, K = 64, V = 32; `mask`
/// is the attributes and `region` the regions of the op.
std::string attention(StringRef mask, StringRef extra = "",
                      StringRef region = "") {
  return (R"(
    func.func @f(%q: tensor<?x8x?x64xf32>, %k: tensor<?x2x?x64xf32>,
                 %v: tensor<?x2x?x32xf32>)" +
          extra + R"() -> tensor<?x8x?x32xf32> {
      %c0 = arith.constant 0 : index
      %c2 = arith.constant 2 : index
      %b = tensor.dim %q, %c0 : tensor<?x8x?x64xf32>
      %t = tensor.dim %q, %c2 : tensor<?x8x?x64xf32>
      %init = tensor.empty(%b, %t) : tensor<?x8x?x32xf32>
      %o = attn.dense )" +
          mask + R"( ins(%q, %k, %v : tensor<?x8x?x64xf32>,
                         tensor<?x2x?x64xf32>, tensor<?x2x?x32xf32>)
          outs(%init : tensor<?x8x?x32xf32>))" +
          region + R"(
      return %o : tensor<?x8x?x32xf32>
    })")
      .str();
}

/// Arguments of `attention` for B = 2 and these lengths.
SmallVector<CallArgument> lengths(int64_t queries, int64_t keys) {
  return {sizes({2, 8, queries, 64}), sizes({2, 2, keys, 64}),
          sizes({2, 2, keys, 32})};
}

/// FLOPs of the pairs of each of the 16 (batch, head) planes.
double flopsOf(double pairs) { return 16 * pairs * 2 * (64 + 32); }

TEST_F(WorkEstimateTest, FullAttentionCountsEveryPair) {
  WorkEstimate work =
      llvm::cantFail(estimate(attention(""), lengths(100, 300)));
  EXPECT_EQ(work.flops, flopsOf(100 * 300));
  EXPECT_TRUE(work.isExact);
  EXPECT_EQ(work.tiles->empty, 0);
  EXPECT_EQ(work.tiles->partial, 0);
}

TEST_F(WorkEstimateTest, TargetGivesTheTiles) {
  for (StringRef target : {"x86-64-v3", "x86-64-v4"}) {
    WorkEstimate work =
        llvm::cantFail(estimate(attention(""), lengths(100, 300), target));
    ScheduleAttr schedule = scheduleOf(attention(""), target);
    EXPECT_EQ(work.tiles->full,
              16 * int64_t(llvm::divideCeil(100, schedule.getQueryTile()) *
                           llvm::divideCeil(300, schedule.getKeyBlock())));
  }
}

TEST_F(WorkEstimateTest, NoScheduleMeansNoTiles) {
  WorkEstimate work =
      llvm::cantFail(estimate(attention(""), lengths(100, 300), "x86-64"));
  EXPECT_EQ(work.flops, flopsOf(100 * 300));
  EXPECT_FALSE(work.tiles);
}

TEST_F(WorkEstimateTest, CausalCountsUnderTheDiagonal) {
  std::string bottom = attention("causal align(bottom_right)");
  WorkEstimate work = llvm::cantFail(estimate(bottom, lengths(100, 300)));
  EXPECT_EQ(work.flops, flopsOf(100 * 200 + 100 * 101 / 2));
  std::string top = attention("causal align(top_left)");
  work = llvm::cantFail(estimate(top, lengths(100, 300)));
  EXPECT_EQ(work.flops, flopsOf(100 * 101 / 2));
  EXPECT_GT(work.tiles->empty, 0);
  EXPECT_GT(work.tiles->partial, 0);
  EXPECT_EQ(llvm::cantFail(estimate(top, lengths(0, 300))).flops, 0.0);
}

TEST_F(WorkEstimateTest, WindowsCountTheirWidth) {
  std::string text = attention("align(top_left) window [3, 0]");
  EXPECT_EQ(llvm::cantFail(estimate(text, lengths(100, 100))).flops,
            flopsOf(97 * 4 + 1 + 2 + 3));
}

TEST_F(WorkEstimateTest, ScheduleGivesTheTiles) {
  std::string text = attention(
      "schedule <lanes = 16, query_tile = 32, row_tile = 4, key_block = 100>");
  EXPECT_EQ(llvm::cantFail(estimate(text, lengths(100, 300))).tiles->full,
            16 * 4 * 3);
}

constexpr StringLiteral kPrefix(R"( mask {
  ^bb0(%b0: index, %h: index, %i: index, %j: index):
    %m = arith.cmpi slt, %j, %n : index
    attn.yield %m : i1
  })");

TEST_F(WorkEstimateTest, ScalarsOfTheCallAreKnown) {
  SmallVector<CallArgument> inputs = lengths(100, 300);
  inputs.push_back(value(30));
  WorkEstimate work =
      llvm::cantFail(estimate(attention("", ", %n: index", kPrefix), inputs));
  EXPECT_EQ(work.flops, flopsOf(100 * 30));
  EXPECT_TRUE(work.isExact);
}

constexpr StringLiteral kDocuments(R"( mask {
  ^bb0(%b0: index, %h: index, %i: index, %j: index):
    %di = tensor.extract %n[%i] : tensor<?xi32>
    %dj = tensor.extract %n[%j] : tensor<?xi32>
    %m = arith.cmpi eq, %di, %dj : i32
    attn.yield %m : i1
  })");

TEST_F(WorkEstimateTest, DataMasksCountAsIfTheyAdmittedAll) {
  SmallVector<CallArgument> inputs = lengths(100, 100);
  inputs.push_back(sizes({100}));
  WorkEstimate work = llvm::cantFail(estimate(
      attention("causal align(top_left)", ", %n: tensor<?xi32>", kDocuments),
      inputs));
  EXPECT_EQ(work.flops, flopsOf(100 * 101 / 2));
  EXPECT_FALSE(work.isExact);
  EXPECT_FALSE(work.tiles);
}

/// A state op of 2 key, 4 value and `heads` query heads, K = 16, V = 32.
std::string recurrence(StringRef name, int64_t heads, StringRef more = "",
                       StringRef extra = "") {
  std::string text = R"(
    func.func @f(%q: tensor<?xHx?x16xf32>, %k: tensor<?x2x?x16xf32>,
                 %v: tensor<?x4x?x32xf32>, %o: tensor<?xOx?x32xf32>EXTRA)
        -> tensor<?xOx?x32xf32> {
      %r = NAME ins(%q, %k, %v : tensor<?xHx?x16xf32>, tensor<?x2x?x16xf32>,
                                 tensor<?x4x?x32xf32>) MORE
          outs(%o : tensor<?xOx?x32xf32>)
      return %r : tensor<?xOx?x32xf32>
    })";
  std::string outputs = std::to_string(std::max<int64_t>(heads, 4));
  std::pair<StringRef, std::string> parts[] = {
      {"xH", "x" + std::to_string(heads)},
      {"xO", "x" + outputs},
      {"NAME", name.str()},
      {"MORE", more.str()},
      {"EXTRA", extra.str()}};
  for (auto &[mark, value] : parts)
    for (size_t at; (at = text.find(mark.str())) != std::string::npos;)
      text.replace(at, mark.size(), value);
  return text;
}

TEST_F(WorkEstimateTest, StatesCountOneTokenAtATime) {
  double tokens = 3 * 100, state = 16 * 32;
  auto inputs = [&](int64_t heads) {
    int64_t outputs = std::max<int64_t>(heads, 4);
    return SmallVector<CallArgument>{
        sizes({3, heads, 100, 16}), sizes({3, 2, 100, 16}),
        sizes({3, 4, 100, 32}), sizes({3, outputs, 100, 32})};
  };
  WorkEstimate linear =
      llvm::cantFail(estimate(recurrence("attn.linear", 2), inputs(2)));
  EXPECT_EQ(linear.flops, 4 * tokens * 4 * state);
  EXPECT_TRUE(linear.isExact);
  // Eight heads read four states.
  WorkEstimate grouped =
      llvm::cantFail(estimate(recurrence("attn.linear", 8), inputs(8)));
  EXPECT_EQ(grouped.flops, (4 + 8) * tokens * 2 * state);
  SmallVector<CallArgument> arguments = inputs(4);
  arguments.push_back(sizes({3, 4, 100}));
  WorkEstimate delta = llvm::cantFail(
      estimate(recurrence("attn.recurrent", 4, "beta(%b : tensor<?x4x?xf32>)",
                          ", %b: tensor<?x4x?xf32>"),
               arguments));
  EXPECT_EQ(delta.flops, 4 * tokens * 6 * state);
}

TEST_F(WorkEstimateTest, PackedSequencesCountEveryToken) {
  WorkEstimate work = llvm::cantFail(
      estimate(recurrence("attn.linear", 4, "cu_seqlens(%c : tensor<?xi32>)",
                          ", %c: tensor<?xi32>"),
               {sizes({1, 4, 100, 16}), sizes({1, 2, 100, 16}),
                sizes({1, 4, 100, 32}), sizes({1, 4, 100, 32}), sizes({3})}));
  EXPECT_EQ(work.flops, 4 * 100 * 4.0 * 16 * 32);
  EXPECT_FALSE(work.isExact);
  EXPECT_FALSE(work.tiles);
}

TEST_F(WorkEstimateTest, SaysWhyItDoesNotKnow) {
  EXPECT_EQ(messageOf(R"(
    func.func @f(%x: tensor<1x1x4x8xf32>, %p: i1) -> tensor<1x1x4x8xf32> {
      %r = scf.if %p -> tensor<1x1x4x8xf32> {
        %init = tensor.empty() : tensor<1x1x4x8xf32>
        %o = attn.dense ins(%x, %x, %x : tensor<1x1x4x8xf32>,
            tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>)
            outs(%init : tensor<1x1x4x8xf32>)
        scf.yield %o : tensor<1x1x4x8xf32>
      } else {
        scf.yield %x : tensor<1x1x4x8xf32>
      }
      return %r : tensor<1x1x4x8xf32>
    })",
                      {sizes({1, 1, 4, 8}), CallArgument()}),
            "an attention op is inside of a loop or branch");
  constexpr StringLiteral kSlice(R"(
    func.func @f(%x: tensor<1x1x4x8xf32>, %n: tensor<index>)
        -> tensor<1x1x4x8xf32> {
      %s = tensor.extract %n[] : tensor<index>
      %k = tensor.extract_slice %x[0, 0, 0, 0] [1, 1, %s, 8] [1, 1, 1, 1]
          : tensor<1x1x4x8xf32> to tensor<1x1x?x8xf32>
      %init = tensor.empty() : tensor<1x1x4x8xf32>
      %o = attn.dense ins(%x, %k, %k : tensor<1x1x4x8xf32>,
          tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>)
          outs(%init : tensor<1x1x4x8xf32>)
      return %o : tensor<1x1x4x8xf32>
    })");
  EXPECT_EQ(messageOf(kSlice, {sizes({1, 1, 4, 8}), sizes({})}),
            "a size of an attention op depends on run-time data");
  constexpr StringLiteral kDiagonal(R"(
    func.func @f(%x: tensor<1x1x4x8xf32>, %n: tensor<index>)
        -> tensor<1x1x4x8xf32> {
      %d = tensor.extract %n[] : tensor<index>
      %init = tensor.empty() : tensor<1x1x4x8xf32>
      %o = attn.dense causal ins(%x, %x, %x : tensor<1x1x4x8xf32>,
          tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>) diagonal(%d)
          outs(%init : tensor<1x1x4x8xf32>)
      return %o : tensor<1x1x4x8xf32>
    })");
  EXPECT_EQ(messageOf(kDiagonal, {sizes({1, 1, 4, 8}), sizes({})}),
            "the diagonal of an attention op depends on run-time data");
}

TEST_F(WorkEstimateTest, InputsAreThoseOfTheFunction) {
  constexpr StringLiteral kText(R"(
    func.func @f(%x: tensor<1x1x4x8xf32>) { return }
  )");
  EXPECT_EQ(messageOf(kText, {}), "expected 1 inputs of 'f' but found 0");
  EXPECT_EQ(messageOf(kText, {sizes({1, 4, 8})}),
            "expected input 0 of rank 4 but found rank 3");
  EXPECT_EQ(messageOf("func.func @g() { return }", {}),
            "the module has no function 'f'");
}

} // namespace
