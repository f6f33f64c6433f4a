"""Layers of softmax attention and of convolutions as suites see them."""

import unittest

import numpy as np

from attn.testing.attention_layers import AttentionProblem, turned
from attn.testing.state_problem import generate


class AttentionLayersTest(unittest.TestCase):
    def test_turned_is_rotation(self):
        x = np.array([[1.0, 2.0, 3.0, 4.0]])
        quarter = turned(x, np.zeros((1, 2)), np.ones((1, 2)))
        np.testing.assert_allclose(quarter, [[-3.0, -4.0, 1.0, 2.0]], atol=1e-15)

    def test_sizes_by_letter(self):
        problem = generate(["--system=flash_attention", "--dynamic", "--final-state",
                            "--initial-state"])
        self.assertIsInstance(problem, AttentionProblem)
        self.assertEqual(problem.sizes((2, 3, 5)), {"B": 2, "T": 3, "S": 5})
        problem = generate(["--system=hyena:implicit=0", "--dynamic", "--initial-state"])
        self.assertEqual(problem.sizes((2, 3, 5)), {"B": 2, "T": 3, "S": 5, "L": 8})

    def test_angles_begin_behind_the_cache(self):
        problem = generate(["--system=flash_attention", "--dynamic", "--initial-state",
                            "--width=2"])
        inputs = problem.inputs({"B": 1, "T": 2, "S": 5}, np.random.default_rng(0))
        np.testing.assert_allclose(inputs["cos"][:, 0], np.cos([5.0, 6.0]), rtol=1e-6)

    def test_layers_give_what_is_appended(self):
        problem = generate(["--system=flash_attention:rotary=0", "--dynamic", "--heads=1",
                            "--initial-state", "--final-state"])
        inputs = problem.inputs({"B": 1, "T": 2, "S": 5}, np.random.default_rng(0))
        _, keys, values = problem.expected(inputs)
        np.testing.assert_array_equal(keys, inputs["k"])
        np.testing.assert_array_equal(values, inputs["v"])

    def test_padding_is_not_read(self):
        problem = generate(["--system=perceiver", "--dynamic", "--heads=1", "--width=4"])
        inputs = problem.inputs({"B": 1, "T": 2, "S": 5}, np.random.default_rng(0))
        inputs["mask"][...] = [[True, False, True, False, True]]
        (first,) = problem.expected(inputs)
        inputs["x"][:, 1] = 7.0
        np.testing.assert_array_equal(first, problem.expected(inputs)[0])

    def test_global_tokens_are_the_first(self):
        problem = generate(["--system=longformer:1,1,2", "--dynamic", "--heads=1"])
        inputs = problem.inputs({"B": 1, "T": 9}, np.random.default_rng(0))
        (first,) = problem.expected(inputs)
        inputs["k"][:, :, 4] += 1.0
        changed = np.abs(first - problem.expected(inputs)[0]).max(axis=(0, 1, 3)) > 0
        np.testing.assert_array_equal(np.flatnonzero(changed), [3, 4, 5])

    def test_taps_of_a_short_convolution_begin_with_the_own_token(self):
        problem = generate(["--system=hyena:taps=2,implicit=0", "--dynamic", "--width=1"])
        inputs = problem.inputs({"B": 1, "T": 3, "L": 3}, np.random.default_rng(0))
        inputs["x"][...] = 1.0
        inputs["x_conv"][...] = np.array([1.0, 10.0])[None, :, None]
        inputs["x_conv_bias"][...] = 0.0
        inputs["filters"][...] = 0.0
        inputs["skip"][...] = 1.0
        (o,) = problem.expected(inputs)
        np.testing.assert_allclose(o[0, :, 0], [1.0, 11.0**3, 11.0**3])


if __name__ == "__main__":
    unittest.main()
