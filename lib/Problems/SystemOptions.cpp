//===- SystemOptions.cpp - sizes of a layer: valid, and as JSON -----------===//
//
// Errors are covered by test/Tools/attn-gen/systems-errors.test.
//
//===----------------------------------------------------------------------===//

#include "SystemOptions.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir::attn;

llvm::Error mlir::attn::verifySizes(const SystemOptions &options,
                                    SystemFamily family) {
  for (auto [name, size, minimum] : {std::tuple("batch", options.batch, 0),
                                     {"heads", options.heads, 1},
                                     {"kv-heads", options.kvHeads, 1},
                                     {"value-heads", options.valueHeads, 1},
                                     {"seq", options.tokens, 0},
                                     {"kv-seq", options.keys, 0},
                                     {"width", options.width, 1},
                                     {"value-width", options.valueWidth, 1},
                                     {"chunk", options.chunk, 0},
                                     {"varlen", options.sequences, 0}})
    if (size < minimum)
      return fail("expected {0} of at least {1} but found {2}", name, minimum,
                  size);
  if (!llvm::is_contained({"f16", "bf16", "f32", "f64"}, options.elementType))
    return fail("expected dtype f16, bf16, f32 or f64 but found '{0}'",
                options.elementType);
  if (options.isPacked() &&
      (options.batch != 1 || options.dynamic.count(Axis::Batch)))
    return fail("expected a batch of 1 for packed sequences");
  // The sizes of results are sizes of arguments, which the number of sequences
  // is where states are given.
  if (options.isPacked() && options.finalState && !options.initialState &&
      options.dynamic.count(Axis::Query))
    return fail("expected initial-state beside final-state for packed "
                "sequences sized at run time");
  if (options.dynamic.count(Axis::Key) && family == SystemFamily::State)
    return fail("expected no kv-seq in dynamic: keys run along seq");
  return llvm::Error::success();
}

llvm::Error mlir::attn::verifyHeadGroups(const SystemOptions &options) {
  if (options.valueHeads % options.kvHeads)
    return fail("expected value-heads to be a multiple of kv-heads but found "
                "{0} and {1}",
                options.valueHeads, options.kvHeads);
  if (options.heads % options.valueHeads && options.valueHeads % options.heads)
    return fail("expected heads to divide value-heads or value-heads to "
                "divide heads but found {0} and {1}",
                options.heads, options.valueHeads);
  return llvm::Error::success();
}

/// What can be asked of `attn.dense` in a layer.
static llvm::Error verifyFeatures(const AttentionFeatures &features) {
  if (features.scale && !std::isfinite(*features.scale))
    return fail("expected a finite scale but found {0}", *features.scale);
  if (features.softcap &&
      !(std::isfinite(*features.softcap) && *features.softcap > 0))
    return fail("expected a finite, positive softcap but found {0}",
                *features.softcap);
  return llvm::Error::success();
}

llvm::Error mlir::attn::verifyCache(const SystemOptions &options) {
  if (options.initialState != options.finalState)
    return fail("expected both of initial-state and final-state in '{0}' or "
                "neither",
                options.name);
  return llvm::Error::success();
}

llvm::json::Object mlir::attn::describeSizes(const SystemOptions &options) {
  return llvm::json::Object{
      {"layout", options.storage == Storage::BHTD ? "bhtd" : "bthd"},
      {"chunk", options.chunk},
      {"initial_state", options.initialState},
      {"final_state", options.finalState},
      {"varlen", options.isPacked()}};
}

llvm::Error mlir::attn::verifySystem(const SystemOptions &options) {
  const System *system = findSystem(options.name);
  if (!system)
    return fail("expected a system of --list-systems but found '{0}'",
                options.name);
  if (options.arguments.size() != system->parameters.size())
    return fail("expected {0} arguments of '{1}' but found {2}",
                system->parameters.size(), options.name,
                options.arguments.size());
  for (auto [parameter, argument] :
       llvm::zip_equal(system->parameters, options.arguments))
    if (argument < parameter.minimum)
      return fail("expected {0} of '{1}' to be at least {2} but found {3}",
                  parameter.name, options.name, parameter.minimum, argument);
  if (llvm::Error error = verifySizes(options, system->family))
    return error;
  if (llvm::Error error = verifyFeatures(options.attention))
    return error;
  // Repeated heads are as many as are known to share one.
  if (options.dynamic.count(Axis::Head) &&
      (options.heads != options.kvHeads || options.heads != options.valueHeads))
    return fail(
        "expected as many kv-heads and value-heads as heads in a system "
        "where they are dynamic");
  if (system->heads == HeadCounts::Equal &&
      (options.heads != options.kvHeads || options.heads != options.valueHeads))
    return fail("expected as many kv-heads and value-heads as heads in '{0}'",
                options.name);
  if (system->heads == HeadCounts::Shared) {
    if (options.heads % options.kvHeads)
      return fail("expected heads to be a multiple of kv-heads but found {0} "
                  "and {1}",
                  options.heads, options.kvHeads);
  } else if (llvm::Error error = verifyHeadGroups(options)) {
    return error;
  }
  return system->verify ? system->verify(options) : llvm::Error::success();
}

llvm::json::Object
mlir::attn::describeFeatures(const AttentionFeatures &features) {
  auto number = [](std::optional<double> value) {
    return value ? llvm::json::Value(*value) : llvm::json::Value(nullptr);
  };
  return llvm::json::Object{
      {"causal", features.causal},
      {"window", features.window
                     ? llvm::json::Value(llvm::json::Array(*features.window))
                     : llvm::json::Value(nullptr)},
      {"scale", number(features.scale)},
      {"softcap", number(features.softcap)}};
}
