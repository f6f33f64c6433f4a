//===- Passes.cpp - atile for GPUs and for the emulator -------------------===//
//
// Covered by test/Conversion/ATileToLLVM.
//
//===----------------------------------------------------------------------===//

#include "attn/Conversion/Passes.h"
#include "EmulationDevice.h"
#include "NVVMDevice.h"
#include "attn/Conversion/ATileToLLVM/ATileToLLVM.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

namespace mlir::attn {

#define GEN_PASS_DEF_ATILETONVVMPASS
#define GEN_PASS_DEF_ATILETOEMULATIONPASS
#include "attn/Conversion/Passes.h.inc"

namespace {

struct ATileToNVVMPass : impl::ATileToNVVMPassBase<ATileToNVVMPass> {
  void runOnOperation() override {
    if (failed(atile::convertATile(getOperation(), atile::NVVMDevice())))
      signalPassFailure();
  }
};

struct ATileToEmulationPass
    : impl::ATileToEmulationPassBase<ATileToEmulationPass> {
  void runOnOperation() override {
    if (failed(atile::convertATile(getOperation(), atile::EmulationDevice())))
      signalPassFailure();
  }
};

} // namespace

} // namespace mlir::attn
