"""Short rows of values while a function is traced: `table[b, h, i]` of a captured
array with one more dimension, and what is computed from it.

    selected = blocks[b, h, i // 64]            # a row of captured numbers
    (selected == j // 64).any()                 # compared one by one, then any

Functions and methods of scalars are applied to each element; reductions make a
scalar of a row. Everything is unrolled, so rows have at most 256 elements.

Covered by test/python/test_mods.py.
"""

from __future__ import annotations

import functools
from typing import Any, Callable, Optional

from attn.scalars import Capture, Scalar, Traced, graph_of, lift, refuse

_LONGEST = 256


class Row(Traced):
    """Values side by side."""

    __hash__ = None
    ndim = 1

    def __init__(self, elements: list):
        self.elements = elements
        self.shape = (len(elements),)

    def __len__(self) -> int:
        return len(self.elements)

    def __getitem__(self, place: Any) -> Any:
        if not isinstance(place, int):
            refuse("expected a row of values to be indexed by a constant")
        return self.elements[place]

    def __iter__(self):
        return iter(self.elements)

    def __getattr__(self, name: str):
        from attn.functions_of_scalars import METHODS

        if name.startswith("__"):
            raise AttributeError(name)
        if name not in METHODS:
            refuse(f"rows of a traced function have no '{name}'")
        return functools.partial(METHODS[name], self)


def row_of(value: Any) -> Optional[Row]:
    """The row that a value is, if it is one."""
    if isinstance(value, Row):
        return value
    if isinstance(value, Capture) and value.ndim == 1:
        if value.shape[0] > _LONGEST:
            refuse(f"expected rows of up to {_LONGEST} elements but found {value.shape[0]}")
        return Row([value[place] for place in range(value.shape[0])])
    return None


def by_elements(function: Callable) -> Callable:
    """The function of scalars, for rows as well."""

    def wrapped(*args: Any, **names: Any) -> Any:
        rows = [row_of(value) for value in args]
        sizes = {len(row) for row in rows if row is not None}
        if not sizes:
            return function(*args, **names)
        if len(sizes) > 1:
            refuse(f"expected rows of equal length but found {' and '.join(map(str, sorted(sizes)))}")
        graph = graph_of(*(row[0] if row is not None else value for row, value in zip(rows, args)))
        return Row([
            lift(graph, function(
                *(value if row is None else row[place] for row, value in zip(rows, args)), **names
            ))
            for place in range(sizes.pop())
        ])

    return wrapped


def reduction(combine: Callable, prepare: Callable = lambda x: x) -> Callable:
    """A function that makes one value of a row; of a value it is that value."""

    def reduce(x: Any, dim: Any = None, keepdim: bool = False, **names: Any) -> Scalar:
        dim = names.get("axis", dim)
        if dim not in (None, 0, -1) or keepdim or names.get("keepdims"):
            refuse("expected a reduction of a whole row")
        row = row_of(x)
        values = [prepare(value) for value in ([x] if row is None else row)]
        result = lift(graph_of(*values), values[0])
        for value in values[1:]:
            result = combine(result, value)
        return result

    return reduce


def unsqueeze(x: Any, dim: int = -1) -> Any:
    """A value as a row of one, which takes part in rows of any length: itself."""
    if row_of(x) is not None:
        refuse("expected a value but found a row: rows have one dimension")
    return lift(graph_of(x), x)
