//===- CutTimePass.h - a recurrence in two parts ----------------*- C++ -*-===//

#ifndef ATTN_TEST_LIB_CUTTIMEPASS_H
#define ATTN_TEST_LIB_CUTTIMEPASS_H

#include "mlir/Pass/Pass.h"

namespace mlir::attn {

void registerCutTimePass();

} // namespace mlir::attn

#endif // ATTN_TEST_LIB_CUTTIMEPASS_H
