"""Functions of fla that are derived from others, against their definitions in NumPy:
token by token, and the whole matrix of scores."""

import unittest

import numpy as np

from compiling import CompilingTest

from attn import dtypes, fla

RNG = np.random.default_rng(21)
B, T, H, K, V = 2, 21, 3, 8, 12


def random(*shape):
    return RNG.standard_normal(shape).astype(np.float32)


def unit(x):
    return x / np.sqrt((x * x).sum(-1, keepdims=True) + 1e-6)


def steps(q, k, v, g, beta, correct, state=None, count=1):
    """S = exp(g) S, then `count` times S += beta k (v - S^T correct)^T; o = S^T q."""
    s = np.zeros((B, H, K, V)) if state is None else state.astype(np.float64)
    o = np.zeros((B, q.shape[1], H, V))
    for t in range(q.shape[1]):
        s = s * np.exp(g[:, t])[..., None, None]
        for n in range(t * count, (t + 1) * count):
            found = np.einsum("bhkv,bhk->bhv", s, correct[:, n])
            news = beta[:, n][..., None] * (v[:, n] - found)
            s = s + k[:, n][..., None] * news[:, :, None]
        o[:, t] = np.einsum("bhkv,bhk->bhv", s, q[:, t]) / np.sqrt(K)
    return o, s


def softmax_attention(q, k, v, allowed, shift=None, sink=None):
    """[B, T, Hq, K] with key heads for groups of heads."""
    groups = q.shape[2] // k.shape[2]
    k, v = (np.repeat(x, groups, 2) for x in (k, v))
    scores = np.einsum("bihk,bjhk->bhij", q, k) / np.sqrt(q.shape[3])
    if shift is not None:
        sums = np.cumsum(shift, 1).transpose(0, 2, 1)
        scores = scores + sums[..., :, None] - sums[..., None, :]
    weights = np.where(allowed, np.exp(scores), 0)
    total = weights.sum(-1, keepdims=True)
    if sink is not None:
        total = total + np.exp(sink)[None, :, None, None]
    return np.einsum("bhij,bjhv->bihv", weights / total, v)


