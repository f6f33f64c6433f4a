//===- CrashReporter.cpp - what a tool says when it crashes ---------------===//
//
// A signal handler may call only what is safe after any corruption, so all text
// is made beforehand and the handler just writes it. It runs on a stack of its
// own, since a stack overflow (deeply nested input) is one of the crashes.
//
// Covered by test/Tools/attn-compile/crash.test.
//
//===----------------------------------------------------------------------===//

#include "attn/Compiler/CrashReporter.h"
#include "attn/Compiler/Version.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace mlir::attn {

struct CrashReporter::State {
  static constexpr size_t kStackSize = 64 * 1024;

  std::string tool;
  std::string command;
  std::string body;       // text of the input or module
  std::string pipeline;   // empty until known
  std::string reproducer; // what is written after a crash
  std::string path;       // where
  char step[256] = "startup";
  char stack[kStackSize];
};

namespace {
/// Set while a reporter exists; handlers can reach nothing else.
CrashReporter::State *active = nullptr;

constexpr int kSignals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE, SIGTRAP};
} // namespace

/// Writes all of `text`, ignoring failure.
static void writeAll(int file, const char *text, size_t size) {
  while (size > 0) {
    ssize_t written = ::write(file, text, size);
    if (written <= 0)
      return;
    text += written;
    size -= static_cast<size_t>(written);
  }
}

static void say(const char *text) { writeAll(2, text, std::strlen(text)); }

/// Saves the reproducer, reports, and ends the process. Uses only functions
/// that are safe in a signal handler.
[[noreturn]] static void reportAndExit(const char *what, const char *step) {
  CrashReporter::State &state = *active;
  int file = ::open(state.path.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
  if (file >= 0) {
    writeAll(file, state.reproducer.data(), state.reproducer.size());
    ::close(file);
  }
  say(state.tool.c_str());
  say(": internal error: ");
  say(what);
  if (*step) {
    say(" in '");
    say(step);
    say("'");
  }
  say("\n");
  say(state.tool.c_str());
  say(file >= 0 ? ": reproducer: " : ": cannot write reproducer: ");
  say(state.path.c_str());
  say("\n");
  ::_exit(kInternalErrorExitCode);
}

static void handleSignal(int signal) {
  char text[] = "signal 00";
  text[sizeof(text) - 3] = static_cast<char>('0' + signal / 10 % 10);
  text[sizeof(text) - 2] = static_cast<char>('0' + signal % 10);
  reportAndExit(text, active->step);
}

static void handleFatalError(void *, const char *reason, bool) {
  reportAndExit(reason, active->step);
}

CrashReporter::CrashReporter(ArrayRef<const char *> commandLine)
    : state(std::make_unique<State>()) {
  state->tool = llvm::sys::path::filename(commandLine.front()).str();
  state->command = llvm::join(commandLine, " ");
  SmallString<128> path;
  llvm::sys::path::system_temp_directory(/*ErasedOnReboot=*/true, path);
  llvm::sys::path::append(path, state->tool + "-" +
                                    Twine(llvm::sys::Process::getProcessId()) +
                                    ".mlir");
  state->path = path.str().str();
  updateReproducer();
  active = state.get();

  stack_t stack = {};
  stack.ss_sp = state->stack;
  stack.ss_size = State::kStackSize;
  ::sigaltstack(&stack, nullptr);
  struct sigaction action = {};
  action.sa_handler = handleSignal;
  action.sa_flags = SA_ONSTACK | SA_RESETHAND | SA_NODEFER;
  for (int signal : kSignals)
    ::sigaction(signal, &action, nullptr);
  llvm::install_fatal_error_handler(handleFatalError);
}

CrashReporter::~CrashReporter() {
  llvm::remove_fatal_error_handler();
  for (int signal : kSignals)
    ::signal(signal, SIG_DFL);
  stack_t none = {};
  none.ss_flags = SS_DISABLE;
  ::sigaltstack(&none, nullptr);
  active = nullptr;
}

void CrashReporter::setSource(StringRef source) {
  state->body = source.str();
  updateReproducer();
}

void CrashReporter::setModule(ModuleOp module) {
  state->body.clear();
  llvm::raw_string_ostream os(state->body);
  module.print(os);
  os << "\n";
  updateReproducer();
}

void CrashReporter::onPipeline(StringRef pipeline) {
  state->pipeline = pipeline.str();
  updateReproducer();
}

void CrashReporter::updateReproducer() {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "// attn " << getVersion() << ", command: " << state->command << "\n";
  os << state->body;
  if (!state->pipeline.empty()) {
    os << "\n{-#\n  external_resources: {\n    mlir_reproducer: {\n"
       << "      pipeline: \"";
    llvm::printEscapedString(state->pipeline, os);
    os << "\",\n      disable_threading: true,\n      verify_each: true\n"
       << "    }\n  }\n#-}\n";
  }
  state->reproducer = std::move(text);
}

void CrashReporter::onStep(StringRef name) {
  size_t size = std::min(name.size(), sizeof(state->step) - 1);
  std::memcpy(state->step, name.data(), size);
  state->step[size] = '\0';
}

void CrashReporter::onInternalError(StringRef message) {
  reportAndExit(message.str().c_str(), "");
}

} // namespace mlir::attn
