//===- PhasePlan.cpp - which ops of a function form a phase ---------------===//
//
// At the top level of a function, each scf.forall is a phase, and what stands
// between two of them is a phase of one tile. Ops without effects belong to no
// phase: they are repeated where their results are needed.
//
//   %n = memref.dim ..                  repeated
//   %b = memref.alloc(%n)               buffer
//   scf.forall .. { .. }                phase 0
//   linalg.fill .. ; memref.store ..    phase 1, one tile
//   scf.forall .. { memref.alloc .. }   phase 2 with scratch
//
// Little work is no phase of its own: behind a loop the last of its tiles runs
// what one tile would, and a loop marked as an epilogue; in front of a loop it
// prepares it.
//
// Tests: test/Codegen/CPU/outline-phases.mlir and outline-phases-invalid.mlir
//
//===----------------------------------------------------------------------===//

#include "PhasePlan.h"
#include "attn/Dialect/Attn/Transforms/Passes.h"
#include "mlir/Dialect/Affine/Transforms/Transforms.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "mlir/Transforms/RegionUtils.h"

namespace mlir::attn {

bool isRepeatable(Operation *op) { return isMemoryEffectFree(op); }

void forEachInput(Operation *op, function_ref<void(Value)> callback) {
  llvm::for_each(op->getOperands(), callback);
  llvm::SetVector<Value> captured;
  getUsedValuesDefinedAbove(op->getRegions(), captured);
  llvm::for_each(captured, callback);
}

namespace {
class Planner {
public:
  Planner(func::FuncOp func, bool mayAllocate)
      : func(func), mayAllocate(mayAllocate) {}

  FailureOr<PhasePlan> run();

private:
  void divide();
  void joinSmallPhases();
  void numberPhases();
  void addCounter(Phase &phase);
  bool findCarriedValues();
  void makeSinglePhase();
  /// One phase of everything, allocations included.
  PhasePlan makeAllocatingPlan();
  /// Says why `alloc` has no place, unless it needs none.
  LogicalResult refuse(memref::AllocOp alloc, StringRef reason);
  LogicalResult addScratch(Phase &phase);
  LogicalResult checkBuffer(memref::AllocOp alloc);
  /// The results of ops with effects that `values` are computed from, those
  /// among `values` included.
  SmallVector<Value> findProducers(ArrayRef<Value> values);

