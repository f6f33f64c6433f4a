"""The operation FlexAttention of ai.onnx.preview as attn.dense with a score region.

Its graph `score_mod` takes the scores [B, H, L, S] and computes new ones. Elements
are computed apart from each other, so the graph is read for one element: the input
is its score, and what Range and Reshape make of the sizes are its indices. A graph
that mixes elements is refused, and so is prob_mod, which wants the probabilities.

Covered by test/python/test_onnx.py.
"""

from __future__ import annotations

import functools
from typing import Any, Callable, NamedTuple

import numpy as np
import onnx
from onnx import helper, numpy_helper

from attn import functions_of_scalars
from attn.dense import check_rank, prepare
from attn.errors import UnsupportedError
from attn.onnx.node import Plan

class _Step(NamedTuple):
    """One node, in plain values that a key can be made of."""

    operation: str
    inputs: tuple
    output: str
    attributes: dict


class _Size(NamedTuple):
    """The size of a dimension of the scores."""

    dimension: int


class _Places(NamedTuple):
    """0, 1, .. up to the size of a dimension, along a dimension of the scores."""

    size: _Size
    dimension: int = 3


class ScoreGraph:
    """A graph as a score function. Sizes and positions are resolved here; `steps` is
    what is computed with elements. Constants are numbers or arrays, which become
    operands of the kernel."""

    def __init__(self, graph: onnx.GraphProto):
        known: dict[str, Any] = {
            x.name: _constant(numpy_helper.to_array(x)) for x in graph.initializer
        }
        self.steps: list[_Step] = []
        self.input, self.output = graph.input[0].name, graph.output[0].name
        for node in graph.node:
            attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
            step = _Step(node.op_type, tuple(node.input), node.output[0], attributes)
            value = _structure(step, known)
            if value is not None:
                known[step.output] = value
            elif step.operation in _OPERATIONS:
                self.steps.append(step)
            else:
                raise UnsupportedError(
                    f"expected operations on elements in score_mod but found {node.op_type}"
                )
        used = {name for step in self.steps for name in step.inputs} | {self.output}
        self.places: dict[str, int] = {}
        self.constants: dict[str, Any] = {}
        for name in used & set(known):
            value = known[name]
            if isinstance(value, _Places):
                self.places[name] = value.dimension
            elif isinstance(value, (_Size, tuple)):
                raise UnsupportedError("expected sizes of the scores to be used for positions only")
            else:
                self.constants[name] = value

    def __call__(self, s: Any, b: Any, h: Any, i: Any, j: Any) -> Any:
        indices = (b, h, i, j)
        values: dict[str, Any] = {self.input: s, "": None}
        values.update({name: indices[place] for name, place in self.places.items()})
        values.update({name: _element(x, indices) for name, x in self.constants.items()})
        for step in self.steps:
            operands = [values[name] for name in step.inputs]
            values[step.output] = _OPERATIONS[step.operation](operands, step.attributes)
        return values[self.output]


def _constant(array: np.ndarray) -> Any:
    return array.item() if array.ndim == 0 else array


def _element(value: Any, indices: tuple) -> Any:
    """The element of a number or of an array that is broadcast to the scores."""
    shape = getattr(value, "shape", ())
    if not shape:
        return value
    places = indices[4 - len(shape) :]
    return value[tuple(0 if size == 1 else at for size, at in zip(shape, places))]


def _structure(step: _Step, known: dict) -> Any:
    """Constants, sizes and positions; None for what depends on elements."""
    operation, attributes = step.operation, step.attributes
    if operation == "Constant":
        (value,) = attributes.values()
        return _constant(numpy_helper.to_array(value) if hasattr(value, "dims") else np.asarray(value))
    if operation == "Shape":
        return tuple(map(_Size, range(4)))[attributes.get("start", 0) : attributes.get("end", 4)]
    operands = [known.get(name) for name in step.inputs]
    first = operands[0] if operands else None
    if operation == "Gather" and isinstance(first, tuple):
        sizes = tuple(first[int(place)] for place in np.ravel(operands[1]))
        return sizes[0] if np.ndim(operands[1]) == 0 else sizes
    if operation == "Squeeze" and isinstance(first, tuple) and len(first) == 1:
        return first[0]
    if operation == "Range" and isinstance(operands[1], _Size):
        if operands[0] == 0 and operands[2] == 1:
            return _Places(operands[1])
    if operation in ("Reshape", "Unsqueeze") and isinstance(first, _Places):
        return _Places(first.size, _dimension(operation, operands[1]))
    return None


