"""FlashAttention's features in the oracle.

    PYTHONPATH=python python3 test/python/test_oracle_flash.py
"""

import unittest

import numpy as np
from oracle_inputs import check_golden, close, golden, normal

from attn.oracle.caches import append, append_paged, rotary
from attn.oracle.flash import flash_attention, flash_attention_varlen
from attn.oracle.softmax import attend, causal, merge
from attn.reference import attention


class Golden(unittest.TestCase):
    def test_rows(self):
        q, k, v = golden()
        same = (0.01937083, 0.02935519, 0.03898472, 0.04814301)
        rows = [
            ({"is_causal": True}, 24.9236155401, 25.0412203856, same),
            ({}, 3.8565076691, 3.8565076691, same),
            ({"is_causal": True, "softcap": 0.5}, 24.5433725165, 24.6661718567,
             (0.00904268, 0.01660472, 0.02396606, 0.03103770)),
            ({"window": (3, 0)}, 4.0754923965, 36.7804975921,
             (-0.18513976, -0.07938099, 0.02733732, 0.13372518)),
            ({"is_causal": True, "alibi": [0.25]}, 11.4570577878, 29.6889199876,
             (-0.27949344, -0.22654547, -0.17085906, -0.11310734)),
            ({"is_causal": True, "sink": [0.3]}, 20.3769544813, 20.4878168554,
             (0.01851792, 0.02806267, 0.03726820, 0.04602324)),
        ]
        for options, *expected in rows:
            with self.subTest(**options):
                check_golden(self, flash_attention(q, k, v, **options)["o"], *expected)
        last = flash_attention(q[:, :, 10:], k, v, is_causal=True)
        check_golden(self, last["o"], 0.8600967364, 0.9777015819, same)
        lse = flash_attention(q, k, v, is_causal=True)["lse"]
        self.assertAlmostEqual(lse.sum(), 37.3358920648, places=9)

    def test_forgetting_as_a_bias(self):
        q, k, v = golden()
        g = np.cumsum(-(0.05 + 0.1 * (1 + np.sin(0.9 * np.arange(16.0)))))
        got = flash_attention(q, k, v, is_causal=True, bias=g[:, None] - g[None])
        check_golden(self, got["o"], 16.2708040537, 28.8630469384,
                     (-0.23581823, -0.20478582, -0.17127800, -0.13569981))


