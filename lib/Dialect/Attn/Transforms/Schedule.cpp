//===- Schedule.cpp - tile sizes from the target and the shapes -----------===//
//
//   attn.dense ins(..) outs(..)
//   ->
//   attn.dense schedule <lanes = 16, query_tile = 64, row_tile = 4, ..> ..
//
// With queries in lanes, a register tile holds `row_tile` keys by `query_tile`
// queries, and `column_tile` columns of V by as many. Per contraction step it
// loads query_tile / lanes vectors and one broadcast per row for query_tile /
// lanes FMAs of each row. Two loads a cycle keep two FMA units busy from four
// vectors by four rows on. The product with V has registers for more rows,
// which leaves room for loads that miss the first-level cache; the product with
// K keeps row maxima beside its accumulators.
//
// Tests: test/Dialect/Attn/Transforms/schedule.mlir
//
//===----------------------------------------------------------------------===//

#include "ScheduleState.h"
#include "attn/Analysis/TileClass.h"
#include "attn/Dialect/Attn/Transforms/OpMask.h"
#include "attn/Dialect/Attn/Transforms/Passes.h"
#include "attn/Target/TargetInfo.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::attn {

#define GEN_PASS_DEF_SCHEDULEPASS
#include "attn/Dialect/Attn/Transforms/Passes.h.inc"

/// Rows of the register tile of keys, so that the block is a multiple of it.
static constexpr int64_t kRowTile = 4;
/// The same, and columns of V, where one vector holds all rows of a query tile:
/// as many independent sums as two units need, and few enough that each
/// broadcast is an operand of its multiply-add.
static constexpr int64_t kNarrowRowTile = 8;
/// Independent tiles that keep a large machine busy; below it long key ranges
/// are split. A constant, so that results do not depend on threads.
static constexpr uint64_t kEnoughTiles = 64;
/// Key and value width at most: register tiles are unrolled along both, so the
/// code, and the time it takes to make it, grows with them.
static constexpr int64_t kMaxWidth = 4096;
/// Keys of one part: long enough that a merge costs little beside it.
static constexpr int64_t kKeysPerPart = 4096;

/// A listed block of at most so many keys is one block.
static constexpr int64_t kMaxListedBlock = 128;

/// Keys per block, such that its scores and values fill two thirds of the L1
/// cache: a register tile of columns passes over all scores and reads one line
/// of every row of V, which lie so far apart that they share few sets of the
/// cache. A multiple of 16, by which biases are transposed.
static int64_t chooseKeyBlock(const ScoredAttention &attention,
                              const TargetInfo &target, int64_t queryTile) {
  int64_t bytesPerKey = (queryTile + attention.getValueWidth()) * 4;
  int64_t keys = target.getL1DataBytes() * 2 / 3 / bytesPerKey;
  return llvm::alignDown(std::clamp<int64_t>(keys, 48, 128), 16);
}

/// Splits only where the number of independent tiles is known to be small.
static int64_t chooseKeySplit(DenseOp op, int64_t queryTile) {
  ArrayRef<int64_t> q = op.getQuery().getType().getShape();
  if (ShapedType::isDynamicShape(q.take_front(3)))
    return 0;
  int64_t keys = op.getKey().getType().getDimSize(2);
  uint64_t tiles = llvm::SaturatingMultiply<uint64_t>(
      llvm::SaturatingMultiply<uint64_t>(
          q[0],
          llvm::divideCeil(q[1], std::max<int64_t>(countPackedHeads(op), 1))),
      llvm::divideCeil(q[2], queryTile));
  if (tiles >= kEnoughTiles || ShapedType::isDynamic(keys) ||
      keys < 2 * kKeysPerPart)
    return 0;
  return kKeysPerPart;
}

/// Prefetching pays unless keys and values of a head are known to stay in the
/// second-level cache beside what other tiles bring there: then its loads only
/// compete with the products' own.
static int64_t choosePrefetch(const ScoredAttention &attention,
                              const TargetInfo &target) {
  RankedTensorType key = attention.getKeyType();
  if (ShapedType::isDynamic(key.getDimSize(2)))
    return 1;
  uint64_t rowBytes = (attention.getKeyWidth() + attention.getValueWidth()) *
                      key.getElementTypeBitWidth() / 8;
  uint64_t bytes =
      llvm::SaturatingMultiply<uint64_t>(rowBytes, key.getDimSize(2));
  return bytes > static_cast<uint64_t>(target.getL2Bytes()) / 4 ? 1 : 0;
}

