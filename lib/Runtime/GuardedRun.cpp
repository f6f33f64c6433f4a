//===- GuardedRun.cpp - a second run beside other guards ------------------===//
//
// Covered by test/unittests/Runtime/GuardedRunTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "attn/Runtime/GuardedRun.h"
#include "attn/Runtime/Compare.h"
#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace mlir::attn {

Error rerunGuarded(const Signature &signature, ArrayRef<HostTensor> tensors,
                   Layout layout,
                   function_ref<Error(ArrayRef<HostTensor *>)> run) {
  std::vector<HostTensor> others;
  for (auto [info, tensor] : llvm::zip_equal(signature.args, tensors)) {
    Expected<HostTensor> other =
        tensor.copyTo(layout, info.isScalar ? Guard::none : Guard::start);
    if (!other)
      return other.takeError();
    if (info.role == ArgumentRole::output)
      other->clear();
    others.push_back(std::move(*other));
  }
  SmallVector<HostTensor *> pointers;
  for (HostTensor &other : others)
    pointers.push_back(&other);
  if (Error error = run(pointers))
    return error;
  for (auto [info, tensor, other] :
       llvm::zip_equal(signature.args, tensors, others))
    if (!hasSameBits(tensor, other))
      return createStringError("the kernel gave other bits in '" + info.name +
                               "' when its tensors lay elsewhere");
  return Error::success();
}

} // namespace mlir::attn
