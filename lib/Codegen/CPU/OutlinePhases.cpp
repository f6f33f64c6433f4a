//===- OutlinePhases.cpp - a function as phases of independent tiles ------===//
//
//   func.func @f(%x: memref<?xf32>) attributes {attn.signature = [..]} {
//     %b = memref.alloc(%n)
//     scf.forall (%i) in (%n) { %s = memref.alloc() .. }
//     ..
//   ->
//   func.func private @f_workspace(%x) -> (index, index)  // shared, per worker
//   func.func private @f_grid0(%x) -> index
//   func.func private @f_tile0(%x, %workspace, %scratch, %tile)
//   func.func @f(%x, %workspace, %scratches, %per_worker) {
//     %tiles = call @f_grid0(%x)
//     scf.forall (%tile) in (%tiles) { call @f_tile0(..) }
//     ..
//
// Tests: test/Codegen/CPU/outline-phases.mlir and outline-phases-invalid.mlir
//
//===----------------------------------------------------------------------===//

#include "PhaseFunction.h"
#include "attn/Codegen/CPU/Passes.h"
#include "attn/Compiler/Signature.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

namespace mlir::attn {

#define GEN_PASS_DEF_OUTLINEPHASESPASS
#include "attn/Codegen/CPU/Passes.h.inc"

/// The value that `func` always returns as result `index`, if it is known.
static std::optional<int64_t> getConstantResult(func::FuncOp func,
                                                unsigned index) {
  return getConstantIntValue(func.front().getTerminator()->getOperand(index));
}

namespace {
/// The functions of one phase; `prepare` may be null.
struct PhaseFunctions {
  func::FuncOp grid, prepare, tile;
};

class Outliner {
public:
  Outliner(func::FuncOp func, SymbolTable &symbols, bool openmp)
      : func(func), symbols(symbols), openmp(openmp),
        builder(func.getContext()) {}

  LogicalResult run(bool mayAllocate);
  unsigned getNumPhases() const { return phases.size(); }

private:
  FailureOr<PhaseFunctions> outline(const Phase &phase, unsigned number);
  func::FuncOp buildWorkspace();
  /// Replaces the body by a loop over the tiles of each phase.
  void buildLoops();
  Value buildWorker(OpBuilder &nested);
  DictionaryAttr describe(func::FuncOp workspace);

