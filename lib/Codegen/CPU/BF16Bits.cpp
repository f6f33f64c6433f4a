//===- BF16Bits.cpp - bf16 as 16 bits for targets without it --------------===//
//
//   %x = llvm.load %p : !llvm.ptr -> vector<8xbf16>
//   %i = llvm.bitcast %x : vector<8xbf16> to vector<8xi16>
//   ->
//   %x = llvm.load %p : !llvm.ptr -> vector<8xi16>
//   %i = llvm.bitcast %x : vector<8xi16> to vector<8xi16>
//
// When conversions are integer arithmetic already, bf16 is only moved about. To
// LLVM even a select or a masked load of it is arithmetic in f32, rounded back
// by a function of the compiler's library, which an object must not need.
//
// Tests: test/Codegen/CPU/bf16-bits.mlir
//
//===----------------------------------------------------------------------===//

#include "attn/Codegen/CPU/Passes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/Builders.h"

namespace mlir::attn {

#define GEN_PASS_DEF_CPUBF16BITSPASS
#include "attn/Codegen/CPU/Passes.h.inc"

namespace {
struct CPUBF16BitsPass : impl::CPUBF16BitsPassBase<CPUBF16BitsPass> {
  /// Whether `op` calls a function of the module, which only moves arguments.
  bool isInternalCall(Operation *op) {
    auto call = dyn_cast<LLVM::CallOp>(op);
    if (!call || !call.getCallee())
      return false;
    auto callee =
        getOperation().lookupSymbol<LLVM::LLVMFuncOp>(*call.getCallee());
    return callee && !callee.isExternal();
  }

  /// Calculations have been expanded before, or are refused.
  LogicalResult checkNoArithmetic() {
    auto isBF16 = [](Type type) { return getElementTypeOrSelf(type).isBF16(); };
    WalkResult result = getOperation()->walk([&](Operation *op) {
      StringRef name = op->getName().getStringRef();
      bool calculates =
          isa<LLVM::FAddOp, LLVM::FSubOp, LLVM::FMulOp, LLVM::FDivOp,
              LLVM::FRemOp, LLVM::FNegOp, LLVM::FCmpOp, LLVM::FPExtOp,
              LLVM::FPTruncOp, LLVM::SIToFPOp, LLVM::UIToFPOp, LLVM::FPToSIOp,
              LLVM::FPToUIOp, LLVM::CallOp, LLVM::CallIntrinsicOp>(op) ||
          (name.consume_front("llvm.intr.") && !name.starts_with("masked.") &&
           !name.starts_with("vector.insert") &&
           !name.starts_with("vector.extract"));
      if (!calculates || isInternalCall(op) ||
          (llvm::none_of(op->getOperandTypes(), isBF16) &&
           llvm::none_of(op->getResultTypes(), isBF16)))
        return WalkResult::advance();
      op->emitOpError() << "calculates in bf16, which this target cannot";
      return WalkResult::interrupt();
    });
    return failure(result.wasInterrupted());
  }

  /// An argument of the function itself keeps its type.
  void replaceArgument(LLVM::LLVMFuncOp func, BlockArgument argument,
                       Type type) {
    if (type == argument.getType())
      return;
    if (!argument.getOwner()->isEntryBlock()) {
      argument.setType(type);
      return;
    }
    OpBuilder b = OpBuilder::atBlockBegin(argument.getOwner());
    auto bits = LLVM::BitcastOp::create(b, func.getLoc(), type, argument);
    argument.replaceAllUsesExcept(bits, bits);
  }

  /// Functions keep the types of their arguments, so callers pass those.
  void restoreOperands(LLVM::CallOp call) {
    OpBuilder b(call);
    auto callee =
        getOperation().lookupSymbol<LLVM::LLVMFuncOp>(*call.getCallee());
    for (auto [operand, type] :
         llvm::zip(call.getArgOperandsMutable(), callee.getArgumentTypes()))
      if (operand.get().getType() != type)
        operand.set(
            LLVM::BitcastOp::create(b, call.getLoc(), type, operand.get()));
  }

  void runOnOperation() override {
    if (failed(checkNoArithmetic()))
      return signalPassFailure();
    Type i16 = IntegerType::get(&getContext(), 16);
    AttrTypeReplacer replacer;
    replacer.addReplacement([&](BFloat16Type) -> Type { return i16; });
    replacer.addReplacement([&](FloatAttr attr) -> std::optional<Attribute> {
      if (!attr.getType().isBF16())
        return std::nullopt;
      return IntegerAttr::get(i16, attr.getValue().bitcastToAPInt());
    });
    replacer.addReplacement(
        [&](DenseElementsAttr attr) -> std::optional<Attribute> {
          if (!attr.getElementType().isBF16())
            return std::nullopt;
          return attr.bitcast(i16);
        });
    getOperation()->walk([&](LLVM::LLVMFuncOp func) {
      func.walk([&](Operation *op) {
        // What a caller sees is in the signature, which keeps its types.
        if (op != func)
          replacer.replaceElementsIn(op, /*replaceAttrs=*/true,
                                     /*replaceLocs=*/false,
                                     /*replaceTypes=*/true);
      });
      for (Block &block : func.getBody())
        for (BlockArgument argument : block.getArguments())
          replaceArgument(func, argument, replacer.replace(argument.getType()));
    });
    getOperation()->walk([&](LLVM::CallOp call) {
      if (isInternalCall(call))
        restoreOperands(call);
    });
    getOperation()->walk([&](LLVM::GlobalOp global) {
      replacer.replaceElementsIn(global, /*replaceAttrs=*/true,
                                 /*replaceLocs=*/false, /*replaceTypes=*/true);
    });
  }
};
} // namespace

} // namespace mlir::attn
