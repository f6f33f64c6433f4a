//===- RequirementCheck.cpp - what operations ask of a call ---------------===//
//
// Covered by test/Compiler/emit-requirements.mlir and
// test/Tools/attn-run/requirements.mlir.
//
//===----------------------------------------------------------------------===//

#include "RequirementCheck.h"

namespace mlir::attn {

using Predicate = LLVM::ICmpPredicate;

/// Whether `a` does not divide `b`; 0 divides 0 alone. Neither is negative.
static Value leavesRest(EntryCode &code, Value a, Value b) {
  Value zero = code.constant(0);
  Value isZero = code.compare(Predicate::eq, a, zero);
  // A divisor that cannot trap.
  Value divisor = code.select(isZero, code.constant(1), a);
  Value rest = LLVM::URemOp::create(code.builder, code.loc, b, divisor);
  return code.compare(Predicate::ne, code.select(isZero, b, rest), zero);
}

static Value breaksRule(EntryCode &code, SizeRule rule, ArrayRef<Value> sizes) {
  switch (rule) {
  case SizeRule::divides:
    return leavesRest(code, sizes[0], sizes[1]);
  case SizeRule::eitherDivides:
    return LLVM::AndOp::create(code.builder, code.loc,
                               leavesRest(code, sizes[0], sizes[1]),
                               leavesRest(code, sizes[1], sizes[0]));
  case SizeRule::largerOf: {
    Value isLarger = code.compare(Predicate::sgt, sizes[1], sizes[2]);
    Value larger = code.select(isLarger, sizes[1], sizes[2]);
    return code.compare(Predicate::ne, sizes[0], larger);
  }
  case SizeRule::oneMore:
    return code.compare(Predicate::ne, sizes[0],
                        code.add(sizes[1], code.constant(1)));
  case SizeRule::isOne:
    return code.compare(Predicate::ne, sizes[0], code.constant(1));
  case SizeRule::ascending:
    return nullptr;
  }
  llvm_unreachable("a rule of another kind");
}

Value breaksSizeRules(EntryCode &code, const Signature &signature,
                      ArgumentReader &reader) {
  Value broken;
  for (const Requirement &requirement : signature.requirements) {
    if (requirement.argument)
      continue;
    auto sizes = llvm::map_to_vector(requirement.sizes, [&](int64_t dimClass) {
      return reader.getSizeOfClass(dimClass);
    });
    broken = code.either(broken, breaksRule(code, requirement.rule, sizes));
  }
  return broken;
}

/// Whether one of the `count` integers of type `type` at `data` is below the
/// one before it, or 0, or beyond `limit`:
///
///   for (i = 0, before = 0; i < count; before = data[i++])
///     if (data[i] < before || data[i] > limit) return true;
static Value isDisordered(EntryCode &code, Value data, Type type, Value count,
                          Value limit) {
  Type i64 = code.builder.getI64Type(), i1 = code.builder.getI1Type();
  Block *next = code.addBlock({i64, i64}), *body = code.addBlock();
  Block *done = code.addBlock(i1);
  Value zero = code.constant(0);
  Value no = code.constant(i1, 0), yes = code.constant(i1, 1);
  code.branch(next, {zero, zero});

  code.enter(next);
  Value index = next->getArgument(0), before = next->getArgument(1);
  code.branch(code.compare(Predicate::slt, index, count), body, {}, done, no);

  code.enter(body);
  Value address = LLVM::GEPOp::create(code.builder, code.loc, data.getType(),
                                      type, data, index);
  Value bound = LLVM::LoadOp::create(code.builder, code.loc, type, address);
  if (type != i64)
    bound = code.extend(bound);
  Value isWrong = code.either(code.compare(Predicate::slt, bound, before),
                              code.compare(Predicate::sgt, bound, limit));
  Value following = code.add(index, code.constant(1));
  code.branch(isWrong, done, yes, next, {following, bound});

  code.enter(done);
  return done->getArgument(0);
}

Value breaksDataRules(EntryCode &code, const Signature &signature,
                      ArgumentReader &reader) {
  Value broken;
  for (const Requirement &requirement : signature.requirements) {
    if (!requirement.argument)
      continue;
    unsigned argument = *requirement.argument;
    Type type = signature.args[argument].dtype == "i32"
                    ? code.builder.getI32Type()
                    : code.builder.getI64Type();
    broken = code.either(
        broken, isDisordered(code, reader.getData(argument), type,
                             reader.getFirstSize(argument),
                             reader.getSizeOfClass(requirement.sizes[0])));
  }
  return broken;
}

} // namespace mlir::attn
