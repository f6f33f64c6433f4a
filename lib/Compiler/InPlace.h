//===- InPlace.h - results that may have an argument's place ---*- C++ -*-===//
//
// A decode step changes a state of megabytes by one token, so the caller wants
// to pass one buffer as the state before and after it. See InPlace.cpp for when
// that is right.
//
// Covered by test/Compiler/record-in-place.mlir.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_COMPILER_INPLACE_H
#define ATTN_LIB_COMPILER_INPLACE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <optional>

namespace mlir::attn {

/// For each result of `func` the argument in whose place it may be: the one
/// that its `attn.in_place` names, else the state that a state operation takes
/// for it. Fails with an error at the function where an attribute names no
/// argument, one of another type, or one that another result names too.
FailureOr<SmallVector<std::optional<unsigned>>>
findInPlaceArguments(func::FuncOp func);

/// Whether `result`, a returned value, is written no earlier than `argument` is
/// read, however the function is lowered.
bool isReadBeforeWritten(BlockArgument argument, Value result);

} // namespace mlir::attn

#endif // ATTN_LIB_COMPILER_INPLACE_H
