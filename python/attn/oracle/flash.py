"""The FlashAttention family: every feature of its interfaces in one function.

Covering test: test/python/test_oracle_flash.py.
"""

from __future__ import annotations

from typing import Optional

import numpy as np

from attn.oracle.blocks import listed_keys
from attn.oracle.caches import append, append_paged, read_paged, rotary
from attn.oracle.layer import Layer
from attn.oracle.softmax import attend

Array = np.ndarray


def clamped(lengths: Optional[Array], batch: int, limit: int) -> Array:
    """Lengths [B] within [0, limit]; `limit` where absent."""
    if lengths is None:
        return np.full(batch, limit, dtype=np.int64)
    return np.clip(np.asarray(lengths, dtype=np.int64), 0, limit)


def admitted_pairs(
    queries: int, keys: int, length: int, is_causal: bool,
    window: Optional[tuple[int, int]],
) -> Array:
    """[T, S]: causal and window (inclusive, -1 unbounded) at `length` keys."""
    distance = np.arange(keys)[None] - (np.arange(queries) + length - queries)[:, None]
    admitted = np.broadcast_to(np.arange(keys) < length, distance.shape)
    if is_causal:
        admitted = admitted & (distance <= 0)
    if window is not None and window[0] >= 0:
        admitted = admitted & (distance >= -window[0])
    if window is not None and window[1] >= 0:
        admitted = admitted & (distance <= window[1])
    return admitted


def flash_attention(
    q, k, v, k_new=None, v_new=None, qv=None, *,
    lengths=None, left_pad=None, page_table=None, sink=None, alibi=None, bias=None,
    mask=None, lists=None, block: int = 1, query_block: int = 1,
    is_causal: bool = False, window=None, softcap: Optional[float] = None,
    scale: Optional[float] = None, rotary_base: Optional[float] = None,
    interleaved: bool = False,
) -> dict:
    """Attention with a cache, arXiv 2205.14135, 2307.08691, 2407.08608.

    q [B, Hq, T, K]; k and v [B, Hk, S, ..] are the cache, or pages
    [P, Hk, R, ..] with `page_table` [B, M].
    - `lengths` [B] keys are in use; `k_new`, `v_new` [B, Hk, T', ..] are written
      behind them and count. The last query is at the last key.
    - `rotary_base`: queries and new keys turn by their places: those from the
      old length on; without `is_causal` and `window` all queries by the old length.
    - `left_pad` [B]: keys before it are not read. `sink` [Hq] joins the
      denominator. `qv` [B, Hq, T, V] joins the scores.
    - `alibi` [Hq]: -slope |place of the query - j| is added.
    - `mask` and `bias` broadcast to [B, Hq, T, S].
    - `lists` [B, Hl, ceil(T / query_block), L]: only those blocks are read;
      `block` 1 gathers tokens.
    Order: scale, softcap, alibi and bias, masks, sink.
    """
    batch, heads, queries, _ = q.shape
    limit = k.shape[2] if page_table is None else page_table.shape[1] * k.shape[2]
    old = clamped(lengths, batch, limit)
    if rotary_base is not None:
        is_ordered = is_causal or window is not None
        steps = np.arange(queries) if is_ordered else np.zeros(queries)
        q = rotary(q, (old[:, None] + steps)[:, None], rotary_base, interleaved)
        if k_new is not None:
            place = old[:, None] + np.arange(k_new.shape[2])
            k_new = rotary(k_new, place[:, None], rotary_base, interleaved)
    used = old
    if k_new is not None:
        used = np.minimum(old + k_new.shape[2], limit)
        if page_table is None:
            k, v = append(k, k_new, old), append(v, v_new, old)
        else:
            k = append_paged(k, page_table, k_new, old)
            v = append_paged(v, page_table, v_new, old)
    caches, present = (k, v), np.ones((batch, limit), dtype=bool)
    if page_table is not None:
        (k, present), (v, _) = read_paged(k, page_table), read_paged(v, page_table)

    admitted = np.zeros((batch, heads, queries, limit), dtype=bool)
    extra = np.array(np.broadcast_to(0.0 if bias is None else bias, admitted.shape))
    for b, h in np.ndindex(batch, heads):
        length = int(used[b])
        pairs = admitted_pairs(queries, limit, length, is_causal, window) & present[b]
        if left_pad is not None:
            pairs = pairs & (np.arange(limit) >= left_pad[b])
        if lists is not None:
            listed = np.zeros_like(pairs)
            for i in range(queries):
                entries = lists[b, h * lists.shape[1] // heads, i // query_block]
                listed[i, listed_keys(entries, block, limit)] = True
            pairs = pairs & listed
        admitted[b, h] = pairs
        if alibi is not None:
            place = (np.arange(queries) + length - queries)[:, None]
            extra[b, h] -= alibi[h] * np.abs(place - np.arange(limit)[None])
    if mask is not None:
        admitted = admitted & mask
    result = attend(q, k, v, admitted, scale=scale, softcap=softcap, bias=extra,
                    sink=sink, qv=qv)
    return {"o": result.o, "lse": result.lse, "k_cache_out": caches[0],
            "v_cache_out": caches[1]}


def flash_attention_varlen(
    q, k, v, cu_seqlens_q, cu_seqlens_k, **features
) -> dict:
    """Packed sequences: q [1, Hq, total, K], k and v [1, Hk, total, ..].

    Sequence n has queries cu_seqlens_q[n] to cu_seqlens_q[n + 1] and keys
    likewise; each attends to itself alone.
    """
    o = np.zeros(q.shape[:3] + v.shape[3:])
    lse = np.zeros(q.shape[:3])
    bounds = zip(cu_seqlens_q, cu_seqlens_q[1:], cu_seqlens_k, cu_seqlens_k[1:])
    for a, z, c, e in bounds:
        own = flash_attention(q[:, :, a:z], k[:, :, c:e], v[:, :, c:e], **features)
        o[:, :, a:z], lse[:, :, a:z] = own["o"], own["lse"]
    return {"o": o, "lse": lse}


LAYERS = [
    Layer("flash_attention", "arXiv 2205.14135", flash_attention,
          {"q": "B Hq T K", "k": "B Hk S K", "v": "B Hk S V", "k_new": "B Hk T K",
           "v_new": "B Hk T V", "qv": "B Hq T V"},
          {"o": "B Hq T V", "lse": "B Hq T", "k_cache_out": "B Hk S K",
           "v_cache_out": "B Hk S V"}, frozenset({"k_new", "v_new", "qv"})),
]
