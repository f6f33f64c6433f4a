//===- EmulationDevice.cpp - calls of the emulator ------------------------===//
//
// Covered by test/Conversion/ATileToLLVM.
//
//===----------------------------------------------------------------------===//

#include "EmulationDevice.h"
#include "Emit.h"

namespace mlir::attn::atile {

/// Registers that one call may take by address: accumulators of all products
/// that a wait is for.
static constexpr int64_t kScratchRegisters = 1024;

static Type getPointerType(MLIRContext *context) {
  return LLVM::LLVMPointerType::get(context);
}

Type EmulationDevice::getGlobalPointerType(MLIRContext *context) const {
  return getPointerType(context);
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

/// The function that `b` stands in.
static LLVM::LLVMFuncOp getFunction(ImplicitLocOpBuilder &b) {
  Operation *parent = b.getInsertionBlock()->getParentOp();
  if (auto function = dyn_cast<LLVM::LLVMFuncOp>(parent))
    return function;
  return parent->getParentOfType<LLVM::LLVMFuncOp>();
}

/// Memory of a kernel for what calls take by address.
static Value getScratch(ImplicitLocOpBuilder &b) {
  Block &entry = getFunction(b).getBody().front();
  return (*entry.getOps<LLVM::AllocaOp>().begin()).getResult();
}

/// The thread that executes the kernel: the function's first argument.
static Value getThread(ImplicitLocOpBuilder &b) {
  return getFunction(b).getArgument(0);
}

DeviceKernel EmulationDevice::createKernel(Builder &b, KernelOp kernel) const {
  MLIRContext *context = b.getContext();
  Type pointer = getPointerType(context);
  auto function = LLVM::LLVMFuncOp::create(
      b, kernel.getName(),
      LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(context),
                                  {pointer, pointer}));
  function->setAttr(kBlockThreadsAttrName,
                    b.getI64IntegerAttr(kernel.getThreads()));
  Block *entry = function.addEntryBlock(b);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(entry);
  Value count = LLVM::ConstantOp::create(
      b, b.getI64Type(), b.getI64IntegerAttr(kScratchRegisters));
  LLVM::AllocaOp::create(b, pointer, b.getI32Type(), count, /*alignment=*/64);
  Value parameters = entry->getArgument(1);
  SmallVector<Value> arguments;
  for (auto [index, type] : llvm::enumerate(kernel.getArgumentTypes())) {
    Value place = LLVM::GEPOp::create(
        b, pointer, pointer, parameters,
        ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(index)});
    Value argument = LLVM::LoadOp::create(b, pointer, place);
    // A map is passed by value, so its address is what the kernel sees.
    if (!isa<MapType>(type))
      argument = LLVM::LoadOp::create(b, isa<GlobalType>(type) ? pointer : type,
                                      argument);
    arguments.push_back(argument);
  }
  return {function, arguments};
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

/// Calls attn_emu_NAME(thread, arguments...).
static Value emitCall(ImplicitLocOpBuilder &b, StringRef name, Type result,
                      ArrayRef<Value> arguments) {
  std::string symbol = ("attn_emu_" + name).str();
  SmallVector<Value> operands = {getThread(b)};
  llvm::append_range(operands, arguments);
  auto module = operands.front().getParentRegion()->getParentOfType<ModuleOp>();
  auto callee = module.lookupSymbol<LLVM::LLVMFuncOp>(symbol);
  if (!callee) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(module.getBody());
    Type returned = result ? result : LLVM::LLVMVoidType::get(b.getContext());
    callee = LLVM::LLVMFuncOp::create(
        b, symbol,
        LLVM::LLVMFunctionType::get(
            returned, llvm::to_vector(ValueRange(operands).getTypes())));
  }
  auto call = LLVM::CallOp::create(b, callee, operands);
  return result ? call.getResult() : Value();
}

static void emitCall(ImplicitLocOpBuilder &b, StringRef name,
                     ArrayRef<Value> arguments = {}) {
  emitCall(b, name, /*result=*/Type(), arguments);
}

