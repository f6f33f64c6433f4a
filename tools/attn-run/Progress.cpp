//===- Progress.cpp - says what takes long --------------------------------===//
//
// Covered by test/Tools/attn-run/progress.mlir.
//
//===----------------------------------------------------------------------===//

#include "Progress.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir::attn;

Progress::Progress()
    : isTerminal(llvm::errs().is_displayed()), watcher([this] { watch(); }) {}

Progress::~Progress() {
  stop();
  {
    std::lock_guard<std::mutex> lock(mutex);
    isOver = true;
  }
  changed.notify_one();
  watcher.join();
}

void Progress::start(llvm::StringRef text) {
  stop();
  {
    std::lock_guard<std::mutex> lock(mutex);
    step = text.str();
    begin = Clock::now();
    next = begin + std::chrono::seconds(1);
    isRunning = true;
  }
  changed.notify_one();
}

void Progress::update(llvm::StringRef text) {
  std::lock_guard<std::mutex> lock(mutex);
  step = text.str();
}

void Progress::stop() {
  std::lock_guard<std::mutex> lock(mutex);
  isRunning = false;
  erase();
}

void Progress::watch() {
  std::unique_lock<std::mutex> lock(mutex);
  while (!isOver) {
    if (!isRunning) {
      changed.wait(lock);
    } else if (changed.wait_until(lock, next) == std::cv_status::timeout &&
               isRunning) {
      write();
      Clock::duration elapsed = Clock::now() - begin;
      next = begin +
             (isTerminal ? elapsed + std::chrono::seconds(1) : 2 * elapsed);
    }
  }
}

void Progress::write() {
  erase();
  auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - begin);
  llvm::errs() << "attn-run: " << step << ", " << seconds.count() << " s";
  if (!isTerminal)
    llvm::errs() << "\n";
  llvm::errs().flush();
  hasLine = isTerminal;
}

void Progress::erase() {
  if (hasLine)
    llvm::errs() << "\r\033[K";
  hasLine = false;
}
