"""Inputs and expected outputs of layers and of bare recurrent operations.

    problem = LayerProblem.generate(["--system=gla", "--dynamic=seq", "--final-state"])
    inputs = problem.inputs({"T": 7}, np.random.default_rng(0))
    o, state = problem.expected(inputs)

Expected outputs come from `attn.oracle` in float64, called by the names that
`attn-gen --describe` gives. Covering test: test/python/test_layer_problem.py.
"""

from __future__ import annotations

import inspect
import json
import subprocess
from typing import Mapping, Sequence

import numpy as np

from attn import dtypes
from attn.oracle import recurrence
from attn.oracle.systems import find
from attn.problems import Argument, Problem, Sizes

Array = np.ndarray

# Names of a bare operation's arguments in the oracle, where they differ.
OPERANDS = {
    "q": "query", "k": "key", "v": "value", "g": "gate", "i": "input_gate",
    "u": "bonus", "dt": "time_step", "state_in": "state", "key_sum_in": "key_sum",
    "maximum_in": "maximum", "transition_in": "transition",
}


class LayerProblem(Problem):
    """A problem of `attn-gen --system=NAME`, or `--op=linear` or `recurrent`."""

    def __init__(self, description: Mapping):
        super().__init__(description)
        self.axes = {x["name"]: x["axes"]
                     for side in ("inputs", "outputs") for x in description[side]}

    @staticmethod
    def generate(flags: Sequence[str], tool: str = "attn-gen") -> "LayerProblem":
        """The problem that attn-gen makes of `flags`."""
        text = subprocess.run(
            [tool, *flags, "--describe"], check=True, capture_output=True, text=True
        ).stdout
        return LayerProblem(json.loads(text))

    def _draw(self, argument: Argument, sizes: Sizes, rng) -> Array:
        name, is_bare = argument.name, "system" not in self.parameters
        if name in ("cos", "sin"):
            return super()._draw(argument, sizes, rng)
        values = rng.standard_normal(argument.sizes(sizes))
        if name == "cu_seqlens":
            tokens = self._tokens(sizes)
            values = np.sort(rng.integers(0, tokens + 1, values.shape))
            values[0], values[-1] = 0, tokens
        elif name == "lower_bound" or is_bare and name in ("beta", "dt"):
            values = 1 / (1 + np.exp(-values))
        elif is_bare and name in ("g", "rate"):
            values = -0.3 * np.abs(values)
        elif is_bare and name in ("left", "right"):
            values = 0.5 * values / np.sqrt((values**2).sum(axis=-1, keepdims=True))
        elif name in ("state_in", "key_sum_in"):
            values = 0.1 * values
        return dtypes.store(values, argument.dtype)

    def _tokens(self, sizes: Sizes) -> int:
        """How many tokens the sequences have."""
        output = self.outputs[0]
        return output.sizes(sizes)[self.axes[output.name].index("token")]

    def _heads_first(self, name: str, array: Array, back: bool = False) -> Array:
        """[batch, head, token, ..] of [batch, token, head, ..], or `back`."""
        words = self.axes[name]
        heads = [n for n, x in enumerate(words) if x.split()[-1] in ("head", "group")]
        if words[0] not in ("batch", "sequence") or not heads or heads[0] < 2:
            return array
        return np.moveaxis(array, *((1, heads[0]) if back else (heads[0], 1)))

    def loaded(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Stored inputs in float64."""
        return {a.name: dtypes.load(inputs[a.name], a.dtype) for a in self.arguments}

    def _evaluate(self, inputs: Mapping[str, Array], **how) -> list[Array]:
        return self.evaluate(self.loaded(inputs))

    def evaluate(self, values: Mapping[str, Array]) -> list[Array]:
        """Outputs of the oracle for inputs that need not fit their types."""
        x = {a.name: self._heads_first(a.name, values[a.name]) for a in self.arguments}
        name = self.parameters.get("system")
        if name is None:
            found = self._operation(x)
        else:
            run = find(name).run
            known = inspect.signature(run).parameters
            options = {n: y for n, y in self.parameters["arguments"].items()
                       if n in known}
            found = run(**x, **options)
        return [self._heads_first(a.name, found[a.name], back=True)
                for a in self.outputs]

    def _operation(self, x: Mapping[str, Array]) -> dict:
        """Outputs of attn.linear or attn.recurrent by name."""
        run = getattr(recurrence, self.parameters["op"])
        operands = {OPERANDS.get(n, n): y for n, y in x.items()}
        options = {"scale": self.parameters["scale"]}
        if self.parameters["op"] == "linear":
            options["read_before"] = self.parameters["read_before"]
            options["epsilon"] = self.parameters["epsilon"]
            if self.parameters["normalizer"] != "none":
                options["normalizer"] = self.parameters["normalizer"]
        result = run(**operands, **options)
        return {"o": result.o, "state_out": result.state,
                "key_sum_out": result.key_sum, "maximum_out": result.maximum,
                "transition_out": result.transition}
