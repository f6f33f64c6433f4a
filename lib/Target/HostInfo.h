//===- HostInfo.h - what the compiling machine offers ----------*- C++ -*-===//
//
// Detection for `--target=native`. The features come from CPUID, never from
// the CPU's name: virtual machines announce family and model numbers that do
// not fit the instruction set (a "rocketlake" with AVX512-FP16 exists).
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_TARGET_HOSTINFO_H
#define ATTN_LIB_TARGET_HOSTINFO_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <string>

namespace mlir::attn {

/// Per-core cache sizes in bytes.
struct CacheSizes {
  int64_t l1Data;
  int64_t l2;
};

/// Extensions of the table in X86Features.h that this machine and its
/// operating system offer.
llvm::SmallVector<std::string> detectHostX86Features();

/// The CPU whose scheduling model fits `features` best: `hostName` if its own
/// instruction set agrees with what was detected, else the newest CPU that has
/// the same 16-bit float and AVX-512 support.
std::string chooseTuneCPU(llvm::StringRef hostName,
                          llvm::ArrayRef<std::string> features);

/// Typical cache sizes of the CPU called `cpu`.
CacheSizes getDefaultCacheSizes(llvm::StringRef cpu);

/// Cache sizes of this machine, from the operating system; a size that it does
/// not tell is taken from `fallback`.
CacheSizes detectHostCacheSizes(CacheSizes fallback);

} // namespace mlir::attn

#endif // ATTN_LIB_TARGET_HOSTINFO_H
