"""flex_attention and scaled_dot_product_attention against the NumPy oracle."""

import types
import unittest

import numpy as np

from compiling import CompilingTest

import attn
from attn import dtypes, reference


def random(rng, *shape, dtype=np.float32):
    return rng.standard_normal(shape).astype(dtype)


class Dense(CompilingTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rng = np.random.default_rng(1)
        cls.rng = rng
        cls.q = random(rng, 2, 4, 33, 24)
        cls.k, cls.v = random(rng, 2, 2, 41, 24), random(rng, 2, 2, 41, 40)

    def check(self, found, expected, tolerance=1e-4):
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)

    def test_flex_without_functions(self):
        q, k, v = self.q, self.k, self.v
        found = attn.flex_attention(q, k, v, scale=0.5, enable_gqa=True)
        self.check(found, reference.attention(q, k, v, scale=0.5)[0])

    def test_flex_returns_lse(self):
        q, k, v = self.q, self.k, self.v
        never = lambda b, h, i, j: (i > 4) & (j < 9)
        expected = reference.attention(q, k, v, mask=never)
        found, lse = attn.flex_attention(q, k, v, None, never, enable_gqa=True, return_lse=True)
        self.check(found, expected[0])
        self.check(lse, expected[1])
        aux = types.SimpleNamespace(lse=True, max_scores=False)
        again = attn.flex_attention(q, k, v, None, never, enable_gqa=True, return_aux=aux)
        self.check(again[1].lse, expected[1])
        self.assertIsNone(again[1].max_scores)

    def test_one_kernel_serves_all_lengths(self):
        mask = lambda b, h, i, j: i >= j
        for queries, keys in ((1, 1), (1, 9), (2, 5), (64, 65), (0, 3), (3, 0)):
            q = random(self.rng, 1, 2, queries, 8)
            k, v = (random(self.rng, 1, 2, keys, 8) for _ in range(2))
            found = attn.flex_attention(q, k, v, mask_mod=mask)
            self.check(found, reference.attention(q, k, v, mask=mask)[0])

    def test_types(self):
        for dtype, tolerance in (("f64", 1e-12), ("f16", 5e-3), ("bf16", 4e-2)):
            q, k, v = (dtypes.store(x, dtype) for x in (self.q, self.k, self.v))
            found = attn.flex_attention(
                q, k, v, lambda s, b, h, i, j: s * 0.5, lambda b, h, i, j: i >= j, enable_gqa=True
            )
            self.assertEqual(found.dtype, q.dtype)
            expected = reference.attention(
                *(dtypes.load(x, dtype) for x in (q, k, v)),
                score=lambda s, b, h, i, j: s * 0.5,
                mask=lambda b, h, i, j: i >= j,
            )[0]
            self.check(dtypes.load(found, dtype), expected, tolerance)

    def test_batches_of_any_rank_are_broadcast(self):
        rng = np.random.default_rng(8)
        q, k = random(rng, 5, 2, 3, 9, 16), random(rng, 2, 3, 7, 16)
        v, mask = random(rng, 3, 7, 8), rng.random((5, 1, 1, 9, 7)) < 0.7
        for heads in (3, 1):
            one_key = k[:, :heads]
            scores = np.where(mask, q @ one_key.swapaxes(-1, -2) / 4, -np.inf)
            weights = np.exp(scores - scores.max(-1, keepdims=True))
            expected = weights / weights.sum(-1, keepdims=True) @ v[:heads]
            found = attn.scaled_dot_product_attention(q, one_key, v[:heads], mask)
            self.check(found, expected)
        one_query = attn.scaled_dot_product_attention(q[0, 0, 0], k[0], v)
        repeated = attn.scaled_dot_product_attention(q[0, 0, [0, 0, 0]], k[0], v)
        self.check(one_query, repeated)

    def test_block_mask_is_used(self):
        """Fields as in PyTorch; entries past the counts are garbage."""
        counts = np.array([[[1, 2, 0]]], np.int32)
        indices = np.array([[[[1, 9], [2, 0], [7, 7]]]], np.int32)
        full_counts = np.array([[[1, 0, 1]]], np.int32)
        full_indices = np.array([[[[2, 5], [5, 5], [0, 8]]]], np.int32)

        class BlockMask:
            kv_num_blocks, kv_indices = counts, indices
            full_kv_num_blocks, full_kv_indices = full_counts, full_indices
            seq_lengths, BLOCK_SIZE = (33, 41), (16, 16)
            mask_mod = staticmethod(lambda b, h, i, j: i >= j - 8)

        table = np.array([[0, 1, 2], [1, 0, 1], [2, 0, 0]])

        def mask(b, h, i, j):
            state = table[i // 16, j // 16]
            return (state == 2) | ((state == 1) & (i >= j - 8))

        expected = reference.attention(self.q, self.k, self.v, mask=mask)[0]
        block_mask = BlockMask()
        for _ in range(2):
            found = attn.flex_attention(self.q, self.k, self.v, None, block_mask, enable_gqa=True)
            self.check(found, expected)
        also = lambda b, h, i, j: j % 2 == 0
        found = attn.flex_attention(
            self.q, self.k, self.v, None, block_mask, enable_gqa=True, mask_mod=also
        )
        both = lambda b, h, i, j: mask(b, h, i, j) & also(b, h, i, j)
        self.check(found, reference.attention(self.q, self.k, self.v, mask=both)[0])
        with self.assertRaisesRegex(ValueError, r"expected block_mask for lengths \(32, 41\)"):
            attn.flex_attention(self.q[:, :, :32], self.k, self.v, None, block_mask, enable_gqa=True)

    def test_flex_faults_are_named(self):
        q, k, v = self.q, self.k, self.v
        aux = types.SimpleNamespace(lse=True, max_scores=True)
        for error, pattern, args, options in [
            (ValueError, r"expected query as \[batch, heads, length", (q[0], k, v), {}),
            (ValueError, "or enable_gqa=True, but found 2", (q, k, v), {}),
            (ValueError, "multiple of those of key but found 3 and 2", (q[:, :3], k, v), {}),
            (ValueError, "expected query to have features", (q[..., :0], k, v), {}),
            (TypeError, "expected key as an array but found list", (q, [1], v), {}),
            (TypeError, "expected key of type f32 but found f64", (q, k.astype(float), v), {}),
            (TypeError, "expected query of a float type", (q.astype(int), k, v), {}),
            (ValueError, r"expected value of shape \[2, 2, 41, 40\]", (q, k, v[:, :, 1:]), {}),
            (ValueError, "return_lse or return_aux but found both", (q, k, v), {"return_lse": True, "return_aux": aux}),
            (NotImplementedError, "max_scores is not computed", (q, k, v), {"return_aux": aux}),
            (TypeError, "expected score_mod as a function but found int", (q, k, v, 3), {}),
            (TypeError, "expected mask_mod as a function but found int", (q, k, v), {"mask_mod": 3}),
        ]:
            gqa = {} if "enable_gqa" in pattern else {"enable_gqa": True}
            with self.subTest(pattern), self.assertRaisesRegex(error, pattern):
                attn.flex_attention(*args, **options, **gqa)

    def test_sdpa(self):
        sdpa = attn.scaled_dot_product_attention
        q, k, v = self.q, self.k, self.v
        self.check(sdpa(q, k, v, enable_gqa=True), reference.attention(q, k, v)[0])
        expected = reference.attention(q, k, v, causal=True, align="top-left", scale=0.3)[0]
        self.check(sdpa(q, k, v, is_causal=True, scale=0.3, enable_gqa=True), expected)

    def test_sdpa_masks(self):
        sdpa = attn.scaled_dot_product_attention
        q, k, v = self.q, self.k, self.v
        for shape in ((33, 41), (1, 41), (2, 1, 33, 41), (2, 4, 33, 41), (4, 1, 41)):
            for kind in (bool, np.float32, np.float16):
                mask = self.rng.standard_normal(shape)
                mask = mask > -0.5 if kind is bool else mask.astype(kind)
                expected = reference.attention(q, k, v, bias=mask if kind is bool else mask.astype(np.float32))
                self.check(sdpa(q, k, v, mask, enable_gqa=True), expected[0], 1e-3)

    def test_sdpa_has_fewer_dimensions(self):
        sdpa = attn.scaled_dot_product_attention
        q, k, v = self.q[0], self.k[0].repeat(2, 0), self.v[0].repeat(2, 0)
        expected = reference.attention(q[None], k[None], v[None])[0][0]
        self.check(sdpa(q, k, v), expected)
        out = np.empty((33, 40), np.float32)
        self.check(sdpa(q[0], k[0], v[0], out=out), expected[0])
        self.check(out, expected[0])

    def test_sdpa_faults_are_named(self):
        sdpa = attn.scaled_dot_product_attention
        q, k, v = self.q, self.k.repeat(2, 1), self.v.repeat(2, 1)
        for error, pattern, args, options in [
            (NotImplementedError, "expected dropout_p to be 0 but found 0.1", (q, k, v, None, 0.1), {}),
            (ValueError, "attn_mask or is_causal but found both", (q, k, v, q, 0, True), {}),
            (ValueError, "expected query with 2 dimensions or more", (q[0, 0, 0], k, v), {}),
            (ValueError, "expected batches of query, key and value", (q, k[None].repeat(3, 1), v), {}),
            (ValueError, r"broadcasts to \[2, 4, 33, 41\] but found \[33, 40\]", (q, k, v, np.ones((33, 40))), {}),
            (TypeError, "expected attn_mask of bool or a float type", (q, k, v, np.ones((33, 41), int)), {}),
        ]:
            with self.subTest(pattern), self.assertRaisesRegex(error, pattern):
                sdpa(*args, **options)


if __name__ == "__main__":
    unittest.main()
