//===- CacheOps.cpp - operations on caches: constraints, types, effects ---===//
//
// Messages begin with the number of the constraint in the operation's
// description; test/Dialect/Attn/invalid-cache.mlir breaks each of them.
//
// Tests: test/Dialect/Attn/ops-cache.mlir
//
//===----------------------------------------------------------------------===//

#include "attn/Dialect/Attn/IR/CacheOps.h"
#include "DestinationOps.h"
#include "VerifierRules.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::attn;

#define GET_OP_CLASSES
#include "attn/Dialect/Attn/IR/CacheOps.cpp.inc"

static bool isComputed(Type element) {
  return isa<Float16Type, BFloat16Type, Float32Type, Float64Type>(element);
}

//===----------------------------------------------------------------------===//
// attn.cache_update
//===----------------------------------------------------------------------===//

/// C1, C3.
static LogicalResult verifyShapes(CacheUpdateOp op) {
  std::tuple<StringRef, Value, int64_t> operands[] = {
      {"rows", op.getRows(), 4},
      {"lengths", op.getLengths(), 1},
      {"page_table", op.getPageTable(), 2},
      {"cos", op.getCos(), 2},
      {"sin", op.getSin(), 2},
      {"cache", op.getCacheInit(), 4}};
  for (auto [name, value, rank] : operands)
    if (value && failed(verifyRank(op, "C1", name, value, rank)))
      return failure();
  if (failed(verifyIndexElement(op, "C3", "lengths", op.getLengths())))
    return failure();
  if (Value table = op.getPageTable())
    return verifyIndexElement(op, "C3", "page_table", table);
  return success();
}

/// C5: D / 2 angles for each place.
static LogicalResult verifyAngles(CacheUpdateOp op) {
  if (!op.getCos()) {
    if (op.getInterleaved())
      return op.emitOpError() << "C5: expected 'angles' with 'interleaved'";
    return success();
  }
  int64_t width = cast<ShapedType>(op.getRows().getType()).getDimSize(3);
  int64_t pairs = cast<ShapedType>(op.getCos().getType()).getDimSize(1);
  if (ShapedType::isDynamic(width) || width % 2 != 0)
    return op.emitOpError() << "C5: expected a static even width with 'angles'";
  if (pairs != width / 2)
    return op.emitOpError() << "C5: expected 'angles' of " << width / 2
                            << " pairs, but found " << op.getCos().getType();
  return success();
}

/// C6.
static LogicalResult verifyPages(CacheUpdateOp op) {
  if (bool(op.getPageTable()) != bool(op.getPageSize()))
    return op.emitOpError()
           << "C6: expected both of 'page_table' and 'page_size'";
  if (!op.getPageTable())
    return success();
  if (static_cast<int64_t>(*op.getPageSize()) <= 0)
    return op.emitOpError() << "C6: expected a positive 'page_size', but found "
                            << static_cast<int64_t>(*op.getPageSize());
  if (op.getRing())
    return op.emitOpError() << "C6: expected no 'ring' with 'page_table'";
  int64_t batches = cast<ShapedType>(op.getCacheInit().getType()).getDimSize(0);
  if (batches != 1)
    return op.emitOpError()
           << "C6: expected a cache of one batch entry with 'page_table', but "
              "found "
           << op.getCacheInit().getType();
  return success();
}

LogicalResult CacheUpdateOp::verify() {
  if (failed(verifyGroups(*this, {0, 1, 5})) ||
      failed(verifyOneKind(*this, "C7")) || failed(verifyShapes(*this)))
    return failure();
  Type element = getElementTypeOrSelf(getRows());
  if (!isComputed(element))
    return emitOpError() << "C2: expected f16, bf16, f32 or f64, but found "
                         << element;
  if (getElementTypeOrSelf(getCacheInit()) != element)
    return emitOpError() << "C2: expected 'cache' of " << element
                         << " like 'rows', but found "
                         << getElementTypeOrSelf(getCacheInit());
  if (bool(getCos()) != bool(getSin()))
    return emitOpError() << "C5: expected two tables of 'angles'";
  for (Value angles : {getCos(), getSin()})
    if (angles &&
        (!isComputed(getElementTypeOrSelf(angles)) ||
         getElementTypeOrSelf(angles) != getElementTypeOrSelf(getCos())))
      return emitOpError() << "C2: expected 'angles' of one float type, but "
                              "found "
                           << getElementTypeOrSelf(angles);
  if (failed(verifyPages(*this)) || failed(verifyAngles(*this)))
    return failure();
  return verifyTies(*this, "C4");
}

//===----------------------------------------------------------------------===//
// attn.cache_evict
//===----------------------------------------------------------------------===//

/// C5: `number` names a destination.
static LogicalResult verifyNumber(CacheEvictOp op, StringRef name,
                                  std::optional<uint64_t> number) {
  if (number && *number >= op.getInits().size())
    return op.emitOpError()
           << "C5: expected '" << name << "' below " << op.getInits().size()
           << ", but found " << static_cast<int64_t>(*number);
  return success();
}

