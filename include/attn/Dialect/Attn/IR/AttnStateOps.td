//===- AttnStateOps.td - linear and recurrent-state attention -*- tablegen -*-===//
//
// attn.linear, attn.recurrent and attn.compose: the family whose state is
// changed by an affine map per token (design: AffineMonoidOpInterface).
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_STATE_OPS
#define ATTN_STATE_OPS

include "attn/Dialect/Attn/IR/AttnAttrs.td"
include "attn/Dialect/Attn/IR/AttnEnums.td"
include "attn/Dialect/Attn/IR/AttnInterfaces.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/TilingInterface.td"

def Attn_Shaped : AnyTypeOf<[AnyRankedTensor, AnyStridedMemRef],
                            "ranked tensor or strided memref">;

// Operations on states. On tensors they are pure and return their destinations;
// on memrefs (after bufferisation) they write them and return nothing.
class Attn_StateOp<string mnemonic, list<Trait> traits> :
    Op<Attn_Dialect, mnemonic, traits # [
    DestinationStyleOpInterface, InferTypeOpAdaptor,
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
    DeclareOpInterfaceMethods<ConditionallySpeculatable>,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
      ["reifyResultShapes"]>,
    DeclareOpInterfaceMethods<TilingInterface, [
      "getIterationDomain", "getLoopIteratorTypes", "getTiledImplementation",
      "getResultTilePosition"]>]> {
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
  let results = (outs Variadic<AnyRankedTensor>:$outputs);
}

// Those that carry the state along a sequence.
class Attn_RecurrenceOp<string mnemonic> : Attn_StateOp<mnemonic, [
    AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<AffineMonoidOpInterface>]> {
  let extraClassDeclaration = [{
    /// Loops of the iteration domain; Time carries the state.
    enum Loop : unsigned { Batch, Head, Time, Column, NumLoops };

    MutableOperandRange getDpsInitsMutable();
  }];
}

def Attn_LinearOp : Attn_RecurrenceOp<"linear"> {
  let summary = "linear attention: a decayed sum of outer products, read by queries";
  let description = [{
    For every batch b and state head h, with a state S of K rows and V columns,

      S_t = diag(exp(g_t)) S_{t-1} + k_t v_t^T
      o_t = scale * S_t^T q_t
      o_t = scale * (S_{t-1} + (bonus * k_t) v_t^T)^T q_t      with `read_before`

    - `gate` is g in natural logarithms and never positive in a sensible model:
      `[H]` a constant per head (RetNet, Lightning), `[B, H, T]` a scalar per
      token (Mamba-2), `[B, H, T, K]` one per row of the state (GLA); without it
      nothing decays. -inf forgets the row.
    - `read_before` reads the state before the token is added; `bonus` `[H, K]`
      weighs the token's own contribution then (RWKV-6); without it the token
      does not see itself.
    - `normalizer` divides the output. With z_t = exp(g_t) z_{t-1} + k_t,
      `key_sum`: by scale * q_t . z_t + epsilon (Katharopoulos et al.);
      `max_exp`: with the scalar `gate` f and `input_gate` i, both logarithms,
      m_t = max(f_t + m_{t-1}, i_t), the token is added with weight exp(i_t), and
      the output is divided by max(|scale * q_t . z_t|, exp(-m_t)) + epsilon, all
      kept relative to exp(m_t) (mLSTM, arXiv 2405.04517 eq. 19-27). `epsilon` is
      0 by default.
    - `cu_seqlens` `[N + 1]` packs N sequences along T with B = 1: sequence n is
      the tokens from bound n to bound n + 1, and states have N in place of B.
      Bounds go from 0 to T and never down: of an argument the entry points check
      it. Other bounds are not trusted: one outside `[0, T]` is taken to be the
      nearer end, one below the bound before to be that bound. A token of no
      sequence gives an output of 0; a state of no sequence stays as it is.
    - `transition` adds the product of all decays as a last state: `[B, H]` for
      gates without K, `[B, H, K]` with; it is multiplied onto its destination,
      so that (state, transition) of parts compose by `attn.compose`.

    Dimensions: query `[B, Hq, T, K]`, key `[B, Hk, T, K]`, value
    `[B, H, T, V]`; Hk divides H, and of Hq and H one divides the other; output
    `[B, max(Hq, H), T, V]`. Head h of the state reads key head h div (H / Hk);
    output head n reads state head n div (max(Hq, H) / H) and query head
    n div (max(Hq, H) / Hq).

    Destinations: the output, and either nothing more (the state starts at zero
    and is dropped), or all of: the state `[B, H, K, V]`, with a normalizer z
    `[B, H, K]`, with `max_exp` m `[B, H]` (start: -inf), with `transition` the
    product. They hold the state before the first token and are returned as it
    is after the last, so that steps chain. Where the state before is an argument
    that nothing else reads and the state after is a result, a caller may pass
    one buffer for both, which then is updated in place. State, sums and gates are f32 inside
    (f64 for f64 inputs). `scale` is 1 / sqrt(K) when absent.

    Sources: arXiv 2006.16236, 2307.08621 (RetNet), 2312.06635 (GLA), 2405.21060
    (Mamba-2), 2404.05892 (RWKV-6).

    Constraints:
    - C1: query, key and value are rank 4 of one element type, f16, bf16, f32
      or f64.
    - C2: K and V are positive, and static wherever they occur.
    - C3: sizes agree as listed above.
    - C4: Hk divides H; of Hq and H one divides the other; the output has the
      larger. Numbers known in a call only are checked by the entry points.
    - C5: output is of the inputs' type or f32; states are f32 (f64 for f64).
    - C6: `gate` is `[H]`, `[B, H, T]` or `[B, H, T, K]` of a float type.
    - C7: `scale` is finite, `epsilon` finite and not negative.
    - C8: `bonus` is `[H, K]` and needs `read_before`.
    - C9: `normalizer(max_exp)` needs a `gate` `[B, H, T]` and an `input_gate`
      `[B, H, T]`, which nothing else takes, and has no `transition`, its state
      being relative to a maximum; a normalizer reads after the update.
    - C10: no state destination, or all of them.
    - C11: `cu_seqlens` is rank 1 of i32 or i64 and needs B = 1.
    - C12: all operands are tensors, or all are memrefs.

    ```mlir
    %o, %s = attn.linear scale 1.0
        ins(%q, %k, %v : tensor<1x1x?x64xf32>, tensor<1x1x?x64xf32>, tensor<1x8x?x32xf32>)
        gate(%g : tensor<1x8x?xf32>)
        outs(%o0, %s0 : tensor<1x8x?x32xf32>, tensor<1x8x64x32xf32>)
    ```
  }];
  let arguments = (ins
    Attn_Shaped:$query, Attn_Shaped:$key, Attn_Shaped:$value,
    Optional<Attn_Shaped>:$gate, Optional<Attn_Shaped>:$input_gate,
    Optional<Attn_Shaped>:$bonus, Optional<Attn_Shaped>:$cu_seqlens,
    Attn_Shaped:$output_init, Variadic<Attn_Shaped>:$state_inits,
    OptionalAttr<F64Attr>:$scale, UnitAttr:$read_before,
    OptionalAttr<Attn_NormalizerAttr>:$normalizer,
    OptionalAttr<F64Attr>:$epsilon, UnitAttr:$transition,
    OptionalAttr<Attn_ScanAttr>:$scan);
  let assemblyFormat = [{
    (`read_before` $read_before^)? (`scale` $scale^)?
    (`normalizer` `` $normalizer^)? (`epsilon` $epsilon^)?
    (`transition` $transition^)? (`scan` $scan^)?
    `ins` `(` $query `,` $key `,` $value `:`
      type($query) `,` type($key) `,` type($value) `)`
    (`gate` `(` $gate^ `:` type($gate) `)`)?
    (`input_gate` `(` $input_gate^ `:` type($input_gate) `)`)?
    (`bonus` `(` $bonus^ `:` type($bonus) `)`)?
    (`cu_seqlens` `(` $cu_seqlens^ `:` type($cu_seqlens) `)`)?
    `outs` `(` $output_init (`,` $state_inits^)? `:`
      type($output_init) (`,` type($state_inits)^)? `)` attr-dict
  }];
}

