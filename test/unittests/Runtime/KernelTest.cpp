//===- KernelTest.cpp - Loading objects and calling them ------------------===//
//
// The objects are made here from LLVM IR, so that every kind of argument can be
// passed, and every fault be made, without the compiler.
//
//===----------------------------------------------------------------------===//

#include "attn/Runtime/Kernel.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/ExecutionEngine/Orc/CompileUtils.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"
#include "gtest/gtest.h"

using namespace mlir::attn;

namespace {

/// An object of `text` that claims to export `signature`.
Artifact makeArtifact(llvm::StringRef text, const Signature &signature) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  llvm::LLVMContext context;
  llvm::SMDiagnostic diagnostic;
  std::unique_ptr<llvm::Module> module =
      llvm::parseAssemblyString(text, diagnostic, context);
  EXPECT_TRUE(module) << diagnostic.getMessage().str();
  auto builder =
      llvm::cantFail(llvm::orc::JITTargetMachineBuilder::detectHost());
  builder.setRelocationModel(llvm::Reloc::PIC_);
  auto machine = llvm::cantFail(builder.createTargetMachine());
  module->setDataLayout(machine->createDataLayout());
  module->setTargetTriple(machine->getTargetTriple());
  auto object = llvm::cantFail(llvm::orc::SimpleCompiler(*machine)(*module));
  Artifact artifact;
  artifact.bytes = object->getBuffer().str();
  artifact.functions = {signature};
  artifact.triple = llvm::sys::getProcessTriple();
  return artifact;
}

ArgumentInfo tensor(const char *name, const char *dtype, unsigned rank,
                    ArgumentRole role = ArgumentRole::input) {
  ArgumentInfo info;
  info.name = name;
  info.role = role;
  info.dtype = dtype;
  info.shape.assign(rank, mlir::ShapedType::kDynamic);
  return info;
}

ArgumentInfo scalar(const char *name, const char *dtype) {
  ArgumentInfo info = tensor(name, dtype, 0);
  info.isScalar = true;
  return info;
}

HostTensor filled(DType type, llvm::ArrayRef<int64_t> sizes, double value) {
  HostTensor result = llvm::cantFail(HostTensor::allocate(type, sizes));
  for (int64_t i = 0; i < result.getNumElements(); ++i)
    result.setElement(i, value);
  return result;
}

std::string loadError(const Artifact &artifact, llvm::StringRef name) {
  llvm::Expected<Kernel> kernel = Kernel::load(artifact, name);
  return kernel ? "" : llvm::toString(kernel.takeError());
}

/// int32_t two(const attn_f32_2d *x, int32_t threads): writes sizes, strides
/// and thread count into x, which has two rows of five.
TEST(KernelTest, PassesTensorsByStruct) {
  Signature signature{"two", {tensor("x", "f32", 2, ArgumentRole::output)}};
  Artifact artifact = makeArtifact(R"(
    define i32 @two(ptr %x, i32 %threads) {
      %data = load ptr, ptr %x
      br label %loop
    loop:
      %i = phi i64 [0, %0], [%next, %loop]
      %next = add i64 %i, 1
      %from = getelementptr i64, ptr %x, i64 %next
      %word = load i64, ptr %from
      %value = sitofp i64 %word to float
      %to = getelementptr float, ptr %data, i64 %i
      store float %value, ptr %to
      %more = icmp ult i64 %next, 4
      br i1 %more, label %loop, label %exit
    exit:
      %last = getelementptr float, ptr %data, i64 4
      %number = sitofp i32 %threads to float
      store float %number, ptr %last
      ret i32 0
    })",
                                   signature);
  Kernel kernel = llvm::cantFail(Kernel::load(artifact, "two"));
  EXPECT_EQ(kernel.getSignature().args.size(), 1u);
  HostTensor x =
      llvm::cantFail(HostTensor::allocate(DType::f32, {2, 5}, Layout::padded));
  Kernel::Call call = llvm::cantFail(kernel.prepare({&x}));
  llvm::cantFail(call.run(3));
  double expected[] = {2, 5, 10, 1, 3};
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(x.getElement(i), expected[i]);
  EXPECT_TRUE(x.isPaddingIntact());
}

