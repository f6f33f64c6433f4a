"""The one table of tolerances, and the comparison that uses it.

f64 and f32 outputs, and lse of any type, must be within `bound * (1 + |ref|)`
of the oracle, element by element. 16-bit outputs follow FlashAttention's rule
(tests/test_flash_attn.py of that project): the largest error is at most
`factor` times that of the plain computation in the same type, plus a few units
in the last place, measured as 2 |(ref + 0.3 - 0.3) - ref|.

Linear and recurrent layers are compared by `state_bound`: the root of the mean
square error over that of the reference, as the tests of flash-linear-attention do
(tests/ops of that project), and besides the largest error over the largest
element. Where that is not enough, `SENSITIVITY` says how much more rounding may
cost. Every number here follows from a count of roundings, none from errors seen.

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
# Half a unit in the last place, relative: what one rounding may cost.
UNIT = {"f64": 2.0**-53, "f32": 2.0**-24, "f16": 2.0**-11, "bf16": 2.0**-8}
# A linear or recurrent operation, root mean square of the error over that of the
# output. A sum of n terms of either sign, each partial sum rounded, is off by
# sqrt(n) / 2.4 units: reading sums over the rows of a state, and the state sums over
# tokens. What goes into a term is rounded some times more: exponential and product
# of decays, weighted key, scale.
TERM = 8
# A transition is a product over tokens. An exponential is off by up to 2 units and
# mostly to one side, so that these errors do not cancel.
FACTOR_OF_PRODUCT = 2
# In 16-bit types the output is rounded besides, each element by one unit at most.
#
# A layer rounds to its type between its parts: convolution, activation and norm of
# what is read and written, output, its norm and gate. These are 8 roundings,
# independent, of root mean square 0.42 units each (evenly spread over half a last
# place, and the mean over a binade): 1.2 units, and half as much again where one of
# them hits a few large elements. flash-linear-attention's tests allow 0.001 to 0.007
# (bf16), without norms and convolutions.
LAYER = 1.75
# Where an output divides by a sum that nearly cancels (mLSTM, whose divisor may be
# exp(-20)), or is a product of many small differences (transitions), rounding is
# amplified for any kernel. How much is measured: every input of the oracle moves
# up or down by four roundings of f32, and the outputs may be off by this factor
# times what they move. Four is what a token costs an element of the state: its
# decay, its product with the key, the sum, and the exponential's argument.
ROUNDINGS = 4
SENSITIVITY = 4.0
# Layers of softmax attention: root mean square of the error over that of the
# output, by the type of the sequences. flash-linear-attention's tests allow 0.001
# to 0.007 for 16-bit types, without the norms and convolutions that are here.
ATTENTION_LAYER = {"f64": 1e-12, "f32": 2e-6, "f16": 1e-3, "bf16": 5.5e-3}
# Factor for such layers of several blocks of 16-bit types: each block rounds a
# dozen tensors.
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


def state_bound(
    dtype: str, rows: int, tokens: int, layer: str = "", is_product: bool = False
) -> float:
    """The allowed ratio of an output of type `dtype` that reads `rows` rows of a
    state after `tokens` tokens, or is a product over them; of a layer in type
    `layer`, of the bare operation where that is empty."""
    inside = "f64" if "f64" in (dtype, layer) else "f32"
    grows = FACTOR_OF_PRODUCT * tokens if is_product else np.sqrt(tokens)
    bound = UNIT[inside] * (np.sqrt(rows) + grows + TERM)
    if layer in ("f16", "bf16"):
        return bound + LAYER * UNIT[layer]
    return bound + (UNIT[dtype] if dtype in ("f16", "bf16") else 0.0)


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
    string; `dtype` is the output's, `bound` that of `state_bound`."""
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
