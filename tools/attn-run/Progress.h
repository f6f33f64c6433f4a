//===- Progress.h - says what takes long -----------------------*- C++ -*-===//

#ifndef ATTN_RUN_PROGRESS_H
#define ATTN_RUN_PROGRESS_H

#include "llvm/ADT/StringRef.h"
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace mlir::attn {

/// Writes a line to stderr about a step that has taken more than a second, and
/// from then on whenever its duration has doubled:
///
///   attn-run: running the reference pipeline, 2 s
///
/// On a terminal the line replaces itself and vanishes in the end. A thread of
/// its own does so, since a kernel cannot be asked how far it is.
class Progress {
public:
  Progress();
  ~Progress();

  /// Begins the next step.
  void start(llvm::StringRef step);
  /// Changes the text of the current step.
  void update(llvm::StringRef step);
  /// Ends the current step: from here on nothing is written.
  void stop();

private:
  using Clock = std::chrono::steady_clock;
  void watch();
  void write();
  void erase();

  std::mutex mutex;
  std::condition_variable changed;
  std::string step;
  Clock::time_point begin, next;
  bool isTerminal;
  bool isRunning = false, isOver = false, hasLine = false;
  std::thread watcher;
};

} // namespace mlir::attn

#endif // ATTN_RUN_PROGRESS_H
