"""What can be done with a value of a traced function, by name.

`FUNCTIONS` has functions of NumPy and PyTorch and operators of Python, `METHODS`
methods of tensors. Integers become floats as in PyTorch: by true division and by
functions such as exp. Integer division and remainder round down.

Covered by test/python/test_mods.py.
"""

from __future__ import annotations

import functools
import math
from typing import Any, Callable

import numpy as np

from attn.rows_of_scalars import Row, by_elements, reduction, row_of, unsqueeze
from attn.scalars import Capture, Scalar, add_operators, graph_of, lift, refuse


def _as(kind: str, x: Scalar) -> Scalar:
    """`x` as an integer, float or bool."""
    graph = x.graph
    if x.kind == kind:
        return x
    if kind == "bool":
        zero = graph.constant(0 if x.kind == "int" else 0.0)
        return _compare("ne", x, zero)
    if x.kind == "bool":
        one, zero = graph.constant(1), graph.constant(0)
        name = graph.emit(f"arith.select {x.name}, {one.name}, {zero.name} : index")
        whole = Scalar(graph, name, "int", is_natural=True)
        return whole if kind == "int" else _as("float", whole)
    if kind == "float":
        if x.value is not None:
            return graph.constant(float(x.value))
        return Scalar(
            graph, graph.emit(f"arith.sitofp {_narrow(x)} : i32 to {graph.float_type}"), "float"
        )
    whole = graph.emit(f"arith.fptosi {x.name} : {graph.float_type} to i32")
    return Scalar(graph, graph.emit(f"arith.index_cast {whole} : i32 to index"), "int")


def _narrow(x: Scalar) -> str:
    """An integer in the 32 bits that vectors have; what does not fit becomes the
    nearest that does."""
    if x.is_wide:
        x = minimum(maximum(x, -(2**31)), 2**31 - 1)
    return x.graph.emit(f"arith.index_cast {x.name} : index to i32")


def _pair(a: Any, b: Any, least: str = "bool") -> tuple[Scalar, Scalar]:
    """Both operands in the kind that has both, and at least `least`."""
    graph = graph_of(a, b)
    a, b = lift(graph, a), lift(graph, b)
    order = ("bool", "int", "float")
    kind = max(a.kind, b.kind, least, key=order.index)
    return _as(kind, a), _as(kind, b)


def _binary(operation: str, a: Scalar, b: Scalar, is_natural: bool = False) -> Scalar:
    graph = a.graph
    name = graph.emit(f"arith.{operation} {a.name}, {b.name} : {graph.type_of(a.kind)}")
    unbounded = operation == "muli" or a.is_unbounded or b.is_unbounded
    return Scalar(graph, name, a.kind, a.is_wide or b.is_wide, is_natural, None, unbounded)


def _divide_integers(operation: str, a: Scalar, b: Scalar, is_natural: bool) -> Scalar:
    """Division has vector forms of 32 bits, and of positions, which are known to
    fit; products of them and what comes from memory are not."""
    if not (a.is_unbounded or b.is_unbounded):
        return _binary(operation, a, b, is_natural)
    graph = a.graph
    narrow = graph.emit(f"arith.{operation} {_narrow(a)}, {_narrow(b)} : i32")
    name = graph.emit(f"arith.index_cast {narrow} : i32 to index")
    return Scalar(graph, name, "int", False, is_natural)


def _arithmetic(operation: str, keeps_natural: bool) -> Callable:
    def function(a: Any, b: Any, *, alpha: Any = 1) -> Scalar:
        if alpha != 1:
            b = multiply(b, alpha)
        a, b = _pair(a, b, "int")
        suffix = "f" if a.kind == "float" else "i"
        natural = keeps_natural and a.is_natural and b.is_natural
        return _binary(operation + suffix, a, b, natural)

    return function


add = _arithmetic("add", True)
subtract = _arithmetic("sub", False)
multiply = _arithmetic("mul", True)


def divide(a: Any, b: Any, *, rounding_mode: Any = None) -> Scalar:
    """True division, or PyTorch's with a rounding mode."""
    if rounding_mode == "floor":
        return floor_divide(a, b)
    if rounding_mode is not None:
        refuse(f"expected rounding_mode None or 'floor' but found {rounding_mode!r}")
    return _binary("divf", *_pair(a, b, "float"))


