"""Perceivers and Mixture-of-Transformers of the oracle.

    PYTHONPATH=python python3 test/python/test_oracle_models.py
"""

import unittest

import numpy as np
from oracle_inputs import close, normal

from attn.oracle import modalities, perceiver
from attn.oracle.layer import describe
from attn.oracle.modalities import by_modality, grouped_project
from attn.oracle.modalities import mixture_of_transformers, route
from attn.oracle.parts import rms_norm

SIZES = {"B": 2, "M": 3, "D": 6, "S": 10, "C": 5, "O": 7, "E": 4, "A": 8, "F": 9,
         "T": 10, "G": 3, "H": 2, "K": 4}
LAYERS = {x.name: x for x in perceiver.LAYERS + modalities.LAYERS}


def arrays(name, seed=1):
    """Inputs of a layer by name, without the optional ones."""
    shapes = {n: x for n, x in describe(LAYERS[name], SIZES)["inputs"].items()
              if n not in LAYERS[name].optional}
    return dict(zip(shapes, normal(seed, *shapes.values())))


class Perceivers(unittest.TestCase):
    def test_shapes(self):
        for name, options in (("perceiver", {}), ("perceiver_io", {}),
                              ("perceiver_ar", {"latents": 3})):
            x = arrays(name)
            got = LAYERS[name].run(**x, heads=2, **options)["o"]
            self.assertEqual(got.shape, describe(LAYERS[name], SIZES)["outputs"]["o"])

    def test_a_masked_input_is_as_if_it_were_not_there(self):
        mask = np.arange(10)[None] < np.array([[7], [4]])
        for name in ("perceiver", "perceiver_io"):
            x = arrays(name)
            got = LAYERS[name].run(**x, mask=mask, heads=2)["o"]
            for b, length in enumerate((7, 4)):
                own = dict(x, x=x["x"][b : b + 1, :length])
                if "queries" in own:
                    own["queries"] = own["queries"][b : b + 1]
                close(got[b : b + 1], LAYERS[name].run(**own, heads=2)["o"])

    def test_no_input_at_all_leaves_the_latents(self):
        x = arrays("perceiver")
        x["encode_w2"] = 0 * x["encode_w2"]
        got = perceiver.perceiver(**x, mask=np.zeros((2, 10), dtype=bool), heads=2,
                                  layers=0)
        close(got["o"], np.broadcast_to(x["latents"], (2, 3, 6)))

    def test_one_head_by_hand(self):
        w = {n[7:]: x for n, x in arrays("perceiver").items() if n.startswith("encode_")}
        x = arrays("perceiver")
        got = perceiver.perceiver(**x, layers=0)["o"][0]

        def norm(y, weights):
            y = (y - y.mean(1, keepdims=True)) / np.sqrt(y.var(1, keepdims=True) + 1e-5)
            return y * weights[0] + weights[1]

        z, other = x["latents"], norm(x["x"][0], w["kv_norm"])
        s = np.exp(norm(z, w["q_norm"]) @ w["wq"] @ (other @ w["wk"]).T / np.sqrt(8))
        z = z + s / s.sum(1, keepdims=True) @ (other @ w["wv"]) @ w["wo"]
        hidden = norm(z, w["mlp_norm"]) @ w["w1"]
        phi = [[0.5 * (1 + perceiver.erf(h / np.sqrt(2))) for h in row] for row in hidden]
        close(got, z + (hidden * np.array(phi, dtype=float)) @ w["w2"])

    def test_more_layers_use_more_weights(self):
        x = arrays("perceiver")
        once = perceiver.perceiver(**x, heads=2)["o"]
        twice = {**x, **{n.replace("_0_", "_1_"): y for n, y in x.items()}}
        got = perceiver.perceiver(**twice, heads=2, layers=2)["o"]
        weights = {n: y for n, y in x.items() if n.startswith("process")}
        close(got, perceiver.block(weights, "process_0", once, None, 2))

    def test_ar_is_causal(self):
        x = arrays("perceiver_ar")
        before = perceiver.perceiver_ar(**x, latents=4, heads=2)["o"]
        x["x"] = x["x"].copy()
        x["x"][:, 8:] += 1
        after = perceiver.perceiver_ar(**x, latents=4, heads=2)["o"]
        close(after[:, :2], before[:, :2])
        self.assertGreater(np.abs(after - before)[:, 2:].min(), 1e-6)

    def test_ar_decoding_by_one_layer_equals_prefill(self):
        # Without processing a latent depends on the tokens up to its own only.
        x = arrays("perceiver_ar")
        whole = perceiver.perceiver_ar(**x, latents=10, heads=2, layers=0)["o"]
        for t in range(10):
            one = dict(x, x=x["x"][:, : t + 1])
            step = perceiver.perceiver_ar(**one, latents=1, heads=2, layers=0)["o"]
            close(step[:, 0], whole[:, t])

    def test_ar_padding_on_the_left(self):
        x = arrays("perceiver_ar")
        mask = np.arange(10)[None] >= np.array([[3], [0]])
        got = perceiver.perceiver_ar(**x, mask=mask, latents=4, heads=2)["o"]
        short = dict(x, x=x["x"][:1, 3:])
        # Rotary embedding knows distances only, so that the shift does not matter.
        close(got[:1], perceiver.perceiver_ar(**short, latents=4, heads=2)["o"], 1e-9)


