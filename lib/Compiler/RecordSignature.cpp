//===- RecordSignature.cpp - attach the interface of a function -----------===//
//
// Writes `attn.signature`:
//
//   func.func @f(%q: tensor<?x64xf32> {attn.name = "q"}) -> tensor<?x64xf32>
// gets
//   attn.signature = [
//     {name = "q", role = "input", sizes = array<i64: 0, 1>,
//      type = tensor<?x64xf32>},
//     {name = "result0", role = "output", sizes = array<i64: 0, 1>,
//      type = tensor<?x64xf32>}]
// if the body shows that both sizes are those of %q, and `attn.requirements`,
// what operations ask of sizes and bounds beyond that:
//   attn.requirements = [{rule = "divides", sizes = array<i64: 4, 1>}]
//
// Covered by test/Compiler/record-signature.mlir, record-requirements.mlir,
// record-in-place.mlir and record-signature-errors.mlir.
//
//===----------------------------------------------------------------------===//

#include "DimClasses.h"
#include "InPlace.h"
#include "attn/Compiler/Passes.h"
#include "attn/Compiler/Signature.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringSet.h"

namespace mlir::attn {

#define GEN_PASS_DEF_RECORDSIGNATUREPASS
#include "attn/Compiler/Passes.h.inc"

namespace {
/// Builds the attribute entry by entry.
class Recorder {
public:
  explicit Recorder(func::FuncOp func) : func(func), classes(func) {}

  LogicalResult addArguments();
  LogicalResult addResults();
  void addRequirements(Operation *op);
  ArrayAttr getAttr() { return Builder(func).getArrayAttr(entries); }
  ArrayAttr getRequirements() {
    return Builder(func).getArrayAttr(requirements.getArrayRef());
  }

private:
  FailureOr<StringAttr> chooseName(Attribute given, const Twine &fallback);
  LogicalResult checkType(Type type, const Twine &what);
  DenseI64ArrayAttr numberSizes(Value value);
  void add(StringAttr name, StringRef role, Value value,
           std::optional<unsigned> inPlaceOf = std::nullopt);

