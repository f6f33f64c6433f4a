//===- WindowTool.cpp - a compiler that uses attn as a library ------------===//
//
//   window-tool layer.mlir KEYS > layer.o
//
//===----------------------------------------------------------------------===//

#include "WindowPass.h"
#include "attn/Compiler/Compiler.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

int main(int argc, char **argv) {
  if (argc != 3) {
    llvm::errs() << "usage: window-tool layer.mlir KEYS > layer.o\n";
    return 1;
  }
  windows::registerWindowPass();
  DialectRegistry registry;
  attn::registerCompilerDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);

  std::string message;
  llvm::SourceMgr sourceMgr;
  std::unique_ptr<llvm::MemoryBuffer> file = openInputFile(argv[1], &message);
  if (!file) {
    llvm::errs() << message << "\n";
    return 1;
  }
  sourceMgr.AddNewSourceBuffer(std::move(file), SMLoc());
  SourceMgrDiagnosticHandler handler(sourceMgr, &context);
  OwningOpRef<ModuleOp> module = attn::parseSource(sourceMgr, context);
  if (!module)
    return 1;

  attn::CompileOptions options;
  options.addedPasses.push_back(
      {"graph", "func.func(window-limit{keys=" + std::string(argv[2]) + "})"});
  FailureOr<attn::Artifact> artifact = attn::compile(*module, options);
  if (failed(artifact))
    return 1;
  llvm::outs() << artifact->bytes;
  return 0;
}