/// The address of word `first` of the scratch memory.
static Value emitScratch(ImplicitLocOpBuilder &b, int64_t first) {
  return LLVM::GEPOp::create(
      b, getPointerType(b.getContext()), b.getI32Type(), getScratch(b),
      ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(first)});
}

/// Puts `values` of 32 bits into scratch memory from word `first`.
static Value emitSpill(ImplicitLocOpBuilder &b, ValueRange values,
                       int64_t first) {
  for (auto [index, value] : llvm::enumerate(values))
    LLVM::StoreOp::create(b, value, emitScratch(b, first + index));
  return emitScratch(b, first);
}

static SmallVector<Value> emitReload(ImplicitLocOpBuilder &b, Type type,
                                     int64_t count, int64_t first) {
  SmallVector<Value> values;
  for (int64_t index = 0; index < count; ++index)
    values.push_back(
        LLVM::LoadOp::create(b, type, emitScratch(b, first + index)));
  return values;
}

static Value emitType(ImplicitLocOpBuilder &b, Type element) {
  return Emit(b).i32(element.isBF16());
}

//===----------------------------------------------------------------------===//
// Threads and barriers
//===----------------------------------------------------------------------===//

Value EmulationDevice::threadId(Builder &b) const {
  return emitCall(b, "thread_id", b.getI32Type(), {});
}

Value EmulationDevice::blockId(Builder &b, int64_t dim) const {
  return emitCall(b, "block_id", b.getI32Type(), Emit(b).i32(dim));
}

Value EmulationDevice::gridSize(Builder &b, int64_t dim) const {
  return emitCall(b, "grid_size", b.getI32Type(), Emit(b).i32(dim));
}

Value EmulationDevice::sharedBase(Builder &b) const {
  return emitCall(b, "shared_base", b.getI32Type(), {});
}

/// shfl.sync; modes 0 and 3 are idx and bfly.
static Value emitShuffle(ImplicitLocOpBuilder &b, int64_t mode, Value value,
                         int64_t operand) {
  Emit emit(b);
  Type type = value.getType();
  if (type.isF32())
    value = LLVM::BitcastOp::create(b, b.getI32Type(), value);
  value = emitCall(b, "shfl", b.getI32Type(),
                   {emit.i32(mode), value, emit.i32(operand)});
  return type.isF32() ? LLVM::BitcastOp::create(b, type, value).getResult()
                      : value;
}

Value EmulationDevice::broadcast(Builder &b, Value value, int64_t lane) const {
  return emitShuffle(b, 0, value, lane);
}

Value EmulationDevice::exchange(Builder &b, Value value, int64_t mask) const {
  return emitShuffle(b, 3, value, mask);
}

Value EmulationDevice::electOne(Builder &b) const {
  return Emit(b).isEqual(emitCall(b, "elect", b.getI32Type(), {}), 1);
}

void EmulationDevice::syncBlock(Builder &b, int64_t threads) const {
  Emit emit(b);
  emitCall(b, "barrier_sync", {emit.i32(0), emit.i32(threads)});
}

void EmulationDevice::setMaxRegisters(Builder &b, int64_t count,
                                      bool increase) const {
  Emit emit(b);
  emitCall(b, "setmaxnreg", {emit.i32(count), emit.i32(increase)});
}

void EmulationDevice::initBarrier(Builder &b, Value barrier,
                                  int64_t count) const {
  emitCall(b, "mbarrier_init", {barrier, Emit(b).i32(count)});
}

void EmulationDevice::fenceBarrierInit(Builder &b) const {
  emitCall(b, "fence_mbarrier_init");
}

void EmulationDevice::arrive(Builder &b, Value barrier) const {
  emitCall(b, "mbarrier_arrive", barrier);
}

void EmulationDevice::arriveExpecting(Builder &b, Value barrier,
                                      int64_t bytes) const {
  emitCall(b, "mbarrier_arrive_expect_tx", {barrier, Emit(b).i32(bytes)});
}

