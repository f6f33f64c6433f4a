"""Native Sparse Attention and MoBA against dense attention under the mask that the
chosen blocks are, and their choice against sorting each query by itself."""

import unittest

import numpy as np

from compiling import CompilingTest

from attn import dtypes, fla

RNG = np.random.default_rng(31)
B, T, HQ, H, K, V, BLOCK = 2, 53, 4, 2, 16, 24, 8
BLOCKS = -(-T // BLOCK)


def random(*shape):
    return RNG.standard_normal(shape).astype(np.float32)


def dense(q, k, v, allowed):
    """Softmax attention [B, T, Hq, ..] where allowed [B, Hq, T, S]; 0 for empty rows."""
    k, v = (np.repeat(x, q.shape[2] // x.shape[2], 2) for x in (k, v))
    weights = np.where(allowed, np.exp(np.einsum("bihd,bjhd->bhij", q, k) / np.sqrt(q.shape[3])), 0)
    total = weights.sum(-1, keepdims=True)
    return np.einsum("bhij,bjhv->bihv", weights / np.where(total, total, 1), v)


def by_blocks(chosen, tokens, block):
    """[B, Hl, T, T]: keys of chosen blocks [B, T, Hl, L] up to the query."""
    i, j = np.ogrid[:tokens, :tokens]
    listed = (chosen[..., None, :] == (j // block)[0][:, None]).any(-1)
    return listed.transpose(0, 2, 1, 3) & (j <= i)


def means(x, block):
    return np.stack([x[:, b : b + block].mean(1) for b in range(0, x.shape[1], block)], 1)


class ChosenBlocks(CompilingTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.q, cls.k, cls.v = random(B, T, HQ, K), random(B, T, H, K), random(B, T, H, V)
        cls.gates = [RNG.random((B, T, HQ)).astype(np.float32) for _ in range(3)]

    def check(self, found, expected, tolerance=2e-5):
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)

    def expected_nsa(self, chosen, window=0):
        """Each branch for itself."""
        i, j = np.ogrid[:T, :T]
        lists = np.repeat(by_blocks(chosen, T, BLOCK), HQ // H, 1)
        selected = dense(self.q, self.k, self.v, lists)
        c = np.arange(BLOCKS)
        whole = np.broadcast_to((c + 1) * BLOCK - 1 <= i, (B, HQ, T, BLOCKS))
        compressed = dense(self.q, means(self.k, BLOCK), means(self.v, BLOCK), whole)
        near = dense(self.q, self.k, self.v, np.broadcast_to((j <= i) & (i - j < window), (B, HQ, T, T)))
        g = [gate[..., None] for gate in self.gates]
        return compressed * g[0] + selected * g[1] + (near * g[2] if window else 0)

    def test_given_blocks(self):
        chosen = np.sort(RNG.integers(-1, BLOCKS, (B, T, H, 3)), -1)
        chosen[..., 1:][chosen[..., 1:] == chosen[..., :-1]] = -1
        found = fla.parallel_nsa(self.q, self.k, self.v, block_indices=chosen, block_size=BLOCK)
        lists = np.repeat(by_blocks(chosen, T, BLOCK), HQ // H, 1)
        self.check(found, dense(self.q, self.k, self.v, lists))
        counts = RNG.integers(0, 4, (B, T, H))
        found = fla.parallel_nsa(
            self.q, self.k, self.v, block_indices=chosen, block_counts=counts, block_size=BLOCK
        )
        kept = np.where(np.arange(3) < counts[..., None], chosen, -1)
        lists = np.repeat(by_blocks(kept, T, BLOCK), HQ // H, 1)
        self.check(found, dense(self.q, self.k, self.v, lists))

    def test_choice(self):
        keys = means(self.k, BLOCK)
        counts = RNG.integers(1, 6, (B, T, H))
        for wanted in (4, counts):
            chosen = fla.parallel_nsa_topk(self.q, keys, block_counts=wanted, block_size=BLOCK)
            for b, t, h in np.ndindex(B, T, H):
                scores = keys[b, :, h] @ self.q[b, t, h * 2 : h * 2 + 2].T / 4
                past = (np.arange(BLOCKS) + 1) * BLOCK <= t + 1
                weights = np.where(past[:, None], np.exp(scores), 0)
                share = (weights / np.maximum(weights.sum(0), 1e-30)).mean(1)
                forced = {0, t // BLOCK, t // BLOCK - 1} - {-1}
                rest = [c for c in np.argsort(-share) if past[c] and c not in forced]
                count = int(wanted if np.ndim(wanted) == 0 else wanted[b, t, h])
                expected = (sorted(forced) + rest)[:count]
                found = [c for c in chosen[b, t, h] if c >= 0]
                if count < len(forced):
                    self.assertTrue(set(found) <= forced and len(found) == count)
                else:
                    self.assertEqual(set(found), set(expected))

    def test_all_branches(self):
        for window in (0, 6):
            chosen = fla.parallel_nsa_topk(self.q, means(self.k, BLOCK), block_counts=4, block_size=BLOCK)
            found = fla.parallel_nsa(
                self.q, self.k, self.v, *self.gates, block_counts=4, block_size=BLOCK,
                window_size=window,
            )
            self.check(found, self.expected_nsa(chosen, window))
        _, lse = fla.parallel_nsa_compression(
            self.q, means(self.k, BLOCK), means(self.v, BLOCK), T, BLOCK
        )
        self.assertEqual(lse.shape, (B, T, HQ))
        self.assertTrue(np.isneginf(lse[:, : BLOCK - 1]).all() and np.isfinite(lse[:, BLOCK - 1 :]).all())

    def test_moba(self):
        bounds = np.array([0, 20, 20, 49])
        q, k, v = (x[0] for x in (self.q, self.k, self.v))
        for topk in (1, 2, 9):
            found = fla.parallel_moba(q, k, v, bounds, 29, BLOCK, topk)
            self.assertTrue((found[49:] == 0).all())
            for begin, end in ((0, 20), (20, 49)):
                parts = [x[None, begin:end] for x in (q, k, v)]
                length, centres = end - begin, np.repeat(means(parts[1], BLOCK), 2, 2)
                chosen = np.full((1, length, HQ, topk), -1)
                for t, h in np.ndindex(length, HQ):
                    gate = centres[0, : t // BLOCK, h] @ parts[0][0, t, h]
                    best = [t // BLOCK, *np.argsort(-gate)][:topk]
                    chosen[0, t, h, : len(best)] = best
                self.check(found[None, begin:end], dense(*parts, by_blocks(chosen, length, BLOCK)))
        self.assertIs(fla.moba_attn_varlen, fla.parallel_moba)

    def test_types(self):
        """Gates and sums of branches are in f32."""
        half = [dtypes.store(x, "bf16") for x in (self.q, self.k, self.v)]
        whole = [dtypes.load(x, "bf16").astype(np.float32) for x in half]
        chosen = np.zeros((B, T, H, 1), np.int64)
        for gates in ((), self.gates):
            options = {"block_indices": chosen, "block_size": BLOCK, "window_size": 5 if gates else 0}
            found = fla.parallel_nsa(*half, *gates, **options)
            self.assertEqual(found.dtype, np.uint16)
            expected = fla.parallel_nsa(*whole, *gates, **options)
            self.check(dtypes.load(found, "bf16"), expected, 2e-2)

    def test_faults(self):
        q, k, v, chosen = self.q, self.k, self.v, np.zeros((B, T, H, 1), np.int64)
        for call, kind, pattern in (
            (lambda: fla.parallel_nsa(q, k, v), ValueError, "block_indices, or g_cmp"),
            (lambda: fla.parallel_nsa(q, k[:, :4], v[:, :4], block_indices=chosen), ValueError, "k as"),
            (lambda: fla.parallel_nsa(q, k, v, block_indices=chosen[:1]), ValueError, "block_indices as"),
            (lambda: fla.parallel_nsa(q[:, :, :3], k, v, block_indices=chosen), ValueError, "a multiple of those of k"),
            (lambda: fla.parallel_nsa(q, k, v, block_indices=chosen, cu_seqlens=[0, T]), NotImplementedError, "no cu_seqlens"),
            (lambda: fla.parallel_nsa(q, k, v, None, q, block_indices=chosen), ValueError, "g_slc as"),
            (lambda: fla.parallel_moba(q[0], k[0], v[0], np.array([0, T]), T, BLOCK, 0), ValueError, "positive topk"),
        ):
            with self.subTest(pattern), self.assertRaisesRegex(kind, pattern):
                call()


if __name__ == "__main__":
    unittest.main()