/// Every type of scalar arrives: o = sum of all, more than registers hold.
TEST(KernelTest, PassesScalarsByValue) {
  Signature signature{
      "sum",
      {scalar("a", "f64"), scalar("b", "f32"), scalar("c", "f16"),
       scalar("d", "bf16"), scalar("e", "i1"), scalar("f", "i8"),
       scalar("g", "i16"), scalar("h", "i32"), scalar("i", "i64"),
       scalar("j", "index"), tensor("o", "f64", 0, ArgumentRole::output)}};
  Artifact artifact = makeArtifact(R"(
    define i32 @sum(double %a, float %b, i16 zeroext %c, i16 zeroext %d,
                    i8 zeroext %e, i8 signext %f, i16 signext %g, i32 %h,
                    i64 %i, i64 %j, ptr %o, i32 %threads) {
      %b1 = fpext float %b to double
      %c0 = bitcast i16 %c to half
      %c1 = fpext half %c0 to double
      %d0 = zext i16 %d to i32
      %d1 = shl i32 %d0, 16
      %d2 = bitcast i32 %d1 to float
      %d3 = fpext float %d2 to double
      %e1 = uitofp i8 %e to double
      %f1 = sitofp i8 %f to double
      %g1 = sitofp i16 %g to double
      %h1 = sitofp i32 %h to double
      %i1 = sitofp i64 %i to double
      %j1 = sitofp i64 %j to double
      %s1 = fadd double %a, %b1
      %s2 = fadd double %s1, %c1
      %s3 = fadd double %s2, %d3
      %s4 = fadd double %s3, %e1
      %s5 = fadd double %s4, %f1
      %s6 = fadd double %s5, %g1
      %s7 = fadd double %s6, %h1
      %s8 = fadd double %s7, %i1
      %s9 = fadd double %s8, %j1
      %data = load ptr, ptr %o
      store double %s9, ptr %data
      ret i32 0
    })",
                                   signature);
  Kernel kernel = llvm::cantFail(Kernel::load(artifact, "sum"));
  std::vector<HostTensor> tensors;
  double expected = 0;
  for (auto [n, info] : llvm::enumerate(signature.args)) {
    double value = info.dtype == "i1" ? 1.0 : n % 2 ? -3.0 : (1 << n) + 1.0;
    tensors.push_back(filled(*parseDType(info.dtype), {}, value));
    if (info.role == ArgumentRole::input)
      expected += value;
  }
  llvm::SmallVector<HostTensor *> arguments;
  for (HostTensor &tensor : tensors)
    arguments.push_back(&tensor);
  Kernel::Call call = llvm::cantFail(kernel.prepare(arguments));
  llvm::cantFail(call.run(1));
  EXPECT_EQ(tensors.back().getElement(0), expected);
}

TEST(KernelTest, StatusesAreErrors) {
  Signature signature{"status", {scalar("s", "i32")}};
  Artifact artifact = makeArtifact(
      "define i32 @status(i32 %s, i32 %threads) { ret i32 %s }", signature);
  Kernel kernel = llvm::cantFail(Kernel::load(artifact, "status"));
  const char *expected[] = {
      "",
      "the kernel returned status 1: a pointer is null",
      "the kernel returned status 2: a rank is wrong",
      "the kernel returned status 3: sizes do not agree",
      "the kernel returned status 4: an innermost stride is not 1",
      "the kernel returned status 5: memory for the workspace is missing",
      "the kernel returned status 6: lengths or offsets are inconsistent",
      "the kernel returned status 7: this CPU lacks the instruction set",
      "the kernel returned status 8: there is no such phase or tile",
      "the kernel returned status 9: no status of this version"};
  for (auto [status, message] : llvm::enumerate(expected)) {
    HostTensor s = filled(DType::i32, {}, static_cast<double>(status));
    Kernel::Call call = llvm::cantFail(kernel.prepare({&s}));
    EXPECT_EQ(llvm::toString(call.run(1)), message);
  }
}

TEST(KernelTest, WritesBesideATensorAreSeen) {
  Signature signature{
      "f", {scalar("at", "i64"), tensor("x", "i8", 1, ArgumentRole::output)}};
  Artifact artifact = makeArtifact(R"(
    define i32 @f(i64 %at, ptr %x, i32 %threads) {
      %data = load ptr, ptr %x
      %place = getelementptr i8, ptr %data, i64 %at
      store i8 0, ptr %place
      ret i32 0
    })",
                                   signature);
  Kernel kernel = llvm::cantFail(Kernel::load(artifact, "f"));
  for (int64_t at : {0, 4, -1, 5}) {
    HostTensor place = filled(DType::i64, {}, static_cast<double>(at));
    HostTensor x =
        llvm::cantFail(HostTensor::allocate(DType::i8, {5}, Layout::padded));
    EXPECT_EQ(llvm::toString(kernel.run({&place, &x}, 1)),
              at == 0 || at == 4 ? "" : "the kernel wrote outside of 'x'");
  }
}

