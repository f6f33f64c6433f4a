//===- RouteText.h - tokens sorted by group, and back ----------*- C++ -*-===//
//
// Private to this library: products with a matrix for each group of tokens.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_PROBLEMS_ROUTETEXT_H
#define ATTN_LIB_PROBLEMS_ROUTETEXT_H

#include "Layer.h"

namespace mlir::attn {

/// The order of tokens [b, t] by the number of their group.
class TokenRoute {
public:
  /// Writes attn.route of `ids` [b, t] for the groups of axis `group`.
  TokenRoute(Layer &layer, const LayerTensor &ids, const LayerAxis &group);

  /// Tokens x [b, t, d] in that order, [n, d].
  LayerTensor sort(llvm::StringRef name, const LayerTensor &x);
  /// Sorted tokens [n, d] times weights [group, d, e], [n, e] in the wide type;
  /// 0 for tokens of no group.
  LayerTensor project(llvm::StringRef name, const LayerTensor &sorted,
                      const LayerTensor &weights);
  /// Sorted rows [n, e] where their tokens are, [b, t, e].
  LayerTensor unsort(llvm::StringRef name, const LayerTensor &y);

private:
  Layer &layer;
  LayerAxis batch, tokens, all, group;
  /// Of attn.route; `place` as [b, t].
  LayerTensor order, place, offsets;
};

} // namespace mlir::attn

#endif // ATTN_LIB_PROBLEMS_ROUTETEXT_H
