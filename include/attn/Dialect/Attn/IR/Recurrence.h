//===- Recurrence.h - a linear or recurrent op by what it means -*- C++ -*-===//
//
// One view of attn.linear and attn.recurrent for everything that lowers them:
//
//   S_t = diag(exp(gate_t)) S_{t-1} + correction + k_t v_t^T
//   o_t = scale * S_t^T q_t
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_DIALECT_ATTN_IR_RECURRENCE_H
#define ATTN_DIALECT_ATTN_IR_RECURRENCE_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Value.h"
#include <optional>

namespace mlir::attn {

/// What a gate's rank says.
enum class GateKind { None, PerHead, PerToken, PerRow };

/// Operands that the op does not have are null.
struct Recurrence {
  /// `[B, Hq, T, K]`, `[B, Hk, T, K]`, `[B, H, T, V]`.
  Value query, key, value;
  /// Natural logarithms: `[H]`, `[B, H, T]` or `[B, H, T, K]`.
  Value gate;
  /// The logarithm of a token's weight, `[B, H, T]`; with `max_exp` alone.
  Value inputGate;
  /// `[H, K]`: the weight of a token for itself when reading comes first.
  Value bonus;
  /// The delta rule's rate of writing, `[B, H, T]`.
  Value beta;
  /// a and b of a_t (b_t^T S_{t-1}), each `[B, H, T, K]`.
  Value left, right;
  /// dt `[B, H, T, V]` and a `[H, K, V]` of a decay per element.
  Value timeStep, rate;
  /// Bounds of packed sequences, `[N + 1]`.
  Value cuSeqlens;

  /// Destinations: `[B, max(Hq, H), T, V]`, and as far as the op has them the
  /// state `[B, H, K, V]`, the normalizer's sum `[B, H, K]` and maximum
  /// `[B, H]`, and the transition.
  Value output, state, keySum, maximum, transition;

  bool readBefore = false;
  bool normalizesByKeySum = false;
  bool normalizesByMaximum = false;
  bool hasTransition = false;
  double scale = 1.0;
  double epsilon = 0.0;

  int64_t getKeyWidth() const {
    return cast<ShapedType>(query.getType()).getDimSize(3);
  }
  int64_t getValueWidth() const {
    return cast<ShapedType>(value.getType()).getDimSize(3);
  }
  bool hasNormalizer() const {
    return normalizesByKeySum || normalizesByMaximum;
  }
  bool hasCorrection() const { return beta || left; }
  GateKind getGateKind() const {
    if (!gate)
      return GateKind::None;
    int64_t rank = cast<ShapedType>(gate.getType()).getRank();
    return rank == 1   ? GateKind::PerHead
           : rank == 3 ? GateKind::PerToken
                       : GateKind::PerRow;
  }
  /// What the state and all arithmetic are kept in: f32, or f64 for f64.
  FloatType getStateType() const;
};

} // namespace mlir::attn

#endif // ATTN_DIALECT_ATTN_IR_RECURRENCE_H
