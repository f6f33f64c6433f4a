//===- Hazards.cpp - races that types cannot exclude ----------------------===//
//
// Follows every path through a kernel with what is outstanding on it: products
// in flight in the order in which they were issued, slots that are held, and
// fragments from before the last product that read an operand ended. Loops must
// come back to what they began with, their iteration arguments renaming it.
//
//   %o1 = atile.mma_rs %p, %v, %o                   in flight: %o1 reads %v
//   %s1 = atile.mma_ss %q[%r], %k                   in flight: %o1, %s1
//   %o2 = atile.await %o1 {pending = 1 : i32}       in flight: %s1
//   atile.release %v                                H2: nothing reads %v now
//
// Covered by test/Dialect/ATile/invalid-hazards.mlir.
//
//===----------------------------------------------------------------------===//

#include "attn/Dialect/ATile/IR/ATile.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace mlir::attn::atile;

namespace {

enum class Role { Block, Producer, Consumer };

/// A product between its issue and the await that covers it.
struct Product {
  Value result;
  /// It reads an operand in registers until it is awaited.
  bool borrows;
  SmallVector<Value, 2> slots;
};

/// What is outstanding at one point of a path.
struct State {
  SmallVector<Product> inFlight;
  llvm::SmallSetVector<Value, 8> held;
  /// Usable fragments, and those of them computed before the last await that
  /// ended a product with a borrowed operand.
  llvm::DenseSet<Value> fragments;
  llvm::DenseSet<Value> stale;
  /// A stage was retired since all threads met.
  bool retired = false;

  bool isInFlightAlike(const State &other) const {
    return llvm::equal(inFlight, other.inFlight,
                       [](const Product &a, const Product &b) {
                         return a.result == b.result;
                       });
  }

  bool isHeldAlike(const State &other) const {
    return held.size() == other.held.size() &&
           llvm::all_of(held, [&](Value v) { return other.held.contains(v); });
  }

  /// Values that control flow passes on get the names that they have there.
  void rename(ValueRange from, ValueRange to);
  /// Adds what another path to the same point brings, on which the same is in
  /// flight and held. Returns true if that changed anything.
  bool join(const State &other);
};

void State::rename(ValueRange from, ValueRange to) {
  // Products know a value by one name, so the first passing on counts.
  llvm::DenseMap<Value, Value> names;
  for (auto [source, target] : llvm::zip_equal(from, to)) {
    if (stale.contains(source))
      stale.insert(target);
    if (auto type = dyn_cast<FragType>(target.getType()))
      if (!type.getInflight())
        fragments.insert(target);
    names.try_emplace(source, target);
  }
  auto renamed = [&](Value value) {
    auto it = names.find(value);
    return it == names.end() ? value : it->second;
  };
  for (Product &product : inFlight) {
    product.result = renamed(product.result);
    for (Value &slot : product.slots)
      slot = renamed(slot);
  }
  llvm::SmallSetVector<Value, 8> before;
  std::swap(before, held);
  for (Value slot : before)
    held.insert(renamed(slot));
}

bool State::join(const State &other) {
  bool changed = false;
  // A filled fragment stands for any product: it is none on one path, and reads
  // what it reads on the other.
  for (auto [product, more] : llvm::zip_equal(inFlight, other.inFlight)) {
    changed |= more.borrows && !product.borrows;
    product.borrows |= more.borrows;
    for (Value slot : more.slots)
      if (!llvm::is_contained(product.slots, slot)) {
        product.slots.push_back(slot);
        changed = true;
      }
  }
  for (Value fragment : other.stale)
    if (fragments.contains(fragment))
      changed |= stale.insert(fragment).second;
  changed |= other.retired && !retired;
  retired |= other.retired;
  return changed;
}

/// Interprets the operations of one kernel over states.
class HazardChecker {
public:
  LogicalResult checkKernel(KernelOp kernel);

private:
  LogicalResult visitRole(Region &region, Role role);
  LogicalResult visitBlock(Block &block, State &state);
  LogicalResult visit(Operation &op, State &state);
  LogicalResult visitFor(scf::ForOp loop, State &state);
  LogicalResult visitIf(scf::IfOp branch, State &state);
  LogicalResult visitAwait(AwaitOp await, State &state);
  LogicalResult visitPack(PackOp pack, State &state);
  LogicalResult startProduct(Operation *op, bool borrows, ArrayRef<Value> slots,
                             State &state);
  LogicalResult useSlot(Operation *op, Value slot, const State &state);
  LogicalResult endSlot(Operation *op, Value slot, State &state);
  LogicalResult checkRole(Operation &op);
  LogicalResult expectSame(Operation *op, const State &begin, const State &end,
                           StringRef where);

  Role role = Role::Block;
  bool hasRoles = false;
};

} // namespace

