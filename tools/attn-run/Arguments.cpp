//===- Arguments.cpp - tensors for one call -------------------------------===//
//
// Covered by test/Tools/attn-run/inputs.mlir and
// test/Tools/attn-run/shapes.mlir.
//
//===----------------------------------------------------------------------===//

#include "Arguments.h"
#include "attn/Runtime/Npy.h"
#include "attn/Runtime/Random.h"
#include "attn/Runtime/SizeBinding.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::attn;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;

namespace {
/// Fills in the arguments step by step; a tensor that is not there yet is null.
class ArgumentMaker {
public:
  ArgumentMaker(const Signature &signature, const RunOptions &options,
                ArrayRef<ArgumentContents> contents)
      : signature(signature), options(options), contents(contents),
        binding(signature), tensors(signature.args.size()) {}

  Expected<std::vector<HostTensor>> make();

private:
  Error checkCounts() const;
  Error readFiles();
  Error readScalar(unsigned number, StringRef path);
  Error bindShapes();
  Error generate(unsigned number);
  Error fill(unsigned number);
  Error allocate(unsigned number);
  /// Of the first run; `rerunGuarded` makes the tensors of the second one.
  Guard guard() const { return options.guard ? Guard::end : Guard::none; }

  const Signature &signature;
  const RunOptions &options;
  ArrayRef<ArgumentContents> contents;
  SizeBinding binding;
  std::vector<std::optional<HostTensor>> tensors;
};
} // namespace

static bool isInput(const ArgumentInfo &info) {
  return info.role == ArgumentRole::input;
}

/// "3 inputs (q, k, v)".
static std::string countOf(const Signature &signature, ArgumentRole role) {
  SmallVector<StringRef> names;
  for (const ArgumentInfo &info : signature.args)
    if (info.role == role)
      names.push_back(info.name);
  std::string text = std::to_string(names.size());
  text += role == ArgumentRole::input ? " input" : " output";
  if (names.size() != 1)
    text += "s";
  return names.empty() ? text : text + " (" + llvm::join(names, ", ") + ")";
}

Error ArgumentMaker::checkCounts() const {
  size_t numInputs = llvm::count_if(signature.args, isInput);
  size_t found = options.inputs.size();
  if (found > numInputs || (found < numInputs && !options.seed))
    return createStringError(
        "expected " + countOf(signature, ArgumentRole::input) + " but found " +
        Twine(found) + (found < numInputs ? "; give --input or --seed" : ""));
  if (options.outputs.size() > signature.args.size() - numInputs)
    return createStringError("expected at most " +
                             countOf(signature, ArgumentRole::output) +
                             " but found " + Twine(options.outputs.size()));
  return Error::success();
}

/// Puts the argument's name in front of an error about its file.
static Error prefix(const ArgumentInfo &info, Error error) {
  return createStringError("input '" + info.name +
                           "': " + llvm::toString(std::move(error)));
}

Error ArgumentMaker::readScalar(unsigned number, StringRef path) {
  const ArgumentInfo &info = signature.args[number];
  DType type = *parseDType(info.dtype);
  Expected<HostTensor> read = readNpy(path, {type});
  if (!read)
    return prefix(info, read.takeError());
  if (read->getNumElements() != 1)
    return createStringError("expected '" + info.name +
                             "' to be a scalar but found " +
                             formatSizes(read->getSizes()) + " elements");
  Expected<HostTensor> scalar = HostTensor::allocate(type, {});
  if (!scalar)
    return scalar.takeError();
  scalar->setElement(0, read->getElement(0));
  tensors[number] = std::move(*scalar);
  return binding.bindScalar(
      number, static_cast<int64_t>(tensors[number]->getElement(0)));
}

Error ArgumentMaker::readFiles() {
  // Inputs come first in every signature.
  for (auto [number, path] : llvm::enumerate(options.inputs)) {
    const ArgumentInfo &info = signature.args[number];
    if (info.isScalar) {
      if (Error error = readScalar(number, path))
        return error;
      continue;
    }
    Expected<HostTensor> tensor =
        readNpy(path, {*parseDType(info.dtype)}, options.layout, guard());
    if (!tensor)
      return prefix(info, tensor.takeError());
    if (Error error = binding.bind(number, tensor->getSizes()))
      return error;
    tensors[number] = std::move(*tensor);
  }
  return Error::success();
}

