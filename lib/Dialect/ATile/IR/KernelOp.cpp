//===- KernelOp.cpp - kernels and their roles -----------------------------===//
//
// Parsing and verification of `atile.kernel` and `atile.specialize`, apart
// from the rules along paths (Hazards.cpp). Covered by
// test/Dialect/ATile/ops.mlir and invalid-kernel.mlir.
//
//===----------------------------------------------------------------------===//

#include "attn/Dialect/ATile/IR/ATile.h"
#include "mlir/Interfaces/FunctionImplementation.h"

using namespace mlir;
using namespace mlir::attn::atile;

/// 32-bit registers of one multiprocessor.
static constexpr int64_t kRegisterFile = 65536;

ParseResult KernelOp::parse(OpAsmParser &parser, OperationState &result) {
  auto buildType = [](Builder &builder, ArrayRef<Type> arguments,
                      ArrayRef<Type> results,
                      function_interface_impl::VariadicFlag, std::string &) {
    return builder.getFunctionType(arguments, results);
  };
  return function_interface_impl::parseFunctionOp(
      parser, result, /*allowVariadic=*/false,
      getFunctionTypeAttrName(result.name), buildType,
      getArgAttrsAttrName(result.name), getResAttrsAttrName(result.name));
}

void KernelOp::print(OpAsmPrinter &printer) {
  function_interface_impl::printFunctionOp(
      printer, *this, /*isVariadic=*/false, getFunctionTypeAttrName(),
      getArgAttrsAttrName(), getResAttrsAttrName());
}

BindAttr KernelOp::getBinding(unsigned index) {
  return getArgAttrOfType<BindAttr>(index, kBindAttrName);
}

SpecializeOp KernelOp::getSpecialize() {
  auto ops = getBody().front().getOps<SpecializeOp>();
  return ops.empty() ? SpecializeOp() : *ops.begin();
}

int64_t KernelOp::getNumGroups() {
  if (SpecializeOp specialize = getSpecialize())
    return specialize.getNumConsumers();
  return getThreads() / kGroupThreads;
}

/// The type of an argument that is bound as `bind` says, in words.
static bool isBoundType(BindAttr bind, Type type) {
  switch (bind.getKind()) {
  case BindKind::Map:
    return isa<MapType>(type);
  case BindKind::Data:
    return isa<GlobalType>(type);
  case BindKind::Size:
    return type.isInteger(32);
  case BindKind::Stride:
    return type.isInteger(64);
  case BindKind::Scalar:
    return type.isIntOrFloat();
  }
  return false;
}

LogicalResult KernelOp::verify() {
  int64_t threads = getThreads();
  if (threads <= 0 || threads > 1024 || threads % kGroupThreads != 0)
    return emitOpError() << "expected a multiple of 128 threads up to 1024 but "
                            "found "
                         << threads;
  unsigned numSizes = 0;
  for (auto [index, type] : llvm::enumerate(getArgumentTypes())) {
    BindAttr bind = getBinding(index);
    if (!bind)
      return emitOpError() << "expected argument " << index
                           << " to say what it is by '" << kBindAttrName << "'";
    if (!isBoundType(bind, type))
      return emitOpError() << "expected a type that goes with " << bind
                           << " but found " << type;
    numSizes += bind.getKind() == BindKind::Size;
  }
  AffineMap grid = getGrid();
  if (grid.getNumResults() != 3 || grid.getNumDims() != 0 ||
      grid.getNumSymbols() != numSizes)
    return emitOpError() << "expected a grid of 3 results and " << numSizes
                         << " symbols, the arguments that are sizes, but found "
                         << AffineMapAttr::get(grid);
  return success();
}

LogicalResult KernelOp::verifyRegions() {
  if (SpecializeOp specialize = getSpecialize()) {
    int64_t threads = (specialize.getNumConsumers() + 1) * kGroupThreads;
    if (threads != getThreads())
      return emitOpError() << "expected " << threads
                           << " threads for its roles but found "
                           << getThreads();
  }
  SmallVector<RingOp> rings(getBody().front().getOps<RingOp>());
  SmallVector<SetupOp> setups(getBody().front().getOps<SetupOp>());
  if (SpecializeOp specialize = getSpecialize())
    if (setups.size() != 1 || !setups.front()->isBeforeInBlock(specialize))
      return emitOpError() << "expected one atile.setup before the roles but "
                              "found "
                           << setups.size();
  for (SetupOp setup : setups) {
    if (setup.getRings().size() != rings.size())
      return setup.emitOpError()
             << "expected the " << rings.size() << " rings of the kernel but "
             << "found " << setup.getRings().size();
    if (setup.getConsumers() != getNumGroups())
      return setup.emitOpError() << "expected " << getNumGroups()
                                 << " consumers, the groups of the kernel, but "
                                 << "found " << setup.getConsumers();
  }
  return verifyHazards(*this);
}

LogicalResult SpecializeOp::verify() {
  Block &consumer = getConsumer().front();
  if (consumer.getNumArguments() != 1 ||
      !consumer.getArgument(0).getType().isInteger(32))
    return emitOpError("expected a region of consumers with one argument of "
                       "type i32, the number of the group");
  int64_t consumers = getNumConsumers();
  if (consumers < 1 || consumers > 3)
    return emitOpError() << "expected 1 to 3 consumers but found " << consumers;
  for (int64_t registers :
       {int64_t(getProducerRegisters()), int64_t(getConsumerRegisters())})
    if (registers < 24 || registers > 256 || registers % 8 != 0)
      return emitOpError() << "expected registers to be a multiple of 8 from "
                              "24 to 256 but found "
                           << registers;
  int64_t total = kGroupThreads *
                  (getProducerRegisters() + consumers * getConsumerRegisters());
  if (total > kRegisterFile)
    return emitOpError() << "expected at most " << kRegisterFile
                         << " registers but 128 * (" << getProducerRegisters()
                         << " + " << consumers << " * "
                         << getConsumerRegisters() << ") = " << total;
  return success();
}
