//===- CompilerTest.cpp - compiling from a program ------------------------===//
//
// What a program that links the compiler relies on beyond what the command-line
// tool shows: the module stays as it was, errors arrive as diagnostics, and
// compilations may run side by side.
//
//===----------------------------------------------------------------------===//

#include "attn/Compiler/Compiler.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/SourceMgr.h"
#include "gtest/gtest.h"
#include <thread>

using namespace mlir;
using namespace mlir::attn;

static constexpr llvm::StringLiteral source = R"(
func.func @twice(%x: tensor<?x8xf32>) -> (tensor<?x8xf32> {attn.name = "y"}) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x8xf32>
  %e = tensor.empty(%n) : tensor<?x8xf32>
  %y = linalg.add ins(%x, %x : tensor<?x8xf32>, tensor<?x8xf32>)
                  outs(%e : tensor<?x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
)";

namespace {
/// A context with a module and the errors reported so far.
struct Session {
  explicit Session(llvm::StringRef text) {
    DialectRegistry registry;
    registerCompilerDialects(registry);
    context.appendDialectRegistry(registry);
    context.getDiagEngine().registerHandler([&](Diagnostic &diagnostic) {
      errors.push_back(diagnostic.str());
      return success();
    });
    llvm::SourceMgr sourceMgr;
    sourceMgr.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBuffer(text), {});
    module = parseSource(sourceMgr, context);
  }

  MLIRContext context;
  std::vector<std::string> errors;
  OwningOpRef<ModuleOp> module;
};

/// Writes down what it is told.
struct Recorder : CompileObserver {
  void onPipeline(StringRef text) override { pipeline = text.str(); }
  void onStep(StringRef name) override { steps.push_back(name.str()); }

  std::string pipeline;
  std::vector<std::string> steps;
};
} // namespace

static std::string print(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream os(text);
  module.print(os);
  return text;
}

TEST(Compiler, Artifact) {
  Session session(source);
  ASSERT_TRUE(session.module);
  std::string before = print(*session.module);
  CompileOptions options;
  options.target = "x86-64-v3";
  options.symbolPrefix = "p_";
  FailureOr<Artifact> artifact = compile(*session.module, options);
  ASSERT_TRUE(succeeded(artifact));
  EXPECT_EQ(print(*session.module), before);

  EXPECT_TRUE(StringRef(artifact->bytes)
                  .starts_with("\x7f"
                               "ELF"));
  EXPECT_EQ(artifact->triple, "x86_64-unknown-linux-gnu");
  EXPECT_EQ(artifact->cpu, "x86-64-v3");
  EXPECT_TRUE(StringRef(artifact->features).contains("+avx2"));
  ASSERT_EQ(artifact->functions.size(), 1u);
  const Signature &function = artifact->functions[0];
  EXPECT_EQ(function.name, "p_twice");
  ASSERT_EQ(function.args.size(), 2u);
  EXPECT_EQ(function.args[0].name, "x");
  EXPECT_EQ(function.args[0].role, ArgumentRole::input);
  EXPECT_EQ(function.args[1].name, "y");
  EXPECT_EQ(function.args[1].role, ArgumentRole::output);
  EXPECT_EQ(function.args[1].dtype, "f32");
  EXPECT_EQ(function.args[1].shape,
            (SmallVector<int64_t>{ShapedType::kDynamic, 8}));
  EXPECT_EQ(function.args[0].dimClass, function.args[1].dimClass);
}

TEST(Compiler, Observer) {
  Session session(source);
  Recorder recorder;
  CompileOptions options;
  options.target = "x86-64-v3";
  options.observer = &recorder;
  ASSERT_TRUE(succeeded(compile(*session.module, options)));
  FailureOr<std::string> pipeline = printPipeline(session.context, options);
  ASSERT_TRUE(succeeded(pipeline));
  EXPECT_EQ(recorder.pipeline, *pipeline);
  EXPECT_TRUE(llvm::is_contained(recorder.steps, "attn-record-signature"));
  EXPECT_TRUE(llvm::is_contained(recorder.steps, "InstCombinePass"));
  EXPECT_EQ(recorder.steps.back(), "LLVM code generation");
}

TEST(Compiler, OptionErrors) {
  Session session(source);
  CompileOptions options;
  options.untilAfter = "graph";
  EXPECT_TRUE(failed(compile(*session.module, options)));
  ASSERT_EQ(session.errors.size(), 1u);
  EXPECT_EQ(session.errors[0],
            "expected the module as text to be asked for when stopping after "
            "stage 'graph'");

  options.untilAfter.clear();
  options.target = "pdp11";
  EXPECT_TRUE(failed(compile(*session.module, options)));
  ASSERT_EQ(session.errors.size(), 2u);
  EXPECT_TRUE(StringRef(session.errors[1]).starts_with("unknown CPU 'pdp11'"));
}

TEST(Compiler, ParseError) {
  Session session("func.func");
  EXPECT_FALSE(session.module);
  EXPECT_FALSE(session.errors.empty());
}

// Each thread has a context of its own; all get the same bytes.
TEST(Compiler, Threads) {
  constexpr unsigned count = 4;
  std::vector<std::string> results(2 * count);
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < count; ++i)
    threads.emplace_back([&results, i] {
      Session session(source);
      CompileOptions options;
      options.target = "x86-64-v3";
      for (EmitKind emit : {EmitKind::obj, EmitKind::shared}) {
        options.emit = emit;
        FailureOr<Artifact> artifact = compile(*session.module, options);
        if (succeeded(artifact))
          results[i + (emit == EmitKind::shared ? count : 0)] = artifact->bytes;
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  for (unsigned i = 0; i < count; ++i) {
    EXPECT_FALSE(results[i].empty());
    EXPECT_EQ(results[i], results[0]);
    EXPECT_FALSE(results[count + i].empty());
    EXPECT_EQ(results[count + i], results[count]);
  }
}
