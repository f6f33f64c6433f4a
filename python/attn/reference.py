"""Softmax attention in NumPy, written from the formulae.

This is the oracle of the integration tests. It shares no code with the
compiler: every score and mask that `attn-gen` can write is written here a
second time, for whole T x S matrices in float64.

For every batch b, query head h, query i and key j, with g = h div (Hq / Hkv)
and the diagonal d = S - T (bottom-right) or 0 (top-left):

    s[i, j] = scale * q[b, h, i] . k[b, g, j]
    s       = softcap * tanh(s / softcap)
    s       = s + bias
    s       = score(s, b, h, i, j)
    lse[i]  = log(sum_j exp(s[i, j]) + exp(sink[h]))       over admitted j
    o[i]    = sum_j exp(s[i, j] - lse[i]) v[b, g, j]

A pair that is not admitted contributes nothing, whatever its key and value
hold, and neither does a score of -inf. A row without keys gives o = 0 and
lse = -inf, with a sink too. NaN in an admitted pair gives NaN in the row; so does a score of
+inf.

>>> import numpy as np
>>> q = np.zeros((1, 1, 2, 4)); v = np.arange(4.0).reshape(1, 1, 4, 1)
>>> o, lse = attention(q, np.zeros((1, 1, 4, 4)), v, causal=True)
>>> o[0, 0, :, 0]
array([1. , 1.5])

Sources: FlashAttention (arXiv 2205.14135) for the formula and the masks;
FlexAttention (arXiv 2412.05496) for score and mask functions.
Covering test: test/python/reference_test.py.
"""

from __future__ import annotations

from typing import Callable, Optional, Sequence

import numpy as np

Array = np.ndarray
# (s, b, h, i, j) -> s for one head; i is a column, j a row, s is [T, S].
Score = Callable[[Array, int, int, Array, Array], Array]
# (b, h, i, j) -> bool, broadcastable to [T, S].
Mask = Callable[[int, int, Array, Array], Array]
Rounding = Callable[[Array], Array]


def diagonal(align: str, queries: int, keys: int) -> int:
    """Column of query 0's diagonal element: S - T or 0."""
    if align not in ("bottom-right", "top-left"):
        raise ValueError(f"expected bottom-right or top-left but found {align}")
    return keys - queries if align == "bottom-right" else 0


def structural_mask(
    queries: int,
    keys: int,
    causal: bool,
    window: Optional[Sequence[int]],
    align: str,
) -> Array:
    """The [T, S] matrix of pairs that `causal` and `window` admit."""
    i = np.arange(queries)[:, None] + diagonal(align, queries, keys)
    j = np.arange(keys)[None, :]
    admitted = np.ones((queries, keys), dtype=bool)
    if causal:
        admitted &= j <= i
    if window is not None:
        left, right = window
        if left >= 0:
            admitted &= j >= i - left
        if right >= 0:
            admitted &= j <= i + right
    return admitted


def attention(
    q: Array,
    k: Array,
    v: Array,
    *,
    scale: Optional[float] = None,
    softcap: Optional[float] = None,
    bias: Optional[Array] = None,
    score: Optional[Score] = None,
    mask: Optional[Mask] = None,
    causal: bool = False,
    window: Optional[Sequence[int]] = None,
    align: str = "bottom-right",
    sink: Optional[Array] = None,
    rounding: Rounding = lambda x: x,
    precision: type = np.float64,
) -> tuple[Array, Array]:
    """Returns (o [B, Hq, T, V], lse [B, Hq, T]).

    q is [B, Hq, T, K], k [B, Hkv, S, K], v [B, Hkv, S, V]; `scale` defaults to
    1 / sqrt(K). `align` says where the diagonal of `causal` and `window` goes:
    through the last pair (bottom-right) or the first (top-left). `bias` broadcasts to [B, Hq, T, S]: floats are
    added, booleans admit. `sink` is [Hq], a logit in natural units.

    `rounding` is applied after each step and `precision` is the type that
    steps are computed in: with the rounding of a 16-bit type and float32 this
    is the plain low-precision computation that FlashAttention's tests compare
    errors with.
    """
    batch, heads, queries, width = q.shape
    group = heads // k.shape[1]
    keys = k.shape[2]
    scale = 1.0 / np.sqrt(width) if scale is None else scale
    structural = structural_mask(queries, keys, causal, window, align)
    i, j = np.arange(queries)[:, None], np.arange(keys)[None, :]
    if bias is not None:
        bias = np.broadcast_to(bias, (batch, heads, queries, keys))

    o = np.zeros((batch, heads, queries, v.shape[3]), dtype=precision)
    lse = np.full((batch, heads, queries), -np.inf, dtype=precision)
    q, k, v = (x.astype(precision) for x in (q, k, v))
    for b in range(batch):
        for h in range(heads):
            admitted = structural
            with np.errstate(invalid="ignore", over="ignore"):
                s = rounding(precision(scale) * (q[b, h] @ k[b, h // group].T))
                if softcap is not None:
                    s = rounding(precision(softcap) * np.tanh(s / precision(softcap)))
                if bias is not None and bias.dtype == bool:
                    admitted = admitted & bias[b, h]
                elif bias is not None:
                    s = rounding(s + bias[b, h].astype(precision))
                if score is not None:
                    s = rounding(score(s, b, h, i, j).astype(precision))
            if mask is not None:
                admitted = admitted & mask(b, h, i, j)
            o[b, h], lse[b, h] = softmax_times(
                np.where(admitted, s, -np.inf),
                v[b, h // group],
                None if sink is None else float(sink[h]),
                rounding,
            )
    return o, lse


def softmax_times(
    s: Array, v: Array, sink: Optional[float], rounding: Rounding
) -> tuple[Array, Array]:
    """Softmax of the rows of s [T, S] times v [S, V], and its lse [T].

    Pairs with s = -inf contribute nothing even where v is NaN or infinite.
    """
    empty = (s == -np.inf).all(axis=1)
    top = s.max(axis=1, initial=-np.inf)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        if sink is not None:
            top = np.maximum(top, s.dtype.type(sink))
        safe = np.where(empty, 0, top).astype(s.dtype)
        p = np.where(s == -np.inf, 0, np.exp(s - safe[:, None])).astype(s.dtype)
        total = p.sum(axis=1)
        if sink is not None:
            total = total + np.exp(s.dtype.type(sink) - safe)
        lse = np.where(empty, -np.inf, safe + np.log(total))
        p = rounding(p / np.where(empty, 1, total).astype(s.dtype)[:, None])
        o = p @ np.where(np.isfinite(v), v, 0).astype(s.dtype)
        # NaN and infinity in a value reach the rows that read that key only.
        for key in np.flatnonzero(~np.isfinite(v).all(axis=1)):
            rows = s[:, key] != -np.inf
            o[rows] += p[rows, key, None] * np.where(np.isfinite(v[key]), 0, v[key])
    return rounding(o), lse
