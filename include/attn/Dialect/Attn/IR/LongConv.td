//===- LongConv.td - causal convolution of channels --------*- tablegen -*-===//
//
// attn.long_conv, with generated headers of its own: only what speaks of
// convolutions depends on them.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LONG_CONV
#define ATTN_LONG_CONV

include "attn/Dialect/Attn/IR/AttnDialect.td"
include "mlir/IR/EnumAttr.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Attn_ConvForm : I32EnumAttr<"ConvForm", "how a convolution is computed", [
    I32EnumAttrCase<"Direct", 0, "direct">,
    I32EnumAttrCase<"FFT", 1, "fft">]> {
  let cppNamespace = "::mlir::attn";
}

def Attn_ConvShaped : AnyTypeOf<[AnyRankedTensor, AnyStridedMemRef],
                                "ranked tensor or strided memref">;

def Attn_LongConvOp : Op<Attn_Dialect, "long_conv", [
    AttrSizedOperandSegments, DestinationStyleOpInterface, InferTypeOpAdaptor,
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
    DeclareOpInterfaceMethods<ConditionallySpeculatable>,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
      ["reifyResultShapes"]>]> {
  let summary = "causal convolution of channels with filters of any length";
  let description = [{
    For every batch b, head h, token t and channel d,

      x[t] = before[b, h, t, d] * input[b, h, t, d]     x[t] = input without it
      y[t] = sum_{0 <= j < L} filter[h, j, d] * x[t - j] + skip[h, d] * x[t]
      output[b, h, t, d] = behind[b, h, t, d] * y[t]    y[t] without it

    where x[-1], x[-2], .. are the last, the last but one, .. of the P tokens of
    `history`, and 0 before them or without it. The token's own tap is
    filter[h, 0, d]. Products and sums are f32 (f64 for f64 inputs).

    A short depthwise convolution has few taps and a history of L - 1 tokens,
    which is the state that it carries; a long one has as many taps as tokens,
    and decodes token by token from a history of all of them.

    Dimensions: input, before, behind and output `[B, H, T, D]`, filter
    `[H, L, D]`, skip `[H, D]`, history `[B, H, P, D]`. L may be smaller or larger
    than T, and 0.

    `form` says how it is computed: `direct`, as written, or `fft`, by transforms
    of a whole sequence; `attn-schedule-conv` sets it where sizes are known, and
    otherwise the kernel chooses when it runs. By transforms, the error of an
    output is relative to the largest ones of its channel. A sequence with
    infinities or NaN is computed as written whatever the form, so that they
    reach the outputs that read them and no others.

    Sources: Hyena (arXiv 2302.10866); the convolution of state space layers
    (arXiv 2111.00396); the transform modulo X^N - i is the right-angle
    convolution of Nussbaumer, Fast Fourier Transform and Convolution
    Algorithms, 1982.

    Constraints:
    - C1: input, filter and output are of ranks 4, 3 and 4; skip of rank 2,
      before, behind and history of rank 4.
    - C2: input, before, behind and history are of one element type, f16, bf16,
      f32 or f64; the output is of that type or f32; filter and skip are of float
      types.
    - C3: sizes agree as listed above.
    - C4: D is static and positive wherever it occurs.
    - C5: all operands are tensors, or all are memrefs.

    ```mlir
    %y = attn.long_conv ins(%v, %h : tensor<1x1x?x64xf32>, tensor<1x?x64xf32>)
        before(%x1 : tensor<1x1x?x64xf32>) behind(%x0 : tensor<1x1x?x64xf32>)
        skip(%d : tensor<1x64xf32>) outs(%y0 : tensor<1x1x?x64xf32>)
    ```
  }];
  let arguments = (ins
    Attn_ConvShaped:$input, Attn_ConvShaped:$filter,
    Optional<Attn_ConvShaped>:$before, Optional<Attn_ConvShaped>:$behind,
    Optional<Attn_ConvShaped>:$skip, Optional<Attn_ConvShaped>:$history,
    Attn_ConvShaped:$output_init, OptionalAttr<Attn_ConvForm>:$form);
  let results = (outs Variadic<AnyRankedTensor>:$outputs);
  let assemblyFormat = [{
    (`form` `` `(` $form^ `)`)?
    `ins` `(` $input `,` $filter `:` type($input) `,` type($filter) `)`
    (`before` `(` $before^ `:` type($before) `)`)?
    (`behind` `(` $behind^ `:` type($behind) `)`)?
    (`skip` `(` $skip^ `:` type($skip) `)`)?
    (`history` `(` $history^ `:` type($history) `)`)?
    `outs` `(` $output_init `:` type($output_init) `)` attr-dict
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    MutableOperandRange getDpsInitsMutable() { return getOutputInitMutable(); }

    /// The number D of channels of a head.
    int64_t getChannels() {
      return cast<ShapedType>(getInput().getType()).getDimSize(3);
    }
  }];
}

#endif // ATTN_LONG_CONV
