//===- CudaDriver.h - the driver of NVIDIA GPUs -----------------*- C++ -*-===//
//
// Opens libcuda.so.1 when it is asked for, so that nothing of CUDA is needed to
// build or to start; the few functions that are used are declared here.
//
//   Expected<CudaDriver> driver = CudaDriver::open();   // fails without a GPU
//   Expected<CudaModule> module = driver->load(cubin, "attention");
//   module->launch(launch, threads, sharedBytes, stream);
//
// Errors of the driver are returned with its own words. Calls are made in the
// primary context of device 0.
//
// Covered by test/unittests/Runtime/CudaDriverTest.cpp, on a machine without a
// GPU by the error that says so.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_CUDADRIVER_H
#define ATTN_RUNTIME_CUDADRIVER_H

#include "attn/Compiler/GPUKernel.h"
#include "attn/Runtime/GPULaunch.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <string>

namespace mlir::attn {

/// A stream of the driver, CUstream; null is the default one.
using CudaStream = void *;

/// Memory of the device, freed with the object.
class CudaMemory;
/// A loaded cubin or PTX, unloaded with the object.
class CudaModule;

class CudaDriver {
public:
  /// Fails where there is no driver, or no device.
  static llvm::Expected<CudaDriver> open();

  /// "NVIDIA H100 80GB HBM3, sm_90, 132 multiprocessors".
  const std::string &getDescription() const;
  /// Compute capability as in "sm_90".
  const std::string &getChip() const;

  llvm::Expected<CudaMemory> allocate(size_t bytes) const;
  llvm::Error copyToDevice(char *device, const void *host, size_t bytes) const;
  llvm::Error copyToHost(void *host, const char *device, size_t bytes) const;
  /// Waits for everything that was launched.
  llvm::Error synchronize() const;

  /// Loads a cubin or PTX (which the driver then compiles) and finds `kernel`.
  llvm::Expected<CudaModule> load(llvm::StringRef image,
                                  const GPUKernel &kernel) const;

  struct Functions;

private:
  friend class CudaMemory;
  friend class CudaModule;
  explicit CudaDriver(std::shared_ptr<const Functions> functions)
      : functions(std::move(functions)) {}
  std::shared_ptr<const Functions> functions;
};

class CudaMemory {
public:
  CudaMemory(CudaMemory &&other);
  ~CudaMemory();
  /// An address of the device.
  char *get() const { return address; }

private:
  friend class CudaDriver;
  CudaMemory(CudaDriver driver, char *address)
      : driver(std::move(driver)), address(address) {}
  CudaDriver driver;
  char *address;
};

class CudaModule {
public:
  CudaModule(CudaModule &&other);
  ~CudaModule();

  /// Launches the kernel on `stream` and does not wait. Addresses in `launch`
  /// are the device's.
  llvm::Error launch(const GPULaunch &launch, CudaStream stream) const;
  /// Milliseconds of one launch, by events around `repeat` of them.
  llvm::Expected<double> time(const GPULaunch &launch, unsigned repeat) const;

private:
  friend class CudaDriver;
  CudaModule(CudaDriver driver, void *module, void *function, GPUKernel kernel)
      : driver(std::move(driver)), module(module), function(function),
        kernel(std::move(kernel)) {}
  CudaDriver driver;
  void *module, *function;
  GPUKernel kernel;
};

} // namespace mlir::attn

#endif // ATTN_RUNTIME_CUDADRIVER_H
