"""Block lists, selection, NSA, MoBA, DSA, BigBird and Longformer of the oracle.

    PYTHONPATH=python python3 test/python/test_oracle_sparse.py
"""

import unittest

import numpy as np
from oracle_inputs import check_golden, close, golden, normal

from attn.oracle.blocks import block_sparse, invert, pool, reduce_group, select
from attn.oracle.sparse import block_importance, deepseek_sparse, moba, native_sparse
from attn.oracle.softmax import attend, causal, merge, positions, window
from attn.oracle.static import bigbird, bigbird_lists, longformer


class Pool(unittest.TestCase):
    X = np.arange(1.0, 8.0).reshape(1, 1, 7, 1)

    def test_mean_with_a_ragged_end(self):
        close(pool(self.X, 3)[0, 0, :, 0], [2, 5, 7])
        close(pool(self.X, 3, partial=False)[0, 0, :, 0], [2, 5])

    def test_overlapping(self):
        close(pool(self.X, 4, 2, partial=False)[0, 0, :, 0], [2.5, 4.5])
        close(pool(self.X, 4, 2)[0, 0, :, 0], [2.5, 4.5, 6, 7])

    def test_weighted(self):
        got = pool(self.X, 2, weights=np.array([1.0, 10.0]))
        close(got[0, 0, :, 0], [21, 43, 65, 7])

    def test_shorter_than_a_block(self):
        self.assertEqual(pool(self.X[:, :, :2], 3, partial=False).shape, (1, 1, 0, 1))
        self.assertEqual(pool(self.X[:, :, :0], 3).shape, (1, 1, 0, 1))


class Select(unittest.TestCase):
    def test_ties_go_to_the_lowest_index(self):
        np.testing.assert_array_equal(select(np.array([1.0, 3, 3, 0, 3]), 2), [1, 2])
        np.testing.assert_array_equal(select(np.zeros(5), 3), [0, 1, 2])

    def test_order(self):
        s = np.array([5.0, 1, 7])
        np.testing.assert_array_equal(select(s, 2), [2, 0])
        np.testing.assert_array_equal(select(s, 2, order="index"), [0, 2])

    def test_forced_come_first_and_visible_only(self):
        s = np.array([9.0, 1, 8, 7])
        visible = np.array([True, True, False, True])
        forced = np.array([False, True, True, False])
        np.testing.assert_array_equal(select(s, 3, visible, forced), [1, 0, 3])
        np.testing.assert_array_equal(select(s, 1, visible, forced), [1])

    def test_padding(self):
        np.testing.assert_array_equal(select(np.ones(2), 4), [0, 1, -1, -1])

    def test_groups(self):
        s = np.arange(8.0).reshape(1, 4, 1, 2)
        close(reduce_group(s, 2, "sum")[0, :, 0], [[2, 4], [10, 12]])
        close(reduce_group(s, 2, "mean")[0, :, 0], [[1, 2], [5, 6]])
        close(reduce_group(s, 1, "max")[0, :, 0], [[6, 7]])
        close(reduce_group(s, 4, "none"), s)
        with self.assertRaisesRegex(ValueError, "expected 4 list heads but found 2"):
            reduce_group(s, 2, "none")

    def test_invert(self):
        lists = np.array([[[[0, 2], [2, -1], [1, 2]]]])
        offsets, queries = invert(lists, 3)
        np.testing.assert_array_equal(offsets[0, 0], [0, 1, 2, 5])
        np.testing.assert_array_equal(queries[0, 0], [0, 2, 0, 1, 2, -1])


