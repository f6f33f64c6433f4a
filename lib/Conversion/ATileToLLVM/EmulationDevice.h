//===- EmulationDevice.h - calls of the emulator ----------------*- C++ -*-===//

#ifndef ATTN_LIB_CONVERSION_ATILETOLLVM_EMULATIONDEVICE_H
#define ATTN_LIB_CONVERSION_ATILETOLLVM_EMULATIONDEVICE_H

#include "attn/Conversion/ATileToLLVM/Device.h"

namespace mlir::attn::atile {

/// Functions of attn/Emulation/Calls.h. A kernel becomes
/// `void NAME(void *thread, void **parameters)`, its parameters as
/// cuLaunchKernel takes them.
class EmulationDevice : public Device {
public:
  Type getGlobalPointerType(MLIRContext *context) const override;
  DeviceKernel createKernel(Builder &b, KernelOp kernel) const override;
  Value threadId(Builder &b) const override;
  Value blockId(Builder &b, int64_t dim) const override;
  Value gridSize(Builder &b, int64_t dim) const override;
  Value sharedBase(Builder &b) const override;

  Value broadcast(Builder &b, Value value, int64_t lane) const override;
  Value exchange(Builder &b, Value value, int64_t mask) const override;
  Value electOne(Builder &b) const override;
  void syncBlock(Builder &b, int64_t threads) const override;
  void setMaxRegisters(Builder &b, int64_t count, bool increase) const override;
  void initBarrier(Builder &b, Value barrier, int64_t count) const override;
  void fenceBarrierInit(Builder &b) const override;
  void arrive(Builder &b, Value barrier) const override;
  void arriveExpecting(Builder &b, Value barrier, int64_t bytes) const override;
  void waitBarrier(Builder &b, Value barrier, Value parity) const override;

  void loadBox(Builder &b, Value address, Value map, Value barrier,
               ValueRange coordinates) const override;
  void copyAsync(Builder &b, Value address, Value source,
                 Value sourceBytes) const override;
  void commitCopies(Builder &b) const override;
  void waitCopies(Builder &b, int64_t pending) const override;

  SmallVector<Value> startProduct(Builder &b,
                                  const GroupProduct &product) const override;
  SmallVector<Value> awaitProducts(Builder &b, int64_t pending,
                                   ValueRange registers) const override;
  SmallVector<Value> loadMatrices(Builder &b, Value address,
                                  bool transpose) const override;
  SmallVector<Value> multiply(Builder &b, Type element, ValueRange a,
                              ValueRange bRegisters,
                              ValueRange c) const override;

  Value exp2(Builder &b, Value x) const override;
  Value log2(Builder &b, Value x) const override;
  Value tanh(Builder &b, Value x) const override;
  Value pack(Builder &b, Type element, Value low, Value high) const override;
  SmallVector<Value> pin(Builder &b, ValueRange values) const override;
};

} // namespace mlir::attn::atile

#endif // ATTN_LIB_CONVERSION_ATILETOLLVM_EMULATIONDEVICE_H
