"""Layers of the oracle: cutting, packing, causality, and layers that coincide.

    PYTHONPATH=python python3 test/python/test_oracle_layers.py
"""

import doctest
import inspect
import unittest

import numpy as np
from oracle_inputs import close

import attn.oracle.layer
import attn.oracle.systems
from attn.oracle import parts
from attn.oracle.layer import describe
from attn.oracle.recurrence import recurrent
from attn.oracle.systems import LAYERS, RECURRENT, find, sample

SIZES = {"B": 2, "H": 4, "Hk": 2, "Hq": 2, "Ho": 4, "T": 9, "K": 6, "V": 5,
         "W": 3, "N": 2, "R": 2}


class Layers(unittest.TestCase):
    """Properties that hold for every layer, with groups, states and tails."""

    def each(self):
        return [(x, sample(x, SIZES, seed=len(x.name))) for x in RECURRENT.values()]

    def test_names_and_shapes_are_as_described(self):
        for layer, arrays in self.each():
            with self.subTest(layer=layer.name):
                described = describe(layer, SIZES)
                self.assertEqual(list(arrays), list(described["inputs"]))
                outputs = layer.run(**arrays)
                shapes = {n: x.shape for n, x in outputs.items()}
                self.assertEqual(shapes, described["outputs"])
                for x in outputs.values():
                    self.assertTrue(np.isfinite(x).all())

    def test_fast_weights_have_neither_convolution_nor_norm(self):
        layer = find("delta_net")
        arrays = sample(layer, SIZES, seed=1)
        bare = {n: arrays[n] for n in ("q", "k", "v", "b", "state_in")}
        got = layer.run(**arrays, features=1)
        self.assertEqual(list(got), ["o", "state_out"])
        close(got["o"], layer.run(**bare, features=1)["o"])
        # A query of equal features reads the mean over the rows of the state.
        even = layer.run(**dict(bare, q=0 * arrays["q"], k=0 * arrays["k"],
                                b=np.full((2, 4, 9), 60.0), state_in=None),
                         features=1, scale=1.0)
        close(even["state_out"].sum(axis=2)[:, :, None] / 6, even["o"][:, :, -1:])

    def test_optional_inputs_may_be_left_out(self):
        for layer, arrays in self.each():
            with self.subTest(layer=layer.name):
                needed = {n: x for n, x in arrays.items() if n not in layer.optional}
                shape = layer.run(**arrays)["o"].shape
                self.assertEqual(layer.run(**needed)["o"].shape, shape)

    def split(self, layer, arrays, cuts):
        """The layer on pieces of the sequence, states carried over."""
        spec, pieces, now = layer.inputs, [], dict(arrays)
        for start, stop in zip(cuts, cuts[1:]):
            for name, dimensions in spec.items():
                for axis, dimension in enumerate(dimensions.split()):
                    if dimension == "T" and name in arrays:
                        index = [slice(None)] * axis + [slice(start, stop)]
                        now[name] = arrays[name][tuple(index)]
            outputs = layer.run(**now)
            pieces.append(outputs["o"])
            for name, x in outputs.items():
                if name.endswith("_out"):
                    now[name.replace("_out", "_in")] = x
        return np.concatenate(pieces, axis=2), outputs

    def test_any_cutting_equals_the_whole(self):
        for layer, arrays in self.each():
            with self.subTest(layer=layer.name):
                whole = layer.run(**arrays)
                for cuts in ([0, 4, 9], [0, 1, 2, 9], [0, 0, 9], list(range(10))):
                    o, last = self.split(layer, arrays, cuts)
                    close(o, whole["o"])
                    for name in whole:
                        if name != "o":
                            close(last[name], whole[name])

    def test_packed_sequences_equal_each_alone(self):
        bounds = [0, 4, 4, 9]
        for layer in RECURRENT.values():
            with self.subTest(layer=layer.name):
                sizes = {**SIZES, "B": 1, "N": 3}
                arrays = sample(layer, sizes, seed=5)
                if "cos" in arrays:
                    del arrays["cos"], arrays["sin"]
                packed = layer.run(**arrays, cu_seqlens=np.array(bounds, np.int32))
                for n, (start, stop) in enumerate(zip(bounds, bounds[1:])):
                    own = {name: x[n : n + 1] if name.endswith("_in") else x
                           for name, x in arrays.items()}
                    o, last = self.split(layer, own, [start, stop])
                    close(packed["o"][:, :, start:stop], o)
                    for name in last:
                        if name != "o":
                            close(packed[name][n : n + 1], last[name])

    def test_later_tokens_change_nothing_before(self):
        for layer, arrays in self.each():
            with self.subTest(layer=layer.name):
                before = layer.run(**arrays)["o"]
                for name, dimensions in layer.inputs.items():
                    for axis, dimension in enumerate(dimensions.split()):
                        if dimension == "T":
                            index = [slice(None)] * axis + [slice(5, None)]
                            arrays[name] = arrays[name].copy()
                            arrays[name][tuple(index)] += 0.5
                after = layer.run(**arrays)["o"]
                close(after[:, :, :5], before[:, :, :5])
                self.assertGreater(np.abs(after - before)[:, :, 5:].max(), 1e-3)