class Modalities(unittest.TestCase):
    IDS = np.array([2, 0, 1, 0, 2, 7, 0, -1])

    def test_route(self):
        order, offsets = route(self.IDS, 3)
        np.testing.assert_array_equal(order, [1, 3, 6, 2, 0, 4, 5, 7])
        np.testing.assert_array_equal(offsets, [0, 3, 4, 6])

    def test_sorting_and_grouped_products_equal_a_choice_per_token(self):
        x, weights = normal(1, (8, 5), (3, 5, 4))
        order, offsets = route(self.IDS, 3)
        y = np.zeros((8, 4))
        y[order] = grouped_project(x[order], weights, offsets)
        close(y, by_modality(x, self.IDS, weights))
        close(y[4], x[4] @ weights[2])
        close(y[5], np.zeros(4))

    def layer(self, ids):
        x = arrays("mixture_of_transformers")
        x["ids"] = ids
        return x

    def test_equal_weights_are_one_transformer(self):
        ids = np.random.default_rng(1).integers(0, 3, (2, 10))
        x = self.layer(ids)
        shared = {n: y if n in ("x", "ids") else np.broadcast_to(y[:1], y.shape)
                  for n, y in x.items()}
        got = mixture_of_transformers(**shared, heads=2)
        one = mixture_of_transformers(**dict(shared, ids=0 * ids), heads=2)
        close(got["o"], one["o"])
        self.assertGreater(
            np.abs(mixture_of_transformers(**x, heads=2)["o"] - one["o"]).max(), 1e-3)

    def test_decoding_equals_prefill(self):
        x = self.layer(np.random.default_rng(2).integers(0, 3, (2, 10)))
        whole = mixture_of_transformers(**x, heads=2)
        parts, past = [], {}
        for a, z in ((0, 4), (4, 5), (5, 10)):
            now = dict(x, x=x["x"][:, a:z], ids=x["ids"][:, a:z])
            got = mixture_of_transformers(**now, heads=2, **past)
            past = {"k_cache_in": got["k_cache_out"], "v_cache_in": got["v_cache_out"]}
            parts.append(got["o"])
        close(np.concatenate(parts, axis=1), whole["o"])
        close(got["k_cache_out"], whole["k_cache_out"])

    def test_a_token_alone_by_hand(self):
        # One token attends to itself: its output is its value.
        x = self.layer(np.array([[1]]))
        x["x"] = x["x"][:1, :1]
        w = {n: y[1] for n, y in x.items() if n not in ("x", "ids")}
        token = x["x"][0, 0]
        h = token + rms_norm(token @ w["wv"] @ w["wo"], w["o_norm"], 1e-5)
        gate = h @ w["w1"]
        inner = gate / (1 + np.exp(-gate)) * (h @ w["w3"])
        o = h + rms_norm(inner @ w["w2"], w["ffn_norm"], 1e-5)
        close(mixture_of_transformers(**x, heads=2)["o"][0, 0], o)

    def test_queries_and_keys_are_normalised(self):
        x = self.layer(np.zeros((2, 10), dtype=int))
        scaled = mixture_of_transformers(**dict(x, wq=7 * x["wq"]), heads=2, epsilon=0.0)
        plain = mixture_of_transformers(**x, heads=2, epsilon=0.0)
        close(scaled["o"], plain["o"])
        norms = np.sqrt(((plain["k_cache_out"] / x["k_norm"][0]) ** 2).mean(axis=-1))
        close(norms, np.ones((2, 2, 10)))


if __name__ == "__main__":
    unittest.main()