def floor_divide(a: Any, b: Any) -> Scalar:
    """Division that rounds down."""
    a, b = _pair(a, b, "int")
    if a.kind == "float":
        return _float_function("math.floor")(_binary("divf", a, b))
    return _divide_integers("floordivsi", a, b, a.is_natural and b.is_natural)


def remainder(a: Any, b: Any) -> Scalar:
    """What floor_divide leaves: it has the sign of the divisor."""
    a, b = _pair(a, b, "int")
    if a.kind == "float":
        return subtract(a, multiply(floor_divide(a, b), b))
    rest = _divide_integers("remsi", a, b, a.is_natural)
    if a.is_natural and b.is_natural:
        return rest
    differs = _compare("lt", multiply(rest, b), a.graph.constant(0))
    result = where(differs, add(rest, b), rest)
    result.is_natural = b.is_natural
    return result


def power(a: Any, b: Any) -> Scalar:
    """A small whole power by products, others of floats by math.powf."""
    if isinstance(b, (int, np.integer)) and 0 <= b <= 8:
        graph = graph_of(a)
        result = graph.constant(1)
        for _ in range(b):
            result = multiply(result, a) if result.value != 1 else lift(graph, a)
        return result
    a, b = _pair(a, b, "float")
    name = a.graph.emit(f"math.powf {a.name}, {b.name} : {a.graph.float_type}")
    return Scalar(a.graph, name, "float")


_PREDICATES = {"lt": "olt", "le": "ole", "gt": "ogt", "ge": "oge", "eq": "oeq", "ne": "une"}


def _compare(which: str, a: Any, b: Any) -> Scalar:
    a, b = _pair(a, b)
    graph = a.graph
    if a.kind == "float":
        operation = f"cmpf {_PREDICATES[which]}"
    else:
        if a.kind == "bool":
            a, b = _as("int", a), _as("int", b)
        operation = f"cmpi {which if which in ('eq', 'ne') else 's' + which}"
    name = graph.emit(f"arith.{operation}, {a.name}, {b.name} : {graph.type_of(a.kind)}")
    return Scalar(graph, name, "bool")


def _comparison(which: str) -> Callable:
    return lambda a, b: _compare(which, a, b)


def _bitwise(operation: str) -> Callable:
    def function(a: Any, b: Any) -> Scalar:
        a, b = _pair(a, b)
        if a.kind == "float":
            refuse("expected bools or integers for &, | and ^ but found a float")
        return _binary(operation, a, b, a.is_natural and b.is_natural)

    return function


def _logical(operation: str) -> Callable:
    def function(a: Any, b: Any) -> Scalar:
        graph = graph_of(a, b)
        a, b = _as("bool", lift(graph, a)), _as("bool", lift(graph, b))
        return _binary(operation, a, b)

    return function


def invert(a: Any) -> Scalar:
    """~ of a bool or integer."""
    a = lift(graph_of(a), a)
    if a.kind == "float":
        refuse("expected a bool or integer for ~ but found a float")
    ones = a.graph.constant(True if a.kind == "bool" else -1)
    return _binary("xori", a, ones)


def _shift(operation: str) -> Callable:
    def function(a: Any, b: Any) -> Scalar:
        a, b = _pair(a, b, "int")
        if a.kind == "float":
            refuse("expected integers for << and >> but found a float")
        return _binary(operation, a, b, a.is_natural)

    return function


def _extreme(operation: str) -> Callable:
    def function(a: Any, b: Any) -> Scalar:
        a, b = _pair(a, b, "int")
        suffix = "imumf" if a.kind == "float" else "si"
        natural = a.is_natural and b.is_natural
        return _binary(operation + suffix, a, b, natural)

    return function


maximum, minimum = _extreme("max"), _extreme("min")


def clip(x: Any, low: Any = None, high: Any = None, **names: Any) -> Scalar:
    """At least `low` and at most `high`; PyTorch calls them min and max."""
    low = names.get("min", names.get("a_min", low))
    high = names.get("max", names.get("a_max", high))
    x = lift(graph_of(x, low, high), x)
    if low is not None:
        x = maximum(x, low)
        x.is_natural = x.is_natural or (isinstance(low, int) and low >= 0)
    return x if high is None else minimum(x, high)


def where(condition: Any, a: Any, b: Any) -> Scalar:
    """a where the condition holds, else b."""
    graph = graph_of(condition, a, b)
    condition = _as("bool", lift(graph, condition))
    a, b = _pair(*(lift(graph, value) for value in (a, b)))
    name = graph.emit(
        f"arith.select {condition.name}, {a.name}, {b.name} : {graph.type_of(a.kind)}"
    )
    return Scalar(
        graph, name, a.kind, a.is_wide or b.is_wide, a.is_natural and b.is_natural, None,
        a.is_unbounded or b.is_unbounded,
    )


