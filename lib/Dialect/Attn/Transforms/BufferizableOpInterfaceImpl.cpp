//===- BufferizableOpInterfaceImpl.cpp - attn.prefetch on memrefs ---------===//
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
#include "attn/Dialect/Attn/Transforms/InterfaceImpls.h"
#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::attn {

using namespace bufferization;

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
} // namespace

void registerInterfaceImpls(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, AttnDialect *) {
    PrefetchOp::attachInterface<PrefetchModel>(*context);
  });
}

} // namespace mlir::attn
