//===- Harness.h - small kernels written in C++ -----------------*- C++ -*-===//
//
// A kernel is a function of the thread that runs it; the calls of Calls.h are
// its hardware.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TEST_UNITTESTS_EMULATION_HARNESS_H
#define ATTN_TEST_UNITTESTS_EMULATION_HARNESS_H

#include "attn/Emulation/Calls.h"
#include "attn/Emulation/Emulator.h"
#include "attn/Emulation/TensorMap.h"
#include "gtest/gtest.h"
#include <functional>

namespace mlir::attn::emulation::test {

using ThreadFunction = std::function<void(void *thread)>;

struct Shape {
  unsigned threads = 32;
  unsigned sharedBytes = 64 * 1024;
  unsigned registers = 0;
  std::array<unsigned, 3> grid = {1, 1, 1};
};

inline EmulationReport run(Shape shape, const ThreadFunction &function,
                           EmulationOptions options = {}) {
  llvm::Expected<Emulator> emulator = Emulator::create();
  if (!emulator) {
    ADD_FAILURE() << llvm::toString(emulator.takeError());
    return {};
  }
  void *parameters[] = {const_cast<ThreadFunction *>(&function)};
  Emulator::Launch launch;
  launch.kernel = [](void *thread, void **parameters) {
    (*static_cast<ThreadFunction *>(parameters[0]))(thread);
  };
  launch.parameters = parameters;
  launch.grid = shape.grid;
  launch.threads = shape.threads;
  launch.sharedBytes = shape.sharedBytes;
  launch.registers = shape.registers;
  return emulator->run(launch, options);
}

/// The report's only fault in words, "race: ..."; empty if there is none.
inline std::string getFault(const EmulationReport &report) {
  if (report.faults.empty())
    return "";
  return (spelling(report.faults.front().kind) + ": " +
          report.faults.front().message)
      .str();
}

inline void expectClean(const EmulationReport &report) {
  EXPECT_EQ(getFault(report), "");
}

/// The fault must be of `kind` and contain `text`.
inline void expectFault(const EmulationReport &report, FaultKind kind,
                        const char *text = "") {
  ASSERT_EQ(report.faults.size(), 1u);
  EXPECT_EQ(report.faults.front().kind, kind) << getFault(report);
  EXPECT_NE(report.faults.front().message.find(text), std::string::npos)
      << getFault(report);
}

inline char *at(int32_t address) {
  return reinterpret_cast<char *>(
      static_cast<uintptr_t>(static_cast<uint32_t>(address)));
}

} // namespace mlir::attn::emulation::test

#endif // ATTN_TEST_UNITTESTS_EMULATION_HARNESS_H
