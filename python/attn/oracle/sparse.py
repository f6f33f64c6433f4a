"""Native sparse attention, MoBA and DeepSeek sparse attention as layers.

Queries are the last T of S keys: T = S is prefill, and a step of decoding passes
the whole caches as k and v. Outputs by name.

Covering test: test/python/test_oracle_sparse.py.
"""

from __future__ import annotations

from typing import Optional

import numpy as np

from attn.oracle.blocks import block_sparse, pool, reduce_group, select
from attn.oracle.layer import Layer
from attn.oracle.parts import sigmoid
from attn.oracle.softmax import attend, causal, positions, window

Array = np.ndarray


def block_importance(
    p: Array, size: int, stride: int, block: int, blocks: int
) -> Array:
    """Weights [.., N] of compressed keys as weights of blocks [.., blocks].

    NSA equation 9: with everything in units of one stride, compressed key n is
    units n to n + size / stride - 1 and gives its weight to each unit's block.
    """
    total = np.zeros(p.shape[:-1] + (blocks,))
    for n in range(p.shape[-1]):
        for unit in range(n, n + size // stride):
            own = unit * stride // block
            if own < blocks:
                total[..., own] += p[..., n]
    return total


def native_sparse(
    q, k, v, g_cmp, g_slc, g_swa,
    *, size: int = 64, stride: Optional[int] = None, block: int = 64, top: int = 16,
    window_keys: int = 512, first: int = 1, local: int = 2, reduce: str = "mean",
    scale: Optional[float] = None, logits: bool = True,
) -> dict:
    """Native sparse attention, arXiv 2502.11089 equations 5 to 12.

    o = sum over the three branches of sigmoid(g) * branch, g [B, Hq, T] (without
    `logits` the gates are given open):
    - cmp: attention over means of `size` keys and values each `stride`; a mean is
      visible when its last key is not behind the query;
    - slc: weights of cmp become weights of blocks of `block` keys, reduced over
      a group (`reduce` mean or sum), of which the `top` best are read causally;
      the `first` blocks and the `local` last ones up to the query's own are taken
      first;
    - swa: the last `window_keys` keys.
    size = stride = block is fla's rule; 32, 16, 64 with sum is the paper's.
    """
    stride = size if stride is None else stride
    queries, keys, kv_heads = q.shape[2], k.shape[2], k.shape[1]
    place = positions(queries, keys)[:, None]
    # A mean that is not complete is never visible.
    means = [pool(x, size, stride, partial=False) for x in (k, v)]
    ends = np.arange(means[0].shape[2]) * stride + size - 1
    compressed = attend(q, *means, ends[None] <= place, scale=scale)

    blocks = -(-keys // block)
    number, own = np.arange(blocks)[None], place // block
    importance = block_importance(compressed.p, size, stride, block, blocks)
    lists = select(
        reduce_group(importance, kv_heads, reduce), top, visible=number <= own,
        forced=(number < first) | (number > own - local),
    )
    selected, _ = block_sparse(q, k, v, lists, block, is_causal=True, scale=scale)
    near = attend(q, k, v, window(queries, keys, window_keys - 1, 0), scale=scale)
    o = 0.0
    for gate, branch in ((g_cmp, compressed.o), (g_slc, selected), (g_swa, near.o)):
        o = o + (sigmoid(gate) if logits else gate)[..., None] * branch
    return {"o": o, "lists": lists, "importance": importance}


def moba(
    q, k, v, *, block: int = 512, top: int = 3, scale: Optional[float] = None,
) -> dict:
    """Mixture of block attention, arXiv 2502.13189 equations 2 to 8.

    Each query of each head reads its own block, causally, and the top - 1 past
    blocks with the largest q . mean(k), which is not scaled.
    """
    queries, keys, heads = q.shape[2], k.shape[2], q.shape[1]
    own = positions(queries, keys)[:, None] // block
    number = np.arange(-(-keys // block))[None]
    means = np.repeat(pool(k, block), heads // k.shape[1], axis=1)
    gate = np.einsum("bhtd,bhnd->bhtn", q, means)
    lists = select(gate, top, visible=number <= own, forced=number == own)
    o, lse = block_sparse(q, k, v, lists, block, is_causal=True, scale=scale)
    return {"o": o, "lse": lse, "lists": lists}


def indexer_scores(q_idx: Array, k_idx: Array, w_idx: Array) -> Array:
    """I[t, s] = sum_j w[t, j] relu(q[t, j] . k[s]): [B, T, S]."""
    products = np.einsum("bjtd,bsd->bjts", q_idx, k_idx[:, 0])
    return (w_idx[..., None] * np.maximum(products, 0)).sum(axis=1)


def deepseek_sparse(
    q, kv, q_idx, k_idx, w_idx,
    *, top: int = 2048, value_width: Optional[int] = None,
    scale: Optional[float] = None,
) -> dict:
    """DeepSeek sparse attention, DeepSeek-V3.2-Exp report equations 1 and 2.

    The indexer, q_idx [B, J, T, E], k_idx [B, 1, S, E] and w_idx [B, J, T],
    scores tokens; the `top` best up to the query are read by all heads. q is
    [B, H, T, K] over latents and rotated features, kv [B, 1, S, K], of which the
    first `value_width` features are the values (absorbed MLA). Rotation,
    norms and the factors of w_idx are in the inputs.
    """
    queries, keys = q.shape[2], kv.shape[2]
    scores = indexer_scores(q_idx, k_idx, w_idx)[:, None]
    lists = select(scores, top, visible=causal(queries, keys))
    values = kv[..., : value_width or kv.shape[-1]]
    o, lse = block_sparse(q, kv, values, lists, 1, scale=scale)
    return {"o": o, "lse": lse, "lists": lists, "scores": scores}


QKV = {"q": "B Hq T K", "k": "B Hk S K", "v": "B Hk S V"}
O, LSE = "B Hq T V", "B Hq T"

LAYERS = [
    Layer("native_sparse", "arXiv 2502.11089", native_sparse,
          {**QKV, "g_cmp": LSE, "g_slc": LSE, "g_swa": LSE}, {"o": O}),
    Layer("moba", "arXiv 2502.13189", moba, QKV, {"o": O, "lse": LSE}),
    Layer("deepseek_sparse", "DeepSeek-V3.2-Exp", deepseek_sparse,
          {"q": "B Hq T K", "kv": "B 1 S K", "q_idx": "B J T E", "k_idx": "B 1 S E",
           "w_idx": "B J T"}, {"o": O, "lse": LSE}),
]
