//===- Bisect.h - finds the stage that breaks a result ---------*- C++ -*-===//
//
// Each state of a module between the text and machine code is finished by the
// plain pipeline, which has nothing of the stages in question: attention that
// is left becomes loops over its formula, vectors become scalars, copies and
// buffers are made without analysis of ours. The first state whose result
// departs tells the stage, and in that stage the pass.
//
// Covered by test/Tools/attn-run/bisect*.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUN_BISECT_H
#define ATTN_RUN_BISECT_H

#include "Program.h"

namespace mlir::attn {

/// What the search found.
struct BisectReport {
  /// What a stage or a pass left.
  struct State {
    std::string stage;
    /// The pass and the function it ran on; empty for the whole stage.
    std::string pass, function;
    std::vector<OutputReport> outputs;
    /// Why it could not be run; empty if it could.
    std::string error;

    /// False where an output is out of tolerance.
    bool agrees() const;
  };
  /// After each stage, up to the first that departs; then after some passes of
  /// that stage, by halving.
  std::vector<State> states;
  /// Passes before the first that departs whose states could not be run, so
  /// that the fault may be theirs.
  std::vector<std::string> suspects;

  /// The first pass that departs, else the first stage; null if none does.
  const State *getCulprit() const;
};

/// Searches the pipeline that `program` is compiled by. `tensors` are the
/// arguments of the call, and `references` its outputs, in their order.
llvm::Expected<BisectReport>
bisectStages(Program &program, const std::vector<HostTensor> &tensors,
             const std::vector<HostTensor> &references);

/// One line for each state, and the verdict.
void printText(llvm::raw_ostream &os, const BisectReport &report);
llvm::json::Object toJSON(const BisectReport &report);

} // namespace mlir::attn

#endif // ATTN_RUN_BISECT_H