/// Rows that share keys, as far as is known; at least 1.
static uint64_t countRows(DenseOp op) {
  int64_t queries = op.getQuery().getType().getDimSize(2);
  if (ShapedType::isDynamic(queries))
    return std::numeric_limits<int32_t>::max();
  return std::max<int64_t>(queries * countPackedHeads(op), 1);
}

static ScheduleAttr chooseSchedule(DenseOp op, const TargetInfo &target) {
  ScoredAttention attention = ScoredAttention::get(op);
  int64_t lanes = target.getF32Lanes();
  // Accumulators of a register tile: lanes in vectors times rows.
  int64_t accumulators = target.getMaxFMAAccumulators();
  int64_t vectors = std::min<int64_t>(
      std::max<int64_t>(1, llvm::bit_floor(uint64_t(accumulators / kRowTile))),
      llvm::PowerOf2Ceil(llvm::divideCeil(countRows(op), lanes)));
  int64_t queryTile = lanes * vectors;
  bool narrow = vectors == 1;
  return ScheduleAttr::get(
      op.getContext(), lanes, queryTile, narrow ? kNarrowRowTile : kRowTile,
      chooseKeyBlock(attention, target, queryTile),
      chooseKeySplit(op, queryTile), choosePrefetch(attention, target),
      narrow ? kNarrowRowTile : accumulators / vectors);
}

/// Lanes for the queries of one block, and whole blocks of keys where they are
/// short. The fewer vectors of queries there are, the more keys and columns a
/// register tile takes.
static ScheduleAttr chooseListSchedule(BlockSparseOp op,
                                       const TargetInfo &target) {
  ScoredAttention attention = ScoredAttention::get(op);
  int64_t lanes = target.getF32Lanes();
  int64_t accumulators = target.getMaxFMAAccumulators();
  int64_t most =
      std::max<int64_t>(1, llvm::bit_floor(uint64_t(accumulators / kRowTile)));
  uint64_t rows = std::max<int64_t>(op.getQueryBlock(), countPackedHeads(op));
  rows = std::min<uint64_t>(rows, lanes * most);
  int64_t vectors = llvm::divideCeil(llvm::PowerOf2Ceil(rows), lanes);
  bool narrow = vectors == 1;
  int64_t rowTile = narrow ? kNarrowRowTile : kRowTile * most / vectors;
  int64_t keyBlock = op.getKeyBlock() <= kMaxListedBlock
                         ? op.getKeyBlock()
                         : chooseKeyBlock(attention, target, lanes * vectors);
  return ScheduleAttr::get(op.getContext(), lanes, lanes * vectors, rowTile,
                           llvm::alignTo(keyBlock, rowTile), /*key_split=*/0,
                           choosePrefetch(attention, target),
                           narrow ? kNarrowRowTile : accumulators / vectors);
}

/// Says how many tiles the mask leaves empty, full and partial, where all sizes
/// are static and the mask reads nothing at run time.
static std::optional<TileCounts> countTiles(DenseOp op) {
  ArrayRef<int64_t> q = op.getQuery().getType().getShape();
  int64_t keys = op.getKey().getType().getDimSize(2);
  if (ShapedType::isDynamicShape(q) || ShapedType::isDynamic(keys) ||
      op.getDiagonal())
    return std::nullopt;
  MaskSymbols symbols(op.getContext());
  int64_t diagonal = op.getAlign() == Alignment::BottomRight ? keys - q[2] : 0;
  MaskExpr mask = getMaskExpr(ScoredAttention::get(op),
                              symbols.getConstant(diagonal), symbols);
  if (mask.hasOpaque() || mask.hasData() || !symbols.getSymbols().empty())
    return std::nullopt;
  TileGrid grid;
  grid.batch = q[0];
  grid.heads = q[1];
  grid.queries = q[2];
  grid.keys = keys;
  grid.queryTile = op.getSchedule()->getQueryTile();
  grid.keyTile = op.getSchedule()->getKeyBlock();
  return countTiles(mask, grid);
}

