//===- HostTensor.h - Owning tensor in host memory --------------*- C++ -*-===//
//
// A tensor that a kernel reads or writes: element type, sizes, strides in
// elements, and the memory behind them. The innermost stride is always 1, as
// the plain-call ABI wants; the outer strides depend on the layout asked for.
// Layouts other than `contiguous` exist to catch kernels that trust strides
// too little or memory beyond their tensors too much:
//
//   layout      memory of a [2, 3, 4, 5] tensor
//   contiguous  rows one after another, page aligned
//   padded      unused elements before, after and between rows and planes
//   bthd        dimensions 1 and 2 exchanged in memory (rank 4 only)
//
// A guard puts a tensor of any layout flush against a page that may not be
// touched: its last byte is the last before that page (`end`), or its first
// byte the first behind it (`start`). Reading or writing past that side faults.
// Nothing lies around the elements then, but a padded tensor keeps what is
// between its rows.
//
// Covered by test/unittests/Runtime/HostTensorTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_HOSTTENSOR_H
#define ATTN_RUNTIME_HOSTTENSOR_H

#include "attn/Runtime/DType.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"
#include <functional>
#include <memory>
#include <string>

namespace llvm {
class raw_ostream;
}

namespace mlir::attn {

enum class Layout { contiguous, padded, bthd };

/// The side of a tensor that is flush against an inaccessible page.
enum class Guard { none, end, start };

class HostTensor {
public:
  /// Allocates a tensor. Every byte, those between rows included, is 0xff, so
  /// that an element nobody wrote, and padding somebody read, shows as NaN.
  /// Fails when a size is negative, the byte count overflows, or memory is
  /// short; nothing is allocated before the sizes are checked.
  static llvm::Expected<HostTensor> allocate(DType type,
                                             llvm::ArrayRef<int64_t> sizes,
                                             Layout layout = Layout::contiguous,
                                             Guard guard = Guard::none);

  DType getType() const { return type; }
  llvm::ArrayRef<int64_t> getSizes() const { return sizes; }
  /// Strides in elements.
  llvm::ArrayRef<int64_t> getStrides() const { return strides; }
  int64_t getRank() const { return static_cast<int64_t>(sizes.size()); }
  int64_t getNumElements() const;
  /// Bytes of the elements, without padding.
  int64_t getNumBytes() const { return getNumElements() * sizeInBytes(type); }
  /// The first element; never null, also where there are no elements.
  void *getData() const { return first; }

  /// Calls `row(linear, bytes, count)` for every innermost row in row-major
  /// order: `linear` is the row-major number of its first element, `bytes` its
  /// address and `count` the number of its elements. A scalar is a row of one.
  void forEachRow(llvm::function_ref<void(int64_t, char *, int64_t)> row) const;

  /// The element with row-major number `linear`.
  double getElement(int64_t linear) const;
  void setElement(int64_t linear, double value);

  /// The index, e.g. {0, 3, 17, 5}, of the element numbered `linear`.
  llvm::SmallVector<int64_t> delinearize(int64_t linear) const;

  /// Writes 0xff over every element, as after `allocate`.
  void clear();

  /// True when no byte outside the elements has changed since `allocate`.
  bool isPaddingIntact() const;

  /// A copy with the same values in another layout.
  llvm::Expected<HostTensor> copyTo(Layout layout,
                                    Guard guard = Guard::none) const;

  /// Prints nested lists as NumPy does, with an ellipsis in long dimensions.
  void print(llvm::raw_ostream &os) const;

private:
  HostTensor() = default;
  char *addressOf(int64_t linear) const;

  DType type = DType::f32;
  llvm::SmallVector<int64_t> sizes;
  llvm::SmallVector<int64_t> strides;
  /// The whole allocation and its size, padding included.
  std::unique_ptr<char, std::function<void(char *)>> storage;
  int64_t storageBytes = 0;
  char *first = nullptr;
};

/// "1x8x77x64"; "scalar" for rank 0.
std::string formatSizes(llvm::ArrayRef<int64_t> sizes);

} // namespace mlir::attn

#endif // ATTN_RUNTIME_HOSTTENSOR_H
