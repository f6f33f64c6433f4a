//===- GPUKernel.h - what a host needs to launch a kernel -------*- C++ -*-===//
//
// Read off an `atile.kernel`: grid, block, shared memory and how each parameter
// is made of the arguments of the public function that the kernel implements.
// The emulator, the CUDA runtime, the JSON manifest and the C header all come
// from this.
//
//   GPUKernel kernel = describeKernel(op);
//   kernel.threads                          // 384
//   kernel.grid[0]                          // "s0 127 + 128 floordiv"
//   kernel.parameters[0].map->box           // {64, 128, 1, 1}
//
// Covered by test/Tools/attn-compile/gpu-manifest.mlir and
// test/unittests/Compiler/GPUKernelTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_COMPILER_GPUKERNEL_H
#define ATTN_COMPILER_GPUKERNEL_H

#include "attn/Compiler/Signature.h"
#include <array>
#include <optional>
#include <string>
#include <vector>

namespace mlir::attn {

namespace atile {
class KernelOp;
} // namespace atile

/// How a CUtensorMap is encoded: cuTensorMapEncodeTiled's arguments that do not
/// depend on the call. No interleaving, element strides 1, swizzle 128B, zeros
/// outside.
struct GPUTensorMap {
  /// Element type as in `ArgumentInfo::dtype`.
  std::string dtype;
  /// The dimension of the argument that each dimension of the map is, the
  /// contiguous one first. -1 for one of size 1 that the argument lacks.
  std::array<int64_t, 4> dims;
  std::array<int64_t, 4> box;
};

enum class GPUParameterKind { map, data, size, stride, scalar };

/// One parameter of a kernel.
struct GPUParameter {
  GPUParameterKind kind;
  /// The argument of the public function that it comes from.
  unsigned argument;
  /// Of a size or stride: the dimension.
  unsigned dim;
  /// How it is passed: "map", "ptr", "i32", "i64", "f32", ....
  std::string type;
  /// Place in the kernel's parameter memory.
  unsigned offset, bytes;
  std::optional<GPUTensorMap> map;
};

struct GPUKernel {
  std::string name;
  unsigned threads;
  /// Dynamic shared memory of a block. More than 48 KiB must be asked for by
  /// CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES.
  unsigned sharedBytes;
  /// Registers of a thread at entry, as ptxas gives them to a kernel with
  /// roles.
  unsigned registers;
  /// The number of blocks in x, y, z as postfix expressions of integers,
  /// symbols s0, s1, ... and the operators + * mod floordiv ceildiv; s0 is the
  /// first of `parameters` that is a size, and so on.
  std::array<std::string, 3> grid;
  std::vector<GPUParameter> parameters;
};

GPUKernel describeKernel(atile::KernelOp kernel);

/// The signature of the public function that `kernel` implements, if it says
/// so, with the names arg0, ..., result0, ....
std::optional<Signature> describeSignature(atile::KernelOp kernel);

llvm::StringRef spelling(GPUParameterKind kind);

/// The value of a postfix expression of `GPUKernel::grid`, with the sizes that
/// s0, s1, ... stand for.
int64_t evaluateGrid(llvm::StringRef expression,
                     llvm::ArrayRef<int64_t> symbols);

} // namespace mlir::attn

#endif // ATTN_COMPILER_GPUKERNEL_H