/// C1, C2.
static LogicalResult verifyShapes(CacheEvictOp op) {
  if (op.getInits().empty())
    return op.emitOpError() << "C1: expected a destination";
  if (failed(verifyRank(op, "C1", "lengths", op.getLengths(), 1)) ||
      failed(verifyIndexElement(op, "C2", "lengths", op.getLengths())))
    return failure();
  for (Value init : op.getInits()) {
    int64_t rank = cast<ShapedType>(init.getType()).getRank();
    if (rank != 3 && rank != 4)
      return op.emitOpError()
             << "C1: expected destinations of rank 3 or 4, but found rank "
             << rank;
  }
  std::pair<StringRef, Value> numbers[] = {{"mass", op.getMassInit()},
                                           {"places", op.getPlacesInit()}};
  for (auto [name, value] : numbers)
    if (value && failed(verifyRank(op, "C1", name, value, 3)))
      return failure();
  if (Value mass = op.getMassInit()) {
    Type element = getElementTypeOrSelf(mass);
    if (!element.isF32() && !element.isF64())
      return op.emitOpError()
             << "C2: expected 'mass' of f32 or f64, but found " << element;
  }
  if (Value places = op.getPlacesInit())
    return verifyIndexElement(op, "C2", "places", places);
  return success();
}

LogicalResult CacheEvictOp::verify() {
  if (failed(verifyOneKind(*this, "C6")) ||
      failed(verifyNumber(*this, "mass", getMass())) ||
      failed(verifyNumber(*this, "places", getPlaces())) ||
      failed(verifyShapes(*this)))
    return failure();
  auto heavy = static_cast<int64_t>(getHeavy());
  auto recent = static_cast<int64_t>(getRecent());
  constexpr int64_t limit = int64_t(1) << 31;
  if (heavy < 0 || recent < 0 || heavy >= limit || recent >= limit ||
      heavy + recent == 0 || heavy + recent >= limit)
    return emitOpError() << "C4: expected 'heavy' and 'recent' of at least 0 "
                            "with a sum between 1 and 2^31, but found "
                         << heavy << " and " << recent;
  return verifyTies(*this, "C3");
}

//===----------------------------------------------------------------------===//
// attn.key_mass
//===----------------------------------------------------------------------===//

ScoredAttention mlir::attn::getScores(KeyMassOp op) {
  return {op,
          op.getQuery(),
          op.getKey(),
          /*value=*/op.getKey(),
          op.getBias(),
          /*sink=*/Value(),
          op.getCaptures(),
          /*origin=*/ValueRange(),
          /*diagonal=*/Value(),
          /*output=*/op.getQuery(),
          op.getLse(),
          op.getScale(),
          op.getSoftcap(),
          op.getCausal(),
          op.getAlign(),
          op.getWindow(),
          &op.getScore(),
          &op.getMask(),
          ScheduleAttr()};
}

LogicalResult KeyMassOp::verify() {
  if (failed(verifyGroups(*this, {0, 1, 2, 5})))
    return failure();
  ScoredAttention scores = getScores(*this);
  auto verifyMass = [&]() -> LogicalResult {
    if (failed(verifyRank(*this, "C13", "mass", getMassInit(), 3)))
      return failure();
    for (auto [name, value] : {std::pair<StringRef, Value>{"lse", getLse()},
                               {"mass", getMassInit()}})
      if (getElementTypeOrSelf(value) != scores.getStatisticsType())
        return emitOpError() << "C13: expected '" << name << "' of "
                             << scores.getStatisticsType() << ", but found "
                             << getElementTypeOrSelf(value);
    return success();
  };
  return verifyScoredAttention(scores, verifyMass);
}

//===----------------------------------------------------------------------===//
// Results are the destinations; effects are those on memrefs
//===----------------------------------------------------------------------===//

static LogicalResult inferTensors(ValueRange inits,
                                  SmallVectorImpl<Type> &types) {
  for (Value init : inits)
    if (isa<RankedTensorType>(init.getType()))
      types.push_back(init.getType());
  return success();
}

LogicalResult CacheUpdateOp::inferReturnTypes(MLIRContext *,
                                              std::optional<Location>,
                                              Adaptor adaptor,
                                              SmallVectorImpl<Type> &types) {
  return inferTensors(adaptor.getCacheInit(), types);
}
LogicalResult CacheEvictOp::inferReturnTypes(MLIRContext *,
                                             std::optional<Location>,
                                             Adaptor adaptor,
                                             SmallVectorImpl<Type> &types) {
  return inferTensors(adaptor.getInits(), types);
}
LogicalResult KeyMassOp::inferReturnTypes(MLIRContext *,
                                          std::optional<Location>,
                                          Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  return inferTensors(adaptor.getMassInit(), types);
}

LogicalResult
CacheUpdateOp::reifyResultShapes(OpBuilder &builder,
                                 ReifiedRankedShapedTypeDims &shapes) {
  return reifyFromInits(*this, builder, shapes);
}
LogicalResult
CacheEvictOp::reifyResultShapes(OpBuilder &builder,
                                ReifiedRankedShapedTypeDims &shapes) {
  return reifyFromInits(*this, builder, shapes);
}
LogicalResult
KeyMassOp::reifyResultShapes(OpBuilder &builder,
                             ReifiedRankedShapedTypeDims &shapes) {
  return reifyFromInits(*this, builder, shapes);
}

void CacheUpdateOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  addDestinationEffects(*this, /*readsInits=*/true, effects);
}
void CacheEvictOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  addDestinationEffects(*this, /*readsInits=*/true, effects);
}

Speculation::Speculatability CacheUpdateOp::getSpeculatability() {
  return hasPureTensorSemantics() ? Speculation::Speculatable
                                  : Speculation::NotSpeculatable;
}
Speculation::Speculatability CacheEvictOp::getSpeculatability() {
  return hasPureTensorSemantics() ? Speculation::Speculatable
                                  : Speculation::NotSpeculatable;
}
