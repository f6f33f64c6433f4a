//===- WorkEstimate.cpp - Useful work of one call -------------------------===//
//
// The function is specialised to the call in a copy of the module:
//
//   func @f(%q: tensor<1x8x?x64xf32>, %n: index)
// becomes
//   func @f(%q0: tensor<1x8x77x64xf32>, %n0: index)
//     %q = tensor.cast %q0 : ... to tensor<1x8x?x64xf32>
//     %n = arith.constant 5 : index
//
// and folded, so that whatever sizes and masks depend on becomes a constant,
// however the function computes it. Covered by
// test/unittests/Runtime/WorkEstimateTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "attn/Runtime/WorkEstimate.h"
#include "attn/Dialect/Attn/IR/AttnSparseOps.h"
#include "attn/Dialect/Attn/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/Passes.h"

using llvm::createStringError;
using llvm::Expected;

namespace mlir::attn {

/// Replaces what the uses of the arguments of `func` see by what is known.
static void specialize(func::FuncOp func, ArrayRef<CallArgument> inputs) {
  OpBuilder builder = OpBuilder::atBlockBegin(&func.getBody().front());
  Location loc = func.getLoc();
  SmallVector<Type> types;
  for (auto [argument, input] : llvm::zip_equal(func.getArguments(), inputs)) {
    Type type = argument.getType();
    Value known;
    if (auto tensor = dyn_cast<RankedTensorType>(type)) {
      auto cast = tensor::CastOp::create(builder, loc, tensor, argument);
      known = cast;
      type = tensor.clone(input.sizes);
      argument.replaceAllUsesExcept(known, cast);
      argument.setType(type);
    } else if (input.value && type.isIntOrIndex()) {
      known = arith::ConstantOp::create(
          builder, loc, builder.getIntegerAttr(type, *input.value));
      argument.replaceAllUsesWith(known);
    }
    types.push_back(type);
  }
  func.setFunctionType(FunctionType::get(func.getContext(), types,
                                         func.getFunctionType().getResults()));
}

/// Inlines, and folds index arithmetic and sizes. What is folded is limited to
/// that: casts stay where they are, so that types remain those of the text. A
/// size that is left unfolded is found to be unknown later.
static void fold(ModuleOp module) {
  MLIRContext *context = module.getContext();
  PassManager passes(context, ModuleOp::getOperationName());
  passes.addPass(createInlinerPass({}, [](OpPassManager &) {}));
  (void)passes.run(module);
  RewritePatternSet patterns(context);
  memref::populateResolveRankedShapedTypeResultDimsPatterns(patterns);
  tensor::DimOp::getCanonicalizationPatterns(patterns, context);
  (void)applyPatternsGreedily(module, std::move(patterns));
}

/// Gives each attention op the schedule that the CPU pipeline gives it.
static void schedule(ModuleOp module, StringRef target) {
  ScopedDiagnosticHandler quiet(module.getContext(),
                                [](Diagnostic &) { return success(); });
  PassManager passes(module.getContext(), ModuleOp::getOperationName());
  SchedulePassOptions options;
  options.target = target.str();
  passes.addNestedPass<func::FuncOp>(createSchedulePass(options));
  (void)passes.run(module);
}

/// The sizes of `value`, whatever its type still leaves open.
static Expected<SmallVector<int64_t>> getSizes(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> sizes(type.getShape());
  for (auto [dim, size] : llvm::enumerate(sizes)) {
    if (!ShapedType::isDynamic(size))
      continue;
    FailureOr<int64_t> bound = ValueBoundsConstraintSet::computeConstantBound(
        presburger::BoundType::EQ, {value, static_cast<int64_t>(dim)});
    if (failed(bound))
      return createStringError("a size of an attention op depends on run-time "
                               "data");
    size = *bound;
  }
  return sizes;
}

/// The causal and window parts of the mask.
static MaskExpr getStructuralMask(DenseOp op, AffineExpr diagonal) {
  MaskExpr mask = MaskExpr::getTrue();
  if (op.getCausal())
    mask = mask && MaskExpr::causal(diagonal);
  if (std::optional<ArrayRef<int64_t>> window = op.getWindow())
    mask = mask && MaskExpr::window((*window)[0], (*window)[1], diagonal);
  return mask;
}

/// The sizes of the scores of an op that runs once.
static Expected<TileGrid> getGrid(Operation *op, Value queries, Value keys) {
  if (!isa<func::FuncOp>(op->getParentOp()))
    return createStringError("an attention op is inside of a loop or branch");
  Expected<SmallVector<int64_t>> query = getSizes(queries);
  if (!query)
    return query.takeError();
  Expected<SmallVector<int64_t>> key = getSizes(keys);
  if (!key)
    return key.takeError();
  TileGrid grid;
  grid.batch = (*query)[0];
  grid.heads = (*query)[1];
  grid.queries = (*query)[2];
  grid.keys = (*key)[2];
  return grid;
}

static llvm::Error addWork(DenseOp op, WorkEstimate &work) {
  Expected<TileGrid> sizes = getGrid(op, op.getQuery(), op.getKey());
  if (!sizes)
    return sizes.takeError();
  TileGrid grid = *sizes;
  if (ScheduleAttr schedule = op.getScheduleAttr()) {
    grid.queryTile = schedule.getQueryTile();
    grid.keyTile = schedule.getKeyBlock();
  }

  MaskSymbols symbols(op.getContext());
  bool bottomRight = op.getAlign() == Alignment::BottomRight;
  AffineExpr diagonal =
      op.getDiagonal()
          ? symbols.getSymbol(op.getDiagonal())
          : symbols.getConstant(bottomRight ? grid.keys - grid.queries : 0);
  MaskExpr structural = getStructuralMask(op, diagonal);
  MaskExpr mask = structural;
  if (!op.getMask().empty()) {
    SmallVector<Value> captures = op.getCaptures();
    mask = mask && readMask(op.getMask(), captures, symbols);
  }
  bool isKnown = !op.hasBooleanBias() && !mask.hasData() && !mask.hasOpaque() &&
                 symbols.getSymbols().empty();

  std::optional<int64_t> pairs;
  if (isKnown)
    pairs = countAdmittedPairs(mask, grid);
  if (!op.getSchedule())
    work.tiles.reset();
  if (pairs && work.tiles) {
    std::optional<TileCounts> counts = countTiles(mask, grid);
    if (counts) {
      work.tiles->empty += counts->empty;
      work.tiles->full += counts->full;
      work.tiles->partial += counts->partial;
    } else {
      work.tiles.reset();
    }
  } else if (!pairs) {
    work.isExact = false;
    work.tiles.reset();
    pairs = countAdmittedPairs(structural, grid);
  }
  if (!pairs)
    return createStringError("the diagonal of an attention op depends on "
                             "run-time data");
  work.flops += 2.0 *
                static_cast<double>(op.getKeyWidth() + op.getValueWidth()) *
                static_cast<double>(*pairs);
  return llvm::Error::success();
}

/// Lists are data: every entry counts as a whole block.
static llvm::Error addWork(BlockSparseOp op, WorkEstimate &work) {
  Expected<TileGrid> grid = getGrid(op, op.getQuery(), op.getKey());
  if (!grid)
    return grid.takeError();
  Expected<SmallVector<int64_t>> lists = getSizes(op.getBlocks());
  if (!lists)
    return lists.takeError();
  double keys = static_cast<double>((*lists)[3]) *
                std::min<int64_t>(op.getKeyBlock(), grid->keys);
  double rows = static_cast<double>(grid->batch) * grid->heads * grid->queries;
  work.flops += 2.0 *
                static_cast<double>(op.getKeyWidth() + op.getValueWidth()) *
                rows * keys;
  work.isExact = false;
  work.tiles.reset();
  return llvm::Error::success();
}

static llvm::Error addWork(AffineMonoidOpInterface op, WorkEstimate &work) {
  if (!isa<func::FuncOp>(op->getParentOp()))
    return createStringError("an attention op is inside of a loop or branch");
  Recurrence parts = op.getRecurrence();
  Expected<SmallVector<int64_t>> value = getSizes(parts.value);
  if (!value)
    return value.takeError();
  Expected<SmallVector<int64_t>> output = getSizes(parts.output);
  if (!output)
    return output.takeError();
  double tokens = static_cast<double>((*value)[0]) * (*value)[2];
  double state =
      static_cast<double>(parts.getKeyWidth()) * parts.getValueWidth();
  int64_t writes = (*value)[1] * (parts.hasCorrection() ? 2 : 1);
  work.flops += 2.0 * state * tokens * (writes + (*output)[1]);
  // Packed sequences may leave tokens out.
  if (parts.cuSeqlens) {
    work.isExact = false;
    work.tiles.reset();
  }
  return llvm::Error::success();
}

/// Whether `inputs` can be those of a call of `func`.
static llvm::Error checkInputs(func::FuncOp func,
                               ArrayRef<CallArgument> inputs) {
  if (inputs.size() != func.getNumArguments())
    return createStringError("expected " + Twine(func.getNumArguments()) +
                             " inputs of '" + func.getName() + "' but found " +
                             Twine(inputs.size()));
  for (auto [index, type] : llvm::enumerate(func.getArgumentTypes())) {
    auto shaped = dyn_cast<ShapedType>(type);
    size_t rank = shaped ? shaped.getRank() : 0;
    if (inputs[index].sizes.size() != rank)
      return createStringError("expected input " + Twine(index) + " of rank " +
                               Twine(rank) + " but found rank " +
                               Twine(inputs[index].sizes.size()));
  }
  return llvm::Error::success();
}

Expected<WorkEstimate> estimateWork(ModuleOp module, StringRef name,
                                    ArrayRef<CallArgument> inputs,
                                    StringRef target) {
  auto found = module.lookupSymbol<func::FuncOp>(name);
  if (!found)
    return createStringError("the module has no function '" + name + "'");
  if (llvm::Error error = checkInputs(found, inputs))
    return std::move(error);
  OwningOpRef<ModuleOp> copy = module.clone();
  // Before sizes are known that the compiler does not know.
  schedule(*copy, target);
  auto func = copy->lookupSymbol<func::FuncOp>(name);
  specialize(func, inputs);
  fold(*copy);
  WorkEstimate work;
  work.tiles.emplace();
  llvm::Error error = llvm::Error::success();
  func.walk([&](Operation *op) {
    if (auto dense = dyn_cast<DenseOp>(op))
      error = addWork(dense, work);
    else if (auto sparse = dyn_cast<BlockSparseOp>(op))
      error = addWork(sparse, work);
    else if (auto recurrence = dyn_cast<AffineMonoidOpInterface>(op))
      error = addWork(recurrence, work);
    return error ? WalkResult::interrupt() : WalkResult::advance();
  });
  if (error)
    return error;
  return work;
}

} // namespace mlir::attn
