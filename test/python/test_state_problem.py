"""Suites of linear and recurrent layers: inputs, tolerances, cuts.

Needs attn-gen on PATH.
"""

import unittest

import numpy as np

from attn import dtypes
from attn.problems import Problem
from attn.testing import state_checks, tolerances, variants
from attn.testing.state_problem import Sensitivity, StateProblem, generate


def problem_of(flags: str):
    return generate(flags.split())


class Inputs(unittest.TestCase):
    def test_dense_problems_stay_what_they_are(self):
        self.assertNotIsInstance(problem_of("--causal"), StateProblem)
        self.assertIsInstance(problem_of("--causal"), Problem)

    def test_letters(self):
        problem = problem_of("--op=linear --varlen --dynamic")
        self.assertEqual(problem.sizes((7, 5, 3)), {"T": 5, "N+1": 4})

    def test_corrections_shrink(self):
        problem = problem_of("--op=recurrent --correction=rank1 --seq=5")
        x = problem.inputs({}, np.random.default_rng(1))
        # I + a b^T has the eigenvalue 1 + a . b along a.
        inner = (x["left"] * x["right"]).sum(axis=-1)
        np.testing.assert_allclose(inner, -0.8, rtol=1e-6)

    def test_divisors_are_positive(self):
        problem = problem_of("--op=linear --normalizer=key_sum --seq=5")
        x = problem.inputs({}, np.random.default_rng(1))
        self.assertTrue((x["q"] >= 0).all() and (x["k"] >= 0).all())

    def test_extreme_gates(self):
        problem = problem_of("--system=gla --dtype=bf16 --seq=33")
        x = problem.inputs({}, np.random.default_rng(1))
        variants.FILLINGS["gates"](x, "bf16", np.random.default_rng(2))
        a = dtypes.load(x["a"], "bf16")
        self.assertTrue(np.isneginf(a).any() and np.isposinf(a).any())
        self.assertTrue(np.isfinite(dtypes.load(x["q"], "bf16")).all())


class Outputs(unittest.TestCase):
    def test_recurrent_without_correction_is_linear(self):
        flags = "--gate=row --seq=6 --final-state --transition --heads=2 --width=4"
        linear = problem_of("--op=linear " + flags)
        recurrent = problem_of("--op=recurrent " + flags)
        x = linear.inputs({}, np.random.default_rng(1))
        for a, b in zip(linear.expected(x), recurrent.expected(x)):
            np.testing.assert_array_equal(a, b)

    def test_output_has_the_type_of_the_layer(self):
        for system in ("gla", "retnet", "mamba2", "kimi_delta", "rwkv7"):
            problem = problem_of(f"--system={system} --dtype=bf16 --final-state")
            self.assertEqual(problem.outputs[0].dtype, "bf16", system)
            self.assertEqual(problem.outputs[1].dtype, "f32", system)

    def test_slices_take_what_runs_along_tokens(self):
        problem = problem_of("--op=linear --layout=bthd --initial-state --dynamic")
        x = problem.inputs({"B": 1, "T": 9}, np.random.default_rng(1))
        part = state_checks.slice_tokens(problem, x, 2, 5)
        np.testing.assert_array_equal(part["q"], x["q"][:, 2:5])
        self.assertIs(part["state_in"], x["state_in"])


class Tolerances(unittest.TestCase):
    BOUND = 2e-6

    def wrong(self, found, expected, dtype="f32"):
        return tolerances.ratio_mismatch(
            np.asarray(found, float), np.asarray(expected, float), dtype, self.BOUND
        )

    def test_within(self):
        self.assertEqual(self.wrong([1.0, 2.0 + 1e-6], [1.0, 2.0]), "")

    def test_ratio(self):
        self.assertIn("expected a ratio", self.wrong([1.0, 2.1], [1.0, 2.0]))

    def test_one_element(self):
        expected = np.ones(1000)
        found = expected.copy()
        found[7] += 5e-5
        self.assertIn("at [7]", self.wrong(found, expected))

    def test_infinities_have_their_places(self):
        self.assertEqual(self.wrong([np.inf, 1.0], [np.inf, 1.0]), "")
        self.assertIn("places like it", self.wrong([1.0, 1.0], [np.inf, 1.0]))
        self.assertIn("places like it", self.wrong([np.nan, 1.0], [1.0, 1.0]))

    def test_bounds_are_below_published_ones(self):
        # flash-linear-attention's tests allow 0.001 for linear attention, 0.004 to
        # 0.007 for the others, of operations alone; of f32 too. Rounding an output
        # to bf16 costs up to 0.0039 of it.
        for rows, tokens in ((16, 203), (128, 1999), (256, 65536)):
            bound = tolerances.state_bound
            self.assertLess(bound("f32", rows, tokens), 2e-5)
            self.assertLess(bound("f16", rows, tokens), 0.001)
            self.assertLess(bound("bf16", rows, tokens), 0.004)
            self.assertLess(bound("bf16", rows, tokens, "bf16"), 0.007)
            self.assertLess(bound("f64", rows, tokens), 1e-13)

    def test_sensitivity_sees_cancellation(self):
        flags = "--op=linear --gate=token --normalizer=max_exp --seq=3 --width=2 --heads=1"
        problem = problem_of(flags + " --value-heads=1 --final-state")
        x = problem.inputs({}, np.random.default_rng(1))
        for name in ("g", "i"):
            x[name][...] = 9.0 * (name == "i")
        x["k"][...], x["q"][...] = (1.0, 1.0), (1.0, 1.0)
        plain = Sensitivity(problem, x).ratio("o")
        x["q"][...] = (1.0, -0.9999)
        self.assertLess(plain, 1e-5)
        self.assertGreater(Sensitivity(problem, x).ratio("o"), 100 * plain)

    def test_zeros(self):
        self.assertEqual(self.wrong([1e-40], [0.0]), "")
        self.assertIn("expected a ratio", self.wrong([1e-8], [0.0]))


if __name__ == "__main__":
    unittest.main()
