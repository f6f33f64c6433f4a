//===- RegionInliner.cpp - score and mask regions inside linalg -----------===//

#include "RegionInliner.h"
#include "mlir/IR/IRMapping.h"

namespace mlir::attn {

Value inlineRegion(OpBuilder &b, Region &region, ValueRange arguments) {
  Block &block = region.front();
  IRMapping mapping;
  mapping.map(block.getArguments(), arguments);
  for (Operation &op : block.without_terminator())
    b.clone(op, mapping);
  return mapping.lookupOrDefault(
      cast<YieldOp>(block.getTerminator()).getValue());
}

} // namespace mlir::attn
