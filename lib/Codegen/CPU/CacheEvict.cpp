//===- CacheEvict.cpp - attn.cache_evict without sorting ------------------===//
//
// One tile of a batch entry and head with n rows in use. Masses and places
// become unsigned integers of the same order, in scratch of the worker:
//
//   scf.if n > heavy + recent {
//     left = 1 for all rows, keep = 0
//     choose `recent` rows by place, then `heavy` of those left by mass,
//       of equal masses by place
//     copy kept rows to the front
//   }
//
// The k largest of n numbers are found from their bits: the k-th largest number
// is the largest t that k numbers reach, and each bit of t is a pass that
// counts.
//
// Tests: test/Codegen/CPU/lower-cache.mlir, test/Integration/Cache
//
//===----------------------------------------------------------------------===//

#include "CacheBuilder.h"

namespace mlir::attn {

namespace {

/// Unsigned numbers [S] of i64, of which the lower `bits` are used.
struct Image {
  Value numbers;
  int64_t bits = 0;
};

class EvictLowering {
public:
  EvictLowering(CacheBuilder &builder, CacheEvictOp op, Value batch, Value head)
      : b(builder), op(op), batch(batch), head(head),
        rows(b.size(op.getInits().front(), 2)) {}

  void emit();

private:
  Value scratch();
  Value constant(int64_t value) {
    return arith::ConstantIntOp::create(b, value, 64);
  }
  Value isSet(Value flags, Value row) {
    return b.compare(arith::CmpIPredicate::ne, b.load(flags, row), constant(0));
  }
  /// 0 or 1.
  Value asIndex(Value condition) {
    return arith::IndexCastUIOp::create(b, b.getIndexType(), condition);
  }
  void forEachRow(function_ref<void(Value)> body) {
    b.forEach(b.index(0), count, body);
  }
  Image imageOf(Value numbers, function_ref<Value(Value)> convert);
  Image massImage();
  Image placeImage(bool isReversed);
  Value countLeft(Image image, arith::CmpIPredicate predicate, Value bound);
  Value findThreshold(Image image, Value wanted);
  Value keepAbove(Image image, Value threshold, Value wanted);
  void limitToTies(Image image, Value threshold);
  void keepSome(Value wanted, bool fromEnd);
  void chooseRecent();
  void chooseHeavy();
  void moveRow(Value from, Value to);
  void closeUp();
  void fillHoles();

  CacheBuilder &b;
  CacheEvictOp op;
  Value batch, head, rows, count;
  /// Flags [S]: rows that may be chosen yet, and that are kept.
  Value left, keep;
};

} // namespace

Value EvictLowering::scratch() {
  auto type = MemRefType::get(ShapedType::kDynamic, b.getI64Type());
  return memref::AllocOp::create(b, type, rows, b.getI64IntegerAttr(64));
}

Image EvictLowering::imageOf(Value numbers,
                             function_ref<Value(Value)> convert) {
  Image image{scratch(),
              static_cast<int64_t>(
                  getElementTypeOrSelf(numbers).getIntOrFloatBitWidth())};
  forEachRow([&](Value row) {
    Value x = convert(b.load(numbers, {batch, head, row}));
    if (image.bits < 64)
      x = arith::ExtUIOp::create(b, b.getI64Type(), x);
    b.store(x, image.numbers, row);
  });
  return image;
}

/// Masses in their order; NaN is the largest number.
Image EvictLowering::massImage() {
  Value mass = op.getMassInit();
  Type element = getElementTypeOrSelf(mass);
  Type integer = b.getIntegerType(element.getIntOrFloatBitWidth());
  int64_t sign = element.getIntOrFloatBitWidth() - 1;
  auto number = [&](const APInt &value) -> Value {
    return arith::ConstantOp::create(b, b.getIntegerAttr(integer, value));
  };
  return imageOf(mass, [&](Value x) -> Value {
    // -0 becomes +0.
    Value zero = arith::ConstantOp::create(b, b.getFloatAttr(element, 0.0));
    x = arith::AddFOp::create(b, x, zero);
    Value bits = arith::BitcastOp::create(b, integer, x);
    // Of negative numbers all bits are flipped, of others the sign.
    Value flip = arith::ShRSIOp::create(b, bits, number(APInt(sign + 1, sign)));
    flip = arith::OrIOp::create(b, flip, number(APInt::getSignMask(sign + 1)));
    Value ordered = arith::XOrIOp::create(b, bits, flip);
    Value isNaN = arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, x, x);
    return arith::SelectOp::create(
        b, isNaN, number(APInt::getAllOnes(sign + 1)), ordered);
  });
}

