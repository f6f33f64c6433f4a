//===- PlantBugPass.cpp - a fault in a GPU kernel -------------------------===//
//
//   attn-run kernel.mlir --target=sm_90a --emulate
//            --load-pass-plugin=libAttnTestPasses.so
//            --add-passes="kernels:attn-test-plant-bug{bug=scale-dropped
//            site=0}"
//
// Breaks one operation of a kernel, on tiles (stage "kernels") or on single
// instructions of the emulator (stage "instructions"); site counts the places
// where the bug fits, and the last is -1. Fails if there is no such place. What
// is planted must then be refused by a verifier, reported by the emulator, or
// seen in the numbers: test/Integration/GPU/planted-bugs.test.
//
//===----------------------------------------------------------------------===//

#include "PlantBugPass.h"
#include "attn/Dialect/ATile/IR/ATile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Pass/Pass.h"

using namespace mlir;
using namespace mlir::attn;

namespace {
/// One kind of bug: which operations it fits, and what it does to one.
struct Bug {
  StringLiteral name;
  bool (*fits)(Operation *);
  void (*plant)(Operation *, OpBuilder &);
};
} // namespace

static Value constantLike(OpBuilder &b, Value value, int64_t number) {
  return arith::ConstantOp::create(b, value.getLoc(),
                                   b.getIntegerAttr(value.getType(), number));
}

/// Adds `number` to operand `index`.
static void addTo(Operation *op, OpBuilder &b, unsigned index, int64_t number) {
  Value operand = op->getOperand(index);
  op->setOperand(index,
                 arith::AddIOp::create(b, op->getLoc(), operand,
                                       constantLike(b, operand, number)));
}

static void flipBit(Operation *op, OpBuilder &b, unsigned index) {
  Value operand = op->getOperand(index);
  op->setOperand(index, arith::XOrIOp::create(b, op->getLoc(), operand,
                                              constantLike(b, operand, 1)));
}

static void multiply(Operation *op, OpBuilder &b, unsigned index,
                     int64_t factor) {
  Value operand = op->getOperand(index);
  op->setOperand(index,
                 arith::MulIOp::create(b, op->getLoc(), operand,
                                       constantLike(b, operand, factor)));
}

static void exchange(Operation *op, unsigned first, unsigned second) {
  Value value = op->getOperand(first);
  op->setOperand(first, op->getOperand(second));
  op->setOperand(second, value);
}

/// Exchanges the two byte offsets of the matrix descriptor in operand `index`.
static void exchangeOffsets(Operation *op, OpBuilder &b, unsigned index) {
  Location loc = op->getLoc();
  Value bits = op->getOperand(index);
  auto constant = [&](int64_t number) { return constantLike(b, bits, number); };
  auto field = [&](int64_t shift) -> Value {
    Value low = arith::ShRUIOp::create(b, loc, bits, constant(shift));
    return arith::AndIOp::create(b, loc, low, constant(0x3fff));
  };
  Value leading = field(16), stride = field(32);
  Value rest = arith::AndIOp::create(
      b, loc, bits, constant(~(0x3fffLL << 16 | 0x3fffLL << 32)));
  Value moved = arith::OrIOp::create(
      b, loc, arith::ShLIOp::create(b, loc, leading, constant(32)),
      arith::ShLIOp::create(b, loc, stride, constant(16)));
  op->setOperand(index, arith::OrIOp::create(b, loc, rest, moved));
}

/// Whether `op` calls the emulator's function `name`.
static bool calls(Operation *op, StringRef name) {
  auto call = dyn_cast<LLVM::CallOp>(op);
  return call && call.getCallee() == ("attn_emu_" + name).str();
}

static void erase(Operation *op, OpBuilder &) { op->erase(); }
static void duplicate(Operation *op, OpBuilder &b) { b.clone(*op); }
static void forward(Operation *op, OpBuilder &, unsigned index) {
  op->getResult(0).replaceAllUsesWith(op->getOperand(index));
  op->erase();
}

//===----------------------------------------------------------------------===//
// On tiles
//===----------------------------------------------------------------------===//