def _float_function(operation: str) -> Callable:
    def function(x: Any) -> Scalar:
        x = _as("float", lift(graph_of(x), x))
        name = x.graph.emit(f"{operation} {x.name} : {x.graph.float_type}")
        return Scalar(x.graph, name, "float")

    return function


def absolute(x: Any) -> Scalar:
    """|x|"""
    x = lift(graph_of(x), x)
    if x.kind == "float":
        return _float_function("math.absf")(x)
    x = _as("int", x)
    return Scalar(x.graph, maximum(x, negative(x)).name, "int", x.is_wide, True)


def negative(x: Any) -> Scalar:
    """-x"""
    x = lift(graph_of(x), x)
    if x.kind == "float":
        return _float_function("arith.negf")(x)
    return subtract(0, x)


def positive(x: Any) -> Scalar:
    """+x"""
    return lift(graph_of(x), x)


def sigmoid(x: Any) -> Scalar:
    """1 / (1 + exp(-x))"""
    return divide(1.0, add(1.0, _float_function("math.exp")(negative(_as("float", positive(x))))))


def gelu(x: Any, approximate: str = "none") -> Scalar:
    """x times the normal distribution's share below x."""
    x = _as("float", positive(x))
    if approximate == "tanh":
        inner = multiply(math.sqrt(2 / math.pi), add(x, multiply(0.044715, power(x, 3))))
        share = _float_function("math.tanh")(inner)
    else:
        share = _float_function("math.erf")(multiply(x, math.sqrt(0.5)))
    return multiply(multiply(0.5, x), add(1.0, share))


def dot(a: Any, b: Any) -> Scalar:
    """The product of two rows, element by element."""
    rows = row_of(a), row_of(b)
    if rows[0] is None or rows[1] is None:
        refuse("expected rows of two arrays for dot")
    if len(rows[0]) != len(rows[1]):
        refuse(f"expected rows of equal length but found {len(rows[0])} and {len(rows[1])}")
    products = [multiply(x, y) for x, y in zip(*rows)]
    return functools.reduce(add, products)


def _convert(kind: str) -> Callable:
    return lambda x, *_, **__: _as(kind, positive(x))


def to(x: Any, dtype: Any = None, *_, **names: Any) -> Scalar:
    """As another type, of which only integer, float or bool matters."""
    dtype = names.get("dtype", dtype)
    text = str(getattr(dtype, "__name__", dtype)).rsplit(".", 1)[-1]
    for kind in ("bool", "int", "float"):
        if kind in text or (kind == "float" and text in ("half", "double")):
            return _as(kind, positive(x))
    return positive(x)


def _filled(value: int) -> Callable:
    def function(x: Any, *_, dtype: Any = None, **__) -> Scalar:
        constant = graph_of(x).constant(value)
        return constant if dtype is None else to(constant, dtype)

    return function


