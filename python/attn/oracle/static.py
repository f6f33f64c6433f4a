"""BigBird and Longformer: lists that do not depend on the data.

Covering test: test/python/test_oracle_sparse.py.
"""

from __future__ import annotations

from typing import Optional, Sequence

import numpy as np

from attn.oracle.blocks import block_sparse
from attn.oracle.layer import Layer
from attn.oracle.softmax import attend

Array = np.ndarray


def bigbird_lists(blocks: int, window_blocks: int, random: Array) -> Array:
    """Key blocks of each query block: [H, blocks, blocks], -1 at the end.

    The first and last block read and are read by all; others read the
    `window_blocks` blocks around their own and those in `random` [H, blocks, R].
    No block is listed twice.
    """
    heads = random.shape[0]
    lists = np.full((heads, blocks, blocks), -1, dtype=np.int64)
    reach = window_blocks // 2
    for h in range(heads):
        for n in range(blocks):
            read = {0, blocks - 1}
            read |= {m for m in range(n - reach, n + reach + 1) if 0 <= m < blocks}
            read |= {int(m) for m in random[h, n] if 0 <= m < blocks}
            if n in (0, blocks - 1):
                read = set(range(blocks))
            lists[h, n, : len(read)] = sorted(read)
    return lists


def bigbird(
    q, k, v, random, *, block: int = 64, window_blocks: int = 3,
    mask: Optional[Array] = None, scale: Optional[float] = None,
) -> dict:
    """BigBird, arXiv 2007.14062 section 2: global, window and random blocks.

    `random` [Hq, ceil(T / block), R] are key blocks; `mask` [B, S] says which
    keys are not padding.
    """
    lists = bigbird_lists(-(-k.shape[2] // block), window_blocks, np.asarray(random))
    lists = np.broadcast_to(lists, (q.shape[0],) + lists.shape)
    o, lse = block_sparse(q, k, v, lists, block, block, scale=scale,
                          mask=None if mask is None else mask[:, None, None])
    return {"o": o, "lse": lse}


def longformer(
    q, k, v, q_global=None, k_global=None, v_global=None,
    *, one_sided: int, dilation: Sequence[int] = (1,),
    is_global: Optional[Array] = None, scale: Optional[float] = None,
) -> dict:
    """Longformer, arXiv 2004.05150 section 3: window, dilation, global tokens.

    A token reads keys up to `one_sided` steps of its head's `dilation` before
    and behind it, and all global tokens (`is_global` [B, T]); global tokens read
    all, by projections of their own, q_global, k_global and v_global.
    """
    batch, heads, tokens, _ = q.shape
    distance = np.arange(tokens)[None] - np.arange(tokens)[:, None]
    steps = np.resize(np.asarray(dilation), heads)[:, None, None]
    near = (np.abs(distance) <= one_sided * steps) & (distance % steps == 0)
    admitted = np.broadcast_to(near, (batch, heads, tokens, tokens))
    if is_global is not None:
        admitted = admitted | is_global[:, None, None]
    o = attend(q, k, v, admitted, scale=scale).o
    if is_global is not None:
        whole = attend(q_global, k_global, v_global, scale=scale).o
        o = np.where(is_global[:, None, :, None], whole, o)
    return {"o": o}


QKV = {"q": "B Hq T K", "k": "B Hk T K", "v": "B Hk T V"}

LAYERS = [
    Layer("bigbird", "arXiv 2007.14062", bigbird, {**QKV, "random": "Hq Nq R"},
          {"o": "B Hq T V", "lse": "B Hq T"}),
    Layer("longformer", "arXiv 2004.05150", longformer,
          {**QKV, "q_global": "B Hq T K", "k_global": "B Hk T K",
           "v_global": "B Hk T V"},
          {"o": "B Hq T V"}, frozenset({"q_global", "k_global", "v_global"})),
]
