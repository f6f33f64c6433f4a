"""The oracle itself: golden values, a brute-force loop, and special rows.

    PYTHONPATH=python python3 test/python/reference_test.py
"""

import doctest
import math
import unittest

import numpy as np

import attn.dtypes
import attn.reference
from attn.functions import MASKS, SCORES
from attn.reference import attention
from attn.testing import golden


def by_hand(q, k, v, scale, admitted, softcap=None, bias=None):
    """One head by scalar loops over Python floats."""
    o, lse = [], []
    for i, row in enumerate(q):
        scores = {}
        for j, key in enumerate(k):
            s = scale * sum(float(a) * float(b) for a, b in zip(row, key))
            if softcap:
                s = softcap * math.tanh(s / softcap)
            if bias is not None:
                s += float(bias[i, j])
            if admitted(i, j):
                scores[j] = s
        total = math.fsum(math.exp(s) for s in scores.values())
        lse.append(math.log(total) if scores else -math.inf)
        o.append(
            [
                math.fsum(math.exp(s) * v[j][d] for j, s in scores.items())
                / (total or 1)
                for d in range(v.shape[1])
            ]
        )
    return np.array(o), np.array(lse)


class GoldenValues(unittest.TestCase):
    """Published values of systems without random numbers."""

    CALLS = {
        "causal": {"causal": True},
        "causal-lse": {"causal": True},
        "full": {},
        "causal-softcap": {"causal": True, "softcap": 0.5},
        "window": {"window": (3, 0)},
        "causal-alibi": {"causal": True, "score": "alibi"},
        "causal-sink": {"causal": True, "sink": True},
        "last-queries": {"causal": True},
        "causal-forget": {"causal": True, "score": "forget"},
    }

    def test_every_row(self):
        for row in golden.ROWS:
            with self.subTest(row.name):
                x = golden.inputs(row)
                call = dict(self.CALLS[row.name])
                if "score" in call:
                    shift = golden.T - row.queries
                    call["score"] = SCORES[call["score"]](x, (), shift)
                if "sink" in call:
                    call["sink"] = x["sink"]
                o, lse = attention(x["q"], x["k"], x["v"], **call)
                output = lse if row.output == "lse" else o
                self.assertEqual(golden.mismatch(row, output, 1e-10), "")


