//===- Systems.h - the systems, and what they share ------------*- C++ -*-===//
//
// Private to this library. A new system is a function here, its definition in a
// file of its family, and a line in Registry.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_PROBLEMS_SYSTEMS_SYSTEMS_H
#define ATTN_LIB_PROBLEMS_SYSTEMS_SYSTEMS_H

#include "../LayerParts.h"
#include "../StateOp.h"

namespace mlir::attn {

System linearAttention();
System deltaNet();
System retNet();
System lightning();
System gatedLinearAttention();
System hgrn2();
System mamba();
System mamba2();
System gatedDeltaNet();
System kimiDelta();
System gatedDelta2();
System comba();
System deltaProduct();
System rwkv6();
System rwkv7();
System mlstm();
System flashAttention();
System longformer();
System bigBird();
System h2o();
System streaming();
System perceiver();
System perceiverIO();
System perceiverAR();
System hyena();
System mixtureOfTransformers();
System nativeSparse();
System moba();
System deepseekSparse();

/// Inputs q, k and v.
struct QueryKeyValue {
  QueryKeyValue(Layer &layer, const StateAxes &axes);

  LayerTensor q, k, v;
};

/// -exp(a_log) softplus(a + dt_bias) over `axes`, the decay's logarithm in
/// Mamba-2 and the gated delta rule.
LayerTensor softplusDecay(Layer &layer, LayerAxes axes, const LayerTensor &a,
                          const LayerTensor &aLog, const LayerTensor &dtBias);

/// sigmoid(b) as the delta rule's rate of writing.
LayerTensor sigmoidBeta(Layer &layer, const LayerTensor &b);

/// The layer's outputs: o, the op's states, the tails of convolutions.
void outputAll(Layer &layer, const LayerTensor &o, const StateOp &op,
               llvm::ArrayRef<ShortConv> convolutions = {});

} // namespace mlir::attn

#endif // ATTN_LIB_PROBLEMS_SYSTEMS_SYSTEMS_H
