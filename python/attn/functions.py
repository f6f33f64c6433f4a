"""Score and mask functions of `attn-gen --list`, in NumPy.

Each entry takes the inputs of a problem by name, the function's integer
arguments and the diagonal d, and returns a function for `reference.attention`:
scores (s, b, h, i, j) -> s, masks (b, h, i, j) -> bool, where i is a column of
queries and j a row of keys. p = i + d is the query's place among the keys.

Written from the formulae that `attn-gen --list` prints, not from the text it
writes. Covering test: test/python/reference_test.py.
"""

from __future__ import annotations

from typing import Callable, Mapping, Sequence

import numpy as np

from attn.reference import Mask, Score

Inputs = Mapping[str, np.ndarray]


def _alibi(x: Inputs, n: Sequence[int], d: int) -> Score:
    return lambda s, b, h, i, j: s - x["slopes"][h] * np.abs(i + d - j)


def _forget(x: Inputs, n: Sequence[int], d: int) -> Score:
    def score(s, b, h, i, j):
        return s + x["query_decay"][b, h][:, None] - x["key_decay"][b, h][None, :]

    return score


def _kerple(x: Inputs, n: Sequence[int], d: int) -> Score:
    def score(s, b, h, i, j):
        return s - x["strength"][h] * np.log1p(x["rate"][h] * np.abs(i + d - j))

    return score


def _key_bias(x: Inputs, n: Sequence[int], d: int) -> Score:
    return lambda s, b, h, i, j: s + x["key_bias"][b][None, :]


def _learned_table(x: Inputs, n: Sequence[int], d: int) -> Score:
    def score(s, b, h, i, j):
        return s + x["table"][h][np.clip(j - (i + d), -n[0], n[0]) + n[0]]

    return score


def _relative(x: Inputs, n: Sequence[int], d: int) -> Score:
    return lambda s, b, h, i, j: s + x["rate"] * (j - (i + d))


def _relative_squared(x: Inputs, n: Sequence[int], d: int) -> Score:
    return lambda s, b, h, i, j: s - x["rate"] * (j - (i + d)) ** 2


def _tanh(x: Inputs, n: Sequence[int], d: int) -> Score:
    return lambda s, b, h, i, j: n[0] * np.tanh(s / n[0])


def _temperature(x: Inputs, n: Sequence[int], d: int) -> Score:
    return lambda s, b, h, i, j: s * x["temperature"][h]


SCORES: dict[str, Callable[[Inputs, Sequence[int], int], Score]] = {
    "alibi": _alibi,
    "forget": _forget,
    "kerple": _kerple,
    "key-bias": _key_bias,
    "learned-table": _learned_table,
    "relative": _relative,
    "relative-squared": _relative_squared,
    "tanh": _tanh,
    "temperature": _temperature,
}


def _strided(n: Sequence[int], d: int) -> Mask:
    def mask(b, h, i, j):
        distance = i + d - j
        return (distance >= 0) & ((distance < n[0]) | (j % n[1] == 0))

    return mask


def _document(x: Inputs) -> Mask:
    def mask(b, h, i, j):
        return x["query_document"][b][:, None] == x["key_document"][b][None, :]

    return mask


def _interval(x: Inputs) -> Mask:
    def mask(b, h, i, j):
        return (j >= x["first"][b][:, None]) & (j < x["last"][b][:, None])

    return mask


# Floor division and the remainder of NumPy round down, so that blocks of
# queries before the first key have negative numbers and match no key.
MASKS: dict[str, Callable[[Inputs, Sequence[int], int], Mask]] = {
    "all": lambda x, n, d: lambda b, h, i, j: (i >= 0) & (j >= 0),
    "block-causal": lambda x, n, d: lambda b, h, i, j: j // n[0] <= (i + d) // n[0],
    "block-diagonal": lambda x, n, d: lambda b, h, i, j: i // n[0] == j // n[0],
    "causal-region": lambda x, n, d: lambda b, h, i, j: j <= i + d,
    "checkerboard": lambda x, n, d: lambda b, h, i, j: (i + j) % 2 == 0,
    "chunked": lambda x, n, d: lambda b, h, i, j: ((i + d) // n[0] == j // n[0])
    & (j <= i + d),
    "dilated": lambda x, n, d: lambda b, h, i, j: ((i + d - j) % n[0] == 0)
    & (j <= i + d),
    "document": lambda x, n, d: _document(x),
    "interval": lambda x, n, d: _interval(x),
    "length": lambda x, n, d: lambda b, h, i, j: (i >= 0) & (j < x["lengths"][b]),
    "none": lambda x, n, d: lambda b, h, i, j: (i < 0) & (j < 0),
    "per-head": lambda x, n, d: lambda b, h, i, j: (j <= i + d) | (h % 2 == 1),
    "prefix": lambda x, n, d: lambda b, h, i, j: (j <= i + d) | (j < n[0]),
    "prefix-length": lambda x, n, d: lambda b, h, i, j: (j <= i + d)
    | (j < x["prefixes"][b]),
    "skip-rows": lambda x, n, d: lambda b, h, i, j: (i % n[0] != 0) & (j >= 0),
    "strided": lambda x, n, d: _strided(n, d),
    "valid-length": lambda x, n, d: lambda b, h, i, j: (i >= 0) & (j < x["length"]),
    "window-region": lambda x, n, d: lambda b, h, i, j: (j >= i + d - n[0])
    & (j <= i + d + n[1]),
}
