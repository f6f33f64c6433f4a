//===- MutateAttribute.cpp - neighbours of attributes and types -----------===//
//
// Covered by test/Fuzz/fuzz.test.
//
//===----------------------------------------------------------------------===//

#include "Mutate.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/StringExtras.h"

namespace mlir::attn {

static double pickDouble(RandomSource &random) {
  using Limits = std::numeric_limits<double>;
  static constexpr double values[] = {0.0,
                                      -0.0,
                                      1.0,
                                      -1.0,
                                      0.125,
                                      -3.0,
                                      1e-45,
                                      1e-30,
                                      1e30,
                                      1e39,
                                      -1e39,
                                      1e300,
                                      Limits::denorm_min(),
                                      Limits::infinity(),
                                      -Limits::infinity(),
                                      Limits::quiet_NaN()};
  return random.pick(values);
}

static Type pickScalar(MLIRContext *context, RandomSource &random) {
  Builder builder(context);
  Type types[] = {builder.getF16Type(),
                  builder.getBF16Type(),
                  builder.getF32Type(),
                  builder.getF64Type(),
                  builder.getI1Type(),
                  builder.getIntegerType(8),
                  builder.getI32Type(),
                  builder.getI64Type(),
                  builder.getIndexType(),
                  builder.getIntegerType(7),
                  builder.getType<Float8E4M3FNType>(),
                  ComplexType::get(builder.getF32Type())};
  return random.pick(types);
}

Type varyType(Type type, RandomSource &random) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return pickScalar(type.getContext(), random);
  SmallVector<int64_t> shape(tensor.getShape());
  Type element = tensor.getElementType();
  switch (random.below(8)) {
  case 0:
    if (!shape.empty())
      shape.erase(shape.begin() + random.below(shape.size()));
    break;
  case 1:
    shape.insert(shape.begin() + random.below(shape.size() + 1),
                 1 + random.below(4));
    break;
  case 2:
  case 3: {
    Type other = pickScalar(type.getContext(), random);
    if (RankedTensorType::isValidElementType(other))
      element = other;
    break;
  }
  default: {
    if (shape.empty())
      break;
    int64_t size = random.pick(kNotableIntegers);
    shape[random.below(shape.size())] = size < 0 ? ShapedType::kDynamic : size;
  }
  }
  return RankedTensorType::get(shape, element);
}

/// Changes one number in the attribute's text and reads it again: that serves
/// attributes of any dialect.
static Attribute varyText(Attribute attribute, RandomSource &random) {
  std::string text;
  llvm::raw_string_ostream(text) << attribute;
  SmallVector<std::pair<size_t, size_t>> numbers;
  for (size_t i = 0; i < text.size();) {
    size_t begin = i;
    while (i < text.size() && llvm::isDigit(text[i]))
      ++i;
    if (i > begin && (begin == 0 || !llvm::isAlnum(text[begin - 1])))
      numbers.emplace_back(begin, i - begin);
    i = std::max(i, begin + 1);
  }
  if (numbers.empty())
    return {};
  auto [place, length] = random.pick(numbers);
  text.replace(place, length, std::to_string(random.pick(kNotableIntegers)));
  return parseAttribute(text, attribute.getContext());
}

/// Entries of an array attribute: one changed, dropped, added or exchanged.
template <typename T>
static void varyEntries(SmallVectorImpl<T> &entries, RandomSource &random,
                        llvm::function_ref<T()> make) {
  size_t place = random.below(entries.size());
  switch (random.below(4)) {
  case 0:
    entries.insert(entries.begin() + random.below(entries.size() + 1), make());
    return;
  case 1:
    if (!entries.empty())
      entries.erase(entries.begin() + place);
    return;
  case 2:
    if (!entries.empty())
      std::swap(entries[place], entries[random.below(entries.size())]);
    return;
  default:
    if (!entries.empty())
      entries[place] = make();
  }
}

Attribute varyAttribute(Attribute attribute, RandomSource &random) {
  Builder builder(attribute.getContext());
  if (auto number = dyn_cast<FloatAttr>(attribute))
    return builder.getFloatAttr(number.getType(), pickDouble(random));
  if (auto number = dyn_cast<IntegerAttr>(attribute)) {
    Type type = number.getType();
    unsigned width = type.isIndex() ? 64 : type.getIntOrFloatBitWidth();
    uint64_t value =
        random.chance(50)
            ? static_cast<uint64_t>(random.pick(kNotableIntegers))
            : number.getValue().getZExtValue() + (random.chance(50) ? 1 : -1);
    return builder.getIntegerAttr(type, APInt(64, value).zextOrTrunc(width));
  }
  if (auto array = dyn_cast<DenseI64ArrayAttr>(attribute)) {
    SmallVector<int64_t> values(array.asArrayRef());
    varyEntries<int64_t>(values, random,
                         [&] { return random.pick(kNotableIntegers); });
    return builder.getDenseI64ArrayAttr(values);
  }
  if (auto array = dyn_cast<DenseI32ArrayAttr>(attribute)) {
    // Segment sizes: a count moves from one group of operands to another.
    SmallVector<int32_t> values(array.asArrayRef());
    if (!values.empty()) {
      --random.pick(values);
      ++random.pick(values);
    }
    return builder.getDenseI32ArrayAttr(values);
  }
  if (auto array = dyn_cast<ArrayAttr>(attribute)) {
    SmallVector<Attribute> values(array.getValue());
    varyEntries<Attribute>(values, random, [&]() -> Attribute {
      return values.empty() ? builder.getUnitAttr() : random.pick(values);
    });
    return builder.getArrayAttr(values);
  }
  if (auto type = dyn_cast<TypeAttr>(attribute);
      type && !isa<FunctionType>(type.getValue()))
    return TypeAttr::get(varyType(type.getValue(), random));
  return varyText(attribute, random);
}

} // namespace mlir::attn
