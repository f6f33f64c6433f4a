"""What operations on caches do, row by row.

Covering test: test/python/test_oracle_cache_ops.py.
"""

from __future__ import annotations

from typing import Optional

import numpy as np

Array = np.ndarray


def turned(x: Array, cos: Array, sin: Array, interleaved: bool = False) -> Array:
    """A row x [D] with pair i turned by cos[i] and sin[i] (arXiv 2104.09864).

    Pairs are (i, i + D/2), or with `interleaved` (2i, 2i + 1).
    """
    half = x.shape[-1] // 2
    y = x.reshape(half, 2).T if interleaved else x.reshape(2, half)
    z = (y[0] + 1j * y[1]) * (cos + 1j * sin)
    pair = np.stack([z.real, z.imag])
    return pair.T.reshape(-1) if interleaved else pair.reshape(-1)


def update(
    cache: Array, rows: Array, lengths: Array, *,
    ring: bool = False, table: Optional[Array] = None, page: int = 1,
    cos: Optional[Array] = None, sin: Optional[Array] = None,
    interleaved: bool = False,
) -> Array:
    """attn.cache_update: rows [B, H, T, D] behind `lengths` [B] into a cache
    [B, H, S, D], with a table [B, M] into pages of `page` rows of [1, H, S, D].

    Rows that have no place, or no angles, are dropped.
    """
    cache, size = np.array(cache), cache.shape[2]
    for b, length in enumerate(lengths):
        for t in range(rows.shape[2]):
            place, entry = int(length) + t, b
            if place < 0 or (cos is not None and place >= cos.shape[0]):
                continue
            at = place
            if ring:
                at = place % size if size else size
            elif table is not None:
                listed = place // page < table.shape[1]
                number = int(table[b, place // page]) if listed else -1
                if not 0 <= number < size // page:
                    continue
                at, entry = number * page + place % page, 0
            if at >= size:
                continue
            for h in range(rows.shape[1]):
                row = rows[b, h, t]
                if cos is not None:
                    row = turned(row, cos[place], sin[place], interleaved)
                cache[entry, h, at] = row
    return cache


def kept_rows(
    heavy: int, recent: int, mass: Optional[Array], places: Array
) -> list[int]:
    """The rows that are kept of those with masses and places [n], ascending."""
    order = sorted(range(len(places)), key=lambda j: (places[j], j))
    late = order[len(order) - recent:] if recent else []
    early = order[: len(order) - recent]
    if mass is not None:
        amount = np.where(np.isnan(mass), np.inf, mass)
        is_nan = np.isnan(mass).astype(int)
        early = sorted(early, key=lambda j: (-is_nan[j], -amount[j], places[j], j))
    return sorted(early[:heavy] + late)


def evict(
    caches: list[Array], lengths: Array, *,
    heavy: int, recent: int, mass: Optional[int] = None, places: Optional[int] = None,
) -> list[Array]:
    """attn.cache_evict on caches [B, H, S, ..]; `mass` and `places` say which of
    them are these."""
    caches, budget = [np.array(x) for x in caches], heavy + recent
    for b, h in np.ndindex(caches[0].shape[:2]):
        count = min(int(lengths[b]), caches[0].shape[2])
        if count <= budget:
            continue
        place = np.arange(count) if places is None else caches[places][b, h, :count]
        own = None if mass is None else caches[mass][b, h, :count]
        kept = kept_rows(heavy, recent, own, place)
        moves = list(enumerate(kept))
        if places is not None:
            free = [j for j in range(budget) if j not in kept]
            moves = list(zip(free, [j for j in kept if j >= budget]))
        before = [np.array(x[b, h]) for x in caches]
        for to, source in moves:
            for cache, old in zip(caches, before):
                cache[b, h, to] = old[source]
    return caches


def grouped_project(x: Array, weights: Array, offsets: Array) -> Array:
    """attn.grouped_project: rows x [N, D] by weights [G, D, E]; offsets [G + 1] are
    taken to ascend within [0, N]."""
    y = np.zeros((x.shape[0], weights.shape[2]))
    bounds = np.maximum.accumulate(np.clip(offsets.astype(np.int64), 0, x.shape[0]))
    for g, (begin, end) in enumerate(zip(bounds, bounds[1:])):
        y[begin:end] = x[begin:end] @ weights[g]
    return y


def route(ids: Array, groups: int) -> tuple[Array, Array, Array]:
    """attn.route: (order, place, offsets) of the tokens' ids [N]."""
    own = np.where((ids >= 0) & (ids < groups), ids, groups)
    order = np.argsort(own, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return order, place, np.array([(own < g).sum() for g in range(groups + 1)])
