"""RWKV-6, RWKV-7, mLSTM and Mamba: layers with a read or a decay of their own.

Each function takes the sequences between the layer's projections and returns its
outputs by name; `state_in` is zero if absent.

Covering tests: test/python/test_oracle_{gates,layers,state}.py.
"""

from __future__ import annotations

from typing import Optional

import numpy as np

from attn.oracle.layer import STATE_IN, STATE_OUT, Layer, convolved
from attn.oracle.layer import conv_inputs, conv_outputs
from attn.oracle.parts import group_norm, log_sigmoid, sigmoid, silu, softplus
from attn.oracle.recurrence import linear, recurrent

Array = np.ndarray


def rwkv6(
    r, k, v, w, u, z=None, o_weight=None, o_bias=None, cu_seqlens=None,
    state_in=None, *, scale: float = 1.0, epsilon: Optional[float] = None,
) -> dict:
    """RWKV-6 "Finch", arXiv 2404.05892 equations 14 to 19.

    The state decays by exp(-exp(w)), w [B, H, T, K]; the token is read before it
    is added, weighed by u [H, K]:
    o_t = (S_{t-1} + (u * k) v^T)^T r; S_t = diag(exp(-exp(w))) S_{t-1} + k v^T.
    With `z`: o = silu(z) * (group_norm(o) * o_weight + o_bias), both [H, V], the
    norm's epsilon 1e-5 V.
    """
    epsilon = 1e-5 * v.shape[-1] if epsilon is None else epsilon
    result = linear(r, k, v, -np.exp(w), None, u, cu_seqlens, state_in,
                    scale=scale, read_before=True)
    o = result.o
    if z is not None:
        o = silu(z) * group_norm(o, o_weight, o_bias, epsilon)
    return {"o": o, "state_out": result.state}


def rwkv7(
    r, w, k, v, a, z, k_k, k_a, r_k, o_weight, o_bias, cu_seqlens=None,
    state_in=None, *, scale: float = 1.0, epsilon: Optional[float] = None,
    length_epsilon: float = 1e-12,
) -> dict:
    """RWKV-7 "Goose", arXiv 2503.14456 equations 4 to 22.

    w and a are logits [B, H, T, K]: the log decay is -e^{-1/2} sigmoid(w), the
    rate A = sigmoid(a). With n = k * k_k divided by max(|.|, length_epsilon) and
    k~ = k * (1 + (A - 1) * k_a):
    S_t = diag(decay) S_{t-1} - (A * n) (n^T S_{t-1}) + k~ v^T; then
    o = z * (group_norm(S_t^T r) + (sum of r * r_k * k~) v). k_k, k_a and r_k are
    [H, K], the norm's weight and bias [H, V] and its epsilon 1e-5 V.
    """
    epsilon = 1e-5 * v.shape[-1] if epsilon is None else epsilon
    decay = -np.exp(-0.5) * sigmoid(w)
    rate = sigmoid(a)
    removed = k * k_k[None, :, None]
    length = np.sqrt((removed * removed).sum(axis=-1, keepdims=True))
    removed = removed / np.maximum(length, length_epsilon)
    key = k * (1 + (rate - 1) * k_a[None, :, None])
    result = recurrent(r, key, v, decay, left=-rate * removed, right=removed,
                       cu_seqlens=cu_seqlens, state=state_in, scale=scale)
    own = (r * r_k[None, :, None] * key).sum(axis=-1, keepdims=True) * v
    o = z * (group_norm(result.o, o_weight, o_bias, epsilon) + own)
    return {"o": o, "state_out": result.state}