_MATH = {
    "exp": "math.exp",
    "exp2": "math.exp2",
    "expm1": "math.expm1",
    "log": "math.log",
    "log2": "math.log2",
    "log10": "math.log10",
    "log1p": "math.log1p",
    "tanh": "math.tanh",
    "sin": "math.sin",
    "cos": "math.cos",
    "sqrt": "math.sqrt",
    "rsqrt": "math.rsqrt",
    "erf": "math.erf",
    "floor": "math.floor",
    "ceil": "math.ceil",
}
_OF_ELEMENTS: dict[str, Callable] = {
    "add": add,
    "sub": subtract,
    "subtract": subtract,
    "rsub": lambda a, b: subtract(b, a),
    "mul": multiply,
    "multiply": multiply,
    "div": divide,
    "divide": divide,
    "truediv": divide,
    "true_divide": divide,
    "floordiv": floor_divide,
    "floor_divide": floor_divide,
    "mod": remainder,
    "remainder": remainder,
    "pow": power,
    "power": power,
    "float_power": power,
    "square": lambda x: power(x, 2),
    "less": _comparison("lt"),
    "less_equal": _comparison("le"),
    "greater": _comparison("gt"),
    "greater_equal": _comparison("ge"),
    "equal": _comparison("eq"),
    "not_equal": _comparison("ne"),
    **{name: _comparison(name) for name in _PREDICATES},
    "and": _bitwise("andi"),
    "or": _bitwise("ori"),
    "xor": _bitwise("xori"),
    "bitwise_and": _bitwise("andi"),
    "bitwise_or": _bitwise("ori"),
    "bitwise_xor": _bitwise("xori"),
    "bitwise_not": invert,
    "invert": invert,
    "logical_and": _logical("andi"),
    "logical_or": _logical("ori"),
    "logical_xor": _logical("xori"),
    "logical_not": lambda x: invert(_as("bool", positive(x))),
    "lshift": _shift("shli"),
    "rshift": _shift("shrsi"),
    "left_shift": _shift("shli"),
    "right_shift": _shift("shrsi"),
    "bitwise_left_shift": _shift("shli"),
    "bitwise_right_shift": _shift("shrsi"),
    "maximum": maximum,
    "minimum": minimum,
    "fmax": maximum,
    "fmin": minimum,
    "clip": clip,
    "clamp": clip,
    "clamp_min": lambda x, low: clip(x, low),
    "clamp_max": lambda x, high: clip(x, None, high),
    "where": where,
    "abs": absolute,
    "absolute": absolute,
    "fabs": absolute,
    "neg": negative,
    "negative": negative,
    "pos": positive,
    "positive": positive,
    "sigmoid": sigmoid,
    "expit": sigmoid,
    "relu": lambda x, inplace=False: maximum(x, 0),
    "silu": lambda x, inplace=False: multiply(x, sigmoid(x)),
    "gelu": gelu,
    "ones_like": _filled(1),
    "zeros_like": _filled(0),
    "full_like": lambda x, value, **_: graph_of(x).constant(value),
    **{name: _float_function(operation) for name, operation in _MATH.items()},
}
_OF_ROWS: dict[str, Callable] = {
    "dot": dot,
    "inner": dot,
    "any": reduction(_logical("ori"), _convert("bool")),
    "all": reduction(_logical("andi"), _convert("bool")),
    "sum": reduction(add, lambda x: _as("int", x) if x.kind == "bool" else x),
    "prod": reduction(multiply),
    "amax": reduction(maximum),
    "amin": reduction(minimum),
    "unsqueeze": unsqueeze,
}
FUNCTIONS: dict[str, Callable] = {
    **{name: by_elements(function) for name, function in _OF_ELEMENTS.items()},
    **_OF_ROWS,
}
_METHODS_OF_ELEMENTS: dict[str, Callable] = {
    "to": to,
    "type": to,
    "astype": to,
    "float": _convert("float"),
    "double": _convert("float"),
    "half": _convert("float"),
    "bfloat16": _convert("float"),
    "int": _convert("int"),
    "long": _convert("int"),
    "bool": _convert("bool"),
    "new_ones": lambda x, size=(), **names: _filled(1)(x, **names),
    "new_zeros": lambda x, size=(), **names: _filled(0)(x, **names),
    "new_full": lambda x, size, value, **_: graph_of(x).constant(value),
    "where": lambda x, condition, other: where(condition, x, other),
    "view_as": lambda x, other: x,
    "expand_as": lambda x, other: x,
    "squeeze": lambda x, *_: x,
    "clone": lambda x: x,
    "detach": lambda x: x,
    "contiguous": lambda x: x,
}
METHODS: dict[str, Callable] = {
    **FUNCTIONS,
    **{name: by_elements(function) for name, function in _METHODS_OF_ELEMENTS.items()},
    "dim": lambda x: 0 if row_of(x) is None else 1,
}


def _swapped(function: Callable) -> Callable:
    return lambda a, b: function(b, a)


_ARITHMETIC = {
    "add": add,
    "sub": subtract,
    "mul": multiply,
    "truediv": divide,
    "floordiv": floor_divide,
    "mod": remainder,
    "pow": power,
    "and": _bitwise("andi"),
    "or": _bitwise("ori"),
    "xor": _bitwise("xori"),
    "lshift": _shift("shli"),
    "rshift": _shift("shrsi"),
}
_OPERATORS: dict[str, Callable] = {
    **_ARITHMETIC,
    **{"r" + name: _swapped(function) for name, function in _ARITHMETIC.items()},
    **{name: _comparison(name) for name in _PREDICATES},
    "abs": absolute,
    "neg": negative,
    "pos": positive,
    "invert": invert,
}
add_operators(
    (Scalar, Capture, Row), {name: by_elements(f) for name, f in _OPERATORS.items()}
)
