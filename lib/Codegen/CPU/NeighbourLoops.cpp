//===- NeighbourLoops.cpp - elementwise ops and reductions as vector loops
//-===//
//
//   %y = linalg.generic {parallel, parallel} ins(%x : tensor<?x100xf32>)
//   ->
//   %y = scf.forall (%i) = 0 to %n step 128 {
//     scf.for %r = 0 to 128 step 1 {
//       scf.for %j = 0 to 64 step 64 { generic 1 x 64 }
//       generic 1 x 36, as a masked vector of 64
//     }
//   }
//
// Vectors run along the innermost dimension of the output. Where an input is
// innermost in another parallel loop, square tiles are transposed in registers;
// where the inputs are innermost in a reduction loop, vectors of partial
// results are combined at the end:
//
//   %part = scf.for %k = 0 to %n step 64 { part[0..63] += x[k..k+63] }
//   %sum  = sum over part
//
// Tests: test/Codegen/CPU/tile-neighbours.mlir
//
//===----------------------------------------------------------------------===//

#include "Neighbours.h"
#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::attn {

/// Loop iterations of one parallel tile: some microseconds of work.
static constexpr int64_t kTileWork = 16384;
/// What a size that is not known is taken for.
static constexpr int64_t kAssumedSize = 256;

void setRegisterTile(Operation *op, ArrayRef<int64_t> sizes,
                     ArrayRef<int64_t> inner, ArrayRef<int64_t> tail,
                     ArrayRef<int64_t> lanes) {
  MLIRContext *context = op->getContext();
  auto array = [&](ArrayRef<int64_t> values) -> DenseI64ArrayAttr {
    if (values.empty())
      return {};
    return DenseI64ArrayAttr::get(context, values);
  };
  op->setAttr("attn.tile",
              RegisterTileAttr::get(context, array(sizes), array(inner),
                                    array(tail), /*fuse=*/false,
                                    /*yield=*/false, array(lanes),
                                    /*prefetch=*/0));
}

bool hasMaskedAccess(const TargetInfo &target, unsigned bits) {
  if (bits < 32)
    return target.hasFeature("avx512bw");
  return target.hasMaskedVectors() || target.hasFeature("avx2");
}

FailureOr<TiledOp> tileAndReplace(RewriterBase &rewriter, linalg::LinalgOp op,
                                  ArrayRef<int64_t> sizes,
                                  scf::SCFTilingOptions::LoopType type) {
  if (llvm::all_of(sizes, [](int64_t size) { return size == 0; }))
    return TiledOp{op, {}};
  rewriter.setInsertionPoint(op);
  scf::SCFTilingOptions options;
  options.setTileSizes(getAsIndexOpFoldResult(op.getContext(), sizes));
  options.setLoopType(type);
  FailureOr<scf::SCFTilingResult> tiled = scf::tileUsingSCF(
      rewriter, cast<TilingInterface>(op.getOperation()), options);
  if (failed(tiled))
    return op.emitOpError("cannot be tiled");
  rewriter.replaceOp(op, tiled->replacements);
  return TiledOp{cast<linalg::LinalgOp>(tiled->tiledOps.back()), tiled->loops};
}

/// The loop that the last dimension of an operand runs over.
static std::optional<unsigned> getInnermostLoop(AffineMap map) {
  if (map.getNumResults() == 0)
    return std::nullopt;
  auto dim = dyn_cast<AffineDimExpr>(map.getResults().back());
  if (!dim)
    return std::nullopt;
  return dim.getPosition();
}

static unsigned getBits(Type type) {
  return type.isIndex() ? 64 : type.getIntOrFloatBitWidth();
}

/// Has a form on vectors: what attn-cpu-expand-math handles.
static bool isVectorMath(Operation &op) {
  if (isa<math::FmaOp, math::AbsFOp, math::AbsIOp, math::CeilOp, math::FloorOp,
          math::RoundEvenOp, math::RoundOp, math::TruncOp, math::SqrtOp,
          math::CopySignOp>(op))
    return true;
  return isa<math::ExpOp, math::Exp2Op, math::ExpM1Op, math::LogOp,
             math::Log2Op, math::Log1pOp, math::TanhOp, math::ErfOp,
             math::SinOp, math::CosOp, math::AtanOp, math::Atan2Op>(op) &&
         op.getResult(0).getType().isF32();
}

/// The single operation that combines result `index` of a reduction with what
/// is accumulated.
static Operation *getCombiner(linalg::LinalgOp op, unsigned index) {
  SmallVector<Operation *> combiners;
  if (!matchReduction(op.getRegionOutputArgs(), index, combiners) ||
      combiners.size() != 1)
    return nullptr;
  return combiners.front();
}

