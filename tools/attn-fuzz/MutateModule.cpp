//===- MutateModule.cpp - changes to parsed programs ----------------------===//
//
// Covered by test/Fuzz/fuzz.test.
//
//===----------------------------------------------------------------------===//

#include "Mutate.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::attn {

namespace {
class Mutation {
public:
  Mutation(ModuleOp module, const Seeds &seeds, RandomSource &random)
      : module(module), seeds(seeds), random(random) {
    module->walk([&](Operation *op) {
      if (op == module)
        return;
      operations.push_back(op);
      // What has attributes and regions is where most code of ours looks.
      if (op->getName().getDialectNamespace() == "attn")
        operations.append(3, op);
      values.append(op->result_begin(), op->result_end());
      for (Region &region : op->getRegions())
        for (Block &block : region)
          values.append(block.args_begin(), block.args_end());
    });
  }

  void run() {
    if (operations.empty())
      return;
    Operation *op = random.pick(operations);
    switch (random.below(12)) {
    case 0:
    case 1:
    case 2:
      return changeAttribute(op);
    case 3:
      return addAttribute(op);
    case 4:
      return retypeValue();
    case 5:
      return swapOperands(op);
    case 6:
      return replaceOperand(op);
    case 7:
      return moveOrClone(op);
    case 8:
      return changeRegion(op);
    case 9:
      return erase(op);
    default:
      return insertIntoUse();
    }
  }

private:
  void changeAttribute(Operation *op) {
    ArrayRef<NamedAttribute> attributes = op->getAttrDictionary().getValue();
    if (attributes.empty())
      return;
    NamedAttribute chosen = random.pick(attributes);
    if (random.chance(15)) {
      op->removeAttr(chosen.getName());
      return;
    }
    if (Attribute other = varyAttribute(chosen.getValue(), random))
      op->setAttr(chosen.getName(), other);
  }

  /// Gives `op` an attribute that operations of its name have elsewhere.
  void addAttribute(Operation *op) {
    auto it = seeds.attributes.find(op->getName().getStringRef());
    if (it == seeds.attributes.end())
      return;
    const auto &[name, text] = random.pick(it->second);
    Attribute attribute = parseAttribute(text, op->getContext());
    if (attribute && random.chance(30))
      attribute = varyAttribute(attribute, random);
    if (attribute)
      op->setAttr(name, attribute);
  }

  void retypeValue() {
    if (values.empty())
      return;
    Value value = random.pick(values);
    value.setType(varyType(value.getType(), random));
    // Half of the time the function agrees with its arguments.
    auto function =
        dyn_cast<FunctionOpInterface>(value.getParentBlock()->getParentOp());
    if (isa<BlockArgument>(value) && function && random.chance(50))
      function.setType(FunctionType::get(
          module.getContext(), value.getParentBlock()->getArgumentTypes(),
          function.getResultTypes()));
  }

  void swapOperands(Operation *op) {
    unsigned count = op->getNumOperands();
    if (count < 2)
      return;
    unsigned left = random.below(count), right = random.below(count);
    Value value = op->getOperand(left);
    op->setOperand(left, op->getOperand(right));
    op->setOperand(right, value);
  }

  /// A value of `type`, or any value.
  Value pickValue(Type type) {
    SmallVector<Value> fitting;
    for (Value value : values)
      if (value.getType() == type)
        fitting.push_back(value);
    return fitting.empty() || random.chance(10) ? random.pick(values)
                                                : random.pick(fitting);
  }

  void replaceOperand(Operation *op) {
    if (op->getNumOperands() == 0)
      return;
    OpOperand &operand = op->getOpOperand(random.below(op->getNumOperands()));
    operand.set(pickValue(operand.get().getType()));
  }

  void moveOrClone(Operation *op) {
    if (op->hasTrait<OpTrait::IsTerminator>())
      return;
    SmallVector<Operation *> places;
    for (Operation &other : *op->getBlock())
      places.push_back(&other);
    Operation *place = random.pick(places);
    if (random.chance(50))
      place->getBlock()->getOperations().insert(place->getIterator(),
                                                op->clone());
    else if (place != op)
      op->moveBefore(place);
  }

