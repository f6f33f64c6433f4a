//===- Roles.h - rings and roles of a kernel with warpgroups ----*- C++ -*-===//
//
// Part of attn-dense-to-atile: what SeqSchedule.cpp and PipeSchedule.cpp have
// in common. Three rings (Q, K, V), the producer that fills them, and an empty
// region of consumers that a schedule fills.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_CONVERSION_ATTNTOATILE_ROLES_H
#define ATTN_LIB_CONVERSION_ATTNTOATILE_ROLES_H

#include "AttentionKernel.h"

namespace mlir::attn {

/// A kernel whose producer is complete.
struct Roles {
  Value queryRing, keyRing, valueRing;
  /// At the beginning of the consumers' region.
  OpBuilder consumer;
  /// The first row of the group in the block and of all queries, i32.
  Value groupRow, queryRow;
};

Roles buildRoles(AttentionKernel &kernel);

} // namespace mlir::attn

#endif // ATTN_LIB_CONVERSION_ATTNTOATILE_ROLES_H