/// Places in their order, or in the reverse of it.
Image EvictLowering::placeImage(bool isReversed) {
  Value places = op.getPlacesInit();
  Type integer = getElementTypeOrSelf(places);
  int64_t bits = integer.getIntOrFloatBitWidth();
  APInt flip =
      isReversed ? APInt::getSignedMaxValue(bits) : APInt::getSignMask(bits);
  return imageOf(places, [&](Value x) -> Value {
    Value mask = arith::ConstantOp::create(b, b.getIntegerAttr(integer, flip));
    return arith::XOrIOp::create(b, x, mask);
  });
}

/// How many rows that are left have a number that compares so with `bound`.
Value EvictLowering::countLeft(Image image, arith::CmpIPredicate predicate,
                               Value bound) {
  return b.loop(b.index(0), count, constant(0), [&](Value row, Value sum) {
    Value reaches = b.compare(predicate, b.load(image.numbers, row), bound);
    Value one = arith::ExtUIOp::create(b, b.getI64Type(), reaches);
    one = arith::AndIOp::create(b, one, b.load(left, row));
    return arith::AddIOp::create(b, sum, one).getResult();
  });
}

/// The largest number that `wanted` rows reach; 0 if there are fewer rows.
Value EvictLowering::findThreshold(Image image, Value wanted) {
  return b.loop(
      b.index(0), b.index(image.bits), constant(0), [&](Value n, Value t) {
        Value shift = arith::IndexCastOp::create(
            b, b.getI64Type(), b.sub(b.index(image.bits - 1), n));
        Value bit = arith::ShLIOp::create(b, constant(1), shift);
        Value next = arith::OrIOp::create(b, t, bit);
        Value found = countLeft(image, arith::CmpIPredicate::uge, next);
        Value isReached = b.compare(arith::CmpIPredicate::sge, found, wanted);
        return arith::SelectOp::create(b, isReached, next, t).getResult();
      });
}

/// Keeps what is above the threshold, and returns how many are wanted yet.
Value EvictLowering::keepAbove(Image image, Value threshold, Value wanted) {
  Value above = countLeft(image, arith::CmpIPredicate::ugt, threshold);
  forEachRow([&](Value row) {
    Value isAbove = b.compare(arith::CmpIPredicate::ugt,
                              b.load(image.numbers, row), threshold);
    Value flag = arith::ExtUIOp::create(b, b.getI64Type(), isAbove);
    flag = arith::AndIOp::create(b, flag, b.load(left, row));
    b.store(arith::OrIOp::create(b, b.load(keep, row), flag), keep, row);
  });
  return arith::SubIOp::create(b, wanted, above);
}

/// Leaves only what equals the threshold.
void EvictLowering::limitToTies(Image image, Value threshold) {
  forEachRow([&](Value row) {
    Value isTied = b.compare(arith::CmpIPredicate::eq,
                             b.load(image.numbers, row), threshold);
    Value flag = arith::ExtUIOp::create(b, b.getI64Type(), isTied);
    b.store(arith::AndIOp::create(b, flag, b.load(left, row)), left, row);
  });
}

/// Keeps the `wanted` first or last rows that are left.
void EvictLowering::keepSome(Value wanted, bool fromEnd) {
  b.loop(b.index(0), count, wanted, [&](Value n, Value wanted) {
    Value row = n;
    if (fromEnd)
      row = b.sub(b.sub(count, n), b.index(1));
    Value isWanted = b.compare(arith::CmpIPredicate::sgt, wanted, constant(0));
    Value taken = arith::ExtUIOp::create(b, b.getI64Type(),
                                         b.both(isSet(left, row), isWanted));
    b.store(arith::OrIOp::create(b, b.load(keep, row), taken), keep, row);
    return arith::SubIOp::create(b, wanted, taken).getResult();
  });
}

