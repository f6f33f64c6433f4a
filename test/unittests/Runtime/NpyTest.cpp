//===- NpyTest.cpp - Array files, honest and hostile ----------------------===//

#include "attn/Runtime/Npy.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"
#include <cstring>

using namespace mlir::attn;

namespace {

constexpr DType kAllTypes[] = {DType::f64,  DType::f32, DType::f16,
                               DType::bf16, DType::i1,  DType::i8,
                               DType::i16,  DType::i32, DType::i64};

/// A file of format version `major` with this header text and data.
std::string file(llvm::StringRef header, llvm::StringRef data,
                 unsigned major = 1) {
  std::string bytes = "\x93NUMPY";
  bytes += static_cast<char>(major);
  bytes += '\0';
  for (unsigned i = 0; i < (major == 1 ? 2u : 4u); ++i)
    bytes += static_cast<char>(header.size() >> (8 * i));
  return bytes + header.str() + data.str();
}

std::string dictionary(llvm::StringRef descr, llvm::StringRef shape) {
  return ("{'descr': '" + descr +
          "', 'fortran_order': False, 'shape': " + shape + ", }\n")
      .str();
}

std::string messageOf(llvm::StringRef bytes,
                      llvm::ArrayRef<DType> accepted = {DType::f32}) {
  llvm::Expected<HostTensor> tensor = parseNpy(bytes, "x.npy", accepted);
  return tensor ? "" : llvm::toString(tensor.takeError());
}

TEST(NpyTest, ReadsEveryFormatVersion) {
  float values[] = {1.5f, -2.0f};
  llvm::StringRef data(reinterpret_cast<char *>(values), sizeof(values));
  for (unsigned major : {1, 2, 3}) {
    HostTensor tensor = llvm::cantFail(parseNpy(
        file(dictionary("<f4", "(2,)"), data, major), "x", {DType::f32}));
    EXPECT_EQ(tensor.getSizes(), llvm::ArrayRef<int64_t>({2}));
    EXPECT_EQ(tensor.getElement(0), 1.5);
    EXPECT_EQ(tensor.getElement(1), -2.0);
  }
}

TEST(NpyTest, ReadsHeadersInOtherSpellings) {
  for (const char *header :
       {"{\"descr\":\"<f4\",\"fortran_order\":False,\"shape\":(1,1)}",
        "{'shape': (1, 1,), 'descr': '<f4', 'fortran_order': False}   \n",
        "{ 'fortran_order' : False , 'shape' : ( 1 , 1 ) , 'descr' : '=f4' }"})
    EXPECT_EQ(messageOf(file(header, llvm::StringRef("\0\0\0\0", 4))), "");
}

TEST(NpyTest, WrittenFilesReadBack) {
  llvm::SmallString<128> path;
  ASSERT_FALSE(llvm::sys::fs::createTemporaryFile("attn", "npy", path));
  llvm::FileRemover remover(path);
  for (DType type : kAllTypes) {
    for (llvm::SmallVector<int64_t> sizes :
         {llvm::SmallVector<int64_t>{}, {5}, {0, 3}, {2, 3, 4}}) {
      HostTensor tensor =
          llvm::cantFail(HostTensor::allocate(type, sizes, Layout::padded));
      for (int64_t i = 0; i < tensor.getNumElements(); ++i)
        tensor.setElement(i, type == DType::i1 ? i % 2 : double(i - 3));
      llvm::cantFail(writeNpy(path, tensor));
      HostTensor read = llvm::cantFail(readNpy(path, {type}));
      ASSERT_EQ(read.getSizes(), tensor.getSizes());
      ASSERT_EQ(read.getType(), type);
      for (int64_t i = 0; i < tensor.getNumElements(); ++i)
        EXPECT_EQ(read.getElement(i), tensor.getElement(i));
    }
  }
}

TEST(NpyTest, DataStartAtAMultipleOf64) {
  llvm::SmallString<128> path;
  ASSERT_FALSE(llvm::sys::fs::createTemporaryFile("attn", "npy", path));
  llvm::FileRemover remover(path);
  HostTensor tensor = llvm::cantFail(HostTensor::allocate(DType::f32, {1, 3}));
  llvm::cantFail(writeNpy(path, tensor));
  std::unique_ptr<llvm::MemoryBuffer> buffer = llvm::cantFail(
      llvm::errorOrToExpected(llvm::MemoryBuffer::getFile(path)));
  EXPECT_EQ(buffer->getBufferSize(), 128u + 12u);
  EXPECT_EQ(buffer->getBuffer()[127], '\n');
}

TEST(NpyTest, BFloat16ComesAsUInt16OrVoid) {
  llvm::StringRef one("\x80\x3f", 2);
  for (const char *descr : {"<u2", "<V2", "|V2"}) {
    HostTensor tensor = llvm::cantFail(parseNpy(
        file(dictionary(descr, "()"), one), "x", {DType::f32, DType::bf16}));
    EXPECT_EQ(tensor.getType(), DType::bf16);
    EXPECT_EQ(tensor.getElement(0), 1.0);
  }
  EXPECT_EQ(messageOf(file(dictionary("<u2", "()"), one), {DType::f16}),
            "x.npy: expected element type f16 ('<f2') but found '<u2'");
}

TEST(NpyTest, BooleansBecomeZeroOrOne) {
  HostTensor tensor = llvm::cantFail(
      parseNpy(file(dictionary("|b1", "(3,)"), llvm::StringRef("\0\1\xfe", 3)),
               "x", {DType::i1}));
  const uint8_t *data = static_cast<uint8_t *>(tensor.getData());
  EXPECT_EQ(data[0], 0);
  EXPECT_EQ(data[1], 1);
  EXPECT_EQ(data[2], 1);
}

TEST(NpyTest, RefusesOtherElementTypesByName) {
  EXPECT_EQ(messageOf(file(dictionary("<f8", "(1,)"), "12345678")),
            "x.npy: expected element type f32 ('<f4') but found '<f8'");
  EXPECT_EQ(messageOf(file(dictionary("<c8", "(1,)"), "12345678"),
                      {DType::f32, DType::f64}),
            "x.npy: expected element type f32 or f64 ('<f4') but found '<c8'");
  EXPECT_EQ(messageOf(file(dictionary(">f4", "(1,)"), "1234")),
            "x.npy: big-endian data ('>f4') are not supported; store them as "
            "'<f4'");
  EXPECT_EQ(messageOf(file(dictionary("|O", "(1,)"), "1234")),
            "x.npy: arrays of Python objects are not supported");
  EXPECT_EQ(messageOf(file("{'descr': [('a', '<f4')], 'fortran_order': False, "
                           "'shape': (1,), }",
                           "1234")),
            "x.npy: arrays of records are not supported");
}

TEST(NpyTest, RefusesFortranOrder) {
  EXPECT_EQ(messageOf(file("{'descr': '<f4', 'fortran_order': True, "
                           "'shape': (1, 1), }",
                           "1234")),
            "x.npy: arrays in Fortran order are not supported; store "
            "numpy.ascontiguousarray of it");
}

TEST(NpyTest, EveryTruncationIsAnError) {
  std::string whole = file(dictionary("<f4", "(2,)"), "12345678");
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_NE(messageOf(llvm::StringRef(whole).take_front(length)), "")
        << length;
  EXPECT_EQ(messageOf(llvm::StringRef(whole).take_front(40)),
            "x.npy: the file ends inside its header");
  EXPECT_EQ(messageOf(llvm::StringRef(whole).drop_back(1)),
            "x.npy: expected 8 bytes of data for shape 2 but found 7");
  EXPECT_EQ(messageOf(whole + "9"),
            "x.npy: expected 8 bytes of data for shape 2 but found 9");
}

TEST(NpyTest, LyingSizesAllocateNothing) {
  EXPECT_EQ(messageOf(file(dictionary("<f4", "(1000000000000,)"), "1234")),
            "x.npy: expected 4000000000000 bytes of data for shape "
            "1000000000000 but found 4");
  EXPECT_EQ(messageOf(file(dictionary("<f4", "(4294967296, 4294967296)"), "")),
            "x.npy: an array of 4294967296x4294967296 elements is too large");
  EXPECT_EQ(
      messageOf(file(dictionary("<f4", "(4294967296, 0, 4294967296)"), "")),
      "x.npy: an array of 4294967296x0x4294967296 elements is too large");
  EXPECT_EQ(messageOf(file(dictionary("<f4", "(99999999999999999999,)"), "")),
            "x.npy: the size '99999999999999999999' is too large");
  // Empty, so honest: and it may not allocate its other dimension.
  EXPECT_EQ(messageOf(file(dictionary("<f4", "(1000000000000, 0)"), "")), "");
  std::string ranks = "(";
  for (int i = 0; i < 65; ++i)
    ranks += "1,";
  EXPECT_EQ(messageOf(file(dictionary("<f4", ranks + ")"), "1234")),
            "x.npy: expected at most 64 dimensions but found 65");
}

TEST(NpyTest, RefusesForeignFilesAndVersions) {
  EXPECT_EQ(messageOf(""), "x.npy: expected a .npy file but found other "
                           "contents");
  EXPECT_EQ(messageOf("PK\3\4 a zip"),
            "x.npy: expected a .npy file but found other contents");
  EXPECT_EQ(messageOf(file(dictionary("<f4", "()"), "1234", 4)),
            "x.npy: expected format version 1.0, 2.0 or 3.0 but found 4.0");
  std::string huge = file(dictionary("<f4", "()"), "1234", 2);
  std::memset(&huge[8], 0x7f, 4);
  EXPECT_EQ(messageOf(huge), "x.npy: expected a header of at most 1048576 "
                             "bytes but found 2139062143");
}

TEST(NpyTest, RefusesMalformedHeaders) {
  auto header = [](llvm::StringRef text) {
    return messageOf(file(text, "1234"));
  };
  EXPECT_EQ(header("[1]"), "x.npy: expected '{' in the header but found '[1]'");
  EXPECT_EQ(header(""), "x.npy: expected '{' in the header but found the end "
                        "of the header");
  EXPECT_EQ(header("{3: 4}"),
            "x.npy: expected a string in the header but found '3: 4}'");
  EXPECT_EQ(header("{'descr' '<f4'}"),
            "x.npy: expected ':' in the header but found ''<f4'}'");
  EXPECT_EQ(header("{'descr: 1"), "x.npy: the header has a string without end");
  EXPECT_EQ(header("{'descr': '<f4', 'descr': '<f4'}"),
            "x.npy: the header has 'descr' twice");
  EXPECT_EQ(header("{'color': 'red'}"),
            "x.npy: the header has the unknown key 'color'");
  EXPECT_EQ(header("{'descr': '<f4'}"),
            "x.npy: the header lacks 'fortran_order'");
  EXPECT_EQ(
      header("{'descr': '<f4' 'shape': ()}"),
      "x.npy: expected ',' or '}' in the header but found ''shape': ()}'");
  EXPECT_EQ(header("{'fortran_order': 0}"),
            "x.npy: expected True or False in the header but found '0}'");
  EXPECT_EQ(header("{'shape': [1]}"),
            "x.npy: expected '(' in the header but found '[1]}'");
  EXPECT_EQ(header("{'shape': (-1,)}"),
            "x.npy: expected a size of at least 0 in the header but found "
            "'-1,)}'");
  EXPECT_EQ(header("{'shape': (0x10,)}"),
            "x.npy: expected ',' or ')' in the header but found 'x10,)}'");
  EXPECT_EQ(
      header(dictionary("<f4", "()") + "more"),
      "x.npy: expected nothing after the dictionary in the header but found "
      "'more'");
}

TEST(NpyTest, SaysWhichFileCannotBeOpened) {
  llvm::Expected<HostTensor> tensor = readNpy("/no/such.npy", {DType::f32});
  ASSERT_FALSE(tensor);
  EXPECT_EQ(llvm::toString(tensor.takeError()),
            "/no/such.npy: cannot read the file: No such file or directory");
  HostTensor scalar = llvm::cantFail(HostTensor::allocate(DType::f32, {}));
  EXPECT_EQ(llvm::toString(writeNpy("/no/such.npy", scalar)),
            "/no/such.npy: cannot write the file: No such file or directory");
}

} // namespace
