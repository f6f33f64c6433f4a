//===- EmulatedKernel.h - a GPU kernel, run by the emulator -----*- C++ -*-===//
//
// Loads what `compileForEmulation` wrote into this process and runs it on
// tensors of the process:
//
//   Expected<EmulatedKernel> kernel = EmulatedKernel::load(artifact);
//   Expected<EmulationReport> report = kernel->run({&q, &k, &v, &o}, options);
//
// Covered by test/Integration/GPU.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_EMULATEDKERNEL_H
#define ATTN_RUNTIME_EMULATEDKERNEL_H

#include "attn/Compiler/GPUCompiler.h"
#include "attn/Emulation/Emulator.h"
#include "attn/Runtime/GPULaunch.h"
#include "attn/Runtime/HostTensor.h"

namespace mlir::attn {

/// The tensors of a call, inputs and then outputs, as a launch sees them.
std::vector<GPUArgument>
describeArguments(const Signature &signature,
                  llvm::ArrayRef<HostTensor *> tensors);

class EmulatedKernel {
public:
  static llvm::Expected<EmulatedKernel> load(const GPUArtifact &artifact);
  EmulatedKernel(EmulatedKernel &&);
  ~EmulatedKernel();

  const Signature &getSignature() const;

  /// Runs the kernel once. Fails where it cannot be launched so, and, with the
  /// first one, where the kernel broke a rule of the machine.
  llvm::Expected<EmulationReport> run(llvm::ArrayRef<HostTensor *> tensors,
                                      const EmulationOptions &options);

private:
  struct State;
  explicit EmulatedKernel(std::unique_ptr<State> state);
  std::unique_ptr<State> state;
};

} // namespace mlir::attn

#endif // ATTN_RUNTIME_EMULATEDKERNEL_H
