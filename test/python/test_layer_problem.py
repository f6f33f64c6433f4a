"""From descriptions of layers to the oracle's inputs and outputs."""

import unittest

import numpy as np
from oracle_inputs import close

from attn.oracle import recurrence
from attn.oracle.systems import find
from attn.testing import tolerances
from attn.testing.layers import LayerProblem
from attn.testing.run_layer import sizes_from

WORDS = {"B": "batch", "N": "sequence", "T": "token", "H": "head", "M": "key head",
         "K": "key feature", "V": "value feature", "N+1": "sequence + 1", "W": "tap",
         "J": "tail token"}
SIZES = {"B": 2, "T": 5, "H": 4, "M": 2, "K": 3, "V": 3, "W": 2, "J": 1, "N": 2}


def describe(inputs, outputs, dynamic="", **parameters):
    """A description as attn-gen prints it; shapes are words of WORDS."""
    def arguments(table):
        return [{"name": name, "dtype": "i32" if name == "cu_seqlens" else "f64",
                 "meaning": "", "axes": [WORDS[x] for x in shape.split()],
                 "shape": [x if x in dynamic.split() else SIZES[x]
                           for x in shape.split()]}
                for name, shape in table.items()]

    return {"entry": "f", "inputs": arguments(inputs), "outputs": arguments(outputs),
            "parameters": parameters}


class Layers(unittest.TestCase):
    INPUTS = {"q": "B M T K", "k": "B M T K", "v": "B H T V", "a": "B H T K",
              "z": "B H T V", "o_weight": "V", "state_in": "B H K V"}
    OUTPUTS = {"o": "B H T V", "state_out": "B H K V"}

    def draw(self, problem, sizes=None):
        return problem.inputs(sizes or {}, np.random.default_rng(0))

    def test_outputs_are_those_of_the_layer(self):
        problem = LayerProblem(describe(self.INPUTS, self.OUTPUTS, system="gla",
                                        arguments={}))
        inputs = self.draw(problem)
        o, state = problem.expected(inputs)
        expected = find("gla").run(**inputs)
        close(o, expected["o"])
        close(state, expected["state_out"])

    def test_tokens_before_heads(self):
        def swapped(table):
            return {n: x.replace("M T", "T M").replace("H T", "T H")
                    for n, x in table.items()}

        plain = LayerProblem(describe(self.INPUTS, self.OUTPUTS, system="gla",
                                      arguments={}))
        other = LayerProblem(describe(swapped(self.INPUTS), swapped(self.OUTPUTS),
                                      system="gla", arguments={}))
        inputs = self.draw(plain)
        moved = {n: x.swapaxes(1, 2) if n in "qkvaz" else x for n, x in inputs.items()}
        for mine, expected in zip(other.expected(moved), plain.expected(inputs)):
            if mine.shape != expected.shape:
                mine = mine.swapaxes(1, 2)
            close(mine, expected)

    def test_arguments_of_the_system(self):
        inputs = {"q": "B M T K", "k": "B M T K", "v": "B H T V"}
        results = []
        for choice in (0, 1):
            problem = LayerProblem(describe(inputs, {"o": "B H T V"}, system="linear",
                                            arguments={"normalizer": choice, "taps": 4}))
            arrays = self.draw(problem)
            results.append(problem.expected(arrays)[0])
            close(results[-1], find("linear").run(**arrays, normalizer=choice)["o"])
        self.assertGreater(np.abs(results[0] - results[1]).max(), 1e-2)

    def test_packed_sequences_are_drawn_in_order(self):
        sizes = dict(SIZES, B=1)
        problem = LayerProblem(describe(
            {"q": "B M T K", "k": "B M T K", "v": "B H T V", "cu_seqlens": "N+1"},
            {"o": "B H T V"}, dynamic="B T N+1", system="lightning",
            arguments={"layer": 0, "layers": 24}))
        arrays = self.draw(problem, {**sizes, "N+1": 4})
        bounds = arrays["cu_seqlens"]
        self.assertEqual((bounds[0], bounds[-1], len(bounds)), (0, 5, 4))
        self.assertTrue((np.diff(bounds) >= 0).all())
        self.assertEqual(problem.expected(arrays)[0].shape, (1, 4, 5, 3))

    def test_bare_operation(self):
        inputs = {"q": "B M T K", "k": "B M T K", "v": "B H T V", "g": "B H T",
                  "i": "B H T", "state_in": "B H K V", "key_sum_in": "B H K",
                  "maximum_in": "B H"}
        problem = LayerProblem(describe(
            inputs, {"o": "B H T V", "maximum_out": "B H"}, op="linear", scale=0.5,
            epsilon=0.1, normalizer="max_exp", read_before=False))
        x = self.draw(problem)
        self.assertTrue((x["g"] <= 0).all())
        expected = recurrence.linear(
            x["q"], x["k"], x["v"], x["g"], x["i"], state=x["state_in"],
            key_sum=x["key_sum_in"], maximum=x["maximum_in"], scale=0.5, epsilon=0.1,
            normalizer="max_exp")
        o, maximum = problem.expected(x)
        close(o, expected.o)
        close(maximum, expected.maximum)

    def test_bare_correction(self):
        inputs = {"q": "B M T K", "k": "B M T K", "v": "B H T V", "left": "B H T K",
                  "right": "B H T K"}
        problem = LayerProblem(describe(inputs, {"o": "B H T V"}, op="recurrent",
                                        scale=1.0))
        x = self.draw(problem)
        close(np.linalg.norm(x["left"], axis=-1), np.full((2, 4, 5), 0.5))
        expected = recurrence.recurrent(x["q"], x["k"], x["v"], left=x["left"],
                                        right=x["right"], scale=1.0)
        close(problem.expected(x)[0], expected.o)


class Ratio(unittest.TestCase):
    def test_ratio(self):
        one = np.array([3.0, 4.0])
        self.assertEqual(tolerances.ratio(one, one), 0)
        self.assertAlmostEqual(tolerances.ratio(one + [0, 0.5], one), 0.1)
        self.assertEqual(tolerances.ratio(one[:0], one[:0]), 0)

    def test_infinities_must_agree(self):
        one = np.array([np.inf, np.nan, 1.0])
        self.assertEqual(tolerances.ratio(one, one), 0)
        for other in ([-np.inf, np.nan, 1.0], [np.inf, 1.0, 1.0]):
            self.assertEqual(tolerances.ratio(np.array(other), one), np.inf)
        self.assertFalse(tolerances.ratio(np.array([np.nan]), np.ones(1)) <= 1)

    def test_other_shape(self):
        with self.assertRaisesRegex(ValueError, r"expected shape \(2,\) but found \(1,\)"):
            tolerances.ratio(np.ones(1), np.ones(2))

    def test_sizes(self):
        self.assertEqual(sizes_from("T=7,N=2"), {"T": 7, "N": 2, "N+1": 3})
        self.assertEqual(sizes_from(""), {})


if __name__ == "__main__":
    unittest.main()
