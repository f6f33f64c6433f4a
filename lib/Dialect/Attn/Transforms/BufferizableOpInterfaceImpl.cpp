//===- BufferizableOpInterfaceImpl.cpp - attn ops on memrefs --------------===//
//
// attn.linear, attn.recurrent, attn.long_conv, those on lists of blocks and
// those on caches stay themselves, on memrefs. attn.prefetch:
//
//   attn.prefetch %t[%i] : tensor<?xf32>
//   ->
//   memref.prefetch %m[%i], read, locality<3>, data : memref<?xf32>
//
// It neither reads nor writes, so it never forces a copy.
//
// Tests: test/Dialect/Attn/Transforms/bufferize.mlir
//
//===----------------------------------------------------------------------===//

#include "attn/Dialect/Attn/IR/Attn.h"
#include "attn/Dialect/Attn/IR/CacheOps.h"
#include "attn/Dialect/Attn/IR/ListOps.h"
#include "attn/Dialect/Attn/IR/LongConv.h"
#include "attn/Dialect/Attn/Transforms/InterfaceImpls.h"
#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/IR/DstBufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::attn {

using namespace bufferization;

/// The op on the buffers of its operands, with those of its destinations as
/// results.
static LogicalResult bufferizeInPlace(Operation *op, RewriterBase &rewriter,
                                      const BufferizationOptions &options,
                                      BufferizationState &state) {
  SmallVector<Value> buffers;
  for (Value operand : op->getOperands()) {
    if (!isa<TensorType>(operand.getType())) {
      buffers.push_back(operand);
      continue;
    }
    FailureOr<Value> buffer = getBuffer(rewriter, operand, options, state);
    if (failed(buffer))
      return failure();
    buffers.push_back(*buffer);
  }
  OperationState buffered(op->getLoc(), op->getName(), buffers, TypeRange(),
                          op->getAttrs());
  // mlir::clone cannot clone a region that is empty.
  for (Region &region : op->getRegions())
    buffered.addRegion()->takeBody(region);
  rewriter.create(buffered);
  replaceOpWithBufferizedValues(
      rewriter, op, ArrayRef(buffers).take_back(op->getNumResults()));
  return success();
}

namespace {
struct PrefetchModel
    : BufferizableOpInterface::ExternalModel<PrefetchModel, PrefetchOp> {
  bool bufferizesToMemoryRead(Operation *, OpOperand &,
                              const AnalysisState &) const {
    return false;
  }
  bool bufferizesToMemoryWrite(Operation *, OpOperand &,
                               const AnalysisState &) const {
    return false;
  }
  AliasingValueList getAliasingValues(Operation *, OpOperand &,
                                      const AnalysisState &) const {
    return {};
  }
  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options,
                          BufferizationState &state) const {
    auto prefetch = cast<PrefetchOp>(op);
    FailureOr<Value> buffer =
        getBuffer(rewriter, prefetch.getSource(), options, state);
    if (failed(buffer))
      return failure();
    rewriter.replaceOpWithNewOp<memref::PrefetchOp>(
        op, *buffer, prefetch.getIndices(), /*isWrite=*/false,
        /*localityHint=*/2, /*isDataCache=*/true);
    return success();
  }
};

/// Operands become buffers, results the destinations' buffers. The first one is
/// only written, unless it `keeps` what the operation does not write, as a
/// cache does; states are read as well.
template <typename OpTy, bool keeps = false>
struct StateModel
    : DstBufferizableOpInterfaceExternalModel<StateModel<OpTy, keeps>, OpTy> {
  bool bufferizesToMemoryRead(Operation *op, OpOperand &operand,
                              const AnalysisState &) const {
    auto dps = cast<DestinationStyleOpInterface>(op);
    return keeps || !dps.isDpsInit(&operand) ||
           &operand != dps.getDpsInitOperand(0);
  }
  bool bufferizesToMemoryWrite(Operation *op, OpOperand &operand,
                               const AnalysisState &) const {
    return cast<DestinationStyleOpInterface>(op).isDpsInit(&operand);
  }
  /// Inputs and outputs of different tokens meet, so nothing may alias.
  bool bufferizesToElementwiseAccess(Operation *, const AnalysisState &,
                                     ArrayRef<OpOperand *>) const {
    return false;
  }
  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options,
                          BufferizationState &state) const {
    return bufferizeInPlace(op, rewriter, options, state);
  }
};

/// Destinations are only written.
template <typename OpTy>
struct ListModel
    : DstBufferizableOpInterfaceExternalModel<ListModel<OpTy>, OpTy> {
  bool bufferizesToMemoryRead(Operation *op, OpOperand &operand,
                              const AnalysisState &) const {
    return !cast<DestinationStyleOpInterface>(op).isDpsInit(&operand);
  }
  bool bufferizesToMemoryWrite(Operation *op, OpOperand &operand,
                               const AnalysisState &) const {
    return cast<DestinationStyleOpInterface>(op).isDpsInit(&operand);
  }
  bool bufferizesToElementwiseAccess(Operation *, const AnalysisState &,
                                     ArrayRef<OpOperand *>) const {
    return false;
  }
  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options,
                          BufferizationState &state) const {
    return bufferizeInPlace(op, rewriter, options, state);
  }
};
} // namespace

void registerInterfaceImpls(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, AttnDialect *) {
    PrefetchOp::attachInterface<PrefetchModel>(*context);
    LinearOp::attachInterface<StateModel<LinearOp>>(*context);
    RecurrentOp::attachInterface<StateModel<RecurrentOp>>(*context);
    LongConvOp::attachInterface<StateModel<LongConvOp>>(*context);
    PoolOp::attachInterface<ListModel<PoolOp>>(*context);
    SelectOp::attachInterface<ListModel<SelectOp>>(*context);
    InvertOp::attachInterface<ListModel<InvertOp>>(*context);
    CacheUpdateOp::attachInterface<StateModel<CacheUpdateOp, true>>(*context);
    CacheEvictOp::attachInterface<StateModel<CacheEvictOp, true>>(*context);
  });
}

} // namespace mlir::attn