class Features(unittest.TestCase):
    def setUp(self):
        self.q, self.k, self.v = normal(1, (2, 4, 3, 8), (2, 2, 11, 8), (2, 2, 11, 5))

    def test_agrees_with_the_oracle_of_dense_attention(self):
        sink = np.array([0.1, -2.0, 1.0, 0.0])
        for options in ({"causal": True}, {"window": (2, 1)}, {"softcap": 1.5},
                        {"sink": sink}, {"causal": True, "window": (4, -1)}):
            mine = {"is_causal" if n == "causal" else n: x for n, x in options.items()}
            got = flash_attention(self.q, self.k, self.v, **mine)
            o, lse = attention(self.q, self.k, self.v, **options)
            close(got["o"], o)
            close(got["lse"], lse)

    def test_a_sink_scales_by_a_sigmoid(self):
        sink = np.array([0.1, -2.0, 1.0, 0.0])
        plain = flash_attention(self.q, self.k, self.v)
        got = flash_attention(self.q, self.k, self.v, sink=sink)
        factor = 1 / (1 + np.exp(sink[None, :, None] - plain["lse"]))
        close(got["o"], factor[..., None] * plain["o"])

    def test_lengths(self):
        got = flash_attention(self.q, self.k, self.v, lengths=[5, 0], is_causal=True)
        alone = attend(self.q[:1], self.k[:1, :, :5], self.v[:1, :, :5], causal(3, 5))
        close(got["o"][:1], alone.o)
        self.assertTrue((got["o"][1] == 0).all() and (got["lse"][1] == -np.inf).all())

    def test_lengths_out_of_range_are_clamped(self):
        close(flash_attention(self.q, self.k, self.v, lengths=[99, -3])["o"],
              flash_attention(self.q, self.k, self.v, lengths=[11, 0])["o"])

    def test_left_padding(self):
        got = flash_attention(self.q, self.k, self.v, left_pad=[4, 0], is_causal=True)
        close(got["o"][:1], attend(self.q[:1], self.k[:1, :, 4:], self.v[:1, :, 4:],
                                   causal(3, 7)).o)
        close(got["o"][1:], attend(self.q[1:], self.k[1:], self.v[1:], causal(3, 11)).o)

    def test_append_with_rotary(self):
        k_new, v_new = normal(2, (2, 2, 3, 8), (2, 2, 3, 5))
        old = np.array([4, 7])
        got = flash_attention(self.q, self.k, self.v, k_new, v_new, lengths=old,
                              is_causal=True, rotary_base=100.0)
        for b, n in enumerate(old):
            place = np.arange(n, n + 3)
            k = np.concatenate([self.k[b : b + 1, :, :n],
                                rotary(k_new[b : b + 1], place, 100.0)], axis=2)
            v = np.concatenate([self.v[b : b + 1, :, :n], v_new[b : b + 1]], axis=2)
            q = rotary(self.q[b : b + 1], place, 100.0)
            close(got["o"][b : b + 1], attend(q, k, v, causal(3, n + 3)).o)
            close(got["k_cache_out"][b, :, : n + 3], k[0])
            close(got["v_cache_out"][b, :, n + 3 :], self.v[b, :, n + 3 :])

    def test_rotary_without_order_turns_queries_alike(self):
        got = flash_attention(self.q, self.k, self.v, lengths=[4, 7], rotary_base=100.0)
        turned = np.stack([rotary(self.q[b], np.full(3, n), 100.0)
                           for b, n in enumerate((4, 7))])
        close(got["o"], flash_attention(turned, self.k, self.v, lengths=[4, 7])["o"])

    def test_pages(self):
        table = np.array([[3, 1, 0, 6], [5, 2, 4, -1]])
        pages = [np.full((7, 2, 3, width), np.nan) for width in (8, 5)]
        lengths = np.array([11, 8])
        zero = np.zeros(2, dtype=int)
        paged = [append_paged(p, table, x[:, :, :9], zero)
                 for p, x in zip(pages, (self.k, self.v))]
        paged = [append_paged(p, table[:1], x[:1, :, 9:], [9])
                 for p, x in zip(paged, (self.k, self.v))]
        got = flash_attention(self.q, *paged, page_table=table, lengths=lengths,
                              is_causal=True)
        close(got["o"], flash_attention(self.q, self.k, self.v, lengths=lengths,
                                        is_causal=True)["o"])

    def test_pages_out_of_range_are_not_read(self):
        pages = normal(3, (4, 2, 3, 8), (4, 2, 3, 5))
        good = flash_attention(self.q, *pages, page_table=np.array([[1, -1]] * 2))
        for bad in (4, 2**31 - 1, -9):
            got = flash_attention(self.q, *pages, page_table=np.array([[1, bad]] * 2))
            close(got["o"], good["o"])

    def test_appending_to_pages_equals_a_plain_cache(self):
        k_new, v_new = normal(4, (2, 2, 3, 8), (2, 2, 3, 5))
        old = np.array([4, 6])
        table = np.array([[3, 1, 0], [5, 2, 4]])
        pages = [append_paged(np.zeros((6, 2, 3, width)), table, x[:, :, :9], [0, 0])
                 for width, x in ((8, self.k), (5, self.v))]
        got = flash_attention(self.q, *pages, k_new, v_new, page_table=table,
                              lengths=old, is_causal=True)
        plain = flash_attention(self.q, self.k[:, :, :9], self.v[:, :, :9], k_new, v_new,
                                lengths=old, is_causal=True)
        close(got["o"], plain["o"])

    def test_packed_sequences(self):
        q, k, v = (x[:1] for x in (self.q, self.k, self.v))
        got = flash_attention_varlen(q, k, v, [0, 2, 2, 3], [0, 5, 6, 11],
                                     is_causal=True)
        close(got["o"][:, :, :2], attend(q[:, :, :2], k[:, :, :5], v[:, :, :5],
                                         causal(2, 5)).o)
        close(got["o"][:, :, 2:], attend(q[:, :, 2:], k[:, :, 6:], v[:, :, 6:],
                                         causal(1, 5)).o)

    def test_absorbed_values(self):
        (qv,) = normal(5, (2, 4, 3, 5))
        got = flash_attention(self.q, self.k, self.v, qv=qv)
        joined = attend(np.concatenate([self.q, qv], axis=-1),
                        np.concatenate([self.k, self.v], axis=-1), self.v)
        close(got["o"], joined.o)

    def test_block_lists_and_token_gather(self):
        lists = np.array([[[[2, 0]]], [[[1, -1]]]])
        got = flash_attention(self.q, self.k, self.v, lists=lists, block=4,
                              query_block=3)
        keys = [0, 1, 2, 3, 8, 9, 10]
        close(got["o"][:1],
              attend(self.q[:1], self.k[:1, :, keys], self.v[:1, :, keys]).o)
        tokens = np.broadcast_to([[[[4, 5, 6, 7]]]], (2, 1, 3, 4))
        gathered = flash_attention(self.q, self.k, self.v, lists=tokens)
        close(gathered["o"][1:], got["o"][1:])

    def test_mask(self):
        mask = np.random.default_rng(6).random((2, 1, 3, 11)) < 0.5
        close(flash_attention(self.q, self.k, self.v, mask=mask)["o"],
              attend(self.q, self.k, self.v, mask).o)

    def test_any_split_of_the_keys_merges(self):
        whole = flash_attention(self.q, self.k, self.v)
        parts = [attend(self.q, self.k[:, :, a:z], self.v[:, :, a:z])[:2]
                 for a, z in ((0, 4), (4, 4), (4, 11))]
        o, lse = merge(parts)
        close(o, whole["o"])
        close(lse, whole["lse"])

    def test_appending_does_not_change_its_input(self):
        cache = np.zeros((2, 2, 11, 8))
        append(cache, self.k[:, :, :2], [0, 0])
        self.assertFalse(cache.any())


if __name__ == "__main__":
    unittest.main()
