//===- RandomRegion.h - random mask regions -------------------------------===//

#ifndef ATTN_TEST_UNITTESTS_ANALYSIS_RANDOMREGION_H
#define ATTN_TEST_UNITTESTS_ANALYSIS_RANDOMREGION_H

#include "mlir/IR/Builders.h"
#include <random>

namespace mlir::attn::test {

/// Builds random regions from the operations that the reader knows.
class RandomRegion {
public:
  RandomRegion(unsigned seed, OpBuilder &builder, Location loc)
      : engine(seed), builder(builder), loc(loc) {}

  int64_t pick(int64_t least, int64_t greatest) {
    return std::uniform_int_distribution<int64_t>(least, greatest)(engine);
  }

  /// Fills `block`, whose arguments are its first values, and returns an i1
  /// from it by func.return.
  void fill(Block &block);

private:
  Type pickIntegerType();
  Value pickValue(Type type);
  Value makeConstant(Type type, int64_t least, int64_t greatest);
  Value makeCompare();
  Value makeLogic(Value lhs, Value rhs);
  Value makeCast();
  Value makeOperation();
  /// The operation of the arith dialect or, for index now and then, its twin.
  template <typename ArithOp, typename IndexOp>
  Value makeBinary(Value lhs, Value rhs);

  std::mt19937_64 engine;
  OpBuilder &builder;
  Location loc;
  SmallVector<Value> pool;
};

} // namespace mlir::attn::test

#endif // ATTN_TEST_UNITTESTS_ANALYSIS_RANDOMREGION_H
