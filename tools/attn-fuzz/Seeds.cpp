//===- Seeds.cpp - the programs that inputs are made from -----------------===//
//
// Covered by test/Fuzz/fuzz.test.
//
//===----------------------------------------------------------------------===//

#include "Seeds.h"
#include "attn/Compiler/Compiler.h"
#include "mlir/IR/AsmState.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include <algorithm>

namespace mlir::attn {

std::unique_ptr<MLIRContext> makeContext() {
  DialectRegistry registry;
  registerCompilerDialects(registry);
  auto context =
      std::make_unique<MLIRContext>(registry, MLIRContext::Threading::DISABLED);
  context->printOpOnDiagnostic(false);
  return context;
}

/// The files to read: in the order of `paths`, and inside of a folder in one
/// that depends neither on the file system nor on where the folder lies.
static llvm::Expected<std::vector<std::string>>
findFiles(ArrayRef<std::string> paths) {
  std::vector<std::string> files;
  for (const std::string &path : paths) {
    if (!llvm::sys::fs::is_directory(path)) {
      files.push_back(path);
      continue;
    }
    size_t begin = files.size();
    std::error_code error;
    llvm::sys::fs::recursive_directory_iterator it(path, error), end;
    for (; it != end && !error; it.increment(error))
      if (StringRef(it->path()).ends_with(".mlir"))
        files.push_back(it->path());
    if (error)
      return llvm::createStringError(path + ": " + error.message());
    std::sort(files.begin() + begin, files.end());
  }
  return files;
}

/// Notes what `op` has that others could have too.
static void collect(Operation *op, Seeds &seeds, llvm::StringSet<> &known) {
  for (NamedAttribute attribute : op->getAttrDictionary()) {
    std::string text;
    llvm::raw_string_ostream(text) << attribute.getValue();
    std::string key =
        (op->getName().getStringRef() + attribute.getName().getValue() + text)
            .str();
    if (known.insert(key).second)
      seeds.attributes[op->getName().getStringRef()].emplace_back(
          attribute.getName().str(), text);
  }
}

llvm::Expected<std::vector<std::string>>
readPrograms(ArrayRef<std::string> paths) {
  llvm::Expected<std::vector<std::string>> files = findFiles(paths);
  if (!files)
    return files.takeError();
  std::vector<std::string> programs;
  for (const std::string &path : *files) {
    auto file = llvm::MemoryBuffer::getFile(path);
    if (!file)
      return llvm::createStringError(path + ": " + file.getError().message());
    SmallVector<StringRef> parts;
    (*file)->getBuffer().split(parts, "// -----");
    for (StringRef part : parts)
      programs.push_back(part.str());
  }
  return programs;
}

llvm::Expected<Seeds> makeSeeds(ArrayRef<std::string> programs) {
  std::unique_ptr<MLIRContext> context = makeContext();
  ScopedDiagnosticHandler quiet(context.get(),
                                [](Diagnostic &) { return success(); });
  Seeds seeds;
  llvm::StringSet<> known, dialects;
  for (const std::string &program : programs) {
    OwningOpRef<ModuleOp> module =
        parseSourceString<ModuleOp>(program, context.get());
    if (!module || module->getOps().empty())
      continue;
    seeds.programs.push_back(program);
    module->walk([&](Operation *op) {
      collect(op, seeds, known);
      dialects.insert(op->getName().getDialectNamespace());
    });
  }
  for (RegisteredOperationName name : context->getRegisteredOperations())
    if (dialects.contains(name.getDialectNamespace()))
      seeds.operations.push_back(name.getStringRef().str());
  std::sort(seeds.operations.begin(), seeds.operations.end());
  if (seeds.programs.empty())
    return llvm::createStringError("expected at least one program that parses");
  return seeds;
}

} // namespace mlir::attn
