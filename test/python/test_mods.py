"""Functions of Python traced into regions, against the same functions in NumPy."""

import functools
import unittest

import numpy as np

from compiling import CompilingTest

import attn
from attn import mods, reference

T, S, HEADS = 37, 53, 4
RNG = np.random.default_rng(0)
SLOPES = RNG.random(HEADS).astype(np.float32)
TABLE = RNG.standard_normal((HEADS, 9)).astype(np.float32)
HALVES = RNG.standard_normal(S).astype(np.float16)
Q_DOCUMENT = np.sort(RNG.integers(0, 4, T)).astype(np.int32)
K_DOCUMENT = np.sort(RNG.integers(0, 4, S)).astype(np.int64)
BYTES = RNG.integers(-3, 4, (HEADS, 5)).astype(np.int8)
IS_GLOBAL = RNG.random(S) < 0.2
CUBE = RNG.standard_normal((HEADS, 2, 3)).astype(np.float32)
LONG = RNG.standard_normal((HEADS, 300)).astype(np.float32)
FACTOR = 0.5


def helper(distance):
    return FACTOR * distance


class Window:
    """A mask with state of its own."""

    def __init__(self, size, offsets):
        self.size, self.offsets = size, offsets

    def __call__(self, b, h, i, j):
        return abs(i - j) <= self.size + self.offsets[h]

    def twice(self, b, h, i, j):
        return abs(i - j) <= 2 * self.size


def either(*masks):
    def mask(b, h, i, j):
        result = masks[0](b, h, i, j)
        for other in masks[1:]:
            result = result | other(b, h, i, j)
        return result

    return mask


def scaled(factor, s, b, h, i, j):
    return factor * s


