//===- Passes.td - conversions between dialects ------------*- tablegen -*-===//

#ifndef ATTN_CONVERSION_PASSES
#define ATTN_CONVERSION_PASSES

include "mlir/Pass/PassBase.td"

def AttnToLoopsPass : InterfacePass<"attn-to-loops", "FunctionOpInterface"> {
  let summary = "lower attention to scalar loops in f64, by the formula";
  let description = [{
    The reference lowering: every `attn` operation on tensors becomes `scf.for`
    loops over single elements, as its description reads. It shares nothing with
    the fast lowerings, is not tiled, and finds a row's maximum before it takes
    any exponential, so that the fast ones can be compared with it.

    All arithmetic is f64, whatever the types of the tensors; a value is rounded
    once, where it is stored. A `score` region is an exception: it computes in
    the type of its arguments.

    The score of a pair that the mask does not admit is not computed, and its
    key and value are not read. A linear or recurrent operation goes token by
    token over a state in f64, rounded after the last token. Destinations are
    carried through the loops, so that bufferization makes no copy of them; one
    row of scores and one row of sums, or one state with a row for what a
    correction reads, are the only temporary tensors.

    Requires that sizes agree at run time as the operations demand. Leaves
    operations of other dialects alone. Fails at an `attn.dense` that has
    `lengths`, `cu_seqlens` or `page_table`, and at an operation on memrefs.

    ```mlir
    %o = attn.dense ins(%q, %k, %v : ...) outs(%init : tensor<1x2x?x4xf32>)
    // becomes
    %o = scf.for %b = %c0 to %c1 step %c1 iter_args(%o0 = %init) -> ... {
      scf.for %h = ..., %i = ... {
        %scores = scf.for %j = ...   // s[j], or -inf where not admitted
        %max = scf.for %j = ...      // max_j s[j]
        %sum, %acc = scf.for %j = ...// exp(s[j] - max), times value[j, :]
        %row = scf.for %v = ...      // o[b, h, i, v] = acc[v] / sum
      }
    }
    ```
  }];
  let statistics = [
    Statistic<"numLowered", "lowered", "Number of operations lowered to loops">
  ];
  let dependentDialects = [
    "arith::ArithDialect", "math::MathDialect", "scf::SCFDialect",
    "tensor::TensorDialect"
  ];
}

def CopyToLinalgPass : Pass<"attn-copy-to-linalg"> {
  let summary = "copies between memrefs as linalg.copy";
  let description = [{
    Replaces each `memref.copy` by a `linalg.copy`, which
    `convert-linalg-to-loops` makes scalar loops of. Lowered by itself a copy
    that is not contiguous calls a function of MLIR's runtime, which a kernel
    has not got. `attn-cpu-lower-copies` does the same for speed.
  }];
  let statistics = [
    Statistic<"numConverted", "converted", "Number of copies converted">
  ];
  let dependentDialects = ["linalg::LinalgDialect"];
}

#endif // ATTN_CONVERSION_PASSES
