"""Block lists: attention over them, and what makes them.

Lists are [B, Hl, Nq, L] integers: for query block n of `query_block` queries and
list head l, the key blocks of `block` keys that are read. A number outside of
[0, ceil(S / block)) is padding; a block listed twice is read twice. Query head h
uses list head h div (Hq / Hl). A block of 1 key is a list of tokens.

    pool          one key or value for each stride of a sequence
    select        the `top` best scored blocks; ties go to the lowest index
    invert        the queries that list a block
    block_sparse  attention over the listed blocks

Sources: NSA (arXiv 2502.11089), MoBA (2502.13189), DeepSeek-V3.2-Exp.
Covering test: test/python/test_oracle_sparse.py.
"""

from __future__ import annotations

from typing import Optional

import numpy as np

from attn.oracle.softmax import positions, softmax_row

Array = np.ndarray


def pool(
    x: Array,
    size: int,
    stride: Optional[int] = None,
    weights: Optional[Array] = None,
    partial: bool = True,
) -> Array:
    """Summaries of x [B, H, S, D]: [B, H, N, D], one of `size` rows each `stride`.

    The mean, or with `weights` [size] the weighted sum. `partial` keeps a last
    block that is cut off by the end: N = ceil(S / stride), its mean taken over
    what is there; without, N = floor((S - size) / stride) + 1, or 0.
    """
    stride = size if stride is None else stride
    rows = x.shape[2]
    count = -(-rows // stride) if partial else max((rows - size) // stride + 1, 0)
    y = np.zeros(x.shape[:2] + (count,) + x.shape[3:])
    for n in range(count):
        part = x[:, :, n * stride : n * stride + size]
        if weights is None:
            y[:, :, n] = part.mean(axis=2)
        else:
            y[:, :, n] = (part * weights[: part.shape[2], None]).sum(axis=2)
    return y


def reduce_group(scores: Array, heads: int, how: str) -> Array:
    """Scores [B, Hq, T, N] of each group as one: [B, heads, T, N]."""
    batch, queries, *rest = scores.shape
    groups = scores.reshape(batch, heads, queries // heads, *rest)
    if how == "none" and queries != heads:
        raise ValueError(f"expected {queries} list heads but found {heads}")
    return {"none": groups.sum, "sum": groups.sum, "mean": groups.mean,
            "max": groups.max}[how](axis=2)


def select(
    scores: Array,
    top: int,
    visible: Optional[Array] = None,
    forced: Optional[Array] = None,
    order: str = "score",
) -> Array:
    """The `top` best of each row of scores [..., N]: [..., top], -1 at the end.

    Only `visible` entries (booleans, broadcast) are taken; visible ones that are
    `forced` come before all others, by index. Equal scores go by index.
    `order` is "score", best first, or "index", ascending.
    """
    visible = np.broadcast_to(True if visible is None else visible, scores.shape)
    forced = np.broadcast_to(False if forced is None else forced, scores.shape)
    lists = np.full(scores.shape[:-1] + (top,), -1, dtype=np.int64)
    for row in np.ndindex(*scores.shape[:-1]):
        candidates = [int(j) for j in np.flatnonzero(visible[row])]
        candidates.sort(key=lambda j: (not forced[row][j],
                                       0 if forced[row][j] else -scores[row][j], j))
        chosen = candidates[:top]
        lists[row][: len(chosen)] = sorted(chosen) if order == "index" else chosen
    return lists


def invert(lists: Array, blocks: int) -> tuple[Array, Array]:
    """Which query blocks list each key block, as (offsets, queries).

    `offsets` is [B, Hl, blocks + 1]; block n of list head l is listed by
    queries[b, l, offsets[n] : offsets[n + 1]], ascending; `queries` is
    [B, Hl, Nq * L], -1 behind the last.
    """
    batch, heads, count, length = lists.shape
    offsets = np.zeros((batch, heads, blocks + 1), dtype=np.int64)
    queries = np.full((batch, heads, count * length), -1, dtype=np.int64)
    for b, h in np.ndindex(batch, heads):
        found = [[n for n in range(count) for x in lists[b, h, n] if x == block]
                 for block in range(blocks)]
        offsets[b, h, 1:] = np.cumsum([len(x) for x in found])
        flat = [n for x in found for n in x]
        queries[b, h, : len(flat)] = flat
    return offsets, queries


def listed_keys(entries: Array, block: int, keys: int) -> Array:
    """The keys of the blocks in one list, in the list's order."""
    count = -(-keys // block)
    inside = [int(x) for x in entries if 0 <= x < count]
    read = [j for x in inside for j in range(x * block, min((x + 1) * block, keys))]
    return np.array(read, dtype=np.int64)


def block_sparse(
    q: Array,
    k: Array,
    v: Array,
    lists: Array,
    block: int,
    query_block: int = 1,
    counts: Optional[Array] = None,
    *,
    is_causal: bool = False,
    window: Optional[tuple[int, int]] = None,
    mask: Optional[Array] = None,
    bias: Optional[Array] = None,
    sink: Optional[Array] = None,
    scale: Optional[float] = None,
    softcap: Optional[float] = None,
) -> tuple[Array, Array]:
    """Attention over listed key blocks; returns (o [B, Hq, T, V], lse [B, Hq, T]).

    `counts` [B, Hl, Nq], clamped to [0, L], says how many entries of a list
    count. `is_causal` and `window` (inclusive; -1 is unbounded) align the last
    query with the last key; `mask` and `bias` broadcast to [B, Hq, T, S].
    """
    batch, heads, queries, width = q.shape
    keys, group, per_list = k.shape[2], heads // k.shape[1], heads // lists.shape[1]
    scale = width**-0.5 if scale is None else scale
    shape = (batch, heads, queries, keys)
    mask = np.broadcast_to(True if mask is None else mask, shape)
    bias = np.broadcast_to(0.0 if bias is None else bias, shape)
    o, lse = np.zeros(shape[:3] + v.shape[3:]), np.zeros(shape[:3])
    place = positions(queries, keys)
    for b, h, i in np.ndindex(*shape[:3]):
        entries = lists[b, h // per_list, i // query_block]
        if counts is not None:
            entries = entries[: max(0, int(counts[b, h // per_list, i // query_block]))]
        j = listed_keys(entries, block, keys)
        admitted = mask[b, h, i, j]
        if is_causal:
            admitted = admitted & (j <= place[i])
        if window is not None and window[0] >= 0:
            admitted = admitted & (j >= place[i] - window[0])
        if window is not None and window[1] >= 0:
            admitted = admitted & (j <= place[i] + window[1])
        j = j[admitted]
        s = scale * (k[b, h // group, j] @ q[b, h, i])
        if softcap is not None:
            s = softcap * np.tanh(s / softcap)
        s = s + bias[b, h, i, j]
        p, lse[b, h, i] = softmax_row(s, None if sink is None else sink[h])
        read = s != -np.inf
        o[b, h, i] = p[read] @ v[b, h // group, j[read]]
    return o, lse
