//===- Kernel.cpp - Compiled functions, loaded and called -----------------===//
//
// Covered by test/unittests/Runtime/KernelTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "attn/Runtime/Kernel.h"
#include "HostJit.h"
#include "Trampoline.h"
#include "attn/Compiler/Status.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Support/Error.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"
#include <dlfcn.h>

using namespace llvm;

namespace mlir::attn {

struct Kernel::State {
  HostJit jit;
  Signature signature;
  Call::Entry *entry = nullptr;
};

Kernel::Kernel(std::unique_ptr<State> state) : state(std::move(state)) {}
Kernel::Kernel(Kernel &&) = default;
Kernel &Kernel::operator=(Kernel &&) = default;
Kernel::~Kernel() = default;

const Signature &Kernel::getSignature() const { return state->signature; }

/// Fails if this machine cannot execute `artifact`.
static Error checkHost(const Artifact &artifact) {
  Triple triple(artifact.triple);
  Triple host(sys::getProcessTriple());
  if (triple.getArch() != host.getArch() || triple.getOS() != host.getOS())
    return createStringError("expected an object for '" + host.str() +
                             "' but found one for '" + triple.str() + "'");
  StringMap<bool> features = sys::getHostCPUFeatures();
  SmallVector<StringRef> needed;
  StringRef(artifact.features).split(needed, ',', -1, /*KeepEmpty=*/false);
  for (StringRef feature : needed)
    if (feature.consume_front("+") && !features.lookup(feature))
      return createStringError("the object needs the CPU feature '" + feature +
                               "', which this machine lacks");
  return Error::success();
}

/// Whether the object has calls to OpenMP's runtime.
static Expected<bool> needsOpenMP(StringRef bytes) {
  Expected<std::unique_ptr<object::ObjectFile>> file =
      object::ObjectFile::createObjectFile(MemoryBufferRef(bytes, "kernel"));
  if (!file)
    return file.takeError();
  for (const object::SymbolRef &symbol : (*file)->symbols()) {
    Expected<uint32_t> flags = symbol.getFlags();
    if (!flags)
      return flags.takeError();
    if (!(*flags & object::SymbolRef::SF_Undefined))
      continue;
    Expected<StringRef> name = symbol.getName();
    if (!name)
      return name.takeError();
    if (name->starts_with("__kmpc_") || name->starts_with("omp_"))
      return true;
  }
  return false;
}

/// Names of LLVM's OpenMP runtime: where the system looks for libraries, else
/// beside LLVM itself.
static SmallVector<std::string> getOpenMPLibraries() {
  SmallVector<std::string> names = {"libomp.so.5", "libomp.so", "libiomp5.so"};
  Dl_info llvmLibrary;
  if (dladdr(reinterpret_cast<void *>(&sys::getProcessTriple), &llvmLibrary)) {
    StringRef path(llvmLibrary.dli_fname);
    names.push_back((path.rsplit('/').first + "/libomp.so.5").str());
  }
  return names;
}

static Error addOpenMP(HostJit &jit, ArrayRef<std::string> names) {
  for (const std::string &name : names) {
    Error error = jit.addLibrary(name.c_str());
    if (!error)
      return Error::success();
    consumeError(std::move(error));
  }
  return createStringError("the kernel needs OpenMP's runtime, but none of " +
                           llvm::join(names, ", ") + " can be loaded");
}

Expected<Kernel> Kernel::load(const Artifact &artifact, StringRef name,
                              ArrayRef<std::string> openMPLibraries) {
  auto signature =
      llvm::find_if(artifact.functions, [&](const Signature &candidate) {
        return candidate.name == name;
      });
  if (signature == artifact.functions.end())
    return createStringError("the object has no public function '" + name +
                             "'");
  if (Error error = checkHost(artifact))
    return error;
  Expected<HostJit> jit = HostJit::create();
  if (!jit)
    return jit.takeError();
  auto state = std::make_unique<State>(
      State{std::move(*jit), *signature, /*entry=*/nullptr});
  Expected<bool> openMP = needsOpenMP(artifact.bytes);
  if (!openMP)
    return openMP.takeError();
  if (*openMP) {
    SmallVector<std::string> usual = getOpenMPLibraries();
    if (Error error =
            addOpenMP(state->jit, openMPLibraries.empty() ? ArrayRef(usual)
                                                          : openMPLibraries))
      return error;
  }
  if (Error error = state->jit.addObject(artifact.bytes))
    return error;

  // The compiler's own symbols never contain a dot after this prefix.
  constexpr StringLiteral kTrampoline("attn.trampoline");
  if (Error error = state->jit.addModule([&](llvm::Module &module) {
        buildTrampoline(module, kTrampoline, *signature);
      }))
    return error;
  Expected<Call::Entry *> entry = state->jit.lookup<Call::Entry>(kTrampoline);
  if (!entry)
    return entry.takeError();
  state->entry = *entry;
  return Kernel(std::move(state));
}

Expected<Kernel::Call> Kernel::prepare(ArrayRef<HostTensor *> arguments) const {
  const Signature &signature = state->signature;
  if (arguments.size() != signature.args.size())
    return createStringError("expected " + Twine(signature.args.size()) +
                             " arguments but found " + Twine(arguments.size()));
  Call call;
  call.entry = state->entry;
  for (auto [info, tensor] : llvm::zip_equal(signature.args, arguments)) {
    if (spelling(tensor->getType()) != spelling(*parseDType(info.dtype)))
      return createStringError("expected '" + info.name +
                               "' to have element "
                               "type " +
                               info.dtype + " but found " +
                               spelling(tensor->getType()));
    if (tensor->getSizes().size() != info.shape.size())
      return createStringError(
          "expected '" + info.name + "' to have " + Twine(info.shape.size()) +
          " dimensions but found " + Twine(tensor->getSizes().size()));
    if (info.isScalar) {
      call.arguments.push_back(tensor->getData());
      continue;
    }
    std::vector<int64_t> words = {reinterpret_cast<int64_t>(tensor->getData())};
    llvm::append_range(words, tensor->getSizes());
    llvm::append_range(words, tensor->getStrides());
    call.structs.push_back(std::move(words));
    call.arguments.push_back(call.structs.back().data());
  }
  return call;
}

Error Kernel::run(ArrayRef<HostTensor *> arguments, unsigned threads) const {
  Expected<Call> call = prepare(arguments);
  if (!call)
    return call.takeError();
  if (Error error = call->run(threads))
    return error;
  for (auto [info, tensor] : llvm::zip_equal(state->signature.args, arguments))
    if (!tensor->isPaddingIntact())
      return createStringError("the kernel wrote outside of '" + info.name +
                               "'");
  return Error::success();
}

static StringRef describe(Status status) {
  switch (status) {
  case Status::ok:
    return "success";
  case Status::nullPointer:
    return "a pointer is null";
  case Status::rank:
    return "a rank is wrong";
  case Status::size:
    return "sizes do not agree";
  case Status::stride:
    return "an innermost stride is not 1";
  case Status::workspace:
    return "memory for the workspace is missing";
  case Status::indexData:
    return "lengths or offsets are inconsistent";
  case Status::cpu:
    return "this CPU lacks the instruction set";
  case Status::tile:
    return "there is no such phase or tile";
  }
  return "no status of this version";
}

Error Kernel::Call::run(unsigned threads) const {
  int32_t status = entry(const_cast<void **>(arguments.data()),
                         static_cast<int32_t>(threads));
  if (status == 0)
    return Error::success();
  return createStringError("the kernel returned status " + Twine(status) +
                           ": " + describe(static_cast<Status>(status)));
}

} // namespace mlir::attn
