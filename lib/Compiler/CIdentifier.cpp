//===- CIdentifier.cpp - names that are safe in C and C++ -----------------===//
//
// Decides whether a name can stand in a generated header.
// Covered by test/Compiler/record-signature-errors.mlir.
//
//===----------------------------------------------------------------------===//

#include "attn/Compiler/Signature.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace mlir::attn {

/// Keywords of C99 to C23 and of C++17, then names that a generated header or
/// object uses itself.
static constexpr llvm::StringLiteral kTakenNames[] = {
    "alignas", "alignof", "and", "and_eq", "asm", "auto", "bitand", "bitor",
    "bool", "break", "case", "catch", "char", "class", "compl", "const",
    "const_cast", "constexpr", "continue", "decltype", "default", "delete",
    "do", "double", "dynamic_cast", "else", "enum", "explicit", "export",
    "extern", "false", "float", "for", "friend", "goto", "if", "inline", "int",
    "long", "mutable", "namespace", "new", "noexcept", "not", "not_eq",
    "nullptr", "operator", "or", "or_eq", "private", "protected", "public",
    "register", "reinterpret_cast", "restrict", "return", "short", "signed",
    "sizeof", "static", "static_assert", "static_cast", "struct", "switch",
    "template", "this", "thread_local", "throw", "true", "try", "typedef",
    "typeid", "typename", "typeof", "typeof_unqual", "union", "unsigned",
    "using", "virtual", "void", "volatile", "wchar_t", "while", "xor", "xor_eq",
    // used by the header
    "int8_t", "int16_t", "int32_t", "int64_t", "uint8_t", "uint16_t", "threads",
    // used by the object
    "main", "malloc", "free", "memcpy", "memmove", "memset"};

bool isCIdentifier(llvm::StringRef name) {
  if (name.empty() || llvm::isDigit(name.front()) || name.starts_with("_"))
    return false;
  auto isAllowed = [](char c) { return llvm::isAlnum(c) || c == '_'; };
  return llvm::all_of(name, isAllowed) && !name.contains("__") &&
         !llvm::is_contained(kTakenNames, name);
}

} // namespace mlir::attn
