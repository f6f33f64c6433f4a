//===- NpyHeader.h - The dictionary at the head of a .npy file --*- C++ -*-===//
//
// Private to lib/Runtime; see Npy.h. The header is a Python literal such as
//
//   {'descr': '<f4', 'fortran_order': False, 'shape': (8, 77, 64), }
//
// Covered by test/unittests/Runtime/NpyTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_RUNTIME_NPYHEADER_H
#define ATTN_LIB_RUNTIME_NPYHEADER_H

#include "attn/Runtime/DType.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"
#include <string>

namespace mlir::attn {

struct NpyHeader {
  /// NumPy's dtype string, e.g. "<f4".
  std::string descr;
  bool fortranOrder = false;
  llvm::SmallVector<int64_t> shape;
};

/// Parses the dictionary: exactly the three known keys, in any order.
llvm::Expected<NpyHeader> parseNpyHeader(llvm::StringRef text);

/// The dictionary for a row-major array, without padding or newline.
std::string formatNpyHeader(DType type, llvm::ArrayRef<int64_t> shape);

/// The dtype string without its byte order, e.g. "f4"; bf16 is "u2".
llvm::StringRef npyKind(DType type);

/// The dtype string, e.g. "<f4" or "|b1".
std::string npyDescr(DType type);

} // namespace mlir::attn

#endif // ATTN_LIB_RUNTIME_NPYHEADER_H
