"""Rotary embedding against complex numbers, which it multiplies."""

import unittest

import numpy as np

from compiling import CompilingTest

from attn import dtypes, rotary

RNG = np.random.default_rng(9)


def random(*shape):
    return RNG.standard_normal(shape).astype(np.float32)


def expected_of(x, angle, interleaved):
    """x [B, H, T, D] turned by angle [B or 1, T, R / 2]."""
    pairs = angle.shape[-1]
    result = x.astype(np.float64)
    places = (slice(0, 2 * pairs, 2), slice(1, 2 * pairs, 2)) if interleaved else (
        slice(0, pairs), slice(pairs, 2 * pairs)
    )
    turned = (result[..., places[0]] + 1j * result[..., places[1]]) * np.exp(1j * angle[:, None])
    result[..., places[0]], result[..., places[1]] = turned.real, turned.imag
    return result


class Rotary(CompilingTest):
    def test_pairs_shapes_and_places(self):
        for shape, pairs, tables in (
            ((2, 3, 7, 16), 8, 2), ((2, 3, 7, 16), 8, 1), ((1, 2, 1, 12), 3, 1), ((1, 1, 5, 2), 1, 1)
        ):
            x, angle = random(*shape), random(tables, shape[2], pairs)
            for interleaved in (False, True):
                with self.subTest(shape=shape, pairs=pairs, interleaved=interleaved):
                    expected = expected_of(x, angle, interleaved)
                    found = rotary.rotate(x, np.cos(angle), np.sin(angle), interleaved)
                    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
                    place = x.copy()
                    again = rotary.rotate(
                        place, np.cos(angle), np.sin(angle), interleaved, out=place
                    )
                    self.assertIs(again, place)
                    np.testing.assert_array_equal(place, found)

    def test_types(self):
        x, angle = random(2, 3, 7, 16), random(1, 7, 8)
        for dtype, tolerance in (("f64", 1e-6), ("f16", 4e-3), ("bf16", 4e-2)):
            stored = dtypes.store(x, dtype)
            found = rotary.rotate(stored, np.cos(angle), np.sin(angle))
            self.assertEqual(found.dtype, stored.dtype)
            expected = expected_of(dtypes.load(stored, dtype), angle, False)
            np.testing.assert_allclose(
                dtypes.load(found, dtype), expected, rtol=tolerance, atol=tolerance
            )

    def test_faults(self):
        x, angle = random(2, 3, 7, 16), random(1, 7, 8)
        for args, kind, pattern in (
            ((x[0], angle, angle), ValueError, r"x as \[batch, heads, length, width\]"),
            ((x, angle[:, :5], angle), ValueError, r"cos as \[batch or 1, 7, pairs\]"),
            ((x, angle, angle[..., :3]), ValueError, "sin as"),
            ((x[..., :8], angle, angle), ValueError, "up to 4 pairs"),
            ((x > 0, angle, angle), TypeError, "x of a float type"),
        ):
            with self.subTest(pattern), self.assertRaisesRegex(kind, pattern):
                rotary.rotate(*args)


if __name__ == "__main__":
    unittest.main()
