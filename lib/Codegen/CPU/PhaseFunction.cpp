//===- PhaseFunction.cpp - a function made of part of another one ---------===//
//
//   %n = memref.dim %x, %c0
//   %b = memref.alloc(%n) : memref<?xf32>
//   scf.forall (%i) in (%n) { .. %b .. }
// gives a tile function
//   func.func private @f_tile0(%x, %workspace, %scratch, %tile) {
//     %n = memref.dim %x, %c0
//     %b = memref.view %workspace[%c0][%n] : memref<?xi8> to memref<?xf32>
//     .. %b .. with %tile for %i
//
// Places are multiples of a cache line. Buffers of static size come first, so
// that as many places as possible are constants.
//
// Tests: test/Codegen/CPU/outline-phases.mlir
//
//===----------------------------------------------------------------------===//

#include "PhaseFunction.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/Transforms/Transforms.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"
#include "llvm/Support/SaveAndRestore.h"

namespace mlir::attn {

/// Bytes to which every buffer is aligned: a cache line and the widest vector.
static constexpr int64_t kAlignment = 64;

MemRefType getWorkspaceType(MLIRContext *context) {
  return MemRefType::get(ShapedType::kDynamic, IntegerType::get(context, 8));
}

/// The memref that holds `value`: the buffer itself, or one element.
static MemRefType getSharedType(Value value) {
  if (auto alloc = value.getDefiningOp<memref::AllocOp>())
    return alloc.getType();
  return MemRefType::get(1, value.getType());
}

PhaseFunction::PhaseFunction(func::FuncOp source, const PhasePlan &plan,
                             const Twine &name, TypeRange extraTypes,
                             TypeRange results, SymbolTable &symbols)
    : source(source), plan(plan), builder(source.getContext()) {
  SmallVector<Type> types(source.getArgumentTypes());
  llvm::append_range(types, extraTypes);
  func = func::FuncOp::create(source.getLoc(), name.str(),
                              builder.getFunctionType(types, results));
  func.setPrivate();
  symbols.insert(func, Block::iterator(source));
  builder.setInsertionPointToStart(func.addEntryBlock());
  for (auto [old, replacement] :
       llvm::zip(source.getArguments(), func.getArguments()))
    mapping.map(old, replacement);
  for (bool isStatic : {true, false})
    for (Value buffer : llvm::concat<const Value>(plan.buffers, plan.carried))
      if (getSharedType(buffer).hasStaticShape() == isStatic)
        shared.push_back(buffer);
}

Value PhaseFunction::constant(int64_t value) {
  return arith::ConstantIndexOp::create(builder, source.getLoc(), value);
}

Value PhaseFunction::get(OpFoldResult value) {
  if (auto dynamic = dyn_cast<Value>(value))
    return get(dynamic);
  return constant(*getConstantIntValue(value));
}

Value PhaseFunction::get(Value value) {
  if (Value known = mapping.lookupOrNull(value))
    return known;
  Value result;
  if (llvm::is_contained(shared, value)) {
    MemRefType type = getSharedType(value);
    SmallVector<Value> sizes;
    if (auto alloc = value.getDefiningOp<memref::AllocOp>())
      for (Value size : alloc.getDynamicSizes())
        sizes.push_back(get(size));
    result = buildView(getExtra(0), getSharedOffset(value), type, sizes);
    if (!value.getDefiningOp<memref::AllocOp>())
      result =
          memref::LoadOp::create(builder, value.getLoc(), result, constant(0));
    mapping.map(value, result);
    return result;
  }
  Operation *op = value.getDefiningOp();
  forEachInput(op, [&](Value input) { get(input); });
  builder.clone(*op, mapping);
  return mapping.lookup(value);
}

/// The bytes of a buffer and one line more: neighbours whose sizes are
/// multiples of a page would otherwise meet in the same lines of the cache, and
/// a store to one would seem to precede a load from the other.
Value PhaseFunction::buildBytes(MemRefType type,
                                ArrayRef<OpFoldResult> dynamicSizes) {
  Location loc = source.getLoc();
  int64_t fixed =
      DataLayout::closest(source).getTypeSize(type.getElementType());
  for (int64_t size : type.getShape())
    fixed *= ShapedType::isDynamic(size) ? 1 : size;
  Value bytes;
  for (OpFoldResult size : dynamicSizes) {
    if (std::optional<int64_t> known = getConstantIntValue(size)) {
      fixed *= *known;
      continue;
    }
    Value factor = get(size);
    bytes = bytes ? arith::MulIOp::create(builder, loc, bytes, factor) : factor;
  }
  if (!bytes)
    return constant(llvm::alignTo(fixed, kAlignment) + kAlignment);
  bytes = arith::MulIOp::create(builder, loc, bytes, constant(fixed));
  bytes =
      arith::AddIOp::create(builder, loc, bytes, constant(2 * kAlignment - 1));
  return arith::AndIOp::create(builder, loc, bytes, constant(-kAlignment));
}

Value PhaseFunction::buildSharedBytes(Value buffer) {
  SmallVector<OpFoldResult> sizes;
  if (auto alloc = buffer.getDefiningOp<memref::AllocOp>())
    llvm::append_range(sizes, alloc.getDynamicSizes());
  return buildBytes(getSharedType(buffer), sizes);
}

Value PhaseFunction::getSharedOffset(Value buffer) {
  size_t index = llvm::find(shared, buffer) - shared.begin();
  if (offsets.empty())
    offsets.push_back(constant(0));
  while (offsets.size() <= index) {
    Value bytes = buildSharedBytes(shared[offsets.size() - 1]);
    offsets.push_back(builder.createOrFold<arith::AddIOp>(
        source.getLoc(), offsets.back(), bytes));
  }
  return offsets[index];
}

Value PhaseFunction::buildSharedSize() {
  if (shared.empty())
    return constant(0);
  Value last = getSharedOffset(shared.back());
  return builder.createOrFold<arith::AddIOp>(source.getLoc(), last,
                                             buildSharedBytes(shared.back()));
}

Value PhaseFunction::buildScratchBytes(const ScratchBuffer &buffer) {
  return buildBytes(cast<MemRefType>(buffer.buffer.getType()), buffer.bounds);
}

Value PhaseFunction::buildScratchSize() {
  Value largest = constant(0);
  for (const Phase &phase : plan.phases) {
    Value sum = constant(0);
    for (const ScratchBuffer &buffer : phase.scratch)
      sum = builder.createOrFold<arith::AddIOp>(source.getLoc(), sum,
                                                buildScratchBytes(buffer));
    largest =
        builder.createOrFold<arith::MaxSIOp>(source.getLoc(), largest, sum);
  }
  return largest;
}

Value PhaseFunction::buildView(Value bytes, Value offset, MemRefType type,
                               ValueRange sizes) {
  return memref::ViewOp::create(builder, source.getLoc(), type, bytes, offset,
                                sizes);
}

SmallVector<Value> PhaseFunction::buildTripCounts(scf::ForallOp forall) {
  Location loc = forall.getLoc();
  SmallVector<Value> counts;
  for (auto [lower, upper, step] :
       llvm::zip(forall.getMixedLowerBound(), forall.getMixedUpperBound(),
                 forall.getMixedStep())) {
    Value length =
        builder.createOrFold<arith::SubIOp>(loc, get(upper), get(lower));
    counts.push_back(
        builder.createOrFold<arith::CeilDivSIOp>(loc, length, get(step)));
  }
  return counts;
}

SmallVector<Value> PhaseFunction::buildTripCounts(const Phase &phase) {
  SmallVector<Value> counts;
  for (scf::ForallOp loop : {phase.forall, phase.inner})
    if (loop)
      llvm::append_range(counts, buildTripCounts(loop));
  return counts;
}

/// An epilogue needs a tile to run it even where the loop has none.
Value PhaseFunction::buildTileCount(const Phase &phase) {
  Location loc = source.getLoc();
  Value count = constant(1);
  for (Value trips : buildTripCounts(phase))
    count = builder.createOrFold<arith::MulIOp>(loc, count, trips);
  if (phase.counter)
    count = builder.createOrFold<arith::MaxSIOp>(loc, count, constant(1));
  return count;
}

/// The last induction variable changes fastest, as in the loops.
void PhaseFunction::mapInductionVariables(const Phase &phase) {
  Location loc = source.getLoc();
  SmallVector<Value> counts = buildTripCounts(phase);
  Value rest = getExtra(2);
  for (scf::ForallOp loop : {phase.inner, phase.forall}) {
    for (int64_t dim = loop ? loop.getRank() - 1 : -1; dim >= 0; --dim) {
      Value index = rest, count = counts.pop_back_val();
      if (!counts.empty()) {
        index = builder.createOrFold<arith::RemUIOp>(loc, rest, count);
        rest = builder.createOrFold<arith::DivUIOp>(loc, rest, count);
      }
      Value step = get(loop.getMixedStep()[dim]);
      Value lower = get(loop.getMixedLowerBound()[dim]);
      index = builder.createOrFold<arith::MulIOp>(loc, index, step);
      index = builder.createOrFold<arith::AddIOp>(loc, index, lower);
      mapping.map(loop.getInductionVar(dim), index);
    }
  }
}

/// Clones `ops` of the source and keeps what later phases need of them.
void PhaseFunction::cloneOps(ArrayRef<Operation *> ops) {
  for (Operation *op : ops) {
    forEachInput(op, [&](Value input) { get(input); });
    Operation *clone = builder.clone(*op, mapping);
    clone->removeAttr(kPrepareAttrName);
    for (Value result : op->getResults()) {
      if (!llvm::is_contained(plan.carried, result))
        continue;
      Value place = buildView(getExtra(0), getSharedOffset(result),
                              getSharedType(result), {});
      memref::StoreOp::create(builder, op->getLoc(), mapping.lookup(result),
                              place, constant(0));
    }
  }
}

void PhaseFunction::placeScratch(const Phase &phase,
                                 ArrayRef<Value> scratchOffsets) {
  SmallVector<memref::AllocOp> allocs;
  func.walk([&](memref::AllocOp alloc) { allocs.push_back(alloc); });
  OpBuilder::InsertionGuard guard(builder);
  for (auto [alloc, offset] : llvm::zip_equal(allocs, scratchOffsets)) {
    builder.setInsertionPoint(alloc);
    Value view = buildView(getExtra(1), offset, alloc.getType(),
                           alloc.getDynamicSizes());
    alloc.replaceAllUsesWith(view);
    alloc.erase();
  }
}

void PhaseFunction::buildPreparation(const Phase &phase) {
  cloneOps(phase.preparation);
}

/// The tile's iteration of the loops, if they have one.
void PhaseFunction::buildBody(const Phase &phase) {
  Location loc = source.getLoc();
  forEachInput(phase.forall, [&](Value input) { get(input); });
  OpBuilder::InsertionGuard guard(builder);
  // What is repeated in a branch cannot be used behind it.
  llvm::SaveAndRestore<IRMapping> before(mapping);
  llvm::SaveAndRestore<SmallVector<Value>> beforeOffsets(offsets);
  if (phase.counter) {
    Value count = constant(1);
    for (Value trips : buildTripCounts(phase))
      count = builder.createOrFold<arith::MulIOp>(loc, count, trips);
    Value exists = builder.createOrFold<arith::CmpIOp>(
        loc, arith::CmpIPredicate::slt, getExtra(2), count);
    auto guarded = scf::IfOp::create(builder, loc, exists);
    builder.setInsertionPoint(guarded.thenYield());
  }
  mapInductionVariables(phase);
  scf::ForallOp outer = phase.forall, inner = phase.inner;
  for (Operation &op : outer.getBody()->without_terminator()) {
    if (&op != inner.getOperation()) {
      builder.clone(op, mapping);
      continue;
    }
    for (Operation &nested : inner.getBody()->without_terminator())
      builder.clone(nested, mapping);
  }
}

/// Counts the tile, and runs the epilogue behind the last one. The counter
/// orders what other tiles wrote before what the epilogue reads.
void PhaseFunction::buildEpilogue(const Phase &phase) {
  Location loc = source.getLoc();
  Value counter = get(phase.counter), first = constant(0);
  Value one = arith::ConstantIntOp::create(builder, loc, 1, 64);
  Value before = memref::AtomicRMWOp::create(
      builder, loc, arith::AtomicRMWKind::addi, one, counter, first);
  Value last = builder.createOrFold<arith::SubIOp>(loc, buildTileCount(phase),
                                                   constant(1));
  last = arith::IndexCastOp::create(builder, loc, builder.getI64Type(), last);
  Value isLast = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq,
                                       before, last);
  auto guarded = scf::IfOp::create(builder, loc, isLast);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(guarded.thenYield());
  cloneOps(phase.epilogue);
}

