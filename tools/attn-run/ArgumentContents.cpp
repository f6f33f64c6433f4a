//===- ArgumentContents.cpp - what --seed puts into arguments -------------===//
//
// Covered by test/Tools/attn-run/contents.mlir.
//
//===----------------------------------------------------------------------===//

#include "ArgumentContents.h"
#include "attn/Compiler/Signature.h"
#include "attn/Dialect/Attn/IR/Attn.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::attn;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;

namespace {
class ContentsFinder {
public:
  explicit ContentsFinder(func::FuncOp func)
      : func(func), found(func.getNumArguments()) {}

  Error readAttributes();
  void visit(AffineMonoidOpInterface op);
  SmallVector<ArgumentContents> take() { return std::move(found); }

private:
  void set(Value value, Meaning meaning, double scale = 1.0);
  std::optional<unsigned> findArgument(Value value);

  func::FuncOp func;
  SmallVector<ArgumentContents> found;
};
} // namespace

/// The argument that `value` is, in another order of its dimensions at most.
std::optional<unsigned> ContentsFinder::findArgument(Value value) {
  while (value) {
    if (auto cast = value.getDefiningOp<tensor::CastOp>())
      value = cast.getSource();
    else if (auto transpose = value.getDefiningOp<linalg::TransposeOp>())
      value = transpose.getInput();
    else
      break;
  }
  auto argument = dyn_cast_or_null<BlockArgument>(value);
  if (!argument || argument.getOwner() != &func.front())
    return std::nullopt;
  return argument.getArgNumber();
}

void ContentsFinder::set(Value value, Meaning meaning, double scale) {
  std::optional<unsigned> argument = findArgument(value);
  if (!argument)
    return;
  Contents &contents = found[*argument].contents;
  if (contents.meaning == Meaning::any)
    contents = {meaning, 0, scale};
}

/// Decays are at most 1, corrections shrink the state, sums that divide are
/// positive.
void ContentsFinder::visit(AffineMonoidOpInterface op) {
  Recurrence parts = op.getRecurrence();
  set(parts.gate, Meaning::decay);
  set(parts.rate, Meaning::decay);
  set(parts.timeStep, Meaning::fraction);
  set(parts.beta, Meaning::fraction);
  if (parts.beta)
    set(parts.key, Meaning::unit);
  if (parts.hasNormalizer())
    for (Value value : {parts.query, parts.key, parts.keySum})
      set(value, Meaning::positive);
  // I + a b^T with b = -0.8 a, |a| = 1.
  set(parts.left, Meaning::unit);
  set(parts.right, Meaning::unit, -0.8);
  std::optional<unsigned> left = findArgument(parts.left),
                          right = findArgument(parts.right);
  if (left && right)
    found[*right].stream = left;
  std::optional<unsigned> bounds = findArgument(parts.cuSeqlens),
                          tokens = findArgument(parts.query);
  if (!bounds || !tokens || found[*bounds].contents.meaning != Meaning::any)
    return;
  // Dimension 2 of the operand lies elsewhere in an argument that is
  // transposed.
  unsigned dim = 2;
  if (auto transpose = parts.query.getDefiningOp<linalg::TransposeOp>())
    dim = transpose.getPermutation()[dim];
  found[*bounds].contents.meaning = Meaning::bounds;
  found[*bounds].limit = std::pair(*tokens, dim);
}

Error ContentsFinder::readAttributes() {
  auto nameOf = [&](unsigned index) -> std::string {
    auto name = func.getArgAttrOfType<StringAttr>(index, kNameAttrName);
    return name ? name.str() : ("arg" + Twine(index)).str();
  };
  for (unsigned index = 0; index < func.getNumArguments(); ++index) {
    Attribute given = func.getArgAttr(index, "attn.values");
    if (!given)
      continue;
    auto word = dyn_cast<StringAttr>(given);
    std::optional<Meaning> meaning =
        word ? parseMeaning(word.getValue()) : std::nullopt;
    if (!meaning)
      return createStringError("expected 'attn.values' of '" + nameOf(index) +
                               "' to be any, positive, decay, fraction, unit, "
                               "counts or bounds");
    found[index].contents.meaning = *meaning;
    if (*meaning != Meaning::counts && *meaning != Meaning::bounds)
      continue;
    auto of = func.getArgAttrOfType<ArrayAttr>(index, "attn.values_of");
    auto name = of && of.size() == 2 ? dyn_cast<StringAttr>(of[0]) : nullptr;
    auto dim = of && of.size() == 2 ? dyn_cast<IntegerAttr>(of[1]) : nullptr;
    for (unsigned other = 0; name && other < func.getNumArguments(); ++other) {
      auto type = dyn_cast<ShapedType>(func.getArgument(other).getType());
      if (nameOf(other) == name.getValue() && dim && type &&
          dim.getValue().ult(type.getRank()))
        found[index].limit = std::pair(other, dim.getValue().getZExtValue());
    }
    if (!found[index].limit)
      return createStringError("expected 'attn.values_of' of '" +
                               nameOf(index) +
                               "' to name a tensor and one of its dimensions");
  }
  return Error::success();
}

Expected<SmallVector<ArgumentContents>>
mlir::attn::findContents(func::FuncOp func) {
  if (!func)
    return SmallVector<ArgumentContents>();
  ContentsFinder finder(func);
  if (Error error = finder.readAttributes())
    return error;
  func.walk([&](AffineMonoidOpInterface op) { finder.visit(op); });
  return finder.take();
}
