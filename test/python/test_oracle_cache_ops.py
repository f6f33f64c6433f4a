"""attn.oracle.cache_ops against what can be said without it."""

import unittest

import numpy as np

from attn.oracle import cache_ops, caches


class CacheOpsTest(unittest.TestCase):
    def setUp(self):
        self.rng = np.random.default_rng(1)

    def test_update_is_append(self):
        cache, rows = self.rng.random((2, 3, 9, 4)), self.rng.random((2, 3, 5, 4))
        lengths = np.array([2, 7])
        for ring in (False, True):
            np.testing.assert_array_equal(
                cache_ops.update(cache, rows, lengths, ring=ring),
                caches.append(cache, rows, lengths, ring=ring))

    def test_pages_are_those_of_the_other_layout(self):
        cache, rows = self.rng.random((1, 2, 12, 4)), self.rng.random((2, 2, 5, 4))
        table, lengths = np.array([[2, -1, 0], [1, 7, 0]]), np.array([1, 3])
        pages = cache[0].reshape(2, 4, 3, 4).swapaxes(0, 1)
        expected = caches.append_paged(pages, table, rows, lengths)
        found = cache_ops.update(cache, rows, lengths, table=table, page=3)
        np.testing.assert_array_equal(found[0].reshape(2, 4, 3, 4).swapaxes(0, 1), expected)

    def test_angles_turn_as_rotary_embedding(self):
        rows = self.rng.random((1, 1, 1, 8))
        angle = 5 * 10000.0 ** (-np.arange(4) / 4)
        cos, sin = (np.tile(f(angle), (9, 1)) for f in (np.cos, np.sin))
        for interleaved in (False, True):
            found = cache_ops.update(np.zeros((1, 1, 9, 8)), rows, [5], cos=cos, sin=sin,
                                     interleaved=interleaved)
            np.testing.assert_allclose(
                found[:, :, 5],
                caches.rotary(rows, np.array([5]), interleaved=interleaved)[:, :, 0])

    def test_evict_keeps_heavy_and_recent(self):
        mass, k = self.rng.random((2, 3, 11)), self.rng.random((2, 3, 11, 4))
        keep = caches.heavy_and_recent(mass, 3, 2)
        found = cache_ops.evict([k, mass], [11, 11], heavy=3, recent=2, mass=1)
        np.testing.assert_array_equal(found[0][:, :, :5], caches.gather(k, keep))

    def test_places_keep_the_same_rows_in_another_order(self):
        mass, k = self.rng.random((1, 1, 11)), self.rng.random((1, 1, 11, 1))
        order = self.rng.permutation(11)
        plain = cache_ops.evict([k, mass], [11], heavy=3, recent=2, mass=1)[0][0, 0, :5]
        moved = cache_ops.evict([k[:, :, order], mass[:, :, order], order[None, None]], [11],
                                heavy=3, recent=2, mass=1, places=2)[0][0, 0, :5]
        np.testing.assert_array_equal(np.sort(plain, axis=0), np.sort(moved, axis=0))

    def test_route_sorts_and_its_place_is_the_inverse(self):
        ids = np.array([2, 0, 5, 0, -1, 1])
        order, place, offsets = cache_ops.route(ids, 3)
        np.testing.assert_array_equal(order, [1, 3, 5, 0, 2, 4])
        np.testing.assert_array_equal(order[place], np.arange(6))
        np.testing.assert_array_equal(offsets, [0, 2, 3, 4])


if __name__ == "__main__":
    unittest.main()
