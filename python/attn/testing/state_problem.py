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


class Sensitivity:
    """How far outputs move where every input is rounded a few times more.

    No kernel in f32 can be expected to come closer to the exact outputs: it rounds
    its inputs' products and sums as often. Computed when first asked for.
    """

    # Of which the largest counts.
    DRAWS = 3

    def __init__(self, problem: "StateProblem", inputs: Mapping[str, Array], expected=None):
        self.problem, self.inputs, self.expected = problem, inputs, expected
        self._ratios: dict[str, float] = {}

    def ratio(self, name: str) -> float:
        """Of one output, as tolerances.ratio measures it."""
        if not self._ratios:
            self.expected = self.expected or self.problem.expected(self.inputs)
            rng = np.random.default_rng(0)
            for _ in range(self.DRAWS):
                self._measure(rng)
        return self._ratios[name]

    def _measure(self, rng) -> None:
        """One draw of directions in which the inputs move."""
        problem = self.problem
        dtype = {a.name: a.dtype for a in problem.arguments}
        size = tolerances.ROUNDINGS * tolerances.UNIT[problem.wide_type]
        moved = {
            name: x if dtype[name].startswith("i")
            else x * (1 + size * rng.choice((-1.0, 1.0), x.shape))
            for name, x in problem.loaded(self.inputs).items()
        }
        for output, there, here in zip(
            problem.outputs, problem.evaluate(moved), self.expected
        ):
            moves = tolerances.ratio(there, here)
            self._ratios[output.name] = max(moves, self._ratios.get(output.name, 0.0))


class StateProblem(LayerProblem):
    """A linear or recurrent layer, or the bare op, for suites."""

    @property
    def system(self) -> str:
        """The name of the system, or an empty string for the bare op."""
        return self.parameters.get("system", "")

    @property
    def wide_type(self) -> str:
        """What states and sums are computed in."""
        return "f64" if self.dtype == "f64" else "f32"

    def sizes(self, shape: Sequence[int]) -> dict[str, int]:
        """[batch, tokens, packed sequences] by letter, for what is left open."""
        batch, tokens, count = shape
        sizes = {"B": batch, "T": tokens, "N": count, "N+1": count + 1}
        sizes |= {"H": 4, "Hk": 2, "Hq": 4}
        return {letter: n for letter, n in sizes.items() if letter in self.letters}

    def work(self, inputs: Mapping[str, Array]) -> int:
        """Multiplications of the state's updates and reads."""
        values = inputs["x" if "x" in self.axes else "v"]
        return values.size * 4 * self._rows()

    def _rows(self) -> int:
        """Rows of the state."""
        words = ("key feature", "state")
        return next(
            n
            for a in self.outputs + self.arguments
            for n, word in zip(a.shape, self.axes[a.name])
            if word in words
        )

    def mismatch(self, output: Argument, found: Array, expected: Array, plain) -> str:
        """What is wrong with an output; `plain` is a Sensitivity."""
        tokens = max(1, self._tokens_of(plain.inputs))
        bound = tolerances.state_bound(
            output.dtype,
            self._rows(),
            tokens,
            self.dtype if self.system else "",
            is_product=output.name == "transition_out" or self._decays_alike(),
        )
        wrong = tolerances.ratio_mismatch(found, expected, output.dtype, bound)
        if wrong:
            bound += tolerances.SENSITIVITY * plain.ratio(output.name)
            wrong = tolerances.ratio_mismatch(found, expected, output.dtype, bound)
        return wrong

    def _decays_alike(self) -> bool:
        """Whether every token decays by the same number, and errs by the same."""
        return "token" not in self.axes.get("g", ("token",))

    def _tokens_of(self, inputs: Mapping[str, Array]) -> int:
        name = next(a.name for a in self.arguments if "token" in self.axes[a.name])
        return inputs[name].shape[self.axes[name].index("token")]

    def comparison(self, inputs: Mapping[str, Array], expected) -> list:
        """How sensitive the outputs are to rounding."""
        return [Sensitivity(self, inputs, expected)] * len(self.outputs)

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
