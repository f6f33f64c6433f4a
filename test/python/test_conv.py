"""Causal convolutions against a sum over windows in NumPy, and causal_conv1d's
states."""

import unittest

import numpy as np

from compiling import CompilingTest

from attn import conv, dtypes

RNG = np.random.default_rng(7)


def random(*shape):
    return RNG.standard_normal(shape).astype(np.float32)


def expected_of(x, weight, bias=None, state=None, silu=False):
    """The definition in f64."""
    batch, channels, tokens = x.shape
    taps = weight.shape[1]
    before = np.zeros((batch, channels, taps - 1)) if state is None else state
    padded = np.concatenate([before, x], 2).astype(np.float64)
    y = sum(weight[:, w, None] * padded[..., w : w + tokens] for w in range(taps))
    if bias is not None:
        y = y + bias[:, None]
    if silu:
        y = y / (1 + np.exp(-y))
    return y, padded[..., tokens:]


class Convolution(CompilingTest):
    def check(self, found, expected, tolerance=1e-5):
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)

    def test_layouts_lengths_and_taps(self):
        for batch, channels, tokens, taps in (
            (2, 5, 33, 4), (1, 1, 7, 4), (2, 24, 1, 4), (1, 40, 2, 5), (3, 7, 9, 1), (2, 4, 0, 3)
        ):
            for last in (False, True):
                x, weight, bias = random(batch, channels, tokens), random(channels, taps), random(channels)
                if last:
                    x = random(batch, tokens, channels).transpose(0, 2, 1)
                with self.subTest(shape=x.shape, taps=taps, last=last):
                    y, state = conv.causal_conv1d_fn(
                        x, weight, bias, return_final_states=True, activation="silu"
                    )
                    expected = expected_of(x, weight, bias, None, True)
                    self.check(y, expected[0])
                    self.check(state, expected[1])

    def test_types(self):
        x, weight = random(2, 16, 21), random(16, 4)
        for dtype, tolerance in (("f64", 1e-6), ("f16", 4e-3), ("bf16", 4e-2)):
            stored = dtypes.store(x, dtype)
            y = conv.causal_conv1d_fn(stored, weight)
            self.assertEqual(y.dtype, stored.dtype)
            expected = expected_of(dtypes.load(stored, dtype), weight)[0]
            self.check(dtypes.load(y, dtype), expected, tolerance)

    def test_parts_are_the_whole(self):
        x, weight, bias = random(2, 6, 20), random(6, 4), random(6)
        whole, end = conv.causal_conv1d_fn(x, weight, bias, return_final_states=True)
        first, state = conv.causal_conv1d_fn(x[..., :9], weight, bias, return_final_states=True)
        out = np.zeros_like(state)
        second = conv.causal_conv1d_fn(
            x[..., 9:], weight, bias, initial_states=state, final_states_out=out
        )
        self.check(np.concatenate([first, second], 2), whole)
        self.check(out, end)

    def test_update_moves_the_state(self):
        x, weight, bias = random(2, 6, 20), random(6, 4), random(6)
        whole = expected_of(x, weight, bias, None, True)[0]
        for held in (3, 4, 7):
            state = np.zeros((2, 6, held), np.float32)
            for begin, end in ((0, 1), (1, 2), (2, 13), (13, 16), (16, 20)):
                y = conv.causal_conv1d_update(x[..., begin:end], state, weight, bias, "swish")
                self.check(y, whole[..., begin:end])
                known = min(held, end)
                self.check(state[..., held - known :], x[..., end - known : end])
            self.assertEqual(conv.causal_conv1d_update(x[..., 0], state, weight).shape, (2, 6))

    def test_faults(self):
        x, weight = random(2, 6, 20), random(6, 4)
        state = np.zeros((2, 6, 2), np.float32)
        for function, args, kind, pattern in (
            (conv.causal_conv1d_fn, (x, weight[:5]), ValueError, r"weight as \[channels, taps\]"),
            (conv.causal_conv1d_fn, (x, weight[:, :0]), ValueError, "channels and taps"),
            (conv.causal_conv1d_fn, (x > 0, weight), TypeError, "x of a float type"),
            (conv.causal_conv1d_fn, (x, weight, None, x), NotImplementedError, "no seq_idx"),
            (conv.causal_conv1d_fn, (x, weight, None, None, x), ValueError, "state as"),
            (conv.causal_conv1d_update, (x, state, weight), ValueError, "3 tokens or more"),
            (conv.causal_conv1d_update, (x, x, weight, None, "relu"), ValueError, "silu or swish"),
            (conv.causal_conv1d_update, (x, x, weight, None, None, x), NotImplementedError, "cache_seqlens"),
        ):
            with self.subTest(pattern), self.assertRaisesRegex(kind, pattern):
                function(*args)


if __name__ == "__main__":
    unittest.main()
