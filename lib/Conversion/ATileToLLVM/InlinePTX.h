//===- InlinePTX.h - inline assembly with its constraints -------*- C++ -*-===//
//
// What nvvm has no operation for. Operands are numbered $0, $1, ...: outputs,
// then inputs, then inputs tied to the first outputs.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_CONVERSION_ATILETOLLVM_INLINEPTX_H
#define ATTN_LIB_CONVERSION_ATILETOLLVM_INLINEPTX_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::attn::atile {

/// Emits `text` with outputs of `types`, `inputs`, and `tied`, whose values go
/// into the first outputs' registers. Never moved, merged or removed.
SmallVector<Value> emitInlinePTX(ImplicitLocOpBuilder &b, StringRef text,
                                 ArrayRef<Type> types, ValueRange inputs,
                                 ValueRange tied = {});

/// "{$first, ..., $(first + count - 1)}".
std::string getRegisterList(size_t first, size_t count);

} // namespace mlir::attn::atile

#endif // ATTN_LIB_CONVERSION_ATILETOLLVM_INLINEPTX_H