LogicalResult PhaseFunction::buildTile(const Phase &phase) {
  SmallVector<Value> scratchOffsets;
  Value offset = constant(0);
  for (const ScratchBuffer &buffer : phase.scratch) {
    scratchOffsets.push_back(offset);
    offset = builder.createOrFold<arith::AddIOp>(source.getLoc(), offset,
                                                 buildScratchBytes(buffer));
  }
  if (phase.forall)
    buildBody(phase);
  else
    cloneOps(phase.ops);
  if (phase.counter)
    buildEpilogue(phase);
  if (!plan.allocates)
    placeScratch(phase, scratchOffsets);

  // One worker runs a tile, and places need not be freed.
  SmallVector<Operation *> inner;
  func.walk([&](Operation *op) {
    if (isa<scf::ForallOp>(op) ||
        (isa<memref::DeallocOp>(op) && !plan.allocates))
      inner.push_back(op);
  });
  IRRewriter rewriter(func.getContext());
  for (Operation *op : inner) {
    auto forall = dyn_cast<scf::ForallOp>(op);
    if (!forall) {
      rewriter.eraseOp(op);
      continue;
    }
    rewriter.setInsertionPoint(op);
    if (failed(scf::forallToForLoop(rewriter, forall)))
      return failure();
  }
  return success();
}

func::FuncOp PhaseFunction::finish(ValueRange results) {
  func::ReturnOp::create(builder, source.getLoc(), results);
  return func;
}

} // namespace mlir::attn