/// Reads "1x8x?x64", where ? stands for the dimension of `info` as it is.
static Expected<SmallVector<int64_t>> parseSizes(StringRef text) {
  SmallVector<int64_t> sizes;
  SmallVector<StringRef> parts;
  text.split(parts, 'x');
  for (StringRef part : parts) {
    int64_t size = ShapedType::kDynamic;
    if (part != "?" && (part.getAsInteger(10, size) || size < 0))
      return createStringError("expected sizes such as 1x8x77x64 but found '" +
                               text + "'");
    sizes.push_back(size);
  }
  return sizes;
}

Error ArgumentMaker::bindShapes() {
  for (StringRef shape : options.shapes) {
    auto [name, text] = shape.split('=');
    const auto *info =
        llvm::find_if(signature.args, [name = name](const ArgumentInfo &info) {
          return info.name == name;
        });
    if (info == signature.args.end() || info->isScalar) {
      SmallVector<StringRef> names;
      for (const ArgumentInfo &candidate : signature.args)
        if (!candidate.isScalar)
          names.push_back(candidate.name);
      return createStringError("--shape: expected one of the tensors " +
                               llvm::join(names, ", ") + " but found '" + name +
                               "'");
    }
    Expected<SmallVector<int64_t>> sizes = parseSizes(text);
    if (!sizes)
      return createStringError("--shape: " + llvm::toString(sizes.takeError()));
    if (Error error = binding.bind(info - signature.args.begin(), *sizes))
      return createStringError("--shape: " + llvm::toString(std::move(error)));
  }
  return Error::success();
}

Error ArgumentMaker::allocate(unsigned number) {
  const ArgumentInfo &info = signature.args[number];
  SmallVector<int64_t> sizes;
  if (!info.isScalar) {
    Expected<SmallVector<int64_t>> resolved = binding.resolve(number);
    if (!resolved)
      return createStringError(llvm::toString(resolved.takeError()) +
                               " by --shape");
    sizes = *resolved;
  }
  Expected<HostTensor> tensor =
      HostTensor::allocate(*parseDType(info.dtype), sizes,
                           info.isScalar ? Layout::contiguous : options.layout,
                           info.isScalar ? Guard::none : guard());
  if (!tensor)
    return tensor.takeError();
  tensors[number] = std::move(*tensor);
  return Error::success();
}

Error ArgumentMaker::fill(unsigned number) {
  ArgumentContents how;
  if (number < contents.size())
    how = contents[number];
  if (how.limit) {
    auto [argument, dim] = *how.limit;
    Expected<SmallVector<int64_t>> sizes = binding.resolve(argument);
    if (!sizes)
      return createStringError(llvm::toString(sizes.takeError()) +
                               " by --shape");
    how.contents.limit = (*sizes)[dim];
  }
  fillRandom(*tensors[number], *options.seed, how.stream.value_or(number),
             how.contents);
  return Error::success();
}

Error ArgumentMaker::generate(unsigned number) {
  if (Error error = allocate(number))
    return error;
  if (Error error = fill(number))
    return error;
  HostTensor &tensor = *tensors[number];
  const ArgumentInfo &info = signature.args[number];
  if (!info.isScalar)
    return Error::success();
  // An integer that is also a size of some tensor must have its value.
  if (std::optional<int64_t> size = binding.resolveScalar(number))
    tensor.setElement(0, static_cast<double>(*size));
  return binding.bindScalar(number, static_cast<int64_t>(tensor.getElement(0)));
}

Expected<std::vector<HostTensor>> ArgumentMaker::make() {
  if (Error error = checkCounts())
    return error;
  if (Error error = readFiles())
    return error;
  if (Error error = bindShapes())
    return error;
  for (auto [number, info] : llvm::enumerate(signature.args)) {
    if (tensors[number])
      continue;
    Error error = isInput(info) ? generate(number) : allocate(number);
    if (error)
      return error;
  }
  std::vector<HostTensor> result;
  for (std::optional<HostTensor> &tensor : tensors)
    result.push_back(std::move(*tensor));
  return result;
}

Expected<std::vector<HostTensor>>
mlir::attn::makeArguments(const Signature &signature, const RunOptions &options,
                          ArrayRef<ArgumentContents> contents) {
  return ArgumentMaker(signature, options, contents).make();
}
