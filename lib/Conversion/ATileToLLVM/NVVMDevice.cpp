//===- NVVMDevice.cpp - kernels, threads, barriers and copies -------------===//
//
// Covered by test/Conversion/ATileToLLVM.
//
//===----------------------------------------------------------------------===//

#include "NVVMDevice.h"
#include "Emit.h"
#include "InlinePTX.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

namespace mlir::attn::atile {

/// Address spaces.
static constexpr unsigned kGlobal = 1, kShared = 3, kSharedCluster = 7;
/// Name of the dynamic shared memory of all kernels of a module.
static constexpr StringLiteral kSharedName = "attn_shared";
static constexpr uint64_t kSharedAlignment = 1024;
/// Bytes of a CUtensorMap, and their alignment.
static constexpr int64_t kMapBytes = 128, kMapAlignment = 64;
/// After this many nanoseconds a wait looks at its barrier again.
static constexpr int64_t kWaitTicks = 10000000;
static constexpr int64_t kAllLanes = -1, kLastLane = 31;

static Value toShared(ImplicitLocOpBuilder &b, Value address) {
  return LLVM::IntToPtrOp::create(
      b, LLVM::LLVMPointerType::get(b.getContext(), kShared), address);
}

Type NVVMDevice::getGlobalPointerType(MLIRContext *context) const {
  return LLVM::LLVMPointerType::get(context, kGlobal);
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

/// The declaration of dynamic shared memory, made if it is missing.
static LLVM::GlobalOp getSharedMemory(ImplicitLocOpBuilder &b,
                                      ModuleOp module) {
  if (auto global = module.lookupSymbol<LLVM::GlobalOp>(kSharedName))
    return global;
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(module.getBody());
  Type bytes = LLVM::LLVMArrayType::get(b.getI8Type(), 0);
  return LLVM::GlobalOp::create(b, bytes, /*isConstant=*/false,
                                LLVM::Linkage::External, kSharedName,
                                Attribute(), kSharedAlignment, kShared);
}

/// Tensor maps are passed by value, in constant memory: so no copy of them, and
/// no fence, is needed.
static DictionaryAttr getMapAttributes(OpBuilder &b) {
  Type bytes = LLVM::LLVMArrayType::get(b.getI8Type(), kMapBytes);
  return b.getDictionaryAttr(
      {b.getNamedAttr(LLVM::LLVMDialect::getByValAttrName(),
                      TypeAttr::get(bytes)),
       b.getNamedAttr(LLVM::LLVMDialect::getAlignAttrName(),
                      b.getI64IntegerAttr(kMapAlignment)),
       b.getNamedAttr(NVVM::NVVMDialect::getGridConstantAttrName(),
                      b.getUnitAttr())});
}

DeviceKernel NVVMDevice::createKernel(Builder &b, KernelOp kernel) const {
  getSharedMemory(b, kernel->getParentOfType<ModuleOp>());
  SmallVector<Type> types;
  SmallVector<Attribute> attributes;
  for (Type type : kernel.getArgumentTypes()) {
    bool isMap = isa<MapType>(type);
    attributes.push_back(isMap ? getMapAttributes(b) : b.getDictionaryAttr({}));
    if (isMap)
      type = LLVM::LLVMPointerType::get(b.getContext());
    else if (isa<GlobalType>(type))
      type = getGlobalPointerType(b.getContext());
    types.push_back(type);
  }
  auto function = LLVM::LLVMFuncOp::create(
      b, kernel.getName(),
      LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()),
                                  types));
  function.setAllArgAttrs(attributes);
  function->setAttr(NVVM::NVVMDialect::getKernelFuncAttrName(),
                    b.getUnitAttr());
  // Both are what setmaxnreg needs.
  function->setAttr(NVVM::NVVMDialect::getMaxntidAttrName(),
                    b.getDenseI32ArrayAttr({int32_t(kernel.getThreads())}));
  function->setAttr(NVVM::NVVMDialect::getMinctasmAttrName(),
                    b.getI32IntegerAttr(1));
  // Subnormal f32 are zeros: the ".ftz" instructions.
  function.setDenormalFpMathF32Attr(
      b.getStringAttr("preserve-sign,preserve-sign"));
  function->setAttr(kBlockThreadsAttrName,
                    b.getI64IntegerAttr(kernel.getThreads()));
  Block *entry = function.addEntryBlock(b);
  return {function, llvm::to_vector_of<Value>(entry->getArguments())};
}

Value NVVMDevice::sharedBase(Builder &b) const {
  Value pointer = LLVM::AddressOfOp::create(
      b, LLVM::LLVMPointerType::get(b.getContext(), kShared), kSharedName);
  return LLVM::PtrToIntOp::create(b, b.getI32Type(), pointer);
}

