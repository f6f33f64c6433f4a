"""Perceiver, Perceiver IO and Perceiver AR.

A block takes its weights by name under a prefix `x_`: norms `x_q_norm`, `x_kv_norm`
and `x_mlp_norm` [2, D] (weight, bias), projections `x_wq` [Dq, H K],
`x_wk` [Dkv, H K], `x_wv` [Dkv, H V], `x_wo` [H V, Dq], and `x_w1` [Dq, F],
`x_w2` [F, Dq] of the MLP.

Covering test: test/python/test_oracle_models.py.
"""

from __future__ import annotations

import math
from typing import Optional

import numpy as np

from attn.oracle.caches import rotary
from attn.oracle.layer import Layer
from attn.oracle.softmax import attend, causal

Array = np.ndarray

# math.erf element by element: NumPy has none.
erf = np.vectorize(math.erf, otypes=[np.float64])


def gelu(x: Array) -> Array:
    """x times the normal distribution function of x."""
    return x * 0.5 * (1 + erf(x / np.sqrt(2))) if x.size else x


def layer_norm(x: Array, weights: Array, epsilon: float = 1e-5) -> Array:
    """(x - mean) / sqrt(var + epsilon) * weights[0] + weights[1], last axis."""
    centred = x - x.mean(axis=-1, keepdims=True)
    variance = (centred * centred).mean(axis=-1, keepdims=True)
    return centred / np.sqrt(variance + epsilon) * weights[0] + weights[1]


def split_heads(x: Array, heads: int) -> Array:
    """[B, T, H D] as [B, H, T, D]."""
    batch, tokens, width = x.shape
    return x.reshape(batch, tokens, heads, width // heads).transpose(0, 2, 1, 3)


def join_heads(x: Array) -> Array:
    """[B, H, T, D] as [B, T, H D]."""
    batch, heads, tokens, width = x.shape
    return x.transpose(0, 2, 1, 3).reshape(batch, tokens, heads * width)


def block(
    w: dict, prefix: str, queries: Array, inputs: Optional[Array], heads: int,
    admitted: Optional[Array] = None, turn: Optional[tuple[Array, Array]] = None,
    residual: bool = True,
) -> Array:
    """Attention of `queries` [B, T, Dq] over `inputs` [B, S, Dkv], then an MLP.

    Both are normalised; without `inputs` the queries attend to themselves. `turn`
    gives positions of queries and keys for rotary embedding. The attention and
    the MLP are added to what enters them; the first not without `residual`.
    """
    own = layer_norm(queries, w[prefix + "_q_norm"])
    other = own if inputs is None else layer_norm(inputs, w[prefix + "_kv_norm"])
    q, k, v = (split_heads(x @ w[prefix + name], heads)
               for x, name in ((own, "_wq"), (other, "_wk"), (other, "_wv")))
    if turn is not None:
        q, k = rotary(q, turn[0]), rotary(k, turn[1])
    y = join_heads(attend(q, k, v, admitted).o) @ w[prefix + "_wo"]
    y = y + queries if residual else y
    hidden = gelu(layer_norm(y, w[prefix + "_mlp_norm"]) @ w[prefix + "_w1"])
    return y + hidden @ w[prefix + "_w2"]


def perceiver(
    latents, x, mask=None, *, heads: int = 8, cross_heads: int = 1, layers: int = 1,
    **w,
) -> dict:
    """Perceiver, arXiv 2103.03206 section 3.1: encode, then process.

    The latents [M, Dz] attend to the inputs x [B, S, Ci], of which `mask` [B, S]
    says which are there, by the block "encode"; then `layers` times to
    themselves by "process_0", "process_1", ...
    """
    z = np.broadcast_to(latents, (x.shape[0],) + latents.shape)
    admitted = None if mask is None else mask[:, None, None]
    z = block(w, "encode", z, x, cross_heads, admitted)
    for n in range(layers):
        z = block(w, f"process_{n}", z, None, heads)
    return {"o": z}


def perceiver_io(
    latents, x, queries, mask=None, *, heads: int = 8, cross_heads: int = 1,
    layers: int = 1, **w,
) -> dict:
    """Perceiver IO, arXiv 2107.14795 section 3: encode, process, decode.

    As Perceiver; then `queries` [B, O, Do] attend to the latents by "decode",
    without adding the queries. The mask is of the inputs only.
    """
    z = perceiver(latents, x, mask, heads=heads, cross_heads=cross_heads,
                  layers=layers, **w)["o"]
    return {"o": block(w, "decode", queries, z, cross_heads, residual=False)}


def perceiver_ar(
    x, mask=None, *, latents: int, heads: int = 8, layers: int = 1,
    rotate: bool = True, **w,
) -> dict:
    """Perceiver AR, arXiv 2202.07765 section 3: the last tokens are the latents.

    The last `latents` tokens of x [B, S, D] attend to all of x by "encode",
    causally from the bottom right, and then to each other, causally, by
    "process_n". With `rotate`, queries and keys turn by their places in x.
    `mask` [B, S] says which tokens are not padding.
    """
    tokens = x.shape[1]
    place = np.arange(tokens)
    last = place[tokens - latents :]
    admitted = causal(latents, tokens)[None, None]
    own = admitted[..., tokens - latents :]
    if mask is not None:
        admitted = admitted & mask[:, None, None]
        own = own & mask[:, None, None, tokens - latents :]
    z = block(w, "encode", x[:, tokens - latents :], x, heads, admitted,
              (last, place) if rotate else None)
    for n in range(layers):
        z = block(w, f"process_{n}", z, None, heads, own,
                  (last, last) if rotate else None)
    return {"o": z}


def weights(prefix: str, own: str, other: str) -> dict:
    """Shapes of a block's weights; `own` and `other` are widths of its inputs."""
    return {prefix + name: shape for name, shape in {
        "_q_norm": f"2 {own}", "_kv_norm": f"2 {other}", "_wq": f"{own} A",
        "_wk": f"{other} A", "_wv": f"{other} A", "_wo": f"A {own}",
        "_mlp_norm": f"2 {own}", "_w1": f"{own} F", "_w2": f"F {own}"}.items()}


LAYERS = [
    Layer("perceiver", "arXiv 2103.03206", perceiver,
          {"latents": "M D", "x": "B S C", **weights("encode", "D", "C"),
           **weights("process_0", "D", "D")}, {"o": "B M D"}),
    Layer("perceiver_io", "arXiv 2107.14795", perceiver_io,
          {"latents": "M D", "x": "B S C", "queries": "B O E",
           **weights("encode", "D", "C"), **weights("process_0", "D", "D"),
           **weights("decode", "E", "D")}, {"o": "B O E"}),
    Layer("perceiver_ar", "arXiv 2202.07765", perceiver_ar,
          {"x": "B S D", **weights("encode", "D", "D"),
           **weights("process_0", "D", "D")}, {"o": "B M D"}),
]
