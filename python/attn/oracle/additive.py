"""Layers that add to a decayed state: no token corrects what is stored.

Each function takes the sequences between the layer's projections and returns its
outputs by name; `state_in` is zero if absent. H value heads share Hk key heads.

Covering tests: test/python/test_oracle_{gates,layers,state}.py.
"""

from __future__ import annotations

from typing import Optional

import numpy as np

from attn.oracle.layer import STATE_IN, STATE_OUT, Layer, convolved
from attn.oracle.layer import conv_inputs, conv_outputs
from attn.oracle.parts import elu_plus_one, group_norm, log_sigmoid, rms_norm
from attn.oracle.parts import sigmoid, silu, softplus
from attn.oracle.recurrence import linear

Array = np.ndarray


def linear_attention(
    q, k, v, cu_seqlens=None, state_in=None, key_sum_in=None,
    *, normalizer: bool = True, epsilon: float = 1e-6, scale: float = 1.0,
) -> dict:
    """Linear attention, arXiv 2006.16236 equations 16 to 20.

    S_t = S_{t-1} + phi(k) v^T, z_t = z_{t-1} + phi(k), phi(x) = elu(x) + 1, and
    o_t = S_t^T phi(q) / (phi(q) . z_t + epsilon); without `normalizer` undivided.
    """
    result = linear(
        elu_plus_one(q), elu_plus_one(k), v, None, None, None, cu_seqlens,
        state_in, key_sum_in, scale=scale, epsilon=epsilon if normalizer else 0.0,
        normalizer="key_sum" if normalizer else None,
    )
    outputs = {"o": result.o, "state_out": result.state}
    if normalizer:
        outputs["key_sum_out"] = result.key_sum
    return outputs


def rotate(x: Array, cos: Array, sin: Array) -> Array:
    """Turns features (j, j + K/2) of token t by its angles; tables are [T, K/2]."""
    half = x.shape[-1] // 2
    turned = (x[..., :half] + 1j * x[..., half:]) * (cos + 1j * sin)
    return np.concatenate([turned.real, turned.imag], axis=-1)


def retnet_gate(heads: int) -> Array:
    """log(1 - 2^(-5 - h)), arXiv 2307.08621 equation 8."""
    return np.log1p(-(2.0 ** (-5.0 - np.arange(heads))))


def retnet(
    q, k, v, z=None, cos=None, sin=None, cu_seqlens=None, state_in=None,
    *, scale: Optional[float] = None, epsilon: float = 1e-5,
) -> dict:
    """Multi-scale retention, arXiv 2307.08621 equations 6 to 8.

    q and k turned by the angles of `cos`, `sin` [T, K/2] if given, then
    S_t = gamma_h S_{t-1} + k v^T; o = silu(z) * group_norm(scale S_t^T q), the
    norm over one head and without weights. Without `z` the bare recurrence.
    """
    if cos is not None:
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
    result = linear(q, k, v, retnet_gate(v.shape[1]), cu_seqlens=cu_seqlens,
                    state=state_in, scale=scale)
    o = result.o
    if z is not None:
        o = silu(z) * group_norm(o, None, None, epsilon)
    return {"o": o, "state_out": result.state}


def lightning_gate(heads: int, layer: int = 0, layers: int = 24) -> Array:
    """-(8 / H)(1 - l / L) h, arXiv 2401.04658: head 0 never forgets."""
    return -(8.0 / heads) * (1 - layer / layers) * np.arange(heads)


def lightning(
    q, k, v, z=None, cu_seqlens=None, state_in=None,
    *, layer: int = 0, layers: int = 24, scale: Optional[float] = None,
    epsilon: float = 1e-6,
) -> dict:
    """Lightning attention in TransNormerLLM, arXiv 2307.14995 equation 9.

    With `z`: o = rms_norm(linear(silu(q), silu(k), v)) * z. Without: the bare
    recurrence with q and k as they are (arXiv 2401.04658).
    """
    if z is not None:
        q, k = silu(q), silu(k)
    result = linear(q, k, v, lightning_gate(v.shape[1], layer, layers),
                    cu_seqlens=cu_seqlens, state=state_in, scale=scale)
    o = result.o if z is None else rms_norm(result.o, None, epsilon) * z
    return {"o": o, "state_out": result.state}


def gla(
    q, k, v, a, z, o_weight, cu_seqlens=None, state_in=None,
    *, gate_normalizer: float = 16.0, scale: Optional[float] = None,
    epsilon: float = 1e-5,
) -> dict:
    """Gated linear attention, arXiv 2312.06635 section 4.4.

    a are logits [B, H, T, K]: the log decay is log_sigmoid(a) / 16;
    o = rms_norm(S_t^T q / sqrt(K)) * o_weight [V] * silu(z).
    """
    result = linear(q, k, v, log_sigmoid(a) / gate_normalizer,
                    cu_seqlens=cu_seqlens, state=state_in, scale=scale)
    o = rms_norm(result.o, o_weight, epsilon) * silu(z)
    return {"o": o, "state_out": result.state}


