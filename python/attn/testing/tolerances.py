"""The one table of tolerances, and the comparison that uses it.

f64 and f32 outputs, and lse of any type, must be within `bound * (1 + |ref|)`
of the oracle, element by element. 16-bit outputs follow FlashAttention's rule
(tests/test_flash_attn.py of that project): the largest error is at most
`factor` times that of the plain computation in the same type, plus a few units
in the last place, measured as 2 |(ref + 0.3 - 0.3) - ref|.

Linear and recurrent layers are compared by `LAYER` and `OPERATION`: the root of
the mean square error over that of the reference, as the tests of
flash-linear-attention do (tests/ops of that project), and besides the largest
error over the largest element.

NaN and infinities must be in the same places, with the same sign.
"""

from __future__ import annotations

from typing import Optional

import numpy as np

from attn import dtypes

# Absolute and relative bound by element type.
BOUND = {"f64": 1e-9, "f32": 2e-5}
# Factor over the error of the plain computation, for f16 and bf16.
FACTOR = 2.0
# With a softcap, whose slope multiplies rounding errors (as FlashAttention 3).
FACTOR_SOFTCAP = 3.0
# Layers: root mean square of the error over that of the output, by the type of
# the sequences. flash-linear-attention's tests allow 0.001 to 0.007 for 16-bit
# types, without the norms and convolutions that are here.
LAYER = {"f64": 1e-12, "f32": 2e-6, "f16": 1e-3, "bf16": 5.5e-3}
# The same of a bare operation by the type of the output: it rounds that alone.
# The largest seen in f32 is 2.6e-6, of one token read through 256 rows.
OPERATION = {"f64": 1e-13, "f32": 3e-6, "f16": 3e-4, "bf16": 2.5e-3}
# Factor for exponentials of sums of logarithms over tokens, which are as exact as
# the sums are large: transitions, and states relative to a maximum.
LOGARITHMS = 50.0
# Factor for layers of several blocks of 16-bit types: each block rounds a dozen
# tensors.
BLOCKS = 2.0
# The largest error over the largest element, as a multiple of these bounds.
LARGEST = 10.0
# Smaller errors are those of numbers that the type cannot tell from 0.
SMALLEST = {"f64": 1e-300, "f32": 1e-36, "f16": 6e-8, "bf16": 1e-36}
# Golden values, relative on the sum of absolute values.
GOLDEN = {"f64": 1e-9, "f32": 1e-5}


def units_in_last_place(reference: np.ndarray, dtype: str) -> float:
    """2 |(ref + 0.3 - 0.3) - ref|, computed in `dtype`."""
    rounded = dtypes.round_to(reference, dtype)
    there = dtypes.round_to(rounded + dtypes.round_to(np.float64(0.3), dtype), dtype)
    back = dtypes.round_to(there - dtypes.round_to(np.float64(0.3), dtype), dtype)
    return 2.0 * float(np.abs(back - rounded).max(initial=0.0))


def misplaced(found: np.ndarray, reference: np.ndarray) -> str:
    """Whether shapes differ, or where NaN and infinities are."""
    if found.shape != reference.shape:
        return f"expected shape {reference.shape} but found {found.shape}"
    finite = np.isfinite(reference)
    wrong = np.isfinite(found) != finite
    wrong |= np.isnan(found) != np.isnan(reference)
    wrong |= ~finite & ~np.isnan(reference) & (np.sign(found) != np.sign(reference))
    if wrong.any():
        place = np.unravel_index(np.argmax(wrong), wrong.shape)
        return (
            f"expected {reference[place]} but found {found[place]} "
            f"at {[int(n) for n in place]}, {int(wrong.sum())} places like it"
        )
    return ""


def mismatch(
    found: np.ndarray,
    reference: np.ndarray,
    dtype: str,
    plain: Optional[np.ndarray] = None,
    softcap: bool = False,
) -> str:
    """What is wrong with `found`, or an empty string.

    `plain` is the output of the plain computation, needed for f16 and bf16.
    """
    wrong = misplaced(found, reference)
    if wrong:
        return wrong
    finite = np.isfinite(reference)
    found, reference = (np.where(finite, x, 0.0) for x in (found, reference))
    error = np.abs(found - reference)
    if dtype in BOUND:
        allowed = BOUND[dtype] * (1.0 + np.abs(reference))
    else:
        comparable = finite & np.isfinite(plain)
        worst = np.abs(plain[comparable] - reference[comparable]).max(initial=0.0)
        slack = units_in_last_place(reference, dtype)
        factor = FACTOR_SOFTCAP if softcap else FACTOR
        allowed = np.full(error.shape, factor * worst + slack)
    excess = error - allowed
    if not excess.size or excess.max() <= 0:
        return ""
    place = np.unravel_index(np.argmax(excess), excess.shape)
    return (
        f"expected {reference[place]} within {allowed[place]:.3g} but found "
        f"{found[place]} at {[int(n) for n in place]}, "
        f"{int((excess > 0).sum())} of {error.size} elements are off"
    )


def ratio(found: np.ndarray, reference: np.ndarray) -> float:
    """Root mean square of the error over that of the reference.

    Infinities and NaN must be in the same places, else the ratio is infinite; it
    is 0 where both are empty or equal.
    """
    if found.shape != reference.shape:
        raise ValueError(f"expected shape {reference.shape} but found {found.shape}")
    finite = np.isfinite(reference)
    if not np.array_equal(found[~finite], reference[~finite], equal_nan=True):
        return np.inf
    found, reference = found[finite], reference[finite]
    error = np.sqrt(((found - reference) ** 2).sum())
    size = np.sqrt((reference**2).sum())
    return 0.0 if error == 0 else float(error / size) if size else np.inf


def ratio_mismatch(
    found: np.ndarray, reference: np.ndarray, dtype: str, bound: float
) -> str:
    """What is wrong with an output of a linear or recurrent layer, or an empty
    string; `dtype` is the output's, `bound` of `LAYER` or `OPERATION`."""
    wrong = misplaced(found, reference)
    finite = np.isfinite(reference)
    if wrong or not finite.any():
        return wrong
    error = np.zeros(found.shape)
    error[finite] = np.abs(found[finite] - reference[finite])
    largest = np.abs(reference[finite]).max()
    if error.max() <= SMALLEST[dtype]:
        return ""
    relative = ratio(found, reference)
    if not relative <= bound:
        return f"expected a ratio of {bound:.3g} but found {relative:.3g}"
    if error.max() > LARGEST * bound * largest:
        place = np.unravel_index(np.argmax(error), error.shape)
        return (
            f"expected {reference[place]} within {LARGEST * bound * largest:.3g} "
            f"but found {found[place]} at {[int(n) for n in place]}"
        )
    return ""
