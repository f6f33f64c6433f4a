//===- Workers.cpp - processes that judge inputs --------------------------===//
//
// Parent and workers share one mapping: the next number, counters, and for each
// worker the number, the beginning and the step of its input. A worker that
// dies is replaced, and what it had in hand is a fault, unless the reference
// was running the program. Workers end by themselves after some hundred inputs,
// lest what LLVM keeps counts against one input's memory. Limits are of
// processor time, so that a busy machine finds no faults, and of ten times as
// much on the clock, lest a worker that waits for ever is waited for.
//
// Covered by test/Fuzz/fuzz.test.
//
//===----------------------------------------------------------------------===//

#include "Workers.h"
#include "llvm/ADT/StringExtras.h"
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mlir::attn {

namespace {
constexpr unsigned kInputsOfWorker = 200;
/// A kernel at small shapes that runs longer than this never ends.
constexpr int32_t kRunSeconds = 10;

/// In milliseconds; small enough to be read and written at once.
struct Moment {
  uint32_t processor, clock;
};

struct Slot {
  std::atomic<uint64_t> number;
  std::atomic<bool> isBusy; // false between inputs
  std::atomic<Moment> begin, stepBegin;
  char step[128];
  char message[512]; // of a fault that did not end the process
  std::atomic<bool> hasFault;
};

struct Shared {
  std::atomic<uint64_t> next;
  std::atomic<uint64_t> outcomes[kNumOutcomes];
};

uint32_t read(clockid_t clock) {
  timespec time = {};
  clock_gettime(clock, &time);
  return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/// The time of process `pid`; 0 is this one.
Moment now(pid_t pid = 0) {
  clockid_t processor = CLOCK_PROCESS_CPUTIME_ID;
  clock_getcpuclockid(pid, &processor);
  return {read(processor), read(CLOCK_MONOTONIC)};
}

/// The processor time of a process that has just ended reads as 0.
bool isOver(int32_t seconds, Moment begin, Moment end) {
  return static_cast<int32_t>(end.processor - begin.processor) >
             1000 * seconds ||
         static_cast<int32_t>(end.clock - begin.clock) > 10000 * seconds;
}

struct SlotListener : StepListener {
  explicit SlotListener(Slot &slot) : slot(slot) {}
  void onStep(StringRef name) override {
    size_t size = std::min(name.size(), sizeof(slot.step) - 1);
    std::memcpy(slot.step, name.data(), size);
    slot.step[size] = '\0';
    slot.stepBegin = now();
  }
  Slot &slot;
};

/// A mapping of zeros that forks share.
template <typename T> T *share(size_t count) {
  void *memory = mmap(nullptr, count * sizeof(T), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? nullptr : static_cast<T *>(memory);
}

class Team {
public:
  Team(const WorkOptions &options,
       llvm::function_ref<std::string(uint64_t)> makeInput)
      : options(options), makeInput(makeInput), shared(share<Shared>(1)),
        slots(share<Slot>(options.jobs)), workers(options.jobs, -1) {
    shared->next = options.first;
  }

  Summary run() {
    bool isAnyAlive = true;
    while (isAnyAlive) {
      isAnyAlive = false;
      for (unsigned i = 0; i < options.jobs; ++i) {
        if (workers[i] > 0)
          watch(i);
        if (workers[i] <= 0 && shared->next < options.first + options.count)
          start(i);
        isAnyAlive |= workers[i] > 0;
      }
      usleep(2000);
    }
    for (unsigned i = 0; i < kNumOutcomes; ++i)
      summary.outcomes[i] = shared->outcomes[i];
    return std::move(summary);
  }

private:
  void start(unsigned i) {
    fflush(nullptr);
    slots[i].isBusy = false;
    workers[i] = fork();
    if (workers[i] == 0)
      work(slots[i]);
  }

  [[noreturn]] void work(Slot &slot) {
#if !__has_feature(address_sanitizer)
    // The sanitizer maps terabytes that it never touches.
    rlimit limit{options.bytes, options.bytes};
    setrlimit(RLIMIT_AS, &limit);
#endif
    // Without a parent there is nobody to note a fault.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    rlimit noCore{0, 0};
    setrlimit(RLIMIT_CORE, &noCore);
    SlotListener listener(slot);
    for (unsigned i = 0; i < kInputsOfWorker; ++i) {
      uint64_t number = shared->next++;
      if (number >= options.first + options.count)
        break;
      slot.number = number;
      listener.onStep("making the input");
      slot.begin = now();
      slot.isBusy = true;
      Verdict verdict = judge(makeInput(number), number, listener);
      slot.isBusy = false;
      ++shared->outcomes[static_cast<unsigned>(verdict.outcome)];
      if (options.verbose)
        dprintf(1, "%llu: %u %s\n", static_cast<unsigned long long>(number),
                static_cast<unsigned>(verdict.outcome),
                verdict.message.c_str());
      if (verdict.outcome != Outcome::wrong)
        continue;
      std::strncpy(slot.message, verdict.message.c_str(),
                   sizeof(slot.message) - 1);
      slot.hasFault = true;
      break; // the parent takes note
    }
    _exit(0);
  }

  /// Looks after a worker: takes it off if it is over, ends it if it is late.
  void watch(unsigned i) {
    Slot &slot = slots[i];
    bool isRunning = StringRef(slot.step) == kReferenceStep ||
                     StringRef(slot.step) == kKernelStep;
    Moment time = now(workers[i]);
    bool isLate = slot.isBusy &&
                  (isOver(options.seconds, slot.begin, time) ||
                   (isRunning && isOver(kRunSeconds, slot.stepBegin, time)));
    if (isLate)
      kill(workers[i], SIGKILL);
    int status = 0;
    pid_t found = waitpid(workers[i], &status, isLate ? 0 : WNOHANG);
    if (found != workers[i])
      return;
    workers[i] = -1;
    if (slot.hasFault.exchange(false))
      return addFault(slot, slot.message);
    if (!slot.isBusy)
      return;
    if (StringRef(slot.step) == kReferenceStep) {
      ++summary.meaningless;
      return;
    }
    std::string what = isLate ? "took too long"
                       : WIFSIGNALED(status)
                           ? "signal " + std::to_string(WTERMSIG(status))
                           : "exit " + std::to_string(WEXITSTATUS(status));
    addFault(slot, what + " in '" + slot.step + "'");
  }

  void addFault(Slot &slot, StringRef what) {
    summary.faults.emplace_back(slot.number, what.str());
    dprintf(2, "attn-fuzz: input %llu: %s\n",
            static_cast<unsigned long long>(slot.number), what.str().c_str());
  }

  const WorkOptions &options;
  llvm::function_ref<std::string(uint64_t)> makeInput;
  Shared *shared;
  Slot *slots;
  std::vector<pid_t> workers;
  Summary summary;
};
} // namespace

Summary judgeAll(const WorkOptions &options,
                 llvm::function_ref<std::string(uint64_t)> makeInput) {
  return Team(options, makeInput).run();
}

} // namespace mlir::attn