def hgrn2(
    q, f, v, lower_bound=None, cu_seqlens=None, state_in=None, *, scale: float = 1.0,
) -> dict:
    """HGRN-2, arXiv 2404.07904 equation 8; no norm.

    f are logits [B, H, T, K], lower_bound lb [H, K] (zero if absent): the decay
    is F = lb + (1 - lb) sigmoid(f), the key 1 - F and the query silu(q).
    """
    forget = sigmoid(f)
    if lower_bound is not None:
        low = lower_bound[None, :, None]
        forget = low + (1 - low) * forget
    with np.errstate(divide="ignore"):
        gate = np.log(forget)
    result = linear(silu(q), 1 - forget, v, gate, cu_seqlens=cu_seqlens,
                    state=state_in, scale=scale)
    return {"o": result.o, "state_out": result.state}


def mamba2(
    x, b, c, dt, z, a_log, dt_bias, d, o_weight, cu_seqlens=None,
    state_in=None, *, norm_heads: int = 0, epsilon: float = 1e-5, **convolutions,
) -> dict:
    """Mamba-2, arXiv 2405.21060 sections 2 and 7 (SSD).

    x, b, c = silu(short_conv(...)); dt = softplus(dt + dt_bias), A = -exp(a_log);
    S_t = exp(dt A) S_{t-1} + b (dt x)^T; y = S_t^T c + d x;
    o = rms_norm(y * silu(z)) * o_weight [H, V], the mean taken over
    `norm_heads` neighbouring heads together (0: over those that share a b).
    """
    arrays = {"x": x, "b": b, "c": c, **convolutions}
    (x, b, c), tails = convolved(arrays, "x b c", cu_seqlens)
    batch, heads, tokens, width = x.shape
    dt = softplus(dt + dt_bias[None, :, None])
    gate = dt * -np.exp(a_log)[None, :, None]
    result = linear(c, b, dt[..., None] * x, gate, cu_seqlens=cu_seqlens,
                    state=state_in, scale=1.0)
    y = (result.o + d[None, :, None, None] * x) * silu(z)
    together = norm_heads or heads // b.shape[1]
    groups = y.reshape(batch, heads // together, together, tokens, width)
    mean = (groups**2).mean(axis=(2, 4), keepdims=True)
    o = (groups / np.sqrt(mean + epsilon)).reshape(y.shape)
    o = o * o_weight[None, :, None]
    return {"o": o, "state_out": result.state, **tails}


QKV = {"q": "B Hq T K", "k": "B Hk T K", "v": "B H T V"}
OUT = {"o": "B Ho T V", **STATE_OUT}
LIKE_OUTPUT = "B Ho T V"

LAYERS = [
    Layer("linear", "arXiv 2006.16236", linear_attention,
          {**QKV, **STATE_IN, "key_sum_in": "N H K"},
          {**OUT, "key_sum_out": "N H K"}, frozenset({"state_in", "key_sum_in"})),
    Layer("retnet", "arXiv 2307.08621", retnet,
          {**QKV, "z": LIKE_OUTPUT, "cos": "T K/2", "sin": "T K/2", **STATE_IN}, OUT,
          frozenset({"z", "cos", "sin", "state_in"})),
    Layer("lightning", "arXiv 2401.04658", lightning,
          {**QKV, "z": LIKE_OUTPUT, **STATE_IN}, OUT, frozenset({"z", "state_in"})),
    Layer("gla", "arXiv 2312.06635", gla,
          {**QKV, "a": "B H T K", "z": LIKE_OUTPUT, "o_weight": "V", **STATE_IN},
          OUT, frozenset({"state_in"})),
    Layer("hgrn2", "arXiv 2404.07904", hgrn2,
          {"q": "B Hq T K", "f": "B H T K", "v": "B H T V", "lower_bound": "H K",
           **STATE_IN},
          OUT, frozenset({"lower_bound", "state_in"})),
    Layer("mamba2", "arXiv 2405.21060", mamba2,
          {"x": "B H T V", "b": "B Hk T K", "c": "B Hk T K", "dt": "B H T",
           "z": "B H T V", "a_log": "H", "dt_bias": "H", "d": "H",
           "o_weight": "H V", **conv_inputs(x="H V", b="Hk K", c="Hk K"),
           "x_conv_bias": "H V", "b_conv_bias": "Hk K", "c_conv_bias": "Hk K",
           **STATE_IN},
          {"o": "B H T V", **STATE_OUT, **conv_outputs(x="H V", b="Hk K", c="Hk K")},
          frozenset({"state_in", "x_tail_in", "b_tail_in", "c_tail_in"})),
]
