//===- SystemOptions.h - sizes of a layer: valid, and as JSON --*- C++ -*-===//
//
// Private to this library: what systems and the bare op have in common.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_PROBLEMS_SYSTEMOPTIONS_H
#define ATTN_LIB_PROBLEMS_SYSTEMOPTIONS_H

#include "attn/Problems/System.h"

#include "llvm/Support/FormatVariadic.h"

namespace mlir::attn {

template <typename... Args>
llvm::Error fail(const char *format, Args &&...args) {
  return llvm::createStringError(
      llvm::formatv(format, std::forward<Args>(args)...).str());
}

/// Each size is large enough, and the element type one of floats.
llvm::Error verifySizes(const SystemOptions &options, SystemFamily family);

/// Key heads are shared by value heads, and value heads and query heads one by
/// the other.
llvm::Error verifyHeadGroups(const SystemOptions &options);

/// Caches that are taken are given back.
llvm::Error verifyCache(const SystemOptions &options);

/// Layout, and whether sequences are packed and states given and returned.
llvm::json::Object describeSizes(const SystemOptions &options);

/// Masks and factors of the scores, null where absent.
llvm::json::Object describeFeatures(const AttentionFeatures &features);

} // namespace mlir::attn

#endif // ATTN_LIB_PROBLEMS_SYSTEMOPTIONS_H