def Attn_RecurrentOp : Attn_RecurrenceOp<"recurrent"> {
  let summary = "attention whose state is corrected by rank one, or decays per element";
  let description = [{
    As `attn.linear`, with a richer change of the state. Without a correction,

      S_t = exp(g_t) S_{t-1} + k_t v_t^T

    - `beta` `[B, H, T]`, the delta rule: what the state holds for the key is
      replaced by the value,
      S_t = D_t S_{t-1} + beta_t k_t (v_t - (D_t S_{t-1})^T k_t)^T,
      D_t = diag(exp(g_t)). DeltaNet without a gate, Gated DeltaNet with a scalar
      one, Kimi Delta Attention with one per row.
    - `correction` (a, b), each `[B, H, T, K]`:
      S_t = D_t S_{t-1} + a_t (b_t^T S_{t-1}) + k_t v_t^T (RWKV-7; b reads the
      state before it decays).
    - `decay` (dt, a), dt `[B, H, T, V]`, a `[H, K, V]`: element (i, c) of the
      state decays by exp(dt[t, c] * a[i, c]) (Mamba-1, with V the channels and
      K the states of a channel). The T x K x V decays are never formed.

    Output, gates, heads, destinations, `scale`, `cu_seqlens`, `transition` and
    types are those of `attn.linear`; the transition is `[B, H, K, K]` with a
    correction and `[B, H, K, V]` with `decay`. An op with neither is
    canonicalised to `attn.linear`.

    Sources: arXiv 2102.11174 and 2406.06484 (DeltaNet), 2412.06464 (Gated
    DeltaNet), 2510.26692 (KDA), 2503.14456 (RWKV-7), 2312.00752 (Mamba).

    Constraints:
    - C1 to C7 and C10 to C12 are those of `attn.linear`.
    - C8: `beta` is `[B, H, T]`; a and b of `correction` are `[B, H, T, K]`; of
      float types.
    - C9: of `beta`, `correction` and `decay` at most one is given, and `decay`
      takes no `gate`; dt is `[B, H, T, V]` and a `[H, K, V]` of float types.

    ```mlir
    %o, %s = attn.recurrent
        ins(%q, %k, %v : tensor<1x4x?x64xf32>, tensor<1x4x?x64xf32>, tensor<1x4x?x64xf32>)
        gate(%g : tensor<1x4x?xf32>) beta(%b : tensor<1x4x?xf32>)
        outs(%o0, %s0 : tensor<1x4x?x64xf32>, tensor<1x4x64x64xf32>)
    ```
  }];
  let arguments = (ins
    Attn_Shaped:$query, Attn_Shaped:$key, Attn_Shaped:$value,
    Optional<Attn_Shaped>:$gate, Optional<Attn_Shaped>:$beta,
    Optional<Attn_Shaped>:$left, Optional<Attn_Shaped>:$right,
    Optional<Attn_Shaped>:$time_step, Optional<Attn_Shaped>:$rate,
    Optional<Attn_Shaped>:$cu_seqlens,
    Attn_Shaped:$output_init, Variadic<Attn_Shaped>:$state_inits,
    OptionalAttr<F64Attr>:$scale, UnitAttr:$transition,
    OptionalAttr<Attn_ScanAttr>:$scan);
  let assemblyFormat = [{
    (`scale` $scale^)? (`transition` $transition^)? (`scan` $scan^)?
    `ins` `(` $query `,` $key `,` $value `:`
      type($query) `,` type($key) `,` type($value) `)`
    (`gate` `(` $gate^ `:` type($gate) `)`)?
    (`beta` `(` $beta^ `:` type($beta) `)`)?
    (`correction` `(` $left^ `,` $right `:` type($left) `,` type($right) `)`)?
    (`decay` `(` $time_step^ `,` $rate `:` type($time_step) `,` type($rate) `)`)?
    (`cu_seqlens` `(` $cu_seqlens^ `:` type($cu_seqlens) `)`)?
    `outs` `(` $output_init (`,` $state_inits^)? `:`
      type($output_init) (`,` type($state_inits)^)? `)` attr-dict
  }];
}