Value NVVMDevice::threadId(Builder &b) const {
  return NVVM::ThreadIdXOp::create(b, b.getI32Type());
}

Value NVVMDevice::blockId(Builder &b, int64_t dim) const {
  Type i32 = b.getI32Type();
  if (dim == 0)
    return NVVM::BlockIdXOp::create(b, i32);
  if (dim == 1)
    return NVVM::BlockIdYOp::create(b, i32);
  return NVVM::BlockIdZOp::create(b, i32);
}

Value NVVMDevice::gridSize(Builder &b, int64_t dim) const {
  Type i32 = b.getI32Type();
  if (dim == 0)
    return NVVM::GridDimXOp::create(b, i32);
  if (dim == 1)
    return NVVM::GridDimYOp::create(b, i32);
  return NVVM::GridDimZOp::create(b, i32);
}

//===----------------------------------------------------------------------===//
// Threads and barriers
//===----------------------------------------------------------------------===//

static Value emitShuffle(ImplicitLocOpBuilder &b, Value value, int64_t operand,
                         NVVM::ShflKind kind) {
  Emit emit(b);
  return NVVM::ShflOp::create(b, value.getType(), emit.i32(kAllLanes), value,
                              emit.i32(operand), emit.i32(kLastLane), kind,
                              /*return_value_and_is_valid=*/UnitAttr());
}

Value NVVMDevice::broadcast(Builder &b, Value value, int64_t lane) const {
  return emitShuffle(b, value, lane, NVVM::ShflKind::idx);
}

Value NVVMDevice::exchange(Builder &b, Value value, int64_t mask) const {
  return emitShuffle(b, value, mask, NVVM::ShflKind::bfly);
}

Value NVVMDevice::electOne(Builder &b) const {
  return NVVM::ElectSyncOp::create(b, b.getI1Type(), /*membermask=*/Value());
}

void NVVMDevice::syncBlock(Builder &b, int64_t threads) const {
  NVVM::BarrierOp::create(b);
}

void NVVMDevice::setMaxRegisters(Builder &b, int64_t count,
                                 bool increase) const {
  NVVM::SetMaxRegisterOp::create(b, uint32_t(count),
                                 increase
                                     ? NVVM::SetMaxRegisterAction::increase
                                     : NVVM::SetMaxRegisterAction::decrease);
}

void NVVMDevice::initBarrier(Builder &b, Value barrier, int64_t count) const {
  NVVM::MBarrierInitOp::create(b, toShared(b, barrier), Emit(b).i32(count),
                               /*predicate=*/Value());
}

void NVVMDevice::fenceBarrierInit(Builder &b) const {
  NVVM::FenceMbarrierInitOp::create(b);
}

void NVVMDevice::arrive(Builder &b, Value barrier) const {
  // nvvm's operation gives the phase, which keeps a register busy.
  emitInlinePTX(b, "mbarrier.arrive.shared::cta.b64 _, [$0];", {}, barrier);
}

void NVVMDevice::arriveExpecting(Builder &b, Value barrier,
                                 int64_t bytes) const {
  emitInlinePTX(b, "mbarrier.arrive.expect_tx.shared::cta.b64 _, [$0], $1;", {},
                {barrier, Emit(b).i32(bytes)});
}

void NVVMDevice::waitBarrier(Builder &b, Value barrier, Value parity) const {
  NVVM::MBarrierTryWaitParityOp::create(b, toShared(b, barrier), parity,
                                        Emit(b).i32(kWaitTicks));
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

void NVVMDevice::loadBox(Builder &b, Value address, Value map, Value barrier,
                         ValueRange coordinates) const {
  Value destination = LLVM::AddrSpaceCastOp::create(
      b, LLVM::LLVMPointerType::get(b.getContext(), kSharedCluster),
      toShared(b, address));
  NVVM::CpAsyncBulkTensorGlobalToSharedClusterOp::create(
      b, destination, map, coordinates, toShared(b, barrier),
      /*im2colOffsets=*/ValueRange(), /*multicastMask=*/Value(),
      /*l2CacheHint=*/Value(), NVVM::TMALoadMode::TILE, /*isCTAOnly=*/false,
      /*group=*/NVVM::CTAGroupKindAttr(), /*predicate=*/Value());
}

void NVVMDevice::copyAsync(Builder &b, Value address, Value source,
                           Value sourceBytes) const {
  NVVM::CpAsyncOp::create(b, toShared(b, address), source, 16,
                          NVVM::LoadCacheModifierKind::CG, sourceBytes);
}

void NVVMDevice::commitCopies(Builder &b) const {
  NVVM::CpAsyncCommitGroupOp::create(b);
}

void NVVMDevice::waitCopies(Builder &b, int64_t pending) const {
  NVVM::CpAsyncWaitGroupOp::create(b, uint32_t(pending));
}

} // namespace mlir::attn::atile
