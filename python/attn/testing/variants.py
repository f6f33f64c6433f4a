"""How the arrays of a call are filled and laid out.

`FILLINGS` change values: NaN and infinities in a few places. `LAYOUTS` change
strides and never values: each returns a view of the same shape whose innermost
stride is 1 inside a larger buffer, together with that buffer, so that the
caller can see whether anything outside the view was written (None where there
is no such buffer to look at). `guard-end` and `guard-start` put a tensor flush
against a page that may not be touched: reading or writing beyond that side kills
the process.
"""

from __future__ import annotations

import ctypes
import mmap
from typing import Callable, Optional

import numpy as np

from attn import dtypes

Array = np.ndarray
Inputs = dict[str, Array]

# Linux's flag, which the mmap module names only since Python 3.12.
MAP_NORESERVE = 0x4000
# Linux's protection of pages that may not be touched.
PROT_NONE = 0

_LIBC = ctypes.CDLL(None, use_errno=True)


def _poke(array: Array, dtype: str, value: float, rng, count: int) -> None:
    """Sets `count` random elements."""
    if array.size:
        places = rng.integers(0, array.size, count)
        array.reshape(-1)[places] = dtypes.store(np.array(value), dtype)


def _fill_nan(name: str) -> Callable[[Inputs, str, np.random.Generator], None]:
    return lambda inputs, dtype, rng: _poke(inputs[name], dtype, np.nan, rng, 2)


def _fill_infinity(inputs: Inputs, dtype: str, rng) -> None:
    _poke(inputs["k"], dtype, np.inf, rng, 1)
    _poke(inputs["k"], dtype, -np.inf, rng, 1)


def _fill_infinite_values(inputs: Inputs, dtype: str, rng) -> None:
    _poke(inputs["v"], dtype, np.inf, rng, 2)
    _poke(inputs["v"], dtype, -np.inf, rng, 2)


def _fill_infinite_bias(inputs: Inputs, dtype: str, rng) -> None:
    """-inf as frameworks write masks: a third of the pairs, and whole rows."""
    bias = inputs["bias"]
    bias[rng.random(bias.shape) < 0.3] = -np.inf
    bias[..., ::5, :] = -np.inf


def _fill_large(inputs: Inputs, dtype: str, rng) -> None:
    inputs["q"][...] = dtypes.store(dtypes.load(inputs["q"], dtype) * 6.0, dtype)


# Gates and logits of gates, by name: no decay at all, decays whose exponential
# is a subnormal number or 0, and the full reset of log 0.
EXTREME_GATES = {
    "a": (-np.inf, np.inf, -1e4, 1e4, -20.0, 20.0),
    "e": (-np.inf, np.inf, -1e4, 1e4),
    "f": (-np.inf, np.inf, -1e4, 1e4, -20.0, 20.0),
    "w": (-np.inf, np.inf, -1e4, 1e4, -20.0, 20.0),
    "g": (-np.inf, -1e4, -20.0, 0.0),
    "i": (-np.inf, -1e4, -20.0, 20.0),
    "dt": (0.0, 20.0),
    "beta": (0.0, 1.0),
}


def _fill_gates(inputs: Inputs, dtype: str, rng) -> None:
    """A quarter of all gates extreme."""
    # In one order: each name draws from the same generator.
    for name in sorted(EXTREME_GATES.keys() & inputs.keys()):
        array = inputs[name]
        own = {np.dtype(np.uint16): "bf16"}.get(array.dtype, f"f{array.itemsize * 8}")
        choices = EXTREME_GATES[name]
        if "i" in inputs:
            # The maximum is a logarithm in f32: of thousands, it has no digits
            # left for the weights.
            choices = [x for x in choices if abs(x) != 1e4]
        drawn = dtypes.store(rng.choice(choices, array.shape), own)
        array[...] = np.where(rng.random(array.shape) < 0.25, drawn, array)


FILLINGS: dict[str, Callable[[Inputs, str, np.random.Generator], None]] = {
    "normal": lambda inputs, dtype, rng: None,
    "nan-queries": _fill_nan("q"),
    "nan-keys": _fill_nan("k"),
    "nan-values": _fill_nan("v"),
    "nan-inputs": _fill_nan("x"),
    "infinity": _fill_infinity,
    "infinite-values": _fill_infinite_values,
    "infinite-bias": _fill_infinite_bias,
    "large": _fill_large,
    "gates": _fill_gates,
}


def guard_value(dtype: np.dtype):
    """What lies around a view: NaN, or a number no test makes."""
    if dtype == np.uint16:
        return np.uint16(0x7FC1)
    if np.issubdtype(dtype, np.floating):
        return dtype.type(np.nan)
    return dtype.type(1 if dtype == bool else 77)


