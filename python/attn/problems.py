"""Inputs and expected outputs of the problems that `attn-gen` writes.

    problem = Problem.generate(["--causal", "--dynamic"])
    inputs = problem.inputs({"B": 1, "T": 7, "S": 9}, np.random.default_rng(0))
    o, lse = problem.expected(inputs)

Arrays are in the storage of `attn.dtypes`. Expected outputs come from the
oracle of `attn.reference` in float64.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import Mapping, Optional, Sequence

import numpy as np

from attn import dtypes
from attn.functions import MASKS, SCORES
from attn.reference import attention, diagonal
from attn.testing import tolerances

Array = np.ndarray
Sizes = Mapping[str, int]


@dataclass(frozen=True)
class Argument:
    """An input or output: name, shape (letters where dynamic), element type."""

    name: str
    shape: tuple
    dtype: str
    meaning: str
    scalar: bool = False
    range: Optional[tuple] = None

    def sizes(self, sizes: Sizes) -> tuple[int, ...]:
        """The shape with letters replaced."""
        return tuple(sizes[n] if isinstance(n, str) else n for n in self.shape)


class Problem:
    """A problem as `attn-gen --describe` tells it."""

    def __init__(self, description: Mapping):
        def arguments(key):
            return [
                Argument(
                    a["name"],
                    tuple(a["shape"]),
                    a["dtype"],
                    a["meaning"],
                    a.get("scalar", False),
                    tuple(a["range"]) if "range" in a else None,
                )
                for a in description[key]
            ]

        self.entry: str = description["entry"]
        self.arguments: list[Argument] = arguments("inputs")
        self.outputs: list[Argument] = arguments("outputs")
        self.parameters: Mapping = description["parameters"]

    @staticmethod
    def generate(flags: Sequence[str], tool: str = "attn-gen") -> "Problem":
        """The problem that attn-gen makes of `flags`."""
        text = subprocess.run(
            [tool, *flags, "--describe"], check=True, capture_output=True, text=True
        ).stdout
        return Problem(json.loads(text))

    @property
    def dtype(self) -> str:
        """Element type of q, k, v and o."""
        return self.arguments[0].dtype

    @property
    def letters(self) -> set[str]:
        """Letters of the dynamic sizes."""
        return {n for a in self.arguments for n in a.shape if isinstance(n, str)}

    def inputs(self, sizes: Sizes, rng: np.random.Generator) -> dict[str, Array]:
        """Seeded inputs, in order."""
        return {a.name: self._draw(a, sizes, rng) for a in self.arguments}

    def _draw(self, argument: Argument, sizes: Sizes, rng) -> Array:
        shape = argument.sizes(sizes)
        name = argument.name
        if argument.range is not None:
            low, high = (sizes[n] if isinstance(n, str) else n for n in argument.range)
            values = rng.integers(low, high, shape, endpoint=True)
            if "document" in name:
                values = np.sort(values, axis=-1)
            return dtypes.store(values, argument.dtype)
        if argument.dtype == "i1":
            return rng.random(shape) < 0.7
        values = rng.standard_normal(shape)
        if name in ("slopes", "strength", "temperature"):
            values = 0.5 * np.abs(values)
        elif name == "rate":
            values = 0.01 * np.abs(values)
        elif name.endswith("_decay"):
            values = -0.1 * np.cumsum(np.abs(values), axis=-1)
        elif name in ("cos", "sin"):
            position = np.arange(shape[0])[:, None]
            angle = position * 10000.0 ** (-np.arange(shape[1]) / max(shape[1], 1))
            values = np.cos(angle) if name == "cos" else np.sin(angle)
        return dtypes.store(values, argument.dtype)

    def sizes(self, shape: Sequence[int]) -> dict[str, int]:
        """[batch, queries, keys] by letter, for the axes that are left open."""
        batch, queries, keys = shape
        if self.parameters["op"] == "llama":
            keys = queries
        sizes = {"B": batch, "T": queries, "S": keys, "H": 6, "Hkv": 2}
        return {letter: n for letter, n in sizes.items() if letter in self.letters}

    def work(self, inputs: Mapping[str, Array]) -> int:
        """Multiplications of the whole score matrix and output."""
        q, v = inputs["q"], inputs["v"]
        heads = 1 if self.parameters["layout"] == "bhtd" else 2
        return q.size * v.shape[3 - heads] * 2

    def mismatch(self, output: Argument, found: Array, expected: Array, plain) -> str:
        """What is wrong with an output, or an empty string; `plain` is that of
        `low_precision`."""
        softcap = self.parameters["softcap"] is not None
        return tolerances.mismatch(found, expected, output.dtype, plain, softcap)

    def comparison(self, inputs: Mapping[str, Array], expected) -> list:
        """What `mismatch` takes beside an output: for 16-bit types that of the plain
        computation."""
        if self.dtype in ("f16", "bf16"):
            return self.low_precision(inputs)
        return [None] * len(expected)

    def expected(self, inputs: Mapping[str, Array]) -> list[Array]:
        """Outputs of the oracle, in order, in float64."""
        return self._evaluate(inputs)

    def low_precision(self, inputs: Mapping[str, Array]) -> list[Array]:
        """Outputs of the plain computation in the element type: each step in
        f32, then rounded."""
        return self._evaluate(
            inputs,
            rounding=lambda x: dtypes.round_to(x, self.dtype),
            precision=np.float32,
        )

    def _evaluate(self, inputs: Mapping[str, Array], **how) -> list[Array]:
        x = {a.name: dtypes.load(inputs[a.name], a.dtype) for a in self.arguments}
        parameters = self.parameters
        q, k, v = x["q"], x["k"], x["v"]
        if parameters["op"] == "llama":
            sequence = 2 if parameters["layout"] == "bhtd" else 1
            q, k = (
                dtypes.round_to(rotate(y, x["cos"], x["sin"], sequence), self.dtype)
                for y in (q, k)
            )
        if parameters["layout"] == "bthd":
            q, k, v = (y.swapaxes(1, 2) for y in (q, k, v))
        d = diagonal(parameters["align"], q.shape[2], k.shape[2])

        def function(catalogue, use):
            if use is None:
                return None
            return catalogue[use["name"]](x, use["arguments"], d)

        o, lse = attention(
            q,
            k,
            v,
            scale=parameters["scale"],
            softcap=parameters["softcap"],
            bias=x.get("bias"),
            score=function(SCORES, parameters["score"]),
            mask=function(MASKS, parameters["mask"]),
            causal=parameters["causal"],
            window=parameters["window"],
            align=parameters["align"],
            sink=x.get("sink"),
            **how,
        )
        if parameters["layout"] == "bthd":
            o = o.swapaxes(1, 2)
        return [o, lse][: len(self.outputs)]


def rotate(x: Array, cos: Array, sin: Array, sequence: int) -> Array:
    """Rotary embedding in half-split layout; `sequence` is the axis of x
    [batch, ., ., width] that cos and sin [T, width / 2] run along."""
    low, high = np.split(x, 2, axis=-1)
    if sequence == 1:
        cos, sin = cos[:, None, :], sin[:, None, :]
    return np.concatenate([low * cos - high * sin, high * cos + low * sin], axis=-1)