class BlockSparse(unittest.TestCase):
    def setUp(self):
        self.q, self.k, self.v = normal(1, (2, 4, 9, 6), (2, 2, 13, 6), (2, 2, 13, 5))

    def test_all_blocks_are_dense(self):
        lists = np.broadcast_to([2, 0, 3, 1], (2, 2, 3, 4))
        for options, admitted in (
            ({}, None),
            ({"is_causal": True}, causal(9, 13)),
            ({"window": (3, 1)}, window(9, 13, 3, 1)),
            ({"window": (2, -1)}, window(9, 13, 2, 13)),
        ):
            o, lse = block_sparse(self.q, self.k, self.v, lists, 4, 3, **options)
            dense = attend(self.q, self.k, self.v, admitted)
            close(o, dense.o)
            close(lse, dense.lse)

    def test_lists_are_a_mask(self):
        lists = np.random.default_rng(2).permuted(
            np.broadcast_to(np.arange(4), (2, 4, 3, 4)).copy(), axis=-1)[..., :2]
        admitted = np.zeros((2, 4, 9, 13), dtype=bool)
        for b, h, n, x in np.ndindex(*lists.shape):
            block = lists[b, h, n, x]
            admitted[b, h, 3 * n : 3 * n + 3, 4 * block : 4 * block + 4] = True
        sink = np.array([0.5, -1.0, 0.0, 2.0])
        o, lse = block_sparse(self.q, self.k, self.v, lists, 4, 3, sink=sink, softcap=2.0)
        dense = attend(self.q, self.k, self.v, admitted, sink=sink, softcap=2.0)
        close(o, dense.o)
        close(lse, dense.lse)

    def test_hostile_entries_are_padding(self):
        good = np.broadcast_to([1, 3], (2, 1, 3, 2))
        bad = np.broadcast_to([4, 1, -7, 2**31 - 1, 3, -1], (2, 1, 3, 6))
        close(block_sparse(self.q, self.k, self.v, good, 4, 3)[0],
              block_sparse(self.q, self.k, self.v, bad, 4, 3)[0])

    def test_counts(self):
        lists = np.broadcast_to([1, 3, 0], (2, 1, 3, 3))
        counts = np.array([[[2, -5, 9]], [[0, 3, 1]]])
        o, lse = block_sparse(self.q, self.k, self.v, lists, 4, 3, counts)
        for b, n in np.ndindex(2, 3):
            own = lists[:, :, :, : max(0, counts[b, 0, n])]
            same, _ = block_sparse(self.q, self.k, self.v, own, 4, 3)
            close(o[b, :, 3 * n : 3 * n + 3], same[b, :, 3 * n : 3 * n + 3])
        self.assertTrue((lse[0, :, 3:6] == -np.inf).all())
        self.assertTrue((o[0, :, 3:6] == 0).all())

    def test_empty_lists(self):
        lists = np.full((2, 2, 9, 1), -1)
        o, lse = block_sparse(self.q, self.k, self.v, lists, 1, sink=np.ones(4))
        self.assertTrue((o == 0).all() and (lse == -np.inf).all())

    def test_keys_that_are_not_listed_are_not_read(self):
        self.k[:, :, 4:8] = np.nan
        self.v[:, :, 4:8] = np.inf
        o, _ = block_sparse(self.q, self.k, self.v, np.full((2, 1, 3, 1), 2), 4, 3)
        self.assertTrue(np.isfinite(o).all())
        o, _ = block_sparse(self.q, self.k, self.v, np.full((2, 1, 3, 1), 1), 4, 3)
        self.assertTrue(np.isnan(o).all())

    def test_two_disjoint_lists_merge(self):
        first, second = np.full((2, 1, 3, 1), 2), np.broadcast_to([0, 3], (2, 1, 3, 2))
        both = np.broadcast_to([0, 3, 2], (2, 1, 3, 3))
        parts = [block_sparse(self.q, self.k, self.v, x, 4, 3) for x in (first, second)]
        o, lse = merge(parts)
        whole = block_sparse(self.q, self.k, self.v, both, 4, 3)
        close(o, whole[0])
        close(lse, whole[1])


