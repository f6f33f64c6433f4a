//===- PTXAssembler.cpp - running ptxas -----------------------------------===//
//
// Covered by test/Tools/attn-compile/gpu-cubin.test.
//
//===----------------------------------------------------------------------===//

#include "NVPTXCodegen.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdlib>

namespace mlir::attn {

std::optional<std::string> findPTXAssembler() {
  if (llvm::ErrorOr<std::string> path = llvm::sys::findProgramByName("ptxas"))
    return *path;
  for (const char *variable : {"CUDA_ROOT", "CUDA_HOME", "CUDA_PATH"}) {
    const char *root = std::getenv(variable);
    if (!root)
      continue;
    SmallString<128> directory(root);
    llvm::sys::path::append(directory, "bin");
    if (llvm::ErrorOr<std::string> path =
            llvm::sys::findProgramByName("ptxas", StringRef(directory)))
      return *path;
  }
  return std::nullopt;
}

static std::string readFile(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  return buffer ? (*buffer)->getBuffer().str() : std::string();
}

FailureOr<Assembled> assemblePTX(StringRef ptx, StringRef chip, Location loc) {
  std::optional<std::string> ptxas = findPTXAssembler();
  if (!ptxas)
    return emitError(loc, "a cubin needs ptxas, which is neither in PATH nor "
                          "in the folder bin of $CUDA_ROOT, $CUDA_HOME or "
                          "$CUDA_PATH; PTX needs none");
  SmallString<128> directory;
  if (std::error_code error =
          llvm::sys::fs::createUniqueDirectory("attn-ptxas", directory))
    return emitError(loc, "cannot make a folder for ptxas: ")
           << error.message();
  llvm::scope_exit cleanUp(
      [&] { llvm::sys::fs::remove_directories(directory); });
  auto pathOf = [&](StringRef name) {
    SmallString<128> path = directory;
    llvm::sys::path::append(path, name);
    return path.str().str();
  };
  std::string input = pathOf("kernel.ptx"), output = pathOf("kernel.cubin");
  std::string log = pathOf("log");
  {
    std::error_code error;
    llvm::raw_fd_ostream os(input, error);
    if (!error) {
      os << ptx;
      os.close();
      error = os.error();
      os.clear_error();
    }
    if (error)
      return emitError(loc, "cannot write '")
             << input << "': " << error.message();
  }
  std::string arch = ("-arch=" + chip).str();
  std::string message;
  int status = llvm::sys::ExecuteAndWait(
      *ptxas, {*ptxas, arch, "-v", input, "-o", output}, /*Env=*/std::nullopt,
      {/*stdin=*/StringRef(""), /*stdout=*/StringRef(log),
       /*stderr=*/StringRef(log)},
      /*SecondsToWait=*/0, /*MemoryLimit=*/0, &message);
  Assembled result = {readFile(output), readFile(log)};
  if (status == 0)
    return result;
  return emitError(loc, "'")
         << *ptxas << "' failed: "
         << (message.empty() ? StringRef(result.report) : StringRef(message));
}

} // namespace mlir::attn
