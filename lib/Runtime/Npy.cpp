//===- Npy.cpp - NumPy's array files --------------------------------------===//
//
// A file is
//
//   \x93NUMPY <major> <minor> <header length, 2 or 4 bytes> <header> <data>
//
// where the header is a Python dictionary of three known keys (NpyHeader.cpp
// reads it) and the data are the elements in row-major order. The length of
// the data must be exactly what the header says.
//
// Covered by test/unittests/Runtime/NpyTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "attn/Runtime/Npy.h"
#include "NpyHeader.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include <cstring>

using namespace llvm;

namespace mlir::attn {

static constexpr StringLiteral kMagic("\x93NUMPY");

/// Headers are some hundred bytes; this bounds the work on a lying length.
static constexpr size_t kMaxHeaderBytes = 1 << 20;
/// NumPy's own limit.
static constexpr size_t kMaxRank = 64;

/// Splits `bytes` into header text and data.
static Error splitFile(StringRef bytes, StringRef &header, StringRef &data) {
  if (!bytes.starts_with(kMagic))
    return createStringError("expected a .npy file but found other contents");
  if (bytes.size() < kMagic.size() + 2)
    return createStringError("the file ends inside its header");
  unsigned major = static_cast<unsigned char>(bytes[kMagic.size()]);
  unsigned minor = static_cast<unsigned char>(bytes[kMagic.size() + 1]);
  if (major < 1 || major > 3 || minor != 0)
    return createStringError("expected format version 1.0, 2.0 or 3.0 but "
                             "found " +
                             Twine(major) + "." + Twine(minor));
  size_t lengthAt = kMagic.size() + 2;
  size_t lengthBytes = major == 1 ? 2 : 4;
  if (bytes.size() < lengthAt + lengthBytes)
    return createStringError("the file ends inside its header");
  const char *lengthField = bytes.data() + lengthAt;
  size_t length = major == 1 ? support::endian::read16le(lengthField)
                             : support::endian::read32le(lengthField);
  if (length > kMaxHeaderBytes)
    return createStringError("expected a header of at most " +
                             Twine(kMaxHeaderBytes) + " bytes but found " +
                             Twine(length));
  StringRef rest = bytes.drop_front(lengthAt + lengthBytes);
  if (rest.size() < length)
    return createStringError("the file ends inside its header");
  header = rest.take_front(length);
  data = rest.drop_front(length);
  return Error::success();
}

/// The element type that the dtype string `descr` stands for, given what the
/// caller can take.
static Expected<DType> resolveType(StringRef descr, ArrayRef<DType> accepted) {
  if (descr.starts_with(">"))
    return createStringError("big-endian data ('" + descr +
                             "') are not supported; store them as '<" +
                             descr.drop_front() + "'");
  StringRef kind = descr;
  if (kind.starts_with("<") || kind.starts_with("|") || kind.starts_with("="))
    kind = kind.drop_front();
  if (kind.starts_with("O"))
    return createStringError("arrays of Python objects are not supported");
  for (DType type : accepted) {
    if (kind == npyKind(type) || (type == DType::bf16 && kind == "V2"))
      return type;
  }
  std::string names =
      llvm::join(llvm::map_range(
                     accepted, [](DType type) { return spelling(type).str(); }),
                 " or ");
  return createStringError("expected element type " + names + " ('" +
                           npyDescr(accepted.front()) + "') but found '" +
                           descr + "'");
}

/// Checks that `header` describes exactly `available` bytes of data.
static Error checkDataSize(ArrayRef<int64_t> shape, DType type,
                           size_t available) {
  if (shape.size() > kMaxRank)
    return createStringError("expected at most " + Twine(kMaxRank) +
                             " dimensions but found " + Twine(shape.size()));
  int64_t bytes = sizeInBytes(type);
  // A zero size elsewhere must not hide a product that overflows.
  bool empty = llvm::is_contained(shape, 0);
  for (int64_t size : shape)
    if (size != 0 && MulOverflow(bytes, size, bytes))
      return createStringError("an array of " + formatSizes(shape) +
                               " elements is too large");
  if (empty)
    bytes = 0;
  if (static_cast<uint64_t>(bytes) != available)
    return createStringError("expected " + Twine(bytes) +
                             " bytes of data for shape " + formatSizes(shape) +
                             " but found " + Twine(available));
  return Error::success();
}

static Expected<HostTensor> parse(StringRef bytes, ArrayRef<DType> accepted,
                                  Layout layout, Guard guard) {
  StringRef text, data;
  if (Error error = splitFile(bytes, text, data))
    return error;
  Expected<NpyHeader> header = parseNpyHeader(text);
  if (!header)
    return header.takeError();
  Expected<DType> type = resolveType(header->descr, accepted);
  if (!type)
    return type.takeError();
  if (header->fortranOrder)
    return createStringError("arrays in Fortran order are not supported; "
                             "store numpy.ascontiguousarray of it");
  if (Error error = checkDataSize(header->shape, *type, data.size()))
    return error;
  Expected<HostTensor> tensor =
      HostTensor::allocate(*type, header->shape, layout, guard);
  if (!tensor)
    return tensor.takeError();
  int64_t width = sizeInBytes(*type);
  tensor->forEachRow([&](int64_t linear, char *row, int64_t count) {
    std::memcpy(row, data.data() + linear * width, count * width);
    if (*type == DType::i1)
      for (int64_t i = 0; i < count; ++i)
        row[i] = row[i] != 0;
  });
  return tensor;
}

Expected<HostTensor> parseNpy(StringRef bytes, StringRef name,
                              ArrayRef<DType> accepted, Layout layout,
                              Guard guard) {
  Expected<HostTensor> tensor = parse(bytes, accepted, layout, guard);
  if (!tensor)
    return createStringError(name + ": " + toString(tensor.takeError()));
  return tensor;
}

Expected<HostTensor> readNpy(StringRef path, ArrayRef<DType> accepted,
                             Layout layout, Guard guard) {
  // Devices and pipes have no size that the header could be checked against.
  sys::fs::file_status status;
  if (!sys::fs::status(path, status) && sys::fs::exists(status) &&
      !sys::fs::is_regular_file(status))
    return createStringError(path + ": expected a regular file");
  ErrorOr<std::unique_ptr<MemoryBuffer>> buffer = MemoryBuffer::getFile(
      path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return createStringError(
        path + ": cannot read the file: " + buffer.getError().message());
  return parseNpy((*buffer)->getBuffer(), path, accepted, layout, guard);
}

Error writeNpy(StringRef path, const HostTensor &tensor) {
  std::string header = formatNpyHeader(tensor.getType(), tensor.getSizes());
  // Data start at a multiple of 64 bytes, as NumPy has it.
  size_t prefix = kMagic.size() + 4;
  header.append(alignTo(prefix + header.size() + 1, 64) - prefix -
                    header.size() - 1,
                ' ');
  header += '\n';

  std::error_code code;
  raw_fd_ostream os(path, code, sys::fs::OF_None);
  if (code)
    return createStringError(path +
                             ": cannot write the file: " + code.message());
  char fields[4] = {1, 0, 0, 0};
  support::endian::write16le(fields + 2, static_cast<uint16_t>(header.size()));
  os << kMagic << StringRef(fields, sizeof(fields)) << header;
  tensor.forEachRow([&](int64_t, char *row, int64_t count) {
    os.write(row, count * sizeInBytes(tensor.getType()));
  });
  os.close();
  if (os.has_error()) {
    code = os.error();
    os.clear_error();
    return createStringError(path +
                             ": cannot write the file: " + code.message());
  }
  return Error::success();
}

} // namespace mlir::attn
