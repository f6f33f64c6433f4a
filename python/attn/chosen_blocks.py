"""Attention to chosen blocks of keys: Native Sparse Attention and MoBA by the names of
fla and of MoBA, see attn.fla.

Blocks are chosen by NumPy, from products of queries with the mean key of each block;
attention to them is attn.block_sparse. Packed sequences run one after the other.

Covered by test/python/test_chosen_blocks.py.
"""

from __future__ import annotations

import functools
from typing import Any, Callable, Optional

import numpy as np

from attn import arrays, flash
from attn.compiler import compile as compile_text
from attn.errors import UnsupportedError
from attn.runtime import Kernel
from attn.state_op import as_numpy, cast, check_shape, like, wide

__all__ = [
    "moba_attn_varlen",
    "parallel_moba",
    "parallel_nsa",
    "parallel_nsa_compression",
    "parallel_nsa_topk",
]
# Queries whose scores with all blocks are in memory at a time.
_ROWS = 1024


def print_block_sparse(
    dtype: str, heads: tuple[int, int, int], width: int, value_width: int, block: int, scale: float
) -> str:
    """The function `chosen` on query [B, Hq, T, K], key, value and blocks
    [B, Hl, T, L], causal from the first key on. heads: of query, key and lists."""
    query, key, value, output = (
        f"tensor<?x{n}x?x{w}x{dtype}>"
        for n, w in ((heads[0], width), (heads[1], width), (heads[1], value_width), (heads[0], value_width))
    )
    blocks = f"tensor<?x{heads[2]}x?x?xi32>"
    return (
        f"func.func @chosen(%query: {query}, %key: {key}, %value: {value}, %blocks: {blocks})\n"
        f'    -> ({output} {{attn.name = "output"}}) {{\n'
        "  %c0 = arith.constant 0 : index\n  %c2 = arith.constant 2 : index\n"
        f"  %batch = tensor.dim %query, %c0 : {query}\n  %rows = tensor.dim %query, %c2 : {query}\n"
        f"  %init = tensor.empty(%batch, %rows) : {output}\n"
        f"  %output = attn.block_sparse causal align(top_left) scale {scale:.17e}\n"
        f"      query_block 1 key_block {block}\n"
        f"      ins(%query, %key, %value : {query}, {key}, {value}) blocks(%blocks : {blocks})\n"
        f"      outs(%init : {output})\n  return %output : {output}\n}}\n"
    )


@functools.lru_cache(maxsize=None)
def get_kernel(*spec: Any) -> Kernel:
    """The kernel of `print_block_sparse`."""
    return compile_text(print_block_sparse(*spec), pipeline="reference" if spec[0] == "f64" else "cpu")


def attend(q: Any, k: Any, v: Any, blocks: np.ndarray, block: int, scale: float, threads: Any) -> Any:
    """q [B, T, Hq, K], k and v [B, T, H, ..]; blocks [B, T, Hl, L], -1 for none."""
    dtype = arrays.dtype_of(q, "q")
    heads = (q.shape[2], k.shape[2], blocks.shape[2])
    kernel = get_kernel(dtype, heads, q.shape[3], v.shape[3], block, float(scale))
    out = arrays.empty(q, (*q.shape[:3], v.shape[3]), dtype)
    lists = np.ascontiguousarray(blocks.transpose(0, 2, 1, 3), dtype=np.int32)
    first = [arrays.transpose(x, 0, 2, 1, 3) for x in (q, k, v)]
    kernel(*first, lists, out=arrays.transpose(out, 0, 2, 1, 3), threads=threads)
    return out


def _means(x: Any, name: str, block: int) -> np.ndarray:
    """[B, T, H, D] as the mean of each block, the last of which may be shorter."""
    values = as_numpy(x, name)
    starts = np.arange(0, values.shape[1], block)
    sizes = np.diff(np.append(starts, values.shape[1])).astype(np.float32)
    return np.add.reduceat(values, starts, axis=1) / sizes[:, None, None]


def _check(q: Any, k: Any, v: Any, scale: Optional[float]) -> float:
    labels = "[batch, length, heads, width]"
    check_shape(q, "q", (None,) * 4, labels)
    batch, _, heads, width = q.shape
    check_shape(k, "k", (batch, None, None, width), labels)
    check_shape(v, "v", (batch, k.shape[1], k.shape[2], None), labels)
    if not k.shape[2] or heads % k.shape[2]:
        raise ValueError(
            f"expected heads of q to be a multiple of those of k but found {heads} and {k.shape[2]}"
        )
    return float(width**-0.5 if scale is None else scale)


