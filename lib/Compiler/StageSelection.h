//===- StageSelection.h - which stages a compilation runs ------*- C++ -*-===//
//
// From `CompileOptions` to the list of stages, with the passes that the user
// added.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_COMPILER_STAGESELECTION_H
#define ATTN_LIB_COMPILER_STAGESELECTION_H

#include "attn/Compiler/Compiler.h"

namespace mlir::attn {

/// A stage and its place in the whole pipeline, counted from 1.
struct SelectedStage {
  Stage stage;
  unsigned number;
};

/// The stages from `options.fromStage` up to `options.untilAfter`. Reports a
/// name that is no stage, and added passes that do not parse, at `loc`.
FailureOr<SmallVector<SelectedStage>>
selectStages(const CompileOptions &options, Location loc);

} // namespace mlir::attn

#endif // ATTN_LIB_COMPILER_STAGESELECTION_H
