"""FlashAttention's functions, on any arrays: [batch, length, heads, width].

Covered by test/python/test_flash.py.
"""

from __future__ import annotations

from typing import Any, Callable, Optional

import numpy as np

from attn import arrays, rotary
from attn.dense import check_rank, prepare
from attn.errors import UnsupportedError
from attn.kv_cache import KeyCache, packed_pages


def _check_options(dropout_p: float, window_size: tuple) -> None:
    if dropout_p:
        raise UnsupportedError(f"expected dropout_p to be 0 but found {dropout_p}")
    if len(window_size) != 2 or min(window_size) < -1:
        raise ValueError(
            f"expected window_size as two numbers of -1 or more but found {window_size}"
        )


def _alibi(slopes: Any, place: np.ndarray, sequence: Optional[np.ndarray]) -> Callable:
    """Scores less slope times distance; `place` [B|1, T] is where a query is among
    the keys, and slopes are [H] or [B, H], of packed sequences [N, H]."""
    if len(slopes.shape) not in (1, 2):
        raise ValueError(f"expected alibi_slopes as [H] or [B, H] but found {list(slopes.shape)}")
    per_batch, one_place = len(slopes.shape) == 2, len(place) == 1

    def score(s, b, h, i, j):
        row = sequence[i] if sequence is not None else b
        slope = slopes[row, h] if per_batch else slopes[h]
        return s - slope * abs(place[0 if one_place else b, i] - j)

    return score


def _interval(first: np.ndarray, last: np.ndarray) -> Callable:
    """Query i of batch b attends to keys first[b, i] <= j < last[b, i]."""
    if len(first) == 1:
        return lambda b, h, i, j: (j >= first[0, i]) & (j < last[0, i])
    return lambda b, h, i, j: (j >= first[b, i]) & (j < last[b, i])


def _bounds(place: np.ndarray, begin: Any, end: Any, causal: bool, window_size: tuple):
    """The keys of each query from its place among them."""
    left, right = window_size
    if causal:
        right = 0
    first = np.broadcast_to(begin, place.shape)
    last = np.broadcast_to(end, place.shape)
    if left >= 0:
        first = np.maximum(first, place - left)
    if right >= 0:
        last = np.minimum(last, place + right + 1)
    return first.astype(np.int32), last.astype(np.int32)


def _run(q, k, v, score, mask, wants_lse: bool, threads, extra=(), **options) -> tuple:
    """Runs on [batch, length, heads, width]; `extra` are operands of `options`."""
    heads_first = [arrays.transpose(x, 0, 2, 1, 3) for x in (q, k, v)]
    kernel, captures = prepare(*heads_first, score, mask, lse=wants_lse, **options)
    dtype = arrays.dtype_of(q, "q")
    out = arrays.empty(q, (*q.shape[:3], v.shape[3]), dtype)
    written: Any = arrays.transpose(out, 0, 2, 1, 3)
    lse = None
    if wants_lse:
        shape = (q.shape[0], q.shape[2], q.shape[1])
        lse = arrays.empty(q, shape, "f64" if dtype == "f64" else "f32")
        written = (written, lse)
    kernel(*heads_first, *extra, *captures, out=written, threads=threads)
    return out, lse


def _options(softmax_scale: Optional[float], softcap: float) -> dict:
    options: dict[str, float] = {}
    if softmax_scale is not None:
        options["scale"] = float(softmax_scale)
    if softcap:
        options["softcap"] = float(softcap)
    return options


def flash_attn_func(
    q: Any,
    k: Any,
    v: Any,
    dropout_p: float = 0.0,
    softmax_scale: Optional[float] = None,
    causal: bool = False,
    window_size: tuple = (-1, -1),
    softcap: float = 0.0,
    alibi_slopes: Any = None,
    deterministic: bool = False,
    return_attn_probs: bool = False,
    *,
    threads: Optional[int] = None,
) -> Any:
    """Attention as flash_attn.flash_attn_func.

    q [B, T, Hq, K], k [B, S, Hkv, K], v [B, S, Hkv, V], Hq a multiple of Hkv.
    causal, window_size (left, right; inclusive, -1 open): query i is at key
        i + S - T. alibi_slopes [Hq] or [B, Hq]: less slope * |i + S - T - j|.
    softcap: scores are softcap * tanh(score / softcap); 0 is none.
    deterministic: results are so in any case.

    Returns [B, T, Hq, V]; with return_attn_probs also lse [B, Hq, T] and None.
    Source: arXiv 2307.08691.
    """
    _check_options(dropout_p, window_size)
    _check_layout(q, k, v, 4)
    options = _options(softmax_scale, softcap)
    if causal or tuple(window_size) != (-1, -1):
        options.update(causal=bool(causal), align="bottom_right")
    if tuple(window_size) != (-1, -1):
        options["window"] = tuple(window_size)
    score = None
    if alibi_slopes is not None:
        place = np.arange(q.shape[1], dtype=np.int32)[None] + np.int32(k.shape[1] - q.shape[1])
        score = _alibi(alibi_slopes, place, None)
    out, lse = _run(q, k, v, score, None, return_attn_probs, threads, **options)
    return (out, lse, None) if return_attn_probs else out


