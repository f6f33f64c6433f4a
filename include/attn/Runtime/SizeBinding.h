//===- SizeBinding.h - Sizes of the arguments of one call -------*- C++ -*-===//
//
// A signature says which sizes of its arguments are equal in every valid call.
// Given some arguments' sizes, from a file or from the user, this finds those
// of the others, outputs included, and reports contradictions.
//
//   func @f(%q: tensor<1x8x?x64xf32>, %k: tensor<1x8x?x64xf32>) -> o
//   binding.bind(/*q*/ 0, {1, 8, 77, 64});
//   binding.bind(/*k*/ 1, {1, 8, 99, 64});
//   binding.resolve(/*o*/ 2);              // {1, 8, 77, 64}
//
// Covered by test/unittests/Runtime/SizeBindingTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_SIZEBINDING_H
#define ATTN_RUNTIME_SIZEBINDING_H

#include "attn/Compiler/Signature.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/Support/Error.h"

namespace mlir::attn {

class SizeBinding {
public:
  /// Knows the static sizes of `signature`, which must outlive the binding.
  explicit SizeBinding(const Signature &signature);

  /// Says that the tensor argument numbered `argument` has these sizes, of
  /// which dynamic ones say nothing. Fails, naming argument, expected and
  /// found, if the rank or a size contradicts the signature or what was bound
  /// before.
  llvm::Error bind(unsigned argument, llvm::ArrayRef<int64_t> sizes);

  /// Says that the integer scalar numbered `argument` has this value.
  llvm::Error bindScalar(unsigned argument, int64_t value);

  /// The sizes of a tensor argument. Fails if one of them is not known yet.
  llvm::Expected<llvm::SmallVector<int64_t>> resolve(unsigned argument) const;

  /// The value that an integer scalar must have for it is also a size, if any.
  std::optional<int64_t> resolveScalar(unsigned argument) const;

private:
  /// The size shared by a class, and where it came from.
  struct Known {
    int64_t size;
    unsigned argument;
    unsigned dim;
  };
  llvm::Error bindClass(int64_t dimClass, Known value);
  std::string describe(unsigned argument, unsigned dim) const;

  const Signature &signature;
  llvm::DenseMap<int64_t, Known> known;
};

} // namespace mlir::attn

#endif // ATTN_RUNTIME_SIZEBINDING_H