  func::FuncOp func;
  DimClasses classes;
  llvm::StringSet<> names;
  /// Dense numbers for the classes of the sizes seen so far.
  llvm::DenseMap<unsigned, int64_t> numbers;
  SmallVector<Attribute> entries;
  /// Operations of a layer often require the same.
  llvm::SetVector<Attribute> requirements;
};
} // namespace

FailureOr<StringAttr> Recorder::chooseName(Attribute given,
                                           const Twine &fallback) {
  auto name = dyn_cast_or_null<StringAttr>(given);
  if (!name)
    name = StringAttr::get(func.getContext(), fallback);
  if (!isCIdentifier(name))
    return func.emitOpError("expected the name of ")
           << fallback.str() << " to be an identifier of C but found '"
           << name.getValue() << "'";
  if (!names.insert(name).second)
    return func.emitOpError("expected different names of arguments and "
                            "results but found '")
           << name.getValue() << "' twice";
  return name;
}

LogicalResult Recorder::checkType(Type type, const Twine &what) {
  if (isPassable(getElementTypeOrSelf(type)) &&
      (isa<RankedTensorType>(type) || !isa<ShapedType>(type)))
    return success();
  return func.emitOpError("expected ")
         << what.str()
         << " to be a ranked tensor or scalar of f64, f32, f16, bf16, i1, i8, "
            "i16, i32, i64 or index but found "
         << type;
}

DenseI64ArrayAttr Recorder::numberSizes(Value value) {
  SmallVector<unsigned> roots;
  if (auto type = dyn_cast<RankedTensorType>(value.getType()))
    for (int64_t dim = 0; dim < type.getRank(); ++dim)
      roots.push_back(classes.find(value, dim));
  else if (value.getType().isIntOrIndex())
    roots.push_back(classes.find(value, DimClasses::kScalar));

  SmallVector<int64_t> sizes;
  for (unsigned root : roots)
    sizes.push_back(numbers.try_emplace(root, numbers.size()).first->second);
  return DenseI64ArrayAttr::get(func.getContext(), sizes);
}

void Recorder::add(StringAttr name, StringRef role, Value value,
                   std::optional<unsigned> inPlaceOf) {
  Builder builder(func);
  SmallVector<NamedAttribute> entry = {
      builder.getNamedAttr("name", name),
      builder.getNamedAttr("role", builder.getStringAttr(role)),
      builder.getNamedAttr("sizes", numberSizes(value)),
      builder.getNamedAttr("type", TypeAttr::get(value.getType()))};
  if (inPlaceOf)
    entry.push_back(builder.getNamedAttr(
        "in_place", builder.getI64IntegerAttr(*inPlaceOf)));
  entries.push_back(builder.getDictionaryAttr(entry));
}

/// What can be told of sizes of arguments; the rest is not the caller's.
void Recorder::addRequirements(Operation *op) {
  Builder builder(func);
  collectSizeRules(op, [&](SizeRule rule, ArrayRef<SizeOf> sizes, Value data) {
    bool isKnown = !data;
    SmallVector<int64_t> classNumbers;
    for (auto [value, dim] : sizes) {
      auto it = numbers.find(classes.find(value, dim));
      if (it == numbers.end())
        return;
      classNumbers.push_back(it->second);
      isKnown &= !cast<ShapedType>(value.getType()).isDynamicDim(dim);
    }
    // Verifiers saw what is known; a size has every relation but one to itself.
    if (isKnown || (classNumbers.size() > 1 && rule != SizeRule::oneMore &&
                    llvm::all_equal(classNumbers)))
      return;
    SmallVector<NamedAttribute> entry = {
        builder.getNamedAttr("rule", builder.getStringAttr(spelling(rule))),
        builder.getNamedAttr("sizes",
                             builder.getDenseI64ArrayAttr(classNumbers))};
    if (data) {
      auto argument = dyn_cast<BlockArgument>(data);
      if (!argument || argument.getOwner() != &func.front())
        return;
      entry.push_back(builder.getNamedAttr(
          "argument", builder.getI64IntegerAttr(argument.getArgNumber())));
    }
    requirements.insert(builder.getDictionaryAttr(entry));
  });
}

LogicalResult Recorder::addArguments() {
  for (BlockArgument arg : func.getArguments()) {
    unsigned index = arg.getArgNumber();
    FailureOr<StringAttr> name =
        chooseName(func.getArgAttr(index, kNameAttrName), "arg" + Twine(index));
    if (failed(name) ||
        failed(checkType(arg.getType(), "argument '" + name->getValue() + "'")))
      return failure();
    add(*name, "input", arg);
  }
  return success();
}

LogicalResult Recorder::addResults() {
  if (!llvm::hasSingleElement(func.getBody()))
    return func.emitOpError("expected a single block");
  FailureOr<SmallVector<std::optional<unsigned>>> places =
      findInPlaceArguments(func);
  if (failed(places))
    return failure();
  Operation *terminator = func.getBody().front().getTerminator();
  for (auto [index, value] : llvm::enumerate(terminator->getOperands())) {
    FailureOr<StringAttr> name = chooseName(
        func.getResultAttr(index, kNameAttrName), "result" + Twine(index));
    if (failed(name))
      return failure();
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!type || failed(checkType(type, "result '" + name->getValue() + "'")))
      return type ? failure()
                  : func.emitOpError("expected result '")
                        << name->getValue()
                        << "' to be a ranked tensor but found "
                        << value.getType();
    for (int64_t dim = 0; dim < type.getRank(); ++dim)
      if (type.isDynamicDim(dim) && !numbers.count(classes.find(value, dim)))
        return func.emitOpError("expected size ")
               << dim << " of result '" << name->getValue()
               << "' to be static or equal to a size of an argument";
    add(*name, "output", value, (*places)[index]);
  }
  return success();
}

LogicalResult recordSignature(func::FuncOp func) {
  if (!isCIdentifier(func.getName()))
    return func.emitOpError("expected the name of a public function to be an "
                            "identifier of C but found '")
           << func.getName() << "'";
  Recorder recorder(func);
  if (failed(recorder.addArguments()) || failed(recorder.addResults()))
    return failure();
  func->setAttr(kSignatureAttrName, recorder.getAttr());
  func->walk([&](Operation *op) { recorder.addRequirements(op); });
  if (!recorder.getRequirements().empty())
    func->setAttr(kRequirementsAttrName, recorder.getRequirements());
  return success();
}

namespace {
struct RecordSignaturePass
    : impl::RecordSignaturePassBase<RecordSignaturePass> {
  void runOnOperation() override {
    for (auto func : getOperation().getOps<func::FuncOp>()) {
      if (!func.isPublic())
        continue;
      if (failed(recordSignature(func)))
        return signalPassFailure();
    }
  }
};
} // namespace

} // namespace mlir::attn