def _refuse_packed(cu_seqlens: Any) -> None:
    if cu_seqlens is not None:
        raise UnsupportedError("expected no cu_seqlens: call it for each sequence")


def parallel_nsa_compression(
    q, k, v, TK=None, block_size=64, scale=None, cu_seqlens=None, *, threads=None
):
    """The compressed branch: q [B, T, Hq, K] attends to the means k and v
    [B, blocks, H, ..] of blocks that end at the query or before. Returns o
    [B, T, Hq, V] and lse [B, T, Hq], -inf where there is no such block."""
    _refuse_packed(cu_seqlens)
    scale = _check(q, k, v, scale)
    o, lse = flash._run(
        q, k, v, None, lambda b, h, i, j: (j + 1) * block_size <= i + 1, True, threads, scale=scale
    )
    return o, arrays.transpose(lse, 0, 2, 1)


def parallel_nsa_topk(
    q, k, TK=None, lse=None, block_counts=16, block_size=64, scale=None, cu_seqlens=None
):
    """The blocks of each query, [B, T, H, S] of int64: the first one, its own and the
    one before, then those of the largest probability, in the mean of the group's
    heads; -1 where there are fewer. k [B, blocks, H, K] are means; block_counts is S
    or [B, T, H]. TK and lse are not needed."""
    _refuse_packed(cu_seqlens)
    scale = _check(q, k, k, scale)
    batch, tokens, heads, width = q.shape
    blocks, groups = k.shape[1], k.shape[2]
    counts = block_counts
    if arrays.is_array(counts):
        check_shape(counts, "block_counts", (batch, tokens, groups), "[batch, length, heads]")
        counts = arrays.numpy(counts)
    most = int(np.max(counts, initial=0))
    grouped = as_numpy(q, "q").reshape(batch, tokens, groups, heads // groups, width)
    keys = as_numpy(k, "k")
    chosen = np.full((batch, tokens, groups, most), -1, np.int64)
    number = np.arange(blocks)
    for begin in range(0, tokens, _ROWS):
        rows = slice(begin, begin + _ROWS)
        place = np.arange(tokens)[rows, None]
        own = place // block_size
        forced = (number == own) | (number == 0) | (number == own - 1)
        past = (number + 1) * block_size <= place + 1
        scores = np.einsum("bthgd,bchd->bthgc", grouped[:, rows], keys) * np.float32(scale)
        scores = np.where(past[:, None, None], scores, -np.inf)
        top = scores.max(-1, keepdims=True)
        weights = np.exp(scores - np.where(np.isfinite(top), top, 0))
        shares = weights / np.maximum(weights.sum(-1, keepdims=True), 1e-30)
        rank = np.where(forced[:, None], 1.0, shares.mean(3))
        order = np.argsort(-rank, axis=-1, kind="stable")[..., :most]
        allowed = np.broadcast_to((past | forced)[:, None], rank.shape)
        kept = np.take_along_axis(allowed, order, -1)
        quota = np.arange(order.shape[-1]) < (
            counts[:, rows, :, None] if isinstance(counts, np.ndarray) else counts
        )
        chosen[:, rows, :, : order.shape[-1]] = np.where(kept & quota, order, -1)
    return like(chosen, q)


def _gated(o: Any, gate: Any, name: str, dtype: str) -> np.ndarray:
    """A branch times its gate."""
    check_shape(gate, name, tuple(o.shape[:3]), "[batch, length, heads]")
    return arrays.numpy(wide(o, "o", dtype)) * arrays.numpy(wide(gate, name, dtype))[..., None]


def parallel_nsa(
    q, k, v, g_cmp=None, g_slc=None, g_swa=None, block_indices=None, block_counts=16,
    block_size=64, window_size=0, scale=None, cu_seqlens=None, *, threads: Optional[int] = None,
):
    """Native Sparse Attention: the sum of attention to means of blocks, to chosen
    blocks and to a window, each by its gate [B, T, Hq].

    q [B, T, Hq, K], k [B, T, H, K], v [B, T, H, V]. block_indices [B, T, H, S] of the
    chosen blocks, -1 for none; without them g_cmp is needed and the compressed branch
    chooses block_counts. window_size counts the keys of a query, itself among them.
    Any number of heads may share a key head. Returns o [B, T, Hq, V]. Source: arXiv
    2502.11089.
    """
    _refuse_packed(cu_seqlens)
    scale = _check(q, k, v, scale)
    check_shape(k, "k", (q.shape[0], q.shape[1], None, None), "[batch, length, heads, width]")
    # What is summed is so in the type of statistics.
    dtype = "f64" if arrays.dtype_of(q, "q") == "f64" else "f32"
    branches = []
    if g_cmp is not None:
        means = [
            wide(like(_means(x, name, block_size), q), name, dtype) for x, name in ((k, "k"), (v, "v"))
        ]
        compressed, lse = parallel_nsa_compression(
            wide(q, "q", dtype), *means, None, block_size, scale, threads=threads
        )
        branches.append(_gated(compressed, g_cmp, "g_cmp", dtype))
        if block_indices is None:
            block_indices = parallel_nsa_topk(
                q, means[0], None, lse, block_counts, block_size, scale
            )
    if block_indices is None:
        raise ValueError("expected block_indices, or g_cmp to choose them by")
    check_shape(
        block_indices, "block_indices", (q.shape[0], q.shape[1], k.shape[2], None),
        "[batch, length, heads, blocks]",
    )
    chosen = arrays.numpy(block_indices)
    if arrays.is_array(block_counts):
        counts = arrays.numpy(block_counts)[..., None]
        chosen = np.where(np.arange(chosen.shape[-1]) < counts, chosen, -1)
    o = attend(q, k, v, chosen, block_size, scale, threads)
    if g_slc is None and not branches and window_size <= 0:
        return o
    if g_slc is None:
        branches.append(arrays.numpy(wide(o, "o", dtype)))
    else:
        branches.append(_gated(o, g_slc, "g_slc", dtype))
    if window_size > 0:
        window = flash.flash_attn_func(
            q, k, v, softmax_scale=scale, causal=True, window_size=(window_size - 1, 0),
            threads=threads,
        )
        branches.append(_gated(window, g_swa, "g_swa", dtype))
    return cast(sum(branches), q)


def parallel_moba(
    q, k, v, cu_seqlens, max_seqlen, chunk_size, topk, *, threads: Optional[int] = None
):
    """Mixture of Block Attention: q [T, Hq, K], k [T, H, K], v [T, H, V] of packed
    sequences, cu_seqlens [N + 1]. A query attends to its own chunk and to the topk - 1
    chunks before it whose mean key has the largest product with it, by query head.
    max_seqlen is not needed. Returns o [T, Hq, V]. Source: arXiv 2502.13189."""
    if topk < 1 or chunk_size < 1:
        raise ValueError(f"expected positive topk and chunk_size but found {topk} and {chunk_size}")
    for name, array in (("q", q), ("k", k), ("v", v)):
        check_shape(array, name, (None,) * 3, "[length, heads, width]")
    scale = _check(q[None], k[None], v[None], None)
    bounds = flash._offsets("cu_seqlens", cu_seqlens, q.shape[0])
    out = arrays.empty(q, (*q.shape[:2], v.shape[2]), arrays.dtype_of(q, "q"))
    out[bounds[-1] :] = 0
    for begin, end in zip(bounds[:-1], bounds[1:]):
        if begin == end:
            continue
        parts = [x[None, begin:end] for x in (q, k, v)]
        chosen = _moba_chunks(*parts[:2], chunk_size, topk)
        out[begin:end] = attend(*parts, chosen, chunk_size, scale, threads)[0]
    return out


def _moba_chunks(q: Any, k: Any, chunk: int, topk: int) -> np.ndarray:
    """[1, T, Hq, topk]: the own chunk first, -1 where there are fewer."""
    means = np.repeat(_means(k, "k", chunk), q.shape[2] // k.shape[2], 2)
    rows_of_q, tokens = as_numpy(q, "q"), q.shape[1]
    chosen = np.full((1, tokens, q.shape[2], min(topk, means.shape[1])), -1, np.int64)
    for begin in range(0, tokens, _ROWS):
        rows = slice(begin, begin + _ROWS)
        own = np.arange(tokens)[rows, None] // chunk
        past = (np.arange(means.shape[1]) < own)[None, :, None]
        scores = np.einsum("bthd,bchd->bthc", rows_of_q[:, rows], means)
        order = np.argsort(-np.where(past, scores, -np.inf), axis=-1, kind="stable")
        order = order[..., : chosen.shape[-1] - 1]
        kept = np.take_along_axis(np.broadcast_to(past, scores.shape), order, -1)
        chosen[:, rows, :, 0] = own
        chosen[:, rows, :, 1:] = np.where(kept, order, -1)
    return chosen


# MoBA's own name.
moba_attn_varlen: Callable = parallel_moba
