//===- InlinePTX.cpp - inline assembly with its constraints ---------------===//
//
// Covered by test/Conversion/ATileToLLVM/products.mlir.
//
//===----------------------------------------------------------------------===//

#include "InlinePTX.h"
#include "llvm/ADT/StringExtras.h"

namespace mlir::attn::atile {

/// The constraint letter of a register of `type`.
static StringRef getConstraint(Type type) {
  if (type.isF32())
    return "f";
  return type.isInteger(64) || isa<LLVM::LLVMPointerType>(type) ? "l" : "r";
}

std::string getRegisterList(size_t first, size_t count) {
  std::string text = "{";
  for (size_t i = first; i < first + count; ++i)
    text += (i == first ? "$" : ", $") + llvm::utostr(i);
  return text + "}";
}

SmallVector<Value> emitInlinePTX(ImplicitLocOpBuilder &b, StringRef text,
                                 ArrayRef<Type> types, ValueRange inputs,
                                 ValueRange tied) {
  SmallVector<std::string> constraints;
  for (Type type : types)
    constraints.push_back(("=" + getConstraint(type)).str());
  for (Value input : inputs)
    constraints.push_back(getConstraint(input.getType()).str());
  for (size_t i = 0; i < tied.size(); ++i)
    constraints.push_back(llvm::utostr(i));
  SmallVector<Value> operands = llvm::to_vector(inputs);
  llvm::append_range(operands, tied);

  Type result;
  if (types.size() == 1)
    result = types.front();
  else if (!types.empty())
    result = LLVM::LLVMStructType::getLiteral(b.getContext(), types);
  auto assembly = LLVM::InlineAsmOp::create(
      b, result, operands, text, llvm::join(constraints, ","),
      /*has_side_effects=*/true, /*is_align_stack=*/false,
      LLVM::tailcallkind::TailCallKind::None,
      LLVM::AsmDialectAttr::get(b.getContext(), LLVM::AsmDialect::AD_ATT),
      /*operand_attrs=*/ArrayAttr());
  if (types.size() < 2)
    return llvm::to_vector_of<Value>(assembly->getResults());
  SmallVector<Value> values;
  for (size_t i = 0; i < types.size(); ++i)
    values.push_back(
        LLVM::ExtractValueOp::create(b, assembly.getRes(), int64_t(i)));
  return values;
}

} // namespace mlir::attn::atile
