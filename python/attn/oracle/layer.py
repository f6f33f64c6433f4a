"""How a layer of the oracle says what it takes and gives.

A `Layer` names its arguments with their dimensions, in the order queries, keys,
values, gates, parameters, states, so that the text of `attn-gen` can be compared
with it name by name:

>>> layer = Layer("copy", "o = q", lambda q: {"o": q}, {"q": "B H T K"}, {"o": "B H T K"})
>>> describe(layer, {"B": 1, "H": 2, "T": 3, "K": 4})["inputs"]
{'q': (1, 2, 3, 4)}

Dimensions: B batch, H value and state heads, Hk key heads, Hq query heads, T
tokens, S keys, K and V features of keys and values, W taps of a convolution,
Ho output heads, N sequences (B unless they are packed). R steps of a token.
`W-1`, `S+T` and `K/2` are what they look like. A family that needs more letters
says what they are.

Covering test: test/python/test_oracle_layers.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable, Mapping

import numpy as np

from attn.oracle.parts import short_conv, silu

Array = np.ndarray


@dataclass(frozen=True)
class Layer:
    """One system: `run` takes arrays by name and returns arrays by name."""

    name: str
    source: str
    run: Callable[..., dict]
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    # Inputs that may be left out.
    optional: frozenset = field(default_factory=frozenset)


def extent(dimension: str, sizes: Mapping[str, int]) -> int:
    """The size of a dimension: a name, a number, `W-1`, `S+T` or `K/2`."""
    if "-" in dimension:
        first, second = dimension.split("-")
        return extent(first, sizes) - extent(second, sizes)
    if "+" in dimension:
        return sum(extent(x, sizes) for x in dimension.split("+"))
    if "/" in dimension:
        first, second = dimension.split("/")
        return extent(first, sizes) // extent(second, sizes)
    return int(dimension) if dimension.isdigit() else sizes[dimension]


def describe(layer: Layer, sizes: Mapping[str, int]) -> dict:
    """Shapes of the inputs and outputs, by name and in order."""
    return {
        side: {
            name: tuple(extent(x, sizes) for x in dimensions.split())
            for name, dimensions in getattr(layer, side).items()
        }
        for side in ("inputs", "outputs")
    }


def convolved(
    arrays: Mapping[str, Array], names: str, cu_seqlens, activation=silu
) -> tuple[list, dict]:
    """silu(short_conv(x)) of each named input, and the tails it leaves.

    For x the weight is `x_conv`, the bias `x_conv_bias`, the tail `x_tail_in`;
    an input without weight is only activated.
    """
    values, tails = [], {}
    for name in names.split():
        x = arrays[name]
        if arrays.get(name + "_conv") is not None:
            x, tails[name + "_tail_out"] = short_conv(
                x,
                arrays[name + "_conv"],
                arrays.get(name + "_conv_bias"),
                arrays.get(name + "_tail_in"),
                cu_seqlens,
            )
        values.append(activation(x))
    return values, tails


STATE_IN = {"state_in": "N H K V"}
STATE_OUT = {"state_out": "N H K V"}


def conv_inputs(**dimensions: str) -> dict:
    """Weights and starting tails of the convolutions of the named inputs."""
    weights = {f"{name}_conv": f"{d} W" for name, d in dimensions.items()}
    tails = {
        f"{name}_tail_in": "N {} W-1 {}".format(*d.split())
        for name, d in dimensions.items()
    }
    return {**weights, **tails}


def conv_outputs(**dimensions: str) -> dict:
    """Tails that the convolutions of the named inputs leave."""
    return {
        f"{name}_tail_out": "N {} W-1 {}".format(*d.split())
        for name, d in dimensions.items()
    }
