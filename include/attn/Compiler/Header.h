//===- Header.h - C declarations of compiled functions ---------*- C++ -*-===//
//
// Prints the C header of the ABI for a list of signatures: status codes, ABI
// number, the tensor structs that occur, and the documented prototypes of each
// function: plain call, workspace and grid form. The text is C99 and C++17,
// clean under -Wall -Wextra -pedantic -Werror, and two such headers can be
// included together.
//
// Covered by test/Tools/attn-compile/header.mlir, plain-call.test and
// embed.test.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_COMPILER_HEADER_H
#define ATTN_COMPILER_HEADER_H

#include "attn/Compiler/Signature.h"

namespace mlir::attn {

/// What is appended to the name of a function to name its entry points; the
/// first is the plain call.
inline constexpr llvm::StringLiteral kEntryPointSuffixes[] = {
    "", "_in_workspace", "_workspace_size", "_phases", "_grid", "_tile"};

/// The header for `functions`, whose names are the exported ones. `target`
/// describes in a comment what CPU the object needs.
std::string emitHeader(ArrayRef<Signature> functions, StringRef target);

} // namespace mlir::attn

#endif // ATTN_COMPILER_HEADER_H