LogicalResult HazardChecker::checkKernel(KernelOp kernel) {
  hasRoles = bool(kernel.getSpecialize());
  return visitRole(kernel.getBody(), Role::Block);
}

LogicalResult HazardChecker::visitRole(Region &region, Role newRole) {
  Role outer = std::exchange(role, newRole);
  State state;
  LogicalResult result = visitBlock(region.front(), state);
  role = outer;
  if (failed(result))
    return failure();
  if (!state.inFlight.empty())
    return state.inFlight.front().result.getDefiningOp()->emitOpError(
        "H6: expected an await of this product before the end of the role");
  if (!state.held.empty())
    return region.getParentOp()->emitOpError()
           << "H4: expected every slot to be loaded or released before the end "
              "of the role but found "
           << state.held.size() << " held";
  return success();
}

LogicalResult HazardChecker::visitBlock(Block &block, State &state) {
  for (Operation &op : block)
    if (failed(checkRole(op)) || failed(visit(op, state)))
      return failure();
  return success();
}

/// H7.
LogicalResult HazardChecker::checkRole(Operation &op) {
  if (!isa<ATileDialect>(op.getDialect()))
    return success();
  bool allowed = true;
  if (isa<WaitEmptyOp, LoadOp>(op))
    allowed = role == Role::Producer;
  else if (isa<WaitFullOp, ReleaseOp, NoSlotOp, MmaSSOp, MmaRSOp, AwaitOp>(op))
    allowed = role == Role::Consumer;
  else if (isa<StageOp, CopyOp, WaitCopiesOp, RetireOp, LoadOperandOp,
               MmaSyncOp, GroupIdOp>(op))
    allowed = role == Role::Block && !hasRoles;
  else if (isa<FillOp, RowMaxOp, RowSumOp, ReduceRowsOp, Exp2SubOp, ScaleOp,
               PackOp, MapOp, MapRowsOp, StoreOp, StoreRowsOp>(op))
    allowed = role == Role::Consumer || (role == Role::Block && !hasRoles);
  if (allowed)
    return success();
  StringRef names[] = {"outside of roles", "in the producer",
                       "in the consumers"};
  return op.emitOpError() << "H7: expected another role but found it "
                          << names[static_cast<int>(role)];
}

LogicalResult HazardChecker::visit(Operation &op, State &state) {
  if (auto specialize = dyn_cast<SpecializeOp>(op))
    return failure(
        failed(visitRole(specialize.getProducer(), Role::Producer)) ||
        failed(visitRole(specialize.getConsumer(), Role::Consumer)));
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return visitFor(loop, state);
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return visitIf(branch, state);
  if (auto await = dyn_cast<AwaitOp>(op))
    return visitAwait(await, state);
  if (op.getNumRegions() != 0 && !isa<MapOp, MapRowsOp>(op))
    return op.emitOpError(
        "H5: expected control flow by scf.for and scf.if only");

  for (Value result : op.getResults()) {
    if (auto type = dyn_cast<FragType>(result.getType()))
      if (!type.getInflight())
        state.fragments.insert(result);
    if (isa<SlotType>(result.getType()))
      state.held.insert(result);
  }
  if (auto product = dyn_cast<MmaSSOp>(op))
    return startProduct(product, /*borrows=*/false,
                        {product.getA(), product.getB()}, state);
  if (auto product = dyn_cast<MmaRSOp>(op))
    return startProduct(product, /*borrows=*/true, {product.getV()}, state);
  if (auto fill = dyn_cast<FillOp>(op)) {
    auto type = dyn_cast<FragType>(fill.getType());
    if (!type || !type.getInflight())
      return success();
    if (!state.inFlight.empty())
      return op.emitOpError("H5: expected no product in flight where one that "
                            "computes nothing begins");
    return startProduct(fill, /*borrows=*/false, {}, state);
  }
  if (auto pack = dyn_cast<PackOp>(op))
    return visitPack(pack, state);
  if (auto load = dyn_cast<LoadOp>(op))
    return endSlot(load, load.getSlot(), state);
  if (auto copy = dyn_cast<CopyOp>(op))
    return endSlot(copy, copy.getSlot(), state);
  if (auto release = dyn_cast<ReleaseOp>(op))
    return endSlot(release, release.getSlot(), state);
  if (auto retire = dyn_cast<RetireOp>(op)) {
    state.retired = true;
    return endSlot(retire, retire.getSlot(), state);
  }
  if (auto operand = dyn_cast<LoadOperandOp>(op))
    return useSlot(operand, operand.getSlot(), state);
  if (auto product = dyn_cast<MmaSyncOp>(op))
    return useSlot(product, product.getB(), state);
  if (isa<WaitCopiesOp>(op))
    state.retired = false;
  if (isa<StageOp>(op) && state.retired)
    return op.emitOpError("H8: expected all threads to meet, by "
                          "atile.wait_copies, after the last atile.retire");
  return success();
}

