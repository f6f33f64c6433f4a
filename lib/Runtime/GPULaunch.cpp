//===- GPULaunch.cpp - a call as parameters of a kernel -------------------===//
//
// Covered by test/unittests/Runtime/GPULaunchTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "attn/Runtime/GPULaunch.h"
#include "llvm/ADT/STLExtras.h"
#include <cstring>

using namespace llvm;

namespace mlir::attn {

/// What the driver allows in x, and in y and z.
static constexpr int64_t kMaxGridX = 0x7fffffff, kMaxGridYZ = 65535;

static Expected<TensorMap> makeMap(const GPUTensorMap &description,
                                   const GPUArgument &argument,
                                   StringRef name) {
  TensorMap map;
  map.base = argument.data;
  map.rank = static_cast<uint32_t>(description.dims.size());
  map.elementBytes = argument.elementBytes;
  map.swizzle = Swizzle::b128;
  uint64_t extent = 16;
  for (auto [index, dim] : enumerate(description.dims)) {
    int64_t size = dim < 0 ? 1 : argument.sizes[dim];
    map.box[index] = static_cast<uint32_t>(description.box[index]);
    // No tile of an empty tensor is loaded, but maps have no empty sizes.
    map.sizes[index] = static_cast<uint64_t>(std::max<int64_t>(size, 1));
    uint64_t stride =
        dim < 0 ? 0 : argument.strides[dim] * uint64_t(argument.elementBytes);
    // Of a single element the stride does not matter.
    if (index > 0 && size <= 1)
      stride = alignTo(extent, 16);
    map.strides[index] = stride;
    extent = std::max(extent, stride * map.sizes[index]);
  }
  map.strides[0] = argument.elementBytes;
  if (std::string fault = map.verify(); !fault.empty())
    return createStringError("'" + name + "' cannot be loaded: " + fault);
  return map;
}

/// Reads a number of `bytes` bytes.
static uint64_t readBits(const char *data, unsigned bytes) {
  uint64_t bits = 0;
  std::memcpy(&bits, data, bytes);
  return bits;
}

Expected<GPULaunch> prepareLaunch(const GPUKernel &kernel,
                                  const Signature &signature,
                                  ArrayRef<GPUArgument> arguments) {
  GPULaunch launch;
  SmallVector<int64_t> symbols;
  for (const GPUParameter &parameter : kernel.parameters) {
    const GPUArgument &argument = arguments[parameter.argument];
    GPULaunch::Value value;
    switch (parameter.kind) {
    case GPUParameterKind::map: {
      Expected<TensorMap> map = makeMap(
          *parameter.map, argument, signature.args[parameter.argument].name);
      if (!map)
        return map.takeError();
      value.map = *map;
      break;
    }
    case GPUParameterKind::data:
      value.bits = reinterpret_cast<uintptr_t>(argument.data);
      break;
    case GPUParameterKind::size:
      value.bits = static_cast<uint64_t>(argument.sizes[parameter.dim]);
      symbols.push_back(argument.sizes[parameter.dim]);
      break;
    case GPUParameterKind::stride:
      value.bits = static_cast<uint64_t>(argument.strides[parameter.dim]);
      break;
    case GPUParameterKind::scalar:
      value.bits = readBits(argument.data, parameter.bytes);
      break;
    }
    launch.values.push_back(value);
  }
  for (auto [index, text] : enumerate(kernel.grid)) {
    int64_t blocks = evaluateGrid(text, symbols);
    if (blocks < 0 || blocks > (index == 0 ? kMaxGridX : kMaxGridYZ))
      return createStringError("a grid of " + Twine(blocks) +
                               " blocks in dimension " + Twine(index) +
                               " is beyond what the driver allows");
    launch.grid[index] = static_cast<unsigned>(blocks);
  }
  return launch;
}

} // namespace mlir::attn
