//===- Emulator.cpp - runs a GPU kernel's schedule on the CPU -------------===//
//
// Covered by test/unittests/Emulation.
//
//===----------------------------------------------------------------------===//

#include "attn/Emulation/Emulator.h"
#include "Block.h"
#include "Fiber.h"
#include "SharedMemory.h"
#include "llvm/ADT/STLExtras.h"

namespace mlir::attn {

using namespace emulation;

struct Emulator::State {
  FiberStacks stacks;
  SharedMemory memory;
};

Emulator::Emulator(std::unique_ptr<State> state) : state(std::move(state)) {}
Emulator::Emulator(Emulator &&) = default;
Emulator &Emulator::operator=(Emulator &&) = default;
Emulator::~Emulator() = default;

llvm::Expected<Emulator> Emulator::create() {
  llvm::Expected<FiberStacks> stacks = FiberStacks::create(kMaxThreads);
  if (!stacks)
    return stacks.takeError();
  llvm::Expected<SharedMemory> memory = SharedMemory::create();
  if (!memory)
    return memory.takeError();
  return Emulator(
      std::make_unique<State>(State{std::move(*stacks), std::move(*memory)}));
}

/// What the driver would refuse about a launch; empty if nothing.
static std::string verify(const Emulator::Launch &launch) {
  using llvm::Twine;
  if (launch.threads == 0 || launch.threads % 32 ||
      launch.threads > Emulator::kMaxThreads)
    return ("expected a multiple of 32 threads up to 1024 but found " +
            Twine(launch.threads))
        .str();
  if (launch.sharedBytes > Emulator::kMaxSharedBytes)
    return ("expected at most " + Twine(Emulator::kMaxSharedBytes) +
            " bytes of shared memory but found " + Twine(launch.sharedBytes))
        .str();
  if (launch.registers * launch.threads > 65536)
    return ("expected at most 65536 registers in a block but found " +
            Twine(launch.registers * launch.threads))
        .str();
  return "";
}

EmulationReport Emulator::run(const Launch &launch,
                              const EmulationOptions &options) {
  EmulationReport report;
  if (std::string fault = verify(launch); !fault.empty()) {
    report.faults.push_back({FaultKind::bounds, std::move(fault)});
    return report;
  }
  std::mt19937_64 random(options.seed);
  auto [sizeX, sizeY, sizeZ] = launch.grid;
  std::vector<std::array<unsigned, 3>> blocks;
  for (unsigned z = 0; z < sizeZ; ++z)
    for (unsigned y = 0; y < sizeY; ++y)
      for (unsigned x = 0; x < sizeX; ++x)
        blocks.push_back({x, y, z});
  // std::shuffle's draws differ between libraries; a seed means the same order
  // everywhere.
  for (size_t last = blocks.size(); last > 1; --last)
    std::swap(blocks[last - 1], blocks[random() % last]);
  for (const std::array<unsigned, 3> &coordinates : blocks) {
    Block block(launch, options, coordinates, state->stacks, state->memory,
                random, report);
    block.run();
    if (!report.faults.empty())
      break;
  }
  return report;
}

llvm::StringRef spelling(FaultKind kind) {
  switch (kind) {
  case FaultKind::deadlock:
    return "deadlock";
  case FaultKind::bounds:
    return "bounds";
  case FaultKind::alignment:
    return "alignment";
  case FaultKind::uninitialized:
    return "uninitialized";
  case FaultKind::inFlight:
    return "in-flight";
  case FaultKind::race:
    return "race";
  case FaultKind::proxyFence:
    return "proxy-fence";
  case FaultKind::wgmmaFence:
    return "wgmma-fence";
  case FaultKind::notAwaited:
    return "not-awaited";
  case FaultKind::divergence:
    return "divergence";
  case FaultKind::barrier:
    return "barrier";
  case FaultKind::descriptor:
    return "descriptor";
  case FaultKind::registers:
    return "registers";
  }
  llvm_unreachable("all kinds are spelled");
}

} // namespace mlir::attn