class BruteForce(unittest.TestCase):
    """Masks, softcap and bias against scalar loops, with T != S and K != V."""

    def check(self, queries, keys, admitted, **call):
        rng = np.random.default_rng(7)
        q = rng.standard_normal((1, 2, queries, 5))
        k = rng.standard_normal((1, 1, keys, 5))
        v = rng.standard_normal((1, 1, keys, 3))
        bias = call.pop("bias", None)
        if bias is not None:
            bias = rng.standard_normal((1, 2, queries, keys))
        o, lse = attention(q, k, v, bias=bias, **call)
        for h in range(2):
            expected = by_hand(
                q[0, h],
                k[0, 0],
                v[0, 0],
                call.get("scale", 5**-0.5),
                lambda i, j, h=h: admitted(h, i, j),
                call.get("softcap"),
                None if bias is None else bias[0, h],
            )
            np.testing.assert_allclose(o[0, h], expected[0], rtol=1e-12, atol=1e-14)
            np.testing.assert_allclose(lse[0, h], expected[1], rtol=1e-12)

    def test_structural_masks(self):
        for queries, keys in [(4, 7), (7, 4), (1, 5), (5, 1), (6, 6)]:
            d = keys - queries
            self.check(queries, keys, lambda h, i, j: True)
            self.check(queries, keys, lambda h, i, j: j <= i + d, causal=True)
            self.check(
                queries, keys, lambda h, i, j: j <= i, causal=True, align="top-left"
            )
            self.check(
                queries,
                keys,
                lambda h, i, j: i + d - 2 <= j <= i + d + 1,
                window=(2, 1),
            )
            self.check(queries, keys, lambda h, i, j: j >= i + d, window=(0, -1))

    def test_scale_softcap_and_bias(self):
        self.check(3, 6, lambda h, i, j: True, scale=-0.3, softcap=0.7, bias=True)

    def test_every_mask_function(self):
        queries, keys = 9, 13
        d = keys - queries
        cases = {
            "all": ((), lambda h, i, j: True),
            "none": ((), lambda h, i, j: False),
            "causal-region": ((), lambda h, i, j: j <= i + d),
            "prefix": ((3,), lambda h, i, j: j <= i + d or j < 3),
            "chunked": (
                (4,),
                lambda h, i, j: math.floor((i + d) / 4) == j // 4 and j <= i + d,
            ),
            "block-causal": ((4,), lambda h, i, j: j // 4 <= math.floor((i + d) / 4)),
            "block-diagonal": ((4,), lambda h, i, j: i // 4 == j // 4),
            "dilated": ((3,), lambda h, i, j: i + d >= j and (i + d - j) % 3 == 0),
            "strided": (
                (2, 4),
                lambda h, i, j: i + d >= j and (i + d - j < 2 or j % 4 == 0),
            ),
            "checkerboard": ((), lambda h, i, j: (i + j) % 2 == 0),
            "per-head": ((), lambda h, i, j: j <= i + d if h == 0 else True),
            "skip-rows": ((2,), lambda h, i, j: i % 2 == 1),
            "window-region": ((3, 1), lambda h, i, j: i + d - 3 <= j <= i + d + 1),
            "length": ((), lambda h, i, j: j < 5),
            "valid-length": ((), lambda h, i, j: j < 6),
            "prefix-length": ((), lambda h, i, j: j <= i + d or j < 7),
            "document": ((), lambda h, i, j: i // 5 == j // 6),
            "interval": ((), lambda h, i, j: i <= j < i + 3),
        }
        self.assertEqual(set(cases), set(MASKS))
        rows = np.arange(queries)[None]
        x = {
            "lengths": np.array([5]),
            "length": np.array(6),
            "prefixes": np.array([7]),
            "query_document": rows // 5,
            "key_document": np.arange(keys)[None] // 6,
            "first": rows,
            "last": rows + 3,
        }
        for name, (arguments, admitted) in cases.items():
            with self.subTest(name):
                mask = MASKS[name](x, arguments, d)
                self.check(queries, keys, admitted, mask=mask)

    def test_every_score_function(self):
        queries, keys = 4, 6
        d = keys - queries
        rng = np.random.default_rng(3)
        x = {
            "slopes": np.array([0.5, 0.25]),
            "strength": np.array([0.5, 0.25]),
            "temperature": np.array([2.0, 3.0]),
            "rate": np.array(0.125),
            "table": rng.standard_normal((2, 5)),
            "key_bias": rng.standard_normal((1, keys)),
            "query_decay": rng.standard_normal((1, 2, queries)),
            "key_decay": rng.standard_normal((1, 2, keys)),
        }
        kerple = dict(x, rate=np.array([1.0, 2.0]))
        s = rng.standard_normal((queries, keys))
        h = 1
        cases = {
            "alibi": ((), lambda i, j: s[i, j] - 0.25 * abs(i + d - j)),
            "forget": (
                (),
                lambda i, j: s[i, j]
                + x["query_decay"][0, h, i]
                - x["key_decay"][0, h, j],
            ),
            "kerple": (
                (),
                lambda i, j: s[i, j] - 0.25 * math.log(1 + 2 * abs(i + d - j)),
            ),
            "key-bias": ((), lambda i, j: s[i, j] + x["key_bias"][0, j]),
            "learned-table": (
                (2,),
                lambda i, j: s[i, j] + x["table"][h, min(max(j - i - d, -2), 2) + 2],
            ),
            "relative": ((), lambda i, j: s[i, j] + 0.125 * (j - i - d)),
            "relative-squared": ((), lambda i, j: s[i, j] - 0.125 * (j - i - d) ** 2),
            "tanh": ((2,), lambda i, j: 2 * math.tanh(s[i, j] / 2)),
            "temperature": ((), lambda i, j: 3 * s[i, j]),
        }
        self.assertEqual(set(cases), set(SCORES))
        i, j = np.arange(queries)[:, None], np.arange(keys)[None]
        for name, (arguments, expected) in cases.items():
            with self.subTest(name):
                inputs = kerple if name == "kerple" else x
                found = SCORES[name](inputs, arguments, d)(s, 0, h, i, j)
                by_pair = [[expected(a, b) for b in range(keys)] for a in range(queries)]
                np.testing.assert_allclose(found, by_pair, rtol=1e-13)


class SpecialRows(unittest.TestCase):
    """Rows without keys, NaN and infinity."""

    def setUp(self):
        rng = np.random.default_rng(1)
        self.q = np.abs(rng.standard_normal((1, 1, 4, 3)))
        self.k = rng.standard_normal((1, 1, 4, 3))
        self.v = rng.standard_normal((1, 1, 4, 2))

    def test_row_without_keys_is_zero(self):
        for call in ({}, {"sink": np.array([0.5])}):
            o, lse = attention(
                self.q, self.k[:, :, :2], self.v[:, :, :2], causal=True, **call
            )
            self.assertTrue((o[0, 0, :2] == 0).all())
            self.assertTrue((lse[0, 0, :2] == -np.inf).all())
            self.assertTrue(np.isfinite(lse[0, 0, 2:]).all())

    def test_no_keys_at_all(self):
        o, lse = attention(self.q, self.k[:, :, :0], self.v[:, :, :0])
        self.assertTrue((o == 0).all() and (lse == -np.inf).all())

    def test_masked_nan_contributes_nothing(self):
        clean, _ = attention(self.q, self.k, self.v, causal=True)
        self.k[0, 0, 2, 0] = np.nan
        self.v[0, 0, 3, 1] = np.inf
        o, lse = attention(self.q, self.k, self.v, causal=True)
        np.testing.assert_array_equal(o[0, 0, :2], clean[0, 0, :2])
        self.assertTrue(np.isnan(o[0, 0, 2:]).all() and np.isnan(lse[0, 0, 2:]).all())

    def test_nan_in_a_value_reaches_its_feature_only(self):
        self.v[0, 0, 0, 1] = np.nan
        o, lse = attention(self.q, self.k, self.v)
        self.assertTrue(np.isnan(o[..., 1]).all() and np.isfinite(o[..., 0]).all())
        self.assertTrue(np.isfinite(lse).all())

    def test_score_of_minus_infinity_counts_as_masked(self):
        self.k[0, 0, 1, 0] = -np.inf
        self.v[0, 0, 1, 0] = np.nan
        o, lse = attention(self.q, self.k, self.v)
        keep = [0, 2, 3]
        expected = attention(self.q, self.k[:, :, keep], self.v[:, :, keep])
        np.testing.assert_allclose(o, expected[0], rtol=1e-14)
        np.testing.assert_allclose(lse, expected[1], rtol=1e-14)

    def test_score_of_plus_infinity_gives_nan(self):
        self.k[0, 0, 1, 0] = np.inf
        o, _ = attention(self.q, self.k, self.v)
        self.assertTrue(np.isnan(o).all())


def load_tests(loader, tests, pattern):
    """Adds the examples in the docstrings."""
    for module in (attn.reference, attn.dtypes):
        tests.addTests(doctest.DocTestSuite(module))
    return tests


if __name__ == "__main__":
    unittest.main()
