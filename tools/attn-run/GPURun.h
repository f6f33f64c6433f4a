//===- GPURun.h - running a kernel of a GPU --------------------*- C++ -*-===//

#ifndef ATTN_RUN_GPURUN_H
#define ATTN_RUN_GPURUN_H

#include "Program.h"
#include "attn/Runtime/EmulatedKernel.h"

namespace mlir::attn {

/// The program, compiled for the GPU of `--target` and run by the emulator.
class GPUProgram {
public:
  static llvm::Expected<GPUProgram> create(Program &program,
                                           const RunOptions &options);

  const Signature &getSignature() const { return kernel.getSignature(); }

  /// Runs it `--emulation-runs` times, each with another seed. Fails where the
  /// kernel breaks a rule, or where two runs give different bits.
  llvm::Error run(const std::vector<HostTensor> &tensors);

private:
  GPUProgram(EmulatedKernel kernel, const RunOptions &options)
      : kernel(std::move(kernel)), options(options) {}

  EmulatedKernel kernel;
  const RunOptions &options;
};

} // namespace mlir::attn

#endif // ATTN_RUN_GPURUN_H
