//===- Session.cpp - dialects, handlers and crashes of a session ----------===//
//
// Covered by test/CAPI.
//
//===----------------------------------------------------------------------===//

#include "Session.h"
#include "CrashGuard.h"
#include "mlir/IR/Remarks.h"
#include "llvm/Support/ErrorHandling.h"
#include <csignal>
#include <cstdlib>

using namespace mlir;
using namespace mlir::attn;

/// Where `loc` is in a text, or nowhere.
static FileLineColLoc findPlace(Location loc) {
  FileLineColLoc place;
  loc->walk([&](Location part) {
    place = dyn_cast<FileLineColLoc>(part);
    return place ? WalkResult::interrupt() : WalkResult::advance();
  });
  return place;
}

template <typename Entry> static void setPlace(Entry &entry, Location loc) {
  if (FileLineColLoc place = findPlace(loc)) {
    entry.file = place.getFilename().str();
    entry.line = place.getLine();
    entry.column = place.getColumn();
  }
}

static attnSeverity getSeverity(DiagnosticSeverity severity) {
  switch (severity) {
  case DiagnosticSeverity::Error:
    return ATTN_SEVERITY_ERROR;
  case DiagnosticSeverity::Warning:
    return ATTN_SEVERITY_WARNING;
  case DiagnosticSeverity::Remark:
    return ATTN_SEVERITY_REMARK;
  case DiagnosticSeverity::Note:
    return ATTN_SEVERITY_NOTE;
  }
  llvm_unreachable("every severity has a number");
}

static void addMessage(attnSession &session, const Diagnostic &diagnostic) {
  attnSession::Message message;
  message.severity = getSeverity(diagnostic.getSeverity());
  message.text = diagnostic.str();
  setPlace(message, diagnostic.getLocation());
  session.messages.push_back(std::move(message));
}

namespace {
/// Keeps remarks until the step is over.
struct Collector : remark::detail::MLIRRemarkStreamerBase {
  explicit Collector(attnSession &session) : session(session) {}

  void streamOptimizationRemark(const remark::detail::Remark &remark) override {
    attnSession::Remark entry;
    entry.kind = remark.getRemarkTypeString().str();
    entry.category = remark.getCombinedCategoryName().str();
    entry.name = remark.getRemarkName().str();
    for (const remark::detail::Remark::Arg &arg : remark.getArgs()) {
      entry.text += entry.text.empty() ? "" : ", ";
      // The key of plain text.
      entry.text += arg.key == "Remark" ? arg.val : arg.key + " = " + arg.val;
    }
    setPlace(entry, remark.getLocation());
    session.remarks.push_back(std::move(entry));
  }

  attnSession &session;
};

/// Knows which pass runs, for the report of a crash.
struct Observer : CompileObserver {
  explicit Observer(attnSession &session) : session(session) {}
  void onStep(StringRef name) override {
    session.step = name.str();
    if (name != session.crashIn)
      return;
    if (session.crashBy == "signal")
      std::raise(SIGSEGV);
    else if (session.crashBy == "abort")
      std::abort();
    else
      llvm::report_fatal_error("planted");
  }
  void onInternalError(StringRef message) override {
    session.messages.push_back(
        {ATTN_SEVERITY_ERROR, "", 0, 0, "internal error: " + message.str()});
  }

  attnSession &session;
};
} // namespace

/// Remarks cost time, so a context has them only where somebody listens.
static void enableRemarks(attnSession &session) {
  remark::RemarkCategories categories;
  categories.passed = categories.missed = categories.failed =
      categories.analysis = ".*";
  // Fails only where a file cannot be opened.
  (void)remark::enableOptimizationRemarks(
      *session.context, std::make_unique<Collector>(session),
      std::make_unique<remark::RemarkEmittingPolicyAll>(), categories);
}

attnSession::attnSession() : observer(std::make_unique<Observer>(*this)) {
  DialectRegistry registry;
  registerCompilerDialects(registry);
  // Without threads of its own nothing outlives a call, and a process may fork.
  context = new MLIRContext(registry, MLIRContext::Threading::DISABLED);
  context->printOpOnDiagnostic(false);
  context->getDiagEngine().registerHandler([this](Diagnostic &diagnostic) {
    addMessage(*this, diagnostic);
    for (const Diagnostic &note : diagnostic.getNotes())
      addMessage(*this, note);
  });
  options.observer = observer.get();
}

attnSession::~attnSession() {
  if (!isBroken)
    delete context;
}

bool attnSession::fail(const llvm::Twine &message) {
  messages.push_back({ATTN_SEVERITY_ERROR, "", 0, 0, message.str()});
  deliver();
  return false;
}

void attnSession::deliver() {
  // Handlers may call the session again.
  std::vector<Message> reported = std::move(messages);
  std::vector<Remark> remarked = std::move(remarks);
  messages.clear();
  remarks.clear();
  for (const Message &message : reported) {
    attnDiagnostic diagnostic = {message.severity, message.file.c_str(),
                                 static_cast<int32_t>(message.line),
                                 static_cast<int32_t>(message.column),
                                 message.text.c_str()};
    if (diagnosticHandler)
      diagnosticHandler(&diagnostic, diagnosticUser);
  }
  for (const Remark &entry : remarked) {
    attnRemark remark = {entry.kind.c_str(),
                         entry.category.c_str(),
                         entry.name.c_str(),
                         entry.file.c_str(),
                         static_cast<int32_t>(entry.line),
                         static_cast<int32_t>(entry.column),
                         entry.text.c_str()};
    if (remarkHandler)
      remarkHandler(&remark, remarkUser);
  }
}

bool attnSession::run(llvm::function_ref<bool()> body) {
  if (isBroken)
    return fail("expected a session in which the compiler has not crashed");
  if (remarkHandler && !context->getRemarkEngine())
    enableRemarks(*this);
  bool result = false;
  step.clear();
  std::optional<std::string> crash = runGuarded([&] { result = body(); });
  if (crash) {
    isBroken = true;
    return fail("internal error: " + *crash +
                (step.empty() ? "" : " in '" + step + "'"));
  }
  deliver();
  return result;
}

attnSession *attnSessionCreate(void) { return new attnSession; }

void attnSessionDestroy(attnSession *session) { delete session; }

void attnSessionSetDiagnosticHandler(attnSession *session,
                                     attnDiagnosticHandler handler,
                                     void *user) {
  session->diagnosticHandler = handler;
  session->diagnosticUser = user;
}

void attnSessionSetRemarkHandler(attnSession *session,
                                 attnRemarkHandler handler, void *user) {
  session->remarkHandler = handler;
  session->remarkUser = user;
}
