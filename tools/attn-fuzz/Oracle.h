//===- Oracle.h - whether one input was treated right ----------*- C++ -*-===//

#ifndef ATTN_FUZZ_ORACLE_H
#define ATTN_FUZZ_ORACLE_H

#include "attn/Runtime/Kernel.h"
#include "mlir/IR/BuiltinOps.h"

namespace mlir::attn {

/// How an input ended, if the process lives to tell it.
enum class Outcome {
  unreadable, ///< an error of the parser or verifier
  refused,    ///< an error of a pipeline
  compiled,   ///< compiled; too large to be run, or its results mean nothing
  right,      ///< compiled, run, and as the reference pipeline has it
  wrong,      ///< a fault of the compiler
};
inline constexpr unsigned kNumOutcomes = 5;

struct Verdict {
  Outcome outcome;
  /// The error, or what is wrong.
  std::string message;
};

/// Told what is about to happen, so that a process that dies has said where.
class StepListener {
public:
  virtual ~StepListener() = default;
  virtual void onStep(StringRef name) = 0;
};

/// Steps begin with this while code of the program itself runs, which may ask
/// for elements that are not there, or divide by zero, or never end.
inline constexpr StringLiteral kReferenceStep = "reference run";
inline constexpr StringLiteral kKernelStep = "kernel run";

/// Parses and compiles `text` by the CPU pipeline; if it compiles and its
/// tensors can be small, runs it beside guard pages, on numbers from `seed`,
/// and compares with the reference pipeline.
Verdict judge(StringRef text, uint64_t seed, StepListener &listener);

/// The second half of `judge`, for function number `number` of two artefacts of
/// one module.
Verdict runAndCompare(ModuleOp module, const Artifact &kernel,
                      const Artifact &reference, unsigned number, uint64_t seed,
                      StepListener &listener);

} // namespace mlir::attn

#endif // ATTN_FUZZ_ORACLE_H