TEST(KernelTest, FindsTheMathLibrary) {
  Signature signature{"f", {tensor("x", "f64", 0, ArgumentRole::output)}};
  Artifact artifact = makeArtifact(R"(
    declare double @cbrt(double)
    define i32 @f(ptr %x, i32 %threads) {
      %data = load ptr, ptr %x
      %value = load double, ptr %data
      %root = call double @cbrt(double %value)
      store double %root, ptr %data
      ret i32 0
    })",
                                   signature);
  Kernel kernel = llvm::cantFail(Kernel::load(artifact, "f"));
  HostTensor x = filled(DType::f64, {}, 27.0);
  Kernel::Call call = llvm::cantFail(kernel.prepare({&x}));
  llvm::cantFail(call.run(1));
  EXPECT_NEAR(x.getElement(0), 3.0, 1e-12);
}

TEST(KernelTest, LoadsOpenMPOnlyWhenNeeded) {
  Signature signature{"f", {scalar("s", "i32")}};
  Artifact artifact = makeArtifact(R"(
    declare i32 @omp_get_max_threads()
    define i32 @f(i32 %s, i32 %threads) {
      %n = call i32 @omp_get_max_threads()
      %none = icmp slt i32 %n, 1
      %status = zext i1 %none to i32
      ret i32 %status
    })",
                                   signature);
  Kernel kernel = llvm::cantFail(Kernel::load(artifact, "f"));
  HostTensor s = filled(DType::i32, {}, 0);
  Kernel::Call call = llvm::cantFail(kernel.prepare({&s}));
  EXPECT_EQ(llvm::toString(call.run(1)), "");
  EXPECT_EQ(llvm::toString(
                Kernel::load(artifact, "f", {"libnone.so.1", "libnone.so.2"})
                    .takeError()),
            "the kernel needs OpenMP's runtime, but none of libnone.so.1, "
            "libnone.so.2 can be loaded");
}

TEST(KernelTest, SaysWhatTheMachineLacks) {
  Signature signature{"f", {}};
  llvm::StringRef text = "declare void @no_such_function()\n"
                         "define i32 @f(i32 %threads) {\n"
                         "  call void @no_such_function()\n"
                         "  ret i32 0\n"
                         "}";
  Artifact artifact = makeArtifact(text, signature);
  EXPECT_EQ(loadError(artifact, "f"),
            "cannot link 'attn.trampoline': Symbols not found: "
            "[ no_such_function ]");
  EXPECT_EQ(loadError(artifact, "g"), "the object has no public function 'g'");

  artifact.features = "-sse2,+quantum";
  EXPECT_EQ(loadError(artifact, "f"), "the object needs the CPU feature "
                                      "'quantum', which this machine lacks");
  artifact.features = "";
  artifact.triple = "sparc-unknown-linux-gnu";
  EXPECT_EQ(loadError(artifact, "f"),
            "expected an object for '" + llvm::sys::getProcessTriple() +
                "' but found one for 'sparc-unknown-linux-gnu'");
  artifact.triple = llvm::sys::getProcessTriple();
  artifact.bytes = "this is no object file";
  EXPECT_NE(loadError(artifact, "f"), "");
}

TEST(KernelTest, ArgumentsMustFitTheSignature) {
  Signature signature{"f", {tensor("x", "f32", 2), scalar("s", "index")}};
  Artifact artifact = makeArtifact(
      "define i32 @f(ptr %x, i64 %s, i32 %threads) { ret i32 0 }", signature);
  Kernel kernel = llvm::cantFail(Kernel::load(artifact, "f"));
  HostTensor x = filled(DType::f32, {2, 3}, 0);
  HostTensor half = filled(DType::f16, {2, 3}, 0);
  HostTensor flat = filled(DType::f32, {6}, 0);
  HostTensor s = filled(DType::i64, {}, 0);
  auto message = [&](llvm::ArrayRef<HostTensor *> arguments) {
    llvm::Expected<Kernel::Call> call = kernel.prepare(arguments);
    return call ? "" : llvm::toString(call.takeError());
  };
  EXPECT_EQ(message({&x, &s}), "");
  EXPECT_EQ(message({&x}), "expected 2 arguments but found 1");
  EXPECT_EQ(message({&half, &s}),
            "expected 'x' to have element type f32 but found f16");
  EXPECT_EQ(message({&flat, &s}),
            "expected 'x' to have 2 dimensions but found 1");
}

} // namespace
