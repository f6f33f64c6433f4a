"""Score and mask functions of Python as regions of a text.

`scan` looks at a function and everything that it reaches: code, constants of
closures and globals, helper functions, arrays. It gives a key, equal only for
functions that trace to the same region, and the arrays, which become operands.
`trace` calls a copy of the function in which `Capture`s stand for the arrays.
Nothing of PyTorch or NumPy is patched, and neither need be installed.

Covered by test/python/test_mods.py.
"""

from __future__ import annotations

import functools
import types
from dataclasses import dataclass
from typing import Any, Callable, Optional

import numpy as np

from attn import arrays
from attn.errors import TraceError
from attn.functions_of_scalars import _as
from attn.scalars import Capture, Graph, Scalar, lift

# Functions of these packages are known by name, not by their code.
_LIBRARIES = ("numpy", "torch", "math", "operator", "jax")
_PLAIN = (bool, int, float, complex, str, bytes, type(None), types.ModuleType, type)
_PLAIN += (types.BuiltinFunctionType, np.dtype, np.ufunc)


def _is_library(function: types.FunctionType) -> bool:
    return (function.__module__ or "").split(".")[0] in _LIBRARIES


@functools.lru_cache(maxsize=4096)
def _global_names(code: types.CodeType) -> tuple[str, ...]:
    """Names that code, and what is nested in it, may look up."""
    names = list(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names.extend(_global_names(constant))
    return tuple(dict.fromkeys(names))


def _globals(function: types.FunctionType) -> list[tuple[str, Any]]:
    """Globals that the function may read, other than those of libraries."""
    if _is_library(function):
        return []
    space = function.__globals__
    return [(name, space[name]) for name in _global_names(function.__code__) if name in space]


def _contents(function: types.FunctionType) -> list[Any]:
    values = []
    for cell in function.__closure__ or ():
        try:
            values.append(cell.cell_contents)
        except ValueError:  # Not assigned yet.
            values.append(None)
    return values


class Scan:
    """The key and the arrays of some functions, each array once."""

    def __init__(self) -> None:
        self.arrays: list[Any] = []
        self._places: dict[int, int] = {}
        # Objects whose identity is in the key: they stay alive with it.
        self.kept: list[Any] = []
        self._active: list[int] = []

    def key(self, value: Any) -> tuple:
        """What of `value` matters to tracing."""
        kind = type(value)
        if kind in (bool, int, float, str, type(None)):
            return (kind, value)
        if arrays.is_array(value):
            if isinstance(value, np.generic) or kind is np.generic:
                return (kind, value.item())
            place = self._places.get(id(value))
            if place is None:
                place = self._places[id(value)] = len(self.arrays)
                self.arrays.append(value)
            return ("array", place, tuple(value.shape), value.dtype)
        if isinstance(value, np.generic):
            return (kind, value.item())
        if id(value) in self._active:
            return ("again", len(self._active) - self._active.index(id(value)))
        self._active.append(id(value))
        try:
            return self._key_of_object(value)
        finally:
            self._active.pop()

    def _key_of_object(self, value: Any) -> tuple:
        if isinstance(value, types.FunctionType):
            parts = [self.key(v) for v in _contents(value)]
            parts += [self.key(v) for v in value.__defaults__ or ()]
            parts += [self.key(v) for v in (value.__kwdefaults__ or {}).values()]
            parts += [self.key(v) for _, v in _globals(value)]
            return (value.__code__, tuple(parts))
        if isinstance(value, types.MethodType):
            return ("method", self.key(value.__func__), self.key(value.__self__))
        if isinstance(value, functools.partial):
            return ("partial", *map(self.key, (value.func, value.args, value.keywords)))
        if isinstance(value, (tuple, list)):
            return (type(value), tuple(map(self.key, value)))
        if isinstance(value, dict):
            return ("dict", tuple((repr(k), self.key(v)) for k, v in value.items()))
        self.kept.append(value)
        if isinstance(value, _PLAIN) or not hasattr(value, "__dict__"):
            return ("object", id(value))
        call = getattr(type(value), "__call__", None)
        return ("object", type(value), self.key(call), self.key(dict(vars(value))))


class _Rewriter:
    """Copies of functions in which captures stand for arrays."""

    def __init__(self, captures: dict[int, Capture]):
        self.captures = captures
        self._done: dict[int, Any] = {}

    def rewrite(self, value: Any) -> Any:
        """`value`, or a copy of it."""
        if id(value) in self.captures:
            return self.captures[id(value)]
        if isinstance(value, _PLAIN):
            return value
        if id(value) in self._done:
            return self._done[id(value)]
        if isinstance(value, types.FunctionType):
            return self._rewrite_function(value)
        if isinstance(value, types.MethodType):
            return types.MethodType(self.rewrite(value.__func__), self.rewrite(value.__self__))
        if isinstance(value, functools.partial):
            words = {k: self.rewrite(v) for k, v in value.keywords.items()}
            return functools.partial(
                self.rewrite(value.func), *map(self.rewrite, value.args), **words
            )
        if type(value) in (tuple, list):
            return type(value)(map(self.rewrite, value))
        if type(value) is dict:
            return {k: self.rewrite(v) for k, v in value.items()}
        return self._rewrite_object(value)

    def _rewrite_function(self, function: types.FunctionType) -> types.FunctionType:
        cells = tuple(types.CellType() for _ in function.__closure__ or ())
        space = dict(function.__globals__)
        copy = types.FunctionType(function.__code__, space, function.__name__, None, cells or None)
        self._done[id(function)] = copy
        for name, value in _globals(function):
            space[name] = self.rewrite(value)
        for cell, value in zip(cells, _contents(function)):
            cell.cell_contents = self.rewrite(value)
        copy.__defaults__ = self.rewrite(function.__defaults__)
        copy.__kwdefaults__ = self.rewrite(function.__kwdefaults__)
        copy.__module__ = function.__module__
        return copy

    def _rewrite_object(self, value: Any) -> Any:
        try:
            attributes = vars(value)
            copy = object.__new__(type(value))
        except TypeError:
            return value
        self._done[id(value)] = copy
        for name, attribute in attributes.items():
            copy.__dict__[name] = self.rewrite(attribute)
        return copy


@dataclass(frozen=True)
class Region:
    """The lines of a region, its result, and the arrays that it reads, by their
    numbers among those that were scanned."""

    lines: tuple[str, ...]
    result: str
    used: tuple[int, ...]


def capture_name(place: int) -> str:
    """What an array is called in the text."""
    return f"%capture{place}"


def _run(function: Callable, scanned: list[Any], graph: Graph, args: list) -> Any:
    captures = {
        id(array): Capture(graph, capture_name(place), array)
        for place, array in enumerate(scanned)
    }
    copy = _Rewriter(captures).rewrite(function)
    try:
        return copy(*args)
    except TraceError as error:
        # One message, without the frames of the tracer.
        raise TraceError(str(error)) from None


def trace(function: Callable, kind: str, scanned: list[Any], float_type: str) -> Region:
    """The region of a `score` (score, b, h, i, j) or `mask` (b, h, i, j) function.

    scanned: the arrays of a `Scan` that has seen the function.
    """
    graph = Graph(float_type)
    args = [Scalar(graph, f"%{name}", "int", is_natural=True) for name in "bhij"]
    if kind == "score":
        args.insert(0, Scalar(graph, "%s", "float"))
    result = _run(function, scanned, graph, args)
    label = getattr(function, "__name__", type(function).__name__)
    if not isinstance(result, (Scalar, Capture, bool, int, float, np.generic)) and not (
        arrays.is_array(result) and tuple(result.shape) == ()
    ):
        raise TraceError(
            f"expected {kind} function '{label}' to return a value but found "
            f"{type(result).__name__}"
        )
    value = lift(graph, result)
    if kind == "mask" and value.kind == "float":
        raise TraceError(f"expected mask function '{label}' to return a bool but found a float")
    value = _as("float" if kind == "score" else "bool", value)
    text = "\n".join(graph.lines)
    used = tuple(
        place
        for place in range(len(scanned))
        if f"{capture_name(place)}[" in text or f"{capture_name(place)}_wide[" in text
    )
    return Region(tuple(graph.lines), value.name, used)


def count_arguments(function: Callable) -> Optional[int]:
    """The number of positional arguments, if it is fixed."""
    import inspect

    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return None
    return sum(
        p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and p.default is p.empty
        for p in parameters
    )
