//===- SharedLibrary.cpp - linking a shared library -----------------------===//
//
// LLD is used as a library. It reads and writes files only, so object and
// result pass through a temporary directory; none of its names enters the
// output. What the object leaves undefined comes from libc, libm or OpenMP's
// runtime; stand-ins for those that hold nothing but names are made on the fly,
// which makes the result independent of what the machine has installed and
// allows linking for another architecture.
//
// Covered by test/Tools/attn-compile/shared.test.
//
//===----------------------------------------------------------------------===//

#include "SharedLibrary.h"
#include "RuntimeSymbols.h"
#include "lld/Common/Driver.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/InterfaceStub/ELFObjHandler.h"
#include "llvm/InterfaceStub/IFSStub.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include <mutex>

LLD_HAS_DRIVER(elf)

namespace mlir::attn {

/// Writes to `path` a shared library called `soName` that offers `names`
/// without any code.
static llvm::Error writeStandIn(StringRef path, StringRef soName,
                                ArrayRef<std::string> names,
                                const llvm::Triple &triple) {
  llvm::ifs::IFSStub stub;
  stub.SoName = soName.str();
  stub.Target.Arch = triple.getArch() == llvm::Triple::x86_64
                         ? llvm::ELF::EM_X86_64
                         : llvm::ELF::EM_AARCH64;
  stub.Target.BitWidth = llvm::ifs::IFSBitWidthType::IFS64;
  stub.Target.Endianness = llvm::ifs::IFSEndiannessType::Little;
  for (const std::string &name : names) {
    llvm::ifs::IFSSymbol symbol(name);
    symbol.Type = llvm::ifs::IFSSymbolType::Func;
    symbol.Undefined = false;
    symbol.Weak = false;
    stub.Symbols.push_back(symbol);
  }
  return llvm::ifs::writeBinaryStub(path, stub);
}

static llvm::Error writeFile(StringRef path, StringRef bytes) {
  std::error_code error;
  llvm::raw_fd_ostream os(path, error);
  if (!error) {
    os << bytes;
    os.close();
    error = os.error();
    os.clear_error();
  }
  return llvm::errorCodeToError(error);
}

/// Runs LLD. Returns what it said if it failed.
static llvm::Error runLinker(ArrayRef<const char *> args) {
  // LLD keeps its state in globals.
  static std::mutex mutex;
  std::lock_guard<std::mutex> guard(mutex);
  std::string message;
  llvm::raw_string_ostream os(message);
  lld::Result result =
      lld::lldMain(args, os, os, {{lld::Gnu, &lld::elf::link}});
  if (result.retCode == 0)
    return llvm::Error::success();
  return llvm::createStringError(StringRef(message).trim());
}

static llvm::Expected<std::string> link(StringRef object,
                                        const llvm::Triple &triple) {
  SmallString<128> directory;
  if (auto error = llvm::sys::fs::createUniqueDirectory("attn-link", directory))
    return llvm::errorCodeToError(error);
  llvm::scope_exit cleanUp(
      [&] { llvm::sys::fs::remove_directories(directory); });
  auto pathOf = [&](StringRef name) {
    SmallString<128> path = directory;
    llvm::sys::path::append(path, name);
    return path.str().str();
  };

  std::string input = pathOf("attn.o"), output = pathOf("attn.so");
  if (llvm::Error error = writeFile(input, object))
    return std::move(error);
  SmallVector<std::string> args = {
      "ld.lld", "-shared",
      // LLD's pool of threads would stay, and be
      // missing in a child of this process.
      "--threads=1", "--build-id=none", "--hash-style=gnu", "--as-needed",
      "--no-undefined", "--gc-sections", "-z", "relro", "-z", "now", "-z",
      "noexecstack", "-o", output, input};

  llvm::MapVector<StringRef, SmallVector<std::string>> libraries;
  for (const RuntimeSymbol &symbol : collectRuntimeSymbols(object))
    libraries[symbol.library].push_back(symbol.name);
  for (const auto &[soName, names] : libraries) {
    args.push_back(pathOf(soName));
    if (llvm::Error error = writeStandIn(args.back(), soName, names, triple))
      return std::move(error);
  }

  SmallVector<const char *> pointers;
  for (const std::string &arg : args)
    pointers.push_back(arg.c_str());
  if (llvm::Error error = runLinker(pointers))
    return std::move(error);
  auto buffer = llvm::MemoryBuffer::getFile(output);
  if (!buffer)
    return llvm::errorCodeToError(buffer.getError());
  return (*buffer)->getBuffer().str();
}

FailureOr<std::string>
linkSharedLibrary(StringRef object, const llvm::Triple &triple, Location loc) {
  llvm::Expected<std::string> library = link(object, triple);
  if (!library)
    return emitError(loc, "linking the shared library failed: ")
           << llvm::toString(library.takeError());
  return *library;
}

} // namespace mlir::attn
