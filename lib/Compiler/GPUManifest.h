//===- GPUManifest.h - kernels for other runtimes to launch -----*- C++ -*-===//

#ifndef ATTN_LIB_COMPILER_GPUMANIFEST_H
#define ATTN_LIB_COMPILER_GPUMANIFEST_H

#include "attn/Compiler/GPUKernel.h"

namespace mlir::attn {

/// Everything that a launch through the driver needs, as JSON and as constants
/// of C. docs/GPULaunch.md describes both.
std::string emitGPUManifest(const GPUKernel &kernel, const Signature &signature,
                            StringRef target);
std::string emitGPUHeader(const GPUKernel &kernel, const Signature &signature,
                          StringRef target);

} // namespace mlir::attn

#endif // ATTN_LIB_COMPILER_GPUMANIFEST_H
