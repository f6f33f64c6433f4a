//===- MaskExpr.h - which (query, key) pairs attend, as an expression -----===//
//
// A mask is a boolean expression over the position (b, h, i, j): batch, query
// head, query and key, all counted in the undivided op. It is kept in negation
// normal form over one kind of leaf, `e >= 0` with `e` an integer AffineExpr
// (floordiv and mod by positive constants included), so that deciding a tile,
// bounding the keys of a query tile and emitting either as IR all walk the same
// five kinds of node.
//
// The dims of a leaf are d0..d3 = b, h, i, j. Dims from d4 on are data:
// integers read from captured tensors at positions that move with i or j. The
// symbols are integers that are the same for all i and j. `MaskSymbols` says
// what each is.
//
// Example: causal, bottom-right aligned, with a prefix of P keys:
//
//   MaskSymbols symbols(context);
//   AffineExpr p = symbols.getSymbol(prefixLength);        // a captured value
//   MaskExpr mask = MaskExpr::causal(symbols.getConstant(S - T)) ||
//                   MaskExpr::keyLength(p);
//
// Arithmetic on positions is taken not to overflow 64 bits.
// Covered by test/unittests/Analysis/MaskExprTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_ANALYSIS_MASKEXPR_H
#define ATTN_ANALYSIS_MASKEXPR_H

#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/Block.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include <limits>
#include <memory>
#include <optional>

namespace mlir::attn {

/// The positions of a mask, in the order of a mask region's arguments.
enum class MaskDim : unsigned { Batch = 0, Head = 1, Query = 2, Key = 3 };
constexpr unsigned kNumMaskDims = 4;

/// Sizes of sequences, heads and batches are taken to be at most this where it
/// decides whether 32-bit arithmetic in a region wraps around.
constexpr int64_t kMaxPosition = int64_t(1) << 30;

/// One integer that a mask takes from outside of its position.
struct MaskInput {
  /// An index, integer or i1 value (i1 counts as 0 or 1); null for an input
  /// that has no value in the IR (see MaskSymbols::getAnonymousSymbol).
  Value value;
  /// The body of the mask region when `value` is computed in it, else null:
  /// emitting it elsewhere clones its computation.
  Block *body = nullptr;
  /// The positions that the value depends on. A symbol uses at most batch and
  /// head, a data dim at least one of query and key.
  bool usesBatch = false, usesHead = false, usesQuery = false, usesKey = false;
  /// Bounds of the value, both included, known from its type or from being a
  /// size; set by the table.
  int64_t lowerBound = std::numeric_limits<int64_t>::min();
  int64_t upperBound = std::numeric_limits<int64_t>::max();
};

/// The table behind the symbols and data dims of mask expressions. Expressions
/// that are combined must come from one table.
class MaskSymbols {
public:
  explicit MaskSymbols(MLIRContext *context) : context(context) {}

  MLIRContext *getContext() const { return context; }
  AffineExpr getConstant(int64_t value) const {
    return getAffineConstantExpr(value, context);
  }
  /// The symbol of `value`, which must be the same over the whole op; the
  /// constant itself where it is one.
  AffineExpr getSymbol(OpFoldResult value);
  /// A symbol without a value in the IR, for evaluation in C++ only.
  AffineExpr getAnonymousSymbol();
  /// The symbol or data dim of `input`.
  AffineExpr getInput(MaskInput input);

  /// Inputs behind s0, s1, ...
  ArrayRef<MaskInput> getSymbols() const { return symbols; }
  /// Inputs behind d4, d5, ...
  ArrayRef<MaskInput> getData() const { return data; }
  /// Maps the capture arguments of mask regions to the captured values.
  const IRMapping &getCaptures() const { return captures; }
  void mapCapture(Value argument, Value captured) {
    captures.map(argument, captured);
  }

private:
  MLIRContext *context;
  SmallVector<MaskInput> symbols, data;
  IRMapping captures;
};

/// An immutable boolean expression; copies are cheap.
class MaskExpr {
public:
  enum class Kind {
    False,
    True,
    /// getComparison() >= 0.
    Comparison,
    /// Not known before it is evaluated for one pair.
    Opaque,
    And,
    Or
  };

  static MaskExpr getTrue();
  static MaskExpr getFalse();
  static MaskExpr getOpaque();
  static MaskExpr get(bool value) { return value ? getTrue() : getFalse(); }

