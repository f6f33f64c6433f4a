//===- Registration.cpp - pipelines and stages by name --------------------===//
//
//   attn-opt --attn-cpu-pipeline=target=x86-64-v4
//   attn-opt --attn-cpu-stage-tile
//
//===----------------------------------------------------------------------===//

#include "Common.h"
#include "attn/Pipelines/GPU.h"
#include "mlir/Pass/PassRegistry.h"

namespace mlir::attn {

namespace {
/// The flags of a registered pipeline; defaults are those of PipelineOptions.
struct PipelineFlags : PassPipelineOptions<PipelineFlags> {
  Option<std::string> target{
      *this, "target",
      llvm::cl::desc("CPU and features to compile for (default: native)"),
      llvm::cl::init("native")};
  Option<bool> openmp{
      *this, "openmp",
      llvm::cl::desc("run independent tiles on an OpenMP team (default: on the "
                     "calling thread)"),
      llvm::cl::init(false)};
  Option<std::string> symbolPrefix{
      *this, "symbol-prefix",
      llvm::cl::desc("put in front of every exported name (default: empty)"),
      llvm::cl::init("")};

  PipelineOptions get(PipelineKind kind) const {
    PipelineOptions options;
    options.target = target;
    options.kind = kind;
    options.threading = openmp ? Threading::openmp : Threading::serial;
    options.symbolPrefix = symbolPrefix;
    return options;
  }
};

/// The flag of the pipeline for GPUs.
struct GPUPipelineFlags : PassPipelineOptions<GPUPipelineFlags> {
  Option<std::string> target{
      *this, "target",
      llvm::cl::desc("GPU to compile for: sm_80 or sm_90a (default)"),
      llvm::cl::init("sm_90a")};
};
} // namespace

static void registerKind(PipelineKind kind, StringRef prefix,
                         StringRef summary) {
  PassPipelineRegistration<PipelineFlags>(
      (prefix + "-pipeline").str(), summary,
      [kind](OpPassManager &pm, const PipelineFlags &flags) {
        for (const Stage &stage : getStages(flags.get(kind)))
          stage.build(pm);
      });
  PipelineOptions defaults;
  defaults.kind = kind;
  for (auto [index, stage] : llvm::enumerate(getStages(defaults))) {
    std::string description =
        (summary + ", stage " + stage.name + " only").str();
    PassPipelineRegistration<PipelineFlags>(
        (prefix + "-stage-" + stage.name).str(), description,
        [kind, index = index](OpPassManager &pm, const PipelineFlags &flags) {
          getStages(flags.get(kind))[index].build(pm);
        });
  }
}

void registerPipelines() {
  registerKind(PipelineKind::cpu, "attn-cpu", "attn to fast CPU code");
  registerKind(PipelineKind::reference, "attn-reference",
               "attn to plain loops");
  registerKind(PipelineKind::plain, "attn-plain",
               "attn to plain loops by the fewest passes");
  PassPipelineRegistration<GPUPipelineFlags>(
      "attn-gpu-pipeline", "attn to structured kernels for a GPU",
      [](OpPassManager &pm, const GPUPipelineFlags &flags) {
        buildGPUPipeline(pm, flags.target);
      });
}

} // namespace mlir::attn
