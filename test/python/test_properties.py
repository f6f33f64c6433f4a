"""Score and mask functions by a grammar, against the NumPy oracle.

Functions are made of what users write: positions, constants, tables, arithmetic that
rounds down, comparisons, bit operations and choices. Needs hypothesis.
"""

import unittest

import numpy as np

from compiling import CompilingTest

import attn
from attn import reference

try:
    from hypothesis import HealthCheck, given, settings, strategies as st
except ImportError:
    st = None

RNG = np.random.default_rng(11)
HEADS, LONGEST = 3, 40
TABLE = RNG.integers(-5, 6, LONGEST).astype(np.int32)
LONG_TABLE = RNG.integers(0, 4, LONGEST)
FLOATS = RNG.standard_normal((HEADS, LONGEST)).astype(np.float32)
FLAGS = RNG.random(LONGEST) < 0.5

if st is not None:
    # Each is a function of (b, h, i, j), and its text for the report of a failure.
    LEAVES = st.sampled_from([
        ("h", lambda b, h, i, j: h), ("i", lambda b, h, i, j: i), ("j", lambda b, h, i, j: j),
        ("TABLE[i]", lambda b, h, i, j: TABLE[i]), ("TABLE[j]", lambda b, h, i, j: TABLE[j]),
        ("LONG_TABLE[j]", lambda b, h, i, j: LONG_TABLE[j]),
    ]) | st.integers(-9, 40).map(lambda n: (str(n), lambda b, h, i, j: n))

    def binary(children, operations):
        """An operation of two of them."""
        def make(chosen):
            (symbol, function), (left, f), (right, g) = chosen
            return f"({left} {symbol} {right})", lambda *x: function(f(*x), g(*x))

        return st.tuples(st.sampled_from(operations), children, children).map(make)

    def by_constant(children):
        """Division, remainder and shifts, by constants that have them."""
        def make(chosen):
            (symbol, function), (left, f), n = chosen
            return f"({left} {symbol} {n})", lambda *x: function(f(*x), n)

        operations = [
            ("//", lambda a, n: a // n), ("%", lambda a, n: a % n), ("*", lambda a, n: a * n),
            (">>", lambda a, n: a >> (n & 3)), ("&", lambda a, n: a & n),
        ]
        return st.tuples(st.sampled_from(operations), children, st.integers(1, 9)).map(make)

    INTEGERS = st.recursive(
        LEAVES,
        lambda children: by_constant(children) | binary(children, [
            ("+", lambda a, b: a + b), ("-", lambda a, b: a - b), ("max", np.maximum),
            ("min", np.minimum),
        ]),
        max_leaves=4,
    )
    CONDITIONS = st.recursive(
        binary(INTEGERS, [
            ("<", lambda a, b: a < b), ("<=", lambda a, b: a <= b), (">=", lambda a, b: a >= b),
            ("==", lambda a, b: a == b), ("!=", lambda a, b: a != b),
        ]) | st.just(("FLAGS[j]", lambda b, h, i, j: FLAGS[j])),
        lambda children: binary(children, [
            ("&", lambda a, b: a & b), ("|", lambda a, b: a | b), ("^", lambda a, b: a ^ b),
        ]) | children.map(lambda c: (f"~{c[0]}", lambda *x: np.logical_not(c[1](*x)))),
        max_leaves=3,
    )
    # Functions of the score and (b, h, i, j).
    SCORES = st.one_of(
        st.tuples(INTEGERS, st.sampled_from([0.01, -0.1, 0.25])).map(
            lambda c: (f"s + {c[1]} * {c[0][0]}", lambda s, *x: s + c[1] * c[0][1](*x))
        ),
        CONDITIONS.map(
            lambda c: (f"where({c[0]}, s, -inf)", lambda s, *x: np.where(c[1](*x), s, -np.inf))
        ),
        st.tuples(CONDITIONS, INTEGERS).map(lambda c: (
            f"where({c[0][0]}, tanh(s), s + FLOATS[h, clip({c[1][0]})])",
            lambda s, b, h, i, j: np.where(
                c[0][1](b, h, i, j), np.tanh(s),
                s + FLOATS[h, np.clip(c[1][1](b, h, i, j), 0, LONGEST - 1)],
            ),
        )),
    )
    SETTINGS = settings(
        max_examples=25, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )


@unittest.skipIf(st is None, "hypothesis is not installed")
class Properties(CompilingTest):
    def check(self, queries, keys, score=None, mask=None):
        q = RNG.standard_normal((1, HEADS, queries, 8)).astype(np.float32)
        k, v = (RNG.standard_normal((1, HEADS, keys, 8)).astype(np.float32) for _ in range(2))
        found, lse = attn.flex_attention(q, k, v, score, mask, return_lse=True)

        def whole(function):
            """A value for each pair, also where the function does not depend on it."""
            return lambda *x: np.broadcast_to(function(*x), (queries, keys))

        expected = reference.attention(
            q, k, v, score=None if score is None else whole(score),
            mask=None if mask is None else whole(mask),
        )
        np.testing.assert_allclose(found, expected[0], rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(lse, expected[1], rtol=1e-4, atol=1e-4)

    def test_masks(self):
        @SETTINGS
        @given(CONDITIONS, st.integers(1, LONGEST), st.integers(1, LONGEST))
        def run(condition, queries, keys):
            self.check(queries, keys, mask=condition[1])

        run()

    def test_scores(self):
        @SETTINGS
        @given(SCORES, st.integers(1, LONGEST), st.integers(1, LONGEST))
        def run(score, queries, keys):
            self.check(queries, keys, score=score[1])

        run()


if __name__ == "__main__":
    unittest.main()
