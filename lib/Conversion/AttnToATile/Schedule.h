//===- Schedule.h - tile sizes for attention on a multiprocessor *- C++ -*-===//
//
// Part of attn-dense-to-atile: which overlap and tile sizes a shape gets, and
// whether they fit. Nothing is left to the assembler to refuse: registers and
// shared memory are added up here, and the error shows the sum.
//
// Tests: test/Conversion/AttnToATile/schedules.mlir, schedules-invalid.mlir
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_CONVERSION_ATTNTOATILE_SCHEDULE_H
#define ATTN_LIB_CONVERSION_ATTNTOATILE_SCHEDULE_H

#include "attn/Dialect/ATile/IR/ATile.h"
#include "attn/Dialect/Attn/IR/Attn.h"
#include "attn/Target/GPUTarget.h"

namespace mlir::attn {

/// What of an attention operation the choice depends on.
struct AttentionShape {
  int64_t keyWidth, valueWidth;
  /// Scores go through softcap, bias, a score region or a mask that is more
  /// than causal and window.
  bool hasRegions;
  /// Query rows of a head (or heads of a group, where those are rows), or
  /// ShapedType::kDynamic.
  int64_t rows;

  /// Columns of the tiles of Q and K, and of V.
  int64_t getKeyColumns() const { return llvm::alignTo(keyWidth, 16); }
  int64_t getValueColumns(const GPUTarget &target) const;
};

/// Registers of one thread that a schedule needs, and has.
struct RegisterBudget {
  int64_t output, scores, operand, query, other;
  int64_t limit;
  int64_t getSum() const { return output + scores + operand + query + other; }
};

/// Shared memory of one block that a schedule needs, and has.
struct SharedBudget {
  int64_t query, keys, values, barriers;
  int64_t limit;
  int64_t getSum() const { return query + keys + values + barriers; }
};

RegisterBudget getRegisterBudget(atile::ScheduleAttr schedule,
                                 const AttentionShape &shape,
                                 const GPUTarget &target);
SharedBudget getSharedBudget(atile::ScheduleAttr schedule,
                             const AttentionShape &shape,
                             const GPUTarget &target);

/// Registers that the producer keeps and each consumer gets.
struct RegisterSplit {
  int64_t producer, consumer;
};
RegisterSplit getRegisterSplit(int64_t groups);

/// Name of the attribute of attn.dense that overrides the choice.
inline constexpr llvm::StringLiteral kATileScheduleAttrName = "atile.schedule";

/// The schedule of `op`: what its attribute says, else the first line of the
/// table that fits. Reports at `op` what does not fit, and by how much.
FailureOr<atile::ScheduleAttr> chooseSchedule(DenseOp op,
                                              const AttentionShape &shape,
                                              const GPUTarget &target);

} // namespace mlir::attn

#endif // ATTN_LIB_CONVERSION_ATTNTOATILE_SCHEDULE_H