/// The `recent` rows of the largest places, which then are not left.
void EvictLowering::chooseRecent() {
  Value wanted = constant(op.getRecent());
  if (op.getPlaces()) {
    Image places = placeImage(/*isReversed=*/false);
    Value threshold = findThreshold(places, wanted);
    wanted = keepAbove(places, threshold, wanted);
    limitToTies(places, threshold);
  }
  keepSome(wanted, /*fromEnd=*/true);
  forEachRow([&](Value row) {
    Value isFree = arith::XOrIOp::create(b, b.load(keep, row), constant(1));
    b.store(isFree, left, row);
  });
}

/// The `heavy` rows of the largest masses, of equal ones the smallest places.
void EvictLowering::chooseHeavy() {
  Value wanted = constant(op.getHeavy());
  if (op.getMass()) {
    Image masses = massImage();
    Value threshold = findThreshold(masses, wanted);
    wanted = keepAbove(masses, threshold, wanted);
    limitToTies(masses, threshold);
  }
  if (op.getPlaces()) {
    Image places = placeImage(/*isReversed=*/true);
    Value threshold = findThreshold(places, wanted);
    wanted = keepAbove(places, threshold, wanted);
    limitToTies(places, threshold);
  }
  keepSome(wanted, /*fromEnd=*/false);
}

void EvictLowering::moveRow(Value from, Value to) {
  for (Value cache : op.getInits())
    b.copyRow(cache, {batch, head, from}, cache, {batch, head, to});
}

/// Kept rows in their order at the front.
void EvictLowering::closeUp() {
  b.loop(b.index(0), count, b.index(0), [&](Value row, Value to) {
    Value isKept = isSet(keep, row);
    Value moves = b.both(isKept, b.compare(arith::CmpIPredicate::ne, row, to));
    b.when(moves, [&] { moveRow(row, to); });
    return b.add(to, asIndex(isKept));
  });
}

/// Kept rows behind the budget into places of it that are free.
void EvictLowering::fillHoles() {
  Value budget = b.index(op.getHeavy() + op.getRecent());
  Value holes = scratch();
  b.loop(b.index(0), budget, b.index(0), [&](Value row, Value found) {
    Value isFree =
        b.compare(arith::CmpIPredicate::eq, b.load(keep, row), constant(0));
    b.when(isFree, [&] {
      Value number = arith::IndexCastOp::create(b, b.getI64Type(), row);
      b.store(number, holes, found);
    });
    return b.add(found, asIndex(isFree));
  });
  b.loop(budget, count, b.index(0), [&](Value row, Value used) {
    Value isKept = isSet(keep, row);
    b.when(isKept, [&] { moveRow(row, b.readIndex(holes, used)); });
    return b.add(used, asIndex(isKept));
  });
}

void EvictLowering::emit() {
  count = b.min(b.readIndex(op.getLengths(), batch), rows);
  Value isOver = b.compare(arith::CmpIPredicate::sgt, count,
                           b.index(op.getHeavy() + op.getRecent()));
  left = scratch();
  keep = scratch();
  b.when(isOver, [&] {
    forEachRow([&](Value row) {
      b.store(constant(1), left, row);
      b.store(constant(0), keep, row);
    });
    chooseRecent();
    chooseHeavy();
    if (op.getPlaces())
      fillHoles();
    else
      closeUp();
  });
}

void emitCacheEvict(CacheBuilder &b, CacheEvictOp op) {
  Value first = op.getInits().front();
  OpFoldResult batches = memref::getMixedSize(b, b.getLoc(), first, 0);
  OpFoldResult heads = memref::getMixedSize(b, b.getLoc(), first, 1);
  b.forEachTile({batches, heads}, [&](ValueRange at) {
    EvictLowering(b, op, at[0], at[1]).emit();
  });
}

} // namespace mlir::attn
