//===- AttnInterfaces.td - the two monoids -----------------*- tablegen -*-===//

#ifndef ATTN_INTERFACES
#define ATTN_INTERFACES

include "mlir/IR/OpBase.td"

def SoftmaxMonoidOpInterface : OpInterface<"SoftmaxMonoidOpInterface"> {
  let cppNamespace = "::mlir::attn";
  let description = [{
    An operation whose result over a set of keys is an element of the softmax
    monoid: the pair `(o, lse)` of the normalised output and the natural
    logarithm of the softmax sum. Results over disjoint key sets combine to the
    result over their union,

      lse = log(exp(lse_a) + exp(lse_b))
      o   = exp(lse_a - lse) o_a + exp(lse_b - lse) o_b,

    with the identity `(0, -inf)`. Splits over keys, ring attention and block
    lists are written against this interface and not against an operation.
  }];
  let methods = [
    InterfaceMethod<"The loop of the iteration domain that runs over keys.",
      "unsigned", "getKeyLoop">,
    InterfaceMethod<[{
      Builds the identity for `parts` partial results, stacked on a new leading
      part axis: a tensor of zeros and a tensor of -inf.
      }], "::llvm::SmallVector<::mlir::Value>", "buildIdentity",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
           "::mlir::OpFoldResult":$parts)>,
    InterfaceMethod<[{
      Builds the operation over `[offset, offset + size)` of the keys alone, with
      `lse` as a result, into the destinations `inits` (one part, no part axis).
      }], "::mlir::FailureOr<::mlir::Operation *>", "buildPart",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
           "::mlir::OpFoldResult":$offset, "::mlir::OpFoldResult":$size,
           "::mlir::ValueRange":$inits)>,
    InterfaceMethod<[{
      Builds the combination of all parts along the leading axis of `partials`
      into this operation's results.
      }], "::mlir::FailureOr<::mlir::Operation *>", "buildCombine",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
           "::mlir::ValueRange":$partials)>
  ];
}

def AffineMonoidOpInterface : OpInterface<"AffineMonoidOpInterface"> {
  let cppNamespace = "::mlir::attn";
  let description = [{
    An operation that carries a state S along the sequence, changed by an affine
    map per token: S <- M S + E. The maps of consecutive ranges compose,

      (M2, E2) after (M1, E1) = (M2 M1, M2 E1 + E2),

    with the identity (I, 0). The destinations hold the state before the range
    and return the one after it, so that cutting the sequence anywhere and
    chaining the parts changes nothing but rounding. Chunked lowerings, decode
    steps and parts on several ranks are written against this interface.
  }];
  let methods = [
    InterfaceMethod<"Operands, destinations and factors by what they mean.",
      "::mlir::attn::Recurrence", "getRecurrence">,
    InterfaceMethod<"The loop of the iteration domain that carries the state.",
      "unsigned", "getTimeLoop">,
    InterfaceMethod<[{
      Builds the operation over `[offset, offset + size)` of the sequence alone,
      into the destinations `inits`; states in it are given by them.
      }], "::mlir::FailureOr<::mlir::Operation *>", "buildPart",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
           "::mlir::OpFoldResult":$offset, "::mlir::OpFoldResult":$size,
           "::mlir::ValueRange":$inits)>
  ];
}

#endif // ATTN_INTERFACES
