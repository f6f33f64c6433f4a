//===- HostInfo.cpp - what the compiling machine offers -------------------===//
//
// Covered by test/Tools/attn-compile/targets.mlir and native.test.
//
//===----------------------------------------------------------------------===//

#include "HostInfo.h"
#include "Subtarget.h"
#include "attn/Target/X86Features.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/TargetParser/Host.h"
#include <optional>

namespace mlir::attn {

llvm::SmallVector<std::string> detectHostX86Features() {
  llvm::StringMap<bool> detected = llvm::sys::getHostCPUFeatures();
  llvm::SmallVector<std::string> features;
  for (const X86Feature &feature : getX86Features())
    if (detected.lookup(feature.name))
      features.push_back(feature.name.str());
  return features;
}

std::string chooseTuneCPU(llvm::StringRef hostName,
                          llvm::ArrayRef<std::string> features) {
  llvm::Triple triple("x86_64-unknown-linux-gnu");
  llvm::SmallVector<std::string> implied;
  if (isKnownCPU(triple, hostName))
    implied = collectX86Features(*createSubtarget(triple, hostName, ""));
  auto agreesOn = [&](llvm::StringRef name) {
    return llvm::is_contained(implied, name) ==
           llvm::is_contained(features, name);
  };
  constexpr llvm::StringLiteral telling[] = {"avx2", "fma", "avx512f",
                                             "avx512bf16", "avx512fp16"};
  if (!implied.empty() && llvm::all_of(telling, agreesOn))
    return hostName.str();

  auto has = [&](llvm::StringRef name) {
    return llvm::is_contained(features, name);
  };
  bool isAMD = hostName.starts_with("znver");
  if (has("avx512fp16"))
    return "sapphirerapids";
  if (has("avx512bf16"))
    return isAMD ? "znver4" : "cooperlake";
  if (has("avx512f"))
    return has("avx512vnni") ? "icelake-server" : "skylake-avx512";
  if (has("avx2"))
    return isAMD ? "znver3" : "haswell";
  return "x86-64";
}

CacheSizes getDefaultCacheSizes(llvm::StringRef cpu) {
  constexpr int64_t kiB = 1024;
  struct Entry {
    llvm::StringLiteral prefix;
    CacheSizes sizes;
  };
  // Source: the vendors' optimisation manuals; the first match counts.
  static constexpr Entry entries[] = {
      {"sapphirerapids", {48 * kiB, 2048 * kiB}},
      {"emeraldrapids", {48 * kiB, 2048 * kiB}},
      {"graniterapids", {48 * kiB, 2048 * kiB}},
      {"icelake-server", {48 * kiB, 1280 * kiB}},
      {"skylake-avx512", {32 * kiB, 1024 * kiB}},
      {"cascadelake", {32 * kiB, 1024 * kiB}},
      {"cooperlake", {32 * kiB, 1024 * kiB}},
      {"znver5", {48 * kiB, 1024 * kiB}},
      {"znver4", {32 * kiB, 1024 * kiB}},
      {"znver", {32 * kiB, 512 * kiB}},
      {"neoverse", {64 * kiB, 1024 * kiB}},
  };
  for (const Entry &entry : entries)
    if (cpu.starts_with(entry.prefix))
      return entry.sizes;
  return {32 * kiB, 512 * kiB};
}

/// The trimmed text of `file` below the description of cache `index` of the
/// first core in sysfs, e.g. "48K"; empty if there is none.
static std::string readCacheFile(unsigned index, llvm::StringRef file) {
  auto buffer = llvm::MemoryBuffer::getFileAsStream(
      "/sys/devices/system/cpu/cpu0/cache/index" + llvm::Twine(index) + "/" +
      file);
  return buffer ? (*buffer)->getBuffer().trim().str() : std::string();
}

/// Reads "48K" or "2M" as a number of bytes.
static std::optional<int64_t> parseSize(llvm::StringRef text) {
  int64_t unit = 1;
  if (text.consume_back("K"))
    unit = 1024;
  else if (text.consume_back("M"))
    unit = 1024 * 1024;
  int64_t count;
  if (text.getAsInteger(10, count) || count <= 0)
    return std::nullopt;
  return count * unit;
}

CacheSizes detectHostCacheSizes(CacheSizes fallback) {
  CacheSizes sizes = fallback;
  for (unsigned index = 0; index < 8; ++index) {
    std::string level = readCacheFile(index, "level");
    if (level.empty())
      break;
    std::optional<int64_t> size = parseSize(readCacheFile(index, "size"));
    if (!size)
      continue;
    if (level == "1" && readCacheFile(index, "type") == "Data")
      sizes.l1Data = *size;
    if (level == "2")
      sizes.l2 = *size;
  }
  return sizes;
}

} // namespace mlir::attn
