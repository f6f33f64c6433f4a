//===- Manifest.cpp - compiled functions for programs to read -------------===//
//
// Covered by test/Tools/attn-compile/manifest.test.
//
//===----------------------------------------------------------------------===//

#include "attn/Compiler/Manifest.h"
#include "attn/Compiler/Header.h"
#include "attn/Compiler/Status.h"
#include "attn/Compiler/Version.h"
#include "mlir/IR/BuiltinTypeInterfaces.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/JSON.h"

namespace mlir::attn {

using llvm::json::OStream;

static void printKnown(OStream &json, StringRef key,
                       std::optional<int64_t> value) {
  json.attribute(key, value ? llvm::json::Value(*value) : nullptr);
}

static void printArgument(OStream &json, const Signature &function,
                          const ArgumentInfo &info,
                          const llvm::DenseMap<int64_t, std::string> &names) {
  json.attribute("name", info.name);
  json.attribute("role", info.role == ArgumentRole::input ? "input" : "output");
  json.attribute("dtype", info.dtype);
  json.attribute("kind", info.isScalar ? "scalar" : "tensor");
  if (info.isScalar) {
    if (!info.dimClass.empty() && names.count(info.dimClass.front()))
      json.attribute("equals", names.lookup(info.dimClass.front()));
    return;
  }
  json.attributeArray("sizes", [&] {
    for (auto [size, dimClass] : llvm::zip(info.shape, info.dimClass))
      json.value(ShapedType::isDynamic(size)
                     ? llvm::json::Value(names.lookup(dimClass))
                     : llvm::json::Value(size));
  });
  // Only the innermost stride is fixed.
  json.attributeArray("strides", [&] {
    for (size_t dim = 0; dim < info.shape.size(); ++dim)
      json.value(dim + 1 == info.shape.size() ? llvm::json::Value(1)
                                              : llvm::json::Value(nullptr));
  });
  if (info.inPlaceOf)
    json.attribute("in_place", function.args[*info.inPlaceOf].name);
}

/// The bytes that a caller is told, as NAME_workspace_size returns them.
static std::optional<int64_t> addAlignment(std::optional<int64_t> bytes) {
  return bytes && *bytes > 0 ? *bytes + kWorkspaceAlignment : bytes;
}

static void printFunction(OStream &json, const Signature &function) {
  json.attribute("name", function.name);
  json.attributeObject("symbols", [&] {
    for (StringRef suffix : kEntryPointSuffixes)
      json.attribute(suffix.empty() ? "call" : suffix.drop_front(),
                     function.name + suffix.str());
  });
  llvm::DenseMap<int64_t, std::string> names = nameSizes(function);
  json.attributeArray("arguments", [&] {
    for (const ArgumentInfo &info : function.args)
      json.object([&] { printArgument(json, function, info, names); });
  });
  PhaseInfo phases = function.phases.value_or(PhaseInfo());
  if (function.phases)
    json.attributeArray("phases", [&] {
      for (std::optional<int64_t> tiles : phases.tiles)
        json.object([&] { printKnown(json, "tiles", tiles); });
    });
  else
    json.attribute("phases", nullptr);
  json.attributeObject("workspace", [&] {
    printKnown(json, "shared", addAlignment(phases.shared));
    printKnown(json, "per_worker", addAlignment(phases.perWorker));
  });
}

static void printTarget(OStream &json, const TargetInfo &target) {
  json.attribute("triple", target.getTriple().str());
  json.attribute("cpu", target.getTuneCPU());
  std::string features = target.getFeatureString();
  json.attributeArray("features", [&] {
    for (StringRef feature : llvm::split(features, ","))
      if (!feature.empty())
        json.value(feature);
  });
}

std::string emitManifest(ArrayRef<Signature> functions,
                         ArrayRef<TargetInfo> targets, Threading threading) {
  std::string text;
  llvm::raw_string_ostream os(text);
  OStream json(os, /*IndentSize=*/2);
  json.object([&] {
    json.attribute("manifest_version", kManifestVersion);
    json.attribute("abi_version", kABIVersion);
    json.attributeObject("compiler", [&] {
      json.attribute("name", "attn");
      json.attribute("version", getVersion());
      json.attribute("llvm", LLVM_VERSION_STRING);
    });
    json.attributeObject("target", [&] { printTarget(json, targets.front()); });
    json.attributeArray("targets", [&] {
      for (const TargetInfo &target : targets)
        json.object([&] { printTarget(json, target); });
    });
    json.attribute("threading",
                   threading == Threading::openmp ? "openmp" : "serial");
    json.attributeArray("functions", [&] {
      for (const Signature &function : functions)
        json.object([&] { printFunction(json, function); });
    });
  });
  os << "\n";
  return text;
}

} // namespace mlir::attn
