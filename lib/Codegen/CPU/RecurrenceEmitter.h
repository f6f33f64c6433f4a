//===- RecurrenceEmitter.h - vector code of one state tile -----*- C++ -*-===//
//
// One tile of attn.linear or attn.recurrent (one batch, one state head, some
// tokens) on memrefs. Tokens are taken `step` at a time. With a_i the decays of
// the step's tokens, P_i = a_0 .. a_i, and S the state before the step, a state
// after token i is
//
//   S_i = P_i S + sum_{j <= i} (a_{j+1} .. a_i w_j) x_j^T
//
// over all writes (w, x): (k, v), for the delta rule (k, r) with the corrected
// value r, for a correction of rank one also (a, u) with u = b^T S. Hence
//
//   prepare:  what does not depend on columns: P_i q_i, the decayed readers and
//             writers, and the products of readers with writers, as `step` by
//             `step` matrices; lanes run over the rows of S
//   apply:    o_i and S_step for one panel of columns; lanes run over columns
//
// Only products of decays are formed, never their quotients, so that no factor
// exceeds those of the input (arXiv 2312.06635, section 4 discusses why).
//
// Tests: test/Codegen/CPU/lower-recurrence.mlir, test/Integration/State
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_CODEGEN_CPU_RECURRENCEEMITTER_H
#define ATTN_LIB_CODEGEN_CPU_RECURRENCEEMITTER_H

#include "attn/Dialect/Attn/IR/Attn.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::attn {

/// Small vector-code helpers over memrefs, in f32.
class StateBuilder : public ImplicitLocOpBuilder {
public:
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;

  Value index(int64_t value);
  Value add(Value a, int64_t b);
  Value add(Value a, Value b);
  VectorType lanes(int64_t count) {
    return VectorType::get(count, getF32Type());
  }
  Value splat(VectorType type, double value);
  Value broadcast(VectorType type, Value scalar);

  /// `count` elements from `at` on along the innermost axis as f32; what lies
  /// outside of the memref reads as 0 unless `inBounds`.
  Value read(Value memref, ValueRange at, int64_t count, bool inBounds);
  /// Writes a vector of f32 rounded to the memref's type.
  void write(Value vector, Value memref, ValueRange at, bool inBounds);
  Value readScalar(Value memref, ValueRange at);

  Value mul(Value a, Value b);
  Value fma(Value a, Value b, Value c);
  /// exp of a vector, and of each of `count` elements of a memref.
  Value exp(Value vector);
  SmallVector<Value> readExp(Value memref, ValueRange at, int64_t count);
  Value sum(Value vector);

  Value alloc(ArrayRef<int64_t> shape, ValueRange dynamic = {});

  using LoopBody = llvm::function_ref<SmallVector<Value>(Value, ValueRange)>;
  SmallVector<Value> loop(Value from, Value to, int64_t step,
                          ValueRange carried, LoopBody body);
};

/// Scratch of one tile. Rows are padded to whole vectors.
struct StateScratch {
  /// Readers `[G, T, K]`, decayed and scaled; erasers and writers `[T, K]`.
  Value readers, erasers;
  SmallVector<Value> writers;
  /// The decay of a whole step, `[slots, K]`; null when nothing decays.
  Value decays;
  /// Products `[G, slots, W * step * step]` and `[slots, W * step * step]`.
  Value reads, erases;
  /// One over the normalizer, `[G, T]`.
  Value inverses;
  /// A panel of the state, `[K, panel]`.
  Value panel;
};

/// `step` tokens from `token` on; `slot` numbers steps.
struct StateStep {
  int64_t size;
  Value token, slot;
};

class RecurrenceEmitter {
public:
  /// `givenState` is read in place of the state, which is only written then; it
  /// differs from the state for a single token alone.
  RecurrenceEmitter(OpBuilder &builder, Location loc, const Recurrence &parts,
                    Value givenState, ScanAttr scan);

  /// Emits the whole tile.
  void emit();

private:
  // RecurrencePrepare.cpp
  void prepare(const StateStep &step);
  void prepareRows(const StateStep &step, bool keys, Value head);
  void updateKeySum(const StateStep &step);
  void updateTransition(const StateStep &step);
  void readTokenDecays(const StateStep &step);
  void readStabilisedDecays(const StateStep &step);
  Value decayOf(const StateStep &step, int64_t i, Value row, bool inBounds);

  // RecurrenceApply.cpp
  /// Columns `[column, column + width)` of a state `[1, 1, K, columns]`; on a
  /// transition only the correction acts, and nothing is read.
  struct Columns {
    Value state, column;
    int64_t width;
    bool inBounds;
    bool isTransition;
  };
  void applyPanel(const Columns &columns);
  void apply(const StateStep &step, const Columns &columns);
  /// Columns of one row as vectors of `lanes`.
  using Row = SmallVector<Value>;
  Row readRow(Value memref, ArrayRef<Value> prefix, Value column, int64_t width,
              bool inBounds);
  void writeRow(ArrayRef<Value> row, Value memref, ArrayRef<Value> prefix,
                Value column, bool inBounds);
  SmallVector<SmallVector<Row>> solveValues(const StateStep &step,
                                            const Columns &columns,
                                            SmallVector<Row> erased);
  void writeOutputs(const StateStep &step, const Columns &columns, Value head,
                    SmallVector<Row> outputs,
                    ArrayRef<SmallVector<Row>> writes);
  void updatePanel(const StateStep &step, const Columns &columns,
                   ArrayRef<SmallVector<Row>> writes);
  Row readState(const Columns &columns, Value row);
  void writeState(ArrayRef<Value> values, const Columns &columns, Value row);
  /// Prepared rows `[T, K]`, or `[G, T, K]` of one head.
  struct Source {
    Value rows, head;
  };
  /// A `[1, heads, T, width]` operand that comes from or goes to memory.
  struct Stream {
    Value memref, head;
    bool isWritten = false;
  };
  SmallVector<SmallVector<Row>> multiplyRows(const StateStep &step,
                                             const Columns &columns,
                                             ArrayRef<Source> sources,
                                             ArrayRef<Stream> streams);
  void prefetchState(const Columns &columns, Value row);
  void prefetchAhead(const StateStep &step, const Columns &columns, Value row,
                     ArrayRef<Stream> streams);

  /// Calls `body` for every whole step and every single token after them.
  void forEachStep(llvm::function_ref<void(const StateStep &)> body);
  void allocateScratch();
  int64_t numWrites() const { return parts.left ? 2 : 1; }
  bool decaysState() const { return static_cast<bool>(parts.gate); }

  StateBuilder b;
  const Recurrence &parts;
  Value givenState;
  ScanAttr scan;
  StateScratch scratch;
  int64_t keyWidth, paddedWidth, lanes, stepSize;
  Value zero, tokens, steps, heads;
  bool oneHead;
  /// A tile of a few tokens works on the state itself.
  bool updatesInPlace;
  /// Decays and weights of the tokens of the step being prepared, as scalars.
  SmallVector<Value> tokenDecays, tokenWeights, tokenFloors;
};

/// Emits a tile whose state decays per element.
void emitDecayScan(OpBuilder &builder, Location loc, const Recurrence &parts,
                   ScanAttr scan);

} // namespace mlir::attn

#endif // ATTN_LIB_CODEGEN_CPU_RECURRENCEEMITTER_H
