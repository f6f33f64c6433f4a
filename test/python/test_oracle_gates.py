"""Gates, norms and convolutions of the oracle's layers, one head written out.

    PYTHONPATH=python python3 test/python/test_oracle_gates.py
"""

import unittest

import numpy as np
from oracle_inputs import close

from attn.oracle.systems import find, sample

SIZES = {"B": 1, "H": 1, "Hk": 1, "Hq": 1, "Ho": 1, "T": 3, "K": 4, "V": 3, "W": 2,
         "N": 1, "R": 2}


def logistic(x):
    """1 / (1 + exp(-x))."""
    return 1 / (1 + np.exp(-x))


def swish(x):
    """x / (1 + exp(-x))."""
    return x / (1 + np.exp(-x))


def unit(x):
    """x over its length."""
    return x / np.sqrt(x @ x + 1e-6)


def rms(x, epsilon=1e-5):
    """x over its root mean square."""
    return x / np.sqrt(x @ x / len(x) + epsilon)


def standard(x, epsilon):
    """x without mean, over its deviation."""
    return (x - x.mean()) / np.sqrt(x.var() + epsilon)


class OneHead(unittest.TestCase):
    """Each test is the layer's step on rows of one head; `check` runs it."""

    def check(self, name, step, options=None, without=(), sizes=None):
        layer = find(name)
        sizes = {**SIZES, **(sizes or {})}
        arrays = sample(layer, sizes, seed=7)
        for each in without:
            del arrays[each]
        outputs = layer.run(**arrays, **(options or {}))
        state = arrays["state_in"][0, 0]
        rows = {n: x for n, x in arrays.items() if n != "state_in"}
        expected = []
        for t in range(3):
            now = {}
            for each, x in rows.items():
                axes = layer.inputs[each].split()
                if each + "_conv" in rows:
                    tail = rows[each + "_tail_in"][0, 0, 0] if t == 0 else x[0, 0, t - 1]
                    taps = rows[each + "_conv"][0]
                    y = taps[:, 0] * tail + taps[:, 1] * x[0, 0, t]
                    bias = rows.get(each + "_conv_bias")
                    now[each] = swish(y if bias is None else y + bias[0])
                elif "T" in axes:
                    index = tuple(t if a == "T" else 0 if a in "B H Hk Hq Ho".split()
                                  else slice(None) for a in axes)
                    now[each] = x[index]
                elif not each.endswith(("_conv", "_bias", "_in")) or each in (
                        "dt_bias", "o_bias"):
                    index = tuple(0 if a in ("H", "Ho") else slice(None) for a in axes)
                    now[each] = x[index]
            state, o = step(state, **now)
            expected.append(o)
        close(outputs["o"][0, 0], expected)
        close(outputs["state_out"][0, 0], state)

    def test_linear(self):
        def step(s, q, k, v):
            q, k = (np.where(x > 0, x + 1, np.exp(x)) for x in (q, k))
            s = s + np.outer(k, v)
            return s, s.T @ q

        self.check("linear", step, {"normalizer": False}, ["key_sum_in"])

    def test_retnet(self):
        def step(s, q, k, v, z, cos, sin):
            def turn(x):
                low, high = x[:2], x[2:]
                return np.concatenate([low * cos - high * sin, low * sin + high * cos])

            s = (1 - 2**-5) * s + np.outer(turn(k), v)
            return s, swish(z) * standard(s.T @ turn(q) / 2, 1e-5)

        self.check("retnet", step)

    def test_lightning(self):
        def step(s, q, k, v, z):
            s = s + np.outer(swish(k), v)
            return s, rms(s.T @ swish(q) / 2, 1e-6) * z

        self.check("lightning", step)

    def test_gla(self):
        def step(s, q, k, v, a, z, o_weight):
            s = (logistic(a) ** (1 / 16))[:, None] * s + np.outer(k, v)
            return s, rms(s.T @ q / 2) * o_weight * swish(z)

        self.check("gla", step)

    def test_hgrn2(self):
        def step(s, q, f, v, lower_bound):
            forget = lower_bound + (1 - lower_bound) * logistic(f)
            s = forget[:, None] * s + np.outer(1 - forget, v)
            return s, s.T @ swish(q)

        self.check("hgrn2", step)

    def test_mamba2(self):
        def step(s, x, b, c, dt, z, a_log, dt_bias, d, o_weight):
            dt = np.log(1 + np.exp(dt + dt_bias))
            s = np.exp(-dt * np.exp(a_log)) * s + np.outer(b, dt * x)
            return s, rms((s.T @ c + d * x) * swish(z)) * o_weight

        self.check("mamba2", step)

    def test_mamba2_normalises_the_heads_of_a_group_together(self):
        layer = find("mamba2")
        arrays = sample(layer, {**SIZES, "H": 2}, seed=7)
        arrays["o_weight"] = np.ones((2, 3))
        together = layer.run(**arrays, epsilon=0.0)["o"]
        apart = layer.run(**arrays, epsilon=0.0, norm_heads=1)["o"]
        close((together**2).mean(axis=(1, 3)), np.ones((1, 3)))
        close((apart**2).mean(axis=3), np.ones((1, 2, 3)))
        self.assertGreater(np.abs(together - apart).max(), 1e-2)

    def test_mamba(self):
        def step(s, x, dt, b, c, z, a_log, dt_bias, d):
            dt = np.log(1 + np.exp(dt + dt_bias))
            s = np.exp(-dt[None] * np.exp(a_log).T) * s + np.outer(b, dt * x)
            return s, (s.T @ c + d * x) * swish(z)

        self.check("mamba", step)

    def test_delta_net(self):
        def step(s, q, k, v, b, o_weight):
            k = unit(k)
            s = s + logistic(b) * np.outer(k, v - s.T @ k)
            return s, rms(s.T @ unit(q) / 2) * o_weight

        self.check("delta_net", step)

    def test_fast_weights(self):
        def step(s, q, k, v, b):
            q, k = (np.where(x > 0, x + 1, np.exp(x)) for x in (q, k))
            k = k / k.sum()
            s = s + logistic(b) * np.outer(k, v - s.T @ k)
            return s, s.T @ (q / q.sum()) / 2

        extra = [f"{x}_{y}" for x in "qkv" for y in ("conv", "tail_in")]
        self.check("delta_net", step, {"features": 1}, ["o_weight", *extra])

    def test_gated_delta_net(self):
        def step(s, q, k, v, a, b, z, a_log, dt_bias, o_weight):
            k = unit(k)
            s = (1 + np.exp(a + dt_bias)) ** -np.exp(a_log) * s
            s = s + logistic(b) * np.outer(k, v - s.T @ k)
            return s, rms(s.T @ unit(q) / 2) * o_weight * swish(z)

        self.check("gated_delta_net", step)

    def test_kimi_delta(self):
        def step(s, q, k, v, a, b, z, a_log, dt_bias, o_weight):
            k = unit(k)
            s = ((1 + np.exp(a + dt_bias)) ** -np.exp(a_log))[:, None] * s
            s = s + logistic(b) * np.outer(k, v - s.T @ k)
            return s, rms(s.T @ unit(q) / 2) * o_weight * logistic(z)

        self.check("kimi_delta", step)

    def test_gdn2(self):
        def step(s, q, k, v, a, e, w, a_log, dt_bias):
            k = unit(k)
            s = ((1 + np.exp(a + dt_bias)) ** -np.exp(a_log))[:, None] * s
            s = s + np.outer(k, logistic(w) * v - s.T @ (logistic(e) * k))
            return s, s.T @ unit(q) / 2

        self.check("gdn2", step)

    def test_comba(self):
        def step(s, q, k, v, a, b, a_log, dt_bias, p_gate, d):
            k = unit(k)
            s = (1 + np.exp(a + dt_bias)) ** -np.exp(a_log) * s
            s = s + logistic(b) * np.outer(k, v - s.T @ (logistic(p_gate) * k))
            return s, s.T @ (unit(q) - d * k) / 2

        self.check("comba", step)

    def test_delta_product(self):
        def step(s, q, k, v, a, b, a_log, dt_bias):
            s = (1 + np.exp(a + dt_bias)) ** -np.exp(a_log) * s
            for micro in range(2):
                own = unit(k[micro])
                s = s + logistic(b[micro]) * np.outer(own, v[micro] - s.T @ own)
            return s, s.T @ unit(q) / 2

        self.check("delta_product", step)

    def test_rwkv6(self):
        def step(s, r, k, v, w, u, z, o_weight, o_bias):
            o = s.T @ r + (r @ (u * k)) * v
            s = np.exp(-np.exp(w))[:, None] * s + np.outer(k, v)
            return s, swish(z) * (standard(o, 3e-5) * o_weight + o_bias)

        self.check("rwkv6", step)

    def test_rwkv7(self):
        # As the paper has it: the state is [V, K] and multiplied from the right.
        def step(s, r, w, k, v, a, z, k_k, k_a, r_k, o_weight, o_bias):
            a = logistic(a)
            kappa = k * k_k / np.linalg.norm(k * k_k)
            key = k * (1 - k_a) + k * a * k_a
            decay = np.exp(-np.exp(-0.5) * logistic(w))
            paper = s.T @ (np.diag(decay) - np.outer(kappa, a * kappa)) + np.outer(v, key)
            o = standard(paper @ r, 3e-5) * o_weight + o_bias + (r @ (r_k * key)) * v
            return paper.T, z * o

        self.check("rwkv7", step)

    def test_mlstm(self):
        # Without a start of its own the unstabilised form is short.
        c, n = np.zeros((4, 3)), np.zeros(4)
        arrays = sample(find("mlstm"), SIZES, seed=7, states=False)
        got = find("mlstm").run(**arrays, epsilon=0.0)
        for t in range(3):
            q, k, v, z = (arrays[x][0, 0, t] for x in "qkvz")
            i, f = np.exp(arrays["i"][0, 0, t]), logistic(arrays["f"][0, 0, t])
            c, n = f * c + i * np.outer(k, v), f * n + i * k
            h = c.T @ q / 2 / max(abs(n @ q / 2), 1)
            o = logistic(z) * standard(h, 1e-5) * arrays["o_weight"][0]
            close(got["o"][0, 0, t], o)
        close(got["state_out"][0, 0] * np.exp(got["maximum_out"][0, 0]), c)
        close(got["key_sum_out"][0, 0] * np.exp(got["maximum_out"][0, 0]), n)


if __name__ == "__main__":
    unittest.main()
