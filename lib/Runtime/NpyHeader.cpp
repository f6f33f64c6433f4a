//===- NpyHeader.cpp - The dictionary at the head of a .npy file ----------===//
//
// A reader for the small part of Python's literal syntax that NumPy writes.
// Covered by test/unittests/Runtime/NpyTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "NpyHeader.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/ErrorHandling.h"

using namespace llvm;

namespace mlir::attn {

StringRef npyKind(DType type) {
  switch (type) {
  case DType::f64:
    return "f8";
  case DType::f32:
    return "f4";
  case DType::f16:
    return "f2";
  case DType::bf16:
    return "u2";
  case DType::i1:
    return "b1";
  case DType::i8:
    return "i1";
  case DType::i16:
    return "i2";
  case DType::i32:
    return "i4";
  case DType::i64:
    return "i8";
  }
  llvm_unreachable("unknown element type");
}

std::string npyDescr(DType type) {
  return ((sizeInBytes(type) == 1 ? "|" : "<") + npyKind(type)).str();
}

std::string formatNpyHeader(DType type, ArrayRef<int64_t> shape) {
  std::string text =
      "{'descr': '" + npyDescr(type) + "', 'fortran_order': False, 'shape': (";
  for (int64_t size : shape)
    text += std::to_string(size) + ", ";
  // A tuple of one keeps its comma; longer ones do not need the last.
  if (shape.size() == 1)
    text.pop_back();
  else if (!shape.empty())
    text.resize(text.size() - 2);
  return text + "), }";
}

namespace {
/// Reads the header from left to right; every `parse` function leaves `rest`
/// behind what it has read.
class HeaderParser {
public:
  explicit HeaderParser(StringRef text) : rest(text) {}

  Expected<NpyHeader> parse() {
    NpyHeader header;
    StringSet<> seen;
    if (!consume("{"))
      return fault("'{'");
    while (!consume("}")) {
      std::string key;
      if (Error error = parseString(key))
        return error;
      if (!seen.insert(key).second)
        return createStringError("the header has '" + key + "' twice");
      if (!consume(":"))
        return fault("':'");
      if (Error error = parseValue(key, header))
        return error;
      if (!consume(",") && !peek("}"))
        return fault("',' or '}'");
    }
    if (!rest.trim(" \t\n").empty())
      return fault("nothing after the dictionary");
    for (StringRef key : {"descr", "fortran_order", "shape"})
      if (!seen.contains(key))
        return createStringError("the header lacks '" + key + "'");
    return header;
  }

private:
  Error parseValue(StringRef key, NpyHeader &header) {
    if (key == "descr") {
      if (peek("["))
        return createStringError("arrays of records are not supported");
      return parseString(header.descr);
    }
    if (key == "fortran_order") {
      header.fortranOrder = consume("True");
      if (!header.fortranOrder && !consume("False"))
        return fault("True or False");
      return Error::success();
    }
    if (key == "shape")
      return parseShape(header.shape);
    return createStringError("the header has the unknown key '" + key + "'");
  }

  Error parseShape(SmallVectorImpl<int64_t> &shape) {
    if (!consume("("))
      return fault("'('");
    while (!consume(")")) {
      // 'consumeInteger' alone would also take signs and hexadecimal.
      int64_t size = 0;
      skipSpace();
      StringRef digits = rest.take_while(llvm::isDigit);
      if (digits.empty())
        return fault("a size of at least 0");
      if (digits.getAsInteger(10, size))
        return createStringError("the size '" + digits + "' is too large");
      rest = rest.drop_front(digits.size());
      shape.push_back(size);
      if (!consume(",") && !peek(")"))
        return fault("',' or ')'");
    }
    return Error::success();
  }

  Error parseString(std::string &value) {
    skipSpace();
    if (!rest.starts_with("'") && !rest.starts_with("\""))
      return fault("a string");
    size_t end = rest.find(rest.front(), 1);
    if (end == StringRef::npos)
      return createStringError("the header has a string without end");
    value = rest.slice(1, end).str();
    rest = rest.drop_front(end + 1);
    return Error::success();
  }

  void skipSpace() { rest = rest.ltrim(" \t\n"); }

  bool peek(StringRef token) {
    skipSpace();
    return rest.starts_with(token);
  }

  bool consume(StringRef token) {
    skipSpace();
    return rest.consume_front(token);
  }

  Error fault(StringRef expected) {
    skipSpace();
    std::string found = "the end of the header";
    if (!rest.empty()) {
      raw_string_ostream os(found = "'");
      llvm::printEscapedString(rest.take_front(12), os);
      os << "'";
    }
    return createStringError("expected " + expected +
                             " in the header but found " + found);
  }

  StringRef rest;
};
} // namespace

Expected<NpyHeader> parseNpyHeader(StringRef text) {
  return HeaderParser(text).parse();
}

} // namespace mlir::attn
