//===- FourierTables.h - roots of unity, made when a kernel runs -*- C++ -*-==//
//
// All roots come from two small tables in f64, of 2^s and 2^(log - s) roots of
// the order 2^log, by one product; the small tables double in size from roots
// whose order is a power of two, and those by halving the angle. So nothing
// calls a function, and a root in f32 is right to rounding.
//
// Tests: test/Integration/LongConv
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_CODEGEN_CPU_FOURIERTABLES_H
#define ATTN_LIB_CODEGEN_CPU_FOURIERTABLES_H

#include "Fourier.h"

namespace mlir::attn {

class RootTables {
public:
  /// Allocates tables for the order 2^log, and emits what fills them.
  RootTables(StateBuilder &b, FourierEmitter &loops, Value log);

  /// Stores exp(-2 pi i m / 2^log), m modulo the order, as pair `at` of f32.
  void storeRoot(Value m, Value table, Value at);
  /// A table of `count` pairs of f32.
  Value allocate(Value count);

private:
  struct Number {
    Value re, im;
  };
  Number multiply(Number x, Number y);
  Number load(Value table, Value at);
  void store(Number x, Value table, Value at);
  Value allocateWide(Value count);
  /// Fills `table` with 2^count roots of the order 2^log.
  void fill(Value table, Value count, Value log);

  StateBuilder &b;
  FourierEmitter &loops;
  /// Roots of the orders 2^0, 2^1, .., and the two tables.
  Value halves, low, high;
  Value split, order;
};

} // namespace mlir::attn

#endif // ATTN_LIB_CODEGEN_CPU_FOURIERTABLES_H