def Attn_ComposeOp : Attn_StateOp<"compose", []> {
  let summary = "applies the maps of consecutive parts of a sequence to a state";
  let description = [{
    Part p of a sequence changes a state by S <- M_p S + E_p. With P parts on a
    leading axis, in the order p = 0, 1, .., and with what the destinations hold
    as the maps of all that comes before,

      M = M_{P-1} .. M_1 M_0 M
      S = M_{P-1} (.. (M_1 (M_0 S + E_0) + E_1) ..) + E_{P-1}

    E_p and M_p are the state and the transition that `attn.linear` or
    `attn.recurrent` return for part p alone, from a state of zeros and the
    identity. So a sequence may be cut among workers, each of which runs its part
    at once; composed onto the state before the sequence, their results give the
    state after it.

    A transition is as these operations return it: one number for a state, `[P,
    B, H]`; one for each row, `[P, B, H, K]`; a matrix, `[P, B, H, K, K]`; or,
    with `per_element`, one for each element, `[P, B, H, K, V]`.

    Dimensions: states `[P, B, H, K, V]`, transitions as above; destinations have
    no P. That of the transition may be left out. P may be dynamic or 0.

    Source: the associative scan of affine maps (Blelloch, CMU-CS-90-190, section
    1.4); context parallelism of linear attention (arXiv 2404.02882).

    Constraints:
    - C1: states are rank 5 of f32 or f64, and all operands of that type.
    - C2: K and V are positive, and static wherever they occur.
    - C3: ranks and sizes agree as listed above.
    - C4: transitions have rank 3, 4 or 5, and 5 with `per_element`.
    - C5: all operands are tensors, or all are memrefs.

    ```mlir
    %s, %m = attn.compose
        ins(%es, %ms : tensor<?x1x8x64x32xf32>, tensor<?x1x8xf32>)
        outs(%s0, %m0 : tensor<1x8x64x32xf32>, tensor<1x8xf32>)
    ```
  }];
  let arguments = (ins
    Attn_Shaped:$states, Attn_Shaped:$transitions,
    Attn_Shaped:$state_init, Optional<Attn_Shaped>:$transition_init,
    UnitAttr:$per_element);
  let assemblyFormat = [{
    (`per_element` $per_element^)?
    `ins` `(` $states `,` $transitions `:`
      type($states) `,` type($transitions) `)`
    `outs` `(` $state_init (`,` $transition_init^)? `:`
      type($state_init) (`,` type($transition_init)^)? `)` attr-dict
  }];
  let extraClassDeclaration = [{
    /// Loops of the iteration domain; Part carries the state.
    enum Loop : unsigned { Batch, Head, Part, Column, NumLoops };

    MutableOperandRange getDpsInitsMutable();

    /// Whether a transition is a K x K matrix.
    bool isDense() {
      return !getPerElement() &&
             ::llvm::cast<ShapedType>(getTransitions().getType()).getRank() == 5;
    }
  }];
}

#endif // ATTN_STATE_OPS
