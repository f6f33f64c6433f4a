//===- RunKernel.cpp - runs a kernel beside its reference -----------------===//
//
// A mutated program may be as badly conditioned as one likes: with a scale of
// 1e4 the last bit of a score decides which key wins. So the reference runs
// twice, the second time on inputs that differ by 2^-20; what that changes, the
// kernel may change too. Programs that have no meaning (a division by zero, an
// index out of range, a shift by more than the width) are run by the reference
// first, and where that ends the process the input is nobody's fault.
//
// Covered by test/Fuzz/fuzz.test.
//
//===----------------------------------------------------------------------===//

#include "Oracle.h"
#include "attn/Dialect/Attn/IR/Attn.h"
#include "attn/Runtime/Compare.h"
#include "attn/Runtime/GuardedRun.h"
#include "attn/Runtime/Random.h"
#include "attn/Runtime/SizeBinding.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"
#include "llvm/ADT/StringExtras.h"
#include <cmath>

namespace mlir::attn {

/// What a run may hold, so that the plain loops of the reference end soon.
static constexpr int64_t kMaxElements = 1 << 14;
static constexpr int64_t kMaxSize = 512;

/// Whether `op` reads a tensor that nobody wrote.
static bool readsNothing(Operation *op) {
  auto empty = dyn_cast<tensor::EmptyOp>(op);
  return empty && llvm::any_of(empty->getUses(), [](OpOperand &use) {
           auto dps = dyn_cast<DestinationStyleOpInterface>(use.getOwner());
           if (!dps || !dps.isDpsInit(&use))
             return true;
           auto structured = dyn_cast<linalg::LinalgOp>(use.getOwner());
           return structured && structured.payloadUsesValueFromOperand(&use);
         });
}

/// Whether sizes that must be equal come from different places, so that it is
/// up to the program whether they are. What are arguments both is checked in
/// each call.
static bool hasOpenSizes(Operation *op) {
  bool isOpen = false;
  collectShapeTies(op, [&](Value a, int64_t i, Value b, int64_t j) {
    // Results have the sizes of their destinations.
    if (isOpen || b.getDefiningOp() == op ||
        (isa<BlockArgument>(a) && isa<BlockArgument>(b)))
      return;
    FailureOr<bool> same = ValueBoundsConstraintSet::areEqual({a, i}, {b, j});
    isOpen = failed(same) || !*same;
  });
  return isOpen;
}

/// Operations whose result is undefined for some operands, or whose exactness
/// was given up by the program itself.
static bool isLoose(Operation *op) {
  if (auto fastMath = dyn_cast<arith::ArithFastMathInterface>(op))
    if (fastMath.getFastMathFlagsAttr() &&
        fastMath.getFastMathFlagsAttr().getValue() !=
            arith::FastMathFlags::none)
      return true;
  if (auto overflow = dyn_cast<arith::ArithIntegerOverflowFlagsInterface>(op))
    if (overflow.getOverflowAttr() && overflow.getOverflowAttr().getValue() !=
                                          arith::IntegerOverflowFlags::none)
      return true;
  // Divisions by constants are what masks are made of.
  StringRef name = op->getName().getStringRef();
  APInt divisor;
  bool isDivision = (name.contains("div") || name.contains("rem")) &&
                    name != "arith.divf" && name != "arith.remf";
  if (isDivision)
    return op->getNumOperands() != 2 ||
           !matchPattern(op->getOperand(1), m_ConstantInt(&divisor)) ||
           divisor.isZero() || divisor.isAllOnes();
  for (StringRef part : {"shl", "shr", "fptosi", "fptoui", "poison", "fpowi",
                         "ipowi", "convert"})
    if (name.contains(part))
      return true;
  return readsNothing(op) || hasOpenSizes(op);
}

/// Constants beyond f32, or whose reciprocals are: the reference computes in
/// f64 and gets a number where the kernel has an infinity.
static bool isExtreme(Operation *op) {
  bool found = false;
  op->getAttrDictionary().walk([&](FloatAttr attribute) {
    double value = std::fabs(attribute.getValueAsDouble());
    found |=
        std::isfinite(value) && value != 0 && (value > 1e10 || value < 1e-10);
  });
  return found;
}

namespace {
/// The arguments of one call, all flush against guards at their end.
class Arguments {
public:
  /// With `alike` all dynamic sizes are the same.
  Arguments(const Signature &signature, uint64_t seed, bool alike)
      : signature(signature), seed(seed), alike(alike), binding(signature) {}

