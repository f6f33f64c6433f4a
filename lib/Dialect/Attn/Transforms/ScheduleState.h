//===- ScheduleState.h - choices for linear and recurrent ops --*- C++ -*-===//

#ifndef ATTN_LIB_DIALECT_ATTN_TRANSFORMS_SCHEDULESTATE_H
#define ATTN_LIB_DIALECT_ATTN_TRANSFORMS_SCHEDULESTATE_H

#include "attn/Dialect/Attn/IR/Attn.h"
#include "attn/Target/TargetInfo.h"

namespace mlir::attn {

/// Refuses what the CPU lowering does not do, at the op.
LogicalResult checkStateOp(AffineMonoidOpInterface op, const TargetInfo &target,
                           StringRef targetName);

/// What goes with `given`, which may be null or leave parameters out.
FailureOr<ScanAttr> chooseScan(AffineMonoidOpInterface op,
                               const TargetInfo &target, ScanAttr given);

/// The choice and what it rests on, for the remark.
std::string describeScan(ScanAttr scan, const TargetInfo &target);

} // namespace mlir::attn

#endif // ATTN_LIB_DIALECT_ATTN_TRANSFORMS_SCHEDULESTATE_H
