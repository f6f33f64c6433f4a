//===- HostTensor.cpp - Owning tensor in host memory ----------------------===//
//
// See HostTensor.h for the layouts. Covered by
// test/unittests/Runtime/HostTensorTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "attn/Runtime/HostTensor.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

using namespace llvm;

namespace mlir::attn {

static constexpr unsigned char kUntouched = 0xff;

std::string formatSizes(ArrayRef<int64_t> sizes) {
  if (sizes.empty())
    return "scalar";
  return llvm::join(
      llvm::map_range(sizes, [](int64_t size) { return std::to_string(size); }),
      "x");
}

namespace {
/// Where the elements of a tensor lie: all in elements, from the allocation's
/// first byte.
struct Placement {
  SmallVector<int64_t> strides;
  int64_t offset = 0;
  int64_t span = 0;
};
} // namespace

/// Computes strides from the innermost dimension outwards, in the memory order
/// of `layout`; nullopt when a number does not fit. An exact placement begins
/// with the first element and ends with the last one.
static std::optional<Placement> place(ArrayRef<int64_t> sizes, Layout layout,
                                      bool isExact) {
  SmallVector<unsigned> order = llvm::to_vector(
      llvm::seq<unsigned>(0, static_cast<unsigned>(sizes.size())));
  if (layout == Layout::bthd && sizes.size() == 4)
    std::swap(order[1], order[2]);

  // Odd amounts, so that no row of a padded tensor is aligned like another.
  int64_t rowPadding = layout == Layout::padded ? 5 : 0;
  Placement result;
  result.offset = layout == Layout::padded && !isExact ? 7 : 0;
  result.strides.resize(sizes.size());
  int64_t stride = 1;
  for (unsigned dim : llvm::reverse(order)) {
    result.strides[dim] = stride;
    if (MulOverflow(stride, std::max<int64_t>(sizes[dim], 1), stride) ||
        AddOverflow(stride, rowPadding, stride))
      return std::nullopt;
  }
  // However long its other dimensions are, an empty tensor needs no memory.
  if (llvm::is_contained(sizes, 0))
    stride = 0;
  if (isExact && stride != 0) {
    stride = 1;
    for (auto [size, step] : llvm::zip_equal(sizes, result.strides))
      stride += (size - 1) * step;
  }
  if (AddOverflow(stride, 2 * result.offset, result.span))
    return std::nullopt;
  return result;
}

using Memory = std::unique_ptr<char, std::function<void(char *)>>;

/// `bytes` of pages of their own, followed by a page that may not be touched.
/// With a guard at the end the memory ends where that page begins; with one at
/// the start it begins where another such page ends. Null if there is not
/// enough memory.
static Memory allocatePages(int64_t bytes, Guard guard) {
  int64_t page = sysconf(_SC_PAGESIZE);
  int64_t usable = alignTo(bytes, page);
  int64_t before = guard == Guard::start ? page : 0;
  int64_t whole = before + usable + page;
  void *base =
      mmap(nullptr, whole, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED)
    return nullptr;
  char *begin = static_cast<char *>(base) + before;
  Memory owner(begin + (guard == Guard::end ? usable - bytes : 0),
               [base, whole](char *) { munmap(base, whole); });
  if (usable != 0 && mprotect(begin, usable, PROT_READ | PROT_WRITE) != 0)
    return nullptr;
  return owner;
}

Expected<HostTensor> HostTensor::allocate(DType type, ArrayRef<int64_t> sizes,
                                          Layout layout, Guard guard) {
  for (int64_t size : sizes)
    if (size < 0)
      return createStringError("expected sizes of at least 0 but found " +
                               formatSizes(sizes));
  std::optional<Placement> placement =
      place(sizes, layout, /*isExact=*/guard != Guard::none);
  int64_t bytes = 0;
  if (!placement || MulOverflow(placement->span, sizeInBytes(type), bytes) ||
      bytes > std::numeric_limits<int64_t>::max() / 2)
    return createStringError("a tensor of " + formatSizes(sizes) +
                             " elements is too large");

  HostTensor tensor;
  tensor.type = type;
  tensor.sizes.assign(sizes.begin(), sizes.end());
  tensor.strides = placement->strides;
  tensor.storageBytes = bytes;
  tensor.storage = allocatePages(bytes, guard);
  if (!tensor.storage)
    return createStringError("cannot allocate " + Twine(bytes) +
                             " bytes for a tensor of " + formatSizes(sizes) +
                             " elements");
  std::memset(tensor.storage.get(), kUntouched, bytes);
  tensor.first = tensor.storage.get() + placement->offset * sizeInBytes(type);
  return tensor;
}

int64_t HostTensor::getNumElements() const {
  int64_t count = 1;
  for (int64_t size : sizes)
    count *= size;
  return count;
}

SmallVector<int64_t> HostTensor::delinearize(int64_t linear) const {
  SmallVector<int64_t> index(sizes.size());
  for (size_t dim = sizes.size(); dim-- > 0;) {
    index[dim] = linear % sizes[dim];
    linear /= sizes[dim];
  }
  return index;
}

char *HostTensor::addressOf(int64_t linear) const {
  int64_t offset = 0;
  for (auto [index, stride] : llvm::zip_equal(delinearize(linear), strides))
    offset += index * stride;
  return first + offset * sizeInBytes(type);
}

void HostTensor::forEachRow(
    function_ref<void(int64_t, char *, int64_t)> row) const {
  int64_t count = sizes.empty() ? 1 : sizes.back();
  int64_t total = getNumElements();
  for (int64_t linear = 0; linear < total; linear += count)
    row(linear, addressOf(linear), count);
}

double HostTensor::getElement(int64_t linear) const {
  return decodeElement(type, addressOf(linear));
}

void HostTensor::setElement(int64_t linear, double value) {
  encodeElement(type, value, addressOf(linear));
}

void HostTensor::clear() {
  forEachRow([&](int64_t, char *bytes, int64_t count) {
    std::memset(bytes, kUntouched, count * sizeInBytes(type));
  });
}

bool HostTensor::isPaddingIntact() const {
  SmallVector<std::pair<char *, char *>> rows;
  forEachRow([&](int64_t, char *bytes, int64_t count) {
    rows.emplace_back(bytes, bytes + count * sizeInBytes(type));
  });
  llvm::sort(rows);
  char *end = storage.get() + storageBytes;
  rows.emplace_back(end, end);
  char *gap = storage.get();
  for (auto [begin, next] : rows) {
    if (!std::all_of(gap, begin, [](char byte) {
          return static_cast<unsigned char>(byte) == kUntouched;
        }))
      return false;
    gap = next;
  }
  return true;
}

Expected<HostTensor> HostTensor::copyTo(Layout layout, Guard guard) const {
  Expected<HostTensor> copy = allocate(type, sizes, layout, guard);
  if (!copy)
    return copy.takeError();
  forEachRow([&](int64_t linear, char *bytes, int64_t count) {
    std::memcpy(copy->addressOf(linear), bytes, count * sizeInBytes(type));
  });
  return copy;
}

void HostTensor::print(raw_ostream &os) const {
  // Long dimensions show three elements at either end.
  constexpr int64_t kEdge = 3;
  auto printFrom = [&](auto &self, size_t dim, int64_t linear) -> void {
    if (dim == sizes.size()) {
      double value = getElement(linear);
      if (isFloat(type))
        os << llvm::format("%.6g", value);
      else
        os << static_cast<int64_t>(value);
      return;
    }
    int64_t inner = 1;
    for (int64_t size : ArrayRef(sizes).drop_front(dim + 1))
      inner *= size;
    bool elide = sizes[dim] > 2 * kEdge + 1;
    os << '[';
    for (int64_t i = 0; i < sizes[dim]; ++i) {
      if (i > 0)
        os << (dim + 1 == sizes.size() ? ", " : ",\n ");
      if (elide && i == kEdge) {
        os << "...";
        i = sizes[dim] - kEdge - 1;
        continue;
      }
      self(self, dim + 1, linear + i * inner);
    }
    os << ']';
  };
  if (getNumElements() == 0)
    os << "[]";
  else
    printFrom(printFrom, 0, 0);
  os << '\n';
}

} // namespace mlir::attn
