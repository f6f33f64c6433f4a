//===- X86Features.h - x86-64 instruction sets and how to detect them -----===//
//
// The x86-64 instruction-set extensions that generated code may use, each with
// the CPUID bit that announces it. One table serves two readers: `TargetInfo`
// (which extensions exist, which of them a CPU has) and the plain-call wrapper
// (which bits to test at run time before the kernel is entered).
//
// Example: "avx512bf16" is bit 5 of EAX of CPUID leaf 7, subleaf 1, and also
// needs the operating system to save the 512-bit register state.
//
// Covered by test/Tools/attn-compile/targets.mlir and by
// test/Compiler/emit-entry-points.mlir.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TARGET_X86FEATURES_H
#define ATTN_TARGET_X86FEATURES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>

namespace mlir::attn {

/// A result register of CPUID, numbered in the order EAX, EBX, ECX, EDX.
enum class CPUIDRegister : uint8_t { EAX, EBX, ECX, EDX };

/// Register state that the operating system must have enabled in XCR0 for an
/// extension to be usable.
enum class X86State : uint8_t { SSE, AVX, AVX512 };

/// The bits of XCR0 that must all be set for `state` (0 for SSE, which is part
/// of x86-64). Source: Intel SDM volume 1, section 13.3.
uint32_t getXCR0Mask(X86State state);

/// One instruction-set extension beyond baseline x86-64.
struct X86Feature {
  llvm::StringLiteral name; ///< LLVM's name, e.g. "avx512f"
  uint32_t leaf;            ///< CPUID input in EAX
  uint32_t subleaf;         ///< CPUID input in ECX
  CPUIDRegister reg;        ///< result register that holds the bit
  uint8_t bit;              ///< bit number in that register
  X86State state;           ///< register state needed
};

/// Every extension that generated code may use, in the order of the table.
llvm::ArrayRef<X86Feature> getX86Features();

/// The extension called `name`, or null if generated code never uses it.
const X86Feature *lookupX86Feature(llvm::StringRef name);

} // namespace mlir::attn

#endif // ATTN_TARGET_X86FEATURES_H
