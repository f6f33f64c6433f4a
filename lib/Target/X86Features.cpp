//===- X86Features.cpp - x86-64 instruction sets and how to detect them ---===//
//
// The table behind X86Features.h. Sources: Intel SDM volume 2A, CPUID, and AMD
// APM volume 3, appendix E (lzcnt, sahf). Extensions that no attention kernel
// profits from (cryptography, tile registers, transactional memory) are left
// out on purpose: code is then never compiled to need them.
//
//===----------------------------------------------------------------------===//

#include "attn/Target/X86Features.h"
#include "llvm/ADT/STLExtras.h"

namespace mlir::attn {

namespace {
constexpr auto EAX = CPUIDRegister::EAX;
constexpr auto EBX = CPUIDRegister::EBX;
constexpr auto ECX = CPUIDRegister::ECX;
constexpr auto EDX = CPUIDRegister::EDX;
constexpr auto SSE = X86State::SSE;
constexpr auto AVX = X86State::AVX;
constexpr auto AVX512 = X86State::AVX512;

constexpr X86Feature features[] = {
    {"sse3", 1, 0, ECX, 0, SSE},
    {"ssse3", 1, 0, ECX, 9, SSE},
    {"cx16", 1, 0, ECX, 13, SSE},
    {"sse4.1", 1, 0, ECX, 19, SSE},
    {"sse4.2", 1, 0, ECX, 20, SSE},
    {"movbe", 1, 0, ECX, 22, SSE},
    {"popcnt", 1, 0, ECX, 23, SSE},
    {"sahf", 0x80000001, 0, ECX, 0, SSE},
    {"lzcnt", 0x80000001, 0, ECX, 5, SSE},
    {"bmi", 7, 0, EBX, 3, SSE},
    {"bmi2", 7, 0, EBX, 8, SSE},
    {"avx", 1, 0, ECX, 28, AVX},
    {"f16c", 1, 0, ECX, 29, AVX},
    {"fma", 1, 0, ECX, 12, AVX},
    {"avx2", 7, 0, EBX, 5, AVX},
    {"avxvnni", 7, 1, EAX, 4, AVX},
    {"avxneconvert", 7, 1, EDX, 5, AVX},
    {"avx512f", 7, 0, EBX, 16, AVX512},
    {"avx512dq", 7, 0, EBX, 17, AVX512},
    {"avx512ifma", 7, 0, EBX, 21, AVX512},
    {"avx512cd", 7, 0, EBX, 28, AVX512},
    {"avx512bw", 7, 0, EBX, 30, AVX512},
    {"avx512vl", 7, 0, EBX, 31, AVX512},
    {"avx512vbmi", 7, 0, ECX, 1, AVX512},
    {"avx512vbmi2", 7, 0, ECX, 6, AVX512},
    {"avx512vnni", 7, 0, ECX, 11, AVX512},
    {"avx512bitalg", 7, 0, ECX, 12, AVX512},
    {"avx512vpopcntdq", 7, 0, ECX, 14, AVX512},
    {"avx512fp16", 7, 0, EDX, 23, AVX512},
    {"avx512bf16", 7, 1, EAX, 5, AVX512},
};
} // namespace

uint32_t getXCR0Mask(X86State state) {
  switch (state) {
  case X86State::SSE:
    return 0;
  case X86State::AVX:
    return 0x6; // XMM and upper YMM halves
  case X86State::AVX512:
    return 0xe6; // as AVX, and opmasks, upper ZMM halves, ZMM16-31
  }
  return 0;
}

llvm::ArrayRef<X86Feature> getX86Features() { return features; }

const X86Feature *lookupX86Feature(llvm::StringRef name) {
  const auto *it = llvm::find_if(features, [&](const X86Feature &feature) {
    return feature.name == name;
  });
  return it == std::end(features) ? nullptr : it;
}

} // namespace mlir::attn