def _dense(array: Array) -> tuple[Array, Array]:
    """Contiguous, one element into a buffer: only element alignment."""
    buffer = np.full(array.size + 19, guard_value(array.dtype), dtype=array.dtype)
    view = buffer[1 : 1 + array.size].reshape(array.shape)
    view[...] = array
    return view, buffer


def _padded(array: Array) -> tuple[Array, Array]:
    """Space after every row, sequence and head."""
    buffer = np.full(
        [n + 2 + 3 * (axis == array.ndim - 1) for axis, n in enumerate(array.shape)],
        guard_value(array.dtype),
        dtype=array.dtype,
    )
    view = buffer[tuple(slice(1, 1 + n) for n in array.shape)]
    view[...] = array
    return view, buffer


def _transposed(array: Array) -> tuple[Array, Array]:
    """Axes but the last stored in the opposite order, e.g. [T, H, B, D]."""
    order = [*reversed(range(array.ndim - 1)), array.ndim - 1]
    view, buffer = _dense(array.transpose(order))
    return view.transpose(order), buffer


def _reversed(array: Array) -> tuple[Array, Array]:
    """Negative strides on every axis but the last."""
    flip = (*[slice(None, None, -1)] * (array.ndim - 1), slice(None))
    view, buffer = _dense(array[flip])
    return view[flip], buffer


def _far(array: Array) -> tuple[Array, None]:
    """Rows 2^30 elements apart, so that offsets pass 2^31 elements, and 2^40
    bytes: address space of which only the rows become memory."""
    if array.ndim < 2 or not array.size:
        return _dense(array)[0], None
    stride = (1 << 30) + 16
    rows = int(np.prod(array.shape[:-1]))
    size = (rows * stride + array.shape[-1]) * array.itemsize
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | MAP_NORESERVE
    memory = mmap.mmap(-1, size, flags)
    memory.madvise(mmap.MADV_NOHUGEPAGE)
    buffer = np.frombuffer(memory, array.dtype, size // array.itemsize)
    strides, step = [array.itemsize], stride * array.itemsize
    for n in reversed(array.shape[:-1]):
        strides.insert(0, step)
        step *= n
    view = np.lib.stride_tricks.as_strided(buffer, array.shape, strides)
    view[...] = array
    return view, None


def _guarded(array: Array, at_end: bool) -> Array:
    """Contiguous, its last byte the last before a page that may not be touched,
    or its first byte the first behind one."""
    page = mmap.PAGESIZE
    usable = -(-array.nbytes // page) * page
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
    memory = mmap.mmap(-1, usable + 2 * page, flags)
    start = page + (usable - array.nbytes if at_end else 0)
    view = np.ndarray(array.shape, array.dtype, memory, start)
    view[...] = array
    base = view.__array_interface__["data"][0] - start
    for guard in (base, base + page + usable):
        if _LIBC.mprotect(ctypes.c_void_p(guard), ctypes.c_size_t(page), PROT_NONE):
            raise OSError(ctypes.get_errno(), "mprotect")
    return view


def _guard_end(array: Array) -> tuple[Array, None]:
    return _guarded(array, at_end=True), None


def _guard_start(array: Array) -> tuple[Array, None]:
    return _guarded(array, at_end=False), None


LAYOUTS: dict[str, Callable[[Array], tuple[Array, Optional[Array]]]] = {
    "dense": _dense,
    "padded": _padded,
    "transposed": _transposed,
    "reversed": _reversed,
    "far": _far,
    "guard-end": _guard_end,
    "guard-start": _guard_start,
}

# The layouts in which every test runs, beside its own.
GUARDS = ("guard-end", "guard-start")


def place(array: Array, layout: str) -> tuple[Array, Optional[Array]]:
    """The array laid out as asked, and the buffer it lies in."""
    if array.ndim == 0:
        return array, array
    return LAYOUTS[layout](array)


def outside_is_untouched(view: Array, buffer: Optional[Array]) -> bool:
    """Whether every element of the buffer outside the view is the guard."""
    if buffer is None:
        return True
    copy = buffer.copy()
    base = buffer.__array_interface__["data"][0]
    offset = view.__array_interface__["data"][0] - base
    inside = np.ndarray(view.shape, view.dtype, copy, offset, view.strides)
    inside[...] = guard_value(view.dtype)
    bits = copy.view(np.uint8)
    expected = np.full(buffer.shape, guard_value(buffer.dtype), dtype=buffer.dtype)
    return bool((bits == expected.view(np.uint8)).all())