WINDOW = Window(5, np.arange(HEADS))
# These run on NumPy arrays too, which is the reference.
SCORES = {
    "alibi": lambda s, b, h, i, j: s - SLOPES[h] * np.abs(i - j),
    "softcap": lambda s, b, h, i, j: 3.0 * np.tanh(s / 3.0),
    "table": lambda s, b, h, i, j: s + TABLE[h, np.clip(j - i, -4, 4) + 4],
    "rows of a table": lambda s, b, h, i, j: s + TABLE[h][np.clip(j - i, -4, 4) + 4],
    "half": lambda s, b, h, i, j: s * HALVES[j],
    "long integers": lambda s, b, h, i, j: s + K_DOCUMENT[j] / 3,
    "narrow tables": lambda s, b, h, i, j: s + BYTES[h, (i + j) % 5] * 0.1 + HALVES[(i * 7) % 31],
    "helper": lambda s, b, h, i, j: s + helper(i - j),
    "true division": lambda s, b, h, i, j: s + (i - j) / 7 - i / (j + 1),
    "exponentials": lambda s, b, h, i, j: np.exp(-np.square(s)) + np.exp2(s * 0.1) + np.log1p(np.abs(s)),
    "where": lambda s, b, h, i, j: np.where((i < j) | (h == 2), s, -np.inf),
    "integers": lambda s, b, h, i, j: s + ((i - j) // 3) * 0.1 + ((i - j) % 5) * 0.2 + (j // 4) % 3,
    "floats rounding down": lambda s, b, h, i, j: s // 0.5 + s % 0.25,
    "bits": lambda s, b, h, i, j: s + 0.1 * (((i & 3) << 1) ^ (j >> 2) | 1),
    "extremes": lambda s, b, h, i, j: np.maximum(s, 0) + np.minimum(i, j) * 0.01,
    "powers": lambda s, b, h, i, j: s**2 * 0.1 + np.abs(s) ** 1.5 + (i - j) ** 2 * 0.001,
    "square root": lambda s, b, h, i, j: np.sqrt(np.abs(s)) + np.sin(s) + np.cos(1.0 * j),
    "bool as number": lambda s, b, h, i, j: s + (i > j) - 2.0 * (i == j),
    "partial": functools.partial(scaled, 0.25),
}
MASKS = {
    "causal": lambda b, h, i, j: i >= j,
    "window": lambda b, h, i, j: (i >= j) & (i - j < 8),
    "prefix": lambda b, h, i, j: (i >= j) | (j < 11),
    "documents": lambda b, h, i, j: Q_DOCUMENT[i] == K_DOCUMENT[j],
    "global": lambda b, h, i, j: IS_GLOBAL[j] | (np.abs(i - j) <= 3),
    "dilated": lambda b, h, i, j: (np.abs(i - j) % 4 == 0) & (j <= i),
    "negative remainder": lambda b, h, i, j: (j - i) % 4 == 1,
    "chunks": lambda b, h, i, j: (i - 3) // 8 == (j - 3) // 8,
    "per head": lambda b, h, i, j: (i >= j) & ((h % 2 == 0) | (i - j < 4)),
    "not": lambda b, h, i, j: ~(i < j) & np.logical_not(j == 3),
    "table of bools": lambda b, h, i, j: IS_GLOBAL[(i + j) % 31] | (i == j),
    "nothing": lambda b, h, i, j: (i < 0) & (j >= 0),
    "closures": either(lambda b, h, i, j: i == j, lambda b, h, i, j: j < 4),
}


class Mods(CompilingTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.q = RNG.standard_normal((2, HEADS, T, 16)).astype(np.float32)
        cls.k, cls.v = (RNG.standard_normal((2, 2, S, 16)).astype(np.float32) for _ in range(2))

    def check(self, score=None, mask=None, name=""):
        found, lse = attn.flex_attention(
            self.q, self.k, self.v, score, mask_mod=mask, enable_gqa=True, return_lse=True
        )
        expected = reference.attention(self.q, self.k, self.v, score=score, mask=mask)
        np.testing.assert_allclose(found, expected[0], rtol=1e-4, atol=1e-4, err_msg=name)
        np.testing.assert_allclose(lse, expected[1], rtol=1e-4, atol=1e-4, err_msg=name)

    def test_scores(self):
        for name, score in SCORES.items():
            with self.subTest(name):
                self.check(score=score, name=name)

    def test_masks(self):
        for name, mask in MASKS.items():
            with self.subTest(name):
                self.check(mask=mask, name=name)

    def test_both_share_arrays(self):
        self.check(
            score=lambda s, b, h, i, j: s + SLOPES[h],
            mask=lambda b, h, i, j: (j * SLOPES[h] < 30) & (i * SLOPES[h] < 30.0),
        )

    def test_rows_have_a_dot_product(self):
        left, right = RNG.standard_normal((2, T, 6)), RNG.standard_normal((2, S, 6))
        left, right = left.astype(np.float32), right.astype(np.float32)
        found = attn.flex_attention(
            self.q, self.k, self.v, lambda s, b, h, i, j: s + np.dot(left[b, i], right[b, j]),
            enable_gqa=True,
        )
        products = np.einsum("bik,bjk->bij", left, right)
        expected = reference.attention(
            self.q, self.k, self.v, score=lambda s, b, h, i, j: s + products[b]
        )[0]
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)

    def test_rows_are_compared_and_reduced(self):
        chosen = np.array([[0, 2], [1, 5], [4, 3]])
        divisors = np.array([3, 2], np.int32)

        def place(b, i):
            return np.clip((i - chosen[0, 1]) // divisors[b] % 5, 0, 2)

        def mask(b, h, i, j):
            row = chosen[place(b, i)]
            return (row == j // 4).any() | ((row - 3).sum() > h) & (row.amax() + row[0] < j)

        def by_columns(b, h, i, j):
            first, second = chosen[place(b, i)[:, 0]].T[..., None]
            near = (first == j // 4) | (second == j // 4)
            return near | (first + second - 6 > h) & (np.maximum(first, second) + first < j)

        found = attn.flex_attention(self.q, self.k, self.v, None, mask, enable_gqa=True)
        expected = reference.attention(self.q, self.k, self.v, mask=by_columns)[0]
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)

    def test_objects_and_methods(self):
        self.check(mask=WINDOW)
        self.check(mask=WINDOW.twice)

    def test_what_changed_is_traced_again(self):
        size = 3

        def mask(b, h, i, j):
            return abs(i - j) <= size

        self.check(mask=mask)
        size = 9
        self.check(mask=mask)
        window = Window(2, np.arange(HEADS))
        self.check(mask=window)
        window.size = 7
        self.check(mask=window)

    def test_global_that_changed_is_traced_again(self):
        global FACTOR
        try:
            FACTOR = -0.25
            self.check(score=SCORES["helper"])
        finally:
            FACTOR = 0.5

    def test_other_arrays_need_no_other_kernel(self):
        def alibi(slopes):
            return lambda s, b, h, i, j: s - slopes[h] * abs(i - j)

        kernels = set()
        for factor in (1, 2):
            score = alibi(factor * SLOPES)
            self.check(score=score)
            from attn import dense

            kernels.add(dense.prepare(self.q, self.k, self.v, score, None)[0])
        self.assertEqual(len(kernels), 1)


class Trace(unittest.TestCase):
    """What needs no compiler."""

    def trace(self, function, kind="score"):
        scan = mods.Scan()
        scan.key(function)
        return mods.trace(function, kind, scan.arrays, "f32")

    def test_equal_operations_are_made_once(self):
        region = self.trace(lambda s, b, h, i, j: (i - j) * (i - j) + s)
        self.assertEqual(sum("subi" in line for line in region.lines), 1)

    def test_only_arrays_that_are_read_are_used(self):
        unused = np.zeros(3)
        region = self.trace(lambda s, b, h, i, j: (unused, s + SLOPES[h])[1])
        self.assertEqual(len(region.used), 1)

    def test_keys_tell_functions_apart(self):
        def make(n):
            return lambda b, h, i, j: i - j < n

        key = lambda function: mods.Scan().key(function)
        self.assertEqual(key(make(3)), key(make(3)))
        self.assertNotEqual(key(make(3)), key(make(4)))
        self.assertNotEqual(key(make(3)), key(make(3.0)))
        self.assertNotEqual(key(make(1)), key(make(True)))
        self.assertEqual(key(WINDOW), key(Window(5, np.arange(HEADS))))
        self.assertNotEqual(key(WINDOW), key(Window(6, np.arange(HEADS))))

    def test_recursive_functions_have_a_key(self):
        def mask(b, h, i, j):
            return mask if b is None else i >= j

        self.assertEqual(len(self.trace(mask, "mask").lines), 1)

    def test_functions_of_tensors(self):
        text = "\n".join(
            self.trace(
                lambda s, b, h, i, j: s.tanh().to("float32").clamp(min=-1, max=2).abs()
                + i.float()
                + (i >= j).long()
                + s.new_ones(()).gelu()
            ).lines
        )
        for operation in ("math.tanh", "maximumf", "minimumf", "math.absf", "sitofp", "math.erf"):
            self.assertIn(operation, text)

    def test_faults_name_line_and_reason(self):
        def branch(s, b, h, i, j):
            return s if i > j else 2 * s

        def loop(s, b, h, i, j):
            for _ in range(i):
                s = s + 1
            return s

        for function, pattern in [
            (branch, r"test_mods.py:\d+, in branch: the condition needs a value.*where"),
            (loop, "in loop: an index or range.. needs a value"),
            (lambda s, b, h, i, j: 1 < s < 2, "the condition needs a value"),
            (lambda s, b, h, i, j: s.item(), "values of a traced function have no 'item'"),
            (lambda s, b, h, i, j: np.linalg.norm(s), "'norm' cannot be traced"),
            (lambda s, b, h, i, j: np.arctan(s), "'arctan' cannot be traced"),
            (lambda s, b, h, i, j: np.add.reduce(s), "numpy.add.reduce cannot be traced"),
            (lambda s, b, h, i, j: np.add.reduce(TABLE[h]), "numpy.add.reduce cannot be traced"),
            (lambda s, b, h, i, j: s & 1, "expected bools or integers for &"),
            (lambda s, b, h, i, j: s << 1, "expected integers for << and >>"),
            (lambda s, b, h, i, j: ~s, "expected a bool or integer for ~"),
            (lambda s, b, h, i, j: s.div(2, rounding_mode="trunc"), "expected rounding_mode None"),
            (lambda s, b, h, i, j: TABLE[h] + s, "to return a value but found Row"),
            (lambda s, b, h, i, j: s + CUBE[h], "expected 3 indices of an array but found 1"),
            (lambda s, b, h, i, j: (TABLE[h] + SLOPES).sum(), "rows of equal length .* 4 and 9"),
            (lambda s, b, h, i, j: (TABLE[h] + s)[i], "to be indexed by a constant"),
            (lambda s, b, h, i, j: (TABLE[h] + s).cumsum(), "rows .* have no 'cumsum'"),
            (lambda s, b, h, i, j: (TABLE[h] + s).sum(1), "a reduction of a whole row"),
            (lambda s, b, h, i, j: (TABLE[h] + s).unsqueeze(0), "a value but found a row"),
            (lambda s, b, h, i, j: s + LONG[h].sum(), "up to 256 elements but found 300"),
            (lambda s, b, h, i, j: TABLE[h, i, j], "expected at most 2 indices"),
            (lambda s, b, h, i, j: TABLE[h, :], "indexed by integers but found a slice"),
            (lambda s, b, h, i, j: TABLE[h, s], "expected an integer as an index but found a float"),
            (lambda s, b, h, i, j: s + "x", "expected a value or number but found str"),
            (lambda s, b, h, i, j: None, "to return a value but found NoneType"),
            (lambda s, b, h, i, j: np.dot(TABLE[h], s), "expected rows of two arrays for dot"),
            (lambda s, b, h, i, j: np.dot(TABLE[h], SLOPES), "expected rows of equal length"),
            (lambda s, b, h, i, j: s + np.ones(3), "made inside of the function"),
        ]:
            with self.subTest(pattern), self.assertRaisesRegex(attn.TraceError, pattern) as caught:
                self.trace(function)
            self.assertLess(len(str(caught.exception).splitlines()), 15)
        with self.assertRaisesRegex(attn.TraceError, "to return a bool but found a float"):
            self.trace(lambda b, h, i, j: i * 0.5, "mask")


if __name__ == "__main__":
    unittest.main()
