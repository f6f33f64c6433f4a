"""The oracle of linear and recurrent attention: golden values, limits, and
formulations that are not recurrences.

    PYTHONPATH=python python3 test/python/test_oracle_state.py
"""

import doctest
import unittest

import numpy as np
from oracle_inputs import close

import attn.oracle.parts
from attn.oracle import additive, parts
from attn.oracle.recurrence import apply_map, compose, linear, recurrent
from attn.oracle.systems import find


def counting(rows, columns, function):
    """function of the flat row-major index, [rows, columns]."""
    return function(np.arange(rows * columns, dtype=np.float64)).reshape(rows, columns)


class GoldenValues(unittest.TestCase):
    """Published sums of formula inputs: T = 16, K = 8, V = 4, one head."""

    def setUp(self):
        self.q = counting(16, 8, lambda n: np.sin(0.37 * n + 0.1))[None, None]
        self.k = counting(16, 8, lambda n: np.cos(0.23 * n + 0.2))[None, None]
        self.v = counting(16, 4, lambda n: np.sin(0.11 * n + 0.3))[None, None]
        self.kn = parts.l2_norm(self.k)
        self.state = counting(8, 4, lambda n: 0.1 * np.cos(0.3 * n + 0.7))[None, None]
        t = np.arange(16.0)
        self.gs = -(0.05 + 0.1 * (1 + np.sin(0.9 * t)))[None, None]
        self.gv = counting(16, 8,
                           lambda n: -(0.05 + 0.1 * (1 + np.sin(0.51 * n + 0.4))))
        self.gv = self.gv[None, None]
        self.beta = (0.5 + 0.4 * np.sin(0.7 * t + 0.5))[None, None]

    def check(self, result, total, absolute, last, state):
        self.assertAlmostEqual(result.o.sum(), total, places=9)
        self.assertAlmostEqual(np.abs(result.o).sum(), absolute, places=9)
        np.testing.assert_allclose(result.o[0, 0, -1], last, atol=6e-9)
        self.assertAlmostEqual(result.state.sum(), state, places=7)

    def test_linear(self):
        self.check(linear(self.q, self.k, self.v, state=self.state),
                   -3.2243699424, 27.8736463066,
                   (-1.00200795, -1.05895150, -1.10294437, -1.13328787), -18.90171489)

    def test_retnet(self):
        gate = additive.retnet_gate(1)
        self.check(linear(self.q, self.k, self.v, gate, state=self.state),
                   -3.0881847467, 28.1158318148,
                   (-0.94233127, -1.00495526, -1.05534113, -1.09277937), -17.68730523)

    def test_scalar_gate(self):
        self.check(linear(self.q, self.k, self.v, self.gs, state=self.state),
                   -2.6301156129, 28.0847107055,
                   (-0.90859701, -0.99251913, -1.06443132, -1.12345037), -16.95050887)

    def test_vector_gate(self):
        self.check(linear(self.q, self.k, self.v, self.gv, state=self.state),
                   -2.9802374172, 29.4981058086,
                   (-0.84607128, -0.92425260, -0.99123837, -1.04619681), -16.21813865)

    def test_delta_net(self):
        self.check(recurrent(self.q, self.kn, self.v, beta=self.beta,
                             state=self.state),
                   0.9741464808, 12.9660458262,
                   (0.16841791, 0.16893130, 0.16667452, 0.16120935), 2.57092481)

    def test_gated_delta_net(self):
        self.check(recurrent(self.q, self.kn, self.v, self.gs, self.beta,
                             state=self.state),
                   1.0617102880, 10.7753179735,
                   (0.08519927, 0.08134821, 0.07645297, 0.07053383), 1.33359487)

    def test_kimi_delta(self):
        self.check(recurrent(self.q, self.kn, self.v, self.gv, self.beta,
                             state=self.state),
                   1.0414499704, 10.5194528688,
                   (0.08250866, 0.07988540, 0.07624716, 0.07159954), 1.13878127)

    def test_rwkv6(self):
        self.check(linear(self.q, self.k, self.v, self.gv, bonus=np.full((1, 8), 0.5),
                          state=self.state, read_before=True),
                   -2.1509697820, 20.3028256413,
                   (-0.35596896, -0.35296038, -0.34568887, -0.33421965), -16.21813865)

    def test_rwkv7(self):
        left, right = self.beta[..., None] * self.kn, -self.kn
        self.check(recurrent(self.q, self.k, self.v, self.gv, left=left, right=right,
                             state=self.state, scale=1.0),
                   -10.4177936980, 102.4093907983,
                   (-2.37125306, -2.54946563, -2.69700077, -2.81217502), -15.14726228)

    def test_short_convolution_as_a_long_one(self):
        t = np.arange(16.0)
        u = np.sin(0.37 * t + 0.1)[None, None, :, None]
        kernel = (np.cos(0.23 * t + 0.2) * np.exp(-0.1 * t))[::-1][None, None]
        y, _ = parts.short_conv(u, kernel)
        self.assertAlmostEqual(y.sum(), -1.4407428402, places=9)
        self.assertAlmostEqual(np.abs(y).sum(), 34.5386273939, places=9)
        self.assertAlmostEqual(y[0, 0, -1, 0], -4.17236935, places=8)