def _function(name: str) -> Callable:
    return lambda operands, _: functions_of_scalars.FUNCTIONS[name](*operands)


def _fold(name: str) -> Callable:
    return lambda operands, _: functools.reduce(functions_of_scalars.FUNCTIONS[name], operands)


def _divide(operands: list, _: dict) -> Any:
    """Integers are divided towards zero."""
    a, b = operands
    functions = functions_of_scalars.FUNCTIONS
    if any(getattr(x, "kind", type(x).__name__) == "float" for x in (a, b)):
        return functions["div"](a, b)
    size = functions["floor_divide"](functions["abs"](a), abs(b))
    negative = functions["ne"](functions["lt"](a, 0), b < 0)
    return functions["where"](negative, functions["neg"](size), size)


def _dimension(operation: str, shape: Any) -> int:
    """Which dimension of four the positions are along after the operation."""
    sizes = [int(size) for size in np.ravel(shape)]
    if operation == "Unsqueeze":
        rank = len(sizes) + 1
        free = [d for d in range(rank) if d not in [s % rank for s in sizes]]
    else:
        rank = len(sizes)
        free = [d for d, size in enumerate(sizes) if size != 1]
    if len(free) != 1 or rank > 4:
        raise UnsupportedError("expected positions along one of four dimensions")
    return free[0] + 4 - rank


def _remainder(operands: list, attributes: dict) -> Any:
    if attributes.get("fmod"):
        raise UnsupportedError("expected Mod without fmod in score_mod")
    return functions_of_scalars.FUNCTIONS["remainder"](*operands)


def _cast(operands: list, attributes: dict) -> Any:
    (value,) = operands
    kind = helper.tensor_dtype_to_np_dtype(attributes["to"])
    if isinstance(value, (bool, int, float)):
        return kind.type(value).item()
    name = "bool" if kind == bool else "int" if np.issubdtype(kind, np.integer) else "float"
    return functions_of_scalars.METHODS[name](value)


# Operations on elements, by those of attn.functions_of_scalars.
_OPERATIONS: dict[str, Callable] = {
    **{
        operation: _function(name)
        for operation, name in {
            "Abs": "abs", "Add": "add", "And": "logical_and", "BitwiseAnd": "and",
            "BitwiseNot": "invert", "BitwiseOr": "or", "BitwiseXor": "xor", "Ceil": "ceil",
            "Clip": "clip", "Cos": "cos", "Equal": "eq", "Erf": "erf", "Exp": "exp",
            "Floor": "floor", "Greater": "gt", "GreaterOrEqual": "ge", "Identity": "pos",
            "Less": "lt", "LessOrEqual": "le", "Log": "log", "Mul": "mul", "Neg": "neg",
            "Not": "logical_not", "Or": "logical_or", "Pow": "pow", "Relu": "relu",
            "Sigmoid": "sigmoid", "Sin": "sin", "Sqrt": "sqrt", "Sub": "sub", "Tanh": "tanh",
            "Where": "where", "Xor": "logical_xor",
        }.items()
    },
    **{operation: _fold(name) for operation, name in
       {"Max": "maximum", "Min": "minimum", "Sum": "add"}.items()},
    "Cast": _cast,
    "Div": _divide,
    "Mod": _remainder,
}


def plan(node: Any, q: Any, k: Any, v: Any) -> Plan:
    """Q [B, Hq, L, K], K [B, Hkv, S, K], V [B, Hkv, S, V]."""
    a = node.expect(scale=None, softmax_precision=None, score_mod=None, prob_mod=None)
    if a["prob_mod"] is not None:
        raise UnsupportedError("expected no prob_mod: probabilities are never complete in a kernel")
    check_rank(q, k, v)
    score = None
    if a["score_mod"] is not None:
        score = ScoreGraph(a["score_mod"])
    options = {"scale": float(a["scale"])} if a["scale"] else {}
    kernel, captures = prepare(q, k, v, score, None, **options)
    return Plan(kernel, [q, k, v, *captures], None, lambda y: (y,))
