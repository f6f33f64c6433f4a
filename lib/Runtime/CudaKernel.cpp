//===- CudaKernel.cpp - a kernel on a GPU, with tensors of the host -------===//
//
// Covered by tools/dev/gpu-check.sh, on machines with a GPU.
//
//===----------------------------------------------------------------------===//

#include "attn/Runtime/CudaKernel.h"
#include "attn/Runtime/EmulatedKernel.h"

using namespace llvm;

namespace mlir::attn {

Expected<CudaKernel> CudaKernel::load(const GPUArtifact &artifact) {
  Expected<CudaDriver> driver = CudaDriver::open();
  if (!driver)
    return driver.takeError();
  Expected<CudaModule> module = driver->load(artifact.bytes, artifact.kernel);
  if (!module)
    return module.takeError();
  return CudaKernel(*driver, std::move(*module), artifact.kernel,
                    artifact.signature);
}

namespace {
/// The tensors of a call, row after row, on the device.
struct DeviceTensors {
  std::vector<HostTensor> contiguous;
  std::vector<CudaMemory> memory;
  std::vector<GPUArgument> arguments;
};
} // namespace

static int64_t countBytes(const HostTensor &tensor) {
  int64_t bytes = sizeInBytes(tensor.getType());
  for (int64_t size : tensor.getSizes())
    bytes *= size;
  return bytes;
}

static Expected<DeviceTensors> copyToDevice(const CudaDriver &driver,
                                            const Signature &signature,
                                            ArrayRef<HostTensor *> tensors) {
  DeviceTensors device;
  for (HostTensor *tensor : tensors) {
    Expected<HostTensor> copy = tensor->copyTo(Layout::contiguous, Guard::none);
    if (!copy)
      return copy.takeError();
    device.contiguous.push_back(std::move(*copy));
  }
  std::vector<HostTensor *> pointers;
  for (HostTensor &tensor : device.contiguous)
    pointers.push_back(&tensor);
  device.arguments = describeArguments(signature, pointers);
  for (auto [info, tensor, argument] :
       zip_equal(signature.args, device.contiguous, device.arguments)) {
    // The value of a scalar is read by the host.
    if (info.isScalar)
      continue;
    Expected<CudaMemory> memory = driver.allocate(countBytes(tensor));
    if (!memory)
      return memory.takeError();
    if (Error error = driver.copyToDevice(memory->get(), tensor.getData(),
                                          countBytes(tensor)))
      return error;
    argument.data = memory->get();
    device.memory.push_back(std::move(*memory));
  }
  return device;
}

/// Copies `source`, which is contiguous, into the rows of `destination`.
static void copyRows(const HostTensor &source, HostTensor &destination) {
  int64_t bytes = sizeInBytes(destination.getType());
  const char *next = static_cast<const char *>(source.getData());
  destination.forEachRow([&](int64_t, char *row, int64_t count) {
    std::copy_n(next, count * bytes, row);
    next += count * bytes;
  });
}

Error CudaKernel::run(ArrayRef<HostTensor *> tensors) const {
  Expected<DeviceTensors> device = copyToDevice(driver, signature, tensors);
  if (!device)
    return device.takeError();
  Expected<GPULaunch> launch =
      prepareLaunch(kernel, signature, device->arguments);
  if (!launch)
    return launch.takeError();
  if (Error error = module.launch(*launch, /*stream=*/nullptr))
    return error;
  if (Error error = driver.synchronize())
    return error;
  for (auto [index, info] : enumerate(signature.args)) {
    if (info.role != ArgumentRole::output)
      continue;
    HostTensor &copy = device->contiguous[index];
    if (Error error = driver.copyToHost(
            copy.getData(), device->arguments[index].data, countBytes(copy)))
      return error;
    copyRows(copy, *tensors[index]);
  }
  return Error::success();
}

Expected<double> CudaKernel::time(ArrayRef<HostTensor *> tensors,
                                  unsigned repeat) const {
  Expected<DeviceTensors> device = copyToDevice(driver, signature, tensors);
  if (!device)
    return device.takeError();
  Expected<GPULaunch> launch =
      prepareLaunch(kernel, signature, device->arguments);
  if (!launch)
    return launch.takeError();
  return module.time(*launch, repeat);
}

} // namespace mlir::attn
