//===- Explain.cpp - what bounds a structured kernel ----------------------===//
//
// Instructions are those that the operations are documented to become; ptxas
// adds address arithmetic and moves, so the count is a lower bound.
//
// Tests: test/Codegen/GPU/explain.mlir
//
//===----------------------------------------------------------------------===//

#include "attn/Codegen/GPU/Explain.h"
#include "attn/Codegen/GPU/Passes.h"
#include "attn/Codegen/GPU/TileLayout.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/Format.h"

namespace mlir::attn {

#define GEN_PASS_DEF_GPUEXPLAINPASS
#include "attn/Codegen/GPU/Passes.h.inc"

namespace atile {

/// Warps of a group.
static constexpr int64_t kGroupWarps = 4;
/// A wait is a loop of a test and a branch on an address and a parity.
static constexpr int64_t kWaitInstructions = 4;

int64_t LoopCost::getTensorClocks(const GPUTarget &target) const {
  return llvm::divideCeil(flops, target.getTensorFlops());
}

int64_t LoopCost::getFunctionClocks(const GPUTarget &target) const {
  return llvm::divideCeil(functions, target.getExp2());
}

int64_t LoopCost::getIssueClocks(const GPUTarget &target) const {
  return llvm::divideCeil(instructions, target.getIssueSlots());
}

int64_t LoopCost::getClocks(const GPUTarget &target) const {
  return std::max({getTensorClocks(target), getFunctionClocks(target),
                   getIssueClocks(target)});
}

namespace {
/// What one operation takes of one thread, or of a group.
struct OpCost {
  int64_t instructions = 0, functions = 0, flops = 0;
};
} // namespace

/// Operations of a body that is inlined `copies` times in a thread.
static OpCost countBody(Region &body, int64_t copies) {
  OpCost cost;
  for (Operation &op : body.front().without_terminator()) {
    if (op.hasTrait<OpTrait::ConstantLike>())
      continue;
    cost.instructions += copies;
    if (isa<math::Exp2Op, math::Log2Op, math::TanhOp, math::SqrtOp,
            math::RsqrtOp, arith::DivFOp>(op))
      cost.functions += copies;
  }
  return cost;
}

static OpCost countProduct(int64_t columns, int64_t contraction) {
  return {contraction / kStepColumns + 2, 0,
          2 * kGroupRows * columns * contraction};
}

static OpCost countOp(Operation &op) {
  auto columns = [](Value value) {
    return cast<FragType>(value.getType()).getColumns();
  };
  auto registers = [](Value value) {
    return cast<FragType>(value.getType()).getNumRegisters();
  };
  return llvm::TypeSwitch<Operation *, OpCost>(&op)
      .Case([&](MmaSSOp mma) {
        return countProduct(columns(mma.getResult()),
                            cast<SlotType>(mma.getA().getType()).getColumns());
      })
      .Case([&](MmaRSOp mma) {
        return countProduct(columns(mma.getResult()),
                            mma.getP().getType().getColumns());
      })
      .Case([&](MmaSyncOp mma) {
        OpCost cost = countProduct(columns(mma.getResult()),
                                   mma.getA().getType().getColumns());
        // One ldmatrix and two mma.sync for 16 x 16 of B.
        cost.instructions = 3 * (mma.getA().getType().getColumns() / 16) *
                            (columns(mma.getResult()) / 16);
        return cost;
      })
      .Case([&](Exp2SubOp exp) {
        int64_t n = registers(exp.getResult());
        return OpCost{2 * n, n, 0};
      })
      .Case([&](RowMaxOp max) {
        // Two rows, each with two exchanges and two more maxima.
        return OpCost{registers(max.getSource()) + 2 * 4, 0, 0};
      })
      .Case([&](RowSumOp sum) {
        return OpCost{registers(sum.getSource()) + 2, 0, 0};
      })
      .Case([&](ScaleOp scale) {
        return OpCost{registers(scale.getResult()), 0, 0};
      })
      .Case([&](PackOp pack) {
        return OpCost{registers(pack.getSource()) / 2, 0, 0};
      })
      .Case([&](MapOp map) {
        return countBody(map.getBody(), registers(map.getResult()));
      })
      .Case([&](MapRowsOp map) { return countBody(map.getBody(), 2); })
      .Case<WaitFullOp, WaitEmptyOp, WaitCopiesOp>(
          [](Operation *) { return OpCost{kWaitInstructions, 0, 0}; })
      .Case<AwaitOp, ReleaseOp>([](Operation *) { return OpCost{1, 0, 0}; })
      .Default([](Operation *) { return OpCost(); });
}

static int64_t countBytes(Operation &op) {
  if (auto load = dyn_cast<LoadOp>(op))
    return TileLayout(load.getMap().getType()).getBytes();
  if (auto copy = dyn_cast<CopyOp>(op))
    return TileLayout(cast<SlotType>(copy.getSlot().getType())).getBytes();
  return 0;
}

/// Bytes that one turn of the producer's loop loads.
static int64_t countProducerBytes(KernelOp kernel) {
  int64_t bytes = 0;
  if (SpecializeOp specialize = kernel.getSpecialize())
    specialize.getProducer().walk([&](LoadOp load) {
      if (load->getParentOfType<scf::ForOp>())
        bytes += countBytes(*load);
    });
  return bytes;
}

SmallVector<LoopCost> computeLoopCosts(KernelOp kernel) {
  SpecializeOp specialize = kernel.getSpecialize();
  Region &region = specialize ? specialize.getConsumer() : kernel.getBody();
  int64_t groups = kernel.getNumGroups();
  SmallVector<LoopCost> costs;
  region.walk([&](scf::ForOp loop) {
    LoopCost cost;
    loop.getBody()->walk([&](Operation *op) {
      OpCost one = countOp(*op);
      cost.warpInstructions += one.instructions;
      cost.functions += one.functions * groups * kGroupThreads;
      cost.flops += one.flops * groups;
      cost.bytes += countBytes(*op);
    });
    if (cost.flops == 0)
      return;
    cost.instructions = cost.warpInstructions * groups * kGroupWarps;
    cost.bytes += countProducerBytes(kernel);
    costs.push_back(cost);
  });
  return costs;
}

void explain(KernelOp kernel, const GPUTarget &target, raw_ostream &os) {
  os << "kernel @" << kernel.getSymName() << ": " << target.getChip() << ", "
     << kernel.getThreads() << " threads, " << SharedLayout(kernel).getBytes()
     << " of " << target.getSharedBytes() << " bytes of shared memory";
  if (ScheduleAttr schedule = kernel.getScheduleAttr())
    os << ", " << schedule;
  os << '\n';
  for (auto [index, cost] : llvm::enumerate(computeLoopCosts(kernel))) {
    int64_t clocks = cost.getClocks(target);
    const std::pair<StringRef, int64_t> parts[] = {
        {"tensor cores", cost.getTensorClocks(target)},
        {"exp2", cost.getFunctionClocks(target)},
        {"issue", cost.getIssueClocks(target)}};
    os << "  loop " << index << ", clocks of a turn:";
    StringRef bound;
    for (auto [name, part] : parts) {
      os << ' ' << name << ' ' << part << ',';
      if (bound.empty() && part == clocks)
        bound = name;
    }
    os << " bound by " << bound << '\n';
    os << "    " << cost.warpInstructions << " instructions a warp, "
       << cost.flops << " flop, " << cost.bytes
       << " bytes: " << llvm::format("%.1f", double(cost.bytes) / clocks)
       << " bytes a clock, at most "
       << llvm::format("%.0f", 100.0 * cost.getTensorClocks(target) / clocks)
       << " % of the tensor cores' peak\n";
  }
}

} // namespace atile

namespace {
struct GPUExplainPass : impl::GPUExplainPassBase<GPUExplainPass> {
  using Base::Base;

  void runOnOperation() override {
    FailureOr<GPUTarget> gpu =
        GPUTarget::parse(target, getOperation().getLoc());
    if (failed(gpu))
      return signalPassFailure();
    for (auto kernel : getOperation().getOps<atile::KernelOp>())
      atile::explain(kernel, *gpu, llvm::errs());
    markAllAnalysesPreserved();
  }
};
} // namespace
} // namespace mlir::attn
