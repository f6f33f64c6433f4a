"""Caches of the oracle: appending, pages, H2O and StreamingLLM.

    PYTHONPATH=python python3 test/python/test_oracle_caches.py
"""

import unittest

import numpy as np
from oracle_inputs import close, golden, normal

from attn.oracle.caches import append, append_paged, gather, h2o, heavy_and_recent
from attn.oracle.caches import read_paged, rotary, streaming
from attn.oracle.softmax import attend, causal, key_mass


class Rows(unittest.TestCase):
    ROWS = np.array([10.0, 11.0, 12.0]).reshape(1, 1, 3, 1)

    def test_append(self):
        got = append(np.zeros((1, 1, 6, 1)), self.ROWS, [2])
        close(got[0, 0, :, 0], [0, 0, 10, 11, 12, 0])

    def test_rows_that_do_not_fit_are_dropped(self):
        got = append(np.zeros((1, 1, 4, 1)), self.ROWS, [2])
        close(got[0, 0, :, 0], [0, 0, 10, 11])

    def test_ring(self):
        got = append(np.zeros((1, 1, 4, 1)), self.ROWS, [7], ring=True)
        close(got[0, 0, :, 0], [11, 12, 0, 10])

    def test_pages(self):
        table = np.array([[2, 0, -1, 7]])
        pages = append_paged(np.zeros((3, 1, 2, 1)), table, self.ROWS, [1])
        rows, present = read_paged(pages, table)
        close(rows[0, 0, :, 0], [0, 10, 11, 12, 0, 0, 0, 0])
        np.testing.assert_array_equal(present[0], [True] * 4 + [False] * 4)
        close(pages[:, 0, :, 0], [[11, 12], [0, 0], [0, 10]])

    def test_rows_without_a_page_are_dropped(self):
        for length in (4, 8, 100):
            pages = append_paged(np.zeros((3, 1, 2, 1)), np.array([[2, 0, 3, -1]]),
                                 self.ROWS, [length])
            close(pages, np.zeros(pages.shape))

    def test_gather(self):
        cache = np.arange(8.0).reshape(1, 2, 4)
        close(gather(cache, np.array([[[3, 0], [1, 1]]])), [[[3, 0], [5, 5]]])


class Rotary(unittest.TestCase):
    def test_products_depend_on_the_distance(self):
        q, k = normal(1, (8,), (8,))
        for interleaved in (False, True):
            def turned(x, place):
                return rotary(x[None], np.array([place]), interleaved=interleaved)[0]

            def product(i, j):
                return float(turned(q, i) @ turned(k, j))

            self.assertAlmostEqual(product(9, 4), product(105, 100))
            self.assertNotAlmostEqual(product(9, 4), product(9, 5))

    def test_layouts_differ_by_a_permutation(self):
        (x,) = normal(2, (3, 8))
        order = [0, 4, 1, 5, 2, 6, 3, 7]
        place = np.arange(3)
        close(rotary(x[:, order], place, interleaved=True), rotary(x, place)[:, order])

    def test_first_pair_turns_by_one_radian(self):
        close(rotary(np.array([[1.0, 0, 0, 0]]), np.array([1]), interleaved=True),
              [[np.cos(1), np.sin(1), 0, 0]])


