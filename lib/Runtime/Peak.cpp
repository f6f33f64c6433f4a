//===- Peak.cpp - What this machine can do at best ------------------------===//
//
// Times the loops of PeakKernels.cpp. Covered by
// test/unittests/Runtime/PeakTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "attn/Runtime/Peak.h"
#include "HostJit.h"
#include "PeakKernels.h"
#include "ThreadTeam.h"
#include "attn/Runtime/HostTensor.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/TargetParser/Host.h"
#include <cerrno>
#include <cstring>
#include <limits>
#include <sys/mman.h>
#include <unistd.h>

using namespace llvm;

namespace mlir::attn {

std::string InstructionMix::getName() const {
  StringRef verb = kind == Kind::fma   ? "fma"
                   : kind == Kind::dot ? "dot"
                                       : "mul+add";
  return (spelling(input) + " " + verb + " " + Twine(vectorBits)).str();
}

int64_t InstructionMix::getFlops() const {
  return 2 * vectorBits / (8 * sizeInBytes(input));
}

struct PeakMeter::Code {
  HostJit jit;
  std::vector<MixFunction *> mixes;
  ReadFunction *read = nullptr;
};

PeakMeter::PeakMeter(std::unique_ptr<Code> code) : code(std::move(code)) {}
PeakMeter::PeakMeter(PeakMeter &&) = default;
PeakMeter &PeakMeter::operator=(PeakMeter &&) = default;
PeakMeter::~PeakMeter() = default;

Expected<PeakMeter> PeakMeter::create() {
  Expected<HostJit> jit = HostJit::create();
  if (!jit)
    return jit.takeError();
  PeakMeter meter(std::make_unique<Code>(Code{std::move(*jit), {}, nullptr}));
  StringMap<bool> features = sys::getHostCPUFeatures();
  meter.mixes =
      enumerateMixes([&](StringRef name) { return features.lookup(name); });
  int64_t widest = 0;
  for (const InstructionMix &mix : meter.mixes)
    widest = std::max(widest, mix.vectorBits);

  if (Error error = meter.code->jit.addModule([&](Module &module) {
        for (const InstructionMix &mix : meter.mixes)
          buildMixFunction(module, mix.getName(), mix);
        buildReadFunction(module, "read", widest);
      }))
    return error;
  for (const InstructionMix &mix : meter.mixes) {
    Expected<MixFunction *> function =
        meter.code->jit.lookup<MixFunction>(mix.getName());
    if (!function)
      return function.takeError();
    meter.code->mixes.push_back(*function);
  }
  Expected<ReadFunction *> read = meter.code->jit.lookup<ReadFunction>("read");
  if (!read)
    return read.takeError();
  meter.code->read = *read;
  return meter;
}

std::vector<InstructionMix> PeakMeter::getMixesFor(DType type) const {
  std::vector<InstructionMix> result;
  for (const InstructionMix &mix : mixes) {
    bool wanted = type == DType::f64
                      ? mix.input == DType::f64
                      : mix.input == DType::f32 || mix.input == type;
    if (wanted && mix.accumulator != DType::f16)
      result.push_back(mix);
  }
  return result;
}

/// Initial values of a mix: small, so that they stay finite however often they
/// are added.
static void fillMixData(const InstructionMix &mix, char *data) {
  auto set = [&](int64_t slot, DType type, double value) {
    for (int64_t i = 0; i < 64 / sizeInBytes(type); ++i)
      encodeElement(type, value, data + 64 * slot + i * sizeInBytes(type));
  };
  set(0, mix.input, 0.5);
  set(1, mix.input, 0.25);
  for (int64_t slot = 2; slot < kMixDataBytes / 64; ++slot)
    set(slot, mix.accumulator, static_cast<double>(slot));
}

double PeakMeter::measure(const InstructionMix &mix, unsigned threads,
                          unsigned bursts) const {
  auto place = llvm::find_if(mixes, [&](const InstructionMix &other) {
    return other.getName() == mix.getName();
  });
  MixFunction *function = code->mixes[place - mixes.begin()];

  // One thread finds out how long an iteration takes; the first try also pays
  // for waking up the vector units.
  alignas(64) char data[kMixDataBytes];
  fillMixData(mix, data);
  constexpr int64_t kTrialIterations = 1000;
  double trial = 1.0;
  for (int attempt = 0; attempt < 3; ++attempt)
    trial = std::min(
        trial, runTeam(1, [&](unsigned) { function(kTrialIterations, data); }));
  double seconds = threads > 1 ? 2e-3 : 5e-4;
  int64_t iterations = std::max<int64_t>(
      1, static_cast<int64_t>(kTrialIterations * seconds / trial));

  double best = std::numeric_limits<double>::infinity();
  for (unsigned burst = 0; burst < bursts; ++burst) {
    double elapsed = runTeam(threads, [&](unsigned) {
      alignas(64) char ownData[kMixDataBytes];
      fillMixData(mix, ownData);
      function(iterations, ownData);
    });
    best = std::min(best, elapsed);
  }
  return static_cast<double>(threads) * iterations *
         kMixInstructionsPerIteration * mix.getFlops() / best;
}

/// Bytes of the largest cache that the kernel knows of, 0 if it knows none.
static int64_t getLastCacheBytes() {
  int64_t largest = 0;
  for (int index = 0; index < 8; ++index) {
    auto file = MemoryBuffer::getFileAsStream(
        "/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(index) +
        "/size");
    if (!file)
      continue;
    StringRef text = (*file)->getBuffer().trim();
    int64_t unit = text.consume_back("K")   ? 1 << 10
                   : text.consume_back("M") ? 1 << 20
                                            : 1;
    int64_t size = 0;
    if (!text.getAsInteger(10, size))
      largest = std::max(largest, size * unit);
  }
  return largest;
}

Expected<BandwidthFigure> PeakMeter::measureBandwidth(unsigned threads) const {
  constexpr int64_t kMiB = 1 << 20;
  // Where the cache is unknown, that of a large server core's share.
  BandwidthFigure figure;
  figure.lastCacheBytes = getLastCacheBytes();
  int64_t wanted =
      4 * (figure.lastCacheBytes ? figure.lastCacheBytes : 64 * kMiB);
  int64_t available =
      static_cast<int64_t>(sysconf(_SC_AVPHYS_PAGES)) * sysconf(_SC_PAGESIZE);
  int64_t bytes = std::min({wanted, 1024 * kMiB, available / 4});
  int64_t share =
      alignDown(std::max(bytes, kMiB) / threads, kReadBytesPerIteration);
  figure.bufferBytes = share * threads;

  void *memory = mmap(nullptr, figure.bufferBytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return errorCodeToError(std::error_code(errno, std::generic_category()));
  madvise(memory, figure.bufferBytes, MADV_HUGEPAGE);
  char *base = static_cast<char *>(memory);
  // Each thread touches what it will read, so that pages lie near it.
  runTeam(threads, [&](unsigned thread) {
    std::memset(base + thread * share, 1, share);
  });
  std::vector<int64_t> checksums(threads);
  constexpr int kRounds = 4;
  for (int round = 0; round < kRounds; ++round) {
    double elapsed = runTeam(threads, [&](unsigned thread) {
      checksums[thread] +=
          code->read(base + thread * share, share / kReadBytesPerIteration);
    });
    figure.bytesPerSecond =
        std::max(figure.bytesPerSecond,
                 static_cast<double>(figure.bufferBytes) / elapsed);
  }
  munmap(memory, figure.bufferBytes);
  return figure;
}

} // namespace mlir::attn
