//===- NpyFuzzTest.cpp - Array files, damaged at random -------------------===//
//
// Whatever a file holds, reading it ends in a tensor whose size is the one of
// the data, or in an error; run under the address sanitizer too. The seed is
// fixed, so that a failure comes again.
//
//===----------------------------------------------------------------------===//

#include "attn/Runtime/Npy.h"
#include "gtest/gtest.h"
#include <random>

using namespace mlir::attn;

namespace {

constexpr DType kTypes[] = {DType::f64,  DType::f32, DType::f16,
                            DType::bf16, DType::i1,  DType::i64};

/// What a header is made of, and what it should not be made of.
constexpr llvm::StringLiteral kTokens[] = {"{",
                                           "}",
                                           "(",
                                           ")",
                                           "[",
                                           "]",
                                           ",",
                                           ":",
                                           "'",
                                           "\"",
                                           " ",
                                           "\n",
                                           "\t",
                                           "\\",
                                           "descr",
                                           "'descr'",
                                           "'fortran_order'",
                                           "'shape'",
                                           "True",
                                           "False",
                                           "None",
                                           "<f4",
                                           "'>f4'",
                                           "'|O'",
                                           "'<V2'",
                                           "'|b1'",
                                           "'<u2'",
                                           "'<f8'",
                                           "'f4'",
                                           "'<'",
                                           "0",
                                           "1",
                                           "-1",
                                           "2147483648",
                                           "4294967296",
                                           "4611686018427387904",
                                           "9223372036854775807",
                                           "9223372036854775808",
                                           "1e3",
                                           "0x10",
                                           "1_000",
                                           "1L",
                                           "(1,)",
                                           "(0, 9223372036854775807)",
                                           "(4294967296, 4294967296)",
                                           "()",
                                           "\xff",
                                           "\x93NUMPY"};

class Mutator {
public:
  explicit Mutator(unsigned seed) : random(seed) {}

  size_t below(size_t bound) { return random() % bound; }

  /// A file as NumPy writes it, with one of three versions.
  std::string honestFile() {
    static constexpr llvm::StringLiteral descrs[] = {"<f8", "<f4", "<f2",
                                                     "<u2", "|b1", "<i8"};
    static constexpr size_t widths[] = {8, 4, 2, 2, 1, 8};
    size_t type = below(6), size = widths[type];
    std::string shape;
    for (size_t rank = below(5); rank > 0; --rank) {
      size_t length = below(4);
      shape += std::to_string(length) + ", ";
      size *= length;
    }
    std::string header =
        ("{'descr': '" + descrs[type] +
         "', 'fortran_order': False, 'shape': (" + shape + "), }\n")
            .str();
    return assemble(header, std::string(size, 'x'));
  }

  std::string assemble(llvm::StringRef header, llvm::StringRef data) {
    unsigned major = 1 + below(3);
    std::string bytes = "\x93NUMPY";
    bytes += static_cast<char>(major);
    bytes += '\0';
    for (unsigned i = 0; i < (major == 1 ? 2u : 4u); ++i)
      bytes += static_cast<char>(header.size() >> (8 * i));
    return bytes + header.str() + data.str();
  }

  /// Damages the header's text and keeps its length field honest, so that the
  /// damage reaches the parser of the dictionary.
  std::string damageHeader(llvm::StringRef file) {
    size_t start = file[6] == 1 ? 10 : 12;
    size_t end = file.find('\n') + 1;
    std::string header = file.slice(start, end).str();
    for (size_t count = 1 + below(3); count > 0; --count)
      damageOnce(header);
    return assemble(header, file.drop_front(end));
  }

  /// Damages any byte of the file.
  std::string damageBytes(llvm::StringRef file) {
    std::string bytes = file.str();
    for (size_t count = 1 + below(4); count > 0 && !bytes.empty(); --count) {
      switch (below(3)) {
      case 0:
        bytes[below(bytes.size())] = static_cast<char>(random());
        break;
      case 1:
        bytes.resize(below(bytes.size() + 1));
        break;
      default:
        damageOnce(bytes);
      }
    }
    return bytes;
  }

private:
  void damageOnce(std::string &text) {
    size_t place = below(text.size() + 1);
    size_t length = std::min(below(8), text.size() - place);
    switch (below(4)) {
    case 0:
      text.erase(place, length);
      return;
    case 1:
      text.insert(place, kTokens[below(std::size(kTokens))].str());
      return;
    case 2:
      text.replace(place, length, kTokens[below(std::size(kTokens))].str());
      return;
    default:
      text.insert(place, text.substr(below(text.size() + 1), below(16)));
    }
  }

  std::mt19937 random;
};

TEST(NpyFuzzTest, DamagedFilesAreReadOrRefused) {
  Mutator mutator(20240611);
  unsigned numRead = 0, numRefused = 0;
  constexpr unsigned kFiles = 200'000;
  for (unsigned i = 0; i < kFiles; ++i) {
    std::string honest = mutator.honestFile();
    std::string bytes =
        i % 3 == 0 ? mutator.damageBytes(honest) : mutator.damageHeader(honest);
    Guard guard = mutator.below(2) ? Guard::end : Guard::start;
    llvm::Expected<HostTensor> tensor = parseNpy(
        bytes, "x.npy", kTypes, static_cast<Layout>(mutator.below(3)), guard);
    if (!tensor) {
      std::string message = llvm::toString(tensor.takeError());
      EXPECT_EQ(message.substr(0, 7), "x.npy: ");
      EXPECT_GT(message.size(), 7u);
      ++numRefused;
      continue;
    }
    ++numRead;
    // Nothing larger than the file can have been made of it.
    ASSERT_LE(static_cast<uint64_t>(tensor->getNumBytes()), bytes.size());
    ASSERT_TRUE(tensor->isPaddingIntact());
  }
  // Damage that is not seen would prove nothing, nor would damage that is
  // always seen.
  EXPECT_GT(numRead, kFiles / 100);
  EXPECT_GT(numRefused, kFiles / 3);
}

} // namespace