def _check_layout(q: Any, k: Any, v: Any, rank: int) -> None:
    for name, array in (("q", q), ("k", k), ("v", v)):
        if not arrays.is_array(array):
            raise TypeError(f"expected {name} as an array but found {type(array).__name__}")
        if len(array.shape) != rank:
            dims = "[batch, length, heads, width]" if rank == 4 else "[length, heads, width]"
            raise ValueError(f"expected {name} as {dims} but found shape {list(array.shape)}")
    if rank == 4:
        check_rank(*(arrays.transpose(x, 0, 2, 1, 3) for x in (q, k, v)))


def _offsets(name: str, bounds: Any, length: int) -> np.ndarray:
    bounds = arrays.numpy(bounds).astype(np.int64)
    if bounds.ndim != 1 or len(bounds) < 1 or bounds[0] != 0 or (np.diff(bounds) < 0).any():
        raise ValueError(f"expected {name} to rise from 0 but found {bounds.tolist()[:8]}")
    if bounds[-1] > length:
        raise ValueError(f"expected {name} to end at {length} or before but found {bounds[-1]}")
    return bounds


def flash_attn_varlen_func(
    q: Any,
    k: Any,
    v: Any,
    cu_seqlens_q: Any,
    cu_seqlens_k: Any,
    max_seqlen_q: int,
    max_seqlen_k: int,
    dropout_p: float = 0.0,
    softmax_scale: Optional[float] = None,
    causal: bool = False,
    window_size: tuple = (-1, -1),
    softcap: float = 0.0,
    alibi_slopes: Any = None,
    deterministic: bool = False,
    return_attn_probs: bool = False,
    block_table: Any = None,
    *,
    threads: Optional[int] = None,
) -> Any:
    """Attention of packed sequences as flash_attn.flash_attn_varlen_func.

    q [T, Hq, K], k [S, Hkv, K], v [S, Hkv, V]: sequence n is the rows from
    cu_seqlens[n] to cu_seqlens[n + 1], and each attends to itself. Masks speak of
    places in the sequence, aligned at its end. alibi_slopes [Hq] or [N, Hq].
    max_seqlen_q and max_seqlen_k are not needed. With block_table [N, pages], k and v
    are [number of pages, page length, Hkv, ..], of which the rows are copied.

    Returns [T, Hq, V]; with return_attn_probs also lse [Hq, T] and None.
    """
    _check_options(dropout_p, window_size)
    if block_table is not None:
        k, v = packed_pages(k, v, cu_seqlens_k, block_table)
    _check_layout(q, k, v, 3)
    q, k, v = q[None], k[None], v[None]
    _check_layout(q, k, v, 4)
    starts = _offsets("cu_seqlens_q", cu_seqlens_q, q.shape[1])
    key_starts = _offsets("cu_seqlens_k", cu_seqlens_k, k.shape[1])
    if len(starts) != len(key_starts):
        raise ValueError(
            f"expected as many sequences of keys as of queries ({len(starts) - 1}) but "
            f"found {len(key_starts) - 1}"
        )
    rows = np.arange(q.shape[1])
    # Rows behind the last sequence attend to nothing.
    sequence = np.searchsorted(starts, rows, side="right") - 1
    inside = sequence < len(starts) - 1
    sequence = np.where(inside, sequence, 0).astype(np.int32)
    if len(starts) == 1:
        starts = key_starts = np.zeros(2, np.int64)
    ends, key_ends = starts[1:][sequence], key_starts[1:][sequence]
    place = (rows + key_ends - ends)[None].astype(np.int32)
    begin, end = key_starts[sequence], np.where(inside, key_ends, 0)
    first, last = _bounds(place, begin, end, causal, window_size)
    score = None if alibi_slopes is None else _alibi(alibi_slopes, place, sequence)
    # The rest of place, first and last is rows of one batch.
    out, lse = _run(
        q, k, v, score, _interval(first, last), return_attn_probs, threads,
        **_options(softmax_scale, softcap),
    )
    return (out[0], lse[0], None) if return_attn_probs else out[0]


