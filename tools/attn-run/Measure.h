//===- Measure.h - times a kernel ------------------------------*- C++ -*-===//

#ifndef ATTN_RUN_MEASURE_H
#define ATTN_RUN_MEASURE_H

#include "Program.h"

namespace mlir::attn {

/// Times `kernel` on `tensors` as `options` ask, beside the machine's peak, and
/// puts times, work and bandwidth into `report`.
llvm::Error measure(Program &program, const Kernel &kernel,
                    std::vector<HostTensor> &tensors, const RunOptions &options,
                    Progress &progress, RunReport &report);

} // namespace mlir::attn

#endif // ATTN_RUN_MEASURE_H
