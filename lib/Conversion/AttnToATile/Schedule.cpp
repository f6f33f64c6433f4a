//===- Schedule.cpp - tile sizes for attention on a multiprocessor --------===//

#include "Schedule.h"
#include "attn/Codegen/GPU/TileLayout.h"

using namespace mlir;
using namespace mlir::attn;
using atile::Overlap;

// Statistics, addresses and loop variables of a thread: what ptxas 13.0 uses
// beyond the fragments in the kernels of the table. Without matrix descriptors
// addresses are more.
static constexpr int64_t kOtherRegisters = 25;
static constexpr int64_t kSyncOtherRegisters = 48;
/// Coordinates and what regions compute of them.
static constexpr int64_t kRegionRegisters = 16;

namespace {
/// One line of the table: a schedule for tiles of at most `width` columns and
/// at most `rows` query rows; `regions` says whether scores and masks may be
/// those of regions.
struct Candidate {
  int64_t rows, width;
  bool regions;
  Overlap overlap;
  int64_t groups, keys, stages = 2;
};

constexpr int64_t kAnyRows = std::numeric_limits<int64_t>::max();
} // namespace

// Widths are the larger of those of keys and values. A product of a group wants
// many columns (one wgmma reads its 64 rows of A once), so keys are as many as
// registers allow.
static constexpr Candidate kHopperTable[] = {
    // Rows of one group: memory is what there is to wait for, so that stages
    // are as many as shared memory allows.
    {64, 64, true, Overlap::Seq, 1, 128, 6},
    {64, 128, true, Overlap::Seq, 1, 128, 3},
    {64, 256, true, Overlap::Seq, 1, 64, 2},
    // D = 64 waits for exp2 as long as for tensor cores: a third group fills
    // both. 160 registers hold 128 keys; `pipe2` would spill.
    {kAnyRows, 64, false, Overlap::Pipe, 3, 128},
    // Tensor cores are busy for all of a tile's clocks: softmax has to run
    // beside them, and ptxas leaves it there with `pipe2` only.
    {kAnyRows, 128, false, Overlap::Pipe2, 2, 128},
    // What regions compute takes the registers of 32 keys (softcap spills 400
    // bytes with 128 of them).
    {kAnyRows, 128, true, Overlap::Pipe2, 2, 96},
    // Shared memory of two stages allows 112 keys at 192 columns, and 80 at
    // 256, where O alone takes 128 registers.
    {kAnyRows, 192, false, Overlap::Pipe, 2, 112},
    {kAnyRows, 192, true, Overlap::Pipe, 2, 96},
    {kAnyRows, 256, true, Overlap::Pipe, 2, 80},
};

static constexpr Candidate kAmpereTable[] = {
    {64, 128, true, Overlap::Sync, 1, 64},
    {64, 192, true, Overlap::Sync, 1, 32},
    {64, 256, true, Overlap::Sync, 1, 16},
    // Eight warps with 16 rows each hide each other's softmax. Q stays in
    // registers, beside O and 64 keys up to 128 columns, and fewer beyond.
    {kAnyRows, 128, true, Overlap::Sync, 2, 64},
    {kAnyRows, 192, true, Overlap::Sync, 2, 32},
    {kAnyRows, 256, true, Overlap::Sync, 2, 16},
};

int64_t AttentionShape::getValueColumns(const GPUTarget &target) const {
  return llvm::alignTo(valueWidth, target.hasWarpgroups() ? 8 : 16);
}

RegisterSplit mlir::attn::getRegisterSplit(int64_t groups) {
  // setmaxnreg moves what the launch gave to each thread alike: of 65,536, 248
  // to 256 threads (the most that there are), 168 to 384, or 128 to 512.
  switch (groups) {
  case 1:
    return {24, 248};
  case 2:
    return {24, 240};
  default:
    return {32, 160};
  }
}

RegisterBudget mlir::attn::getRegisterBudget(atile::ScheduleAttr schedule,
                                             const AttentionShape &shape,
                                             const GPUTarget &target) {
  RegisterBudget budget;
  budget.output = shape.getValueColumns(target) / 2;
  budget.scores = schedule.getKeys() / 2;
  // P of this tile replaces S; P of the last one lives on under the product.
  bool overlaps = schedule.getOverlap() == Overlap::Pipe ||
                  schedule.getOverlap() == Overlap::Pipe2;
  budget.operand = overlaps ? schedule.getKeys() / 4 : 0;
  bool inRegisters = schedule.getOverlap() == Overlap::Sync;
  budget.query = inRegisters ? shape.getKeyColumns() / 4 : 0;
  budget.other = inRegisters        ? kSyncOtherRegisters
                 : shape.hasRegions ? kOtherRegisters + kRegionRegisters
                                    : kOtherRegisters;
  budget.limit =
      inRegisters ? std::min(target.getMaxThreadRegisters(),
                             target.getRegisters() /
                                 (schedule.getGroups() * atile::kGroupThreads))
                  : getRegisterSplit(schedule.getGroups()).consumer;
  return budget;
}

