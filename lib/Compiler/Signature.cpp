//===- Signature.cpp - the interface of a compiled function ---------------===//
//
// Reads `attn.signature`, which RecordSignature.cpp writes.
// Covered by test/Compiler/emit-entry-points-errors.mlir.
//
//===----------------------------------------------------------------------===//

#include "attn/Compiler/Signature.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Operation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/IR/TypeUtilities.h"

namespace mlir::attn {

bool isPassable(Type type) {
  if (type.isF64() || type.isF32() || type.isF16() || type.isBF16() ||
      type.isIndex())
    return true;
  for (unsigned width : {1, 8, 16, 32, 64})
    if (type.isSignlessInteger(width))
      return true;
  return false;
}

static std::string print(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

/// Reads one entry of the attribute; nothing if it is malformed.
static std::optional<ArgumentInfo> readEntry(Attribute attr) {
  auto entry = dyn_cast<DictionaryAttr>(attr);
  if (!entry)
    return std::nullopt;
  auto name = entry.getAs<StringAttr>("name");
  auto role = entry.getAs<StringAttr>("role");
  auto sizes = entry.getAs<DenseI64ArrayAttr>("sizes");
  auto type = entry.getAs<TypeAttr>("type");
  if (!name || !role || !sizes || !type || !isCIdentifier(name) ||
      (role != "input" && role != "output") ||
      !isPassable(getElementTypeOrSelf(type.getValue())))
    return std::nullopt;

  ArgumentInfo info;
  info.name = name.str();
  info.role = role == "input" ? ArgumentRole::input : ArgumentRole::output;
  info.dtype = print(getElementTypeOrSelf(type.getValue()));
  info.dimClass = SmallVector<int64_t>(sizes.asArrayRef());
  if (auto tensor = dyn_cast<RankedTensorType>(type.getValue()))
    info.shape = SmallVector<int64_t>(tensor.getShape());
  else
    info.isScalar = true;
  bool isInteger = type.getValue().isIntOrIndex();
  size_t expected = info.isScalar ? (isInteger ? 1 : 0) : info.shape.size();
  if (info.dimClass.size() != expected)
    return std::nullopt;
  if (auto place = entry.getAs<IntegerAttr>("in_place"))
    info.inPlaceOf = place.getInt();
  return info;
}

static constexpr std::pair<SizeRule, StringLiteral> kRules[] = {
    {SizeRule::divides, "divides"},
    {SizeRule::eitherDivides, "either_divides"},
    {SizeRule::largerOf, "larger_of"},
    {SizeRule::oneMore, "one_more"},
    {SizeRule::isOne, "is_one"},
    {SizeRule::ascending, "ascending"}};

StringRef spelling(SizeRule rule) {
  return llvm::find_if(kRules, [&](auto &pair) { return pair.first == rule; })
      ->second;
}

/// Sizes that a rule relates.
static size_t countSizes(SizeRule rule) {
  switch (rule) {
  case SizeRule::largerOf:
    return 3;
  case SizeRule::divides:
  case SizeRule::eitherDivides:
  case SizeRule::oneMore:
    return 2;
  case SizeRule::isOne:
  case SizeRule::ascending:
    return 1;
  }
  llvm_unreachable("a rule of another kind");
}

/// Reads one entry of the attribute; nothing if it is malformed.
static std::optional<Requirement> readRequirement(Attribute attr,
                                                  size_t numArguments) {
  auto entry = dyn_cast<DictionaryAttr>(attr);
  auto name = entry ? entry.getAs<StringAttr>("rule") : StringAttr();
  auto sizes =
      entry ? entry.getAs<DenseI64ArrayAttr>("sizes") : DenseI64ArrayAttr();
  if (!name || !sizes)
    return std::nullopt;
  const auto *rule = llvm::find_if(
      kRules, [&](auto &pair) { return pair.second == name.getValue(); });
  if (rule == std::end(kRules) ||
      sizes.size() != static_cast<int64_t>(countSizes(rule->first)))
    return std::nullopt;
  Requirement requirement{rule->first, SmallVector<int64_t>(sizes.asArrayRef()),
                          std::nullopt};
  if (auto argument = entry.getAs<IntegerAttr>("argument"))
    requirement.argument = argument.getInt();
  bool isAboutData = rule->first == SizeRule::ascending;
  if (isAboutData != requirement.argument.has_value() ||
      (isAboutData && *requirement.argument >= numArguments))
    return std::nullopt;
  return requirement;
}

static std::optional<int64_t> readConstant(DictionaryAttr attrs,
                                           StringRef name) {
  if (auto value = attrs.getAs<IntegerAttr>(name))
    return value.getInt();
  return std::nullopt;
}

static PhaseInfo readPhases(DictionaryAttr attrs) {
  PhaseInfo info;
  info.shared = readConstant(attrs, "shared");
  info.perWorker = readConstant(attrs, "per_worker");
  if (auto phases = attrs.getAs<ArrayAttr>("phases"))
    for (auto phase : phases.getAsRange<DictionaryAttr>())
      info.tiles.push_back(readConstant(phase, "tiles"));
  return info;
}

llvm::DenseMap<int64_t, std::string> nameSizes(const Signature &function) {
  llvm::DenseMap<int64_t, std::string> names;
  for (const ArgumentInfo &info : function.args)
    for (auto [size, dimClass] : llvm::zip(info.shape, info.dimClass))
      if (ShapedType::isDynamic(size))
        names.try_emplace(dimClass, "n" + std::to_string(names.size()));
  return names;
}

FailureOr<Signature> readSignature(Operation *func) {
  auto entries = func->getAttrOfType<ArrayAttr>(kSignatureAttrName);
  if (!entries)
    return func->emitOpError("expected attribute '")
           << kSignatureAttrName << "' on a public function";
  Signature signature;
  signature.name = SymbolTable::getSymbolName(func).str();
  for (auto [index, attr] : llvm::enumerate(entries)) {
    std::optional<ArgumentInfo> info = readEntry(attr);
    if (!info)
      return func->emitOpError("expected entry ")
             << index << " of '" << kSignatureAttrName
             << "' to have 'name', 'role', 'sizes' and 'type' but found "
             << attr;
    signature.args.push_back(std::move(*info));
  }
  auto requirements = func->getAttrOfType<ArrayAttr>(kRequirementsAttrName);
  for (auto [index, attr] : llvm::enumerate(
           requirements ? requirements.getValue() : ArrayRef<Attribute>())) {
    std::optional<Requirement> requirement =
        readRequirement(attr, signature.args.size());
    if (!requirement)
      return func->emitOpError("expected entry ")
             << index << " of '" << kRequirementsAttrName
             << "' to have a known 'rule' and its 'sizes' but found " << attr;
    signature.requirements.push_back(std::move(*requirement));
  }
  if (auto phases = func->getAttrOfType<DictionaryAttr>(kPhasesAttrName))
    signature.phases = readPhases(phases);
  return signature;
}

} // namespace mlir::attn
