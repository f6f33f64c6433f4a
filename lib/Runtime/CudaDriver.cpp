//===- CudaDriver.cpp - the driver of NVIDIA GPUs -------------------------===//
//
// Covered by test/unittests/Runtime/CudaDriverTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "attn/Runtime/CudaDriver.h"
#include "CudaFunctions.h"
#include "llvm/Support/FormatVariadic.h"
#include <dlfcn.h>

using namespace llvm;

namespace mlir::attn {

/// Attributes of devices, by their numbers in CUdevice_attribute.
static constexpr int kMultiprocessors = 16, kMajor = 75, kMinor = 76;

CudaDriver::Functions::~Functions() {
  if (primaryContextRelease && !description.empty())
    primaryContextRelease(device);
  if (library)
    dlclose(library);
}

Error CudaDriver::Functions::check(CudaResult result, const char *what) const {
  if (result == 0)
    return Error::success();
  const char *words = nullptr;
  getErrorString(result, &words);
  return createStringError(Twine("the CUDA driver cannot ") + what + ": " +
                           (words ? words : "unknown error") + " (" +
                           Twine(result) + ")");
}

Error CudaDriver::Functions::find() {
  const char *missing = nullptr;
  auto get = [&](auto &function, const char *name) {
    void *address = dlsym(library, name);
    if (!address)
      missing = name;
    function = reinterpret_cast<std::decay_t<decltype(function)>>(address);
  };
  get(init, "cuInit");
  get(getErrorString, "cuGetErrorString");
  get(deviceGet, "cuDeviceGet");
  get(deviceGetName, "cuDeviceGetName");
  get(deviceGetAttribute, "cuDeviceGetAttribute");
  get(primaryContextRetain, "cuDevicePrimaryCtxRetain");
  get(primaryContextRelease, "cuDevicePrimaryCtxRelease_v2");
  get(contextSetCurrent, "cuCtxSetCurrent");
  get(contextSynchronize, "cuCtxSynchronize");
  get(memoryAllocate, "cuMemAlloc_v2");
  get(memoryFree, "cuMemFree_v2");
  get(copyToDevice, "cuMemcpyHtoD_v2");
  get(copyToHost, "cuMemcpyDtoH_v2");
  get(moduleLoadData, "cuModuleLoadData");
  get(moduleUnload, "cuModuleUnload");
  get(moduleGetFunction, "cuModuleGetFunction");
  get(functionSetAttribute, "cuFuncSetAttribute");
  get(launchKernel, "cuLaunchKernel");
  get(tensorMapEncodeTiled, "cuTensorMapEncodeTiled");
  get(eventCreate, "cuEventCreate");
  get(eventDestroy, "cuEventDestroy_v2");
  get(eventRecord, "cuEventRecord");
  get(eventSynchronize, "cuEventSynchronize");
  get(eventElapsedTime, "cuEventElapsedTime");
  if (missing)
    return createStringError(Twine("the CUDA driver has no ") + missing +
                             "; it must be of CUDA 12 or later");
  return Error::success();
}

Expected<CudaDriver> CudaDriver::open() {
  auto functions = std::make_shared<Functions>();
  functions->library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!functions->library)
    return createStringError(Twine("there is no NVIDIA GPU here: ") +
                             dlerror());
  if (Error error = functions->find())
    return error;
  if (Error error = functions->check(functions->init(0), "start"))
    return error;
  if (Error error = functions->check(
          functions->deviceGet(&functions->device, 0), "find a device"))
    return error;
  void *context;
  if (Error error = functions->check(
          functions->primaryContextRetain(&context, functions->device),
          "make a context"))
    return error;
  char name[128] = {};
  int multiprocessors = 0, major = 0, minor = 0;
  functions->deviceGetName(name, sizeof(name) - 1, functions->device);
  functions->deviceGetAttribute(&multiprocessors, kMultiprocessors,
                                functions->device);
  functions->deviceGetAttribute(&major, kMajor, functions->device);
  functions->deviceGetAttribute(&minor, kMinor, functions->device);
  functions->chip = formatv("sm_{0}{1}", major, minor);
  functions->description = formatv("{0}, {1}, {2} multiprocessors", name,
                                   functions->chip, multiprocessors);
  if (Error error = functions->check(functions->contextSetCurrent(context),
                                     "use its context"))
    return error;
  return CudaDriver(std::move(functions));
}

const std::string &CudaDriver::getDescription() const {
  return functions->description;
}

const std::string &CudaDriver::getChip() const { return functions->chip; }

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

static CudaAddress toAddress(const char *pointer) {
  return reinterpret_cast<uintptr_t>(pointer);
}

Expected<CudaMemory> CudaDriver::allocate(size_t bytes) const {
  CudaAddress address = 0;
  // Nothing can be allocated in zero bytes.
  if (Error error = functions->check(
          functions->memoryAllocate(&address, std::max<size_t>(bytes, 1)),
          "allocate memory"))
    return error;
  return CudaMemory(*this, reinterpret_cast<char *>(address));
}

CudaMemory::CudaMemory(CudaMemory &&other)
    : driver(other.driver), address(std::exchange(other.address, nullptr)) {}

CudaMemory::~CudaMemory() {
  if (address)
    driver.functions->memoryFree(toAddress(address));
}

Error CudaDriver::copyToDevice(char *device, const void *host,
                               size_t bytes) const {
  if (bytes == 0)
    return Error::success();
  return functions->check(
      functions->copyToDevice(toAddress(device), host, bytes),
      "copy to the device");
}

Error CudaDriver::copyToHost(void *host, const char *device,
                             size_t bytes) const {
  if (bytes == 0)
    return Error::success();
  return functions->check(functions->copyToHost(host, toAddress(device), bytes),
                          "copy from the device");
}

Error CudaDriver::synchronize() const {
  return functions->check(functions->contextSynchronize(), "run the kernel");
}

} // namespace mlir::attn
