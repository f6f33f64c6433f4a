//===- AttnSparseOps.h - attention over block lists -------------*- C++ -*-===//

#ifndef ATTN_DIALECT_ATTN_IR_ATTNSPARSEOPS_H
#define ATTN_DIALECT_ATTN_IR_ATTNSPARSEOPS_H

#include "attn/Dialect/Attn/IR/Attn.h"

#define GET_OP_CLASSES
#include "attn/Dialect/Attn/IR/AttnSparseOps.h.inc"

#endif // ATTN_DIALECT_ATTN_IR_ATTNSPARSEOPS_H
