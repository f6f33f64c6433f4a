//===- Arguments.h - tensors for one call ----------------------*- C++ -*-===//

#ifndef ATTN_RUN_ARGUMENTS_H
#define ATTN_RUN_ARGUMENTS_H

#include "ArgumentContents.h"
#include "Options.h"
#include "attn/Compiler/Signature.h"

namespace mlir::attn {

/// The arguments of a call in the order of its signature. Inputs come from the
/// files of `options`, else from its seed, filled as `contents` say (an entry
/// per argument, or none); their sizes from the files and from `--shape`, and
/// from each other. Outputs are allocated and hold NaN.
llvm::Expected<std::vector<HostTensor>>
makeArguments(const Signature &signature, const RunOptions &options,
              ArrayRef<ArgumentContents> contents);

} // namespace mlir::attn

#endif // ATTN_RUN_ARGUMENTS_H
