//===- GPUManifest.cpp - kernels for other runtimes to launch -------------===//
//
// Covered by test/Tools/attn-compile/gpu-manifest.mlir and gpu-header.mlir.
//
//===----------------------------------------------------------------------===//

#include "GPUManifest.h"
#include "attn/Compiler/Manifest.h"
#include "attn/Compiler/Version.h"
#include "mlir/IR/BuiltinTypeInterfaces.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

namespace mlir::attn {

using llvm::json::OStream;

static void printNumbers(OStream &json, StringRef key,
                         ArrayRef<int64_t> numbers) {
  json.attributeArray(key, [&] {
    for (int64_t number : numbers)
      json.value(number);
  });
}

static void printParameter(OStream &json, const GPUParameter &parameter,
                           const Signature &signature) {
  json.attribute("kind", spelling(parameter.kind));
  json.attribute("argument", signature.args[parameter.argument].name);
  if (parameter.kind == GPUParameterKind::size ||
      parameter.kind == GPUParameterKind::stride)
    json.attribute("dim", int64_t(parameter.dim));
  json.attribute("type", parameter.type);
  json.attribute("offset", int64_t(parameter.offset));
  json.attribute("bytes", int64_t(parameter.bytes));
  if (!parameter.map)
    return;
  json.attributeObject("tensor_map", [&] {
    json.attribute("dtype", parameter.map->dtype);
    printNumbers(json, "dims", parameter.map->dims);
    printNumbers(json, "box", parameter.map->box);
    json.attribute("swizzle", "128B");
    json.attribute("interleave", "none");
    json.attribute("l2_promotion", "256B");
    json.attribute("out_of_bounds", "zero");
  });
}

static void printArgument(OStream &json, const ArgumentInfo &info) {
  json.attribute("name", info.name);
  json.attribute("role", info.role == ArgumentRole::input ? "input" : "output");
  json.attribute("dtype", info.dtype);
  json.attribute("kind", info.isScalar ? "scalar" : "tensor");
  if (info.isScalar)
    return;
  json.attributeArray("sizes", [&] {
    for (int64_t size : info.shape)
      json.value(ShapedType::isDynamic(size) ? llvm::json::Value(nullptr)
                                             : llvm::json::Value(size));
  });
}

std::string emitGPUManifest(const GPUKernel &kernel, const Signature &signature,
                            StringRef target) {
  std::string text;
  llvm::raw_string_ostream os(text);
  OStream json(os, /*IndentSize=*/2);
  json.object([&] {
    json.attribute("manifest_version", kManifestVersion);
    json.attributeObject("compiler", [&] {
      json.attribute("name", "attn");
      json.attribute("version", getVersion());
    });
    json.attribute("target", target);
    json.attribute("function", signature.name);
    json.attributeArray("arguments", [&] {
      for (const ArgumentInfo &info : signature.args)
        json.object([&] { printArgument(json, info); });
    });
    json.attributeArray("kernels", [&] {
      json.object([&] {
        json.attribute("name", kernel.name);
        json.attributeArray("grid", [&] {
          for (const std::string &expression : kernel.grid)
            json.value(expression);
        });
        json.attributeArray("block", [&] {
          json.value(int64_t(kernel.threads));
          json.value(1);
          json.value(1);
        });
        json.attribute("shared_bytes", int64_t(kernel.sharedBytes));
        json.attributeArray("parameters", [&] {
          for (const GPUParameter &parameter : kernel.parameters)
            json.object([&] { printParameter(json, parameter, signature); });
        });
      });
    });
  });
  os << "\n";
  return text;
}

//===----------------------------------------------------------------------===//
// C
//===----------------------------------------------------------------------===//

static constexpr StringLiteral kTypes = R"(
#ifndef ATTN_GPU_KERNEL_DEFINED
#define ATTN_GPU_KERNEL_DEFINED
#include <stdint.h>

/* What a parameter of a kernel is made of. */
enum attn_gpu_parameter_kind {
  ATTN_GPU_MAP,    /* a CUtensorMap of an argument, passed by value */
  ATTN_GPU_DATA,   /* the address of an argument's first element */
  ATTN_GPU_SIZE,   /* the size of a dimension of an argument */
  ATTN_GPU_STRIDE, /* the stride of a dimension, in elements */
  ATTN_GPU_SCALAR  /* the value of an argument */
};

/* `box` and `dims` are those of a map: the dimension of the argument that each
   dimension of the map is, the contiguous one first; -1 for one of size 1. Maps
   have swizzle 128B, no interleave, element strides 1 and zeros outside.
   `offset` and `bytes` say where the parameter lies among the parameters. */
struct attn_gpu_parameter {
  enum attn_gpu_parameter_kind kind;
  int argument, dim;
  const char *type, *dtype;
  unsigned offset, bytes;
  int dims[4], box[4];
};

/* `grid` holds postfix expressions: integers, s0, s1, ... (the parameters that
   are sizes, in order), + * mod floordiv ceildiv. `shared_bytes` is dynamic
   shared memory. */
struct attn_gpu_kernel {
  const char *name, *target;
  const char *grid[3];
  unsigned block[3], shared_bytes, num_parameters;
  const struct attn_gpu_parameter *parameters;
};
#endif
)";

static std::string printInts(ArrayRef<int64_t> numbers) {
  std::string text = "{";
  for (auto [index, number] : llvm::enumerate(numbers))
    text += (index ? ", " : "") + llvm::itostr(number);
  return text + "}";
}

std::string emitGPUHeader(const GPUKernel &kernel, const Signature &signature,
                          StringRef target) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "/* Made by attn " << getVersion() << " for " << target
     << ".\n *\n * Arguments of " << signature.name << ", by number:\n";
  for (auto [index, info] : llvm::enumerate(signature.args))
    os << llvm::formatv(" *   {0} {1}: {2}, {3}\n", index, info.name,
                        info.dtype,
                        info.role == ArgumentRole::input ? "input" : "output");
  os << " */\n" << kTypes << "\n";
  os << "static const struct attn_gpu_parameter " << kernel.name
     << "_parameters[] = {\n";
  for (const GPUParameter &parameter : kernel.parameters) {
    GPUTensorMap map =
        parameter.map.value_or(GPUTensorMap{"", {0, 0, 0, 0}, {0, 0, 0, 0}});
    os << llvm::formatv(
        "  {{ATTN_GPU_{0}, {1}, {2}, \"{3}\", \"{4}\", {5}, {6}, {7}, {8}},\n",
        spelling(parameter.kind).upper(), parameter.argument, parameter.dim,
        parameter.type, map.dtype, parameter.offset, parameter.bytes,
        printInts(map.dims), printInts(map.box));
  }
  os << "};\n\nstatic const struct attn_gpu_kernel " << kernel.name
     << "_kernel = {\n"
     << llvm::formatv("  \"{0}\", \"{1}\",\n  {{\"{2}\", \"{3}\", \"{4}\"},\n",
                      kernel.name, target, kernel.grid[0], kernel.grid[1],
                      kernel.grid[2])
     << llvm::formatv("  {{{0}, 1, 1}, {1}, {2}, {3}_parameters};\n",
                      kernel.threads, kernel.sharedBytes,
                      kernel.parameters.size(), kernel.name);
  return text;
}

} // namespace mlir::attn