class Coincidences(unittest.TestCase):
    """Choices of parameters for which two layers are the same."""

    def setUp(self):
        rng = np.random.default_rng(8)
        self.q, self.k = rng.standard_normal((2, 2, 2, 6, 4))
        self.v = rng.standard_normal((2, 4, 6, 3))
        self.gate = -rng.random((2, 4, 6))
        self.rows = -rng.random((2, 4, 6, 4))

    def decay(self, a, rows):
        """Parameters of the decay, and the decay that they give."""
        rate, bias = np.array([0.1, -0.5, 0.3, -1.0]), np.full((4,) + rows, 0.2)
        steep = np.exp(rate).reshape((4, 1) + (1,) * len(rows))
        return rate, bias, -steep * np.log1p(np.exp(a + 0.2))

    def test_gdn2_with_one_gate_is_kimi_delta(self):
        logit = np.random.default_rng(1).standard_normal((2, 4, 6, 1))
        rate, bias, gate = self.decay(self.rows, (4,))
        got = find("gdn2").run(self.q, self.k, self.v, self.rows,
                               np.repeat(logit, 4, axis=-1),
                               np.repeat(logit, 3, axis=-1), rate, bias)
        close(got["o"], recurrent(parts.l2_norm(self.q), parts.l2_norm(self.k), self.v,
                                  gate, 1 / (1 + np.exp(-logit[..., 0]))).o)

    def test_comba_that_erases_all_is_gated_delta(self):
        logit = np.random.default_rng(1).standard_normal((2, 4, 6))
        rate, bias, gate = self.decay(self.gate, ())
        got = find("comba").run(self.q, self.k, self.v, self.gate, logit, rate, bias,
                                np.full(4, 60.0), np.zeros(4))
        close(got["o"], recurrent(parts.l2_norm(self.q), parts.l2_norm(self.k), self.v,
                                  gate, 1 / (1 + np.exp(-logit))).o)

    def test_delta_product_of_one_step_is_gated_delta(self):
        logit = np.random.default_rng(1).standard_normal((2, 4, 6))
        rate, bias, gate = self.decay(self.gate, ())
        got = find("delta_product").run(self.q, self.k[:, :, :, None],
                                        self.v[:, :, :, None], self.gate,
                                        logit[..., None], rate, bias)
        close(got["o"], recurrent(parts.l2_norm(self.q), parts.l2_norm(self.k), self.v,
                                  gate, 1 / (1 + np.exp(-logit))).o)

    def test_kimi_delta_with_a_lower_bound(self):
        layer = find("kimi_delta")
        arrays = sample(layer, SIZES, seed=1)
        steep = np.exp(arrays["a_log"])[None, :, None, None]
        logit = steep * (arrays["a"] + arrays["dt_bias"][None, :, None])
        gate = -5 / (1 + np.exp(-logit))
        # The same decay by way of softplus: softplus(log(expm1(y))) = y.
        other = dict(arrays, a=np.log(np.expm1(-gate)), a_log=np.zeros(4),
                     dt_bias=np.zeros((4, 6)))
        close(layer.run(**arrays, lower_bound=-5.0)["o"], layer.run(**other)["o"], 1e-9)


class Registry(unittest.TestCase):
    def test_names(self):
        self.assertEqual(
            " ".join(sorted(LAYERS)),
            "bigbird comba deepseek_sparse delta_net delta_product flash_attention "
            "gated_delta_net gdn2 gla h2o hgrn2 hyena kimi_delta lightning linear "
            "longformer mamba mamba2 mixture_of_transformers mlstm moba native_sparse "
            "perceiver perceiver_ar perceiver_io retnet rwkv6 rwkv7 streaming")

    def test_inputs_are_parameters_of_the_function(self):
        for name, layer in LAYERS.items():
            parameters = inspect.signature(layer.run).parameters
            takes_any = any(p.kind == p.VAR_KEYWORD for p in parameters.values())
            for each in layer.inputs:
                self.assertTrue(takes_any or each in parameters, (name, each))
            needed = {n for n, p in parameters.items()
                      if p.default is p.empty and p.kind == p.POSITIONAL_OR_KEYWORD}
            self.assertLessEqual(needed, set(layer.inputs) - layer.optional, name)

    def test_unknown_layer(self):
        unknown = "expected one of linear, .* but found nothing"
        with self.assertRaisesRegex(ValueError, unknown):
            find("nothing")


def load_tests(loader, tests, pattern):
    """Adds the examples of the documentation."""
    for module in (attn.oracle.layer, attn.oracle.systems):
        tests.addTests(doctest.DocTestSuite(module))
    return tests


if __name__ == "__main__":
    unittest.main()
