//===- Peak.h - What this machine can do at best ----------------*- C++ -*-===//
//
// Measures, in this process, the arithmetic peak of every instruction mix that
// the CPU offers for products, and the bandwidth of reading memory. Kernel
// speeds are stated as a ratio to these figures; measured beside the kernel,
// both see the same clock, neighbours and thermal state.
//
// Each mix is a loop of twelve independent accumulators, enough to cover the
// latency of every unit known (4 to 6 cycles on two ports). The loops are made
// as LLVM IR for the CPU at hand, so they do not depend on how this library was
// compiled.
//
//   PeakMeter meter = cantFail(PeakMeter::create());
//   for (const InstructionMix &mix : meter.getMixes())
//     meter.measure(mix, /*threads=*/1);     // e.g. 1.75e11 FLOP/s
//
// Covered by test/unittests/Runtime/PeakTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_PEAK_H
#define ATTN_RUNTIME_PEAK_H

#include "attn/Runtime/DType.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <string>
#include <vector>

namespace mlir::attn {

/// One way in which the CPU multiplies and adds.
struct InstructionMix {
  enum class Kind { fma, mulAdd, dot };
  Kind kind;
  /// Type of the factors.
  DType input;
  /// Type of the sums; a kernel may use a mix only if this is f32 or wider.
  DType accumulator;
  int64_t vectorBits;

  /// e.g. "f32 fma 512".
  std::string getName() const;
  /// Floating-point operations of one instruction.
  int64_t getFlops() const;
};

struct BandwidthFigure {
  double bytesPerSecond = 0.0;
  /// Bytes that were read, all threads together.
  int64_t bufferBytes = 0;
  /// Bytes of the last cache; the buffer is four times as large, unless that
  /// exceeds 1 GiB or a quarter of the memory that is free.
  int64_t lastCacheBytes = 0;
};

class PeakMeter {
public:
  static llvm::Expected<PeakMeter> create();
  PeakMeter(PeakMeter &&);
  PeakMeter &operator=(PeakMeter &&);
  ~PeakMeter();

  /// Every mix of this CPU, those that accumulate in f16 included.
  llvm::ArrayRef<InstructionMix> getMixes() const { return mixes; }

  /// The mixes that count as peak for a kernel on inputs of `type`: sums in at
  /// least f32, factors in f32 or (as they are) in `type`.
  std::vector<InstructionMix> getMixesFor(DType type) const;

  /// Runs `mix` in several bursts on each of `threads` threads and gives the
  /// FLOP/s of all together in the best one. A burst lasts half a millisecond
  /// (two for several threads), short enough to fit between the interruptions
  /// of a busy machine.
  double measure(const InstructionMix &mix, unsigned threads,
                 unsigned bursts = 10) const;

  /// The best of several reads of a buffer over four times the last cache.
  llvm::Expected<BandwidthFigure> measureBandwidth(unsigned threads) const;

private:
  struct Code;
  explicit PeakMeter(std::unique_ptr<Code> code);

  std::vector<InstructionMix> mixes;
  std::unique_ptr<Code> code;
};

} // namespace mlir::attn

#endif // ATTN_RUNTIME_PEAK_H
