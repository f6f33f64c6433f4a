"""Values of a score or mask function while it is traced.

The function is called once with `Scalar`s in place of numbers; what it does to
them becomes operations of a region:

    lambda score, b, h, i, j: score - abs(i - j)
        %x0 = arith.subi %i, %j : index
        %x1 = math.absi %x0 : index
        ...

A scalar is an integer (`index` in the text), a float (the type of the scores) or
a bool. Operators of Python, functions of NumPy and of PyTorch, and the methods
that tensors have are understood; Python's `if`, `and`, `or`, `not`, `int()` are
not, since there is no value yet.

Covered by test/python/test_mods.py.
"""

from __future__ import annotations

import functools
import struct
import sys
from typing import Any, Callable, Optional, Sequence

import numpy as np

from attn import arrays
from attn.errors import TraceError

_HERE = __file__
# Element types that vectors cannot gather: how they are converted as a whole.
WIDENED = {
    "i1": ("arith.extui", "i32"),
    "i8": ("arith.extsi", "i32"),
    "i16": ("arith.extsi", "i32"),
    "f16": ("arith.extf", "f32"),
    "bf16": ("arith.extf", "f32"),
}


def where_in_user_code() -> str:
    """The line of the function that is being traced."""
    frame = sys._getframe(1)
    package = _HERE.rsplit("/", 1)[0]
    while frame is not None:
        name = frame.f_code.co_filename
        library = f"{package}/" in name or "/numpy/" in name or "/torch/" in name
        if not library:
            return f"{name}:{frame.f_lineno}, in {frame.f_code.co_name}"
        frame = frame.f_back
    return "in the function"


def refuse(message: str):
    """Raises the error about the line that is being traced."""
    raise TraceError(f"{where_in_user_code()}: {message}")


class Graph:
    """The operations of one region, equal ones once."""

    def __init__(self, float_type: str):
        self.float_type = float_type
        self.lines: list[str] = []
        self._known: dict[str, str] = {}

    def emit(self, operation: str) -> str:
        """The name of the result of an operation."""
        if operation not in self._known:
            name = f"%x{len(self._known)}"
            self._known[operation] = name
            self.lines.append(f"{name} = {operation}")
        return self._known[operation]

    def type_of(self, kind: str) -> str:
        """The type of a kind in the text."""
        return {"int": "index", "float": self.float_type, "bool": "i1"}[kind]

    def constant(self, value: Any) -> "Scalar":
        """A number of Python."""
        if isinstance(value, (bool, np.bool_)):
            text = "true" if value else "false"
            return Scalar(self, self.emit(f"arith.constant {text}"), "bool")
        if isinstance(value, (int, np.integer)):
            name = self.emit(f"arith.constant {int(value)} : index")
            return Scalar(self, name, "int", abs(int(value)) >= 2**31, value >= 0, int(value))
        value = float(value)
        if np.isfinite(value):
            text = repr(value)
            text = text if "." in text else text.replace("e", ".0e")
        elif self.float_type == "f32":
            text = "0x%08X" % struct.unpack("<I", struct.pack("<f", value))
        else:
            text = "0x%016X" % struct.unpack("<Q", struct.pack("<d", value))
        return Scalar(self, self.emit(f"arith.constant {text} : {self.float_type}"), "float")


class Traced:
    """NumPy's and PyTorch's functions of it are traced."""

    __slots__ = ()

    def __array_ufunc__(self, ufunc, method, *args, **kwargs):
        if method != "__call__":
            refuse(f"numpy.{ufunc.__name__}.{method} cannot be traced")
        return call(ufunc.__name__, args, kwargs)

    def __array_function__(self, function, types, args, kwargs):
        return call(function.__name__, args, kwargs)

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        return call(function.__name__, args, kwargs or {})


class Scalar(Traced):
    """A value that the kernel will have."""

    __slots__ = ("graph", "name", "kind", "is_wide", "is_natural", "value", "is_unbounded")
    __hash__ = None
    # NumPy's and PyTorch's scalars on the left leave operators to us.
    __array_priority__ = 1000
    ndim = 0
    shape = ()
    # Handed on by mods to new_ones and the like.
    device = "cpu"

    def __init__(
        self,
        graph: Graph,
        name: str,
        kind: str,
        is_wide: bool = False,
        is_natural: bool = False,
        value: Optional[int] = None,
        is_unbounded: bool = False,
    ):
        self.graph = graph
        self.name = name
        self.kind = kind
        # Of integers: may exceed 32 bits; is not negative; is this constant; is
        # more than a sum of positions and constants.
        self.is_wide = is_wide
        self.is_natural = is_natural
        self.value = value
        self.is_unbounded = is_unbounded

    @property
    def dtype(self) -> str:
        """What can be said of its type, for conversions to it."""
        return self.kind

    def __repr__(self) -> str:
        return f"<value of the traced function: {self.kind}>"

    def _no_value(self, what: str):
        refuse(
            f"{what} needs a value, but the function is traced once for all pairs; "
            "use where(condition, a, b) for if, and &, |, ~ for and, or, not"
        )

    def __bool__(self):
        self._no_value("the condition")

    def __int__(self):
        self._no_value("int()")

    def __float__(self):
        self._no_value("float() or a function of math")

    def __index__(self):
        self._no_value("an index or range()")

    def __len__(self):
        self._no_value("len()")

    def __iter__(self):
        self._no_value("a loop")

    def __getattr__(self, name: str):
        from attn.functions_of_scalars import METHODS

        if name.startswith("__"):
            raise AttributeError(name)
        method = METHODS.get(name)
        if method is None:
            refuse(f"values of a traced function have no '{name}'")
        return functools.partial(method, self)