  /// False where sizes contradict each other or are too large.
  bool make() {
    for (auto [number, info] : llvm::enumerate(signature.args))
      if (!info.isScalar && info.role == ArgumentRole::input && !choose(number))
        return false;
    for (auto [number, info] : llvm::enumerate(signature.args))
      if (!allocate(number))
        return false;
    return true;
  }

  /// Copies, with inputs that differ a little and outputs that are blank.
  std::vector<HostTensor> disturb() const {
    std::vector<HostTensor> copies = copy();
    for (auto [info, tensor] : llvm::zip_equal(signature.args, copies))
      if (info.role == ArgumentRole::input && isFloat(tensor.getType()))
        for (int64_t i = 0; i < tensor.getNumElements(); ++i)
          tensor.setElement(i, tensor.getElement(i) *
                                   (1.0 + (i % 3 - 1) * 0x1p-20));
    return copies;
  }

  std::vector<HostTensor> copy() const {
    std::vector<HostTensor> copies;
    for (auto [info, tensor] : llvm::zip_equal(signature.args, tensors)) {
      copies.push_back(llvm::cantFail(tensor.copyTo(
          Layout::contiguous, info.isScalar ? Guard::none : Guard::end)));
      if (info.role == ArgumentRole::output)
        copies.back().clear();
    }
    return copies;
  }

private:
  bool choose(unsigned number) {
    static constexpr int64_t sizes[] = {1, 2, 3, 5, 8, 9, 17, 33, 65, 0};
    for (unsigned dim = 0; dim < signature.args[number].shape.size(); ++dim) {
      SmallVector<int64_t> shape(signature.args[number].shape.size(),
                                 ShapedType::kDynamic);
      uint64_t place = alike ? 0 : 3 * number + dim;
      shape[dim] = sizes[(seed / 7 + place) % std::size(sizes)];
      // A size that is known already refuses another.
      llvm::consumeError(binding.bind(number, shape));
    }
    return true;
  }

  bool allocate(unsigned number) {
    const ArgumentInfo &info = signature.args[number];
    SmallVector<int64_t> sizes;
    if (!info.isScalar) {
      llvm::Expected<SmallVector<int64_t>> resolved = binding.resolve(number);
      if (!resolved) {
        llvm::consumeError(resolved.takeError());
        return false;
      }
      sizes = *resolved;
    }
    int64_t elements = 1;
    for (int64_t size : sizes) {
      if (size > kMaxSize || elements * size > kMaxElements)
        return false;
      elements *= std::max<int64_t>(size, 1);
    }
    std::optional<DType> type = parseDType(info.dtype);
    if (!type)
      return false;
    llvm::Expected<HostTensor> tensor =
        HostTensor::allocate(*type, sizes, Layout::contiguous,
                             info.isScalar ? Guard::none : Guard::end);
    if (!tensor) {
      llvm::consumeError(tensor.takeError());
      return false;
    }
    if (info.role == ArgumentRole::input)
      fillRandom(*tensor, seed, number);
    if (info.isScalar)
      if (std::optional<int64_t> size = binding.resolveScalar(number))
        tensor->setElement(0, static_cast<double>(*size));
    tensors.push_back(std::move(*tensor));
    return true;
  }