namespace {
/// Which loops of an op become the lanes of vectors.
struct LaneLoops {
  unsigned vector;
  bool isReduction = false;
  /// Innermost loop of an input that is transposed in registers.
  std::optional<unsigned> transposed;
};
} // namespace

static std::optional<LaneLoops> chooseLanes(linalg::GenericOp op) {
  SmallVector<utils::IteratorType> kinds = op.getIteratorTypesArray();
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  AffineMap output = maps[op.getNumDpsInputs()];
  std::optional<unsigned> parallel = getInnermostLoop(output);
  std::optional<unsigned> reduction, transposed;
  bool parallelInInput = false;
  for (AffineMap map : ArrayRef(maps).take_front(op.getNumDpsInputs())) {
    std::optional<unsigned> loop = getInnermostLoop(map);
    if (!loop)
      continue;
    bool reduced = llvm::any_of(map.getResults(), [&](AffineExpr expr) {
      auto dim = dyn_cast<AffineDimExpr>(expr);
      return dim && kinds[dim.getPosition()] == utils::IteratorType::reduction;
    });
    if (kinds[*loop] == utils::IteratorType::reduction)
      reduction = loop;
    else if (loop == parallel)
      parallelInInput |= reduced;
    else if (parallel && map.isFunctionOfDim(*parallel))
      transposed = loop;
  }
  if (reduction && !parallelInInput)
    return LaneLoops{*reduction, true, std::nullopt};
  if (!parallel)
    return std::nullopt;
  if (op.getNumReductionLoops() > 0)
    transposed = std::nullopt;
  return LaneLoops{*parallel, false, transposed};
}

std::optional<std::string> explainScalar(linalg::GenericOp op) {
  for (AffineMap map : op.getIndexingMapsArray())
    if (!map.isProjectedPermutation(/*allowZeroInResults=*/true))
      return "an operand is not indexed by plain loop numbers";
  for (Value operand : op->getOperands())
    if (!getElementTypeOrSelf(operand).isIntOrIndexOrFloat())
      return "an operand is neither of integers nor of floats";
  for (Operation &inner : op.getBlock()->without_terminator()) {
    if (isa<math::MathDialect>(inner.getDialect())) {
      if (!isVectorMath(inner))
        return "'" + inner.getName().getStringRef().str() +
               "' has no vector form for this type";
      continue;
    }
    if (!isa<linalg::IndexOp, tensor::ExtractOp, arith::ConstantOp>(inner) &&
        !OpTrait::hasElementwiseMappableTraits(&inner))
      return "'" + inner.getName().getStringRef().str() +
             "' has no vector form";
  }
  std::optional<LaneLoops> lanes = chooseLanes(op);
  if (!lanes)
    return "it has no loop along an innermost dimension";
  if (lanes->isReduction)
    for (unsigned i = 0; i < op.getNumDpsInits(); ++i) {
      Operation *combiner = getCombiner(op, i);
      if (!combiner || !arith::getNeutralElement(combiner))
        return "it reduces an innermost dimension by more than one combining "
               "operation";
    }
  return std::nullopt;
}

namespace {
/// Tiles one op: parallel work, then vectors along `lanes` if there are any.
class LoopTiler {
public:
  LoopTiler(RewriterBase &rewriter, linalg::GenericOp op,
            std::optional<LaneLoops> lanes, const TargetInfo &target)
      : rewriter(rewriter), op(op), ranges(op.getStaticLoopRanges()),
        kinds(op.getIteratorTypesArray()), lanes(lanes) {
    if (lanes)
      chooseWidth(target);
  }

  LogicalResult tileParallel();
  LogicalResult tileVectors();

private:
  void chooseWidth(const TargetInfo &target);
  SmallVector<int64_t> chooseParallelSizes();
  LogicalResult peel(scf::ForOp loop, SmallVectorImpl<linalg::LinalgOp> &parts);
  FailureOr<linalg::LinalgOp> tileReductions(linalg::LinalgOp part);
  LogicalResult tilePartial(linalg::LinalgOp part);

  bool isParallel(unsigned loop) const {
    return kinds[loop] == utils::IteratorType::parallel;
  }

  RewriterBase &rewriter;
  linalg::LinalgOp op;
  SmallVector<int64_t> ranges;
  SmallVector<utils::IteratorType> kinds;
  std::optional<LaneLoops> lanes;
  /// Elements of a vector loop's step, and whether a rest takes a mask.
  int64_t width = 1;
  bool masked = true;
};
} // namespace

