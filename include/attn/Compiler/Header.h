//===- Header.h - C declarations of compiled functions ---------*- C++ -*-===//
//
// Prints the C header of the plain-call ABI for a list of signatures: status
// codes, ABI number, the tensor structs that occur, and one documented
// prototype per function. The text is C99 and C++17, clean under
// -Wall -Wextra -pedantic -Werror, and two such headers can be included
// together.
//
// Covered by test/Tools/attn-compile/header.mlir and plain-call.test.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_COMPILER_HEADER_H
#define ATTN_COMPILER_HEADER_H

#include "attn/Compiler/Signature.h"

namespace mlir::attn {

/// The header for `functions`, whose names are the exported ones. `target`
/// describes in a comment what CPU the object needs.
std::string emitHeader(ArrayRef<Signature> functions, StringRef target);

} // namespace mlir::attn

#endif // ATTN_COMPILER_HEADER_H
