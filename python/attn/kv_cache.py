"""Caches of keys and values that are not in the order of a call: rows by number, and
pages. Kernels read rows of one array, so the keys in use are copied; new keys are
written to where they belong.

Covered by test/python/test_flash.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from attn import arrays
from attn.errors import UnsupportedError


class KeyCache:
    """Keys and values [rows, S, Hkv, ..], or pages of them, by the batches of a call."""

    def __init__(self, k: Any, v: Any, batch: int, rows: Any, table: Any):
        for name, array in (("k_cache", k), ("v_cache", v)):
            if not arrays.is_array(array) or len(array.shape) != 4:
                raise ValueError(f"expected {name} as an array of four dimensions")
        if rows is not None and table is not None:
            raise UnsupportedError("expected cache_batch_idx or block_table but found both")
        self.k, self.v = k, v
        self.rows = np.arange(batch) if rows is None else arrays.numpy(rows).astype(np.int64)
        self.table = None if table is None else arrays.numpy(table).astype(np.int64)
        self.is_whole = rows is None and table is None
        self.length = k.shape[1] * (1 if table is None else self.table.shape[1])
        for name, index in (("cache_batch_idx", self.rows), ("block_table", self.table)):
            if index is not None and len(index) != batch:
                raise ValueError(f"expected {name} for {batch} batches but found {len(index)}")

    def place(self, batch: int, places: np.ndarray) -> tuple:
        """Where keys of a batch are."""
        if self.table is None:
            return self.rows[batch], places
        pages = self.table[batch][places // self.k.shape[1]]
        if ((pages < 0) | (pages >= self.k.shape[0])).any():
            raise ValueError(f"expected pages below {self.k.shape[0]} in block_table")
        return pages, places % self.k.shape[1]

    def append(self, k: Any, v: Any, used: np.ndarray) -> np.ndarray:
        """Writes new keys behind those in use; returns the new numbers."""
        count = k.shape[1]
        if (used + count > self.length).any():
            raise ValueError(
                f"expected room for {count} keys in k_cache of {self.length} but found "
                f"{used.max()} in use"
            )
        for batch, length in enumerate(used):
            place = self.place(batch, np.arange(length, length + count))
            self.k[place], self.v[place] = k[batch], v[batch]
        return used + count

    def view(self, used: int) -> tuple[Any, Any]:
        """[B, S, Hkv, ..] with at least the keys in use."""
        if self.is_whole:
            return self.k, self.v
        if self.table is None:
            return self.k[self.rows, :used], self.v[self.rows, :used]
        place = [self.place(batch, np.arange(used)) for batch in range(len(self.table))]
        where = tuple(np.stack(index) for index in zip(*place))
        return self.k[where], self.v[where]


def packed_pages(k: Any, v: Any, bounds: Any, table: Any) -> tuple[Any, Any]:
    """Pages [P, page length, Hkv, ..] as packed rows [S, Hkv, ..]."""
    starts = arrays.numpy(bounds).astype(np.int64)
    cache = KeyCache(k, v, len(starts) - 1, None, table)
    lengths = np.diff(starts)
    if lengths.max(initial=0) > cache.length:
        raise ValueError(f"expected up to {cache.length} keys by block_table but found {lengths.max()}")
    place = [cache.place(n, np.arange(length)) for n, length in enumerate(lengths)]
    empty = [np.zeros(0, np.int64)]
    where = tuple(np.concatenate([*empty, *(p[i] for p in place)]) for i in range(2))
    return k[where], v[where]
