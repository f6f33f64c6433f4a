"""Functions of fla and mamba_ssm against the NumPy oracle of the operations."""

import unittest

import numpy as np

from compiling import CompilingTest

from attn import dtypes, fla, mamba
from attn.oracle import recurrence
from attn.oracle.parts import l2_norm, softplus

B, T, H, K, V = 2, 37, 4, 16, 24


def bhtd(x):
    return None if x is None else np.asarray(x, np.float64).swapaxes(1, 2)


class States(CompilingTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rng = np.random.default_rng(3)
        draw = lambda *shape: rng.standard_normal(shape).astype(np.float32)
        unit = lambda x: (x / np.linalg.norm(x, axis=-1, keepdims=True)).astype(np.float32)
        cls.draw = staticmethod(draw)
        cls.q, cls.k = draw(B, T, H, K), unit(draw(B, T, H, K))
        cls.v = draw(B, T, H, V)
        cls.token, cls.row = -np.abs(draw(B, T, H)) / 4, -np.abs(draw(B, T, H, K)) / 4
        cls.beta = rng.random((B, T, H)).astype(np.float32)
        cls.a, cls.b = -cls.k, cls.k * cls.beta[..., None]
        cls.u = draw(H, K)
        cls.state = draw(B, H, K, V)
        cls.cu = np.array([0, 11, 11, 37], np.int32)

    def check(self, found, expected, tolerance=2e-4):
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)

    def compare(self, function, args, kind, **oracle):
        """All ways to call it: plain, with states, packed; and cut in two."""
        run = getattr(recurrence, kind)
        # What a token has is transposed; the rest is per head.
        arrays = {
            name: bhtd(value) if getattr(value, "ndim", 0) > 2 else value
            for name, value in oracle.items()
        }
        q, k, v = (bhtd(x) for x in (self.q, self.k, self.v))
        expected = run(q, k, v, **arrays)
        o, state = function(*args)[:2]
        self.check(o, bhtd(expected.o))
        expected = run(q, k, v, state=self.state, **arrays)
        o, state = function(*args, initial_state=self.state, output_final_state=True)
        self.check(o, bhtd(expected.o))
        self.check(state, expected.state)
        packed = [x[:1] if getattr(x, "ndim", 0) > 2 else x for x in args]
        states = np.concatenate([self.state, self.state])[:3]
        one = {
            name: x[:1] if getattr(x, "ndim", 0) > 2 else x for name, x in arrays.items()
        }
        expected = run(q[:1], k[:1], v[:1], cu_seqlens=self.cu, state=states, **one)
        o, state = function(
            *packed, initial_state=states, output_final_state=True, cu_seqlens=self.cu
        )
        self.check(o, bhtd(expected.o))
        self.check(state, expected.state)
        expected = run(q[:1], k[:1], v[:1], cu_seqlens=self.cu, **one)
        o, state = function(*packed, output_final_state=True, cu_seqlens=self.cu)
        self.check(state, expected.state)

    def test_simple_gla(self):
        args = (self.q, self.k, self.v, self.token)
        self.compare(fla.chunk_simple_gla, args, "linear", gate=self.token)
        gamma = np.array([-0.1, -0.2, 0, -3], np.float32)
        found = fla.fused_recurrent_simple_gla(self.q, self.k, self.v, g_gamma=gamma)[0]
        expected = recurrence.linear(*map(bhtd, (self.q, self.k, self.v)), gate=gamma)
        self.check(found, bhtd(expected.o))

    def test_decays_of_heads(self):
        args = (self.q, self.k, self.v)
        retention = np.log(1 - 2.0 ** (-5 - np.arange(H)))
        self.compare(fla.chunk_retention, args, "linear", gate=retention)
        lightning = -(8 / H) * (1 - 3 / 12) * np.arange(H)
        found = fla.chunk_lightning_attn(*args, 3, 12)[0]
        self.check(found, bhtd(recurrence.linear(*map(bhtd, args), gate=lightning).o))

    def test_linear_attention(self):
        args = (np.abs(self.q), np.abs(self.k), self.v)
        plain = fla.fused_recurrent_linear_attn(*args, scale=0.5)[0]
        self.check(plain, bhtd(recurrence.linear(*map(bhtd, args), scale=0.5).o))
        found = fla.chunk_linear_attn(*args)[0]
        expected = recurrence.linear(*map(bhtd, args), normalizer="key_sum", epsilon=1e-10)
        self.check(found, bhtd(expected.o))

    def test_gla(self):
        args = (self.q, self.k, self.v, self.row)
        self.compare(fla.chunk_gla, args, "linear", gate=self.row)
        without = fla.fused_recurrent_gla(self.q, self.k, self.v)[0]
        self.check(without, bhtd(recurrence.linear(*map(bhtd, args[:3])).o))

    def test_delta_rule(self):
        args = (self.q, self.k, self.v, self.beta)
        self.compare(fla.chunk_delta_rule, args, "recurrent", beta=self.beta)
        ones = np.ones_like(self.beta)
        found = fla.fused_recurrent_delta_rule(*args[:3])[0]
        expected = recurrence.recurrent(*map(bhtd, args[:3]), beta=bhtd(ones))
        self.check(found, bhtd(expected.o))

    def test_gated_delta_rule(self):
        args = (self.q, self.k, self.v, self.token, self.beta)
        self.compare(
            fla.chunk_gated_delta_rule, args, "recurrent", gate=self.token, beta=self.beta
        )
        found = fla.fused_recurrent_gated_delta_rule(
            *args[:3], g=self.token, beta=self.beta, scale=0.3, threads=2
        )[0]
        expected = recurrence.recurrent(
            *map(bhtd, args[:3]), gate=bhtd(self.token), beta=bhtd(self.beta), scale=0.3
        )
        self.check(found, bhtd(expected.o))

    def test_gates_in_the_kernel(self):
        a_log, bias = self.draw(H), self.draw(H)
        raw, logit = self.draw(B, T, H), self.draw(B, T, H)
        found = fla.chunk_gated_delta_rule(
            self.q, 3 * self.k, self.v, raw, logit, use_qk_l2norm_in_kernel=True,
            use_beta_sigmoid_in_kernel=True, allow_neg_eigval=True, use_gate_in_kernel=True,
            A_log=a_log, dt_bias=bias,
        )[0]
        gate = -np.exp(a_log) * softplus(np.float64(raw) + bias)
        beta = 2 / (1 + np.exp(-np.float64(logit)))
        q, k = l2_norm(bhtd(self.q)), l2_norm(3 * bhtd(self.k))
        expected = recurrence.recurrent(q, k, bhtd(self.v), gate=bhtd(gate), beta=bhtd(beta))
        self.check(found, bhtd(expected.o))

    def test_kda(self):
        args = (self.q, self.k, self.v, self.row, self.beta)
        self.compare(fla.chunk_kda, args, "recurrent", gate=self.row, beta=self.beta)
        a_log, raw = self.draw(H), self.draw(B, T, H, K)
        found = fla.fused_recurrent_kda(
            *args[:3], raw, self.beta, a_log, use_gate_in_kernel=True, lower_bound=-5.0
        )[0]
        gate = -5.0 / (1 + np.exp(-np.exp(np.float64(a_log))[:, None] * raw))
        expected = recurrence.recurrent(
            *map(bhtd, args[:3]), gate=bhtd(gate), beta=bhtd(self.beta)
        )
        self.check(found, bhtd(expected.o))

    def test_rwkv6(self):
        args = (self.q, self.k, self.v, self.row, self.u)
        self.compare(
            fla.chunk_rwkv6, args, "linear", gate=self.row, bonus=self.u, read_before=True
        )

    def test_rwkv7(self):
        args = (self.q, self.k, self.v, self.a, self.b, self.row)
        oracle = {"gate": self.row, "left": self.b, "right": self.a}
        self.compare(fla.chunk_dplr_delta_rule, args, "recurrent", **oracle)
        moved = (self.q, self.row, self.k, self.v, self.a, self.b)
        chunk = fla.chunk_rwkv7(*moved)
        self.assertIsNone(chunk[1])
        steps = fla.fused_recurrent_rwkv7(*moved)
        self.assertEqual(steps[1].shape, (B, H, K, V))
        self.check(chunk[0], np.float64(steps[0]) * K**0.5)

    def test_states_with_values_first(self):
        turned = np.ascontiguousarray(self.state.swapaxes(2, 3))
        args = (self.q, self.k, self.v, self.token, self.beta)
        plain = fla.chunk_gated_delta_rule(
            *args, initial_state=self.state, output_final_state=True
        )
        found = fla.chunk_gated_delta_rule(
            *args, initial_state=turned, output_final_state=True, state_v_first=True
        )
        self.check(found[0], plain[0])
        self.check(found[1], plain[1].swapaxes(2, 3))
        fresh = fla.chunk_gla(
            *args[:3], self.row, output_final_state=True, state_v_first=True
        )
        self.check(fresh[1].swapaxes(2, 3), fla.chunk_gla(*args[:3], self.row, output_final_state=True)[1])

    def test_steps_continue_the_whole(self):
        args = (self.q, self.k, self.v, self.token, self.beta)
        whole, last = fla.chunk_gated_delta_rule(*args, output_final_state=True)
        state, parts = None, []
        for cut in (slice(0, 20), slice(20, 36), slice(36, 37)):
            o, state = fla.fused_recurrent_gated_delta_rule(
                *(x[:, cut] for x in args[:4]), beta=self.beta[:, cut], initial_state=state,
                output_final_state=True,
            )
            parts.append(o)
        self.check(np.concatenate(parts, 1), whole)
        self.check(state, last)

    def test_grouped_heads_and_16_bits(self):
        q, k = (x[:, :, :2] for x in (self.q, self.k))
        args = (q, k, self.v, self.token, self.beta)
        expected = recurrence.recurrent(
            *map(bhtd, args[:3]), gate=bhtd(self.token), beta=bhtd(self.beta)
        )
        self.check(fla.chunk_gated_delta_rule(*args)[0], bhtd(expected.o))
        for dtype in ("bf16", "f16"):
            narrow = [dtypes.store(x, dtype) for x in args[:3]]
            found = fla.chunk_gated_delta_rule(
                *narrow, self.token, self.beta, use_qk_l2norm_in_kernel=False
            )[0]
            self.assertEqual(found.dtype, narrow[0].dtype)
            self.check(dtypes.load(found, dtype), bhtd(expected.o), 0.1)
            fla.chunk_gated_delta_rule(
                *narrow, self.token, self.beta, use_qk_l2norm_in_kernel=True
            )

    def test_mamba2(self):
        groups, states = 2, 12
        dt, a, bias = self.draw(B, T, H), -np.abs(self.draw(H)), self.draw(H)
        b, c, z = self.draw(B, T, groups, states), self.draw(B, T, groups, states), self.draw(B, T, H, V)
        d = self.draw(H)
        start = self.draw(B, H, V, states)
        y, state = mamba.mamba_chunk_scan_combined(
            self.v, dt, a, b, c, 64, d, z, bias, start, dt_softplus=True, return_final_states=True
        )
        step = softplus(np.float64(dt) + bias)
        expected = recurrence.linear(
            bhtd(c), bhtd(b), bhtd(self.v * step[..., None]), gate=bhtd(step * a), scale=1.0,
            state=start.swapaxes(2, 3),
        )
        o = (bhtd(expected.o) + d[:, None] * self.v) * z / (1 + np.exp(-z))
        self.check(y, o)
        self.check(state, expected.state.swapaxes(2, 3))
        plain = mamba.mamba_chunk_scan_combined(self.v, np.abs(dt), a, b, c, dt_limit=(0.1, 0.5))
        step = np.clip(np.abs(np.float64(dt)), 0.1, 0.5)
        expected = recurrence.linear(
            bhtd(c), bhtd(b), bhtd(self.v * step[..., None]), gate=bhtd(step * a), scale=1.0
        )
        self.check(plain, bhtd(expected.o))

    def test_mamba(self):
        channels, states = 10, 6
        u, delta, z = (self.draw(B, channels, T) for _ in range(3))
        a, d, bias = -np.abs(self.draw(channels, states)), self.draw(channels), self.draw(channels)
        b, c = self.draw(B, states, T), self.draw(B, states, T)
        y, state = mamba.selective_scan_fn(u, delta, a, b, c, d, z, bias, True, True)
        step = softplus(np.float64(delta) + bias[:, None])
        rows = lambda x: np.float64(x).swapaxes(1, 2)[:, None]
        expected = recurrence.recurrent(
            rows(c), rows(b), rows(u * step), time_step=rows(step), rate=a[None], scale=1.0
        )
        o = (expected.o[:, 0].swapaxes(1, 2) + d[:, None] * u) * z / (1 + np.exp(-z))
        self.check(y, o)
        self.check(state, expected.state[:, 0].swapaxes(1, 2))
        grouped = mamba.selective_scan_fn(
            u, np.abs(delta), a, np.stack([b, b], 1), np.stack([c, c], 1)
        )
        self.check(grouped, mamba.selective_scan_fn(u, np.abs(delta), a, b, c))

    def test_faults_are_named(self):
        q, k, v, g, beta = self.q, self.k, self.v, self.token, self.beta
        gdn = fla.chunk_gated_delta_rule
        refused = NotImplementedError
        for error, pattern, call in [
            (ValueError, "expected a batch of 1 with cu_seqlens", lambda: gdn(q, k, v, g, beta, cu_seqlens=self.cu)),
            (ValueError, r"expected initial_state as .*\[2, 4, 16, 24\]", lambda: gdn(q, k, v, g, beta, initial_state=self.state[:1])),
            (ValueError, r"expected initial_state as .*V, K. = \[2, 4, 24, 16\]", lambda: gdn(q, k, v, g, beta, initial_state=self.state, state_v_first=True)),
            (ValueError, "expected beta as", lambda: gdn(q, k, v, g, beta[:, 1:])),
            (ValueError, "expected g as", lambda: gdn(q, k, v, g[:, :, :1], beta)),
            (ValueError, "expected k as", lambda: gdn(q, k[..., 1:], v, g, beta)),
            (ValueError, "heads of v to be a multiple of those of k", lambda: gdn(q, k[:, :, :3], v, g, beta)),
            (ValueError, "heads of q and v to divide each other", lambda: gdn(q[:, :, :3], k, v, g, beta)),
            (TypeError, "expected q of a float type", lambda: gdn(q.astype(int), k, v, g, beta)),
            (TypeError, "expected g of a float type", lambda: gdn(q, k, v, g.astype(int), beta)),
            (TypeError, "expected k as an array but found int", lambda: gdn(q, 3, v, g, beta)),
            (ValueError, "use_beta_sigmoid_in_kernel with allow_neg", lambda: gdn(q, k, v, g, beta, allow_neg_eigval=True)),
            (ValueError, "expected A_log with use_gate_in_kernel", lambda: gdn(q, k, v, g, beta, use_gate_in_kernel=True)),
            (TypeError, "no head_first", lambda: gdn(q, k, v, g, beta, head_first=True)),
            (refused, "expected no cp_context", lambda: gdn(q, k, v, g, beta, cp_context=1)),
            (refused, "expected no wish", lambda: gdn(q, k, v, g, beta, wish=1)),
            (refused, "expected no gv", lambda: fla.fused_recurrent_gla(q, k, v, gv=v)),
            (refused, "expected g or gk", lambda: fla.fused_recurrent_gated_delta_rule(q, k, v, g, self.row)),
            (ValueError, "expected g or g_gamma but found both", lambda: fla.chunk_simple_gla(q, k, v, g, g)),
            (ValueError, r"expected g as \[batch, length, heads\] but", lambda: fla.chunk_simple_gla(q, k, v, self.row)),
            (ValueError, r"expected g as \[batch, length, heads, width\]", lambda: fla.chunk_gla(q, k, v, g)),
            (refused, "expected no seq_idx", lambda: mamba.mamba_chunk_scan_combined(v, g, g, q, q, seq_idx=g)),
            (ValueError, "expected groups of B to divide 10 channels", lambda: mamba.selective_scan_fn(*([np.ones((1, 10, 4))] * 2), np.ones((10, 2)), *([np.ones((1, 3, 2, 4))] * 2))),
        ]:
            with self.subTest(pattern), self.assertRaisesRegex(error, pattern):
                call()


if __name__ == "__main__":
    unittest.main()
