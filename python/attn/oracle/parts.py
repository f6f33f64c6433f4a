"""What layers have around attention: activations, norms, short convolution.

Sequences are [B, H, T, D]; everything is float64.

    l2_norm     x / sqrt(sum x^2 + 1e-6)
    rms_norm    x / sqrt(mean x^2 + eps) * weight
    group_norm  (x - mean) / sqrt(var + eps) * weight + bias, over one head
    short_conv  y[t] = bias + sum_j weight[j] x[t - W + 1 + j]

>>> import numpy as np
>>> x = np.ones((1, 1, 4, 1)); w = np.array([[[1.0, 10.0, 100.0]]])
>>> y, tail = short_conv(x, w)
>>> y[0, 0, :, 0], tail.shape
(array([100., 110., 111., 111.]), (1, 1, 2, 1))

Covering test: test/python/test_oracle_state.py.
"""

from __future__ import annotations

from typing import Optional

import numpy as np

Array = np.ndarray


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), finite for every x."""
    small = np.exp(-np.abs(x))
    return np.where(np.asarray(x) >= 0, 1 / (1 + small), small / (1 + small))


def silu(x: Array) -> Array:
    """x sigmoid(x), also called swish."""
    return x * sigmoid(x)


def softplus(x: Array) -> Array:
    """log(1 + exp(x))."""
    return np.logaddexp(0, x)


def log_sigmoid(x: Array) -> Array:
    """log(sigmoid(x))."""
    return -np.logaddexp(0, -np.asarray(x))


def elu_plus_one(x: Array) -> Array:
    """x + 1 for positive x, else exp(x): the feature map of arXiv 2006.16236."""
    return np.where(x > 0, x + 1, np.exp(np.minimum(x, 0)))


def softplus_decay(x: Array, rate: Array, bias: Array) -> Array:
    """-exp(rate) softplus(x + bias), the log decay of Mamba-2 and its kin.

    x is [B, H, T] or [B, H, T, K]; rate is [H]; bias is [H] or [H, K].
    """
    over_features = (1,) * (x.ndim - 3)
    rate = np.reshape(rate, (1, -1, 1) + over_features)
    bias = bias[None, :, None]
    return -np.exp(rate) * softplus(x + bias)


def l2_norm(x: Array, epsilon: float = 1e-6) -> Array:
    """Unit vectors along the last axis, epsilon inside of the root."""
    return x / np.sqrt((x * x).sum(axis=-1, keepdims=True) + epsilon)


def sum_norm(x: Array) -> Array:
    """Features that sum to one, as in arXiv 2102.11174, section 4.2."""
    return x / x.sum(axis=-1, keepdims=True)


def rms_norm(x: Array, weight: Optional[Array], epsilon: float) -> Array:
    """Root mean square norm over the last axis; `weight` is [D] or absent."""
    y = x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + epsilon)
    return y if weight is None else y * weight


def group_norm(
    x: Array, weight: Optional[Array], bias: Optional[Array], epsilon: float
) -> Array:
    """Norm of each head [B, H, T, D] alone; `weight` and `bias` are [H, D]."""
    centred = x - x.mean(axis=-1, keepdims=True)
    variance = (centred * centred).mean(axis=-1, keepdims=True)
    y = centred / np.sqrt(variance + epsilon)
    if weight is not None:
        y = y * weight[None, :, None]
    return y if bias is None else y + bias[None, :, None]


def spans(batch: int, tokens: int, cu_seqlens: Optional[Array]) -> list:
    """(batch entry, sequence, first token, end) of every sequence.

    Without `cu_seqlens` every batch entry is a sequence; with it, [N + 1], the
    one batch entry holds N sequences. Offsets that are not monotone from 0 to
    the number of tokens are refused.
    """
    if cu_seqlens is None:
        return [(b, b, 0, tokens) for b in range(batch)]
    bounds = [int(x) for x in cu_seqlens]
    if batch != 1:
        raise ValueError(f"expected a batch of 1 with cu_seqlens but found {batch}")
    if bounds[0] != 0 or bounds[-1] != tokens or sorted(bounds) != bounds:
        raise ValueError(
            f"expected monotone offsets from 0 to {tokens} but found {bounds}"
        )
    return [(0, n, a, z) for n, (a, z) in enumerate(zip(bounds, bounds[1:]))]


def short_conv(
    x: Array,
    weight: Array,
    bias: Optional[Array] = None,
    tail: Optional[Array] = None,
    cu_seqlens: Optional[Array] = None,
) -> tuple[Array, Array]:
    """Depthwise causal convolution over tokens; returns (y, the new tail).

    x is [B, H, T, D], `weight` [H, D, W] with the token's own tap last, `bias`
    [H, D]. `tail` [N, H, W - 1, D] holds the inputs before the first token,
    zeros if absent, and is returned with the last W - 1 inputs.
    """
    batch, heads, tokens, width = x.shape
    taps = weight.shape[-1]
    sequences = spans(batch, tokens, cu_seqlens)
    if tail is None:
        tail = np.zeros((len(sequences), heads, taps - 1, width))
    y, new_tail = np.zeros(x.shape), np.array(tail, dtype=np.float64)
    for b, n, start, stop in sequences:
        history = [tail[n, :, j] for j in range(taps - 1)]
        for t in range(start, stop):
            history.append(x[b, :, t])
            for j in range(taps):
                y[b, :, t] += weight[:, :, j] * history[len(history) - taps + j]
            if bias is not None:
                y[b, :, t] += bias
        for j in range(taps - 1):
            new_tail[n, :, j] = history[len(history) - taps + 1 + j]
    return y, new_tail
