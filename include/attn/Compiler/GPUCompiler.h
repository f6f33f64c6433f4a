//===- GPUCompiler.h - from a module to a GPU kernel -----------*- C++ -*-===//
//
// The way from `attn` text, or from kernels of `atile`, to what a GPU or the
// emulator runs. Both begin with the same module of atile:
//
//   FailureOr<OwningOpRef<ModuleOp>> kernels = buildKernels(module, options);
//   FailureOr<GPUArtifact> ptx = compileForGPU(**kernels, EmitKind::ptx,
//   options); FailureOr<GPUArtifact> code = compileForEmulation(**kernels,
//   options);
//
// Covered by test/Tools/attn-compile/gpu-*.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_COMPILER_GPUCOMPILER_H
#define ATTN_COMPILER_GPUCOMPILER_H

#include "attn/Compiler/Compiler.h"
#include "attn/Compiler/GPUKernel.h"

namespace mlir::attn {

/// A kernel and how to launch it.
struct GPUArtifact {
  /// PTX, a cubin, text, or an object for the emulator.
  std::string bytes;
  GPUKernel kernel;
  /// Of the public function that the kernel implements.
  Signature signature;
  /// What ptxas said, of a cubin.
  std::string report;
};

/// The module of atile that `module` becomes for `options.target`: itself if it
/// holds kernels already.
FailureOr<OwningOpRef<ModuleOp>> buildKernels(ModuleOp module,
                                              const CompileOptions &options);

/// PTX, cubin, manifest, header or (`EmitKind::llvm`, `mlir`) what they are
/// made of, of the only kernel in `kernels`, which is left as it was.
FailureOr<GPUArtifact> compileForGPU(ModuleOp kernels, EmitKind emit,
                                     const CompileOptions &options);

/// An object for the emulator on this machine.
FailureOr<GPUArtifact> compileForEmulation(ModuleOp kernels,
                                           const CompileOptions &options);

} // namespace mlir::attn

#endif // ATTN_COMPILER_GPUCOMPILER_H
