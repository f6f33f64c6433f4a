//===- ScheduleState.cpp - chunk, step and panel of a state op ------------===//
//
// A panel of the state stays in the first-level cache while a chunk of tokens
// goes over it, and `step` tokens times the panel's vectors are the sums held
// in registers. Short steps win on a CPU: the products of a step's readers and
// writers grow with its square, while 6 tokens already load each state vector
// only once per 6 (12 with the delta rule) multiplications.
//
// Tests: test/Dialect/Attn/Transforms/schedule-state.mlir
//
//===----------------------------------------------------------------------===//

#include "ScheduleState.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <numeric>

using namespace mlir;
using namespace mlir::attn;

/// Tokens that read and update the state at once: a row of the state is loaded
/// and stored once for all of them. Measured at K = V = 128, one after the
/// other: 4, 7 and 8 are slower for every gate.
static constexpr int64_t kStep = 6;
/// Tokens prepared together: their rows stay in the second-level cache.
static constexpr int64_t kChunk = 192;
/// With a decay per element tokens go one after the other within a step.
static constexpr int64_t kScanStep = 4;
/// With a decay per element a chunk is one block of tokens of all columns; rows
/// of many columns lie far apart, and a long block conflicts in the caches.
static constexpr int64_t kScanChunk = 16;
/// Columns of one piece of such work: whole pages of memory, states in L1.
static constexpr int64_t kScanColumns = 512;
/// Vectors of a row that one token takes at once.
static constexpr int64_t kDecodeVectors = 8;
/// Independent states that keep a large machine busy; below it columns are
/// split. A constant, so that results do not depend on threads.
static constexpr int64_t kEnoughStates = 8;

LogicalResult mlir::attn::checkStateOp(AffineMonoidOpInterface op,
                                       const TargetInfo &target,
                                       StringRef targetName) {
  if (!target.hasFMA())
    return op.emitOpError() << "expected a target with fused multiply-add, "
                               "such as x86-64-v3, but found '"
                            << targetName << "'";
  if (op.getRecurrence().getStateType().isF64())
    return op.emitOpError() << "element type 'f64' is not supported by this "
                               "pipeline, expected f32, f16 or bf16";
  return success();
}

/// Whether states are known to be few and may be computed in groups of columns.
static bool mayPart(const Recurrence &parts) {
  auto value = cast<ShapedType>(parts.value.getType());
  return !parts.cuSeqlens && !value.isDynamicDim(0) && !value.isDynamicDim(1) &&
         value.getDimSize(0) * value.getDimSize(1) < kEnoughStates &&
         !parts.hasNormalizer() && !parts.hasTransition;
}

static int64_t choosePanel(const Recurrence &parts, const TargetInfo &target,
                           int64_t lanes) {
  // One token goes over whole rows of the state, in the order of memory.
  if (cast<ShapedType>(parts.value.getType()).getDimSize(2) == 1)
    return std::min<int64_t>(llvm::alignTo(parts.getValueWidth(), lanes),
                             lanes * kDecodeVectors);
  int64_t accumulators = target.getMaxFMAAccumulators();
  // A correction keeps products with the old state as well. Groups of columns
  // are panels: there fewer and wider ones count more.
  if (parts.hasCorrection() && !mayPart(parts))
    accumulators = accumulators * 3 / 4;
  int64_t panel = lanes * std::max<int64_t>(1, accumulators / kStep);
  auto bytes = [&] { return parts.getKeyWidth() * panel * 4; };
  while (panel > lanes && bytes() > target.getL1DataBytes() * 3 / 4)
    panel -= lanes;
  // Panels of equal width waste the fewest lanes.
  int64_t panels = llvm::divideCeil(parts.getValueWidth(), panel);
  return llvm::alignTo(llvm::divideCeil(parts.getValueWidth(), panels), lanes);
}

/// Splits columns only where the number of states is known to be small, into
/// groups of equal width.
static int64_t chooseSplit(const Recurrence &parts, int64_t panel) {
  int64_t width = parts.getValueWidth();
  int64_t part = parts.timeStep ? llvm::alignTo(kScanColumns, panel) : panel;
  return mayPart(parts) && width > part && width % part == 0 ? part : 0;
}

/// Corrections of as many tokens as a state has rows may cancel nearly all of
/// it. A step adds them up, at the size of what cancels; one token after the
/// other keeps the small rest exact. The step divides `chunk`, which is 0 where
/// nothing is said of it.
static int64_t chooseStep(const Recurrence &parts, int64_t chunk) {
  int64_t step = parts.timeStep ? kScanStep : kStep;
  if (parts.hasCorrection())
    step = std::clamp<int64_t>(parts.getKeyWidth() / 2, 1, step);
  while (chunk % step != 0)
    --step;
  return step;
}

FailureOr<ScanAttr> mlir::attn::chooseScan(AffineMonoidOpInterface op,
                                           const TargetInfo &target,
                                           ScanAttr given) {
  Recurrence parts = op.getRecurrence();
  int64_t chunk = given ? given.getChunk() : 0;
  int64_t step = given ? given.getStep() : 0;
  int64_t panel = given ? given.getPanel() : 0;
  int64_t lanes = given ? given.getLanes() : 0;
  int64_t split = given ? given.getSplit() : 0;
  if (!lanes)
    lanes = panel ? std::gcd(panel, int64_t{target.getF32Lanes()})
                  : target.getF32Lanes();
  if (!panel)
    panel = split ? std::gcd(split, choosePanel(parts, target, lanes))
                  : choosePanel(parts, target, lanes);
  if (!step)
    step = chooseStep(parts, chunk);
  if (!chunk)
    chunk = llvm::alignDown(parts.timeStep ? kScanChunk : kChunk, step);
  if (!split)
    split = chooseSplit(parts, panel);
  return ScanAttr::getChecked([&] { return op.emitOpError(); }, op.getContext(),
                              chunk, step, panel, lanes, split,
                              given ? given.getPrefetch() : 1);
}

std::string mlir::attn::describeScan(ScanAttr scan, const TargetInfo &target) {
  return llvm::formatv("chunk = {0}, step = {1}, panel = {2}, split = {3}: "
                       "{4} vector registers of {5} f32, L1 of {6} KiB",
                       scan.getChunk(), scan.getStep(), scan.getPanel(),
                       scan.getSplit(), target.getNumVectorRegisters(),
                       target.getF32Lanes(), target.getL1DataBytes() / 1024)
      .str();
}
