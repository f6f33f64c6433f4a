//===- AttnOpBase.td - what operations of attn have in common -*- tablegen -*-===//

#ifndef ATTN_OP_BASE
#define ATTN_OP_BASE

include "attn/Dialect/Attn/IR/AttnAttrs.td"
include "attn/Dialect/Attn/IR/AttnEnums.td"
include "attn/Dialect/Attn/IR/AttnInterfaces.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/TilingInterface.td"

class Attn_Op<string mnemonic, list<Trait> traits = []>
    : Op<Attn_Dialect, mnemonic, traits>;

// Destination-passing operations on tensors: results take the types of `outs`,
// regions are pure and may capture values of the enclosing function.
class Attn_SoftmaxOp<string mnemonic, list<Trait> traits = []>
    : Attn_Op<mnemonic, traits # [
        Pure, DestinationStyleOpInterface, InferTypeOpAdaptor,
        DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
          ["reifyResultShapes"]>]> {
  let hasVerifier = 1;
}

#endif // ATTN_OP_BASE
