"""FlashAttention's functions against the NumPy oracle."""

import unittest

import numpy as np

from compiling import CompilingTest

import attn
from attn.oracle import flash


def bhtd(x):
    return np.asarray(x).transpose(0, 2, 1, 3)


class Flash(CompilingTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rng = rng = np.random.default_rng(2)
        draw = lambda *shape: rng.standard_normal(shape).astype(np.float32)
        cls.q, cls.k, cls.v = draw(2, 19, 4, 16), draw(2, 31, 2, 16), draw(2, 31, 2, 24)
        cls.new_k, cls.new_v = draw(2, 3, 2, 16), draw(2, 3, 2, 24)
        cls.slopes = rng.random(4).astype(np.float32)

    def check(self, found, expected):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)

    def oracle(self, **options):
        found = flash.flash_attention(bhtd(self.q), bhtd(self.k), bhtd(self.v), **options)
        return bhtd(found["o"]), found["lse"]

    def test_masks_and_scores(self):
        for options, oracle in [
            ({}, {}),
            ({"causal": True}, {"is_causal": True}),
            ({"window_size": (5, 2), "softmax_scale": 0.7}, {"window": (5, 2), "scale": 0.7}),
            ({"causal": True, "window_size": (4, -1)}, {"is_causal": True, "window": (4, -1)}),
            ({"causal": True, "softcap": 2.0}, {"is_causal": True, "softcap": 2.0}),
            ({"causal": True, "alibi_slopes": self.slopes}, {"is_causal": True, "alibi": self.slopes}),
        ]:
            with self.subTest(**options):
                out, lse, _ = attn.flash_attn_func(
                    self.q, self.k, self.v, **options, return_attn_probs=True
                )
                expected = self.oracle(**oracle)
                self.check(out, expected[0])
                self.check(lse, expected[1])

    def test_slopes_per_batch(self):
        slopes = self.rng.random((2, 4)).astype(np.float32)
        found = attn.flash_attn_func(self.q, self.k, self.v, alibi_slopes=slopes)
        for row in range(2):
            one = slice(row, row + 1)
            expected = flash.flash_attention(
                bhtd(self.q[one]), bhtd(self.k[one]), bhtd(self.v[one]), alibi=slopes[row]
            )
            self.check(found[one], bhtd(expected["o"]))

    def test_packed_sequences(self):
        """Each is as if it were alone, empty ones and rows of none included."""
        starts, key_starts = [0, 5, 5, 17], [0, 9, 12, 30]
        q, k, v = self.q[0], self.k[0], self.v[0]
        for options in [
            {},
            {"causal": True},
            {"window_size": (3, 1)},
            {"causal": True, "alibi_slopes": self.slopes},
        ]:
            with self.subTest(**options):
                out, lse, _ = attn.flash_attn_varlen_func(
                    q, k, v, np.array(starts, np.int32), np.array(key_starts, np.int32), 12, 18,
                    **options, return_attn_probs=True,
                )
                self.assertEqual(lse.shape, (4, 19))
                for n in range(3):
                    rows = slice(starts[n], starts[n + 1])
                    keys = slice(key_starts[n], key_starts[n + 1])
                    expected = attn.flash_attn_func(q[None, rows], k[None, keys], v[None, keys], **options)
                    self.check(out[rows], expected[0])
                self.assertTrue((out[17:] == 0).all())

    def test_cache(self):
        lengths = np.array([7, 28], np.int32)
        for options, oracle in [
            ({}, {}),
            ({"causal": True}, {"is_causal": True}),
            ({"causal": True, "window_size": (6, -1)}, {"is_causal": True, "window": (6, -1)}),
        ]:
            with self.subTest(**options):
                k_cache, v_cache = self.k.copy(), self.v.copy()
                out, lse = attn.flash_attn_with_kvcache(
                    self.q[:, :3], k_cache, v_cache, self.new_k, self.new_v,
                    cache_seqlens=lengths, **options, return_softmax_lse=True,
                )
                expected = flash.flash_attention(
                    bhtd(self.q[:, :3]), bhtd(self.k), bhtd(self.v), bhtd(self.new_k),
                    bhtd(self.new_v), lengths=lengths, **oracle,
                )
                self.check(out, bhtd(expected["o"]))
                self.check(lse, expected["lse"])
                np.testing.assert_array_equal(k_cache[0, 7:10], self.new_k[0])
                np.testing.assert_array_equal(v_cache[1, 28:], self.new_v[1])

    def test_cache_of_one_length_with_padding(self):
        pad = np.array([2, 5], np.int32)
        out = attn.flash_attn_with_kvcache(
            self.q[:, :1], self.k, self.v, cache_seqlens=20, cache_leftpad=pad
        )
        expected = flash.flash_attention(
            bhtd(self.q[:, :1]), bhtd(self.k), bhtd(self.v), lengths=np.array([20, 20]), left_pad=pad
        )
        self.check(out, bhtd(expected["o"]))

    def test_faults_are_named(self):
        q, k, v = self.q, self.k, self.v
        flash_, varlen, cache = attn.flash_attn_func, attn.flash_attn_varlen_func, attn.flash_attn_with_kvcache
        ramp = np.array([0, 3])
        for error, pattern, call in [
            (NotImplementedError, "expected dropout_p to be 0", lambda: flash_(q, k, v, 0.5)),
            (ValueError, "expected window_size as two numbers", lambda: flash_(q, k, v, window_size=(-2, 0))),
            (ValueError, r"expected k as \[batch, length, heads, width\]", lambda: flash_(q, k[0], v)),
            (TypeError, "expected v as an array but found int", lambda: flash_(q, k, 3)),
            (ValueError, "alibi_slopes as .H. or .B, H. but found", lambda: flash_(q, k, v, alibi_slopes=q)),
            (ValueError, r"expected q as \[length, heads, width\]", lambda: varlen(q, k, v, ramp, ramp, 3, 3)),
            (ValueError, "expected cu_seqlens_q to rise from 0", lambda: varlen(q[0], k[0], v[0], ramp + 1, ramp, 3, 3)),
            (ValueError, "expected cu_seqlens_k to end at 31", lambda: varlen(q[0], k[0], v[0], ramp, ramp * 99, 3, 3)),
            (ValueError, "as many sequences of keys as of queries .1.", lambda: varlen(q[0], k[0], v[0], ramp, ramp[:1], 3, 3)),
            (NotImplementedError, "expected block_table to be None", lambda: varlen(q[0], k[0], v[0], ramp, ramp, 3, 3, block_table=q)),
            (NotImplementedError, "expected rotary_cos to be None", lambda: cache(q, k, v, rotary_cos=q)),
            (ValueError, "expected k and v together", lambda: cache(q, k, v, k)),
            (ValueError, "expected cache_seqlens between 0 and 31", lambda: cache(q, k, v, cache_seqlens=32)),
            (ValueError, "expected room for 3 keys in k_cache of 31", lambda: cache(q, k, v, self.new_k, self.new_v, cache_seqlens=30)),
        ]:
            with self.subTest(pattern), self.assertRaisesRegex(error, pattern):
                call()


if __name__ == "__main__":
    unittest.main()
