"""Element types as NumPy arrays: bf16 is kept in uint16, i1 in bool.

>>> store(np.array([1.0, 1.00390625]), "bf16")
array([16256, 16256], dtype=uint16)
>>> load(store(np.array([3.14159]), "bf16"), "bf16")
array([3.140625])
"""

from __future__ import annotations

import numpy as np

# The array type that holds each element type, as the plain call reads it.
NUMPY = {
    "f64": np.dtype(np.float64),
    "f32": np.dtype(np.float32),
    "f16": np.dtype(np.float16),
    "bf16": np.dtype(np.uint16),
    "i1": np.dtype(np.bool_),
    "i8": np.dtype(np.int8),
    "i32": np.dtype(np.int32),
    "i64": np.dtype(np.int64),
    "index": np.dtype(np.int64),
}
FLOATS = ("f64", "f32", "f16", "bf16")


def is_float(dtype: str) -> bool:
    return dtype in FLOATS


def _to_bf16_bits(values: np.ndarray) -> np.ndarray:
    """Bits of the nearest bf16, ties to even; NaN stays NaN."""
    bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
    rounded = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)
    return np.where(np.isnan(values), np.uint16(0x7FC0), rounded)


def store(values: np.ndarray, dtype: str) -> np.ndarray:
    """The array that holds `values` as elements of `dtype`, rounded to them."""
    if dtype == "bf16":
        return _to_bf16_bits(np.asarray(values))
    with np.errstate(over="ignore"):
        return np.asarray(values).astype(NUMPY[dtype])


def load(array: np.ndarray, dtype: str) -> np.ndarray:
    """The values that an array of `dtype` holds: floats as float64."""
    if dtype == "bf16":
        return (array.astype(np.uint32) << 16).view(np.float32).astype(np.float64)
    return array.astype(np.float64) if is_float(dtype) else array


def round_to(values: np.ndarray, dtype: str) -> np.ndarray:
    """`values` rounded to `dtype`, in their own array type."""
    if not is_float(dtype):
        return values
    return load(store(values, dtype), dtype).astype(values.dtype)