class Matrices(unittest.TestCase):
    """The recurrences against formulations over the whole sequence."""

    def setUp(self):
        rng = np.random.default_rng(3)
        self.q, self.k = rng.standard_normal((2, 1, 1, 7, 4))
        self.v = rng.standard_normal((1, 1, 7, 3))
        self.state = rng.standard_normal((1, 1, 4, 3))
        self.gate = -rng.random((1, 1, 7, 4))
        self.beta = rng.random((1, 1, 7))

    def weights(self, gate, strict=False):
        """sum_d q_id k_jd exp(G_id - G_jd), zero above the diagonal."""
        total = np.cumsum(gate, axis=0)
        taken = total - gate if strict else total
        q, k = self.q[0, 0], self.k[0, 0]
        a = np.array([[(q[i] * k[j] * np.exp(taken[i] - total[j])).sum() if
                       (j < i or (j == i and not strict)) else 0.0
                       for j in range(7)] for i in range(7)])
        return a, np.exp(taken)

    def test_vector_gate(self):
        a, decay = self.weights(self.gate[0, 0])
        o = a @ self.v[0, 0] + (self.q[0, 0] * decay) @ self.state[0, 0]
        close(linear(self.q, self.k, self.v, self.gate, state=self.state,
                     scale=1.0).o[0, 0], o)

    def test_read_before_with_bonus(self):
        bonus = np.linspace(0.1, 0.7, 4)[None]
        a, decay = self.weights(self.gate[0, 0], strict=True)
        a += np.diag((self.q * bonus * self.k)[0, 0].sum(axis=1))
        o = a @ self.v[0, 0] + (self.q[0, 0] * decay) @ self.state[0, 0]
        close(linear(self.q, self.k, self.v, self.gate, bonus=bonus, state=self.state,
                     scale=1.0, read_before=True).o[0, 0], o)

    def test_delta_rule_as_a_linear_system(self):
        # (I + L) R = diag(beta) (V - K~ S), L strictly lower: what is written.
        total = np.cumsum(self.gate[0, 0], axis=0)
        k = self.k[0, 0]
        beta = self.beta[0, 0][:, None]
        lower = beta * np.array(
            [[(k[i] * k[j] * np.exp(total[i] - total[j])).sum() if j < i else 0.0
              for j in range(7)] for i in range(7)])
        right = beta * (self.v[0, 0] - (k * np.exp(total)) @ self.state[0, 0])
        written = np.linalg.solve(np.eye(7) + lower, right)
        a, decay = self.weights(self.gate[0, 0])
        result = recurrent(self.q, self.k, self.v, self.gate, self.beta,
                           state=self.state, scale=1.0)
        close(result.o[0, 0], a @ written + (self.q[0, 0] * decay) @ self.state[0, 0])
        last = np.exp(total[-1])[:, None] * self.state[0, 0]
        close(result.state[0, 0], last + (k * np.exp(total[-1] - total)).T @ written)

    def test_mlstm_without_stabiliser(self):
        rng = np.random.default_rng(9)
        i, f = rng.standard_normal((2, 1, 1, 7))
        got = find("mlstm").run(self.q, self.k, self.v, i, f, epsilon=0.0)["o"][0, 0]
        total = np.cumsum(parts.log_sigmoid(f[0, 0]))
        for t in range(7):
            weight = np.exp(total[t] - total[: t + 1] + i[0, 0, : t + 1])
            s = weight * (self.k[0, 0, : t + 1] @ self.q[0, 0, t]) / 2
            close(got[t], s @ self.v[0, 0, : t + 1] / max(abs(s.sum()), 1))

    def test_key_sum_is_a_weighted_mean(self):
        got = find("linear").run(self.q, self.k, self.v, epsilon=0.0)["o"][0, 0]
        q, k = (np.where(x > 0, x + 1, np.exp(x)) for x in (self.q, self.k))
        s = np.tril(q[0, 0] @ k[0, 0].T)
        close(got, s @ self.v[0, 0] / s.sum(axis=1, keepdims=True))

    def test_selective_scan_as_products_of_decays(self):
        rng = np.random.default_rng(4)
        dt, rate = rng.random((1, 1, 7, 3)), -rng.random((1, 3, 4))
        got = recurrent(self.q, self.k, self.v, time_step=dt, rate=rate,
                        state=self.state, scale=1.0)
        total = np.cumsum(dt[0, 0], axis=0)
        for t in range(7):
            for c in range(3):
                s = np.exp(total[t, c] * rate[0, c]) * self.state[0, 0, :, c]
                for j in range(t + 1):
                    s = s + (np.exp((total[t, c] - total[j, c]) * rate[0, c])
                             * self.k[0, 0, j] * self.v[0, 0, j, c])
                self.assertAlmostEqual(got.o[0, 0, t, c], s @ self.q[0, 0, t])

    def test_mamba_with_one_rate_for_all_is_mamba2(self):
        rng = np.random.default_rng(6)
        dt, x = rng.random((1, 1, 7, 1)), rng.standard_normal((1, 1, 7, 3))
        rate = -0.7
        scan = recurrent(self.q, self.k, dt * x, time_step=np.repeat(dt, 3, axis=-1),
                         rate=np.full((1, 3, 4), rate), state=self.state, scale=1.0)
        core = linear(self.q, self.k, dt * x, rate * dt[..., 0], state=self.state,
                      scale=1.0)
        close(scan.o, core.o)
        close(scan.state, core.state)


