//===- ParserGuard.h - text that MLIR's parser does not survive -*- C++ -*-===//

#ifndef ATTN_LIB_COMPILER_PARSERGUARD_H
#define ATTN_LIB_COMPILER_PARSERGUARD_H

#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/SourceMgr.h"

namespace mlir::attn {

/// Reports the first place of the main file at which MLIR's parser would crash.
LogicalResult checkParserSurvives(const llvm::SourceMgr &sourceMgr,
                                  MLIRContext &context);

} // namespace mlir::attn

#endif // ATTN_LIB_COMPILER_PARSERGUARD_H