static void setPending(Operation *op, OpBuilder &b) {
  auto await = cast<atile::AwaitOp>(op);
  await.setPending(await.getPending() + 1);
}

/// Puts `op` before the await in front of it.
static void moveBeforeAwait(Operation *op, OpBuilder &) {
  for (Operation *place = op->getPrevNode(); place;
       place = place->getPrevNode())
    if (isa<atile::AwaitOp>(place))
      return op->moveBefore(place);
}

static bool standsBehindAwait(Operation *op) {
  for (Operation *place = op->getPrevNode(); place;
       place = place->getPrevNode())
    if (isa<atile::AwaitOp>(place))
      return true;
  return false;
}

/// The comparison with the diagonal that decides where a fragment is masked.
static bool isMaskComparison(Operation *op) {
  auto compare = dyn_cast<arith::CmpIOp>(op);
  return compare && isa<atile::MapOp>(op->getParentOp()) &&
         compare.getPredicate() == arith::CmpIPredicate::sle;
}

static void loosenComparison(Operation *op, OpBuilder &b) {
  addTo(op, b, /*index=*/0, -1);
}

static bool isFragmentFill(Operation *op) {
  auto fill = dyn_cast<atile::FillOp>(op);
  return fill && isa<atile::RowsType>(fill.getType());
}

static Value oneFill(OpBuilder &b, Location loc, Type type) {
  Value one = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(1.0f));
  return atile::FillOp::create(b, loc, type, one);
}

/// Replaces the factor of a row operation, operand `index`, by 1.
static void forgetFactor(Operation *op, OpBuilder &b, unsigned index) {
  op->setOperand(index,
                 oneFill(b, op->getLoc(), op->getOperand(index).getType()));
}

/// A sum that goes on: scaling the first one, which is 0, does not matter.
static bool isRunningSum(Operation *op) {
  auto sum = dyn_cast<atile::RowSumOp>(op);
  return sum && !sum.getInit().getDefiningOp<atile::FillOp>();
}

static void addConsumer(Operation *op, OpBuilder &) {
  auto setup = cast<atile::SetupOp>(op);
  setup.setConsumers(setup.getConsumers() + 1);
}

static void addRegisters(Operation *op, OpBuilder &) {
  auto specialize = cast<atile::SpecializeOp>(op);
  specialize.setConsumerRegisters(specialize.getConsumerRegisters() + 16);
}

static void addTurn(Operation *op, OpBuilder &b, int64_t turns) {
  addTo(op, b, /*upper bound=*/1, turns);
}

static bool isKeyLoop(Operation *op) {
  return isa<scf::ForOp>(op) && op->getParentOfType<atile::SpecializeOp>();
}

template <typename OpTy> static bool is(Operation *op) { return isa<OpTy>(op); }