class HeavyHitters(unittest.TestCase):
    def setUp(self):
        self.q, self.k, self.v = normal(3, (2, 4, 12, 6), (2, 2, 12, 6), (2, 2, 12, 5))

    def test_golden_mass(self):
        q, k, v = golden()
        mass = key_mass(attend(q, k, v, causal(16, 16)).p, 1)
        self.assertAlmostEqual(mass.sum(), 16, places=9)
        np.testing.assert_allclose(
            mass[0, 0, :4], (2.96316608, 2.83250297, 1.95545442, 1.56663983), atol=6e-9)

    def test_whole_budget_is_dense(self):
        whole = attend(self.q, self.k, self.v, causal(12, 12))
        got = h2o(self.q, self.k, self.v, heavy=7, recent=5)
        close(got["o"], whole.o)
        o, state = self.steps(heavy=7, recent=5)
        close(o, whole.o)
        for name in ("k_cache_out", "v_cache_out", "mass_out"):
            close(state[name], got[name])

    def steps(self, **budget):
        """Token by token; outputs and the last caches."""
        state, rows = {}, []
        for t in range(12):
            past = {n.replace("_out", ""): x for n, x in state.items() if n != "o"}
            if past:
                past["mass_in"] = past.pop("mass")
            one = [x[:, :, t : t + 1] for x in (self.q, self.k, self.v)]
            state = h2o(*one, **past, **budget)
            rows.append(state["o"])
        return np.concatenate(rows, axis=2), state

    def test_policy_by_hand(self):
        # One head, by lists of (position, mass), from the definition.
        q, k, v = (x[:1, :1] for x in (self.q, self.k, self.v))
        kept, rows = [], []
        for t in range(12):
            kept.append([t, 0.0])
            places = [p for p, _ in kept]
            s = np.exp(k[0, 0, places] @ q[0, 0, t] / np.sqrt(6))
            for entry, weight in zip(kept, s / s.sum()):
                entry[1] += weight
            rows.append((s / s.sum()) @ v[0, 0, places])
            while len(kept) > 5:
                kept.remove(min(kept[:-2], key=lambda entry: entry[1]))
        self.q, self.k, self.v = q, k, v
        o, state = self.steps(heavy=3, recent=2)
        close(o[0, 0], rows)
        close(state["mass_out"][0, 0], [m for _, m in kept])
        close(state["k_cache_out"][0, 0], k[0, 0, [p for p, _ in kept]])

    def test_prefill_evicts_once(self):
        got = h2o(self.q, self.k, self.v, heavy=2, recent=3)
        mass = key_mass(attend(self.q, self.k, self.v, causal(12, 12)).p, 2)
        for b, h in np.ndindex(2, 2):
            best = set(np.argsort(-mass[b, h, :9])[:2])
            keep = sorted(best) + [9, 10, 11]
            close(got["k_cache_out"][b, h], self.k[b, h, keep])
            close(got["mass_out"][b, h], mass[b, h, keep])

    def test_ties(self):
        np.testing.assert_array_equal(heavy_and_recent(np.ones((1, 1, 6)), 2, 1),
                                      [[[0, 1, 5]]])
        np.testing.assert_array_equal(heavy_and_recent(np.ones((1, 1, 2)), 2, 1),
                                      [[[0, 1]]])


class Streaming(unittest.TestCase):
    def setUp(self):
        self.q, self.k, self.v = normal(4, (1, 2, 12, 6), (1, 2, 12, 6), (1, 2, 12, 5))

    def test_room_for_all_is_dense_with_rotary(self):
        place = np.arange(12)
        dense = attend(rotary(self.q, place), rotary(self.k, place), self.v,
                       causal(12, 12))
        close(streaming(self.q, self.k, self.v, sinks=4, recent=8)["o"], dense.o)

    def test_places_are_those_of_the_cache(self):
        got = streaming(self.q, self.k, self.v, sinks=2, recent=3)
        keep = [0, 1, 9, 10, 11]
        last = attend(rotary(self.q[:, :, 11:], np.array([4])),
                      rotary(self.k[:, :, keep], np.arange(5)), self.v[:, :, keep])
        close(got["o"][:, :, 11:], last.o)
        close(got["k_cache_out"], self.k[:, :, keep])

    def test_any_cutting_equals_the_whole(self):
        whole = streaming(self.q, self.k, self.v, sinks=2, recent=3)
        parts, past = [], {}
        for a, z in ((0, 1), (1, 7), (7, 7), (7, 12)):
            got = streaming(*(x[:, :, a:z] for x in (self.q, self.k, self.v)), **past,
                            sinks=2, recent=3)
            past = {"k_cache": got["k_cache_out"], "v_cache": got["v_cache_out"]}
            parts.append(got["o"])
        close(np.concatenate(parts, axis=2), whole["o"])


if __name__ == "__main__":
    unittest.main()