/// The choice and what it rests on, for the remark.
static std::string describe(ScheduleAttr schedule, const TargetInfo &target) {
  return llvm::formatv("query_tile = {0}, row_tile = {1}, column_tile = {2}, "
                       "key_block = {3}, key_split = {4}: {5} vector registers "
                       "of {6} f32, L1 of {7} KiB",
                       schedule.getQueryTile(), schedule.getRowTile(),
                       schedule.getColumnTile(), schedule.getKeyBlock(),
                       schedule.getKeySplit(), target.getNumVectorRegisters(),
                       target.getF32Lanes(), target.getL1DataBytes() / 1024)
      .str();
}

namespace {
struct SchedulePass : impl::SchedulePassBase<SchedulePass> {
  using SchedulePassBase::SchedulePassBase;

  void runOnOperation() override {
    FailureOr<TargetInfo> info =
        TargetInfo::parse(target, getOperation().getLoc());
    if (failed(info))
      return signalPassFailure();
    WalkResult result = getOperation().walk([&](Operation *op) {
      std::optional<ScoredAttention> attention = ScoredAttention::match(op);
      if (!attention)
        return WalkResult::advance();
      if (failed(checkTarget(*attention, *info)))
        return WalkResult::interrupt();
      scheduleAttention(*attention, *info);
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      return signalPassFailure();
    result = getOperation().walk([&](AffineMonoidOpInterface op) {
      if (failed(checkStateOp(op, *info, target)))
        return WalkResult::interrupt();
      auto given = op->getAttrOfType<ScanAttr>("scan");
      if ((!given || !given.isWhole()) &&
          failed(scheduleState(op, *info, given)))
        return WalkResult::interrupt();
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }

  LogicalResult scheduleState(AffineMonoidOpInterface op,
                              const TargetInfo &info, ScanAttr given) {
    FailureOr<ScanAttr> scan = chooseScan(op, info, given);
    if (failed(scan))
      return failure();
    op->setAttr("scan", *scan);
    ++numChosen;
    remark::passed(
        op.getLoc(),
        remark::RemarkOpts::name("schedule").category("attn-schedule"))
        << describeScan(*scan, info);
    return success();
  }

  LogicalResult checkTarget(const ScoredAttention &attention,
                            const TargetInfo &info) {
    // Without the instruction every lane of a product would be a call.
    if (!info.hasFMA())
      return attention.op->emitOpError()
             << "expected a target with fused multiply-add, such as x86-64-v3, "
                "but found '"
             << target << "'";
    for (int64_t width : {attention.getKeyWidth(), attention.getValueWidth()})
      if (width > kMaxWidth)
        return attention.op->emitOpError()
               << "expected key and value widths of at most " << kMaxWidth
               << ", but found " << width;
    return success();
  }

  void scheduleAttention(const ScoredAttention &attention,
                         const TargetInfo &info) {
    auto dense = dyn_cast<DenseOp>(attention.op);
    if (!attention.schedule) {
      ScheduleAttr schedule =
          dense ? chooseSchedule(dense, info)
                : chooseListSchedule(cast<BlockSparseOp>(attention.op), info);
      attention.op->setAttr("schedule", schedule);
      ++numChosen;
      remark::passed(
          attention.op->getLoc(),
          remark::RemarkOpts::name("schedule").category("attn-schedule"))
          << describe(schedule, info);
    }
    if (dense)
      reportTiles(dense);
  }

  void reportTiles(DenseOp op) {
    std::optional<TileCounts> tiles = countTiles(op);
    if (!tiles)
      return;
    numEmptyTiles += tiles->empty;
    numFullTiles += tiles->full;
    numPartialTiles += tiles->partial;
    remark::analysis(op.getLoc(),
                     remark::RemarkOpts::name("tiles").category("attn-mask"))
        << llvm::formatv("{0} empty, {1} full, {2} partial tiles of {3} "
                         "queries by {4} keys",
                         tiles->empty, tiles->full, tiles->partial,
                         op.getSchedule()->getQueryTile(),
                         op.getSchedule()->getKeyBlock())
               .str();
  }
};
} // namespace

} // namespace mlir::attn
