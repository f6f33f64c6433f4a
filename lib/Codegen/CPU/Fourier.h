//===- Fourier.h - transforms of many channels at once ---------*- C++ -*-===//
//
// Fourier transforms of a power of two of complex elements whose parts are
// vectors, one channel in each lane. Element n of a transform at `base` of a
// buffer of f32 has its real parts at base + 2 n lanes and its imaginary parts
// behind them. Forward transforms decimate in frequency and leave frequencies
// in an order of digits, which inverse ones take: nothing is permuted. Sizes
// are values; only the butterflies, of radix 8 (4 with few registers), are
// unrolled.
//
// Source: Cooley and Tukey, Math. Comp. 19, 1965; Gentleman and Sande, 1966.
//
// Tests: test/Codegen/CPU/lower-long-conv.mlir, test/Integration/LongConv
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_CODEGEN_CPU_FOURIER_H
#define ATTN_LIB_CODEGEN_CPU_FOURIER_H

#include "RecurrenceEmitter.h"

namespace mlir::attn {

/// A complex vector.
struct Complex {
  Value re, im;
};

/// The size of a transform, 2^log, and the roots exp(-2 pi i m / order) of a
/// multiple of it, as pairs of f32.
struct Transform {
  Value size, log, roots, order;
};

class FourierEmitter {
public:
  FourierEmitter(StateBuilder &b, int64_t lanes, int64_t radixLog)
      : b(b), lanes(lanes), radixLog(radixLog) {}

  void forward(const Transform &transform, Value buffer, Value base);
  /// Without the factor 1 / size.
  void inverse(const Transform &transform, Value buffer, Value base);
  /// The frequency that a forward transform leaves at `place`.
  Value frequencyAt(const Transform &transform, Value place);

  Complex load(Value buffer, Value at);
  void store(Complex x, Value buffer, Value at);
  /// Asks for the element behind the one at `at`, which the next loop over
  /// columns takes.
  void prefetchNext(Value buffer, Value at);
  /// x times `factor`, or its conjugate.
  Complex multiply(Complex x, Complex factor, bool conjugate);
  /// Pair `at` of a table as vectors of one number each.
  Complex readRoot(Value roots, Value at);
  /// base + 2 lanes * element.
  Value offset(Value base, Value element);

  /// for i in [from, to) by `step`.
  void forEach(Value from, Value to, Value step,
               llvm::function_ref<void(Value)> body);
  void when(Value condition, llvm::function_ref<void()> body);

private:
  /// Transforms of one stage: blocks of `block` elements, by 2^log.
  struct Stage {
    Value block;
    int64_t log;
    bool isLast, isInverse;
  };
  void emitStage(const Transform &transform, const Stage &stage, Value buffer,
                 Value base);
  void emitButterfly(const Transform &transform, const Stage &stage,
                     Value buffer, Value at, Value distance, Value turn);
  /// Stages: those of radix 2^radixLog but the last, and the one before them
  /// that makes up the size.
  void emitRest(const Transform &transform, bool isInverse, Value buffer,
                Value base);
  void emitInner(const Transform &transform, bool isInverse, Value buffer,
                 Value base);
  void emitLast(const Transform &transform, bool isInverse, Value buffer,
                Value base);

  Complex add(Complex x, Complex y);
  Complex sub(Complex x, Complex y);
  /// -i x, or i x.
  Complex quarterTurn(Complex x, bool isInverse);
  void transformInRegisters(MutableArrayRef<Complex> x, bool isInverse);

  StateBuilder &b;
  int64_t lanes, radixLog;
};

} // namespace mlir::attn

#endif // ATTN_LIB_CODEGEN_CPU_FOURIER_H
