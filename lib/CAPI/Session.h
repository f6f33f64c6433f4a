//===- Session.h - what the handles of the C interface are -----*- C++ -*-===//

#ifndef ATTN_LIB_CAPI_SESSION_H
#define ATTN_LIB_CAPI_SESSION_H

#include "attn-c/Compiler.h"
#include "attn/Compiler/Compiler.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/SourceMgr.h"

/// A context, and what is heard while it works. Handlers are called when a
/// step is over, by the thread that called: they may do what they like.
struct attnSession {
  struct Message {
    attnSeverity severity;
    std::string file;
    unsigned line = 0, column = 0;
    std::string text;
  };
  struct Remark {
    std::string kind, category, name, file;
    unsigned line = 0, column = 0;
    std::string text;
  };

  attnSession();
  ~attnSession();

  /// Runs `body` guarded against crashes and hands on what it said. False if it
  /// returned false or crashed, or if the session did so before.
  bool run(llvm::function_ref<bool()> body);
  /// Reports an error about no place in the text.
  bool fail(const llvm::Twine &message);

  /// Leaked after a crash: it is in no state to be destroyed.
  mlir::MLIRContext *context;
  mlir::attn::CompileOptions options;
  std::string step;
  bool isBroken = false;
  /// To test the report: crash when this step begins, and how.
  std::string crashIn, crashBy = "signal";

  attnDiagnosticHandler diagnosticHandler = nullptr;
  void *diagnosticUser = nullptr;
  attnRemarkHandler remarkHandler = nullptr;
  void *remarkUser = nullptr;
  std::vector<Message> messages;
  std::vector<Remark> remarks;
  /// What the last question about the session was answered.
  std::string answer;

private:
  void deliver();
  std::unique_ptr<mlir::attn::CompileObserver> observer;
};

struct attnModule {
  attnSession &session;
  llvm::SourceMgr sourceMgr;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

struct attnArtifact {
  mlir::attn::Artifact artifact;
  std::string header, manifest;
};

#endif // ATTN_LIB_CAPI_SESSION_H