/// Four registers at a time hide the latency of short bodies.
void LoopTiler::chooseWidth(const TargetInfo &target) {
  unsigned bits = 8, narrowest = 64, length = 0;
  bool hasMath = false;
  for (Value operand : op->getOperands()) {
    unsigned operandBits = getBits(getElementTypeOrSelf(operand));
    bits = std::max(bits, operandBits);
    narrowest = std::min(narrowest, operandBits);
  }
  for (Operation &inner : op.getBlock()->without_terminator()) {
    ++length;
    hasMath |= isa<math::MathDialect>(inner.getDialect());
    for (Type type : inner.getResultTypes())
      if (!type.isIndex())
        bits = std::max(bits, getBits(type));
  }
  masked = hasMaskedAccess(target, narrowest);
  if (!masked)
    lanes->transposed = std::nullopt;
  // A square of 64 x 64 bytes has no place in registers, whatever its width.
  if (lanes->transposed)
    bits = std::max(bits, 32u);
  int64_t lane = std::max<int64_t>(1, target.getVectorBits() / bits);
  int64_t unroll = lanes->transposed || hasMath || length > 8 ? 1
                   : target.getNumVectorRegisters() >= 32     ? 4
                                                              : 2;
  int64_t size = ranges[lanes->vector];
  width = lane * unroll;
  if (ShapedType::isDynamic(size))
    return;
  while (width > lane && size % width != 0 &&
         (size % lane == 0 || width / 2 >= size))
    width /= 2;
  if (!masked && size < width)
    width = std::max<int64_t>(1, llvm::bit_floor(uint64_t(size)));
}

/// Tiles of about kTileWork iterations, along inner loops first; those that
/// divide a size where it is known.
SmallVector<int64_t> LoopTiler::chooseParallelSizes() {
  int64_t budget = kTileWork;
  SmallVector<unsigned> order;
  for (unsigned i = ranges.size(); i-- > 0;) {
    if (isParallel(i))
      order.push_back(i);
    else
      budget /= std::max<int64_t>(
          1, ShapedType::isDynamic(ranges[i]) ? kAssumedSize : ranges[i]);
  }
  auto isLane = [&](unsigned loop) {
    return lanes && (loop == lanes->vector || lanes->transposed == loop);
  };
  llvm::stable_sort(
      order, [&](unsigned a, unsigned b) { return isLane(a) && !isLane(b); });
  SmallVector<int64_t> sizes(ranges.size(), 0);
  for (unsigned loop : order) {
    budget = std::max<int64_t>(budget, 1);
    int64_t unit = isLane(loop) ? width : 1, range = ranges[loop];
    int64_t size = std::max(unit, int64_t(llvm::alignDown(budget, unit)));
    if (!ShapedType::isDynamic(range)) {
      if (range <= size) {
        budget /= std::max<int64_t>(range, 1);
        continue;
      }
      for (int64_t divisor = size; divisor > size / 2; divisor -= unit)
        if (range % divisor == 0) {
          size = divisor;
          break;
        }
    }
    sizes[loop] = size;
    budget /= size;
  }
  return sizes;
}

LogicalResult LoopTiler::tileParallel() {
  FailureOr<TiledOp> tiled =
      tileAndReplace(rewriter, op, chooseParallelSizes(),
                     scf::SCFTilingOptions::LoopType::ForallOp);
  if (failed(tiled))
    return failure();
  op = tiled->op;
  ranges = op.getStaticLoopRanges();
  return success();
}

/// Splits the ragged last iteration off; `parts` are the ops of both.
LogicalResult LoopTiler::peel(scf::ForOp loop,
                              SmallVectorImpl<linalg::LinalgOp> &parts) {
  scf::ForOp rest;
  bool peeled =
      succeeded(scf::peelForLoopAndSimplifyBounds(rewriter, loop, rest));
  loop.walk([&](linalg::LinalgOp part) { parts.push_back(part); });
  if (!peeled)
    return success();
  SmallVector<linalg::LinalgOp> rests;
  rest.walk([&](linalg::LinalgOp part) { rests.push_back(part); });
  for (linalg::LinalgOp part : rests) {
    if (masked) {
      parts.push_back(part);
      continue;
    }
    SmallVector<int64_t> ones(kinds.size(), 0);
    ones[lanes->vector] = 1;
    part->removeAttr("attn.tile");
    FailureOr<TiledOp> tiled = tileAndReplace(
        rewriter, part, ones, scf::SCFTilingOptions::LoopType::ForOp);
    if (failed(tiled))
      return failure();
    parts.push_back(tiled->op);
  }
  return success();
}

