"""Pictures: the tiles of a mask, and a kernel under the roofs of a machine.

    attn.plot.mask(lambda b, h, i, j: i >= j, 2048, 2048).savefig("mask.svg")
    attn.plot.roofline({"layer": (kernel, (q, k, v))}).savefig("roofline.png")
    print(attn.plot.tile_map(mask_mod, 512, 512))

Pictures are figures of matplotlib, which must be installed; a notebook shows them by
itself. Nothing is shown by a window. `tile_map` needs NumPy only.

Covered by test/python/test_plot.py.
"""

from __future__ import annotations

import time
from typing import Any, Callable, NamedTuple, Optional

import numpy as np

_COLOURS = {"empty": "#f2f2f2", "partial": "#f2a65a", "full": "#3b6ea5"}


class TileMap(NamedTuple):
    """How many pairs of query and key each tile admits.

    counts, sizes: [tiles of queries, tiles of keys]; a tile is empty, full or partial.
    """

    counts: np.ndarray
    sizes: np.ndarray

    def shares(self) -> dict[str, float]:
        """The share of tiles that are empty, partial and full."""
        total = max(self.counts.size, 1)
        empty, full = self.counts == 0, self.counts == self.sizes
        return {
            "empty": float((empty & (self.sizes > 0)).sum()) / total,
            "partial": float((~empty & ~full).sum()) / total,
            "full": float((full & ~empty).sum()) / total,
        }

    def __str__(self) -> str:
        """One character per tile: blank, - or #."""
        kinds = np.where(self.counts == 0, " ", np.where(self.counts == self.sizes, "#", "-"))
        return "\n".join("".join(row).rstrip() for row in kinds)


def tile_map(
    mask_mod: Callable,
    queries: int,
    keys: int,
    tile: tuple[int, int] = (64, 64),
    *,
    batch: int = 0,
    head: int = 0,
) -> TileMap:
    """What a mask function of flex_attention leaves of each tile, for one batch and
    head. `tile` is its number of queries and of keys.

    A kernel counts: with scores of 0, a row gives each key that it admits the same
    weight, and the values tell the tile of a key.
    """
    import attn

    rows, columns = tile
    across = -(-keys // columns)
    if min(queries, keys, rows, columns) < 1 or across > 4096:
        raise ValueError(
            f"expected positive sizes and up to 4096 tiles of keys but found {queries}, {keys} "
            f"and {tile}"
        )
    shape = (batch + 1, head + 1)
    query, key = (np.zeros((*shape, length, 1), np.float32) for length in (queries, keys))
    value = np.zeros((*shape, keys, across), np.float32)
    value[..., np.arange(keys), np.arange(keys) // columns] = 1
    shares, total = attn.flex_attention(query, key, value, None, mask_mod, return_lse=True)
    of_row = np.rint(shares[batch, head].astype(np.float64) * np.exp(total[batch, head])[:, None])
    starts = np.arange(0, queries, rows)
    counts = np.add.reduceat(of_row, starts, axis=0).astype(np.int64)
    heights = np.diff(np.append(starts, queries))
    widths = np.diff(np.append(np.arange(0, keys, columns), keys))
    return TileMap(counts, heights[:, None] * widths)


def _pyplot() -> Any:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError("expected matplotlib to be installed for a picture") from error
    return Figure


def mask(
    mask_mod: Callable,
    queries: int,
    keys: int,
    tile: tuple[int, int] = (64, 64),
    *,
    batch: int = 0,
    head: int = 0,
    title: Optional[str] = None,
) -> Any:
    """A figure of the tiles of a mask function: empty ones cost nothing, in full ones
    the mask is not evaluated. Arguments as of `tile_map`."""
    figure = _pyplot()(figsize=(5, 5.4))
    found = tile_map(mask_mod, queries, keys, tile, batch=batch, head=head)
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    kinds = np.where(found.counts == 0, 0, np.where(found.counts == found.sizes, 2, 1))
    axes = figure.add_subplot()
    axes.imshow(
        kinds, ListedColormap(list(_COLOURS.values())), vmin=0, vmax=2, interpolation="nearest",
        extent=(0, keys, queries, 0), aspect="auto",
    )
    axes.set_xlabel("keys")
    axes.set_ylabel("queries")
    axes.set_title(title or getattr(mask_mod, "__name__", "mask"))
    shares = found.shares()
    patches = [
        Patch(facecolor=colour, edgecolor="#888888", label=f"{kind} {shares[kind]:.0%}")
        for kind, colour in _COLOURS.items()
    ]
    axes.legend(handles=patches, loc="upper center", bbox_to_anchor=(0.5, -0.11), ncols=3)
    figure.tight_layout()
    return figure


def _best(function: Callable, seconds: float = 0.1) -> float:
    """The shortest of the runs that fit into some time, in seconds."""
    best, end = float("inf"), time.perf_counter() + seconds
    while True:
        begin = time.perf_counter()
        function()
        now = time.perf_counter()
        best = min(best, now - begin)
        if now > end:
            return best


def machine() -> tuple[float, float]:
    """(FLOP/s, bytes/s) of this process: of NumPy's matrix product in f32 and of its
    copy of arrays that no cache holds."""
    square = np.ones((768, 768), np.float32)
    product = np.empty_like(square)
    flops = 2 * 768**3 / _best(lambda: np.matmul(square, square, out=product))
    source = np.ones(32 << 20, np.uint8)
    target = np.empty_like(source)
    return flops, 2 * source.size / _best(lambda: np.copyto(target, source))


def roofline(
    kernels: dict[str, tuple],
    *,
    flops: Optional[float] = None,
    bandwidth: Optional[float] = None,
    threads: Optional[int] = None,
) -> Any:
    """A figure of kernels under the roofs of a machine: FLOP/s over FLOP per byte.

    kernels: label -> (kernel, inputs); each is run for a tenth of a second.
    flops, bandwidth: the roofs, in FLOP/s and bytes/s; what `machine` measures if
        None. Work is that of `Kernel.work`: useful operations, every byte once.
    """
    figure = _pyplot()(figsize=(6.4, 4.2))
    if flops is None or bandwidth is None:
        measured = machine()
        flops, bandwidth = flops or measured[0], bandwidth or measured[1]
    axes = figure.add_subplot()
    ridge = flops / bandwidth
    places = []
    for label, (kernel, inputs) in kernels.items():
        seconds = _best(lambda kernel=kernel, inputs=inputs: kernel(*inputs, threads=threads))
        work = kernel.work(*inputs)
        places.append(work.flops / work.bytes)
        axes.plot(places[-1], work.flops / seconds, "o", label=label)
    span = np.array([min([ridge, *places]) / 8, max([ridge, *places]) * 8])
    inner = np.array([span[0], ridge, span[1]])
    axes.plot(inner, np.minimum(inner * bandwidth, flops), color="#555555", linewidth=1)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("FLOP per byte of inputs and outputs")
    axes.set_ylabel("FLOP/s")
    axes.set_title(f"{flops / 1e9:.0f} GFLOP/s, {bandwidth / 1e9:.0f} GB/s")
    axes.legend(loc="lower right")
    figure.tight_layout()
    return figure
