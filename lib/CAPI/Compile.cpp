//===- Compile.cpp - modules and artefacts of the C interface -------------===//
//
// Covered by test/CAPI/compile.test.
//
//===----------------------------------------------------------------------===//

#include "Session.h"
#include "attn/Compiler/Header.h"
#include "attn/Compiler/Manifest.h"
#include "attn/Compiler/Status.h"
#include "attn/Compiler/Version.h"
#include "attn/Runtime/WorkEstimate.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Config/llvm-config.h"

using namespace mlir;
using namespace mlir::attn;

int32_t attnGetAPIVersion(void) { return ATTN_C_API_VERSION; }
const char *attnGetVersion(void) { return getVersion().data(); }
const char *attnGetLLVMVersion(void) { return LLVM_VERSION_STRING; }
int32_t attnGetABIVersion(void) { return kABIVersion; }

attnModule *attnModuleParse(attnSession *session, const char *text, size_t size,
                            const char *name) {
  auto module = std::make_unique<attnModule>(attnModule{*session, {}, {}});
  bool parsed = session->run([&] {
    session->step = "parsing";
    module->sourceMgr.AddNewSourceBuffer(
        llvm::MemoryBuffer::getMemBufferCopy(StringRef(text, size), name),
        SMLoc());
    module->module = parseSource(module->sourceMgr, *session->context);
    return static_cast<bool>(module->module);
  });
  if (parsed)
    return module.release();
  attnModuleDestroy(module.release());
  return nullptr;
}

void attnModuleDestroy(attnModule *module) {
  // After a crash the module is in no state to be destroyed.
  if (module && module->session.isBroken)
    (void)module->module.release();
  delete module;
}

int attnModuleEstimateWork(attnModule *module, const char *function,
                           const attnCallArgument *inputs, int32_t numInputs,
                           attnWork *work) {
  attnSession &session = module->session;
  std::string error;
  bool done = session.run([&] {
    SmallVector<CallArgument> arguments;
    for (const attnCallArgument &input : ArrayRef(inputs, numInputs)) {
      CallArgument argument;
      if (input.rank < 0)
        argument.value = input.value;
      else
        argument.sizes.assign(input.sizes, input.sizes + input.rank);
      arguments.push_back(std::move(argument));
    }
    llvm::Expected<WorkEstimate> estimate = estimateWork(
        *module->module, function, arguments, session.options.target);
    // Those of the schedule, which compiling reports.
    session.remarks.clear();
    if (!estimate) {
      error = llvm::toString(estimate.takeError());
      return false;
    }
    TileCounts tiles = estimate->tiles.value_or(TileCounts{-1, -1, -1});
    *work = {estimate->flops, estimate->isExact, tiles.empty, tiles.full,
             tiles.partial};
    return true;
  });
  return done || (error.empty() ? false : session.fail(error));
}

/// What `attn-compile --emit` calls `kind`.
static std::optional<EmitKind> getEmitKind(StringRef kind) {
  return llvm::StringSwitch<std::optional<EmitKind>>(kind)
      .Case("mlir", EmitKind::mlir)
      .Case("llvm", EmitKind::llvm)
      .Case("asm", EmitKind::asm_)
      .Case("obj", EmitKind::obj)
      .Case("shared", EmitKind::shared)
      .Default(std::nullopt);
}

/// Header and manifest of what was compiled, unless that stopped before the
/// signatures are known. The last stage gives functions their exported names.
static void describe(attnArtifact &result, const CompileOptions &options) {
  const std::vector<Signature> &functions = result.artifact.functions;
  FailureOr<TargetInfo> target =
      TargetInfo::parse(options.target, [](const Twine &) {});
  if (functions.empty() || failed(target))
    return;
  result.header = emitHeader(
      functions,
      (target->getTriple().str() + ", " + target->getTuneCPU()).str());
  result.manifest = emitManifest(functions, *target, options.threading);
}

attnArtifact *attnModuleCompile(attnModule *module, const char *kind) {
  attnSession &session = module->session;
  std::optional<EmitKind> emit = getEmitKind(kind);
  if (!emit) {
    session.fail(Twine("expected mlir, llvm, asm, obj or shared to be asked "
                       "for but found '") +
                 kind + "'");
    return nullptr;
  }
  auto result = std::make_unique<attnArtifact>();
  bool done = session.run([&] {
    CompileOptions options = session.options;
    options.emit = *emit;
    FailureOr<Artifact> artifact = compile(*module->module, options);
    if (failed(artifact))
      return false;
    result->artifact = std::move(*artifact);
    describe(*result, options);
    return true;
  });
  return done ? result.release() : nullptr;
}

void attnArtifactDestroy(attnArtifact *artifact) { delete artifact; }

static attnString toString(const std::string &text) {
  return {text.empty() ? nullptr : text.c_str(), text.size()};
}

attnString attnArtifactGetBytes(const attnArtifact *artifact) {
  return toString(artifact->artifact.bytes);
}
attnString attnArtifactGetHeader(const attnArtifact *artifact) {
  return toString(artifact->header);
}
attnString attnArtifactGetManifest(const attnArtifact *artifact) {
  return toString(artifact->manifest);
}