def call(name: str, args: Sequence, kwargs: dict) -> Any:
    """A function of NumPy or PyTorch, by its name."""
    from attn.functions_of_scalars import FUNCTIONS

    function = FUNCTIONS.get(name.strip("_"))
    if function is None:
        refuse(f"'{name}' cannot be traced")
    return function(*args, **kwargs)


class Capture(Traced):
    """An array that the function reads, to be indexed by values."""

    __hash__ = None

    def __init__(self, graph: Graph, name: str, array: Any, indices: tuple = ()):
        self._graph, self._name, self._array, self._indices = graph, name, array, indices
        self.shape = tuple(array.shape)[len(indices) :]
        self.ndim = len(self.shape)
        self.dtype = array.dtype

    def size(self, dimension: Optional[int] = None):
        """As of a tensor of PyTorch."""
        return self.shape if dimension is None else self.shape[dimension]

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: Any) -> Any:
        indices = (*self._indices, *(index if isinstance(index, tuple) else (index,)))
        rank = len(self._array.shape)
        if len(indices) > rank:
            refuse(f"expected at most {rank} indices of an array but found {len(indices)}")
        for place in indices:
            if isinstance(place, (slice, type(None), type(...))):
                refuse("expected an array to be indexed by integers but found a slice")
        here = Capture(self._graph, self._name, self._array, indices)
        return here.scalar() if here.ndim == 0 else here

    def scalar(self) -> Scalar:
        """The element, once there is an index for each dimension."""
        graph = self._graph
        if self.ndim:
            refuse(
                f"expected {len(self._array.shape)} indices of an array but found "
                f"{len(self._indices)}"
            )
        names = []
        for place, size in zip(self._indices, self._array.shape):
            if isinstance(place, (int, np.integer)) and place < 0:
                place += size
            place = lift(graph, place)
            if place.kind != "int":
                refuse(f"expected an integer as an index but found a {place.kind}")
            names.append(place.name)
        dtype = arrays.dtype_of(self._array, "a captured array")
        source, element = self._name, dtype
        # Rows of such elements can be read where they are, others not gathered.
        if dtype in WIDENED and names and names[-1] not in ("%i", "%j"):
            source, element = f"{source}_wide", WIDENED[dtype][1]
        dims = "x".join([*"?" * len(self._array.shape), element])
        name = graph.emit(f"tensor.extract {source}[{', '.join(names)}] : tensor<{dims}>")
        if dtype == "i1":
            if element == "i1":
                return Scalar(graph, name, "bool")
            zero = graph.emit("arith.constant 0 : i32")
            return Scalar(graph, graph.emit(f"arith.cmpi ne, {name}, {zero} : i32"), "bool")
        dtype, wide = element, dtype == "i64"
        if dtype[0] == "i":
            name = graph.emit(f"arith.index_cast {name} : {dtype} to index")
            return Scalar(graph, name, "int", is_wide=wide, is_unbounded=True)
        if dtype != graph.float_type:
            wider = graph.float_type == "f64" or dtype in ("f16", "bf16")
            cast = "extf" if wider else "truncf"
            name = graph.emit(f"arith.{cast} {name} : {dtype} to {graph.float_type}")
        return Scalar(graph, name, "float")

    def __getattr__(self, name: str):
        from attn.functions_of_scalars import METHODS

        if name.startswith("__"):
            raise AttributeError(name)
        if self.ndim == 1 and name in METHODS:
            return functools.partial(METHODS[name], self)
        return getattr(self.scalar(), name)


def lift(graph: Graph, value: Any) -> Scalar:
    """A value of a traced function: itself, or a number as a constant."""
    if isinstance(value, Scalar):
        return value
    if isinstance(value, Capture):
        return value.scalar()
    if isinstance(value, (bool, int, float, np.generic)):
        return graph.constant(value)
    if arrays.is_array(value):
        if tuple(value.shape) == ():
            return graph.constant(value.item())
        refuse("an array that is made inside of the function cannot be traced; make it outside")
    refuse(f"expected a value or number but found {type(value).__name__}")


def graph_of(*values: Any) -> Graph:
    """The region that is being traced."""
    for value in values:
        if isinstance(value, Scalar):
            return value.graph
        if isinstance(value, Capture):
            return value._graph
    refuse("expected a value of the traced function")


def add_operators(homes: Sequence[type], table: dict[str, Callable]) -> None:
    """Gives classes of traced values Python's operators."""
    for name, function in table.items():
        for home in homes:
            setattr(home, f"__{name}__", function)
