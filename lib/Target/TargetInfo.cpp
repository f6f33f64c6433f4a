//===- TargetInfo.cpp - what a CPU target offers --------------------------===//
//
// Parses a target string and answers questions about it.
// Covered by test/Tools/attn-compile/targets.mlir.
//
//===----------------------------------------------------------------------===//

#include "attn/Target/TargetInfo.h"
#include "HostInfo.h"
#include "Subtarget.h"
#include "attn/Target/X86Features.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/TargetParser/Host.h"

namespace mlir::attn {

static constexpr llvm::StringLiteral kDefaultTriple =
    "x86_64-unknown-linux-gnu";

static bool isSupportedTriple(const llvm::Triple &triple) {
  return (triple.getArch() == llvm::Triple::x86_64 ||
          triple.getArch() == llvm::Triple::aarch64) &&
         triple.isOSLinux();
}

/// Whether `name` is an extension that code for `triple` may use. On AArch64
/// only the baseline is used, which has NEON.
static bool isKnownFeature(const llvm::Triple &triple, llvm::StringRef name) {
  return triple.getArch() == llvm::Triple::x86_64 && lookupX86Feature(name);
}

static std::string describeKnownFeatures(const llvm::Triple &triple) {
  if (triple.getArch() != llvm::Triple::x86_64)
    return "none";
  return llvm::join(llvm::map_range(getX86Features(),
                                    [](const X86Feature &feature) {
                                      return feature.name.str();
                                    }),
                    ", ");
}

FailureOr<TargetInfo> TargetInfo::parse(llvm::StringRef spec, Location loc) {
  return parse(spec,
               [&](const llvm::Twine &message) { emitError(loc, message); });
}

FailureOr<TargetInfo> TargetInfo::parse(llvm::StringRef spec,
                                        EmitError emitError) {
  TargetInfo info;
  llvm::SmallVector<llvm::StringRef> parts;
  spec.split(parts, ',');
  llvm::StringRef cpu = parts.front().trim();

  info.triple = llvm::Triple(kDefaultTriple);
  if (cpu.contains(':')) {
    llvm::StringRef text;
    std::tie(text, cpu) = cpu.split(':');
    info.triple = llvm::Triple(llvm::Triple::normalize(text));
    if (!isSupportedTriple(info.triple)) {
      emitError("expected a target triple of x86_64 or aarch64 Linux but found "
                "'" +
                text + "'");
      return failure();
    }
  }
  if (cpu == "native") {
    llvm::Triple host(llvm::sys::getProcessTriple());
    bool isCross =
        spec.contains(':') && info.triple.getArch() != host.getArch();
    if (!isSupportedTriple(host) || isCross) {
      emitError("expected a CPU name instead of 'native' for " +
                (isCross ? info.triple : host).getArchName());
      return failure();
    }
    info.triple = llvm::Triple(host.getArchName(), "unknown", "linux", "gnu");
  }
  if (failed(info.resolveFeatures(
          cpu, llvm::ArrayRef<llvm::StringRef>(parts).drop_front(), emitError)))
    return failure();

  CacheSizes sizes = getDefaultCacheSizes(info.tuneCPU);
  if (cpu == "native")
    sizes = detectHostCacheSizes(sizes);
  info.l1DataBytes = sizes.l1Data;
  info.l2Bytes = sizes.l2;
  return info;
}

LogicalResult
TargetInfo::resolveFeatures(llvm::StringRef cpu,
                            llvm::ArrayRef<llvm::StringRef> modifiers,
                            EmitError emitError) {
  llvm::SmallVector<std::string> requested;
  std::string base = cpu.str();
  if (cpu == "native") {
    llvm::StringRef hostName = llvm::sys::getHostCPUName();
    if (isX86()) {
      llvm::SmallVector<std::string> detected = detectHostX86Features();
      tuneCPU = chooseTuneCPU(hostName, detected);
      base = getBaseCPU().str();
      for (const std::string &name : detected)
        requested.push_back("+" + name);
    } else {
      tuneCPU = isKnownCPU(triple, hostName) ? hostName.str() : "generic";
      base = tuneCPU;
    }
  } else if (!isKnownCPU(triple, cpu)) {
    emitError("unknown CPU '" + cpu + "' for " + triple.getArchName() +
              "; expected 'native', a level such as 'x86-64-v3', or a CPU name "
              "of LLVM such as 'znver4'");
    return failure();
  } else {
    tuneCPU = cpu.str();
  }

  for (llvm::StringRef modifier : modifiers) {
    modifier = modifier.trim();
    llvm::StringRef name = modifier;
    if (!name.consume_front("+") && !name.consume_front("-")) {
      emitError("expected '+feature' or '-feature' after the CPU but found '" +
                modifier + "'");
      return failure();
    }
    if (!isKnownFeature(triple, name)) {
      emitError("unknown feature '" + name + "' for " + triple.getArchName() +
                "; known features: " + describeKnownFeatures(triple));
      return failure();
    }
    requested.push_back(modifier.str());
  }
  if (isX86())
    features = collectX86Features(
        *createSubtarget(triple, base, llvm::join(requested, ",")));
  return success();
}

llvm::SmallVector<std::string> splitTargets(llvm::StringRef specs) {
  llvm::SmallVector<std::string> targets;
  for (llvm::StringRef entry : llvm::split(specs, ',')) {
    llvm::StringRef name = entry.trim();
    if (targets.empty() || !(name.starts_with("+") || name.starts_with("-")))
      targets.push_back(entry.str());
    else
      targets.back() += ("," + entry).str();
  }
  return targets;
}

llvm::StringRef TargetInfo::getBaseCPU() const {
  return isX86() ? "x86-64" : "generic";
}

std::string TargetInfo::getFeatureString() const {
  return llvm::join(
      llvm::map_range(features,
                      [](const std::string &name) { return "+" + name; }),
      ",");
}

bool TargetInfo::hasFeature(llvm::StringRef name) const {
  return llvm::is_contained(features, name);
}

unsigned TargetInfo::getVectorBits() const {
  if (hasFeature("avx512f"))
    return 512;
  return hasFeature("avx") ? 256 : 128;
}

unsigned TargetInfo::getNumVectorRegisters() const {
  return !isX86() || hasFeature("avx512f") ? 32 : 16;
}

bool TargetInfo::hasFMA() const { return !isX86() || hasFeature("fma"); }

bool TargetInfo::hasF16Conversion() const {
  return !isX86() || hasFeature("f16c");
}

bool TargetInfo::hasF16Arithmetic() const { return hasFeature("avx512fp16"); }

bool TargetInfo::hasBF16Dot() const { return hasFeature("avx512bf16"); }

} // namespace mlir::attn
