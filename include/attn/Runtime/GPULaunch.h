//===- GPULaunch.h - a call as parameters of a kernel -----------*- C++ -*-===//
//
// Makes the grid and the parameters of a kernel from the tensors of a call, as
// `GPUKernel` describes them. The addresses are those of the memory that the
// kernel will see: the GPU's, or the process's for the emulator.
//
// Covered by test/unittests/Runtime/GPULaunchTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_GPULAUNCH_H
#define ATTN_RUNTIME_GPULAUNCH_H

#include "attn/Compiler/GPUKernel.h"
#include "attn/Emulation/TensorMap.h"
#include "llvm/Support/Error.h"

namespace mlir::attn {

/// One argument of the public function. Sizes and strides in elements; for a
/// scalar `data` is the address of its value, in the process.
struct GPUArgument {
  char *data = nullptr;
  unsigned elementBytes = 0;
  std::vector<int64_t> sizes, strides;
};

struct GPULaunch {
  std::array<unsigned, 3> grid;
  /// One entry per parameter: a map, or the bytes of a number or a pointer.
  struct Value {
    TensorMap map;
    uint64_t bits = 0;
  };
  std::vector<Value> values;

  /// Whether there is nothing to do.
  bool isEmpty() const { return grid[0] == 0 || grid[1] == 0 || grid[2] == 0; }
};

/// Fails where a tensor map cannot describe an argument (rows must begin at
/// multiples of 16 bytes) or the grid is too large for the driver.
llvm::Expected<GPULaunch> prepareLaunch(const GPUKernel &kernel,
                                        const Signature &signature,
                                        llvm::ArrayRef<GPUArgument> arguments);

} // namespace mlir::attn

#endif // ATTN_RUNTIME_GPULAUNCH_H
