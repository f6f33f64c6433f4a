//===- Emulator.h - runs a GPU kernel's schedule on the CPU -----*- C++ -*-===//
//
// Executes a kernel whose hardware operations are calls of Calls.h, one fiber
// per GPU thread, and watches it:
//
//   Emulator::Launch launch;
//   launch.kernel = entry;           // void (void *thread, void **parameters)
//   launch.parameters = parameters;  // as cuLaunchKernel takes them
//   launch.grid = {8, 32, 1};
//   launch.threads = 384;
//   launch.sharedBytes = 163912;
//   Expected<Emulator> emulator = Emulator::create();
//   EmulationReport report = emulator->run(launch, {});
//
// What real hardware orders in no particular way happens in an order drawn from
// a seed: which thread goes next, when an asynchronous copy arrives. The rules
// of the machine are checked, not only timed: an access of shared memory must
// be ordered after the write that it reads and the reads that it overwrites
// (clocks of all threads and asynchronous agents), so a missing wait is found
// with every seed. See docs/Emulator.md for what is checked and what is not.
//
// Covered by test/unittests/Emulation.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_EMULATION_EMULATOR_H
#define ATTN_EMULATION_EMULATOR_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace mlir::attn {

enum class FaultKind {
  deadlock,      ///< no thread can go on
  bounds,        ///< outside of the kernel's shared memory
  alignment,     ///< an address the hardware would refuse
  uninitialized, ///< a read of shared memory that nothing wrote
  inFlight,      ///< a read of what an asynchronous copy is still writing
  race,          ///< two accesses without order
  proxyFence,    ///< fence.proxy.async is missing
  wgmmaFence,    ///< wgmma.fence is missing
  notAwaited,    ///< a result used before the wait that covers it
  divergence,    ///< a collective that its threads call differently
  barrier,       ///< a barrier used against its rules
  descriptor,    ///< a matrix descriptor or tensor map that cannot be
  registers,     ///< setmaxnreg against its rules
};

llvm::StringRef spelling(FaultKind kind);

/// A rule that the kernel broke.
struct Fault {
  FaultKind kind;
  /// Lower case, without a period.
  std::string message;
};

struct EmulationOptions {
  /// Of everything that is random.
  uint64_t seed = 1;
  /// An asynchronous copy arrives after at most this many steps.
  unsigned copyDelay = 400;
  /// A thread is held back, at one in eight of the places where it may be, for
  /// at most this many steps. 0 for never.
  unsigned jitter = 40;
};

/// What happened during a launch.
struct EmulationReport {
  /// Empty if the kernel kept the rules. The launch ends at the first.
  std::vector<Fault> faults;
  /// Shared-memory accesses of a warp and the additional passes that they need
  /// because several lanes ask for the same bank.
  uint64_t sharedAccesses = 0, bankConflicts = 0;
  /// Bytes moved by asynchronous copies, in both directions.
  uint64_t copiedBytes = 0;
  /// Multiply-adds on tensor cores.
  uint64_t tensorMultiplyAdds = 0;
};

/// Owns the memory that launches use. One launch at a time.
class Emulator {
public:
  struct Launch {
    using Kernel = void(void *thread, void **parameters);
    Kernel *kernel = nullptr;
    void **parameters = nullptr;
    std::array<unsigned, 3> grid = {1, 1, 1};
    unsigned threads = 0;
    unsigned sharedBytes = 0;
    /// Registers of a thread at entry; needed only by kernels that use
    /// setmaxnreg.
    unsigned registers = 0;
  };

  /// Most shared memory that a block may have: what sm_90 offers.
  static constexpr unsigned kMaxSharedBytes = 227 * 1024;
  static constexpr unsigned kMaxThreads = 1024;

  /// Fails where shared memory cannot be given an address below 4 GiB.
  static llvm::Expected<Emulator> create();
  Emulator(Emulator &&);
  Emulator &operator=(Emulator &&);
  ~Emulator();

  /// Runs all blocks of `launch`, in an order drawn from the seed.
  EmulationReport run(const Launch &launch, const EmulationOptions &options);

private:
  struct State;
  explicit Emulator(std::unique_ptr<State> state);
  std::unique_ptr<State> state;
};

/// A function of Calls.h, to be defined where a kernel is loaded.
struct EmulationSymbol {
  llvm::StringRef name;
  void *address;
};
llvm::ArrayRef<EmulationSymbol> getEmulationSymbols();

} // namespace mlir::attn

#endif // ATTN_EMULATION_EMULATOR_H
