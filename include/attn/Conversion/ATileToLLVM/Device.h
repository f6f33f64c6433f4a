//===- Device.h - the hardware operations that atile becomes ----*- C++ -*-===//
//
// Patterns expand an operation of atile on tiles into operations of one thread
// on registers and addresses. What is left to say is how one instruction of the
// GPU is written: as an operation of nvvm or inline PTX, or as a call of the
// emulator. That is the whole difference between the two lowerings, and it is
// behind this interface; addresses, descriptors, loops and the order of
// instructions come from code that both share.
//
//   Value barrier = ..., parity = ...;              // i32, i32
//   device.waitBarrier(b, barrier, parity);
//     nvvm.mbarrier.try_wait.parity %barrier, ...   // NVVMDevice
//     llvm.call @attn_emu_mbarrier_wait(%thread, ...)  // EmulationDevice
//
// Addresses of shared memory are i32. Every emitted operation belongs to the
// kernel that the builder stands in.
//
// Covered by test/Conversion/ATileToLLVM.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CONVERSION_ATILETOLLVM_DEVICE_H
#define ATTN_CONVERSION_ATILETOLLVM_DEVICE_H

#include "attn/Dialect/ATile/IR/ATile.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::attn::atile {

/// A product of a group: all of its steps along the contraction.
struct GroupProduct {
  /// Element type of both factors: f16 or bf16.
  Type element;
  /// Columns of the result.
  int64_t columns;
  /// Registers of the sum that the product is added to; empty for none.
  SmallVector<Value> accumulators;
  /// Descriptor (i64) of A for each step, or, if empty, `fragments`.
  SmallVector<Value> descriptorsA;
  /// Four i32 registers of A for each step.
  SmallVector<Value> fragments;
  /// Descriptor of B for each step.
  SmallVector<Value> descriptorsB;
  /// Rows of B run along the columns of the result.
  bool transposeB;

  int64_t getNumSteps() const {
    return static_cast<int64_t>(descriptorsB.size());
  }
};

/// Name of the attribute of a kernel's function that holds the number of
/// threads of a block.
constexpr llvm::StringLiteral kBlockThreadsAttrName = "attn.block_threads";

/// What `Device::createKernel` makes.
struct DeviceKernel {
  LLVM::LLVMFuncOp function;
  /// One value per argument of the `atile.kernel`, in the function's entry.
  SmallVector<Value> arguments;
};

class Device {
public:
  using Builder = ImplicitLocOpBuilder;

  virtual ~Device();

  //===--------------------------------------------------------------------===//
  // Kernels
  //===--------------------------------------------------------------------===//

  /// The type of a pointer to global memory.
  virtual Type getGlobalPointerType(MLIRContext *context) const = 0;
  /// Makes an empty function, with an entry block, that stands for `kernel`.
  virtual DeviceKernel createKernel(Builder &b, KernelOp kernel) const = 0;

  virtual Value threadId(Builder &b) const = 0;
  virtual Value blockId(Builder &b, int64_t dim) const = 0;
  virtual Value gridSize(Builder &b, int64_t dim) const = 0;
  /// Address of the block's shared memory, a multiple of 1,024.
  virtual Value sharedBase(Builder &b) const = 0;

  //===--------------------------------------------------------------------===//
  // Threads and barriers
  //===--------------------------------------------------------------------===//

  /// The value (i32 or f32) of lane `lane`, for all lanes.
  virtual Value broadcast(Builder &b, Value value, int64_t lane) const = 0;
  /// The f32 of the lane whose number differs by `mask`.
  virtual Value exchange(Builder &b, Value value, int64_t mask) const = 0;
  /// i1: true in one thread of the warp.
  virtual Value electOne(Builder &b) const = 0;
  virtual void syncBlock(Builder &b, int64_t threads) const = 0;
  virtual void setMaxRegisters(Builder &b, int64_t count,
                               bool increase) const = 0;

  virtual void initBarrier(Builder &b, Value barrier, int64_t count) const = 0;
  virtual void fenceBarrierInit(Builder &b) const = 0;
  virtual void arrive(Builder &b, Value barrier) const = 0;
  virtual void arriveExpecting(Builder &b, Value barrier,
                               int64_t bytes) const = 0;
  virtual void waitBarrier(Builder &b, Value barrier, Value parity) const = 0;

  //===--------------------------------------------------------------------===//
  // Copies
  //===--------------------------------------------------------------------===//

  /// Loads the box at `coordinates` (innermost first).
  virtual void loadBox(Builder &b, Value address, Value map, Value barrier,
                       ValueRange coordinates) const = 0;
  /// Copies 16 bytes, of which those from `sourceBytes` on are zero.
  virtual void copyAsync(Builder &b, Value address, Value source,
                         Value sourceBytes) const = 0;
  virtual void commitCopies(Builder &b) const = 0;
  virtual void waitCopies(Builder &b, int64_t pending) const = 0;

  //===--------------------------------------------------------------------===//
  // Tensor cores
  //===--------------------------------------------------------------------===//

  /// Starts a product; gives its registers in flight.
  virtual SmallVector<Value>
  startProduct(Builder &b, const GroupProduct &product) const = 0;
  /// Waits until at most `pending` products are in flight; gives `registers`
  /// as they are then.
  virtual SmallVector<Value> awaitProducts(Builder &b, int64_t pending,
                                           ValueRange registers) const = 0;
  /// Four 8 x 8 matrices of 16-bit elements; `address` is that of a row.
  virtual SmallVector<Value> loadMatrices(Builder &b, Value address,
                                          bool transpose) const = 0;
  /// c + a b, of 16 x 8 x 16.
  virtual SmallVector<Value> multiply(Builder &b, Type element, ValueRange a,
                                      ValueRange bRegisters,
                                      ValueRange c) const = 0;

  //===--------------------------------------------------------------------===//
  // Arithmetic
  //===--------------------------------------------------------------------===//

  virtual Value exp2(Builder &b, Value x) const = 0;
  virtual Value log2(Builder &b, Value x) const = 0;
  virtual Value tanh(Builder &b, Value x) const = 0;
  /// Two f32 as 16-bit elements in an i32.
  virtual Value pack(Builder &b, Type element, Value low, Value high) const = 0;
  /// The same values; what they were computed from is forgotten.
  virtual SmallVector<Value> pin(Builder &b, ValueRange values) const = 0;
};

} // namespace mlir::attn::atile

#endif // ATTN_CONVERSION_ATILETOLLVM_DEVICE_H