class NativeSparse(unittest.TestCase):
    def layer(self, options, queries=13):
        q, k, v = normal(4, (1, 4, 13, 6), (1, 2, 13, 6), (1, 2, 13, 5))
        gates = normal(5, *[(1, 4, 13)] * 3)
        now = [x[:, :, 13 - queries :] for x in (q, *gates)]
        return native_sparse(now[0], k, v, *now[1:], **options)

    def test_compressed_branch(self):
        q, k, v = golden()
        zero = np.zeros((1, 1, 16))
        got = native_sparse(q, k, v, zero + 1, zero, zero, size=4, block=4, top=4,
                            window_keys=1, logits=False)
        check_golden(self, got["o"], 21.9494237523, 23.1093713937,
                     (0.15026919, 0.16019641, 0.16818722, 0.17414501))

    def test_all_blocks_are_causal_attention(self):
        q, k, v = normal(4, (1, 4, 13, 6), (1, 2, 13, 6), (1, 2, 13, 5))
        zero = np.zeros((1, 4, 13))
        dense = attend(q, k, v, causal(13, 13)).o
        for gates, options in (
            ((zero, zero + 1, zero), {"top": 4, "window_keys": 2}),
            ((zero, zero, zero + 1), {"top": 1, "window_keys": 13}),
        ):
            close(native_sparse(q, k, v, *gates, size=4, block=4, logits=False,
                                **options)["o"], dense)

    def test_decoding_equals_prefill(self):
        for options in ({"size": 4, "block": 4}, {"size": 4, "stride": 2, "block": 8},):
            options = dict(options, top=2, window_keys=3, reduce="sum")
            q, k, v = normal(4, (1, 4, 13, 6), (1, 2, 13, 6), (1, 2, 13, 5))
            gates = normal(5, *[(1, 4, 13)] * 3)
            whole = native_sparse(q, k, v, *gates, **options)["o"]
            for t in range(13):
                one = [x[:, :, t : t + 1] for x in (q, *gates)]
                step = native_sparse(one[0], k[:, :, : t + 1], v[:, :, : t + 1],
                                     *one[1:], **options)["o"]
                close(step[:, :, 0], whole[:, :, t])

    def test_forced_blocks(self):
        lists = self.layer({"size": 2, "block": 2, "top": 3, "window_keys": 1})["lists"]
        for t in range(13):
            own = t // 2
            forced = {0, own, max(own - 1, 0)}
            for h in range(2):
                self.assertTrue(forced <= set(lists[0, h, t].tolist()))
                self.assertTrue(all(x <= own for x in lists[0, h, t]))

    def test_overlap_weighs_1_2_2_2_1(self):
        weights = np.array([[block_importance(np.eye(16)[n], 32, 16, 64, 4)[1]
                             for n in range(16)]])
        close(weights[0, 3:8], [1, 2, 2, 2, 1])
        self.assertEqual(weights.sum(), 8)

    def test_heads_of_a_group_may_be_permuted(self):
        q, k, v = normal(4, (1, 4, 13, 6), (1, 2, 13, 6), (1, 2, 13, 5))
        gates = normal(5, *[(1, 4, 13)] * 3)
        options = {"size": 4, "block": 4, "top": 2, "window_keys": 3}
        swapped = [1, 0, 3, 2]
        close(native_sparse(q, k, v, *gates, **options)["o"][:, swapped],
              native_sparse(q[:, swapped], k, v, *(g[:, swapped] for g in gates),
                            **options)["o"])

    def test_window_is_the_last_w_keys(self):
        zero = np.zeros((1, 1, 4))
        v = np.arange(4.0).reshape(1, 1, 4, 1)
        got = native_sparse(np.zeros((1, 1, 4, 2)), np.zeros((1, 1, 4, 2)), v, zero, zero,
                            zero + 1, window_keys=2, logits=False)["o"]
        close(got[0, 0, :, 0], [0, 0.5, 1.5, 2.5])


