//===- VerifierRules.h - checks that several verifiers make ----*- C++ -*-===//

#ifndef ATTN_LIB_DIALECT_ATTN_IR_VERIFIERRULES_H
#define ATTN_LIB_DIALECT_ATTN_IR_VERIFIERRULES_H

#include "mlir/IR/Operation.h"

namespace mlir::attn {

struct ScoredAttention;

/// The groups of operands with these numbers have one operand each. The generic
/// form may say otherwise, and what ODS generates checks optional ones alone.
template <typename OpTy>
LogicalResult verifyGroups(OpTy op, ArrayRef<unsigned> groups) {
  for (unsigned group : groups)
    if (size_t found = llvm::range_size(op.getODSOperands(group)); found != 1)
      return op.emitOpError()
             << "expected one operand in group #" << group
             << " of 'operandSegmentSizes', but found " << found;
  return success();
}

/// `value` has this rank; the message starts with `rule` and names `name`.
LogicalResult verifyRank(Operation *op, StringRef rule, StringRef name,
                         Value value, int64_t rank);

/// Every equality of collectShapeTies() holds for the static sizes.
LogicalResult verifyTies(Operation *op, StringRef rule);

/// Elements of `value` are i32 or i64.
LogicalResult verifyIndexElement(Operation *op, StringRef rule, StringRef name,
                                 Value value);

/// `count`, the number of `name`, divides the number of query heads.
LogicalResult verifyDivides(Operation *op, StringRef rule, StringRef name,
                            int64_t count, int64_t heads);

/// C1 to C13 of attn.dense. `verifySideOperands` checks ranks and types of the
/// op's other operands, which comes before sizes are compared.
LogicalResult
verifyScoredAttention(const ScoredAttention &a,
                      function_ref<LogicalResult()> verifySideOperands);

/// The region `name` is empty, or takes `arguments`, yields `yielded` and holds
/// what may be computed for a pair of query and key; the first is `rule`, the
/// last is `purity`.
LogicalResult verifyPairRegion(Operation *op, StringRef rule, StringRef purity,
                               StringRef name, Region &region,
                               ArrayRef<Type> arguments, Type yielded);

/// Operands are all tensors (before bufferisation) or all memrefs (after it).
LogicalResult verifyOneKind(Operation *op, StringRef rule);

/// Dimensions that are tied to one of `axes` have a static size.
LogicalResult verifyStaticWhereTied(Operation *op, StringRef rule,
                                    ArrayRef<int64_t> axes);

} // namespace mlir::attn

#endif // ATTN_LIB_DIALECT_ATTN_IR_VERIFIERRULES_H
