//===- IndexText.h - index arithmetic of regions as text -------*- C++ -*-===//
//
// Private to this library: masks over places, and sizes in them.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_PROBLEMS_INDEXTEXT_H
#define ATTN_LIB_PROBLEMS_INDEXTEXT_H

#include "Layer.h"

#include "llvm/Support/FormatVariadic.h"

namespace mlir::attn {

/// Writes operations on values of type index into a region.
struct IndexBuilder {
  Scalars &s;

  std::string constant(llvm::StringRef name, int64_t value) {
    return s.write(name, llvm::formatv("arith.constant {0}", value), "index");
  }
  std::string binary(llvm::StringRef name, llvm::StringRef op,
                     llvm::StringRef a, llvm::StringRef b,
                     llvm::StringRef type = "index") {
    return s.write(name, llvm::formatv("arith.{0} {1}, {2}", op, a, b), type);
  }
  std::string add(llvm::StringRef name, llvm::StringRef a, llvm::StringRef b) {
    return binary(name, "addi", a, b);
  }
  std::string subtract(llvm::StringRef name, llvm::StringRef a,
                       llvm::StringRef b) {
    return binary(name, "subi", a, b);
  }
  std::string both(llvm::StringRef name, llvm::StringRef a, llvm::StringRef b) {
    return binary(name, "andi", a, b, "i1");
  }
  std::string compare(llvm::StringRef name, llvm::StringRef predicate,
                      llvm::StringRef a, llvm::StringRef b) {
    return s.write(name,
                   llvm::formatv("arith.cmpi {0}, {1}, {2}", predicate, a, b),
                   "index");
  }
  /// A size, known or left to run time; `text` is Layer::sizeText's.
  std::string size(llvm::StringRef name, llvm::StringRef text) {
    if (text.starts_with("%"))
      return text.str();
    return s.write(name, "arith.constant " + text, "index");
  }
  /// An element of a tensor of i32.
  std::string read(llvm::StringRef name, const LayerTensor &tensor,
                   llvm::StringRef at) {
    std::string narrow = s.write(
        name, llvm::formatv("tensor.extract %{0}[{1}]", tensor.name, at),
        tensor.type());
    return s.convert((name + "_index").str(), "arith.index_cast", narrow, "i32",
                     "index");
  }
  std::string narrow(llvm::StringRef name, llvm::StringRef index) {
    return s.convert(name, "arith.index_cast", index, "index", "i32");
  }
};

} // namespace mlir::attn

#endif // ATTN_LIB_PROBLEMS_INDEXTEXT_H
