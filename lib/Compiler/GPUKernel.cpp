//===- GPUKernel.cpp - what a host needs to launch a kernel ---------------===//
//
// Covered by test/Tools/attn-compile/gpu-manifest.mlir and
// test/unittests/Compiler/GPUKernelTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "attn/Compiler/GPUKernel.h"
#include "attn/Codegen/GPU/TileLayout.h"
#include "attn/Dialect/ATile/IR/ATile.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::attn {

/// Bytes of a CUtensorMap, and their alignment as a parameter.
static constexpr unsigned kMapBytes = 128, kMapAlignment = 64;
/// The register file of a multiprocessor.
static constexpr unsigned kRegisterFile = 65536;

llvm::StringRef spelling(GPUParameterKind kind) {
  switch (kind) {
  case GPUParameterKind::map:
    return "map";
  case GPUParameterKind::data:
    return "data";
  case GPUParameterKind::size:
    return "size";
  case GPUParameterKind::stride:
    return "stride";
  case GPUParameterKind::scalar:
    return "scalar";
  }
  llvm_unreachable("all kinds are spelled");
}

//===----------------------------------------------------------------------===//
// Grids
//===----------------------------------------------------------------------===//

static void printPostfix(AffineExpr expr, std::string &text) {
  auto add = [&](const llvm::Twine &token) {
    text += (text.empty() ? token : " " + token).str();
  };
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return add(llvm::Twine(constant.getValue()));
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
    return add("s" + llvm::Twine(symbol.getPosition()));
  auto binary = cast<AffineBinaryOpExpr>(expr);
  printPostfix(binary.getLHS(), text);
  printPostfix(binary.getRHS(), text);
  switch (binary.getKind()) {
  case AffineExprKind::Add:
    return add("+");
  case AffineExprKind::Mul:
    return add("*");
  case AffineExprKind::Mod:
    return add("mod");
  case AffineExprKind::FloorDiv:
    return add("floordiv");
  case AffineExprKind::CeilDiv:
    return add("ceildiv");
  default:
    llvm_unreachable("a grid has no dimensions of a map");
  }
}

int64_t evaluateGrid(llvm::StringRef expression,
                     llvm::ArrayRef<int64_t> symbols) {
  llvm::SmallVector<int64_t> stack;
  for (llvm::StringRef token : llvm::split(expression, ' ')) {
    int64_t value;
    if (!token.getAsInteger(10, value)) {
      stack.push_back(value);
      continue;
    }
    if (llvm::StringRef number = token; number.consume_front("s")) {
      number.getAsInteger(10, value);
      stack.push_back(symbols[value]);
      continue;
    }
    int64_t right = stack.pop_back_val(), left = stack.pop_back_val();
    stack.push_back(token == "+"     ? left + right
                    : token == "*"   ? left * right
                    : token == "mod" ? llvm::mod(left, right)
                    : token == "floordiv"
                        ? llvm::divideFloorSigned(left, right)
                        : llvm::divideCeilSigned(left, right));
  }
  return stack.front();
}

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

static std::string printType(Type type) {
  std::string text;
  llvm::raw_string_ostream os(text);
  type.print(os);
  return text;
}

static GPUTensorMap describeMap(atile::MapType type, atile::BindAttr bind) {
  // The attribute has batch, head, sequence, feature.
  llvm::SmallVector<int64_t> dims(bind.getDims());
  if (dims.empty())
    dims = {0, 1, 2, 3};
  return {printType(type.getElement()),
          {dims[3], dims[2], dims[1], dims[0]},
          {atile::kPanelColumns, type.getRows(), 1, 1}};
}

static GPUParameterKind getKind(atile::BindKind kind) {
  switch (kind) {
  case atile::BindKind::Map:
    return GPUParameterKind::map;
  case atile::BindKind::Data:
    return GPUParameterKind::data;
  case atile::BindKind::Size:
    return GPUParameterKind::size;
  case atile::BindKind::Stride:
    return GPUParameterKind::stride;
  case atile::BindKind::Scalar:
    return GPUParameterKind::scalar;
  }
  llvm_unreachable("all kinds are known");
}

static GPUParameter describeParameter(Type type, atile::BindAttr bind,
                                      unsigned &offset) {
  GPUParameter parameter;
  parameter.kind = getKind(bind.getKind());
  parameter.argument = static_cast<unsigned>(bind.getParam());
  parameter.dim = static_cast<unsigned>(bind.getDim());
  unsigned alignment;
  if (auto map = dyn_cast<atile::MapType>(type)) {
    parameter.type = "map";
    parameter.map = describeMap(map, bind);
    parameter.bytes = kMapBytes;
    alignment = kMapAlignment;
  } else if (isa<atile::GlobalType>(type)) {
    parameter.type = "ptr";
    parameter.bytes = alignment = 8;
  } else {
    parameter.type = printType(type);
    parameter.bytes = alignment =
        llvm::divideCeil(type.getIntOrFloatBitWidth(), 8);
  }
  parameter.offset = static_cast<unsigned>(llvm::alignTo(offset, alignment));
  offset = parameter.offset + parameter.bytes;
  return parameter;
}

GPUKernel describeKernel(atile::KernelOp kernel) {
  GPUKernel described;
  described.name = kernel.getName().str();
  described.threads = kernel.getThreads();
  described.sharedBytes =
      static_cast<unsigned>(atile::SharedLayout(kernel).getBytes());
  described.registers =
      std::min(255u, kRegisterFile / described.threads) / 8 * 8;
  // ptxas gives at entry no more than the roles ask for later.
  if (atile::SpecializeOp specialize = kernel.getSpecialize())
    described.registers = std::min<unsigned>(described.registers,
                                             specialize.getConsumerRegisters());
  for (auto [text, expr] :
       llvm::zip_equal(described.grid, kernel.getGrid().getResults()))
    printPostfix(expr, text);
  unsigned offset = 0;
  for (auto [index, type] : llvm::enumerate(kernel.getArgumentTypes()))
    described.parameters.push_back(
        describeParameter(type, kernel.getBinding(index), offset));
  return described;
}

std::optional<Signature> describeSignature(atile::KernelOp kernel) {
  std::optional<Type> type = kernel.getSignature();
  if (!type)
    return std::nullopt;
  auto function = cast<FunctionType>(*type);
  Signature signature;
  signature.name = kernel.getName().str();
  int64_t nextClass = 0;
  auto add = [&](Type type, ArgumentRole role, llvm::StringRef prefix,
                 size_t number) {
    ArgumentInfo info;
    info.name = (prefix + llvm::Twine(number)).str();
    info.role = role;
    info.dtype = printType(getElementTypeOrSelf(type));
    auto tensor = dyn_cast<RankedTensorType>(type);
    info.isScalar = !tensor;
    if (tensor)
      llvm::append_range(info.shape, tensor.getShape());
    for (size_t dim = 0; dim < info.shape.size(); ++dim)
      info.dimClass.push_back(nextClass++);
    signature.args.push_back(std::move(info));
  };
  for (auto [number, input] : llvm::enumerate(function.getInputs()))
    add(input, ArgumentRole::input, "arg", number);
  for (auto [number, result] : llvm::enumerate(function.getResults()))
    add(result, ArgumentRole::output, "result", number);
  return signature;
}

} // namespace mlir::attn
