//===- Explain.h - what bounds a structured kernel --------------*- C++ -*-===//
//
// Counts, for one turn of each loop of a kernel's consumers, the clocks of a
// multiprocessor that tensor cores, exp2 and the issue of instructions take,
// and the bytes that the producer loads, from the operations of the loop.
//
// Example, D = 128, 128 x 128: 4096 FLOP a clock make 2048 clocks of S = Q K^T
// and O += P V, 16 exp2 a clock make 1024: tensor cores bound the loop.
//
// Covered by test/Codegen/GPU/explain.mlir.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_GPU_EXPLAIN_H
#define ATTN_CODEGEN_GPU_EXPLAIN_H

#include "attn/Dialect/ATile/IR/ATile.h"
#include "attn/Target/GPUTarget.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::attn::atile {

/// One turn of a loop, for all groups of a block.
struct LoopCost {
  /// Floating-point operations of products.
  int64_t flops = 0;
  /// exp2, tanh, log2 and the like, of all threads.
  int64_t functions = 0;
  /// Instructions of one warp, and of all of them.
  int64_t warpInstructions = 0, instructions = 0;
  /// Bytes loaded into shared memory.
  int64_t bytes = 0;

  int64_t getTensorClocks(const GPUTarget &target) const;
  int64_t getFunctionClocks(const GPUTarget &target) const;
  int64_t getIssueClocks(const GPUTarget &target) const;
  /// The largest of the three.
  int64_t getClocks(const GPUTarget &target) const;
};

/// The loops of the consumers (or of a kernel without roles) that hold
/// products, in the order of the text.
SmallVector<LoopCost> computeLoopCosts(KernelOp kernel);

/// Prints what `computeLoopCosts` finds, beside the shared memory that the
/// kernel takes.
void explain(KernelOp kernel, const GPUTarget &target, raw_ostream &os);

} // namespace mlir::attn::atile

#endif // ATTN_CODEGEN_GPU_EXPLAIN_H
