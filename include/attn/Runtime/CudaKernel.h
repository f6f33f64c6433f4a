//===- CudaKernel.h - a kernel on a GPU, with tensors of the host -*- C++ -*-=//
//
// Copies the tensors of a call to the device, runs the kernel and copies its
// outputs back:
//
//   Expected<CudaKernel> kernel = CudaKernel::load(artifact);
//   Error error = kernel->run({&q, &k, &v, &o});
//
// Covered by tools/dev/gpu-check.sh, on machines with a GPU.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_CUDAKERNEL_H
#define ATTN_RUNTIME_CUDAKERNEL_H

#include "attn/Compiler/GPUCompiler.h"
#include "attn/Runtime/CudaDriver.h"
#include "attn/Runtime/HostTensor.h"

namespace mlir::attn {

class CudaKernel {
public:
  /// Fails where there is no GPU, or one that the artifact is not for.
  static llvm::Expected<CudaKernel> load(const GPUArtifact &artifact);

  const Signature &getSignature() const { return signature; }
  const std::string &getDevice() const { return driver.getDescription(); }

  /// Runs the kernel once on `tensors`, inputs and then outputs.
  llvm::Error run(llvm::ArrayRef<HostTensor *> tensors) const;
  /// The same, `repeat` times; milliseconds of one, without the copies.
  llvm::Expected<double> time(llvm::ArrayRef<HostTensor *> tensors,
                              unsigned repeat) const;

private:
  CudaKernel(CudaDriver driver, CudaModule module, GPUKernel kernel,
             Signature signature)
      : driver(std::move(driver)), module(std::move(module)),
        kernel(std::move(kernel)), signature(std::move(signature)) {}

  CudaDriver driver;
  CudaModule module;
  GPUKernel kernel;
  Signature signature;
};

} // namespace mlir::attn

#endif // ATTN_RUNTIME_CUDAKERNEL_H
