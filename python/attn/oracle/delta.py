"""Layers of the delta rule: a token replaces what the state holds for its key.

Each function takes the sequences between the layer's projections and returns its
outputs by name; `state_in` is zero if absent. H value heads share Hk key heads.

Covering tests: test/python/test_oracle_{gates,layers,state}.py.
"""

from __future__ import annotations

from typing import Optional

import numpy as np

from attn.oracle.layer import STATE_IN, STATE_OUT, Layer, convolved
from attn.oracle.layer import conv_inputs, conv_outputs
from attn.oracle.parts import elu_plus_one, l2_norm, rms_norm, sigmoid, silu
from attn.oracle.parts import softplus_decay, sum_norm
from attn.oracle.recurrence import recurrent

Array = np.ndarray


def per_head(x: Array, heads: int) -> Array:
    """Key heads [B, Hk, ...] written out for each of the value heads."""
    return np.repeat(x, heads // x.shape[1], axis=1)


def delta_net(
    q, k, v, b, o_weight=None, cu_seqlens=None, state_in=None,
    *, features: int = 0, scale: Optional[float] = None,
    epsilon: float = 1e-5, **convolutions,
) -> dict:
    """DeltaNet: S_t = S_{t-1} + beta k (v - S_{t-1}^T k)^T, beta = sigmoid(b).

    `features` 0 is arXiv 2406.06484 section 3: q, k and v are
    silu(short_conv(..)) where weights are given, q and k of unit length, the
    output rms_norm * o_weight [V]. 1 is "Linear Transformers Are Secretly Fast
    Weight Programmers" (arXiv 2102.11174 equations 23 to 26): q and k are
    elu + 1, divided by their sums; there is neither convolution nor norm.
    """
    if features == 1:
        tails, o_weight = {}, None
        q, k = sum_norm(elu_plus_one(q)), sum_norm(elu_plus_one(k))
    else:
        arrays = {"q": q, "k": k, "v": v, **convolutions}
        (q, k, v), tails = convolved(arrays, "q k v", cu_seqlens)
        q, k = l2_norm(q), l2_norm(k)
    result = recurrent(q, k, v, beta=sigmoid(b), cu_seqlens=cu_seqlens,
                       state=state_in, scale=scale)
    o = result.o
    if o_weight is not None:
        o = rms_norm(o, o_weight, epsilon)
    return {"o": o, "state_out": result.state, **tails}


def gated_delta_net(
    q, k, v, a, b, z, a_log, dt_bias, o_weight, cu_seqlens=None, state_in=None,
    *, scale: Optional[float] = None, epsilon: float = 1e-5, **convolutions,
) -> dict:
    """Gated DeltaNet, arXiv 2412.06464 equation 10 and figure 1.

    q, k, v = silu(short_conv(..)), q and k of unit length; beta = sigmoid(b),
    g = -exp(a_log) softplus(a + dt_bias), a and b [B, H, T];
    S_t = e^g (I - beta k k^T) S_{t-1} + beta k v^T;
    o = rms_norm(S_t^T q / sqrt(K)) * o_weight [V] * silu(z).
    """
    arrays = {"q": q, "k": k, "v": v, **convolutions}
    (q, k, v), tails = convolved(arrays, "q k v", cu_seqlens)
    result = recurrent(l2_norm(q), l2_norm(k), v, softplus_decay(a, a_log, dt_bias),
                       sigmoid(b), cu_seqlens=cu_seqlens, state=state_in, scale=scale)
    o = rms_norm(result.o, o_weight, epsilon) * silu(z)
    return {"o": o, "state_out": result.state, **tails}


def kimi_delta(
    q, k, v, a, b, z, a_log, dt_bias, o_weight, cu_seqlens=None, state_in=None,
    *, lower_bound: Optional[float] = None, scale: Optional[float] = None,
    epsilon: float = 1e-5, **convolutions,
) -> dict:
    """Kimi Delta Attention, arXiv 2510.26692 equations 1 and 8 to 10.

    As Gated DeltaNet with one decay per row of the state: a is [B, H, T, K],
    dt_bias [H, K], the log decay g = -exp(a_log) softplus(a + dt_bias), or with
    `lower_bound` lb < 0: lb sigmoid(exp(a_log) (a + dt_bias));
    S_t = (I - beta k k^T) diag(e^g) S_{t-1} + beta k v^T; the output gate is
    sigmoid(z).
    """
    arrays = {"q": q, "k": k, "v": v, **convolutions}
    (q, k, v), tails = convolved(arrays, "q k v", cu_seqlens)
    if lower_bound is None:
        gate = softplus_decay(a, a_log, dt_bias)
    else:
        steep = np.exp(a_log)[None, :, None, None]
        gate = lower_bound * sigmoid(steep * (a + dt_bias[None, :, None]))
    result = recurrent(l2_norm(q), l2_norm(k), v, gate, sigmoid(b),
                       cu_seqlens=cu_seqlens, state=state_in, scale=scale)
    o = rms_norm(result.o, o_weight, epsilon) * sigmoid(z)
    return {"o": o, "state_out": result.state, **tails}


def gdn2(
    q, k, v, a, e, w, a_log, dt_bias, cu_seqlens=None, state_in=None,
    *, scale: Optional[float] = None,
) -> dict:
    """GDN-2, arXiv 2605.22791: erase and write gates apart; no norm, no output gate.

    q and k get unit length; g = -exp(a_log) softplus(a + dt_bias) with a
    [B, H, T, K] and dt_bias [H, K]; E = sigmoid(e) [B, H, T, K] and
    W = sigmoid(w) [B, H, T, V]:
    S_t = (I - k (E * k)^T) diag(e^g) S_{t-1} + k (W * v)^T.
    """
    q, k = l2_norm(q), l2_norm(k)
    gate = softplus_decay(a, a_log, dt_bias)
    own = per_head(k, v.shape[1])
    # What reads the state before it decays takes the decay along.
    result = recurrent(q, k, sigmoid(w) * v, gate, left=-own,
                       right=np.exp(gate) * (sigmoid(e) * own),
                       cu_seqlens=cu_seqlens, state=state_in, scale=scale)
    return {"o": result.o, "state_out": result.state}


def comba(
    q, k, v, a, b, a_log, dt_bias, p_gate, d, cu_seqlens=None, state_in=None,
    *, scale: Optional[float] = None,
) -> dict:
    """Comba, arXiv 2506.02475: closed-loop control; no norm, no output gate.

    q and k get unit length; g = -exp(a_log) softplus(a + dt_bias) and
    beta = sigmoid(b), a and b [B, H, T]. The key that erases is
    p = sigmoid(p_gate) k, and the query is corrected by d k, both [H]:
    S_t = e^g (I - beta k p^T) S_{t-1} + beta k v^T; o = scale S_t^T (q - d k).
    """
    heads = v.shape[1]
    q, k = per_head(l2_norm(q), heads), per_head(l2_norm(k), heads)
    gate, beta = softplus_decay(a, a_log, dt_bias), sigmoid(b)[..., None]
    erasing = sigmoid(p_gate)[None, :, None, None] * k
    result = recurrent(q - d[None, :, None, None] * k, k, beta * v, gate,
                       left=-beta * k, right=np.exp(gate)[..., None] * erasing,
                       cu_seqlens=cu_seqlens, state=state_in, scale=scale)
    return {"o": result.o, "state_out": result.state}


def delta_product(
    q, k, v, a, b, a_log, dt_bias, cu_seqlens=None, state_in=None,
    *, scale: Optional[float] = None,
) -> dict:
    """Gated DeltaProduct, arXiv 2502.10297 equation 4: R delta steps a token.

    q is [B, Hq, T, K] and a [B, H, T]; k, v and b have R micro-steps,
    [B, Hk, T, R, K], [B, H, T, R, V] and [B, H, T, R]. q and k get unit length,
    beta = sigmoid(b), g = -exp(a_log) softplus(a + dt_bias). The decay acts once,
    before the token's first step; the token reads after its last. No norm.
    """
    batch, heads, tokens, steps = b.shape
    every = tokens * steps
    key = l2_norm(k).reshape(batch, k.shape[1], every, k.shape[-1])
    value = v.reshape(batch, heads, every, v.shape[-1])
    gate = np.zeros(b.shape)
    gate[..., 0] = softplus_decay(a, a_log, dt_bias)
    bounds = None if cu_seqlens is None else np.asarray(cu_seqlens) * steps
    result = recurrent(np.repeat(l2_norm(q), steps, axis=2), key, value,
                       gate.reshape(batch, heads, every),
                       sigmoid(b).reshape(batch, heads, every), cu_seqlens=bounds,
                       state=state_in, scale=scale)
    return {"o": result.o[:, :, steps - 1 :: steps], "state_out": result.state}


QKV = {"q": "B Hq T K", "k": "B Hk T K", "v": "B H T V"}
OUT = {"o": "B Ho T V", **STATE_OUT}
CONVOLVED = {"q": "Hq K", "k": "Hk K", "v": "H V"}
TAILS = frozenset({"state_in", "q_tail_in", "k_tail_in", "v_tail_in"})

LAYERS = [
    Layer("delta_net", "arXiv 2102.11174 and 2406.06484", delta_net,
          {**QKV, "b": "B H T", "o_weight": "V", **conv_inputs(**CONVOLVED),
           **STATE_IN},
          {**OUT, **conv_outputs(**CONVOLVED)},
          TAILS | {"o_weight", *conv_inputs(**CONVOLVED)}),
    Layer("gated_delta_net", "arXiv 2412.06464", gated_delta_net,
          {**QKV, "a": "B H T", "b": "B H T", "z": "B Ho T V", "a_log": "H",
           "dt_bias": "H", "o_weight": "V", **conv_inputs(**CONVOLVED),
           **STATE_IN},
          {**OUT, **conv_outputs(**CONVOLVED)}, TAILS),
    Layer("kimi_delta", "arXiv 2510.26692", kimi_delta,
          {**QKV, "a": "B H T K", "b": "B H T", "z": "B Ho T V", "a_log": "H",
           "dt_bias": "H K", "o_weight": "V", **conv_inputs(**CONVOLVED),
           **STATE_IN},
          {**OUT, **conv_outputs(**CONVOLVED)}, TAILS),
    Layer("gdn2", "arXiv 2605.22791", gdn2,
          {**QKV, "a": "B H T K", "e": "B H T K", "w": "B H T V", "a_log": "H",
           "dt_bias": "H K", **STATE_IN},
          OUT, frozenset({"state_in"})),
    Layer("comba", "arXiv 2506.02475", comba,
          {**QKV, "a": "B H T", "b": "B H T", "a_log": "H", "dt_bias": "H",
           "p_gate": "H", "d": "H", **STATE_IN},
          OUT, frozenset({"state_in"})),
    Layer("delta_product", "arXiv 2502.10297", delta_product,
          {"q": "B Hq T K", "k": "B Hk T R K", "v": "B H T R V", "a": "B H T",
           "b": "B H T R", "a_log": "H", "dt_bias": "H", **STATE_IN},
          OUT, frozenset({"state_in"})),
]
