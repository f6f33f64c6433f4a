//===- GPUTarget.cpp - what a GPU target offers ---------------------------===//
//
// Figures: NVIDIA, "CUDA C++ Programming Guide", compute capabilities, and the
// white papers of A100 and H100.
//
//===----------------------------------------------------------------------===//

#include "attn/Target/GPUTarget.h"

namespace mlir::attn {

FailureOr<GPUTarget> GPUTarget::parse(llvm::StringRef spec, Location loc) {
  return parse(spec,
               [&](const llvm::Twine &message) { emitError(loc, message); });
}

FailureOr<GPUTarget> GPUTarget::parse(llvm::StringRef spec,
                                      EmitError emitError) {
  if (spec == "sm_80")
    return GPUTarget(Chip::SM80);
  if (spec == "sm_90a")
    return GPUTarget(Chip::SM90a);
  emitError("unknown GPU '" + spec + "'; expected 'sm_80' or 'sm_90a'");
  return failure();
}

llvm::StringRef GPUTarget::getChip() const {
  return chip == Chip::SM90a ? "sm_90a" : "sm_80";
}

llvm::StringRef GPUTarget::getFeatures() const {
  return chip == Chip::SM90a ? "+ptx86" : "+ptx80";
}

bool GPUTarget::hasWarpgroups() const { return chip == Chip::SM90a; }

int64_t GPUTarget::getSharedBytes() const {
  return chip == Chip::SM90a ? 227 * 1024 : 163 * 1024;
}

int64_t GPUTarget::getNumMultiprocessors() const {
  return chip == Chip::SM90a ? 132 : 108;
}

int64_t GPUTarget::getTensorFlops() const {
  return chip == Chip::SM90a ? 4096 : 2048;
}

} // namespace mlir::attn
