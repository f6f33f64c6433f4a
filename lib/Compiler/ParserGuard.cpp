//===- ParserGuard.cpp - text that MLIR's parser does not survive ---------===//
//
//   operandSegmentSizes = array<index: 1, 1, 1>
//
// MLIR 22 asks the elements of a dense array for their width, and `index` has
// none. Strings and comments may say so.
//
// Covered by test/Tools/attn-compile/parser-guard.mlir.
//
//===----------------------------------------------------------------------===//

#include "ParserGuard.h"
#include "mlir/IR/Diagnostics.h"

namespace mlir::attn {

/// What follows the string or comment that `text` begins with; nothing else is
/// skipped.
static StringRef skipQuoted(StringRef text) {
  if (text.starts_with("//"))
    return text.drop_until([](char c) { return c == '\n'; });
  if (!text.consume_front("\""))
    return text;
  // A quote behind a backslash does not end it.
  while (!text.empty() && text.front() != '"')
    text = text.substr(text.front() == '\\' ? 2 : 1);
  return text.substr(1);
}

/// Whether `text` begins with a dense array of index.
static bool isArrayOfIndex(StringRef text) {
  if (!text.consume_front("array"))
    return false;
  text = text.ltrim();
  if (!text.consume_front("<"))
    return false;
  text = text.ltrim();
  return text.consume_front("index") && text.ltrim().starts_with(":");
}

LogicalResult checkParserSurvives(const llvm::SourceMgr &sourceMgr,
                                  MLIRContext &context) {
  unsigned file = sourceMgr.getMainFileID();
  const llvm::MemoryBuffer *buffer = sourceMgr.getMemoryBuffer(file);
  StringRef text = buffer->getBuffer();
  while (!text.empty()) {
    if (isArrayOfIndex(text)) {
      auto [line, column] =
          sourceMgr.getLineAndColumn(SMLoc::getFromPointer(text.data()), file);
      Location loc = FileLineColLoc::get(
          &context, buffer->getBufferIdentifier(), line, column);
      return emitError(loc, "expected an array of integers or floats, but "
                            "found one of 'index'");
    }
    StringRef rest = skipQuoted(text);
    text = rest.size() == text.size() ? text.drop_front() : rest;
  }
  return success();
}

} // namespace mlir::attn
