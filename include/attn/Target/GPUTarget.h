//===- GPUTarget.h - what a GPU target offers -------------------*- C++ -*-===//
//
// The GPU counterpart of TargetInfo: one object that answers every question
// about the multiprocessor that code is generated for. Nothing else in the
// compiler looks at names of chips.
//
// Example: GPUTarget::parse("sm_90a", emitError) loads tiles by itself, has
// products of warpgroups and 232,448 bytes of shared memory for a block.
//
// Covered by test/unittests/Target/GPUTargetTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TARGET_GPUTARGET_H
#define ATTN_TARGET_GPUTARGET_H

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"

namespace mlir::attn {

/// A GPU target. Figures per clock are those of one multiprocessor.
class GPUTarget {
public:
  using EmitError = llvm::function_ref<void(const llvm::Twine &)>;

  /// Whether `spec` names a GPU at all (it begins with "sm_").
  static bool isGPU(llvm::StringRef spec) { return spec.starts_with("sm_"); }
  /// Parses `sm_80` or `sm_90a`. Reports any other name through `emitError`.
  static FailureOr<GPUTarget> parse(llvm::StringRef spec, EmitError emitError);
  /// Same, reporting errors at `loc`.
  static FailureOr<GPUTarget> parse(llvm::StringRef spec, Location loc);

  /// The chip as LLVM and ptxas call it, e.g. "sm_90a".
  llvm::StringRef getChip() const;
  /// LLVM's features: the version of PTX that the instructions need.
  llvm::StringRef getFeatures() const;

  /// The tensor memory accelerator and products of warpgroups.
  bool hasWarpgroups() const;
  /// Shared memory that one block may have, in bytes.
  int64_t getSharedBytes() const;
  /// 32-bit registers of a multiprocessor, and at most of a thread.
  int64_t getRegisters() const { return 65536; }
  int64_t getMaxThreadRegisters() const { return 255; }

  /// Multiprocessors of the largest product with this chip.
  int64_t getNumMultiprocessors() const;
  /// 16-bit floating-point operations of the tensor cores per clock.
  int64_t getTensorFlops() const;
  /// exp2 per clock.
  int64_t getExp2() const { return 16; }
  /// Warp instructions issued per clock.
  int64_t getIssueSlots() const { return 4; }

private:
  enum class Chip { SM80, SM90a };
  explicit GPUTarget(Chip chip) : chip(chip) {}

  Chip chip;
};

} // namespace mlir::attn

#endif // ATTN_TARGET_GPUTARGET_H