  void changeRegion(Operation *op) {
    if (op->getNumRegions() == 0)
      return;
    Region &region = op->getRegion(random.below(op->getNumRegions()));
    switch (random.below(4)) {
    case 0:
      if (!region.empty())
        region.front().addArgument(
            varyType(IndexType::get(op->getContext()), random), op->getLoc());
      return;
    case 1: {
      // The region of another operation, or of this one's other half.
      Operation *other = random.pick(operations);
      if (other->getNumRegions() == 0 || other->isAncestor(op) ||
          !region.empty())
        return;
      IRMapping mapping;
      other->getRegion(random.below(other->getNumRegions()))
          .cloneInto(&region, mapping);
      return;
    }
    case 2:
      if (!region.empty() && region.getNumArguments() > 0) {
        BlockArgument argument =
            region.front().getArgument(random.below(region.getNumArguments()));
        Value other = pickValue(argument.getType());
        if (other != argument)
          argument.replaceAllUsesWith(other);
      }
      return;
    default:
      region.dropAllReferences();
      for (Block &block : llvm::make_early_inc_range(region)) {
        block.dropAllUses();
        block.dropAllDefinedValueUses();
        block.erase();
      }
    }
  }

  void erase(Operation *op) {
    if (op->getNumRegions() > 0)
      return;
    for (Value result : op->getResults()) {
      Value other = pickValue(result.getType());
      if (other.getDefiningOp() == op)
        return;
      result.replaceAllUsesWith(other);
    }
    op->erase();
  }

  /// Puts an arithmetic operation between a scalar and one of its uses.
  void insertIntoUse() {
    SmallVector<OpOperand *> uses;
    for (Operation *op : operations)
      for (OpOperand &operand : op->getOpOperands())
        if (operand.get().getType().isIntOrIndexOrFloat())
          uses.push_back(&operand);
    if (uses.empty())
      return;
    OpOperand *use = random.pick(uses);
    Type type = use->get().getType();
    static constexpr StringLiteral floats[] = {
        "math.exp",       "math.exp2",      "math.tanh",  "math.sin",
        "math.cos",       "math.tan",       "math.sqrt",  "math.rsqrt",
        "math.absf",      "math.log",       "math.log1p", "math.erf",
        "math.atan",      "math.floor",     "math.ceil",  "math.round",
        "arith.negf",     "arith.addf",     "arith.subf", "arith.mulf",
        "arith.divf",     "arith.maximumf", "math.cbrt",  "arith.minimumf",
        "arith.maxnumf",  "arith.minnumf",  "math.fma",   "math.powf",
        "math.copysign",  "math.atan2",     "arith.remf", "math.expm1",
        "math.roundeven", "math.trunc",     "math.log2",  "math.log10"};
    static constexpr StringLiteral integers[] = {
        "arith.addi",  "arith.subi",  "arith.muli",  "arith.andi",
        "arith.ori",   "arith.xori",  "arith.maxsi", "arith.minsi",
        "arith.maxui", "arith.minui", "math.absi",   "math.ctpop",
        "index.add",   "index.sub",   "index.mul",   "index.maxs"};
    StringRef name =
        isa<FloatType>(type) ? random.pick(floats) : random.pick(integers);
    if (random.chance(20))
      name = random.pick(seeds.operations);
    OpBuilder builder(use->getOwner());
    OperationState state(use->getOwner()->getLoc(), name);
    unsigned count = 1;
    for (StringRef binary : {"arith.", "index."})
      if (name.starts_with(binary) && name != "arith.negf")
        count = 2;
    for (StringRef binary : {"powf", "copysign", "atan2"})
      if (name.ends_with(binary))
        count = 2;
    if (name == "math.fma")
      count = 3;
    state.addOperands(use->get());
    while (--count > 0)
      state.addOperands(pickValue(type));
    state.addTypes(type);
    use->set(builder.create(state)->getResult(0));
  }

  ModuleOp module;
  const Seeds &seeds;
  RandomSource &random;
  SmallVector<Operation *> operations;
  SmallVector<Value> values;
};
} // namespace

void mutateModule(ModuleOp module, const Seeds &seeds, RandomSource &random) {
  Mutation(module, seeds, random).run();
}

} // namespace mlir::attn
