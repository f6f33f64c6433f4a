"""Routing by modality, and the layer of Mixture-of-Transformers.

Covering test: test/python/test_oracle_models.py.
"""

from __future__ import annotations

from typing import Optional

import numpy as np

from attn.oracle.layer import Layer
from attn.oracle.parts import rms_norm, silu
from attn.oracle.softmax import attend, causal

Array = np.ndarray


def route(ids: Array, groups: int) -> tuple[Array, Array]:
    """(permutation [N], offsets [groups + 1]) that sort ids [N] by group.

    Token permutation[n] is the n-th; those of group g are at offsets[g] to
    offsets[g + 1], in the order of the sequence. Ids outside of [0, groups) come
    last, behind offsets[groups].
    """
    lists = [[n for n, x in enumerate(ids) if x == g] for g in range(groups)]
    rest = [n for n, x in enumerate(ids) if not 0 <= x < groups]
    order = [n for own in lists for n in own] + rest
    offsets = np.cumsum([0] + [len(own) for own in lists])
    return np.array(order, dtype=np.int64), offsets


def grouped_project(x: Array, weights: Array, offsets: Array) -> Array:
    """x [N, D], sorted, times its group's matrix of weights [G, D, E].

    Rows behind the last offset are zero.
    """
    y = np.zeros((x.shape[0], weights.shape[2]))
    for g, (start, stop) in enumerate(zip(offsets, offsets[1:])):
        y[start:stop] = x[start:stop] @ weights[g]
    return y


def by_modality(x: Array, ids: Array, weights: Array) -> Array:
    """Each token x [.., D] times the matrix of its modality, weights [G, D, E]."""
    y = np.zeros(x.shape[:-1] + (weights.shape[2],))
    for token in np.ndindex(*ids.shape):
        if 0 <= ids[token] < weights.shape[0]:
            y[token] = x[token] @ weights[ids[token]]
    return y


def norm_by_modality(x: Array, ids: Array, weights: Array, epsilon: float) -> Array:
    """RMS norm of each token x [.., D] with its modality's weights [G, D]."""
    return rms_norm(x, None, epsilon) * weights[ids]


def mixture_of_transformers(
    x, ids, wq, wk, wv, q_norm, k_norm, wo, o_norm, w1, w3, w2, ffn_norm,
    k_cache_in=None, v_cache_in=None,
    *, heads: int, is_causal: bool = True, epsilon: float = 1e-5,
    scale: Optional[float] = None,
) -> dict:
    """Mixture-of-Transformers, arXiv 2411.04996 algorithm 1.

    x [B, T, D] with modality `ids` [B, T]; every matrix and norm has one for each
    modality: wq, wk and wv [G, D, H K], q_norm and k_norm [G, K] per head, wo
    [G, H K, D], o_norm [G, D], and of the SwiGLU w1, w3 [G, D, F], w2 [G, F, D],
    ffn_norm [G, D]. One attention over all tokens;
    h = x + norm(attention wo), o = h + norm((silu(h w1) * (h w3)) w2).
    Earlier tokens' keys and values are k_cache_in and v_cache_in [B, H, S, K].
    """
    batch, tokens, _ = x.shape

    def projected(weights: Array, norm: Optional[Array]) -> Array:
        y = by_modality(x, ids, weights).reshape(batch, tokens, heads, -1)
        if norm is not None:
            y = rms_norm(y, None, epsilon) * norm[ids][:, :, None]
        return y.transpose(0, 2, 1, 3)

    q, k, v = projected(wq, q_norm), projected(wk, k_norm), projected(wv, None)
    if k_cache_in is not None:
        k = np.concatenate([k_cache_in, k], axis=2)
        v = np.concatenate([v_cache_in, v], axis=2)
    admitted = causal(tokens, k.shape[2]) if is_causal else None
    o = attend(q, k, v, admitted, scale=scale).o
    o = o.transpose(0, 2, 1, 3).reshape(batch, tokens, -1)
    h = x + norm_by_modality(by_modality(o, ids, wo), ids, o_norm, epsilon)
    inner = silu(by_modality(h, ids, w1)) * by_modality(h, ids, w3)
    o = h + norm_by_modality(by_modality(inner, ids, w2), ids, ffn_norm, epsilon)
    return {"o": o, "k_cache_out": k, "v_cache_out": v}


LAYERS = [
    Layer("mixture_of_transformers", "arXiv 2411.04996", mixture_of_transformers,
          {"x": "B T D", "ids": "B T", "wq": "G D A", "wk": "G D A", "wv": "G D A",
           "q_norm": "G K", "k_norm": "G K", "wo": "G A D", "o_norm": "G D",
           "w1": "G D F", "w3": "G D F", "w2": "G F D", "ffn_norm": "G D",
           "k_cache_in": "B H S K", "v_cache_in": "B H S K"},
          {"o": "B T D", "k_cache_out": "B H S+T K", "v_cache_out": "B H S+T K"},
          frozenset({"k_cache_in", "v_cache_in"})),
]
