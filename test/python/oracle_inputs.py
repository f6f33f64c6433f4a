"""Inputs that the oracle's tests share."""

import numpy as np


def close(a, b, tolerance=1e-11):
    """Arrays are equal to rounding."""
    np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def golden():
    """q, k [1, 1, 16, 8] and v [1, 1, 16, 4] of the published values."""
    n = np.arange(128.0)
    q = np.sin(0.37 * n + 0.1).reshape(1, 1, 16, 8)
    k = np.cos(0.23 * n + 0.2).reshape(1, 1, 16, 8)
    return q, k, np.sin(0.11 * n[:64] + 0.3).reshape(1, 1, 16, 4)


def normal(seed, *shapes):
    """Standard normal arrays of these shapes."""
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(shape) for shape in shapes]


def check_golden(test, o, total, absolute, last):
    """Sum, sum of absolute values and last row, as they were published."""
    test.assertAlmostEqual(o.sum(), total, places=9)
    test.assertAlmostEqual(np.abs(o).sum(), absolute, places=9)
    np.testing.assert_allclose(o[0, 0, -1], last, atol=6e-9)
