//===- Seeds.h - the programs that inputs are made from --------*- C++ -*-===//

#ifndef ATTN_FUZZ_SEEDS_H
#define ATTN_FUZZ_SEEDS_H

#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace mlir::attn {

struct Seeds {
  /// Whole programs as text.
  std::vector<std::string> programs;
  /// For the name of an operation, attributes that it has somewhere in the
  /// programs, as name and text.
  llvm::StringMap<std::vector<std::pair<std::string, std::string>>> attributes;
  /// Names of all operations of the dialects that programs use.
  std::vector<std::string> operations;
};

/// The text of the .mlir files in `paths`, files or folders. A file of several
/// parts (`// -----`) is several programs.
llvm::Expected<std::vector<std::string>>
readPrograms(ArrayRef<std::string> paths);

/// Makes seeds of programs. Those that do not verify are left out, for they end
/// before anything could go wrong; fails if none remains.
llvm::Expected<Seeds> makeSeeds(ArrayRef<std::string> programs);

/// A context with every dialect that the compiler knows, which prints nothing.
std::unique_ptr<MLIRContext> makeContext();

} // namespace mlir::attn

#endif // ATTN_FUZZ_SEEDS_H
