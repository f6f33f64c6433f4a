//===- StackUse.h - how much stack compiled functions take -----*- C++ -*-===//
//
// A kernel may run on a thread whose stack is small, so what an exported
// function and everything it calls put there is known and bounded.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_COMPILER_STACKUSE_H
#define ATTN_LIB_COMPILER_STACKUSE_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/Module.h"

namespace mlir::attn {

/// What an exported function may put on the stack, in bytes, together with all
/// that it calls in its object. Functions of libc and libm are not counted.
inline constexpr uint64_t kMaxStackBytes = 64 * 1024;

/// Collects the frames of the functions of one module while LLVM makes code.
class StackUse {
public:
  /// Asks LLVM to report every frame of `module`. To be called just before code
  /// generation.
  static void requestReports(llvm::Module &module);

  /// Takes what LLVM reported.
  void add(const llvm::DiagnosticInfoStackSize &report);

  /// After code generation: an error at the function of `source` that has the
  /// name of an exported function of `module` whose deepest chain of calls
  /// takes more than `kMaxStackBytes`, or of one that takes an amount known at
  /// run time only.
  LogicalResult verify(const llvm::Module &module, ModuleOp source) const;

private:
  llvm::StringMap<uint64_t> frames;
};

} // namespace mlir::attn

#endif // ATTN_LIB_COMPILER_STACKUSE_H
