"""Long convolution and Hyena of the oracle.

    PYTHONPATH=python python3 test/python/test_oracle_conv.py
"""

import unittest

import numpy as np
from oracle_inputs import close, normal

from attn.oracle.convolution import hyena, hyena_filter, long_conv


def toeplitz(kernel, tokens):
    """[T, T]: kernel[i - j] on and below the diagonal."""
    return np.array([[kernel[i - j] if 0 <= i - j < len(kernel) else 0.0
                      for j in range(tokens)] for i in range(tokens)])


class LongConvolution(unittest.TestCase):
    def test_golden(self):
        t = np.arange(16.0)
        u = np.sin(0.37 * t + 0.1)[None, None, :, None]
        kernel = (np.cos(0.23 * t + 0.2) * np.exp(-0.1 * t))[None, None]
        y = long_conv(u, kernel)
        self.assertAlmostEqual(y.sum(), -1.4407428402, places=9)
        self.assertAlmostEqual(np.abs(y).sum(), 34.5386273939, places=9)
        self.assertAlmostEqual(y[0, 0, -1, 0], -4.17236935, places=8)

    def test_fourier_transform_of_twice_the_length(self):
        u, kernel, skip = normal(1, (2, 1, 13, 3), (1, 3, 13), (1, 3))
        y = np.fft.irfft(np.fft.rfft(u, 26, axis=2)
                         * np.fft.rfft(kernel, 26, axis=2).transpose(0, 2, 1)[None],
                         26, axis=2)[:, :, :13]
        close(long_conv(u, kernel, skip), y + skip[None, :, None] * u)

    def test_gates_and_short_or_long_filters(self):
        u, before, behind, skip = normal(2, *[(1, 1, 7, 1)] * 3, (1, 1))
        for length in (1, 3, 7, 10):
            (kernel,) = normal(3, (1, 1, length))
            x = (before * u)[0, 0, :, 0]
            y = toeplitz(kernel[0, 0], 7) @ x + skip[0, 0] * x
            close(long_conv(u, kernel, skip, before, behind)[0, 0, :, 0],
                  behind[0, 0, :, 0] * y)

    def test_any_cutting_equals_the_whole(self):
        u, kernel = normal(4, (2, 2, 9, 3), (2, 3, 9))
        whole = long_conv(u, kernel)
        for cut in (0, 1, 5, 9):
            close(long_conv(u[:, :, cut:], kernel, history=u[:, :, :cut]),
                  whole[:, :, cut:])


class Hyena(unittest.TestCase):
    def layer(self, planes, filters):
        return normal(5, (2, planes, 9, 4), (planes, 4, 3), (planes, 4),
                      (filters, 4, 9), (filters, 4))

    def test_order_2_is_a_product_of_matrices(self):
        x, weight, bias, filters, skip = self.layer(3, 1)
        got = hyena(x, weight, bias, filters, skip)["o"]
        for d in range(4):
            first, second, v = (
                toeplitz(weight[n, d, ::-1], 9) @ x[1, n, :, d] + bias[n, d]
                for n in range(3))
            matrix = toeplitz(filters[0, d], 9) + skip[0, d] * np.eye(9)
            close(got[1, :, d], np.diag(first) @ matrix @ np.diag(second) @ v)

    def test_order_3_gates_from_the_last_to_the_first(self):
        x, weight, bias, filters, skip = self.layer(4, 2)
        weight = np.zeros(weight.shape)
        weight[:, :, -1] = 1
        got = hyena(x, weight, 0 * bias, filters, skip)["o"]
        for d in range(4):
            first, second = (toeplitz(filters[n, d], 9) + skip[n, d] * np.eye(9)
                             for n in range(2))
            gates = [np.diag(x[0, n, :, d]) for n in range(3)]
            close(got[0, :, d],
                  gates[0] @ second @ gates[1] @ first @ gates[2] @ x[0, 3, :, d])

    def test_paper_form_has_a_filter_for_each_gate(self):
        x, weight, bias, filters, skip = self.layer(3, 2)
        weight = np.zeros(weight.shape)
        weight[:, :, -1] = 1
        got = hyena(x, weight, 0 * bias, filters, skip, form="paper")["o"]
        for d in range(4):
            z = x[0, 2, :, d]
            for n in range(2):
                matrix = toeplitz(filters[n, d], 9) + skip[n, d] * np.eye(9)
                z = x[0, n, :, d] * (matrix @ z)
            close(got[0, :, d], z)

    def test_any_cutting_equals_the_whole(self):
        for form, planes, filters in (("code", 3, 1), ("code", 4, 2), ("paper", 3, 2)):
            x, *rest = self.layer(planes, filters)
            whole = hyena(x, *rest, form=form)
            for cuts in ((0, 4, 9), tuple(range(10))):
                parts, past = [], {}
                for a, z in zip(cuts, cuts[1:]):
                    got = hyena(x[:, :, a:z], *rest, form=form, **past)
                    past = {"x_tail_in": got["x_tail_out"],
                            "history_in": got["history_out"]}
                    parts.append(got["o"])
                close(np.concatenate(parts, axis=1), whole["o"])
                close(got["history_out"], whole["history_out"])

    def test_filter(self):
        weights = normal(6, (5, 7), (5, 5), (4, 5))
        biases, decay = normal(7, (5,), (5,)), np.array([0.0, 1.0, -2.0, 3.0])
        got = hyena_filter(11, weights, biases, decay, frequency=2.0, shift=0.1)
        n, bands = 3, [1e-4, 1.00005, 2.0]
        z = [n / 10] + [np.cos(f * 2 * np.pi * n / 11) for f in bands]
        z += [-np.sin(f * 2 * np.pi * n / 11) for f in bands]
        for weight, bias in zip(weights, biases):
            z = np.sin(2.0 * (weight @ z + bias))
        close(got[:, n], (weights[2] @ z) * (np.exp(-0.3 * np.abs(decay)) + 0.1))

    def test_first_taps_do_not_depend_on_how_many_are_asked_for(self):
        weights, biases = normal(6, (5, 7), (4, 5)), normal(7, (5,))
        whole = hyena_filter(11, weights, biases, np.ones(4))
        close(hyena_filter(6, weights, biases, np.ones(4), total=11), whole[:, :6])


if __name__ == "__main__":
    unittest.main()
