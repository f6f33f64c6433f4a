//===- Pipelines.h - the stages from attn to LLVM ---------------*- C++ -*-===//
//
// A pipeline is a list of named stages; every tool runs the same list. `cpu`
// makes fast code, `reference` plain loops that are obviously right, and
// `plain` the same with as few passes as possible, to run what a stage of
// another pipeline left.
//
// Pinned by test/Pipelines/*.mlir.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_PIPELINES_PIPELINES_H
#define ATTN_PIPELINES_PIPELINES_H

#include "mlir/Pass/PassManager.h"
#include <functional>
#include <string>

namespace mlir::attn {

enum class PipelineKind { cpu, reference, plain };

/// Who runs the independent tiles of a kernel.
enum class Threading {
  serial, ///< the calling thread
  openmp, ///< a team of OpenMP's runtime
};

struct PipelineOptions {
  /// See `TargetInfo::parse`.
  std::string target = "native";
  PipelineKind kind = PipelineKind::cpu;
  Threading threading = Threading::serial;
  /// Put in front of every exported name.
  std::string symbolPrefix;
};

/// One stage: its name, and the passes it consists of.
struct Stage {
  llvm::StringLiteral name;
  std::function<void(OpPassManager &)> build;
};

/// cpu: graph, schedule, tile, decompose, vectorize, bufferize, phases,
/// target.
/// reference, plain: graph, loops, bufferize, phases, target.
SmallVector<Stage> getStages(const PipelineOptions &options);

/// Registers `attn-cpu-pipeline`, `attn-reference-pipeline` and
/// `attn-plain-pipeline`, and one pipeline per stage, for attn-opt and for
/// plugins.
void registerPipelines();

} // namespace mlir::attn

#endif // ATTN_PIPELINES_PIPELINES_H
