"""Long convolution, the implicit filter, and Hyena.

Covering test: test/python/test_oracle_conv.py.
"""

from __future__ import annotations

from typing import Optional, Sequence

import numpy as np

from attn.oracle.layer import Layer
from attn.oracle.parts import short_conv

Array = np.ndarray


def long_conv(
    u: Array,
    kernel: Array,
    skip: Optional[Array] = None,
    before: Optional[Array] = None,
    behind: Optional[Array] = None,
    history: Optional[Array] = None,
) -> Array:
    """behind * (kernel conv (before * u) + skip * (before * u)), causal.

    y[t] = sum_j kernel[j] x[t - j] with x = before * u; the own token's tap is
    first. u and the gates are [B, H, T, D], `kernel` [H, D, L] of any length,
    `skip` [H, D]; `history` [B, H, P, D] are the x before the first token.
    """
    x = u if before is None else before * u
    whole = x if history is None else np.concatenate([history, x], axis=2)
    y = np.zeros(x.shape)
    first = whole.shape[2] - x.shape[2]
    for b, h, d in np.ndindex(x.shape[0], x.shape[1], x.shape[3]):
        if x.shape[2] and kernel.shape[2]:
            full = np.convolve(whole[b, h, :, d], kernel[h, d])
            y[b, h, :, d] = full[first : whole.shape[2]]
    if skip is not None:
        y = y + skip[None, :, None] * x
    return y if behind is None else behind * y


def hyena_filter(
    length: int, weights: Sequence[Array], biases: Sequence[Array], decay: Array,
    *, frequency: float = 1.0, shift: float = 0.0, total: Optional[int] = None,
) -> Array:
    """The implicit filter, arXiv 2302.10866 appendix D.3: [D, length].

    z(t) = [t, cos(-f w t), sin(-f w t)] at t = n / (total - 1), with w = 2 pi n /
    total and bands f from 1e-4 to the number of bands less one; layers
    sin(frequency (W z + c)), the last one linear and without bias; times
    exp(-t |decay|) + shift. `weights` are [out, in], the first with 1 + 2 bands
    inputs; `total` is the length that t = 1 stands for, `length` by default.
    """
    total = length if total is None else total
    n = np.arange(length)
    t = n / max(total - 1, 1)
    bands = (weights[0].shape[1] - 1) // 2
    angle = np.linspace(1e-4, bands - 1, bands)[None] * (2 * np.pi * n / total)[:, None]
    z = np.concatenate([t[:, None], np.cos(angle), -np.sin(angle)], axis=1)
    for weight, bias in zip(weights, biases):
        z = np.sin(frequency * (z @ weight.T + bias))
    z = z @ weights[-1].T
    return (z * (np.exp(-np.outer(t, np.abs(decay))) + shift)).T


def hyena(
    x, x_conv, x_conv_bias, filters, skip,
    x_tail_in=None, history_in=None, *, form: str = "code",
) -> dict:
    """Hyena, arXiv 2302.10866 definition 3.1, between its projections.

    x [B, P, T, D] holds P projections, gates first and the value v last; all get
    a causal convolution of `x_conv` [P, D, W] and `x_conv_bias` [P, D].
    - form "code", order P - 1: v times gate P - 2, convolved, .., times gate 1,
      convolved, and last times gate 0: P - 2 filters;
    - form "paper", order P - 1: z = v; for each gate in turn z = gate * conv(z):
      P - 1 filters.
    `filters` is [C, D, L], conv(z) = filter conv z + skip z with `skip` [C, D].
    The step after T tokens needs `x_tail_in` [B, P, W-1, D] and `history_in`
    [C, B, T, D], what the filters have seen; both are returned.
    """
    x, tail = short_conv(x, x_conv, x_conv_bias, x_tail_in)
    gates, z = [x[:, n] for n in range(x.shape[1] - 1)], x[:, -1]
    seen = []

    def convolve(number: int, z: Array) -> Array:
        past = None if history_in is None else history_in[number][:, None]
        y = long_conv(z[:, None], filters[number][None], skip[number][None],
                      history=past)
        whole = z if past is None else np.concatenate([past[:, 0], z], axis=1)
        seen.append(whole)
        return y[:, 0]

    if form == "code":
        for number, gate in enumerate(reversed(gates[1:])):
            z = convolve(number, z * gate)
        z = z * gates[0]
    else:
        for number, gate in enumerate(gates):
            z = gate * convolve(number, z)
    return {"o": z, "x_tail_out": tail, "history_out": np.stack(seen)}


LAYERS = [
    Layer("hyena", "arXiv 2302.10866", hyena,
          {"x": "B P T D", "x_conv": "P D W", "x_conv_bias": "P D",
           "filters": "P-2 D L", "skip": "P-2 D", "x_tail_in": "B P W-1 D",
           "history_in": "P-2 B S D"},
          {"o": "B T D", "x_tail_out": "B P W-1 D", "history_out": "P-2 B S+T D"},
          frozenset({"x_tail_in", "history_in"})),
]