/// Loops of step 1 over the reductions that are not in lanes.
FailureOr<linalg::LinalgOp> LoopTiler::tileReductions(linalg::LinalgOp part) {
  SmallVector<int64_t> sizes(kinds.size(), 0);
  SmallVector<int64_t> partRanges = part.getStaticLoopRanges();
  for (unsigned i = 0; i < kinds.size(); ++i)
    if (!isParallel(i) && i != lanes->vector && partRanges[i] != 1)
      sizes[i] = 1;
  FailureOr<TiledOp> tiled = tileAndReplace(
      rewriter, part, sizes, scf::SCFTilingOptions::LoopType::ForOp);
  if (failed(tiled))
    return failure();
  return tiled->op;
}

/// Accumulates into a vector of partial results, which are combined at the end.
LogicalResult LoopTiler::tilePartial(linalg::LinalgOp part) {
  rewriter.setInsertionPoint(part);
  SmallVector<int64_t> sizes(kinds.size(), 0);
  sizes[lanes->vector] = width;
  scf::SCFTilingOptions options;
  options.setTileSizes(getAsIndexOpFoldResult(part.getContext(), sizes));
  options.setReductionTilingStrategy(
      ReductionTilingStrategy::PartialReductionOuterReduction);
  options.setReductionDims({lanes->vector});
  FailureOr<scf::SCFTilingResult> tiled = scf::tileUsingSCF(
      rewriter, cast<TilingInterface>(part.getOperation()), options);
  if (failed(tiled))
    return failure();
  rewriter.replaceOp(part, tiled->replacements);
  if (tiled->loops.empty())
    return success();
  SmallVector<int64_t> vector(kinds.size(), 1);
  vector[lanes->vector] = width;
  auto loop = cast<scf::ForOp>(tiled->loops.front().getOperation());
  // Upstream leaves linalg.index at the place within the part.
  SmallVector<OpFoldResult> offsets(kinds.size());
  offsets[lanes->vector] = loop.getInductionVar();
  for (Operation *partial : tiled->tiledOps) {
    setRegisterTile(partial, {}, {}, {}, vector);
    if (auto partialOp = dyn_cast<linalg::LinalgOp>(partial))
      linalg::offsetIndices(rewriter, partialOp, offsets);
  }
  SmallVector<linalg::LinalgOp> parts;
  return peel(loop, parts);
}

LogicalResult LoopTiler::tileVectors() {
  SmallVector<int64_t> sizes(kinds.size(), 0), vector(kinds.size(), 1);
  for (unsigned i = 0; i < kinds.size(); ++i)
    if (isParallel(i) && ranges[i] != 1)
      sizes[i] = 1;
  vector[lanes->vector] = width;
  if (lanes->transposed)
    vector[*lanes->transposed] = sizes[*lanes->transposed] = width;
  if (!lanes->isReduction) {
    int64_t range = ranges[lanes->vector];
    bool several = ShapedType::isDynamic(range) || range > width;
    sizes[lanes->vector] = several ? width : 0;
  }
  setRegisterTile(op, {}, {}, {}, vector);
  FailureOr<TiledOp> tiled = tileAndReplace(
      rewriter, op, sizes, scf::SCFTilingOptions::LoopType::ForOp);
  if (failed(tiled))
    return failure();
  if (lanes->isReduction) {
    FailureOr<linalg::LinalgOp> inner = tileReductions(tiled->op);
    return failed(inner) ? failure() : tilePartial(*inner);
  }
  SmallVector<linalg::LinalgOp> parts;
  if (sizes[lanes->vector] && !lanes->transposed) {
    // Loops stand in the order of the iteration space.
    unsigned depth = llvm::count_if(ArrayRef(sizes).take_front(lanes->vector),
                                    [](int64_t size) { return size != 0; });
    auto loop = cast<scf::ForOp>(tiled->loops[depth].getOperation());
    if (failed(peel(loop, parts)))
      return failure();
  } else {
    parts.push_back(tiled->op);
  }
  for (linalg::LinalgOp part : parts)
    if (failed(tileReductions(part)))
      return failure();
  return success();
}

LogicalResult tileLoops(RewriterBase &rewriter, linalg::GenericOp op,
                        bool vectorize, const TargetInfo &target) {
  std::optional<LaneLoops> lanes;
  if (vectorize)
    lanes = chooseLanes(op);
  LoopTiler tiler(rewriter, op, lanes, target);
  if (failed(tiler.tileParallel()))
    return failure();
  return lanes ? tiler.tileVectors() : success();
}

} // namespace mlir::attn