LogicalResult HazardChecker::startProduct(Operation *op, bool borrows,
                                          ArrayRef<Value> slots, State &state) {
  for (Value slot : slots)
    if (failed(useSlot(op, slot, state)))
      return failure();
  state.inFlight.push_back({op->getResult(0), borrows,
                            SmallVector<Value, 2>(slots.begin(), slots.end())});
  return success();
}

LogicalResult HazardChecker::useSlot(Operation *op, Value slot,
                                     const State &state) {
  if (slot.getDefiningOp<NoSlotOp>())
    return op->emitOpError("H4: expected a tile but found atile.no_slot");
  if (state.held.contains(slot))
    return success();
  return op->emitOpError("H4: expected a slot that is held but found one that "
                         "was loaded, released or passed on");
}

LogicalResult HazardChecker::endSlot(Operation *op, Value slot, State &state) {
  for (const Product &product : state.inFlight)
    if (llvm::is_contained(product.slots, slot)) {
      InFlightDiagnostic error =
          op->emitOpError("H2: expected an await of every product that reads "
                          "the slot before it");
      error.attachNote(product.result.getLoc()) << "a product that reads it";
      return error;
    }
  if (state.held.remove(slot))
    return success();
  return op->emitOpError("H4: expected a slot that is held but found one that "
                         "was loaded, released or passed on");
}

LogicalResult HazardChecker::visitAwait(AwaitOp await, State &state) {
  size_t pending = await.getPending();
  size_t numDone =
      state.inFlight.size() - std::min<size_t>(pending, state.inFlight.size());
  for (Value fragment : await.getFragments())
    for (const Product &left : ArrayRef(state.inFlight).drop_front(numDone))
      if (left.result == fragment)
        return await.emitOpError()
               << "H1: expected to await all products up to its operands but "
                  "found one among the last "
               << pending << " issued";
  bool ended = llvm::any_of(ArrayRef(state.inFlight).take_front(numDone),
                            [](const Product &p) { return p.borrows; });
  state.inFlight.erase(state.inFlight.begin(),
                       state.inFlight.begin() + numDone);
  if (ended)
    state.stale.insert_range(state.fragments);
  state.fragments.insert_range(await.getResults());
  return success();
}

LogicalResult HazardChecker::visitPack(PackOp pack, State &state) {
  for (const Product &product : state.inFlight)
    if (product.borrows) {
      InFlightDiagnostic error = pack.emitOpError(
          "H3: expected no product in flight that borrows an operand");
      error.attachNote(product.result.getLoc()) << "the product";
      return error;
    }
  if (state.stale.contains(pack.getSource()))
    return pack.emitOpError("H3: expected a source that went through the await "
                            "that ended the last product with an operand");
  return success();
}

LogicalResult HazardChecker::expectSame(Operation *op, const State &begin,
                                        const State &end, StringRef where) {
  if (!begin.isInFlightAlike(end))
    return op->emitOpError()
           << "H5: expected the same products in flight at the end of " << where
           << " as at its beginning, but found " << end.inFlight.size()
           << " instead of " << begin.inFlight.size()
           << " or other values in their places";
  if (!begin.isHeldAlike(end))
    return op->emitOpError()
           << "H4: expected the same slots held at the end of " << where
           << " as at its beginning, but found " << end.held.size()
           << " instead of " << begin.held.size()
           << " or other values in their places";
  return success();
}

LogicalResult HazardChecker::visitFor(scf::ForOp loop, State &state) {
  state.rename(loop.getInitArgs(), loop.getRegionIterArgs());
  auto yield = cast<scf::YieldOp>(loop.getBody()->getTerminator());
  // One more turn for as long as a turn tells the next one something new.
  for (;;) {
    State end = state;
    if (failed(visitBlock(*loop.getBody(), end)))
      return failure();
    end.rename(yield.getOperands(), loop.getRegionIterArgs());
    if (failed(expectSame(loop, state, end, "the loop's body")))
      return failure();
    if (!state.join(end))
      break;
  }
  state.rename(loop.getRegionIterArgs(), loop.getResults());
  return success();
}

LogicalResult HazardChecker::visitIf(scf::IfOp branch, State &state) {
  State then = state;
  if (failed(visitBlock(*branch.thenBlock(), then)))
    return failure();
  then.rename(branch.thenYield().getOperands(), branch.getResults());
  if (branch.elseBlock()) {
    if (failed(visitBlock(*branch.elseBlock(), state)))
      return failure();
    state.rename(branch.elseYield().getOperands(), branch.getResults());
  }
  if (failed(expectSame(branch, state, then, "one branch")))
    return failure();
  state.fragments.insert_range(then.fragments);
  state.join(then);
  return success();
}

LogicalResult mlir::attn::atile::verifyHazards(KernelOp kernel) {
  return HazardChecker().checkKernel(kernel);
}
