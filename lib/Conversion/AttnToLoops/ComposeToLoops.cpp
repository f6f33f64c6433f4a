//===- ComposeToLoops.cpp - attn.compose as scalar loops ------------------===//
//
//   for b, h, and for the state and the transition, X being either in f64:
//     X = init[b, h]
//     for p:  X = M_p X, and + E_p for the state     a matrix: by columns
//     init[b, h] = X                                 rounded here, once
//
// Tests: test/Conversion/AttnToLoops/to-loops-compose.mlir,
//        to-loops-state-invalid.mlir
//
//===----------------------------------------------------------------------===//

#include "ScalarBuilder.h"
#include "attn/Conversion/AttnToLoops/AttnToLoops.h"

using namespace mlir;
using namespace mlir::attn;

namespace {

/// One of the two destinations of an operation.
struct Composition {
  ComposeOp op;
  /// What is added after each product, or null.
  Value addend;
  /// Storage of X, and of one column of it.
  Value storage, column;

  SmallVector<Value> sizes(ScalarBuilder &b) {
    SmallVector<Value> sizes;
    int64_t rank = cast<RankedTensorType>(storage.getType()).getRank();
    for (int64_t axis = 0; axis < rank; ++axis)
      sizes.push_back(b.size(storage, axis));
    return sizes;
  }

  /// `value`, and the addend's element at this place of part p.
  Value add(ScalarBuilder &b, Value value, ValueRange part,
            ValueRange element) {
    if (!addend)
      return value;
    SmallVector<Value> place(part);
    llvm::append_range(place, element);
    return b.add(value, b.read(addend, place));
  }

  Value buildScaled(ScalarBuilder &b, ValueRange part, Value x);
  Value buildProduct(ScalarBuilder &b, ValueRange part, Value x);
  Value buildHead(ScalarBuilder &b, Value batch, Value head, Value init);
};

} // namespace

/// M_p X + E_p where M_p is a number for X, for each row, or for each element.
Value Composition::buildScaled(ScalarBuilder &b, ValueRange part, Value x) {
  int64_t rank =
      cast<RankedTensorType>(op.getTransitions().getType()).getRank();
  auto element = [&](ScalarBuilder &b, ValueRange at, ValueRange x) {
    SmallVector<Value> factor(part);
    llvm::append_range(factor, at.take_front(rank - part.size()));
    Value product =
        b.mul(b.read(op.getTransitions(), factor), b.read(x[0], at));
    return SmallVector<Value>{b.write(add(b, product, part, at), x[0], at)};
  };
  return b.nest(sizes(b), x, element)[0];
}

/// M_p X + E_p where M_p is a matrix.
Value Composition::buildProduct(ScalarBuilder &b, ValueRange part, Value x) {
  Value rows = b.size(x, 0);
  auto overColumns = [&](ScalarBuilder &b, Value c, ValueRange x) {
    auto overRows = [&](ScalarBuilder &b, Value i, ValueRange column) {
      auto term = [&](ScalarBuilder &b, Value j, ValueRange sum) {
        Value factor =
            b.read(op.getTransitions(), {part[0], part[1], part[2], i, j});
        Value product = b.mul(factor, b.read(x[0], {j, c}));
        return SmallVector<Value>{b.add(sum[0], product)};
      };
      Value sum = b.loop(rows, b.real(0.0), term)[0];
      return SmallVector<Value>{
          b.write(add(b, sum, part, {i, c}), column[0], i)};
    };
    Value next = b.loop(rows, column, overRows)[0];
    auto store = [&](ScalarBuilder &b, Value i, ValueRange x) {
      return SmallVector<Value>{b.write(b.read(next, i), x[0], {i, c})};
    };
    return b.loop(rows, x, store);
  };
  return b.loop(b.size(x, 1), x, overColumns)[0];
}

/// The destination with the result of one head in it.
Value Composition::buildHead(ScalarBuilder &b, Value batch, Value head,
                             Value init) {
  auto place = [&](ValueRange element) {
    SmallVector<Value> place{batch, head};
    llvm::append_range(place, element);
    return place;
  };
  auto load = [&](ScalarBuilder &b, ValueRange at, ValueRange x) {
    return SmallVector<Value>{b.write(b.read(init, place(at)), x[0], at)};
  };
  Value start = b.nest(sizes(b), storage, load)[0];
  auto overParts = [&](ScalarBuilder &b, Value p, ValueRange x) {
    SmallVector<Value> part{p, batch, head};
    return SmallVector<Value>{op.isDense() ? buildProduct(b, part, x[0])
                                           : buildScaled(b, part, x[0])};
  };
  Value end = b.loop(b.size(op.getStates(), 0), start, overParts)[0];
  auto store = [&](ScalarBuilder &b, ValueRange at, ValueRange init) {
    return SmallVector<Value>{b.write(b.read(end, at), init[0], place(at))};
  };
  return b.nest(sizes(b), init, store)[0];
}

FailureOr<SmallVector<Value>> mlir::attn::buildComposeLoops(OpBuilder &builder,
                                                            ComposeOp op) {
  if (!op.hasPureTensorSemantics())
    return op.emitOpError("expected tensors in the lowering to loops, but "
                          "found memrefs");
  ScalarBuilder b(builder, op.getLoc());
  SmallVector<Composition> compositions;
  for (auto [number, init] : llvm::enumerate(op.getDpsInits())) {
    auto shape = cast<RankedTensorType>(init.getType()).getShape();
    Value addend = number == 0 ? op.getStates() : Value();
    Value storage = b.scratch(shape.drop_front(2));
    Value column = op.isDense() ? b.scratch(shape[2]) : Value();
    compositions.push_back({op, addend, storage, column});
  }
  auto body = [&](ScalarBuilder &b, ValueRange at, ValueRange inits) {
    SmallVector<Value> results;
    for (auto [composition, init] : llvm::zip_equal(compositions, inits))
      results.push_back(composition.buildHead(b, at[0], at[1], init));
    return results;
  };
  return b.nest({b.size(op.getStateInit(), 0), b.size(op.getStateInit(), 1)},
                SmallVector<Value>(op.getDpsInits()), body);
}
