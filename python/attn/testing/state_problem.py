"""Linear and recurrent layers in suites: sizes, inputs that keep states bounded,
and the tolerance of each output.

    problem = generate(["--system=gated_delta_net", "--dynamic", "--final-state"])
    inputs = problem.inputs({"B": 1, "T": 65}, numpy.random.default_rng(1))
    expected = problem.expected(inputs)

Expected outputs are those of attn.testing.layers. Covering test:
test/python/test_state_problem.py.
"""

from __future__ import annotations

import json
import subprocess
from typing import Mapping, Sequence

import numpy as np

from attn import dtypes
from attn.oracle import recurrence
from attn.problems import Argument, Array, Problem, Sizes
from attn.testing import tolerances
from attn.testing.attention_layers import AttentionProblem
from attn.testing.layers import OPERANDS, LayerProblem


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def unit(x: Array) -> Array:
    """Vectors along the last axis, of length 1."""
    return x / np.sqrt((x * x).sum(axis=-1, keepdims=True) + 1e-30)


class StateProblem(LayerProblem):
    """A linear or recurrent layer, or the bare op, for suites."""

    @property
    def system(self) -> str:
        """The name of the system, or an empty string for the bare op."""
        return self.parameters.get("system", "")

    def sizes(self, shape: Sequence[int]) -> dict[str, int]:
        """[batch, tokens, packed sequences] by letter, for what is left open."""
        batch, tokens, count = shape
        sizes = {"B": batch, "T": tokens, "N": count, "N+1": count + 1}
        sizes |= {"H": 4, "Hk": 2, "Hq": 4}
        return {letter: n for letter, n in sizes.items() if letter in self.letters}

    def work(self, inputs: Mapping[str, Array]) -> int:
        """Multiplications of the state's updates and reads."""
        values = inputs["x" if "x" in self.axes else "v"]
        words = ("key feature", "state")
        rows = next(
            a.shape[self.axes[a.name].index(word)]
            for a in self.arguments
            for word in words
            if word in self.axes[a.name]
        )
        return values.size * 4 * rows

    def mismatch(self, output: Argument, found: Array, expected: Array, plain) -> str:
        if self.system:
            bound = tolerances.LAYER[self.dtype]
        else:
            bound = tolerances.OPERATION[output.dtype]
        if output.name == "transition_out" or "maximum_out" in self.axes:
            bound *= tolerances.LOGARITHMS
        return tolerances.ratio_mismatch(found, expected, output.dtype, bound)

    def low_precision(self, inputs: Mapping[str, Array]) -> list:
        """Not needed: tolerances are relative to the outputs."""
        return [None] * len(self.outputs)

    def inputs(self, sizes: Sizes, rng: np.random.Generator) -> dict[str, Array]:
        """As models have them: decays, rates of writing and unit keys, by name."""
        drawn = super().inputs(sizes, rng)
        values = {a.name: dtypes.load(drawn[a.name], a.dtype) for a in self.arguments}
        for name in values:
            shaped = _layer_input if self.system else self._operand
            values[name] = shaped(name, values, rng)
        return {a.name: dtypes.store(values[a.name], a.dtype) for a in self.arguments}

    def _operand(self, name: str, drawn: Mapping[str, Array], rng) -> Array:
        """Of the bare op: states neither grow nor are divided by 0."""
        values = drawn[name]
        # A sum of keys that is nearly orthogonal to a query divides by noise.
        normalizer = self.parameters["normalizer"]
        if name in ("q", "k", "key_sum_in") and normalizer != "none":
            values = np.abs(values)
            if name == "q" and normalizer == "max_exp":
                values = values * rng.choice((-1.0, 1.0), (*values.shape[:-1], 1))
            return values
        if name == "k" and self.parameters["correction"] == "beta":
            return unit(values)
        if name == "left":
            return unit(values)
        if name == "right":
            return -0.8 * unit(drawn["left"])
        return values

    def _operation(self, x: Mapping[str, Array]) -> dict:
        """Without correction and decay attn.recurrent is attn.linear, of whose
        transition it has the shape; rates lie as the state does."""
        p = self.parameters
        if "rate" in x:
            x = {**x, "rate": x["rate"].swapaxes(1, 2)}
        if p["op"] == "linear" or p["correction"] != "none" or p["decay"]:
            return super()._operation(x)
        operands = {OPERANDS.get(n, n): y for n, y in x.items()}
        result = recurrence.linear(**operands, scale=p["scale"])
        return {
            "o": result.o,
            "state_out": result.state,
            "transition_out": result.transition,
        }


def _layer_input(name: str, drawn: Mapping[str, Array], rng) -> Array:
    """Parameters of a layer as trainings start with them."""
    values = drawn[name]
    if name.endswith("_conv"):
        return 0.5 * values
    ranges = {
        "a_log": lambda: np.log(rng.uniform(1, 16, values.shape)),
        "dt_bias": lambda: np.log(np.expm1(rng.uniform(1e-3, 0.1, values.shape))),
        "lower_bound": lambda: np.maximum(rng.uniform(-0.5, 0.9, values.shape), 0),
        "o_weight": lambda: 1 + 0.1 * values,
        "k_k": lambda: 1 + 0.1 * values,
        "k_a": lambda: sigmoid(values),
        "key_sum_in": lambda: np.abs(values),
    }
    return ranges.get(name, lambda: values)()


def generate(flags: Sequence[str], tool: str = "attn-gen") -> Problem:
    """The problem that attn-gen makes of `flags`: dense, or that of a layer."""
    text = subprocess.run(
        [tool, *flags, "--describe"], check=True, capture_output=True, text=True
    ).stdout
    description = json.loads(text)
    parameters = description["parameters"]
    if parameters.get("family") == "attention":
        return AttentionProblem(description)
    return (StateProblem if "final_state" in parameters else Problem)(description)