class Limits(unittest.TestCase):
    """What one system becomes at the edge of another."""

    def setUp(self):
        rng = np.random.default_rng(8)
        self.q, self.k = rng.standard_normal((2, 2, 2, 6, 4))
        self.v = rng.standard_normal((2, 4, 6, 3))
        self.gate = -rng.random((2, 4, 6))
        self.rows = -rng.random((2, 4, 6, 4))
        self.zero = np.zeros((2, 4, 6))
        self.state = rng.standard_normal((2, 4, 4, 3))

    def test_decay_of_zero_is_linear_attention(self):
        plain = linear(self.q, self.k, self.v, state=self.state)
        for gate in (np.zeros(4), self.zero, np.zeros((2, 4, 6, 4))):
            close(linear(self.q, self.k, self.v, gate, state=self.state).o, plain.o)

    def test_beta_of_zero_is_decay_only(self):
        got = recurrent(self.q, self.k, self.v, self.rows, self.zero, state=self.state)
        close(got.state, np.exp(self.rows.sum(axis=2))[..., None] * self.state)

    def test_no_correction_is_linear(self):
        for gate in (None, self.gate, self.rows):
            close(recurrent(self.q, self.k, self.v, gate, state=self.state).o,
                  linear(self.q, self.k, self.v, gate, state=self.state).o)

    def test_equal_rows_of_a_gate_are_a_scalar(self):
        rows = np.repeat(self.gate[..., None], 4, axis=-1)
        beta = 1 / (1 + np.exp(self.gate))
        close(recurrent(self.q, self.k, self.v, rows, beta).o,
              recurrent(self.q, self.k, self.v, self.gate, beta).o)

    def test_decay_comes_before_the_correction(self):
        # For a gate per row the order matters; this pins it.
        beta = np.full((2, 4, 6), 0.7)
        own = np.repeat(self.k, 2, axis=1)
        close(recurrent(self.q, self.k, 0.7 * self.v, self.rows, left=-0.7 * own,
                        right=np.exp(self.rows) * own).o,
              recurrent(self.q, self.k, self.v, self.rows, beta).o)

    def test_gates_that_forget_everything(self):
        for gate in (-np.inf, -1e4):
            forget = self.rows.copy()
            forget[:, :, 3] = gate
            whole = linear(self.q, self.k, self.v, forget, state=self.state)
            fresh = linear(self.q[:, :, 3:], self.k[:, :, 3:], self.v[:, :, 3:],
                           forget[:, :, 3:])
            close(whole.o[:, :, 3:], fresh.o)
            self.assertTrue(np.isfinite(whole.o).all())

    def test_mlstm_with_both_gates_closed(self):
        closed = np.full((2, 4, 6), -np.inf)
        got = linear(self.q, self.k, self.v, closed, closed, normalizer="max_exp")
        close(got.o, np.zeros(got.o.shape))

    def test_lightning_head_0_never_forgets(self):
        gate = additive.lightning_gate(4, layer=3, layers=12)
        close(gate, [0, -1.5, -3, -4.5])

    def test_heads_of_a_group_may_be_permuted(self):
        swapped = [1, 0, 3, 2]
        q, k = (np.repeat(x, 2, axis=1) for x in (self.q, self.k))
        got = linear(q, self.k, self.v, self.gate)
        same = linear(q[:, swapped], self.k, self.v[:, swapped], self.gate[:, swapped])
        close(got.o[:, swapped], same.o)
        close(got.o, linear(q, k, self.v, self.gate).o)

    def test_query_heads_share_a_state(self):
        q = np.random.default_rng(2).standard_normal((2, 8, 6, 4))
        k, v = np.repeat(self.k, 4, axis=1), np.repeat(self.v, 2, axis=1)
        close(linear(q, self.k, self.v).o, linear(q, k, v).o)


