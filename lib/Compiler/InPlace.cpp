//===- InPlace.cpp - results that may have an argument's place ------------===//
//
//   %o, %after = attn.linear .. outs(%o0, %before : ..)
//   return %o, %after
//
// Nothing but the operation reads %before, and it reads every element before it
// writes the same element of %after, since its loops over batches, heads and
// columns are independent and each of them loads its part of the state first.
// So one buffer can be both. Likewise a cache, of which operations on caches
// change some rows.
//
// Any other pair needs `attn.in_place`, and of its argument a copy is made
// before anything else, so that no write can come too early:
//
//   func.func @f(%x: tensor<4xf32> {attn.name = "x"})
//       -> (tensor<4xf32> {attn.in_place = "x"}) {
//     %copy = bufferization.alloc_tensor() copy(%x)
//     // .. %copy in place of %x
//
// Covered by test/Compiler/record-in-place.mlir, keep-inputs.mlir and
// test/Tools/attn-run/in-place.mlir.
//
//===----------------------------------------------------------------------===//

#include "InPlace.h"
#include "attn/Compiler/Passes.h"
#include "attn/Compiler/Signature.h"
#include "attn/Dialect/Attn/IR/CacheOps.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::attn {

#define GEN_PASS_DEF_KEEPINPUTSPASS
#include "attn/Compiler/Passes.h.inc"

/// Whether one operation alone reads elements of `value`; sizes are no matter.
static bool isReadOnce(Value value) {
  return llvm::count_if(value.getUsers(), [](Operation *user) {
           return !isa<tensor::DimOp>(user);
         }) == 1;
}

/// What a transposition at the border of the function reads, in `permutation`.
static Value lookThroughTranspose(Value value,
                                  SmallVectorImpl<int64_t> &permutation) {
  auto transpose = value.getDefiningOp<linalg::TransposeOp>();
  if (!transpose || !isReadOnce(value))
    return value;
  llvm::append_range(permutation, transpose.getPermutation());
  return transpose.getInput();
}

/// The argument that operations on caches turn into `result`, or null. They
/// change it where it is, and whoever reads the cache reads what they return.
/// It may be transposed, and back again.
static BlockArgument findCache(Value result) {
  SmallVector<int64_t> behind, before;
  Value value = lookThroughTranspose(result, behind);
  bool found = false;
  for (Operation *op = value.getDefiningOp();
       isa_and_nonnull<CacheUpdateOp, CacheEvictOp>(op);
       op = value.getDefiningOp()) {
    auto dps = cast<DestinationStyleOpInterface>(op);
    value = dps.getTiedOpOperand(cast<OpResult>(value))->get();
    found = true;
  }
  if (!found)
    return nullptr;
  value = lookThroughTranspose(value, before);
  if (behind.size() != before.size())
    return nullptr;
  for (auto [from, to] : llvm::enumerate(before))
    if (behind[to] != static_cast<int64_t>(from))
      return nullptr;
  return dyn_cast<BlockArgument>(value);
}

/// The argument that a state operation turns into `result`, or null.
static BlockArgument findState(Value result) {
  if (BlockArgument cache = findCache(result))
    return cache;
  while (auto cast = result.getDefiningOp<tensor::CastOp>())
    result = cast.getSource();
  auto op = result.getDefiningOp<AffineMonoidOpInterface>();
  if (!op)
    return nullptr;
  auto dps = cast<DestinationStyleOpInterface>(op.getOperation());
  OpOperand *init = dps.getTiedOpOperand(cast<OpResult>(result));
  // Destination 0 is the output, which is only written.
  if (init == dps.getDpsInitOperand(0))
    return nullptr;
  Value state = init->get();
  while (auto cast = state.getDefiningOp<tensor::CastOp>()) {
    if (!cast->hasOneUse())
      return nullptr;
    state = cast.getSource();
  }
  return dyn_cast<BlockArgument>(state);
}

bool isReadBeforeWritten(BlockArgument argument, Value result) {
  return isReadOnce(argument) && findState(result) == argument;
}

/// The argument of `func` called `name`.
static std::optional<unsigned> findArgument(func::FuncOp func, StringRef name) {
  for (unsigned index = 0; index < func.getNumArguments(); ++index) {
    auto given = func.getArgAttrOfType<StringAttr>(index, kNameAttrName);
    if (given ? given.getValue() == name : name == ("arg" + Twine(index)).str())
      return index;
  }
  return std::nullopt;
}

FailureOr<SmallVector<std::optional<unsigned>>>
findInPlaceArguments(func::FuncOp func) {
  Operation *terminator = func.getBody().front().getTerminator();
  SmallVector<std::optional<unsigned>> places(terminator->getNumOperands());
  llvm::SmallDenseSet<unsigned> taken;
  for (auto [index, value] : llvm::enumerate(terminator->getOperands())) {
    Attribute given = func.getResultAttr(index, kInPlaceAttrName);
    if (!given)
      continue;
    auto name = dyn_cast<StringAttr>(given);
    std::optional<unsigned> argument =
        name ? findArgument(func, name) : std::nullopt;
    if (!argument)
      return func.emitOpError("expected '")
             << kInPlaceAttrName << "' of result " << index
             << " to name an argument but found " << given;
    Type type = func.getArgument(*argument).getType();
    if (type != value.getType())
      return func.emitOpError("expected result ")
             << index << " in the place of argument '" << name.getValue()
             << "' to have its type " << type << " but found "
             << value.getType();
    if (!taken.insert(*argument).second)
      return func.emitOpError("expected one result in the place of argument '")
             << name.getValue() << "' but found another";
    places[index] = argument;
  }
  for (auto [index, value] : llvm::enumerate(terminator->getOperands())) {
    BlockArgument state = findState(value);
    if (!places[index] && state && state.getOwner() == &func.front() &&
        state.getType() == value.getType() &&
        isReadBeforeWritten(state, value) &&
        taken.insert(state.getArgNumber()).second)
      places[index] = state.getArgNumber();
  }
  return places;
}

namespace {
struct KeepInputsPass : impl::KeepInputsPassBase<KeepInputsPass> {
  void runOnOperation() override {
    for (auto func : getOperation().getOps<func::FuncOp>()) {
      if (!func->hasAttr(kSignatureAttrName))
        continue;
      FailureOr<Signature> signature = readSignature(func);
      if (failed(signature))
        return signalPassFailure();
      keepInputs(func, *signature);
    }
  }

  void keepInputs(func::FuncOp func, const Signature &signature) {
    OpBuilder builder = OpBuilder::atBlockBegin(&func.front());
    ValueRange results = func.front().getTerminator()->getOperands();
    ArrayRef<ArgumentInfo> outputs =
        ArrayRef(signature.args).take_back(results.size());
    for (auto [output, result] : llvm::zip_equal(outputs, results)) {
      if (!output.inPlaceOf)
        continue;
      BlockArgument argument = func.getArgument(*output.inPlaceOf);
      if (argument.use_empty() || isReadBeforeWritten(argument, result))
        continue;
      auto copy = bufferization::AllocTensorOp::create(
          builder, argument.getLoc(),
          cast<RankedTensorType>(argument.getType()),
          /*dynamicSizes=*/ValueRange(), /*copy=*/argument);
      argument.replaceAllUsesExcept(copy, copy);
      ++numCopies;
    }
  }
};
} // namespace

} // namespace mlir::attn
