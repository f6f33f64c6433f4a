//===- Variants.h - one object for several CPUs ----------------*- C++ -*-===//
//
// The same functions compiled for several targets, and the choice between them
// when they are called.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_COMPILER_VARIANTS_H
#define ATTN_LIB_COMPILER_VARIANTS_H

#include "attn/Compiler/Signature.h"
#include "attn/Target/TargetInfo.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/IR/Module.h"

namespace mlir::attn {

/// A module on its way to machine code for one target.
struct TargetVariant {
  /// The target as it was asked for, see `TargetInfo::parse`.
  std::string spec;
  TargetInfo target;
  OwningOpRef<ModuleOp> module;
};

/// Parses a list of targets (see `splitTargets`), without modules. Reports at
/// `loc` what `TargetInfo::parse` does, a target that occurs twice, and several
/// targets whose instructions cannot be told apart at run time.
FailureOr<SmallVector<TargetVariant>> parseVariants(StringRef specs,
                                                    Location loc);

/// One module of those that the variants were translated to. Of several, each
/// exported function becomes internal, and a function of its name calls the
/// last one in the list whose instructions the CPU has, or else the first,
/// which tells its caller that the CPU lacks them.
std::unique_ptr<llvm::Module>
joinVariants(ArrayRef<TargetVariant> variants,
             MutableArrayRef<std::unique_ptr<llvm::Module>> modules);

/// What is known of the phases of all variants of a function: numbers in which
/// they differ are known in the call only. Nothing if their phases differ in
/// number.
std::optional<PhaseInfo> joinPhases(ArrayRef<PhaseInfo> phases);

} // namespace mlir::attn

#endif // ATTN_LIB_COMPILER_VARIANTS_H
