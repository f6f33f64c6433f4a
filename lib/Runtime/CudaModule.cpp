//===- CudaModule.cpp - loading and launching kernels ---------------------===//
//
// Covered by test/unittests/Runtime/CudaDriverTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "CudaFunctions.h"
#include "attn/Runtime/CudaDriver.h"

using namespace llvm;

namespace mlir::attn {

/// CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES.
static constexpr int kMaxDynamicShared = 8;
/// CUtensorMapDataType.
static constexpr int kFloat16 = 6, kBFloat16 = 9;
/// CUtensorMapInterleave, CUtensorMapL2promotion, CUtensorMapFloatOOBfill.
static constexpr int kNoInterleave = 0, kL2Promotion256B = 3, kFillZeros = 0;

Expected<CudaModule> CudaDriver::load(StringRef image,
                                      const GPUKernel &kernel) const {
  void *module, *function;
  // PTX must end in a zero.
  std::string terminated = image.str();
  if (Error error = functions->check(
          functions->moduleLoadData(&module, terminated.c_str()),
          "load the kernel"))
    return error;
  CudaModule loaded(*this, module, /*function=*/nullptr, kernel);
  if (Error error = functions->check(
          functions->moduleGetFunction(&function, module, kernel.name.c_str()),
          "find the kernel"))
    return error;
  loaded.function = function;
  if (Error error = functions->check(
          functions->functionSetAttribute(function, kMaxDynamicShared,
                                          int(kernel.sharedBytes)),
          "give the kernel its shared memory"))
    return error;
  return loaded;
}

CudaModule::CudaModule(CudaModule &&other)
    : driver(other.driver), module(std::exchange(other.module, nullptr)),
      function(other.function), kernel(std::move(other.kernel)) {}

CudaModule::~CudaModule() {
  if (module)
    driver.functions->moduleUnload(module);
}

static Error encode(const CudaDriver::Functions &functions,
                    const TensorMap &map, StringRef dtype,
                    CudaTensorMap &encoded) {
  std::array<uint32_t, TensorMap::kMaxRank> ones;
  ones.fill(1);
  // The driver takes the strides of all dimensions but the contiguous one.
  return functions.check(
      functions.tensorMapEncodeTiled(
          &encoded, dtype == "bf16" ? kBFloat16 : kFloat16, map.rank, map.base,
          map.sizes.data(), map.strides.data() + 1, map.box.data(), ones.data(),
          kNoInterleave, static_cast<int>(map.swizzle), kL2Promotion256B,
          kFillZeros),
      "encode a tensor map");
}

Error CudaModule::launch(const GPULaunch &launch, CudaStream stream) const {
  if (launch.isEmpty())
    return Error::success();
  const CudaDriver::Functions &functions = *driver.functions;
  std::vector<CudaTensorMap> maps(kernel.parameters.size());
  std::vector<uint64_t> bits(kernel.parameters.size());
  std::vector<void *> parameters;
  for (size_t index = 0; index < kernel.parameters.size(); ++index) {
    const GPUParameter &parameter = kernel.parameters[index];
    const GPULaunch::Value &value = launch.values[index];
    if (parameter.kind == GPUParameterKind::map) {
      if (Error error =
              encode(functions, value.map, parameter.map->dtype, maps[index]))
        return error;
      parameters.push_back(&maps[index]);
      continue;
    }
    bits[index] = value.bits;
    parameters.push_back(&bits[index]);
  }
  return functions.check(
      functions.launchKernel(function, launch.grid[0], launch.grid[1],
                             launch.grid[2], kernel.threads, 1, 1,
                             kernel.sharedBytes, stream, parameters.data(),
                             /*extra=*/nullptr),
      "launch the kernel");
}

Expected<double> CudaModule::time(const GPULaunch &launch,
                                  unsigned repeat) const {
  const CudaDriver::Functions &functions = *driver.functions;
  void *begin, *end;
  if (Error error =
          functions.check(functions.eventCreate(&begin, 0), "make an event"))
    return error;
  if (Error error =
          functions.check(functions.eventCreate(&end, 0), "make an event"))
    return error;
  functions.eventRecord(begin, nullptr);
  for (unsigned run = 0; run < repeat; ++run)
    if (Error error = this->launch(launch, nullptr))
      return error;
  functions.eventRecord(end, nullptr);
  float milliseconds = 0;
  Error error =
      functions.check(functions.eventSynchronize(end), "run the kernel");
  functions.eventElapsedTime(&milliseconds, begin, end);
  functions.eventDestroy(begin);
  functions.eventDestroy(end);
  if (error)
    return error;
  return milliseconds / repeat;
}

} // namespace mlir::attn
