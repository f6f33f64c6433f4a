//===- CrashPass.h - a crash on purpose -------------------------*- C++ -*-===//

#ifndef ATTN_TEST_LIB_CRASHPASS_H
#define ATTN_TEST_LIB_CRASHPASS_H

#include "mlir/Pass/Pass.h"

namespace mlir::attn {

void registerCrashPass();

} // namespace mlir::attn

#endif // ATTN_TEST_LIB_CRASHPASS_H
