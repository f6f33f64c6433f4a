//===- RecurrenceToken.cpp - one token of attn.linear and attn.recurrent --===//
//
// As the descriptions of the operations read, a row i of the state at a time:
//
//   m' = max(f + m, i), decay = exp(f + m - m'), weight = exp(i - m') (max_exp)
//   r[c]    = sum_i b[i] S[i, c]                                 (a correction)
//   S[i, c] = decay[i] S[i, c] + a[i] r[c] + weight k[i] v[c]
//   z[i]    = decay[i] z[i] + weight k[i]                        (a normalizer)
//   o[n, c] = scale * sum_i q[n, i] S[i, c] / the normalizer
//
// The delta rule is a = -beta k, b = decay k, weight = beta. A dense transition
// is a state whose values are zero.
//
// Tests: test/Conversion/AttnToLoops/to-loops-state.mlir
//
//===----------------------------------------------------------------------===//

#include "RecurrenceToken.h"

using namespace mlir;
using namespace mlir::attn;

//===----------------------------------------------------------------------===//
// Running values
//===----------------------------------------------------------------------===//

SmallVector<Value> Running::pack() const {
  SmallVector<Value> values;
  for (Value value : {output, state, keySum, maximum, transition})
    if (value)
      values.push_back(value);
  return values;
}

Running Running::unpack(ValueRange next) const {
  Running result = *this;
  for (Value *value : {&result.output, &result.state, &result.keySum,
                       &result.maximum, &result.transition})
    if (*value) {
      *value = next.front();
      next = next.drop_front();
    }
  return result;
}

//===----------------------------------------------------------------------===//
// Factors of a token
//===----------------------------------------------------------------------===//

namespace {

struct Token {
  const Recurrence &parts;
  const TokenPlace &place;
  /// What the whole state decays by, null when rows or elements differ or
  /// nothing decays; what the token's k v^T is multiplied by, null for 1.
  Value decay, weight;

  Token(const Recurrence &parts, const TokenPlace &place)
      : parts(parts), place(place) {}

  Value perToken(ScalarBuilder &b, Value tensor) {
    return b.read(tensor, {place.batch, place.head, place.time});
  }
  Value perToken(ScalarBuilder &b, Value tensor, Value feature) {
    return b.read(tensor, {place.batch, place.head, place.time, feature});
  }
  Value key(ScalarBuilder &b, Value i) {
    return b.read(parts.key, {place.batch, place.keyHead, place.time, i});
  }

  /// `value` after the decay of row i.
  Value decayed(ScalarBuilder &b, Value value, Value i) {
    if (decay)
      return b.mul(decay, value);
    if (parts.getGateKind() == GateKind::PerRow)
      return b.mul(b.exp(perToken(b, parts.gate, i)), value);
    return value;
  }
  /// `value` after the decay of element (i, c).
  Value decayed(ScalarBuilder &b, Value value, Value i, Value c) {
    if (!parts.timeStep)
      return decayed(b, value, i);
    Value rate = b.read(parts.rate, {place.head, i, c});
    return b.mul(b.exp(b.mul(perToken(b, parts.timeStep, c), rate)), value);
  }

  void buildFactors(ScalarBuilder &b, Running &now);
  Value buildCorrectionRead(ScalarBuilder &b, Value matrix, Value width,
                            Value row);
  Value buildUpdate(ScalarBuilder &b, Value matrix, Value row, bool writes);
  Value buildVectorUpdate(ScalarBuilder &b, Value vector, bool writes);
  Value buildTransition(ScalarBuilder &b, Value transition, Value row);
  Value buildDivisor(ScalarBuilder &b, const Running &now, ValueRange query);
  Value buildOutput(ScalarBuilder &b, const Running &now);
};

} // namespace

/// decay and weight, and m after the token.
void Token::buildFactors(ScalarBuilder &b, Running &now) {
  GateKind kind = parts.getGateKind();
  Value gate;
  if (kind == GateKind::PerHead)
    gate = b.read(parts.gate, place.head);
  else if (kind == GateKind::PerToken)
    gate = perToken(b, parts.gate);
  if (parts.beta)
    weight = perToken(b, parts.beta);
  if (parts.normalizesByMaximum) {
    Value input = perToken(b, parts.inputGate);
    gate = b.add(gate, now.maximum);
    now.maximum = b.max(gate, input);
    Value finite = b.finiteMaximum(now.maximum);
    gate = b.sub(gate, finite);
    weight = b.exp(b.sub(input, finite));
  }
  if (gate)
    decay = b.exp(gate);
}

//===----------------------------------------------------------------------===//
// The state and what changes with it
//===----------------------------------------------------------------------===//

/// r[c] = sum_i b[i] S[i, c], of the state before the token.
Value Token::buildCorrectionRead(ScalarBuilder &b, Value matrix, Value width,
                                 Value row) {
  auto column = [&](ScalarBuilder &b, Value c, ValueRange row) {
    auto add = [&](ScalarBuilder &b, Value i, ValueRange sum) {
      Value element = b.read(matrix, {i, c});
      Value term = parts.beta ? b.mul(key(b, i), decayed(b, element, i))
                              : b.mul(perToken(b, parts.right, i), element);
      return SmallVector<Value>{b.add(sum[0], term)};
    };
    Value sum = b.loop(b.size(matrix, 0), b.real(0.0), add)[0];
    return SmallVector<Value>{b.write(sum, row[0], c)};
  };
  return b.loop(width, row, column)[0];
}

