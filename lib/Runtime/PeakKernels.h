//===- PeakKernels.h - The loops that show a CPU's peak ---------*- C++ -*-===//
//
// Private to lib/Runtime; see Peak.h for what is measured with them.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_RUNTIME_PEAKKERNELS_H
#define ATTN_LIB_RUNTIME_PEAKKERNELS_H

#include "attn/Runtime/Peak.h"

namespace llvm {
class Module;
} // namespace llvm

namespace mlir::attn {

/// Instructions of a mix in one iteration of its loop.
constexpr int64_t kMixInstructionsPerIteration = 48;
/// Bytes of initial values that a mix reads at its pointer.
constexpr int64_t kMixDataBytes = 64 * 14;
/// Bytes that one iteration of the read loop takes.
constexpr int64_t kReadBytesPerIteration = 512;

using MixFunction = void(int64_t iterations, void *data);
using ReadFunction = int64_t(const void *data, int64_t iterations);

/// The mixes that a CPU with these features has, narrow ones first. `has` says
/// whether LLVM's feature of that name is present.
std::vector<InstructionMix>
enumerateMixes(llvm::function_ref<bool(llvm::StringRef)> has);

/// Adds `void name(i64 iterations, ptr data)`: a loop of the mix's instruction
/// on twelve accumulators. The accumulators end up added to `data`, so that
/// nothing is optimised away.
void buildMixFunction(llvm::Module &module, llvm::StringRef name,
                      const InstructionMix &mix);

/// Adds `i64 name(ptr data, i64 iterations)`: reads consecutive memory in
/// vectors of `vectorBits` and returns a checksum.
void buildReadFunction(llvm::Module &module, llvm::StringRef name,
                       int64_t vectorBits);

} // namespace mlir::attn

#endif // ATTN_LIB_RUNTIME_PEAKKERNELS_H
