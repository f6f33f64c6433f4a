//===- EmulatedKernel.cpp - a GPU kernel, run by the emulator -------------===//
//
// Covered by test/Integration/GPU.
//
//===----------------------------------------------------------------------===//

#include "attn/Runtime/EmulatedKernel.h"
#include "HostJit.h"

using namespace llvm;

namespace mlir::attn {

struct EmulatedKernel::State {
  HostJit jit;
  Emulator emulator;
  GPUKernel kernel;
  Signature signature;
  Emulator::Launch::Kernel *entry = nullptr;
};

EmulatedKernel::EmulatedKernel(std::unique_ptr<State> state)
    : state(std::move(state)) {}
EmulatedKernel::EmulatedKernel(EmulatedKernel &&) = default;
EmulatedKernel::~EmulatedKernel() = default;

const Signature &EmulatedKernel::getSignature() const {
  return state->signature;
}

Expected<EmulatedKernel> EmulatedKernel::load(const GPUArtifact &artifact) {
  Expected<HostJit> jit = HostJit::create();
  if (!jit)
    return jit.takeError();
  Expected<Emulator> emulator = Emulator::create();
  if (!emulator)
    return emulator.takeError();
  auto state = std::make_unique<State>(
      State{std::move(*jit), std::move(*emulator), artifact.kernel,
            artifact.signature, /*entry=*/nullptr});
  for (const EmulationSymbol &symbol : getEmulationSymbols())
    if (Error error = state->jit.addSymbol(symbol.name, symbol.address))
      return error;
  if (Error error = state->jit.addObject(artifact.bytes))
    return error;
  Expected<Emulator::Launch::Kernel *> entry =
      state->jit.lookup<Emulator::Launch::Kernel>(artifact.kernel.name);
  if (!entry)
    return entry.takeError();
  state->entry = *entry;
  return EmulatedKernel(std::move(state));
}

std::vector<GPUArgument> describeArguments(const Signature &signature,
                                           ArrayRef<HostTensor *> tensors) {
  std::vector<GPUArgument> arguments;
  for (HostTensor *tensor : tensors) {
    GPUArgument argument;
    argument.data = static_cast<char *>(tensor->getData());
    argument.elementBytes = sizeInBytes(tensor->getType());
    argument.sizes.assign(tensor->getSizes().begin(), tensor->getSizes().end());
    argument.strides.assign(tensor->getStrides().begin(),
                            tensor->getStrides().end());
    arguments.push_back(std::move(argument));
  }
  return arguments;
}

Expected<EmulationReport> EmulatedKernel::run(ArrayRef<HostTensor *> tensors,
                                              const EmulationOptions &options) {
  if (tensors.size() != state->signature.args.size())
    return createStringError("expected " + Twine(state->signature.args.size()) +
                             " arguments but found " + Twine(tensors.size()));
  Expected<GPULaunch> call =
      prepareLaunch(state->kernel, state->signature,
                    describeArguments(state->signature, tensors));
  if (!call)
    return call.takeError();
  if (call->isEmpty())
    return EmulationReport();
  std::vector<void *> parameters;
  for (auto [parameter, value] :
       zip_equal(state->kernel.parameters, call->values))
    parameters.push_back(parameter.kind == GPUParameterKind::map
                             ? static_cast<void *>(&value.map)
                             : &value.bits);
  Emulator::Launch launch;
  launch.kernel = state->entry;
  launch.parameters = parameters.data();
  launch.grid = call->grid;
  launch.threads = state->kernel.threads;
  launch.sharedBytes = state->kernel.sharedBytes;
  launch.registers = state->kernel.registers;
  EmulationReport report = state->emulator.run(launch, options);
  if (!report.faults.empty())
    return createStringError(spelling(report.faults.front().kind) + ": " +
                             report.faults.front().message);
  return report;
}

} // namespace mlir::attn
