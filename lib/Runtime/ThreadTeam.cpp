//===- ThreadTeam.cpp - Threads that start together -----------------------===//
//
// Covered by test/unittests/Runtime/PeakTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "ThreadTeam.h"
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace mlir::attn {

double runTeam(unsigned threads, llvm::function_ref<void(unsigned)> work) {
  std::atomic<unsigned> waiting{0};
  std::atomic<bool> go{false};
  std::vector<std::thread> team;
  for (unsigned thread = 1; thread < threads; ++thread)
    team.emplace_back([&, thread] {
      ++waiting;
      while (!go)
        std::this_thread::yield();
      work(thread);
    });
  while (waiting != threads - 1)
    std::this_thread::yield();
  auto start = std::chrono::steady_clock::now();
  go = true;
  work(0);
  for (std::thread &thread : team)
    thread.join();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
      .count();
}

} // namespace mlir::attn