static const Bug kBugs[] = {
    {"await-too-few", is<atile::AwaitOp>, setPending},
    {"release-dropped", is<atile::ReleaseOp>, erase},
    {"release-twice", is<atile::ReleaseOp>, duplicate},
    {"release-early",
     [](Operation *op) {
       return isa<atile::ReleaseOp>(op) && standsBehindAwait(op);
     },
     moveBeforeAwait},
    {"load-of-other-row", is<atile::LoadOp>,
     [](Operation *op, OpBuilder &b) { addTo(op, b, 3, 1); }},
    {"load-of-other-head", is<atile::LoadOp>,
     [](Operation *op, OpBuilder &b) { flipBit(op, b, 2); }},
    {"load-dropped", is<atile::LoadOp>, erase},
    {"wait-for-next-tile", is<atile::WaitFullOp>,
     [](Operation *op, OpBuilder &b) { addTo(op, b, 1, 1); }},
    {"reuse-of-next-stage", is<atile::WaitEmptyOp>,
     [](Operation *op, OpBuilder &b) { addTo(op, b, 1, 1); }},
    {"rows-of-other-group", is<atile::MmaSSOp>,
     [](Operation *op, OpBuilder &b) { multiply(op, b, 1, 0); }},
    {"output-not-rescaled", is<atile::ScaleOp>,
     [](Operation *op, OpBuilder &b) { forward(op, b, 0); }},
    {"sum-not-rescaled", isRunningSum,
     [](Operation *op, OpBuilder &b) { forgetFactor(op, b, 2); }},
    {"mask-off-by-one", isMaskComparison, loosenComparison},
    {"mask-forgotten", is<atile::MapOp>,
     [](Operation *op, OpBuilder &b) { forward(op, b, 0); }},
    {"store-of-other-row", is<atile::StoreOp>,
     [](Operation *op, OpBuilder &b) { addTo(op, b, 2, 1); }},
    {"store-of-one-row-less", is<atile::StoreOp>,
     [](Operation *op, OpBuilder &b) { addTo(op, b, 4, -1); }},
    {"lse-of-other-row", is<atile::StoreRowsOp>,
     [](Operation *op, OpBuilder &b) { addTo(op, b, 2, 1); }},
    {"one-tile-less", isKeyLoop,
     [](Operation *op, OpBuilder &b) { addTurn(op, b, -1); }},
    {"one-tile-more", isKeyLoop,
     [](Operation *op, OpBuilder &b) { addTurn(op, b, 1); }},
    {"setup-of-more-consumers", is<atile::SetupOp>, addConsumer},
    {"registers-beyond-the-file", is<atile::SpecializeOp>, addRegisters},
    {"statistics-begin-with-one", isFragmentFill,
     [](Operation *op, OpBuilder &b) {
       Type type = op->getResult(0).getType();
       op->getResult(0).replaceAllUsesWith(oneFill(b, op->getLoc(), type));
     }},

    //===------------------------------------------------------------------===//
    // On instructions: operand 0 is the thread
    //===------------------------------------------------------------------===//

    {"wgmma-fence-missing",
     [](Operation *op) { return calls(op, "wgmma_fence"); }, erase},
    {"commit-missing", [](Operation *op) { return calls(op, "wgmma_commit"); },
     erase},
    {"wait-missing", [](Operation *op) { return calls(op, "wgmma_wait"); },
     erase},
    {"wait-of-one-group-less",
     [](Operation *op) { return calls(op, "wgmma_wait"); },
     [](Operation *op, OpBuilder &b) { addTo(op, b, 1, 1); }},
    {"mbarrier-wait-missing",
     [](Operation *op) { return calls(op, "mbarrier_wait"); }, erase},
    {"parity-inverted",
     [](Operation *op) { return calls(op, "mbarrier_wait"); },
     [](Operation *op, OpBuilder &b) { flipBit(op, b, 2); }},
    {"expects-too-few-bytes",
     [](Operation *op) { return calls(op, "mbarrier_arrive_expect_tx"); },
     [](Operation *op, OpBuilder &b) { addTo(op, b, 2, -16); }},
    {"expects-too-many-bytes",
     [](Operation *op) { return calls(op, "mbarrier_arrive_expect_tx"); },
     [](Operation *op, OpBuilder &b) { addTo(op, b, 2, 16); }},
    {"barrier-count-too-large",
     [](Operation *op) { return calls(op, "mbarrier_init"); },
     [](Operation *op, OpBuilder &b) { addTo(op, b, 2, 1); }},
    {"barrier-made-twice",
     [](Operation *op) { return calls(op, "mbarrier_init"); }, duplicate},
    {"barrier-not-made",
     [](Operation *op) { return calls(op, "mbarrier_init"); }, erase},
    {"barrier-init-fence-missing",
     [](Operation *op) { return calls(op, "fence_mbarrier_init"); }, erase},
    {"block-barrier-missing",
     [](Operation *op) { return calls(op, "barrier_sync"); }, erase},
    {"arrive-missing",
     [](Operation *op) { return calls(op, "mbarrier_arrive"); }, erase},
    {"arrive-twice", [](Operation *op) { return calls(op, "mbarrier_arrive"); },
     duplicate},
    {"descriptor-offsets-exchanged",
     [](Operation *op) { return calls(op, "wgmma_rs"); },
     [](Operation *op, OpBuilder &b) { exchangeOffsets(op, b, 5); }},
    {"left-step-wrong", [](Operation *op) { return calls(op, "wgmma_ss"); },
     [](Operation *op, OpBuilder &b) { addTo(op, b, 4, 2); }},
    {"right-step-wrong", [](Operation *op) { return calls(op, "wgmma_ss"); },
     [](Operation *op, OpBuilder &b) { addTo(op, b, 5, 64); }},
    {"value-step-wrong", [](Operation *op) { return calls(op, "wgmma_rs"); },
     [](Operation *op, OpBuilder &b) { addTo(op, b, 5, 64); }},
    {"values-not-transposed",
     [](Operation *op) { return calls(op, "wgmma_rs"); },
     [](Operation *op, OpBuilder &b) { flipBit(op, b, 7); }},
    {"scale-d-inverted",
     [](Operation *op) {
       return calls(op, "wgmma_ss") || calls(op, "wgmma_rs");
     },
     [](Operation *op, OpBuilder &b) { flipBit(op, b, 6); }},
    {"element-type-wrong",
     [](Operation *op) {
       return calls(op, "wgmma_ss") || calls(op, "mma_m16n8k16");
     },
     [](Operation *op, OpBuilder &b) { flipBit(op, b, 1); }},
    {"halves-exchanged", [](Operation *op) { return calls(op, "pack"); },
     [](Operation *op, OpBuilder &) { exchange(op, 2, 3); }},
    {"row-not-reduced", [](Operation *op) { return calls(op, "shfl"); },
     [](Operation *op, OpBuilder &b) { multiply(op, b, 3, 0); }},
    {"box-at-other-address",
     [](Operation *op) { return calls(op, "tma_load"); },
     [](Operation *op, OpBuilder &b) { addTo(op, b, 1, 1024); }},
    {"box-misaligned", [](Operation *op) { return calls(op, "tma_load"); },
     [](Operation *op, OpBuilder &b) { addTo(op, b, 1, 256); }},
    {"copy-wait-of-one-group-less",
     [](Operation *op) { return calls(op, "cp_async_wait"); },
     [](Operation *op, OpBuilder &b) { addTo(op, b, 1, 1); }},
    {"copy-commit-missing",
     [](Operation *op) { return calls(op, "cp_async_commit"); }, erase},
    {"copy-at-other-address",
     [](Operation *op) { return calls(op, "cp_async"); },
     [](Operation *op, OpBuilder &b) { addTo(op, b, 1, 16); }},
    {"matrix-at-other-address",
     [](Operation *op) { return calls(op, "ldmatrix"); },
     [](Operation *op, OpBuilder &b) { addTo(op, b, 1, 16); }},
    {"matrix-transposed", [](Operation *op) { return calls(op, "ldmatrix"); },
     [](Operation *op, OpBuilder &b) { flipBit(op, b, 3); }},
};

