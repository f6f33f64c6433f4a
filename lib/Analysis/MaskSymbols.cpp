//===- MaskSymbols.cpp - the inputs behind symbols and data dims ----------===//
//
// See MaskExpr.h. Covered by test/unittests/Analysis/MaskReaderTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "SaturatingMath.h"
#include "attn/Analysis/MaskExpr.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Interfaces/ShapedOpInterfaces.h"

namespace mlir::attn {

/// Bounds that the type of a value, or that it is a size, gives.
static void inferBounds(MaskInput &input) {
  input.lowerBound = saturating::kMinusInfinity;
  input.upperBound = saturating::kPlusInfinity;
  if (!input.value)
    return;
  if (input.value.getDefiningOp<ShapedDimOpInterface>()) {
    input.lowerBound = 0;
    input.upperBound = kMaxPosition;
    return;
  }
  unsigned width = input.value.getType().isIndex()
                       ? 64
                       : input.value.getType().getIntOrFloatBitWidth();
  if (width == 1) {
    input.lowerBound = 0;
    input.upperBound = 1;
  } else if (width < 64) {
    input.lowerBound = -(int64_t(1) << (width - 1));
    input.upperBound = (int64_t(1) << (width - 1)) - 1;
  }
}

AffineExpr MaskSymbols::getSymbol(OpFoldResult value) {
  if (std::optional<int64_t> constant = getConstantIntValue(value)) {
    auto type = dyn_cast_if_present<Value>(value)
                    ? cast<Value>(value).getType()
                    : cast<IntegerAttr>(cast<Attribute>(value)).getType();
    // i1 counts as 0 or 1.
    return getConstant(type.isInteger(1) ? *constant & 1 : *constant);
  }
  MaskInput input;
  input.value = cast<Value>(value);
  return getInput(input);
}

AffineExpr MaskSymbols::getAnonymousSymbol() {
  MaskInput input;
  inferBounds(input);
  symbols.push_back(input);
  return getAffineSymbolExpr(symbols.size() - 1, context);
}

AffineExpr MaskSymbols::getInput(MaskInput input) {
  bool isSymbol = !input.usesQuery && !input.usesKey;
  SmallVectorImpl<MaskInput> &table = isSymbol ? symbols : data;
  auto *known = llvm::find_if(table, [&](const MaskInput &other) {
    return other.value == input.value;
  });
  unsigned position = known - table.begin();
  if (known == table.end()) {
    inferBounds(input);
    table.push_back(input);
  }
  return isSymbol ? getAffineSymbolExpr(position, context)
                  : getAffineDimExpr(kNumMaskDims + position, context);
}

} // namespace mlir::attn
