"""FlashAttention's functions against the NumPy oracle."""

import unittest

import numpy as np

from compiling import CompilingTest

import attn
from attn import rotary
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

    def test_pages_and_rows_are_the_cache(self):
        """9 pages of 5 keys, of which 7 and more belong to no sequence."""
        rng = np.random.default_rng(12)
        table = rng.permutation(20)[:14].reshape(2, 7)
        lengths = np.array([7, 28], np.int32)
        options = {"cache_seqlens": lengths, "causal": True}
        whole = [x.copy() for x in (self.k, self.v)]
        expected = attn.flash_attn_with_kvcache(
            self.q[:, :3], *whole, self.new_k, self.new_v, **options
        )
        paged, rows = [], []
        for x in (self.k, self.v):
            pages = np.zeros((20, 5, *x.shape[2:]), np.float32)
            padded = np.concatenate([x, np.zeros_like(x[:, :4])], 1)
            pages[table] = padded.reshape(2, 7, 5, *x.shape[2:])
            paged.append(pages)
            rows.append(np.stack([x[1], np.zeros_like(x[0]), x[0]]))
        found = attn.flash_attn_with_kvcache(
            self.q[:, :3], *paged, self.new_k, self.new_v, block_table=table, **options
        )
        np.testing.assert_array_equal(found, expected)
        np.testing.assert_array_equal(
            paged[0][table].reshape(2, 35, *self.k.shape[2:])[1, :31], whole[0][1, :31]
        )
        index = np.array([2, 0])
        found = attn.flash_attn_with_kvcache(
            self.q[:, :3], *rows, self.new_k, self.new_v, cache_batch_idx=index, **options
        )
        np.testing.assert_array_equal(found, expected)
        np.testing.assert_array_equal(rows[1][index], whole[1])

        starts, key_starts = np.array([0, 5, 9], np.int32), np.array([0, 7, 35], np.int32)
        packed = [np.concatenate([x[0, :7], x[1, :28]]) for x in (self.k, self.v)]
        expected = attn.flash_attn_varlen_func(self.q[0], *packed, starts, key_starts, 5, 28)
        pages = [p.copy() for p in paged]
        pages[0][table], pages[1][table] = (
            np.concatenate([x, np.zeros_like(x[:, :4])], 1).reshape(2, 7, 5, *x.shape[2:])
            for x in (self.k, self.v)
        )
        found = attn.flash_attn_varlen_func(
            self.q[0], *pages, starts, key_starts, 5, 28, block_table=table
        )
        np.testing.assert_array_equal(found, expected)

    def test_rotary_embedding_of_new_keys(self):
        angle = np.random.default_rng(13).standard_normal((40, 4)).astype(np.float32)
        cos, sin = np.cos(angle), np.sin(angle)
        lengths = np.array([7, 28])
        new = np.arange(3)
        for interleaved in (False, True):
            for causal in (False, True):
                k_cache, v_cache = self.k.copy(), self.v.copy()
                found = attn.flash_attn_with_kvcache(
                    self.q[:, :3], k_cache, v_cache, self.new_k, self.new_v, cos, sin, lengths,
                    causal=causal, rotary_interleaved=interleaved,
                )
                places = lengths[:, None] + new
                turned = [
                    bhtd(rotary.rotate(bhtd(x), cos[at], sin[at], interleaved))
                    for x, at in (
                        (self.new_k, places),
                        (self.q[:, :3], places if causal else lengths[:, None] + 0 * new),
                    )
                ]
                expected = attn.flash_attn_with_kvcache(
                    turned[1], self.k.copy(), self.v.copy(), turned[0], self.new_v,
                    cache_seqlens=lengths, causal=causal,
                )
                np.testing.assert_array_equal(found, expected)
                np.testing.assert_array_equal(k_cache[0, 7:10], turned[0][0])

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
            (ValueError, "expected block_table for 1 batches but found 2", lambda: varlen(q[0], k, v, ramp, ramp, 3, 3, block_table=ramp[:, None])),
            (ValueError, "expected up to 31 keys by block_table but found 40", lambda: varlen(q[0], k, v, ramp, np.array([0, 40]), 3, 40, block_table=ramp[:1, None])),
            (ValueError, "expected pages below 2 in block_table", lambda: cache(q, k, v, block_table=ramp[:, None])),
            (ValueError, "expected k_cache as an array of four", lambda: cache(q, k[0], v)),
            (ValueError, "expected cache_batch_idx for 2 batches but found 1", lambda: cache(q, k, v, cache_batch_idx=ramp[:1])),
            (NotImplementedError, "block_table but found both", lambda: cache(q, k, v, cache_batch_idx=ramp, block_table=ramp[:, None])),
            (ValueError, "expected k and v with rotary_cos", lambda: cache(q, k, v, rotary_cos=q, rotary_sin=q)),
            (ValueError, "expected rotary_cos and rotary_sin together", lambda: cache(q, k, v, rotary_cos=q)),
            (ValueError, "expected rotary_cos for 29 places but found 4", lambda: cache(q, k, v, self.new_k, self.new_v, self.new_k[0, 0, 0, :4, None], self.new_k[0, 0, 0, :4, None], 28)),
            (ValueError, "expected k and v together", lambda: cache(q, k, v, k)),
            (ValueError, "expected cache_seqlens between 0 and 31", lambda: cache(q, k, v, cache_seqlens=32)),
            (ValueError, "expected room for 3 keys in k_cache of 31", lambda: cache(q, k, v, self.new_k, self.new_v, cache_seqlens=30)),
        ]:
            with self.subTest(pattern), self.assertRaisesRegex(error, pattern):
                call()


if __name__ == "__main__":
    unittest.main()
