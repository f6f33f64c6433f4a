//===- DevicePattern.h - a pattern that knows its device --------*- C++ -*-===//

#ifndef ATTN_LIB_CONVERSION_ATILETOLLVM_DEVICEPATTERN_H
#define ATTN_LIB_CONVERSION_ATILETOLLVM_DEVICEPATTERN_H

#include "Emit.h"
#include "attn/Conversion/ATileToLLVM/ATileToLLVM.h"

namespace mlir::attn::atile {

template <typename SourceOp>
class DevicePattern : public OpConversionPattern<SourceOp> {
public:
  DevicePattern(const ATileTypeConverter &converter, const Device &device,
                MLIRContext *context)
      : OpConversionPattern<SourceOp>(converter, context), device(device) {}

protected:
  const Device &device;
};

/// Threads of a block of the kernel around `op`, which has become a function.
inline int64_t getBlockThreads(Operation *op) {
  auto function = op->getParentOfType<LLVM::LLVMFuncOp>();
  return function->getAttrOfType<IntegerAttr>(kBlockThreadsAttrName).getInt();
}

/// Address and barrier that stand for a slot.
struct SlotValues {
  explicit SlotValues(ValueRange values)
      : address(values[0]), barrier(values[1]) {}
  Value address, barrier;
};

} // namespace mlir::attn::atile

#endif // ATTN_LIB_CONVERSION_ATILETOLLVM_DEVICEPATTERN_H