class Derived(CompilingTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.q, cls.k, cls.p = random(B, T, H, K), unit(random(B, T, H, K)), unit(random(B, T, H, K))
        cls.v, cls.state = random(B, T, H, V), random(B, H, K, V)
        cls.g, cls.beta = -RNG.random((B, T, H)).astype(np.float32), RNG.random((B, T, H)).astype(np.float32)

    def check(self, found, expected, tolerance=2e-5):
        for x, y in zip(found, expected):
            np.testing.assert_allclose(x, y, rtol=tolerance, atol=tolerance)

    def test_delta_product(self):
        for count in (1, 3):
            k, v = unit(random(B, T * count, H, K)), random(B, T * count, H, V)
            beta = RNG.random((B, T * count, H)).astype(np.float32)
            for g in (self.g, None):
                found = fla.chunk_gated_delta_product(
                    self.q, k, v, g, beta, count, initial_state=self.state, output_final_state=True
                )
                gate = np.zeros((B, T, H)) if g is None else g
                self.check(found, steps(self.q, k, v, gate, beta, k, self.state, count))
        o, state = fla.chunk_gated_delta_product(
            *(dtypes.store(x, "bf16") for x in (self.q, k, v)), self.g, beta, 3
        )
        self.assertEqual((o.dtype, o.shape, state), (np.uint16, (B, T, H, V), None))

    def test_comba(self):
        args = (self.q, self.k, self.v, self.p, self.g, self.beta)
        found = fla.chunk_comba(*args, initial_state=self.state, output_final_state=True)
        self.check(
            found, steps(self.q, self.k, self.v, self.g, self.beta, self.p, self.state)
        )
        q, k, v, p, g, beta = args
        again = fla.fused_recurrent_comba(
            q, 2 * k, 3 * p, v, g, beta, use_qk_l2norm_in_kernel=True
        )
        self.check(again[:1], steps(unit(q), unit(k), v, g, beta, unit(p))[:1])

    def test_iplr(self):
        a, b = unit(random(B, T, H, K)), -unit(random(B, T, H, K)) * 0.5
        found = fla.chunk_iplr_delta_rule(
            self.q, self.k, self.v, a, b, initial_state=self.state, output_final_state=True
        )
        s, o = self.state.astype(np.float64), np.zeros((B, T, H, V))
        for t in range(T):
            read = np.einsum("bhkv,bhk->bhv", s, a[:, t])
            s = s + b[:, t][..., None] * read[:, :, None] + self.k[:, t][..., None] * self.v[:, t][:, :, None]
            o[:, t] = np.einsum("bhkv,bhk->bhv", s, self.q[:, t]) / np.sqrt(K)
        self.check(found, (o, s))

    def test_softmax_with_gates_windows_and_sinks(self):
        q = random(B, T, 2 * H, K)
        gate, sink = -RNG.random((B, T, 2 * H)).astype(np.float32), random(2 * H)
        i, j = np.ogrid[:T, :T]
        for window in (None, 5):
            allowed = (j <= i) & (i - j < (window or T))
            for options in ({}, {"g": gate}, {"sink_bias": sink}, {"g": gate, "sink_bias": sink}):
                with self.subTest(window=window, options=list(options)):
                    found = fla.parallel_attn(q, self.k, self.v, window_size=window, **options)
                    expected = softmax_attention(
                        q, self.k, self.v, allowed, options.get("g"), options.get("sink_bias")
                    )
                    self.check((found,), (expected,))
        found = fla.parallel_forgetting_attn(q, self.k, self.v, gate)
        self.check((found,), (softmax_attention(q, self.k, self.v, j <= i, gate),))

    def test_packed_sequences(self):
        bounds = np.array([0, 4, 4, 15, T])
        document = np.searchsorted(bounds[1:-1], np.arange(T), side="right")
        i, j = np.ogrid[:T, :T]
        allowed = (j <= i) & (document[i] == document[j]) & (i - j < 6)
        args = [x[:1] for x in (self.q, self.k, self.v)]
        found = fla.parallel_attn(*args, g=self.g[:1], window_size=6, cu_seqlens=bounds)
        expected = softmax_attention(*args, allowed, self.g[:1])
        self.check((found,), (expected,))

    def test_names_of_the_same_functions(self):
        g = self.g
        o, none = fla.parallel_simple_gla(self.q, self.k, self.v, g)
        self.assertIsNone(none)
        expected = fla.chunk_simple_gla(self.q, self.k, self.v, g)[0]
        np.testing.assert_array_equal(o, expected)
        np.testing.assert_array_equal(
            fla.fused_chunk_simple_gla(self.q, self.k, self.v, g)[0], expected
        )
        np.testing.assert_array_equal(
            fla.parallel_retention(self.q, self.k, self.v)[0],
            fla.fused_chunk_retention(self.q, self.k, self.v)[0],
        )
        self.assertEqual([name for name in fla.__all__ if not callable(getattr(fla, name))], [])

    def test_faults(self):
        q, k, v, p, g, beta = self.q, self.k, self.v, self.p, self.g, self.beta
        for call, kind, pattern in (
            (lambda: fla.chunk_gated_delta_product(q, k, v, g, beta, 2), ValueError, "k as .* 42"),
            (lambda: fla.chunk_comba(q, k, v, p[:, :3], g, beta), ValueError, "expected p as"),
            (lambda: fla.parallel_attn(q, k, v, window_size=-3), ValueError, "positive window_size"),
            (lambda: fla.parallel_attn(q, k, v, cu_seqlens=[0, T]), ValueError, "batch of 1"),
            (lambda: fla.parallel_attn(q, k[:, :4], v), ValueError, "expected k as"),
            (lambda: fla.parallel_retention(q, k, v, output_attentions=True), NotImplementedError, "output_attentions"),
        ):
            with self.subTest(pattern), self.assertRaisesRegex(kind, pattern):
                call()


if __name__ == "__main__":
    unittest.main()
