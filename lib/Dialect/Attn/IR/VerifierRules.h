//===- VerifierRules.h - checks that several verifiers make ----*- C++ -*-===//

#ifndef ATTN_LIB_DIALECT_ATTN_IR_VERIFIERRULES_H
#define ATTN_LIB_DIALECT_ATTN_IR_VERIFIERRULES_H

#include "mlir/IR/Operation.h"

namespace mlir::attn {

/// `value` has this rank; the message starts with `rule` and names `name`.
LogicalResult verifyRank(Operation *op, StringRef rule, StringRef name,
                         Value value, int64_t rank);

/// Every equality of collectShapeTies() holds for the static sizes.
LogicalResult verifyTies(Operation *op, StringRef rule);

} // namespace mlir::attn

#endif // ATTN_LIB_DIALECT_ATTN_IR_VERIFIERRULES_H
