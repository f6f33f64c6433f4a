//===- ATileToLLVM.h - from tiles to registers of one thread ----*- C++ -*-===//
//
// The patterns that both lowerings of atile share. The device says how single
// instructions are written.
//
// Covered by test/Conversion/ATileToLLVM.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CONVERSION_ATILETOLLVM_ATILETOLLVM_H
#define ATTN_CONVERSION_ATILETOLLVM_ATILETOLLVM_H

#include "attn/Conversion/ATileToLLVM/Device.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/DialectConversion.h"

namespace mlir::attn::atile {

/// The values of one thread that stand for a value of atile: registers of a
/// fragment, addresses of a slot, as their types describe.
class ATileTypeConverter : public TypeConverter {
public:
  explicit ATileTypeConverter(const Device &device, MLIRContext *context);
};

/// Bytes from the beginning of shared memory to the tiles and to the barriers
/// of each `atile.ring`, as `SharedLayout` has them.
struct RingPlace {
  int64_t tiles, barriers;
};
using RingPlaces = llvm::DenseMap<Operation *, RingPlace>;

/// Each group of operations in a file of its own.
void populateKernelPatterns(const ATileTypeConverter &converter,
                            const Device &device, RewritePatternSet &patterns);
void populateRingPatterns(const ATileTypeConverter &converter,
                          const Device &device, const RingPlaces &places,
                          RewritePatternSet &patterns);
void populateCopyPatterns(const ATileTypeConverter &converter,
                          const Device &device, RewritePatternSet &patterns);
void populateGlobalPatterns(const ATileTypeConverter &converter,
                            const Device &device, RewritePatternSet &patterns);
void populateProductPatterns(const ATileTypeConverter &converter,
                             const Device &device, RewritePatternSet &patterns);
void populateFragmentPatterns(const ATileTypeConverter &converter,
                              const Device &device,
                              RewritePatternSet &patterns);
void populateMapPatterns(const ATileTypeConverter &converter,
                         const Device &device, RewritePatternSet &patterns);

/// Converts all of atile in `module` with the above.
LogicalResult convertATile(ModuleOp module, const Device &device);

/// Runs what is left to do until only llvm and nvvm remain.
void buildLLVMFinalization(OpPassManager &passes);

} // namespace mlir::attn::atile

#endif // ATTN_CONVERSION_ATILETOLLVM_ATILETOLLVM_H