  const Signature &signature;
  uint64_t seed;
  bool alike;
  SizeBinding binding;
  std::vector<HostTensor> tensors;
};
} // namespace

static SmallVector<HostTensor *> pointersTo(std::vector<HostTensor> &tensors) {
  return llvm::map_to_vector(tensors, [](HostTensor &t) { return &t; });
}

/// Whether every element of `found` is as near to `reference` as rounding and
/// the conditioning of the problem, which `disturbed` shows, make it.
static bool isNear(const HostTensor &found, const HostTensor &reference,
                   const HostTensor &disturbed, bool isExact) {
  Tolerance tolerance = getDefaultTolerance(found.getType(), reference);
  double largest = 0, change = 0;
  for (int64_t i = 0; i < reference.getNumElements(); ++i) {
    double x = reference.getElement(i), y = disturbed.getElement(i);
    if (std::isfinite(x))
      largest = std::max(largest, std::fabs(x));
    if (std::isfinite(x) != std::isfinite(y))
      return true;
    if (std::isfinite(x))
      change = std::max(change, std::fabs(x - y));
  }
  // A chain of operations rounds more often than the table of tolerances has.
  double allowed =
      10 * (tolerance.absolute + tolerance.relative * largest) + 50 * change;
  for (int64_t i = 0; i < reference.getNumElements(); ++i) {
    double x = reference.getElement(i), y = found.getElement(i);
    if (std::isfinite(x) != std::isfinite(y) ||
        std::isnan(x) != std::isnan(y)) {
      if (isExact)
        return false;
      continue;
    }
    if (std::isfinite(x) && !(std::fabs(x - y) <= allowed))
      return false;
  }
  return true;
}

Verdict runAndCompare(ModuleOp module, const Artifact &kernelArtifact,
                      const Artifact &referenceArtifact, unsigned number,
                      uint64_t seed, StepListener &listener) {
  const Signature &signature = kernelArtifact.functions[number];
  // Elements that regions read by position must be there: nothing ties the
  // sizes of what they are read from.
  bool isRead =
      module->walk([](tensor::ExtractOp) { return WalkResult::interrupt(); })
          .wasInterrupted();
  Arguments arguments(signature, seed, isRead);
  if (!arguments.make())
    return {Outcome::compiled, "too large to run"};
  listener.onStep("looking for what may mean nothing");
  bool isLooseProgram = false, isExtremeProgram = false;
  module->walk([&](Operation *op) {
    isLooseProgram |= isLoose(op);
    isExtremeProgram |= isExtreme(op);
  });

  if (isLooseProgram)
    return {Outcome::compiled, "has operations that may mean nothing"};
  listener.onStep("loading");
  llvm::Expected<Kernel> kernel = Kernel::load(kernelArtifact, signature.name);
  llvm::Expected<Kernel> reference =
      Kernel::load(referenceArtifact, signature.name);
  for (llvm::Expected<Kernel> *loaded : {&kernel, &reference})
    if (!*loaded)
      return {Outcome::wrong, llvm::toString(loaded->takeError())};
  std::vector<HostTensor> expected = arguments.copy(),
                          disturbed = arguments.disturb(),
                          found = arguments.copy();
  auto run = [&](Kernel &code, std::vector<HostTensor> &tensors) {
    return llvm::toString(code.run(pointersTo(tensors), /*threads=*/1));
  };
  auto rerun = [&](Kernel &code, std::vector<HostTensor> &tensors) {
    return llvm::toString(rerunGuarded(
        code.getSignature(), tensors, Layout::contiguous,
        [&](ArrayRef<HostTensor *> others) { return code.run(others, 1); }));
  };

  listener.onStep(kReferenceStep);
  std::string refusal = run(*reference, expected);
  if (refusal.empty())
    refusal = rerun(*reference, expected);
  if (refusal.empty())
    refusal = run(*reference, disturbed);
  if (!refusal.empty() && !StringRef(refusal).contains("returned status"))
    return {Outcome::compiled, "the reference: " + refusal};
  listener.onStep(kKernelStep);
  std::string fault = run(*kernel, found);
  if (fault != refusal)
    return {Outcome::wrong, "expected '" + refusal + "' but found '" + fault +
                                "' from the kernel"};
  if (!fault.empty())
    return {Outcome::compiled, fault};
  fault = rerun(*kernel, found);
  if (!fault.empty())
    return {Outcome::wrong, fault};
  listener.onStep("comparing");
  for (auto [i, info] : llvm::enumerate(signature.args))
    if (info.role == ArgumentRole::output &&
        !isNear(found[i], expected[i], disturbed[i], !isExtremeProgram))
      return {Outcome::wrong, "'" + info.name + "' of '" + signature.name +
                                  "' differs from the reference"};
  return {Outcome::right, ""};
}

} // namespace mlir::attn
