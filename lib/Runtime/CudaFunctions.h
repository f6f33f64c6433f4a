//===- CudaFunctions.h - functions of libcuda.so.1 --------------*- C++ -*-===//
//
// The part of the driver's interface that is used, as its manual has it. Names
// with _v2 are those that the header of CUDA maps the plain names to.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_RUNTIME_CUDAFUNCTIONS_H
#define ATTN_LIB_RUNTIME_CUDAFUNCTIONS_H

#include "attn/Runtime/CudaDriver.h"
#include <cstdint>

namespace mlir::attn {

using CudaResult = int;
using CudaAddress = unsigned long long;

/// What the driver makes of a tensor map; passed to kernels by value.
struct alignas(64) CudaTensorMap {
  uint64_t words[16];
};

struct CudaDriver::Functions {
  Functions() = default;
  Functions(const Functions &) = delete;
  ~Functions();

  void *library = nullptr;
  int device = 0;
  std::string description, chip;

  CudaResult (*init)(unsigned flags) = nullptr;
  CudaResult (*getErrorString)(CudaResult, const char **) = nullptr;
  CudaResult (*deviceGet)(int *, int ordinal) = nullptr;
  CudaResult (*deviceGetName)(char *, int length, int device) = nullptr;
  CudaResult (*deviceGetAttribute)(int *, int attribute, int device) = nullptr;
  CudaResult (*primaryContextRetain)(void **, int device) = nullptr;
  CudaResult (*primaryContextRelease)(int device) = nullptr;
  CudaResult (*contextSetCurrent)(void *) = nullptr;
  CudaResult (*contextSynchronize)() = nullptr;
  CudaResult (*memoryAllocate)(CudaAddress *, size_t) = nullptr;
  CudaResult (*memoryFree)(CudaAddress) = nullptr;
  CudaResult (*copyToDevice)(CudaAddress, const void *, size_t) = nullptr;
  CudaResult (*copyToHost)(void *, CudaAddress, size_t) = nullptr;
  CudaResult (*moduleLoadData)(void **, const void *) = nullptr;
  CudaResult (*moduleUnload)(void *) = nullptr;
  CudaResult (*moduleGetFunction)(void **, void *, const char *) = nullptr;
  CudaResult (*functionSetAttribute)(void *, int attribute, int) = nullptr;
  CudaResult (*launchKernel)(void *, unsigned, unsigned, unsigned, unsigned,
                             unsigned, unsigned, unsigned, void *, void **,
                             void **) = nullptr;
  CudaResult (*tensorMapEncodeTiled)(CudaTensorMap *, int type, uint32_t rank,
                                     void *, const uint64_t *sizes,
                                     const uint64_t *strides,
                                     const uint32_t *box,
                                     const uint32_t *elementStrides, int, int,
                                     int, int) = nullptr;
  CudaResult (*eventCreate)(void **, unsigned) = nullptr;
  CudaResult (*eventDestroy)(void *) = nullptr;
  CudaResult (*eventRecord)(void *, void *stream) = nullptr;
  CudaResult (*eventSynchronize)(void *) = nullptr;
  CudaResult (*eventElapsedTime)(float *, void *, void *) = nullptr;

  /// The driver's words for `result`, with what was done; success for 0.
  llvm::Error check(CudaResult result, const char *what) const;
  /// Finds all functions in `library`.
  llvm::Error find();
};

} // namespace mlir::attn

#endif // ATTN_LIB_RUNTIME_CUDAFUNCTIONS_H