namespace {
struct PlantBugPass : PassWrapper<PlantBugPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(PlantBugPass)

  PlantBugPass() = default;
  PlantBugPass(const PlantBugPass &other) : PassWrapper(other) {}

  StringRef getArgument() const override { return "attn-test-plant-bug"; }
  StringRef getDescription() const override {
    return "break one operation of a GPU kernel";
  }
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<arith::ArithDialect, atile::ATileDialect>();
  }

  void runOnOperation() override {
    const Bug *bug = llvm::find_if(kBugs, [&](const Bug &candidate) {
      return candidate.name == name.getValue();
    });
    if (bug == std::end(kBugs)) {
      getOperation().emitError("unknown bug '") << name << "'";
      return signalPassFailure();
    }
    SmallVector<Operation *> sites;
    getOperation().walk([&](Operation *op) {
      if (bug->fits(op))
        sites.push_back(op);
    });
    int64_t number = site < 0 ? int64_t(sites.size()) + site : site;
    if (number < 0 || number >= int64_t(sites.size())) {
      getOperation().emitError("no site ")
          << site << " for bug '" << name << "'";
      return signalPassFailure();
    }
    OpBuilder builder(sites[number]);
    bug->plant(sites[number], builder);
  }

  Option<std::string> name{*this, "bug", llvm::cl::desc("which")};
  Option<int64_t> site{*this, "site", llvm::cl::desc("where"),
                       llvm::cl::init(0)};
};
} // namespace

void mlir::attn::registerPlantBugPass() { PassRegistration<PlantBugPass>(); }
