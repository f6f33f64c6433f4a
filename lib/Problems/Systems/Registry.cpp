//===- Registry.cpp - all systems, and what they are as modules -----------===//
//
// Covered by test/Tools/attn-gen/systems.test and systems-errors.test.
//
//===----------------------------------------------------------------------===//

#include "Systems.h"

#include "../SystemOptions.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir::attn;
using llvm::formatv;
using llvm::StringRef;

llvm::ArrayRef<System> mlir::attn::systems() {
  static const std::vector<System> all = {linearAttention(),
                                          deltaNet(),
                                          retNet(),
                                          lightning(),
                                          gatedLinearAttention(),
                                          hgrn2(),
                                          mamba(),
                                          mamba2(),
                                          gatedDeltaNet(),
                                          kimiDelta(),
                                          gatedDelta2(),
                                          comba(),
                                          deltaProduct(),
                                          rwkv6(),
                                          rwkv7(),
                                          mlstm(),
                                          flashAttention(),
                                          longformer(),
                                          bigBird(),
                                          h2o(),
                                          streaming(),
                                          perceiver(),
                                          perceiverIO(),
                                          perceiverAR(),
                                          hyena(),
                                          mixtureOfTransformers(),
                                          nativeSparse(),
                                          moba(),
                                          deepseekSparse()};
  return all;
}

const System *mlir::attn::findSystem(StringRef name) {
  llvm::ArrayRef<System> all = systems();
  const System *found = llvm::find_if(
      all, [&](const System &system) { return name == system.name; });
  return found == all.end() ? nullptr : found;
}

std::string mlir::attn::printSystem(const SystemOptions &options) {
  const System *system = findSystem(options.name);
  Layer layer(options.name, options);
  system->write(layer, options);
  return layer.print(system->summary);
}

llvm::json::Object mlir::attn::describeSystem(const SystemOptions &options) {
  const System *system = findSystem(options.name);
  Layer layer(options.name, options);
  system->write(layer, options);
  llvm::json::Object arguments;
  for (auto [parameter, argument] :
       llvm::zip_equal(system->parameters, options.arguments))
    arguments[parameter.name] = argument;
  llvm::json::Object parameters = describeSizes(options);
  parameters["system"] = system->name;
  parameters["summary"] = system->summary;
  parameters["omits"] = system->omits;
  parameters["arguments"] = std::move(arguments);
  parameters["family"] =
      system->family == SystemFamily::State ? "state" : "attention";
  if (system->family != SystemFamily::State)
    parameters["heads"] = options.heads;
  if (system->family == SystemFamily::CachedAttention)
    parameters["features"] = describeFeatures(options.attention);
  return layer.describe(std::move(parameters));
}
