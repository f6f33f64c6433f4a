"""Softmax attention row by row over the keys that a row admits.

For query i of head h, with its key head h div (Hq / Hkv) and any set of keys:

    s_j = scale (q . k_j + qv . v_j), softcap s = cap tanh(s / cap), s = s + bias
    lse = log(sum_j exp(s_j) + exp(sink)),  p_j = exp(s_j - lse),  o = sum_j p_j v_j

Keys with s = -inf are not read. A row without keys has o = 0 and lse = -inf, with
a sink too. Sources: FlashAttention (arXiv 2205.14135); `merge` is the
combination of its section 3.1.

Covering test: test/python/test_oracle_sparse.py.
"""

from __future__ import annotations

from typing import NamedTuple, Optional, Sequence

import numpy as np

Array = np.ndarray


class Attended(NamedTuple):
    """Outputs [B, Hq, T, V], log-sum-exps [B, Hq, T], weights [B, Hq, T, S]."""

    o: Array
    lse: Array
    p: Array


def softmax_row(s: Array, sink: Optional[float]) -> tuple[Array, float]:
    """Weights of the scores [S] and their lse."""
    read = s != -np.inf
    if not read.any():
        return np.zeros(s.shape), -np.inf
    top = s[read].max() if sink is None else max(s[read].max(), sink)
    with np.errstate(invalid="ignore"):
        e = np.where(read, np.exp(np.where(read, s - top, 0)), 0)
        total = e.sum() + (0 if sink is None else np.exp(sink - top))
        return e / total, top + np.log(total)


def weighted_sum(p: Array, v: Array, read: Array) -> Array:
    """sum_j p_j v_j over the keys that are read, [V]."""
    return p[read] @ v[read]


def attend(
    q: Array,
    k: Array,
    v: Array,
    admitted: Optional[Array] = None,
    *,
    scale: Optional[float] = None,
    softcap: Optional[float] = None,
    bias: Optional[Array] = None,
    sink: Optional[Array] = None,
    qv: Optional[Array] = None,
) -> Attended:
    """Attention of q [B, Hq, T, K] over k [B, Hkv, S, K] and v [B, Hkv, S, V].

    `admitted` (booleans) and `bias` broadcast to [B, Hq, T, S]; `sink` is [Hq];
    `qv` [B, Hq, T, V] adds a product with the values to the scores (absorbed
    MLA). `scale` is 1 / sqrt(K), with `qv` 1 / sqrt(K + V).
    """
    batch, heads, queries, width = q.shape
    group, keys = heads // k.shape[1], k.shape[2]
    if scale is None:
        scale = (width + (0 if qv is None else v.shape[3])) ** -0.5
    shape = (batch, heads, queries, keys)
    admitted = np.broadcast_to(True if admitted is None else admitted, shape)
    bias = np.broadcast_to(0.0 if bias is None else bias, shape)
    o, lse, p = np.zeros(shape[:3] + v.shape[3:]), np.zeros(shape[:3]), np.zeros(shape)
    for b, h, i in np.ndindex(*shape[:3]):
        own_k, own_v = k[b, h // group], v[b, h // group]
        s = scale * (own_k @ q[b, h, i])
        if qv is not None:
            s = s + scale * (own_v @ qv[b, h, i])
        if softcap is not None:
            s = softcap * np.tanh(s / softcap)
        s = np.where(admitted[b, h, i], s + bias[b, h, i], -np.inf)
        p[b, h, i], lse[b, h, i] = softmax_row(s, None if sink is None else sink[h])
        o[b, h, i] = weighted_sum(p[b, h, i], own_v, s != -np.inf)
    return Attended(o, lse, p)


def positions(queries: int, keys: int) -> Array:
    """Places of the queries among the keys: the last query is at the last key."""
    return np.arange(queries) + keys - queries


def causal(queries: int, keys: int) -> Array:
    """[T, S]: keys up to the query's own place."""
    return np.arange(keys)[None] <= positions(queries, keys)[:, None]


def window(queries: int, keys: int, left: int, right: int) -> Array:
    """[T, S]: keys from `left` before to `right` behind the query, inclusive."""
    distance = np.arange(keys)[None] - positions(queries, keys)[:, None]
    return (distance >= -left) & (distance <= right)


def merge(parts: Sequence[tuple[Array, Array]]) -> tuple[Array, Array]:
    """(o, lse) over the union of disjoint key sets, from those of each set."""
    lse = np.full(parts[0][1].shape, -np.inf)
    for _, own in parts:
        lse = np.logaddexp(lse, own)
    o, total = np.zeros(parts[0][0].shape), np.where(lse == -np.inf, 0, lse)
    for own_o, own in parts:
        weight = np.where(own == -np.inf, 0, np.exp(own - total))
        o = o + weight[..., None] * own_o
    return o, lse


def key_mass(p: Array, kv_heads: int) -> Array:
    """Column sums of the weights [B, Hq, T, S], summed over a group: [B, Hkv, S]."""
    batch, heads, _, keys = p.shape
    return p.sum(axis=2).reshape(batch, kv_heads, heads // kv_heads, keys).sum(axis=2)