class Maps(unittest.TestCase):
    """The affine map of a part, and its composition."""

    def test_parts_compose_to_the_whole(self):
        rng = np.random.default_rng(7)
        q, k = rng.standard_normal((2, 1, 2, 8, 4))
        v, gate = rng.standard_normal((1, 2, 8, 3)), -rng.random((1, 2, 8))
        rows, beta = -rng.random((1, 2, 8, 4)), rng.random((1, 2, 8))
        start = rng.standard_normal((1, 2, 4, 3))
        dt = rng.random((1, 2, 8, 3))
        cases = {
            "scalar": (linear, {"gate": gate}),
            "rows": (linear, {"gate": rows}),
            "matrix": (recurrent, {"gate": rows, "beta": beta}),
            "elements": (recurrent, {"time_step": dt}),
        }
        for kind, (op, extra) in cases.items():
            with self.subTest(kind=kind):
                fixed = {"rate": -np.ones((2, 3, 4))} if kind == "elements" else {}

                def part(a, z):
                    now = {n: x[:, :, a:z] for n, x in extra.items()}
                    result = op(q[:, :, a:z], k[:, :, a:z], v[:, :, a:z],
                                **now, **fixed)
                    return result.transition, result.state

                whole = op(q, k, v, **extra, **fixed, state=start)
                first = compose(part(2, 5), part(0, 2), kind)
                product, added = compose(part(5, 8), first, kind)
                close(apply_map(product, start, kind) + added, whole.state)
                close(product, whole.transition)


class Refusals(unittest.TestCase):
    def test_bad_offsets(self):
        x = np.zeros((1, 1, 4, 2))
        message = "expected monotone offsets from 0 to 4 but found"
        for bounds in ([0, 3, 2, 4], [1, 4], [0, 3]):
            with self.assertRaisesRegex(ValueError, message):
                linear(x, x, x, cu_seqlens=np.array(bounds))
        two = np.zeros((2, 1, 4, 2))
        with self.assertRaisesRegex(ValueError, "expected a batch of 1"):
            linear(two, two, two, cu_seqlens=np.array([0, 4]))

    def test_bad_heads(self):
        with self.assertRaisesRegex(ValueError, "expected 2 to divide 3 value heads"):
            linear(np.zeros((1, 3, 1, 2)), np.zeros((1, 2, 1, 2)),
                   np.zeros((1, 3, 1, 2)))
        with self.assertRaisesRegex(ValueError, "expected one of 2 and 3 heads"):
            linear(np.zeros((1, 2, 1, 2)), np.zeros((1, 1, 1, 2)),
                   np.zeros((1, 3, 1, 2)))


def load_tests(loader, tests, pattern):
    """Adds the example of the documentation."""
    tests.addTests(doctest.DocTestSuite(attn.oracle.parts))
    return tests


if __name__ == "__main__":
    unittest.main()
