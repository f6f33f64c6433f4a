//===- Interpreter.h - runs emitted index arithmetic ----------------------===//
//
// Executes a block whose operations have fold hooks (arith, affine, index,
// math, tensor.extract of a constant tensor) and scf.for, by folding each one
// with the values of its operands.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TEST_UNITTESTS_ANALYSIS_INTERPRETER_H
#define ATTN_TEST_UNITTESTS_ANALYSIS_INTERPRETER_H

#include "mlir/IR/Block.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/DenseMap.h"

namespace mlir::attn::test {

class Interpreter {
public:
  void set(Value value, Attribute attribute) { values[value] = attribute; }
  /// Sets an index or integer value.
  void set(Value value, int64_t integer);

  /// Runs all operations of `block` but the terminator. False where one has no
  /// value: it is poison, or an index operation of which the result would
  /// differ between 32 and 64 bits (these do not fold).
  bool run(Block &block);

  /// The signed value; an i1 is 0 or 1.
  int64_t get(Value value) const;
  int64_t get(OpFoldResult value) const;

private:
  bool runOperation(Operation &op);
  DenseMap<Value, Attribute> values;
};

} // namespace mlir::attn::test

#endif // ATTN_TEST_UNITTESTS_ANALYSIS_INTERPRETER_H