def flash_attn_with_kvcache(
    q: Any,
    k_cache: Any,
    v_cache: Any,
    k: Any = None,
    v: Any = None,
    rotary_cos: Any = None,
    rotary_sin: Any = None,
    cache_seqlens: Any = None,
    cache_batch_idx: Any = None,
    cache_leftpad: Any = None,
    block_table: Any = None,
    softmax_scale: Optional[float] = None,
    causal: bool = False,
    window_size: tuple = (-1, -1),
    softcap: float = 0.0,
    rotary_interleaved: bool = True,
    alibi_slopes: Any = None,
    num_splits: int = 0,
    return_softmax_lse: bool = False,
    *,
    threads: Optional[int] = None,
) -> Any:
    """Attention to a cache as flash_attn.flash_attn_with_kvcache.

    q [B, T, Hq, K]; k_cache [B, S, Hkv, K], v_cache [B, S, Hkv, V], of which
    cache_seqlens (an int or [B]; S if None) keys are in use, from cache_leftpad
    [B] on. k, v [B, N, Hkv, ..] are written into the cache behind them and take
    part. The last query is at the last key in use.
    rotary_cos, rotary_sin [length, R / 2]: turn k by its place in the sequence, and q
        too, or by the first place behind the cache if there is no causal mask nor
        window. rotary_interleaved: pairs are features 2 r and 2 r + 1.
    block_table [B, pages]: the caches are [number of pages, page length, Hkv, ..].
    cache_batch_idx [B]: the rows of the caches. With either, the keys in use are
        copied for the call. num_splits is chosen by the compiler, with the same bits
        always.

    Returns [B, T, Hq, V]; with return_softmax_lse also lse [B, Hq, T].
    """
    _check_options(0.0, window_size)
    cache = KeyCache(k_cache, v_cache, q.shape[0], cache_batch_idx, block_table)
    batch, queries, keys = q.shape[0], q.shape[1], cache.length
    used = _lengths("cache_seqlens", cache_seqlens, batch, keys, keys)
    if (k is None) != (v is None):
        raise ValueError("expected k and v together but found one of them")
    if (rotary_cos is None) != (rotary_sin is None):
        raise ValueError("expected rotary_cos and rotary_sin together but found one of them")
    if rotary_cos is not None:
        if k is None:
            raise ValueError("expected k and v with rotary_cos: keys in the cache are turned already")
        tables = (rotary_cos, rotary_sin, rotary_interleaved)
        step = int(causal or tuple(window_size) != (-1, -1))
        q = _turned(q, used[:, None] + step * np.arange(queries), *tables)
        k = _turned(k, used[:, None] + np.arange(k.shape[1]), *tables)
    if k is not None:
        used = cache.append(k, v, used)
    k_cache, v_cache = cache.view(int(used.max(initial=0)))
    keys = k_cache.shape[1]
    _check_layout(q, k_cache, v_cache, 4)
    place = used[:, None] + np.arange(queries)[None] - queries
    begin = _lengths("cache_leftpad", cache_leftpad, batch, keys, 0)[:, None]
    first, last = _bounds(place, begin, used[:, None], causal, window_size)
    place = place.astype(np.int32)
    score = None if alibi_slopes is None else _alibi(alibi_slopes, place, None)
    out, lse = _run(
        q, k_cache, v_cache, score, _interval(first, last), return_softmax_lse, threads,
        **_options(softmax_scale, softcap),
    )
    return (out, lse) if return_softmax_lse else out


def _lengths(name: str, lengths: Any, batch: int, limit: int, default: int) -> np.ndarray:
    """[B] numbers of keys."""
    if lengths is None:
        lengths = default
    if arrays.is_array(lengths):
        lengths = arrays.numpy(lengths)
    result = np.broadcast_to(np.asarray(lengths, np.int64), (batch,))
    if ((result < 0) | (result > limit)).any():
        raise ValueError(f"expected {name} between 0 and {limit} but found {result.tolist()[:8]}")
    return result


def _turned(x: Any, places: np.ndarray, cos: Any, sin: Any, interleaved: bool) -> Any:
    """x [B, T, H, K] turned by its places [B, T]."""
    if places.size and places.max() >= cos.shape[0]:
        raise ValueError(
            f"expected rotary_cos for {places.max() + 1} places but found {cos.shape[0]}"
        )
    out = arrays.empty(x, x.shape, arrays.dtype_of(x, "q"))
    rotary.rotate(
        arrays.transpose(x, 0, 2, 1, 3), cos[places], sin[places], interleaved,
        out=arrays.transpose(out, 0, 2, 1, 3),
    )
    return out
