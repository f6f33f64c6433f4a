//===- ParserGuard.cpp - text that MLIR's parser does not survive ---------===//
//
//   operandSegmentSizes = array<index: 1, 1, 1>
//   linalg.transpose .. outs(%e : tensor<2x3xf32>) permutation = [0, ?]
//
// MLIR 22 asks the elements of a dense array for their width, and `index` has
// none; linalg.transpose, broadcast and reduce keep a list of integers that
// could not be read. Strings and comments may say so.
//
// Covered by test/Tools/attn-compile/parser-guard.test.
//
//===----------------------------------------------------------------------===//

#include "ParserGuard.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringExtras.h"

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

/// Takes an integer as MLIR's parser does, and white space on both sides.
static bool consumeInteger(StringRef &text) {
  text = text.ltrim();
  int64_t value;
  bool isInteger = !text.consumeInteger(/*Radix=*/0, value);
  text = text.ltrim();
  return isInteger;
}

/// Whether `text` begins with `permutation =` or `dimensions =`, as behind the
/// operands of a linalg operation, and something else than integers.
static bool isBrokenList(StringRef text) {
  if (!text.consume_front("permutation") && !text.consume_front("dimensions"))
    return false;
  text = text.ltrim();
  if (!text.consume_front("="))
    return false;
  text = text.ltrim();
  if (!text.consume_front("["))
    return true;
  if (text.ltrim().starts_with("]"))
    return false;
  do {
    if (!consumeInteger(text))
      return true;
  } while (text.consume_front(","));
  return !text.starts_with("]");
}

LogicalResult checkParserSurvives(const llvm::SourceMgr &sourceMgr,
                                  MLIRContext &context) {
  unsigned file = sourceMgr.getMainFileID();
  const llvm::MemoryBuffer *buffer = sourceMgr.getMemoryBuffer(file);
  StringRef text = buffer->getBuffer();
  auto fail = [&](const Twine &message) -> LogicalResult {
    auto [line, column] =
        sourceMgr.getLineAndColumn(SMLoc::getFromPointer(text.data()), file);
    Location loc = FileLineColLoc::get(&context, buffer->getBufferIdentifier(),
                                       line, column);
    return emitError(loc, message);
  };
  // The last character that is no white space; operands end in a parenthesis.
  char last = ' ';
  while (!text.empty()) {
    if (isArrayOfIndex(text))
      return fail("expected an array of integers or floats, but found one of "
                  "'index'");
    if (last == ')' && isBrokenList(text))
      return fail("expected a list of integers");
    StringRef rest = skipQuoted(text);
    if (rest.size() != text.size()) {
      text = rest;
      continue;
    }
    last = llvm::isSpace(text.front()) ? last : text.front();
    text = text.drop_front();
  }
  return success();
}

} // namespace mlir::attn
