//===- HostJit.h - Machine code in this process -----------------*- C++ -*-===//
//
// Private to lib/Runtime. Brings LLVM IR or finished objects into the process
// by ORC and finds their functions. Symbols that the code lacks are looked for
// in the process (libc, libm) and in libraries added by name.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_RUNTIME_HOSTJIT_H
#define ATTN_LIB_RUNTIME_HOSTJIT_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <string>

namespace llvm {
class Module;
namespace orc {
class LLJIT;
} // namespace orc
} // namespace llvm

namespace mlir::attn {

class HostJit {
public:
  /// A compiler for the CPU of this machine with all its instruction sets.
  static llvm::Expected<HostJit> create();
  HostJit(HostJit &&);
  ~HostJit();

  /// Compiles the module that `build` fills in.
  llvm::Error addModule(llvm::function_ref<void(llvm::Module &)> build);

  /// Links a relocatable object; its bytes are copied.
  llvm::Error addObject(llvm::StringRef bytes);

  /// Lets code find the symbols of a shared library, e.g. "libomp.so.5".
  llvm::Error addLibrary(const char *name);

  /// Lets code find `address` by `name`.
  llvm::Error addSymbol(llvm::StringRef name, void *address);

  /// The address of a function; linking and compiling happen here at the
  /// latest, so this is where their errors appear.
  template <typename Function>
  llvm::Expected<Function *> lookup(llvm::StringRef name) {
    llvm::Expected<void *> address = lookupAddress(name);
    if (!address)
      return address.takeError();
    return reinterpret_cast<Function *>(*address);
  }

private:
  HostJit();
  llvm::Expected<void *> lookupAddress(llvm::StringRef name);

  /// What ORC has reported. It tells a linking error in full there, and only
  /// its consequences to the caller of a lookup. Outlives the session.
  std::unique_ptr<std::string> reports;
  std::unique_ptr<llvm::orc::LLJIT> jit;
};

} // namespace mlir::attn

#endif // ATTN_LIB_RUNTIME_HOSTJIT_H
