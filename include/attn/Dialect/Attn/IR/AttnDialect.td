//===- AttnDialect.td - the attn dialect -------------------*- tablegen -*-===//

#ifndef ATTN_DIALECT
#define ATTN_DIALECT

include "mlir/IR/OpBase.td"

def Attn_Dialect : Dialect {
  let name = "attn";
  let cppNamespace = "::mlir::attn";
  let summary = "attention as a few operations over two monoids";
  let description = [{
    An attention layer is written as `attn` operations among ordinary `linalg`,
    `tensor` and `arith`. Logical dimension order is always
    `[batch, heads, sequence, feature]`; another physical layout is a
    `linalg.transpose` beside the operation, which folds into its reads.

    Softmax attention over disjoint key sets merges associatively: the pair
    `(o, lse)` of a normalised output and the logarithm of its softmax sum is a
    commutative monoid with identity `(0, -inf)`. Flash tiles, a split over keys
    and ranks are the same reduction, expressed by
    `SoftmaxMonoidOpInterface`.

    Letters used throughout: B batch, Hq query heads, Hkv key and value heads,
    G = Hq / Hkv, T queries, S keys, K key width, V value width, R rows of a
    query tile.
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"
  ];
  let useDefaultAttributePrinterParser = 1;
}

#endif // ATTN_DIALECT
