//===- TargetInfo.h - what a CPU target offers -----------------*- C++ -*-===//
//
// One object that answers every question about the machine that code is
// compiled for: instruction set, vector registers, caches. Nothing else in the
// compiler looks at CPU names or features.
//
// Example: TargetInfo::parse("x86-64-v4,+avx512bf16", emitError) has 512-bit
// vectors, 32 registers, 16 f32 lanes, FMA and bf16 dot products.
//
// Covered by test/Tools/attn-compile/targets.mlir.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TARGET_TARGETINFO_H
#define ATTN_TARGET_TARGETINFO_H

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/TargetParser/Triple.h"
#include <string>

namespace mlir::attn {

/// A CPU target. The instruction set is held as an explicit list of extensions
/// over the architecture's baseline, so that exactly what may be used is known
/// and can be tested at run time; the CPU name only steers scheduling.
class TargetInfo {
public:
  using EmitError = llvm::function_ref<void(const llvm::Twine &)>;

  /// Parses `[TRIPLE:]CPU[,+feature|,-feature]...`, where CPU is `native` (the
  /// machine that runs the compiler, its features detected), an x86-64 level
  /// (`x86-64-v3`) or a CPU name of LLVM (`znver4`, `sapphirerapids`). The
  /// triple defaults to x86_64-unknown-linux-gnu (for `native`, the host's
  /// architecture). Reports an unknown triple, CPU or feature by its name
  /// through `emitError`.
  static FailureOr<TargetInfo> parse(llvm::StringRef spec, EmitError emitError);

  /// Same, reporting errors at `loc`.
  static FailureOr<TargetInfo> parse(llvm::StringRef spec, Location loc);

  const llvm::Triple &getTriple() const { return triple; }
  bool isX86() const { return triple.getArch() == llvm::Triple::x86_64; }

  /// The baseline CPU to which `getFeatures` is added, e.g. "x86-64".
  llvm::StringRef getBaseCPU() const;
  /// The CPU whose scheduling model is used, e.g. "znver4".
  llvm::StringRef getTuneCPU() const { return tuneCPU; }
  /// Extensions over the baseline in the form of LLVM, "+avx,+avx2".
  std::string getFeatureString() const;
  /// Extensions over the baseline, e.g. {"avx", "avx2"}.
  llvm::ArrayRef<std::string> getFeatures() const { return features; }
  bool hasFeature(llvm::StringRef name) const;

  /// Width of a vector register in bits: 512, 256 or 128. To be asked for in
  /// `prefer-vector-width` too, else LLVM may split 512-bit vectors.
  unsigned getVectorBits() const;
  /// Number of architectural vector registers.
  unsigned getNumVectorRegisters() const;
  /// f32 values in a vector register.
  unsigned getF32Lanes() const { return getVectorBits() / 32; }
  /// Fused multiply-add on f32 vectors.
  bool hasFMA() const;
  /// Loads, stores and arithmetic under a lane mask.
  bool hasMaskedVectors() const { return hasFeature("avx512f"); }
  /// Conversion between f16 and f32 vectors.
  bool hasF16Conversion() const;
  /// Arithmetic on f16 vectors.
  bool hasF16Arithmetic() const;
  /// Dot products of bf16 pairs into f32, and rounding of f32 to bf16.
  bool hasBF16Dot() const;

  /// Independent accumulators needed to hide the latency of FMA: latency (4
  /// cycles) times units (2) on the CPUs supported.
  unsigned getMinFMAAccumulators() const { return 8; }
  /// Accumulators that leave registers for the operands: three quarters of the
  /// registers (24 of 32, 12 of 16).
  unsigned getMaxFMAAccumulators() const {
    return getNumVectorRegisters() * 3 / 4;
  }

  /// Size of the first-level data cache of a core, in bytes.
  int64_t getL1DataBytes() const { return l1DataBytes; }
  /// Size of the second-level cache of a core, in bytes.
  int64_t getL2Bytes() const { return l2Bytes; }

private:
  TargetInfo() = default;
  LogicalResult resolveFeatures(llvm::StringRef cpu,
                                llvm::ArrayRef<llvm::StringRef> modifiers,
                                EmitError emitError);

  llvm::Triple triple;
  std::string tuneCPU;
  llvm::SmallVector<std::string> features;
  int64_t l1DataBytes = 0;
  int64_t l2Bytes = 0;
};

/// The targets of a list such as "x86-64-v3,x86-64-v4,+avx512bf16": an entry
/// that begins with neither '+' nor '-' begins the next target. Nothing is
/// checked.
llvm::SmallVector<std::string> splitTargets(llvm::StringRef specs);

/// Makes the code generators for the supported architectures known to LLVM.
/// May be called from any thread, any number of times.
void initializeTargets();

} // namespace mlir::attn

#endif // ATTN_TARGET_TARGETINFO_H
