//===- RouteOps.td - tokens by group ------------------------*- tablegen -*-===//
//
// attn.route and attn.grouped_project, with generated headers of their own.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_ROUTE_OPS
#define ATTN_ROUTE_OPS

include "attn/Dialect/Attn/IR/AttnDialect.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class Attn_GroupOp<string mnemonic>
    : Op<Attn_Dialect, mnemonic, [
        Pure, DestinationStyleOpInterface, InferTypeOpAdaptor,
        DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
          ["reifyResultShapes"]>]> {
  let hasVerifier = 1;
}

def Attn_RouteOp : Attn_GroupOp<"route"> {
  let summary = "sorts tokens by the number of their group";
  let description = [{
    With N tokens and G groups, tokens are taken in the order of their group, and
    within a group in their own:

      offsets[g] = the number of tokens whose id is in [0, g)
      order[p]   = the token at place p
      place[n]   = the place of token n, so that order[place[n]] = n

    Tokens whose id is no group, negative or G and more, come behind all others,
    at places from offsets[G] on. A group may be empty.

    Dimensions: ids `[N]`, order and place `[N]`, offsets `[G + 1]`.

    Source: Mixture-of-Transformers (arXiv 2411.04996); token routing as in
    mixtures of experts (arXiv 2211.15841).

    Constraints:
    - C1: all are of rank 1, of i32 or i64; results are of i32.
    - C2: sizes agree as listed above; offsets are not empty.

    ```mlir
    %order, %place, %offsets = attn.route ins(%ids : tensor<?xi32>)
        outs(%o, %p, %f : tensor<?xi32>, tensor<?xi32>, tensor<4xi32>)
    ```
  }];
  let arguments = (ins
    AnyRankedTensor:$ids, AnyRankedTensor:$order_init,
    AnyRankedTensor:$place_init, AnyRankedTensor:$offsets_init);
  let results = (outs AnyRankedTensor:$order, AnyRankedTensor:$place,
                      AnyRankedTensor:$offsets);
  let assemblyFormat = [{
    `ins` `(` $ids `:` type($ids) `)`
    `outs` `(` $order_init `,` $place_init `,` $offsets_init `:`
      type($order_init) `,` type($place_init) `,` type($offsets_init) `)`
    attr-dict
  }];
  let extraClassDeclaration = [{
    MutableOperandRange getDpsInitsMutable() {
      return MutableOperandRange(getOperation(), 1, 3);
    }
  }];
}

def Attn_GroupedProjectOp : Attn_GroupOp<"grouped_project"> {
  let summary = "multiplies sorted tokens by the matrix of their group";
  let description = [{
    For every group g and row n with offsets[g] <= n < offsets[g + 1],

      output[n, e] = sum_d input[n, d] * weights[g, d, e]

    and 0 in all other rows. Sums are of the type of the output. Offsets are not
    trusted: each counts as at least the one before it, and as at most N.

    Dimensions: input `[N, D]`, weights `[G, D, E]`, offsets `[G + 1]`, output
    `[N, E]`.

    Source: grouped products of mixtures of experts, MegaBlocks (arXiv
    2211.15841).

    Constraints:
    - C1: input and output are of rank 2, weights of rank 3, offsets of rank 1.
    - C2: input and weights are of one element type, f16, bf16, f32 or f64; the
      output is of f32, or of f64 for f64 inputs; offsets are of i32 or i64.
    - C3: sizes agree as listed above.

    ```mlir
    %y = attn.grouped_project ins(%x, %w : tensor<?x64xf32>, tensor<3x64x128xf32>)
        offsets(%f : tensor<4xi32>) outs(%y0 : tensor<?x128xf32>)
    ```
  }];
  let arguments = (ins
    AnyRankedTensor:$input, AnyRankedTensor:$weights, AnyRankedTensor:$offsets,
    AnyRankedTensor:$output_init);
  let results = (outs AnyRankedTensor:$output);
  let assemblyFormat = [{
    `ins` `(` $input `,` $weights `:` type($input) `,` type($weights) `)`
    `offsets` `(` $offsets `:` type($offsets) `)`
    `outs` `(` $output_init `:` type($output_init) `)` attr-dict
  }];
  let extraClassDeclaration = [{
    MutableOperandRange getDpsInitsMutable() { return getOutputInitMutable(); }
  }];
}

#endif // ATTN_ROUTE_OPS
