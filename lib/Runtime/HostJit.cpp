//===- HostJit.cpp - Machine code in this process -------------------------===//
//
// See HostJit.h. Covered by test/unittests/Runtime/PeakTest.cpp (IR) and
// test/unittests/Runtime/KernelTest.cpp (objects).
//
//===----------------------------------------------------------------------===//

#include "HostJit.h"
#include "llvm/ExecutionEngine/Orc/AbsoluteSymbols.h"
#include "llvm/ExecutionEngine/Orc/EPCDynamicLibrarySearchGenerator.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"

using namespace llvm;

namespace mlir::attn {

HostJit::HostJit() = default;
HostJit::HostJit(HostJit &&) = default;
HostJit::~HostJit() = default;

Expected<HostJit> HostJit::create() {
  InitializeNativeTarget();
  InitializeNativeTargetAsmPrinter();
  // Kernels have no constructors and no thread-locals, so the platform that
  // would run them is left out.
  Expected<std::unique_ptr<orc::LLJIT>> jit =
      orc::LLJITBuilder().setPlatformSetUp(orc::setUpInactivePlatform).create();
  if (!jit)
    return jit.takeError();
  HostJit result;
  result.reports = std::make_unique<std::string>();
  (*jit)->getExecutionSession().setErrorReporter(
      [reports = result.reports.get()](Error error) {
        *reports += (reports->empty() ? "" : "; ") + toString(std::move(error));
      });
  result.jit = std::move(*jit);
  return result;
}

Error HostJit::addModule(function_ref<void(Module &)> build) {
  auto context = std::make_unique<LLVMContext>();
  auto module = std::make_unique<Module>("runtime", *context);
  module->setDataLayout(jit->getDataLayout());
  module->setTargetTriple(jit->getTargetTriple());
  build(*module);
  return jit->addIRModule(
      orc::ThreadSafeModule(std::move(module), std::move(context)));
}

Error HostJit::addObject(StringRef bytes) {
  return jit->addObjectFile(MemoryBuffer::getMemBufferCopy(bytes, "kernel"));
}

Error HostJit::addLibrary(const char *name) {
  Expected<std::unique_ptr<orc::EPCDynamicLibrarySearchGenerator>> generator =
      orc::EPCDynamicLibrarySearchGenerator::Load(jit->getExecutionSession(),
                                                  name);
  if (!generator)
    return generator.takeError();
  jit->getMainJITDylib().addGenerator(std::move(*generator));
  return Error::success();
}

Error HostJit::addSymbol(StringRef name, void *address) {
  return jit->getMainJITDylib().define(orc::absoluteSymbols(
      {{jit->mangleAndIntern(name),
        orc::ExecutorSymbolDef(orc::ExecutorAddr::fromPtr(address),
                               JITSymbolFlags::Exported |
                                   JITSymbolFlags::Callable)}}));
}

Expected<void *> HostJit::lookupAddress(StringRef name) {
  Expected<orc::ExecutorAddr> address = jit->lookup(name);
  if (!address) {
    std::string message = toString(address.takeError());
    return createStringError("cannot link '" + name +
                             "': " + (reports->empty() ? message : *reports));
  }
  return address->toPtr<void *>();
}

} // namespace mlir::attn
