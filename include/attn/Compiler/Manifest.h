//===- Manifest.h - compiled functions for programs to read ----*- C++ -*-===//
//
// Prints as JSON what the C header says to people and compilers: the entry
// points of every function, its arguments, phases and workspace, and what it
// was compiled for and by. `manifest_version` is raised when a key changes its
// meaning or goes away; new keys may come without.
//
// Covered by test/Tools/attn-compile/manifest.test.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_COMPILER_MANIFEST_H
#define ATTN_COMPILER_MANIFEST_H

#include "attn/Compiler/Signature.h"
#include "attn/Pipelines/Pipelines.h"
#include "attn/Target/TargetInfo.h"

namespace mlir::attn {

inline constexpr int64_t kManifestVersion = 1;

/// The manifest for `functions`, whose names are the exported ones. "target"
/// is the first of `targets`.
std::string emitManifest(ArrayRef<Signature> functions,
                         ArrayRef<TargetInfo> targets, Threading threading);

} // namespace mlir::attn

#endif // ATTN_COMPILER_MANIFEST_H