  func::FuncOp func;
  bool mayAllocate;
  PhasePlan plan;
  /// The phase that each op with effects belongs to.
  llvm::DenseMap<Operation *, unsigned> phaseOf;
};
} // namespace

void Planner::divide() {
  SmallVector<Operation *> preparation;
  for (Operation &op : func.front().without_terminator()) {
    if (auto alloc = dyn_cast<memref::AllocOp>(op)) {
      plan.buffers.push_back(alloc);
      continue;
    }
    if (isa<memref::DeallocOp>(op) || isRepeatable(&op))
      continue;
    if (op.hasAttr(kPrepareAttrName)) {
      preparation.push_back(&op);
      continue;
    }
    auto forall = dyn_cast<scf::ForallOp>(op);
    bool startsPhase = forall || !preparation.empty() || plan.phases.empty() ||
                       plan.phases.back().forall;
    if (startsPhase) {
      Phase phase;
      phase.forall = forall;
      phase.preparation = std::move(preparation);
      preparation.clear();
      plan.phases.push_back(std::move(phase));
    }
    plan.phases.back().ops.push_back(&op);
  }
}

/// Whether `phase` fits into the preparation of the next one: values and
/// buffers of its own have no place there.
static bool canPrepare(const Phase &phase) {
  return !phase.forall && llvm::all_of(phase.ops, [](Operation *op) {
    return op->getNumResults() == 0 && !op->walk([](memref::AllocOp) {
                                            return WalkResult::interrupt();
                                          }).wasInterrupted();
  });
}

/// Whether the last tile of a loop may run `phase`.
static bool canEndLoop(const Phase &phase) {
  return phase.preparation.empty() &&
         (!phase.forall || phase.forall->hasAttr(kEpilogueAttrName));
}

void Planner::joinSmallPhases() {
  SmallVector<Phase, 0> joined;
  for (Phase &phase : plan.phases) {
    Phase *last = joined.empty() ? nullptr : &joined.back();
    if (last && last->forall && canEndLoop(phase)) {
      llvm::append_range(last->epilogue, phase.ops);
      continue;
    }
    if (last && !last->forall && phase.forall && last->preparation.empty() &&
        canPrepare(*last)) {
      llvm::append_range(last->ops, phase.preparation);
      phase.preparation = std::move(last->ops);
      joined.pop_back();
    }
    joined.push_back(std::move(phase));
  }
  plan.phases = std::move(joined);
}

void Planner::numberPhases() {
  for (auto [number, phase] : llvm::enumerate(plan.phases))
    for (ArrayRef<Operation *> ops :
         {ArrayRef(phase.ops), ArrayRef(phase.epilogue)})
      for (Operation *op : ops)
        phaseOf[op] = number;
}

/// The loop inside of `outer` whose iterations are tiles too: its trips do not
/// depend on `outer`, and nothing else there has effects.
static scf::ForallOp findInnerLoop(scf::ForallOp outer) {
  scf::ForallOp inner;
  for (Operation &op : outer.getBody()->without_terminator()) {
    if (isRepeatable(&op))
      continue;
    auto forall = dyn_cast<scf::ForallOp>(op);
    if (!forall || inner)
      return nullptr;
    inner = forall;
  }
  if (!inner || inner.getNumResults() > 0)
    return nullptr;
  bool isFixed = llvm::none_of(inner->getOperands(), [&](Value bound) {
    return outer.getRegion().isAncestor(bound.getParentRegion());
  });
  return isFixed ? inner : nullptr;
}

/// A counter of tiles that preparation sets to 0.
void Planner::addCounter(Phase &phase) {
  OpBuilder builder(phase.forall);
  Location loc = phase.forall.getLoc();
  auto counter = memref::AllocOp::create(
      builder, loc, MemRefType::get(1, builder.getI64Type()));
  Value zero = arith::ConstantIntOp::create(builder, loc, 0, 64);
  Value first = arith::ConstantIndexOp::create(builder, loc, 0);
  phase.preparation.push_back(
      memref::StoreOp::create(builder, loc, zero, counter, first));
  phase.counter = counter;
  plan.buffers.push_back(counter);
}

SmallVector<Value> Planner::findProducers(ArrayRef<Value> values) {
  SmallVector<Value> producers, worklist(values);
  llvm::DenseSet<Value> seen;
  while (!worklist.empty()) {
    Value value = worklist.pop_back_val();
    Operation *op = value.getDefiningOp();
    if (!op || isa<memref::AllocOp>(op) || !seen.insert(value).second)
      continue;
    if (phaseOf.contains(op))
      producers.push_back(value);
    else
      forEachInput(op, [&](Value input) { worklist.push_back(input); });
  }
  return producers;
}

/// False if a phase needs what another one made and memory cannot hold.
bool Planner::findCarriedValues() {
  llvm::SmallSetVector<Value, 4> carried;
  for (auto [index, phase] : llvm::enumerate(plan.phases)) {
    SmallVector<Value> inputs;
    for (ArrayRef<Operation *> ops :
         {ArrayRef(phase.preparation), ArrayRef(phase.ops),
          ArrayRef(phase.epilogue)})
      for (Operation *op : ops)
        forEachInput(op, [&](Value input) { inputs.push_back(input); });
    for (Value value : findProducers(inputs))
      if (phaseOf.lookup(value.getDefiningOp()) != index)
        carried.insert(value);
  }
  plan.carried = carried.takeVector();
  return llvm::all_of(plan.carried, [](Value value) {
    return value.getType().isIntOrIndexOrFloat();
  });
}

void Planner::makeSinglePhase() {
  Phase whole;
  for (Phase &phase : plan.phases) {
    llvm::append_range(whole.ops, phase.preparation);
    llvm::append_range(whole.ops, phase.ops);
    llvm::append_range(whole.ops, phase.epilogue);
  }
  for (Operation *op : whole.ops)
    phaseOf[op] = 0;
  plan.phases.clear();
  plan.phases.push_back(std::move(whole));
  plan.carried.clear();
}

/// Whether the buffer of `alloc`, inside `phase`, outlives an iteration of a
/// loop around it.
static bool outlivesIteration(memref::AllocOp alloc) {
  SmallVector<Value> aliases{alloc};
  llvm::DenseSet<Value> seen;
  auto add = [&](ValueRange values) {
    for (Value value : values)
      if (isa<MemRefType>(value.getType()) && seen.insert(value).second)
        aliases.push_back(value);
  };
  while (!aliases.empty()) {
    Value alias = aliases.pop_back_val();
    for (Operation *user : alias.getUsers()) {
      if (user->hasTrait<OpTrait::IsTerminator>()) {
        Operation *parent = user->getParentOp();
        if (isa<LoopLikeOpInterface>(parent) && parent->isAncestor(alloc))
          return true;
        add(parent->getResults());
        continue;
      }
      add(user->getResults());
      if (auto loop = dyn_cast<LoopLikeOpInterface>(user))
        for (BlockArgument arg : loop.getRegionIterArgs())
          add(arg);
    }
  }
  return false;
}

/// The largest value of `size`, which is used inside a phase.
static FailureOr<OpFoldResult> boundSize(OpBuilder &builder, Value size,
                                         Block *topLevel) {
  using Bounds = ValueBoundsConstraintSet;
  FailureOr<int64_t> constant = Bounds::computeConstantBound(
      presburger::BoundType::UB, {size}, /*stopCondition=*/nullptr,
      /*closedUB=*/true);
  if (succeeded(constant))
    return OpFoldResult(builder.getIndexAttr(*constant));
  auto isOutside = [&](Value value, std::optional<int64_t>, Bounds &) {
    return value.getParentBlock() == topLevel;
  };
  return affine::reifyIndexValueBound(builder, size.getLoc(),
                                      presburger::BoundType::UB, size,
                                      isOutside, /*closedUB=*/true);
}

LogicalResult Planner::addScratch(Phase &phase) {
  SmallVector<memref::AllocOp> allocs;
  for (ArrayRef<Operation *> ops :
       {ArrayRef(phase.ops), ArrayRef(phase.epilogue)})
    for (Operation *op : ops)
      op->walk([&](memref::AllocOp alloc) { allocs.push_back(alloc); });
  OpBuilder builder(phase.ops.front());
  for (memref::AllocOp alloc : allocs) {
    if (outlivesIteration(alloc))
      return refuse(
          alloc,
          "expected a buffer that one iteration of the loop around it uses");
    ScratchBuffer buffer;
    buffer.buffer = alloc;
    for (Value size : alloc.getDynamicSizes()) {
      FailureOr<OpFoldResult> bound = boundSize(builder, size, &func.front());
      auto value = succeeded(bound) ? dyn_cast<Value>(*bound) : Value();
      if (failed(bound) || (value && !findProducers(value).empty()))
        return refuse(
            alloc, "expected a size that the arguments of the function bound");
      buffer.bounds.push_back(*bound);
    }
    phase.scratch.push_back(std::move(buffer));
  }
  return success();
}

/// The size of a workspace is asked before anything runs.
LogicalResult Planner::checkBuffer(memref::AllocOp alloc) {
  if (findProducers(SmallVector<Value>(alloc.getDynamicSizes())).empty())
    return success();
  return refuse(alloc,
                "expected a size that follows from the sizes of the function's "
                "arguments but found one that is read from memory");
}

LogicalResult Planner::refuse(memref::AllocOp alloc, StringRef reason) {
  return mayAllocate ? failure() : alloc.emitOpError(reason);
}

PhasePlan Planner::makeAllocatingPlan() {
  PhasePlan whole;
  whole.allocates = true;
  Phase phase;
  for (Operation &op : func.front().without_terminator())
    if (!isRepeatable(&op))
      phase.ops.push_back(&op);
  whole.phases.push_back(std::move(phase));
  return whole;
}

FailureOr<PhasePlan> Planner::run() {
  divide();
  if (!mayAllocate)
    joinSmallPhases();
  numberPhases();
  if (!findCarriedValues())
    makeSinglePhase();
  for (Phase &phase : plan.phases) {
    if (!phase.forall || mayAllocate)
      continue;
    phase.inner = findInnerLoop(phase.forall);
    if (!phase.epilogue.empty())
      addCounter(phase);
  }
  bool hasPlaces = llvm::all_of(plan.buffers, [&](Value buffer) {
    return succeeded(checkBuffer(buffer.getDefiningOp<memref::AllocOp>()));
  });
  hasPlaces = hasPlaces && llvm::all_of(plan.phases, [&](Phase &phase) {
                return succeeded(addScratch(phase));
              });
  if (hasPlaces)
    return std::move(plan);
  if (mayAllocate)
    return makeAllocatingPlan();
  return failure();
}

FailureOr<PhasePlan> planPhases(func::FuncOp func, bool mayAllocate) {
  return Planner(func, mayAllocate).run();
}

} // namespace mlir::attn
