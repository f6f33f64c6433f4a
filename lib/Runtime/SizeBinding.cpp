//===- SizeBinding.cpp - Sizes of the arguments of one call ---------------===//
//
// Covered by test/unittests/Runtime/SizeBindingTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "attn/Runtime/SizeBinding.h"
#include "attn/Runtime/HostTensor.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace mlir::attn {

SizeBinding::SizeBinding(const Signature &signature) : signature(signature) {
  for (auto [number, argument] : llvm::enumerate(signature.args))
    for (auto [dim, size] : llvm::enumerate(argument.shape))
      if (!ShapedType::isDynamic(size))
        known.try_emplace(argument.dimClass[dim],
                          Known{size, static_cast<unsigned>(number),
                                static_cast<unsigned>(dim)});
}

std::string SizeBinding::describe(unsigned argument, unsigned dim) const {
  const ArgumentInfo &info = signature.args[argument];
  if (info.isScalar)
    return "the value of '" + info.name + "'";
  return "dimension " + std::to_string(dim) + " of '" + info.name + "'";
}

Error SizeBinding::bindClass(int64_t dimClass, Known value) {
  auto [entry, inserted] = known.try_emplace(dimClass, value);
  const Known &first = entry->second;
  if (inserted || first.size == value.size)
    return Error::success();
  std::string source;
  if (first.argument != value.argument || first.dim != value.dim)
    source = " (" + describe(first.argument, first.dim) + ")";
  return createStringError("expected " + describe(value.argument, value.dim) +
                           " to be " + Twine(first.size) + source +
                           " but found " + Twine(value.size));
}

Error SizeBinding::bind(unsigned argument, ArrayRef<int64_t> sizes) {
  const ArgumentInfo &info = signature.args[argument];
  if (sizes.size() != info.shape.size())
    return createStringError("expected '" + info.name + "' to have " +
                             Twine(info.shape.size()) +
                             " dimensions but found " + Twine(sizes.size()) +
                             " (" + formatSizes(sizes) + ")");
  for (auto [dim, size] : llvm::enumerate(sizes))
    if (!ShapedType::isDynamic(size))
      if (Error error =
              bindClass(info.dimClass[dim],
                        Known{size, argument, static_cast<unsigned>(dim)}))
        return error;
  return Error::success();
}

Error SizeBinding::bindScalar(unsigned argument, int64_t value) {
  const ArgumentInfo &info = signature.args[argument];
  if (info.dimClass.empty())
    return Error::success();
  return bindClass(info.dimClass.front(), Known{value, argument, 0});
}

Expected<SmallVector<int64_t>> SizeBinding::resolve(unsigned argument) const {
  const ArgumentInfo &info = signature.args[argument];
  SmallVector<int64_t> sizes;
  for (auto [dim, dimClass] : llvm::enumerate(info.dimClass)) {
    auto entry = known.find(dimClass);
    if (entry == known.end())
      return createStringError(describe(argument, static_cast<unsigned>(dim)) +
                               " is not known; give the sizes of '" +
                               info.name + "'");
    sizes.push_back(entry->second.size);
  }
  return sizes;
}

std::optional<int64_t> SizeBinding::resolveScalar(unsigned argument) const {
  const ArgumentInfo &info = signature.args[argument];
  if (info.dimClass.empty())
    return std::nullopt;
  auto entry = known.find(info.dimClass.front());
  if (entry == known.end())
    return std::nullopt;
  return entry->second.size;
}

} // namespace mlir::attn
