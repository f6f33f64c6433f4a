//===- Schedule.cpp - tile sizes for attention on a multiprocessor --------===//

#include "Schedule.h"
#include "attn/Codegen/GPU/TileLayout.h"

using namespace mlir;
using namespace mlir::attn;
using atile::Overlap;

/// Statistics, addresses and loop variables of a thread: what ptxas 13.0 uses
/// beyond the fragments in the kernels of the table.
static constexpr int64_t kOtherRegisters = 25;
/// Coordinates and what regions compute of them.
static constexpr int64_t kRegionRegisters = 16;

namespace {
/// One line of the table: a schedule for tiles of at most `width` columns.
struct Candidate {
  int64_t width;
  Overlap overlap;
  int64_t groups, keys;
};
} // namespace

// Widths are the larger of those of keys and values. A product of a group wants
// many columns (one wgmma reads its 64 rows of A once), so keys are as many as
// registers allow.
static constexpr Candidate kHopperTable[] = {
    // D = 64 waits for exp2 as long as for tensor cores: a third group fills
    // both. 160 registers hold 128 keys; `pipe2` would spill.
    {64, Overlap::Pipe, 3, 128},
    // Regions need the registers of the third group.
    {64, Overlap::Pipe2, 2, 128},
    // Tensor cores are busy for 2048 of 2048 + clocks a tile: softmax has to
    // run beside them, and ptxas leaves it there with `pipe2` only.
    {128, Overlap::Pipe2, 2, 128},
    // Shared memory of two stages allows 112 keys at 192 columns, and 80 at
    // 256, where O alone takes 128 registers.
    {192, Overlap::Pipe, 2, 112},
    {256, Overlap::Pipe, 2, 80},
    // What is left where regions take registers.
    {256, Overlap::Seq, 2, 64},
};

static constexpr Candidate kAmpereTable[] = {
    // Eight warps with 16 rows each hide each other's softmax; 64 keys are the
    // most that two stages of 128 columns allow beside Q in registers.
    {128, Overlap::Sync, 2, 64},
    {192, Overlap::Sync, 2, 32},
    // With 32 keys ptxas spills addresses.
    {256, Overlap::Sync, 2, 16},
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
  budget.other = kOtherRegisters + (shape.hasRegions ? kRegionRegisters : 0);
  budget.limit = inRegisters
                     ? std::min(target.getMaxThreadRegisters(),
                                target.getRegisters() /
                                    (schedule.getGroups() *
                                     atile::kGroupThreads))
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
  budget.values = stages * atile::TileLayout(keys,
                                             shape.getValueColumns(target))
                               .getBytes();
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
           << "expected at most " << registers.limit << " registers a thread on "
           << target.getChip() << " but " << schedule << " needs "
           << registers.getSum() << " = " << registers.output << " (output) + "
           << registers.scores << " (scores) + " << registers.operand
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
      return op.emitOpError() << "expected '" << kATileScheduleAttrName
                              << "' to be a #atile.schedule but found "
                              << given;
    if ((schedule.getOverlap() == Overlap::Sync) == target.hasWarpgroups())
      return op.emitOpError()
             << "expected a schedule with overlap = "
             << (target.hasWarpgroups() ? "seq, pipe or pipe2" : "sync")
             << " on " << target.getChip() << " but found " << schedule;
    if (failed(checkBudgets(op, schedule, shape, target)))
      return failure();
    return schedule;
  }
  ArrayRef<Candidate> table = target.hasWarpgroups()
                                  ? ArrayRef(kHopperTable)
                                  : ArrayRef(kAmpereTable);
  int64_t width = std::max(shape.keyWidth, shape.valueWidth);
  atile::ScheduleAttr last;
  for (const Candidate &candidate : table) {
    if (width > candidate.width)
      continue;
    last = atile::ScheduleAttr::get(op.getContext(), candidate.overlap,
                                    candidate.groups, candidate.keys,
                                    /*stages=*/2);
    RegisterBudget registers = getRegisterBudget(last, shape, target);
    SharedBudget shared = getSharedBudget(last, shape, target);
    if (registers.getSum() <= registers.limit &&
        shared.getSum() <= shared.limit)
      return last;
  }
  if (!last)
    return op.emitOpError() << "expected widths of at most 256 on "
                            << target.getChip() << " but found " << width;
  if (failed(checkBudgets(op, last, shape, target)))
    return failure();
  return last;
}