  /// Comparisons of integer expressions.
  static MaskExpr nonNegative(AffineExpr expr);
  static MaskExpr sge(AffineExpr lhs, AffineExpr rhs);
  static MaskExpr sgt(AffineExpr lhs, AffineExpr rhs);
  static MaskExpr sle(AffineExpr lhs, AffineExpr rhs);
  static MaskExpr slt(AffineExpr lhs, AffineExpr rhs);
  static MaskExpr eq(AffineExpr lhs, AffineExpr rhs);
  static MaskExpr ne(AffineExpr lhs, AffineExpr rhs);

  /// j <= i + diagonal.
  static MaskExpr causal(AffineExpr diagonal);
  /// i + diagonal - left <= j <= i + diagonal + right; a negative left or right
  /// means unbounded on that side.
  static MaskExpr window(int64_t left, int64_t right, AffineExpr diagonal);
  /// j < length.
  static MaskExpr keyLength(AffineExpr length);

  MaskExpr operator&&(const MaskExpr &other) const;
  MaskExpr operator||(const MaskExpr &other) const;
  MaskExpr operator^(const MaskExpr &other) const;
  MaskExpr operator!() const;
  /// condition ? *this : otherwise.
  static MaskExpr select(const MaskExpr &condition, const MaskExpr &ifTrue,
                         const MaskExpr &ifFalse);
  static MaskExpr conjunction(ArrayRef<MaskExpr> operands);
  static MaskExpr disjunction(ArrayRef<MaskExpr> operands);

  Kind getKind() const;
  bool isTrue() const { return getKind() == Kind::True; }
  bool isFalse() const { return getKind() == Kind::False; }
  /// The integer expression of a Comparison.
  AffineExpr getComparison() const;
  /// The operands of an And or an Or.
  ArrayRef<MaskExpr> getOperands() const;

  /// The number of nodes of the expression written out as a tree.
  unsigned getSize() const;

  /// Whether any leaf mentions the position, in an expression or, for batch and
  /// head, through an input of `symbols`.
  bool dependsOn(MaskDim dim, const MaskSymbols &symbols) const;
  /// Whether some pairs can only be decided one by one.
  bool hasOpaque() const;
  /// Whether any leaf mentions a data dim (d4, ...).
  bool hasData() const;

  /// Structural equality.
  bool operator==(const MaskExpr &other) const;
  bool operator!=(const MaskExpr &other) const { return !(*this == other); }

  /// Prints e.g. "(i - j >= 0 and -j + s0 - 1 >= 0)".
  void print(raw_ostream &os) const;

  struct Node;

private:
  explicit MaskExpr(std::shared_ptr<const Node> node);
  static MaskExpr combine(Kind kind, ArrayRef<MaskExpr> operands);
  bool anyLeaf(llvm::function_ref<bool(const MaskExpr &)> predicate) const;

  std::shared_ptr<const Node> node;
};

raw_ostream &operator<<(raw_ostream &os, const MaskExpr &mask);

/// The part of a mask that the structural attributes can say:
/// i + lower <= j <= i + upper, each side optional, of constants and symbols
/// only.
struct DiagonalBand {
  AffineExpr lower, upper;
};

/// Splits `mask` into a band and the rest, mask = band && rest. The band is
/// empty (both null) where no conjunct has that form.
std::pair<DiagonalBand, MaskExpr> splitDiagonalBand(const MaskExpr &mask);

/// Reads the single-block region `body` (arguments b, h, i, j and then one per
/// captured value) into an expression. Understood are, on index and integers:
/// constants, add, sub, mul by constants, division and remainder (signed,
/// floor, ceil; unsigned where the operand cannot be negative) by positive
/// constants, shifts and low-bit masks, min, max, abs, select, casts (with
/// their wrap-around), every cmpi predicate, and and/or/xor/select on i1.
/// Anything else becomes a symbol where it depends on b, h and captures only, a
/// data dim where it depends on one of i and j, and otherwise Opaque. The mask
/// is the first operand of the region's terminator.
MaskExpr readMask(Region &body, ArrayRef<Value> captures, MaskSymbols &symbols);

} // namespace mlir::attn

#endif // ATTN_ANALYSIS_MASKEXPR_H
