"""Key and value caches: appending, paging, evicting; H2O and StreamingLLM.

A cache is [B, H, S, D] with `lengths` [B] rows in use, or pages [P, H, R, D] with
a table [B, M] of page numbers, R rows each.

Covering test: test/python/test_oracle_caches.py.
"""

from __future__ import annotations

from typing import Optional

import numpy as np

from attn.oracle.layer import Layer
from attn.oracle.softmax import attend, causal, key_mass

Array = np.ndarray


def rotary(
    x: Array, place: Array, base: float = 10000.0, interleaved: bool = False
) -> Array:
    """Rotary embedding (arXiv 2104.09864) of x [.., T, D] at `place` [.., T].

    Pair j of D/2 turns by place * base^(-2j/D); pairs are (j, j + D/2), or with
    `interleaved` (2j, 2j + 1).
    """
    half = x.shape[-1] // 2
    turn = np.exp(1j * np.asarray(place)[..., None] * base ** (-np.arange(half) / half))
    if interleaved:
        y = (x[..., 0::2] + 1j * x[..., 1::2]) * turn
        return np.stack([y.real, y.imag], axis=-1).reshape(x.shape)
    y = (x[..., :half] + 1j * x[..., half:]) * turn
    return np.concatenate([y.real, y.imag], axis=-1)


def append(cache: Array, rows: Array, lengths: Array, ring: bool = False) -> Array:
    """The cache with rows [B, H, T, D] written behind the first `lengths` [B].

    Rows that do not fit are dropped; in a ring row n lands at n mod S.
    """
    cache = np.array(cache)
    for b, length in enumerate(lengths):
        for t in range(rows.shape[2]):
            at = int(length) + t
            if ring:
                at %= cache.shape[2]
            if 0 <= at < cache.shape[2]:
                cache[b, :, at] = rows[b, :, t]
    return cache


def append_paged(pages: Array, table: Array, rows: Array, lengths: Array) -> Array:
    """The pages with rows [B, H, T, D] written behind the first `lengths`.

    Rows whose page number is not in [0, P) are dropped.
    """
    pages, size = np.array(pages), pages.shape[2]
    for b, length in enumerate(lengths):
        for t in range(rows.shape[2]):
            at = int(length) + t
            page = int(table[b, at // size]) if at // size < table.shape[1] else -1
            if 0 <= page < pages.shape[0]:
                pages[page, :, at % size] = rows[b, :, t]
    return pages


def read_paged(pages: Array, table: Array) -> tuple[Array, Array]:
    """(rows [B, H, M R, D], present [B, M R]) of the listed pages.

    Rows of a page number outside of [0, P) are zero and not present.
    """
    count, heads, size, width = pages.shape
    batch, listed = table.shape
    rows = np.zeros((batch, heads, listed * size, width))
    present = np.zeros((batch, listed * size), dtype=bool)
    for b, n in np.ndindex(batch, listed):
        if 0 <= table[b, n] < count:
            rows[b, :, n * size : (n + 1) * size] = pages[table[b, n]]
            present[b, n * size : (n + 1) * size] = True
    return rows, present


def gather(cache: Array, keep: Array) -> Array:
    """The rows `keep` [B, H, N] of a cache [B, H, S, ...], in that order."""
    kept = np.zeros(cache.shape[:2] + keep.shape[2:] + cache.shape[3:])
    for b, h in np.ndindex(*keep.shape[:2]):
        kept[b, h] = cache[b, h, keep[b, h]]
    return kept


def heavy_and_recent(mass: Array, heavy: int, recent: int) -> Array:
    """Rows that H2O keeps of masses [B, H, S]: [B, H, min(S, heavy + recent)].

    The `recent` last, and of the others the `heavy` with the largest mass, ties
    by index; ascending.
    """
    batch, heads, rows = mass.shape
    if rows <= heavy + recent:
        return np.broadcast_to(np.arange(rows), mass.shape)
    keep = np.zeros((batch, heads, heavy + recent), dtype=np.int64)
    for b, h in np.ndindex(batch, heads):
        older = sorted(range(rows - recent), key=lambda j: (-mass[b, h, j], j))
        keep[b, h] = sorted(older[:heavy]) + list(range(rows - recent, rows))
    return keep


def h2o(
    q, k, v, k_cache=None, v_cache=None, mass_in=None,
    *, heavy: int, recent: int, scale: Optional[float] = None,
) -> dict:
    """Heavy-hitter oracle, arXiv 2306.14048 algorithm 1.

    T new tokens are appended to the kept keys and values [B, Hk, S, ...] and
    attend causally; each key's mass [B, Hk, S], the sum of all its weights so far
    over queries and a group's heads, grows; then `heavy` + `recent` rows are kept.
    Keys keep the rotation of their own positions, which is in the inputs.
    """
    batch, kv_heads, tokens, _ = k.shape
    if k_cache is not None:
        k = np.concatenate([k_cache, k], axis=2)
        v = np.concatenate([v_cache, v], axis=2)
    result = attend(q, k, v, causal(tokens, k.shape[2]), scale=scale)
    mass = key_mass(result.p, kv_heads)
    if mass_in is not None:
        mass[:, :, : mass_in.shape[2]] += mass_in
    keep = heavy_and_recent(mass, heavy, recent)
    return {"o": result.o, "k_cache_out": gather(k, keep), "v_cache_out": gather(v, keep),
            "mass_out": gather(mass, keep)}


def streaming(
    q, k, v, k_cache=None, v_cache=None,
    *, sinks: int = 4, recent: int, base: float = 10000.0,
    scale: Optional[float] = None,
) -> dict:
    """StreamingLLM, arXiv 2309.17453 section 3.2: sinks and recent keys.

    Token by token: before a token is appended the cache [B, Hk, S, ...] loses
    its middle, so that `sinks` first and `recent` last rows, the token's own
    among them, remain. Queries and keys are not rotated in the inputs: keys turn
    by their index in the cache, the query by the last one.
    """
    batch, kv_heads, tokens, width = k.shape
    keys = k[:, :, :0] if k_cache is None else np.array(k_cache)
    values = v[:, :, :0] if v_cache is None else np.array(v_cache)
    o = np.zeros(q.shape[:3] + v.shape[3:])
    for t in range(tokens):
        if keys.shape[2] + 1 > sinks + recent:
            tail = keys.shape[2] - (recent - 1)
            keys, values = (np.concatenate([x[:, :, :sinks], x[:, :, tail:]], axis=2)
                            for x in (keys, values))
        keys = np.concatenate([keys, k[:, :, t : t + 1]], axis=2)
        values = np.concatenate([values, v[:, :, t : t + 1]], axis=2)
        count = keys.shape[2]
        turned = rotary(q[:, :, t : t + 1], np.array([count - 1]), base)
        o[:, :, t : t + 1] = attend(turned, rotary(keys, np.arange(count), base),
                                    values, scale=scale).o
    return {"o": o, "k_cache_out": keys, "v_cache_out": values}


NEW = {"q": "B Hq T K", "k": "B Hk T K", "v": "B Hk T V"}
CACHE = {"k_cache": "B Hk S K", "v_cache": "B Hk S V"}

LAYERS = [
    Layer("h2o", "arXiv 2306.14048", h2o, {**NEW, **CACHE, "mass_in": "B Hk S"},
          {"o": "B Hq T V"}, frozenset({*CACHE, "mass_in"})),
    Layer("streaming", "arXiv 2309.17453", streaming, {**NEW, **CACHE},
          {"o": "B Hq T V"}, frozenset(CACHE)),
]