def mlstm(
    q, k, v, i, f, z=None, o_weight=None, cu_seqlens=None, state_in=None,
    key_sum_in=None, maximum_in=None, *, scale: Optional[float] = None,
    epsilon: float = 1e-6, norm_epsilon: float = 1e-5,
) -> dict:
    """mLSTM of xLSTM, arXiv 2405.04517 equations 19 to 27.

    i and f are logits [B, H, T]: input gate exp(i), forget gate sigmoid(f);
    C_t = sigmoid(f) C_{t-1} + exp(i) k v^T, n_t likewise with k alone, and
    h = C_t^T q / (max(|n_t . q|, 1) + epsilon), q scaled by 1 / sqrt(K), states
    kept relative to exp(maximum). With `z`: o = sigmoid(z) * group_norm(h) *
    o_weight [H, V].
    """
    result = linear(q, k, v, log_sigmoid(f), i, None, cu_seqlens, state_in,
                    key_sum_in, maximum_in, scale=scale, normalizer="max_exp",
                    epsilon=epsilon)
    o = result.o
    if z is not None:
        o = sigmoid(z) * group_norm(o, o_weight, None, norm_epsilon)
    return {"o": o, "state_out": result.state, "key_sum_out": result.key_sum,
            "maximum_out": result.maximum}


def mamba(
    x, dt, b, c, z, a_log, dt_bias, d, cu_seqlens=None, state_in=None,
    **convolutions,
) -> dict:
    """Mamba, the selective scan S6: arXiv 2312.00752 algorithm 2, section 3.4.

    x = silu(short_conv(x)) [B, H, T, V] are H groups of V channels, b and c
    [B, H, T, K] the K states' write and read weights (the paper's layer has one
    group); dt = softplus(dt + dt_bias [H, V]) and A = -exp(a_log [H, V, K]);
    channel i has s_t = exp(dt A) s_{t-1} + (dt x) b; y = c . s_t + d x, d [H, V];
    o = y * silu(z).
    """
    arrays = {"x": x, **convolutions}
    (x,), tails = convolved(arrays, "x", cu_seqlens)
    dt = softplus(dt + dt_bias[None, :, None])
    result = recurrent(c, b, dt * x, time_step=dt, rate=-np.exp(a_log),
                       cu_seqlens=cu_seqlens, state=state_in, scale=1.0)
    o = (result.o + d[None, :, None] * x) * silu(z)
    return {"o": o, "state_out": result.state, **tails}


ROWS, COLUMNS = "B H T K", "B H T V"
OUT = {"o": "B H T V", **STATE_OUT}

LAYERS = [
    Layer("mamba", "arXiv 2312.00752", mamba,
          {"x": COLUMNS, "dt": COLUMNS, "b": ROWS, "c": ROWS, "z": COLUMNS,
           "a_log": "H V K", "dt_bias": "H V", "d": "H V",
           **conv_inputs(x="H V"), "x_conv_bias": "H V", **STATE_IN},
          {**OUT, **conv_outputs(x="H V")}, frozenset({"state_in", "x_tail_in"})),
    Layer("rwkv6", "arXiv 2404.05892", rwkv6,
          {"r": ROWS, "k": ROWS, "v": COLUMNS, "w": ROWS, "u": "H K", "z": COLUMNS,
           "o_weight": "H V", "o_bias": "H V", **STATE_IN},
          OUT, frozenset({"z", "o_weight", "o_bias", "state_in"})),
    Layer("rwkv7", "arXiv 2503.14456", rwkv7,
          {"r": ROWS, "w": ROWS, "k": ROWS, "v": COLUMNS, "a": ROWS, "z": COLUMNS,
           "k_k": "H K", "k_a": "H K", "r_k": "H K", "o_weight": "H V",
           "o_bias": "H V", **STATE_IN},
          OUT, frozenset({"state_in"})),
    Layer("mlstm", "arXiv 2405.04517", mlstm,
          {"q": "B Hq T K", "k": "B Hk T K", "v": COLUMNS, "i": "B H T",
           "f": "B H T", "z": "B Ho T V", "o_weight": "Ho V", **STATE_IN,
           "key_sum_in": "N H K", "maximum_in": "N H"},
          {"o": "B Ho T V", **STATE_OUT, "key_sum_out": "N H K",
           "maximum_out": "N H"},
          frozenset({"z", "o_weight", "state_in", "key_sum_in", "maximum_in"})),
]