SharedBudget mlir::attn::getSharedBudget(atile::ScheduleAttr schedule,
                                         const AttentionShape &shape,
                                         const GPUTarget &target) {
  int64_t stages = schedule.getStages(), keys = schedule.getKeys();
  SharedBudget budget;
  budget.query =
      atile::TileLayout(schedule.getRows(), shape.getKeyColumns()).getBytes();
  budget.keys =
      stages * atile::TileLayout(keys, shape.getKeyColumns()).getBytes();
  budget.values =
      stages *
      atile::TileLayout(keys, shape.getValueColumns(target)).getBytes();
  budget.barriers = target.hasWarpgroups() ? 8 * 2 * (1 + 2 * stages) : 0;
  budget.limit = target.getSharedBytes();
  return budget;
}

/// Reports what does not fit.
static LogicalResult checkBudgets(DenseOp op, atile::ScheduleAttr schedule,
                                  const AttentionShape &shape,
                                  const GPUTarget &target) {
  RegisterBudget registers = getRegisterBudget(schedule, shape, target);
  if (registers.getSum() > registers.limit)
    return op.emitOpError()
           << "expected at most " << registers.limit
           << " registers a thread on " << target.getChip() << " but "
           << schedule << " needs " << registers.getSum() << " = "
           << registers.output << " (output) + " << registers.scores
           << " (scores) + " << registers.operand
           << " (weights of the last tile) + " << registers.query
           << " (queries) + " << registers.other << " (other)";
  SharedBudget shared = getSharedBudget(schedule, shape, target);
  if (shared.getSum() > shared.limit)
    return op.emitOpError()
           << "expected at most " << shared.limit
           << " bytes of shared memory on " << target.getChip() << " but "
           << schedule << " needs " << shared.getSum() << " = " << shared.query
           << " (queries) + " << shared.keys << " (keys) + " << shared.values
           << " (values) + " << shared.barriers << " (barriers)";
  return success();
}

FailureOr<atile::ScheduleAttr>
mlir::attn::chooseSchedule(DenseOp op, const AttentionShape &shape,
                           const GPUTarget &target) {
  if (Attribute given = op->getAttr(kATileScheduleAttrName)) {
    auto schedule = dyn_cast<atile::ScheduleAttr>(given);
    if (!schedule)
      return op.emitOpError()
             << "expected '" << kATileScheduleAttrName
             << "' to be a #atile.schedule but found " << given;
    if ((schedule.getOverlap() == Overlap::Sync) == target.hasWarpgroups())
      return op.emitOpError()
             << "expected a schedule with overlap = "
             << (target.hasWarpgroups() ? "seq, pipe or pipe2" : "sync")
             << " on " << target.getChip() << " but found " << schedule;
    if (failed(checkBudgets(op, schedule, shape, target)))
      return failure();
    return schedule;
  }
  ArrayRef<Candidate> table =
      target.hasWarpgroups() ? ArrayRef(kHopperTable) : ArrayRef(kAmpereTable);
  int64_t width = std::max(shape.keyWidth, shape.valueWidth);
  int64_t rows = ShapedType::isDynamic(shape.rows) ? kAnyRows : shape.rows;
  atile::ScheduleAttr last;
  for (const Candidate &candidate : table) {
    if (width > candidate.width || rows > candidate.rows ||
        (shape.hasRegions && !candidate.regions))
      continue;
    last = atile::ScheduleAttr::get(op.getContext(), candidate.overlap,
                                    candidate.groups, candidate.keys,
                                    candidate.stages);
    RegisterBudget registers = getRegisterBudget(last, shape, target);
    SharedBudget shared = getSharedBudget(last, shape, target);
    if (registers.getSum() <= registers.limit &&
        shared.getSum() <= shared.limit)
      return last;
  }
  // The last line holds all widths; it says by how much it does not fit.
  if (failed(checkBudgets(op, last, shape, target)))
    return failure();
  return last;
}