/// The state after the token; without `writes` as if the value were zero.
Value Token::buildUpdate(ScalarBuilder &b, Value matrix, Value row,
                         bool writes) {
  Value width = b.size(matrix, 1);
  if (parts.hasCorrection())
    row = buildCorrectionRead(b, matrix, width, row);
  auto element = [&](ScalarBuilder &b, ValueRange at, ValueRange matrix) {
    Value i = at[0], c = at[1];
    Value next = decayed(b, b.read(matrix[0], at), i, c);
    if (parts.beta) {
      Value write = b.mul(weight, key(b, i));
      next = b.sub(next, b.mul(write, b.read(row, c)));
    } else if (parts.left) {
      Value left = perToken(b, parts.left, i);
      next = b.add(next, b.mul(left, b.read(row, c)));
    }
    if (writes) {
      Value write = b.mul(key(b, i), perToken(b, parts.value, c));
      next = b.add(next, weight ? b.mul(weight, write) : write);
    }
    return SmallVector<Value>{b.write(next, matrix[0], at)};
  };
  return b.nest({b.size(matrix, 0), width}, matrix, element)[0];
}

/// z, or a transition per row, after the token.
Value Token::buildVectorUpdate(ScalarBuilder &b, Value vector, bool writes) {
  auto element = [&](ScalarBuilder &b, Value i, ValueRange vector) {
    Value next = decayed(b, b.read(vector[0], i), i);
    if (writes)
      next = b.add(next, weight ? b.mul(weight, key(b, i)) : key(b, i));
    return SmallVector<Value>{b.write(next, vector[0], i)};
  };
  return b.loop(b.size(vector, 0), vector, element)[0];
}

Value Token::buildTransition(ScalarBuilder &b, Value transition, Value row) {
  auto type = dyn_cast<RankedTensorType>(transition.getType());
  if (!type)
    return decay ? b.mul(decay, transition) : transition;
  return type.getRank() == 1
             ? buildVectorUpdate(b, transition, /*writes=*/false)
             : buildUpdate(b, transition, row, /*writes=*/false);
}

//===----------------------------------------------------------------------===//
// The output
//===----------------------------------------------------------------------===//

/// What a normalizer divides the output of a query head by.
Value Token::buildDivisor(ScalarBuilder &b, const Running &now,
                          ValueRange query) {
  auto add = [&](ScalarBuilder &b, Value i, ValueRange sum) {
    SmallVector<Value> at(query);
    at.push_back(i);
    Value term = b.mul(b.read(parts.query, at), b.read(now.keySum, i));
    return SmallVector<Value>{b.add(sum[0], term)};
  };
  Value sum = b.loop(b.size(now.keySum, 0), b.real(0.0), add)[0];
  Value divisor = b.mul(b.real(parts.scale), sum);
  if (parts.normalizesByMaximum) {
    Value bound = b.exp(b.sub(b.real(0.0), now.maximum));
    divisor = b.max(math::AbsFOp::create(b, divisor), bound);
  }
  return b.add(divisor, b.real(parts.epsilon));
}

/// The output with the row of every query head that reads this state.
Value Token::buildOutput(ScalarBuilder &b, const Running &now) {
  auto atLeastOne = [&](Value count) -> Value {
    return arith::MaxSIOp::create(b, count, b.index(1));
  };
  auto quotient = [&](Value x, Value y) -> Value {
    return arith::DivSIOp::create(b, x, y);
  };
  Value heads = b.size(parts.output, 1);
  Value perState = quotient(heads, atLeastOne(b.size(parts.value, 1)));
  Value perQuery =
      atLeastOne(quotient(heads, atLeastOne(b.size(parts.query, 1))));
  auto overReaders = [&](ScalarBuilder &b, Value reader, ValueRange output) {
    Value first = arith::MulIOp::create(b, place.head, perState);
    Value head = b.addIndex(first, reader);
    Value queryHead = arith::DivSIOp::create(b, head, perQuery);
    SmallVector<Value> query{place.batch, queryHead, place.time};
    Value divisor =
        parts.hasNormalizer() ? buildDivisor(b, now, query) : Value();
    auto overColumns = [&](ScalarBuilder &b, Value c, ValueRange output) {
      auto add = [&](ScalarBuilder &b, Value i, ValueRange sum) {
        Value element = b.read(now.state, {i, c});
        if (parts.bonus) {
          Value own = b.mul(key(b, i), perToken(b, parts.value, c));
          own = b.mul(b.read(parts.bonus, {place.head, i}), own);
          element = b.add(element, own);
        }
        Value q = b.read(parts.query, {query[0], query[1], query[2], i});
        return SmallVector<Value>{b.add(sum[0], b.mul(q, element))};
      };
      Value sum = b.loop(b.size(now.state, 0), b.real(0.0), add)[0];
      Value value = b.mul(b.real(parts.scale), sum);
      if (divisor)
        value = b.div(value, divisor);
      return SmallVector<Value>{
          b.write(value, output[0], {place.batch, head, place.time, c})};
    };
    return b.loop(b.size(now.state, 1), output, overColumns);
  };
  return b.loop(perState, now.output, overReaders)[0];
}

Running mlir::attn::buildToken(ScalarBuilder &b, const Recurrence &parts,
                               const TokenPlace &place, const RowStorage &rows,
                               Running now) {
  Token token(parts, place);
  if (parts.readBefore)
    now.output = token.buildOutput(b, now);
  token.buildFactors(b, now);
  now.state = token.buildUpdate(b, now.state, rows.state, /*writes=*/true);
  if (now.keySum)
    now.keySum = token.buildVectorUpdate(b, now.keySum, /*writes=*/true);
  if (now.transition)
    now.transition = token.buildTransition(b, now.transition, rows.transition);
  if (!parts.readBefore)
    now.output = token.buildOutput(b, now);
  return now;
}
