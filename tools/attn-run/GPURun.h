//===- GPURun.h - running a kernel of a GPU --------------------*- C++ -*-===//

#ifndef ATTN_RUN_GPURUN_H
#define ATTN_RUN_GPURUN_H

#include "Program.h"
#include "attn/Runtime/CudaKernel.h"
#include "attn/Runtime/EmulatedKernel.h"

namespace mlir::attn {

/// The program, compiled for the GPU of `--target`: run there or, with
/// `--emulate`, by the emulator.
class GPUProgram {
public:
  static llvm::Expected<GPUProgram> create(Program &program,
                                           const RunOptions &options);

  const Signature &getSignature() const {
    return emulated ? emulated->getSignature() : device->getSignature();
  }

  /// Runs it once or, in the emulator, `--emulation-runs` times, each with
  /// another seed. Fails where the kernel breaks a rule, or where two runs give
  /// different bits.
  llvm::Error run(std::vector<HostTensor> &tensors);
  /// Milliseconds of a run on the GPU.
  llvm::Expected<double> time(std::vector<HostTensor> &tensors);
  /// What it runs on.
  std::string getDevice() const {
    return emulated ? "emulator" : device->getDevice();
  }

private:
  explicit GPUProgram(const RunOptions &options) : options(options) {}
  llvm::Error emulate(std::vector<HostTensor> &tensors);

  std::optional<EmulatedKernel> emulated;
  std::optional<CudaKernel> device;
  const RunOptions &options;
};

} // namespace mlir::attn

#endif // ATTN_RUN_GPURUN_H
