//===- Kernel.h - Compiled functions, loaded and called ---------*- C++ -*-===//
//
// Loads the object that the compiler wrote into this process, the very bytes
// that would go to a linker, and calls its functions by the plain-call ABI:
//
//   Expected<Kernel> kernel = Kernel::load(artifact, "attention");
//   Kernel::Call call = cantFail(kernel->prepare({&q, &k, &v, &o}));
//   Error error = call.run(/*threads=*/1);
//
// A tensor argument is passed as the address of a struct of data pointer, sizes
// and strides, a scalar by value, and the thread count comes last. A function
// may have any number and any types of arguments, so a small function of the
// form `int32_t (void **, int32_t)` is compiled for each signature that calls
// it.
//
// Covered by test/unittests/Runtime/KernelTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_KERNEL_H
#define ATTN_RUNTIME_KERNEL_H

#include "attn/Compiler/Compiler.h"
#include "attn/Runtime/HostTensor.h"
#include <memory>

namespace mlir::attn {

class Kernel {
public:
  /// One set of arguments, ready to be run any number of times. Refers to the
  /// tensors and the kernel that it was made from.
  class Call {
  public:
    /// Runs the kernel; a status other than 0 is an error that names it.
    llvm::Error run(unsigned threads) const;

  private:
    friend class Kernel;
    using Entry = int32_t(void **arguments, int32_t threads);
    Entry *entry = nullptr;
    /// The struct of each tensor argument, as 64-bit words.
    std::vector<std::vector<int64_t>> structs;
    std::vector<void *> arguments;
  };

  /// Loads `artifact`, an object, and finds its public function `name`. Fails
  /// where the object needs instructions that this CPU lacks, symbols that the
  /// process lacks, or OpenMP's runtime where that is not installed. The latter
  /// is the first of `openMPLibraries` that can be loaded; without such names,
  /// LLVM's is looked for in the usual places.
  static llvm::Expected<Kernel>
  load(const Artifact &artifact, llvm::StringRef name,
       llvm::ArrayRef<std::string> openMPLibraries = {});
  Kernel(Kernel &&);
  Kernel &operator=(Kernel &&);
  ~Kernel();

  const Signature &getSignature() const;

  /// Makes a call with one tensor per argument, inputs and then outputs; for a
  /// scalar argument a tensor of rank 0. Fails if their number, an element type
  /// or a rank differs from the signature.
  llvm::Expected<Call> prepare(llvm::ArrayRef<HostTensor *> arguments) const;

  /// Runs the kernel once on `arguments`. Fails, beyond what `prepare` and
  /// `Call::run` refuse, if it changed the padding of a tensor.
  llvm::Error run(llvm::ArrayRef<HostTensor *> arguments,
                  unsigned threads) const;

private:
  struct State;
  explicit Kernel(std::unique_ptr<State> state);

  std::unique_ptr<State> state;
};

} // namespace mlir::attn

#endif // ATTN_RUNTIME_KERNEL_H