  func::FuncOp func;
  SymbolTable &symbols;
  bool openmp;
  OpBuilder builder;
  PhasePlan plan;
  SmallVector<PhaseFunctions> phases;
};
} // namespace

FailureOr<PhaseFunctions> Outliner::outline(const Phase &phase,
                                            unsigned number) {
  Type bytes = getWorkspaceType(func.getContext());
  Type index = builder.getIndexType();
  auto nameOf = [&](StringRef part) {
    return (func.getName() + "_" + part + Twine(number)).str();
  };
  PhaseFunctions result;
  PhaseFunction grid(func, plan, nameOf("grid"), bytes, index, symbols);
  result.grid = grid.finish(grid.buildTileCount(phase));
  if (!phase.preparation.empty()) {
    PhaseFunction prepare(func, plan, nameOf("prepare"), bytes, {}, symbols);
    prepare.buildPreparation(phase);
    result.prepare = prepare.finish({});
  }
  PhaseFunction tile(func, plan, nameOf("tile"), {bytes, bytes, index}, {},
                     symbols);
  if (failed(tile.buildTile(phase)))
    return failure();
  result.tile = tile.finish({});
  return result;
}

func::FuncOp Outliner::buildWorkspace() {
  Type index = builder.getIndexType();
  PhaseFunction workspace(func, plan, func.getName() + "_workspace", {},
                          {index, index}, symbols);
  Value shared = workspace.buildSharedSize();
  return workspace.finish({shared, workspace.buildScratchSize()});
}

/// The number of the thread that runs a tile, less than the number of threads.
Value Outliner::buildWorker(OpBuilder &nested) {
  Location loc = func.getLoc();
  if (!openmp)
    return arith::ConstantIndexOp::create(nested, loc, 0);
  constexpr StringLiteral kName("omp_get_thread_num");
  if (!symbols.lookup(kName)) {
    auto type = builder.getFunctionType({}, builder.getI32Type());
    auto declaration = func::FuncOp::create(loc, kName, type);
    declaration.setPrivate();
    symbols.insert(declaration);
  }
  Value number = func::CallOp::create(nested, loc, kName, builder.getI32Type())
                     .getResult(0);
  return arith::IndexCastOp::create(nested, loc, builder.getIndexType(),
                                    number);
}

void Outliner::buildLoops() {
  Location loc = func.getLoc();
  SmallVector<Value> args(func.getArguments());
  func.getBody().front().clear();
  Type bytes = getWorkspaceType(func.getContext());
  Block &body = func.getBody().front();
  Value workspace = body.addArgument(bytes, loc);
  Value scratches = body.addArgument(bytes, loc);
  Value perWorker = body.addArgument(builder.getIndexType(), loc);
  func.setType(builder.getFunctionType(body.getArgumentTypes(), {}));
  args.push_back(workspace);

  builder.setInsertionPointToStart(&body);
  for (const PhaseFunctions &phase : phases) {
    if (phase.prepare)
      func::CallOp::create(builder, loc, phase.prepare, args);
    Value tiles =
        func::CallOp::create(builder, loc, phase.grid, args).getResult(0);
    auto loop = scf::ForallOp::create(builder, loc, OpFoldResult(tiles),
                                      ValueRange(), std::nullopt);
    OpBuilder nested(loop.getTerminator());
    Value offset =
        arith::MulIOp::create(nested, loc, buildWorker(nested), perWorker);
    Value scratch = memref::ViewOp::create(nested, loc, cast<MemRefType>(bytes),
                                           scratches, offset, perWorker);
    SmallVector<Value> operands(args);
    operands.append({scratch, loop.getInductionVar(0)});
    func::CallOp::create(nested, loc, phase.tile, operands);
  }
  func::ReturnOp::create(builder, loc);
}

DictionaryAttr Outliner::describe(func::FuncOp workspace) {
  auto symbolOf = [](func::FuncOp target) -> Attribute {
    return FlatSymbolRefAttr::get(target);
  };
  auto addConstant = [&](SmallVectorImpl<NamedAttribute> &attrs, StringRef name,
                         func::FuncOp source, unsigned index) {
    if (std::optional<int64_t> value = getConstantResult(source, index))
      attrs.push_back(
          builder.getNamedAttr(name, builder.getI64IntegerAttr(*value)));
  };
  SmallVector<Attribute> entries;
  for (const PhaseFunctions &phase : phases) {
    SmallVector<NamedAttribute> entry{
        builder.getNamedAttr("grid", symbolOf(phase.grid)),
        builder.getNamedAttr("tile", symbolOf(phase.tile))};
    if (phase.prepare)
      entry.push_back(builder.getNamedAttr("prepare", symbolOf(phase.prepare)));
    addConstant(entry, "tiles", phase.grid, 0);
    entries.push_back(builder.getDictionaryAttr(entry));
  }
  SmallVector<NamedAttribute> attrs{
      builder.getNamedAttr("workspace", symbolOf(workspace)),
      builder.getNamedAttr("phases", builder.getArrayAttr(entries))};
  addConstant(attrs, "shared", workspace, 0);
  addConstant(attrs, "per_worker", workspace, 1);
  return builder.getDictionaryAttr(attrs);
}

LogicalResult Outliner::run(bool mayAllocate) {
  if (!func.getBody().hasOneBlock() || func.getNumResults() > 0)
    return func.emitOpError("expected a function of one block without results");
  FailureOr<PhasePlan> found = planPhases(func, mayAllocate);
  if (failed(found))
    return failure();
  plan = std::move(*found);
  for (auto [number, phase] : llvm::enumerate(plan.phases)) {
    FailureOr<PhaseFunctions> outlined = outline(phase, number);
    if (failed(outlined))
      return failure();
    phases.push_back(*outlined);
  }
  func->setAttr(kPhasesAttrName, describe(buildWorkspace()));
  buildLoops();
  return success();
}

namespace {
struct OutlinePhasesPass : impl::OutlinePhasesPassBase<OutlinePhasesPass> {
  using OutlinePhasesPassBase::OutlinePhasesPassBase;

  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    for (auto func :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>())) {
      if (!func->hasAttr(kSignatureAttrName))
        continue;
      Outliner outliner(func, symbols, openmp);
      if (failed(outliner.run(allocate)))
        return signalPassFailure();
      numPhases += outliner.getNumPhases();
    }
  }
};
} // namespace

} // namespace mlir::attn