void EmulationDevice::waitBarrier(Builder &b, Value barrier,
                                  Value parity) const {
  emitCall(b, "mbarrier_wait", {barrier, parity});
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

void EmulationDevice::loadBox(Builder &b, Value address, Value map,
                              Value barrier, ValueRange coordinates) const {
  Value origin = emitSpill(b, coordinates, 0);
  emitCall(b, "tma_load",
           {address, map, barrier,
            Emit(b).i32(static_cast<int64_t>(coordinates.size())), origin});
}

void EmulationDevice::copyAsync(Builder &b, Value address, Value source,
                                Value sourceBytes) const {
  emitCall(b, "cp_async", {address, source, Emit(b).i32(16), sourceBytes});
}

void EmulationDevice::commitCopies(Builder &b) const {
  emitCall(b, "cp_async_commit");
}

void EmulationDevice::waitCopies(Builder &b, int64_t pending) const {
  emitCall(b, "cp_async_wait", Emit(b).i32(pending));
}

//===----------------------------------------------------------------------===//
// Tensor cores
//===----------------------------------------------------------------------===//

SmallVector<Value>
EmulationDevice::startProduct(Builder &b, const GroupProduct &product) const {
  Emit emit(b);
  int64_t registers = product.columns / 2;
  Value sum = emitSpill(b, product.accumulators, 0);
  Value type = emitType(b, product.element), n = emit.i32(product.columns);
  Value transposeB = emit.i32(product.transposeB);
  emitCall(b, "wgmma_fence");
  for (int64_t step = 0; step < product.getNumSteps(); ++step) {
    Value adds = emit.i32(step > 0 || !product.accumulators.empty());
    Value right = product.descriptorsB[step];
    if (product.descriptorsA.empty()) {
      Value left = emitSpill(b, ArrayRef(product.fragments).slice(4 * step, 4),
                             registers);
      emitCall(b, "wgmma_rs", {type, n, sum, left, right, adds, transposeB});
    } else {
      emitCall(b, "wgmma_ss",
               {type, n, sum, product.descriptorsA[step], right, adds,
                /*transposeA=*/emit.i32(0), transposeB});
    }
  }
  emitCall(b, "wgmma_commit");
  return emitReload(b, b.getF32Type(), registers, 0);
}

SmallVector<Value> EmulationDevice::awaitProducts(Builder &b, int64_t pending,
                                                  ValueRange registers) const {
  Emit emit(b);
  int64_t count = static_cast<int64_t>(registers.size());
  Value place = emitSpill(b, registers, 0);
  emitCall(b, "wgmma_wait", {emit.i32(pending), place, emit.i32(count)});
  return emitReload(b, b.getF32Type(), count, 0);
}

SmallVector<Value> EmulationDevice::loadMatrices(Builder &b, Value address,
                                                 bool transpose) const {
  Emit emit(b);
  emitCall(b, "ldmatrix",
           {address, emit.i32(4), emit.i32(transpose), emitScratch(b, 0)});
  return emitReload(b, b.getI32Type(), 4, 0);
}

SmallVector<Value> EmulationDevice::multiply(Builder &b, Type element,
                                             ValueRange a,
                                             ValueRange bRegisters,
                                             ValueRange c) const {
  Value sum = emitSpill(b, c, 0), left = emitSpill(b, a, 4);
  Value right = emitSpill(b, bRegisters, 8);
  emitCall(b, "mma_m16n8k16", {emitType(b, element), sum, left, right});
  return emitReload(b, b.getF32Type(), 4, 0);
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

Value EmulationDevice::exp2(Builder &b, Value x) const {
  return emitCall(b, "ex2", x.getType(), x);
}

Value EmulationDevice::log2(Builder &b, Value x) const {
  return emitCall(b, "lg2", x.getType(), x);
}

Value EmulationDevice::tanh(Builder &b, Value x) const {
  return emitCall(b, "tanh", x.getType(), x);
}

Value EmulationDevice::pack(Builder &b, Type element, Value low,
                            Value high) const {
  return emitCall(b, "pack", b.getI32Type(), {emitType(b, element), high, low});
}

SmallVector<Value> EmulationDevice::pin(Builder &b, ValueRange values) const {
  return llvm::to_vector(values);
}

} // namespace mlir::attn::atile
