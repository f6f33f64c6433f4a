//===- Signature.h - the interface of a compiled function ------*- C++ -*-===//
//
// What a caller of a compiled function needs to know about its arguments:
// names, element types, shapes, and which sizes must agree. It is read off the
// function while that still is on tensors, travels with it through every stage
// as the attribute `attn.signature`, and ends in the plain-call wrapper, the C
// header and the artefact.
//
// Example, for (q: tensor<1x8x?x64xf32>, k: tensor<1x8x?x64xf32>, ...):
//   attn.signature = [
//     {name = "q", role = "input", sizes = array<i64: 0, 1, 2, 3>,
//      type = tensor<1x8x?x64xf32>}, ...]
// where equal numbers in `sizes` mean sizes that are equal in every valid call.
// An output that may have the place of input n has `in_place = n : i64`.
//
// Covered by test/Compiler/record-signature.mlir.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_COMPILER_SIGNATURE_H
#define ATTN_COMPILER_SIGNATURE_H

#include "attn/Dialect/Attn/IR/SizeRules.h"
#include "mlir/Support/LLVM.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <optional>
#include <string>

namespace mlir {
class Operation;
class Type;
namespace func {
class FuncOp;
} // namespace func
} // namespace mlir

namespace mlir::attn {

/// Name of the attribute on a public function that holds its signature.
inline constexpr llvm::StringLiteral kSignatureAttrName = "attn.signature";
/// Name of the attribute on a public function that holds what its arguments
/// must obey beyond equal sizes, see attn-record-requirements.
inline constexpr llvm::StringLiteral kRequirementsAttrName =
    "attn.requirements";
/// Name of the attribute of a result that names the argument in whose place the
/// caller may want it.
inline constexpr llvm::StringLiteral kInPlaceAttrName = "attn.in_place";
/// Name of the attribute on a public function that names the functions of its
/// phases, see attn-outline-phases.
inline constexpr llvm::StringLiteral kPhasesAttrName = "attn.phases";
/// Name of the attribute that names an argument or result of a function.
inline constexpr llvm::StringLiteral kNameAttrName = "attn.name";

enum class ArgumentRole { input, output };

/// One argument of the plain call.
struct ArgumentInfo {
  std::string name;
  ArgumentRole role = ArgumentRole::input;
  /// Element type as MLIR spells it: f64, f32, f16, bf16, i1, i8, i16, i32,
  /// i64 or index.
  std::string dtype;
  /// A value passed by itself rather than a tensor.
  bool isScalar = false;
  /// Sizes of a tensor, `ShapedType::kDynamic` where known only in the call.
  llvm::SmallVector<int64_t> shape;
  /// For each size of a tensor (or the one value of an integer scalar) its
  /// class; members of a class are equal in every valid call. Empty for
  /// floating-point scalars.
  llvm::SmallVector<int64_t> dimClass;
  /// Of an output: the input whose data, sizes and strides the caller may pass
  /// for it, which then is overwritten.
  std::optional<unsigned> inPlaceOf;
};

/// What a valid call obeys beyond equal sizes.
struct Requirement {
  SizeRule rule;
  /// Classes of sizes, as in `ArgumentInfo::dimClass`.
  llvm::SmallVector<int64_t> sizes;
  /// The argument whose elements `SizeRule::ascending` is about.
  std::optional<unsigned> argument;
};

/// The phases of a function, as far as compilation has come and the arguments
/// do not matter.
struct PhaseInfo {
  /// Tiles of each phase.
  llvm::SmallVector<std::optional<int64_t>> tiles;
  /// Bytes that all workers share and that each one needs.
  std::optional<int64_t> shared, perWorker;
};

/// The interface of one public function: inputs in order, then outputs.
struct Signature {
  std::string name;
  llvm::SmallVector<ArgumentInfo> args;
  llvm::SmallVector<Requirement> requirements;
  /// Nothing where several targets differ in the number of phases.
  std::optional<PhaseInfo> phases = PhaseInfo();
};

/// To how many bytes kernels expect workspace and scratch to be aligned. The
/// caller's may begin anywhere, so as many are added to the sizes it is told.
inline constexpr int64_t kWorkspaceAlignment = 64;

/// Names for the classes of sizes that are known in the call only: n0, n1, ...
/// in the order in which they occur.
llvm::DenseMap<int64_t, std::string> nameSizes(const Signature &function);

/// Sets `attn.signature` on `func`, a function from tensors and scalars to
/// tensors. Names are taken from the `attn.name` attributes of arguments and
/// results, else they are arg0, arg1, ..., result0, .... Fails with an error at
/// the function if a type cannot be passed from C, if a name is no C identifier
/// or is used twice, or if a dynamic size of a result does not follow from the
/// sizes of the arguments (the caller could then not allocate it safely).
LogicalResult recordSignature(func::FuncOp func);

/// Reads `attn.signature`, and `attn.requirements` and `attn.phases` if they
/// are there, from a function of any dialect. Fails with an error at the
/// function if an attribute is missing or malformed.
FailureOr<Signature> readSignature(Operation *func);

/// How attributes spell a rule, such as "divides".
llvm::StringRef spelling(SizeRule rule);

/// True if values of `type` have a C type: the types of `ArgumentInfo::dtype`.
bool isPassable(Type type);

/// True if `name` is an identifier of C and C++ that is not a keyword, not
/// reserved for the implementation and not used by generated code itself.
bool isCIdentifier(llvm::StringRef name);

} // namespace mlir::attn

#endif // ATTN_COMPILER_SIGNATURE_H
