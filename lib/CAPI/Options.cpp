//===- Options.cpp - options of a session, by name ------------------------===//
//
// Covered by test/CAPI/options.test.
//
//===----------------------------------------------------------------------===//

#include "Session.h"
#include "attn/Target/TargetInfo.h"
#include "mlir/IR/Location.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace mlir::attn;

/// Assigns `value` if there is one.
template <typename Value>
static bool assign(Value &option, std::optional<Value> value) {
  if (value)
    option = *value;
  return value.has_value();
}

static bool setOption(attnSession &session, StringRef name, StringRef value,
                      StringRef &expected) {
  CompileOptions &options = session.options;
  if (name == "pipeline") {
    expected = "cpu, reference or plain";
    return assign(options.pipeline,
                  llvm::StringSwitch<std::optional<PipelineKind>>(value)
                      .Case("cpu", PipelineKind::cpu)
                      .Case("reference", PipelineKind::reference)
                      .Case("plain", PipelineKind::plain)
                      .Default(std::nullopt));
  }
  if (name == "threading") {
    expected = "serial or openmp";
    return assign(options.threading,
                  llvm::StringSwitch<std::optional<Threading>>(value)
                      .Case("serial", Threading::serial)
                      .Case("openmp", Threading::openmp)
                      .Default(std::nullopt));
  }
  std::string *text = llvm::StringSwitch<std::string *>(name)
                          .Case("target", &options.target)
                          .Case("symbol-prefix", &options.symbolPrefix)
                          .Case("from-stage", &options.fromStage)
                          .Case("until-after", &options.untilAfter)
                          .Case("dump-stages", &options.dumpStagesDir)
                          .Case("crash-in", &session.crashIn)
                          .Case("crash-by", &session.crashBy)
                          .Default(nullptr);
  if (text)
    *text = value.str();
  return text;
}

int attnSessionSetOption(attnSession *session, const char *name,
                         const char *value) {
  StringRef expected;
  if (setOption(*session, name, value, expected))
    return 1;
  if (expected.empty())
    return session->fail(Twine("expected the name of an option but found '") +
                         name + "'");
  return session->fail(Twine("expected ") + expected + " as '" + name +
                       "' but found '" + value + "'");
}

const char *attnSessionGetTarget(attnSession *session) {
  bool found = session->run([&] {
    FailureOr<TargetInfo> target = TargetInfo::parse(
        session->options.target, UnknownLoc::get(session->context));
    if (failed(target))
      return false;
    session->answer = (target->getTriple().str() + " " + target->getTuneCPU() +
                       " " + target->getFeatureString())
                          .str();
    return true;
  });
  return found ? session->answer.c_str() : nullptr;
}

const char *attnSessionGetPipeline(attnSession *session) {
  bool found = session->run([&] {
    FailureOr<std::string> text =
        printPipeline(*session->context, session->options);
    if (failed(text))
      return false;
    session->answer = std::move(*text);
    return true;
  });
  return found ? session->answer.c_str() : nullptr;
}