class Moba(unittest.TestCase):
    def test_golden(self):
        check_golden(self, moba(*golden(), block=4, top=2)["o"], 22.8328694418,
                     35.3513709553, (0.36891263, 0.43080543, 0.48749074, 0.53828336))

    def setUp(self):
        self.q, self.k, self.v = normal(6, (1, 2, 14, 6), (1, 2, 14, 6), (1, 2, 14, 5))

    def test_top_1_is_the_own_block(self):
        number = np.arange(14) // 4
        own = causal(14, 14) & (number[:, None] == number[None])
        close(moba(self.q, self.k, self.v, block=4, top=1)["o"],
              attend(self.q, self.k, self.v, own).o)

    def test_all_blocks_are_dense(self):
        close(moba(self.q, self.k, self.v, block=4, top=4)["o"],
              attend(self.q, self.k, self.v, causal(14, 14)).o)

    def test_two_streams_merge(self):
        got = moba(self.q, self.k, self.v, block=4, top=2)
        own = (np.arange(14) // 4)[None, None, :, None]
        streams = [np.where(got["lists"] == own, got["lists"], -1),
                   np.where(got["lists"] != own, got["lists"], -1)]
        o, lse = merge([block_sparse(self.q, self.k, self.v, x, 4, is_causal=True)
                        for x in streams])
        close(o, got["o"])
        close(lse, got["lse"])

    def test_gate_by_hand(self):
        lists = moba(self.q, self.k, self.v, block=4, top=2)["lists"]
        for h in range(2):
            means = [self.k[0, h, 4 * n : 4 * n + 4].mean(axis=0) for n in range(3)]
            best = np.argmax([self.q[0, h, 13] @ mean for mean in means])
            self.assertEqual(lists[0, h, 13].tolist(), [3, best])

    def test_decoding_equals_prefill(self):
        whole = moba(self.q, self.k, self.v, block=4, top=2)["o"]
        for t in range(14):
            step = moba(self.q[:, :, t : t + 1], self.k[:, :, : t + 1],
                        self.v[:, :, : t + 1], block=4, top=2)["o"]
            close(step[:, :, 0], whole[:, :, t])


class DeepSeekSparse(unittest.TestCase):
    def setUp(self):
        self.q, self.kv = normal(7, (2, 3, 10, 8), (2, 1, 10, 8))
        self.index = normal(8, (2, 4, 10, 5), (2, 1, 10, 5), (2, 4, 10))

    def test_all_tokens_are_dense(self):
        got = deepseek_sparse(self.q, self.kv, *self.index, top=10, value_width=6)
        dense = attend(self.q, self.kv, self.kv[..., :6], causal(10, 10))
        close(got["o"], dense.o)
        close(got["lse"], dense.lse)

    def test_heads_share_the_best_tokens(self):
        got = deepseek_sparse(self.q, self.kv, *self.index, top=3)
        self.assertEqual(got["lists"].shape, (2, 1, 10, 3))
        q, k, w = self.index
        scores = [sum(w[1, j, 9] * max(q[1, j, 9] @ k[1, 0, s], 0) for j in range(4))
                  for s in range(10)]
        close(sorted(got["scores"][1, 0, 9, got["lists"][1, 0, 9]]), sorted(scores)[-3:])
        self.assertEqual(got["lists"][0, 0, 1].tolist()[2], -1)

    def test_scores_of_zero_tie(self):
        q, k, w = self.index
        got = deepseek_sparse(self.q, self.kv, q, 0 * k, w, top=4)
        self.assertEqual(got["lists"][0, 0, 9].tolist(), [0, 1, 2, 3])

    def test_decoding_equals_prefill(self):
        whole = deepseek_sparse(self.q, self.kv, *self.index, top=4)["o"]
        q, k, w = self.index
        for t in range(10):
            one = slice(t, t + 1)
            step = deepseek_sparse(self.q[:, :, one], self.kv[:, :, : t + 1],
                                   q[:, :, one], k[:, :, : t + 1], w[:, :, one], top=4)
            close(step["o"][:, :, 0], whole[:, :, t])


class Static(unittest.TestCase):
    def test_bigbird_lists(self):
        random = np.array([[[0], [4], [5], [1], [99], [2]]])
        lists = bigbird_lists(6, 3, random)[0]
        read = [[x for x in row if x >= 0] for row in lists.tolist()]
        self.assertEqual(read, [[0, 1, 2, 3, 4, 5], [0, 1, 2, 4, 5], [0, 1, 2, 3, 5],
                                [0, 1, 2, 3, 4, 5], [0, 3, 4, 5], [0, 1, 2, 3, 4, 5]])

    def test_bigbird_with_everything_random_is_dense(self):
        q, k, v = normal(9, (2, 2, 11, 4), (2, 2, 11, 4), (2, 2, 11, 3))
        mask = np.arange(11)[None] < np.array([[11], [7]])
        random = np.broadcast_to(np.arange(4), (2, 4, 4))
        close(bigbird(q, k, v, random, block=3, mask=mask)["o"],
              attend(q, k, v, mask[:, None, None]).o)

    def test_longformer_window_counts_one_side(self):
        q = np.zeros((1, 1, 5, 2))
        v = np.eye(5)[None, None]
        got = longformer(q, q, v, one_sided=1)["o"][0, 0]
        close(got[2], [0, 1 / 3, 1 / 3, 1 / 3, 0])

    def test_longformer_dilation_per_head(self):
        q = np.zeros((1, 2, 7, 2))
        v = np.broadcast_to(np.eye(7), (1, 2, 7, 7))
        got = longformer(q, q, v, one_sided=1, dilation=(1, 3))["o"][0, 1]
        close(got[3], np.array([1, 0, 0, 1, 0, 0, 1]) / 3)

    def test_longformer_global_tokens(self):
        arrays = normal(3, *[(1, 1, 6, 4)] * 6)
        is_global = np.array([[True, False, False, False, False, False]])
        got = longformer(*arrays, one_sided=1, is_global=is_global)["o"][0, 0]
        q, k, v, *other = arrays
        close(got[0], attend(*other).o[0, 0, 0])
        keys = [0, 3, 4, 5]
        close(got[4], attend(q[:, :, 4:5], k[:, :, keys], v[:, :, keys]).o[0, 0, 0])

    def test_longformer_wide_window_is_dense(self):
        q, k, v = normal(3, *[(1, 2, 6, 4)] * 3)
        close(longformer(q, k, v, one_sided=5)["o"], attend(q, k, v).o)


class Places(unittest.TestCase):
    def test_last_query_is_at_the_last_key(self):
        np.testing.assert_array_equal(positions(2, 5), [3, 4])
        np.testing.assert_array_equal(positions(5, 2), [-3, -2, -1, 0, 1])


if __name__ == "__main__":
    unittest.main()
