"""All layers of the oracle by name, and inputs for them.

>>> layer = find("gated_delta_net")
>>> sizes = dict(B=1, H=4, Hk=2, Hq=2, Ho=4, T=5, K=8, V=6, W=4, N=1, R=2)
>>> arrays = sample(layer, sizes, seed=1)
>>> layer.run(**arrays)["o"].shape
(1, 4, 5, 6)

Covering test: test/python/test_oracle_layers.py.
"""

from __future__ import annotations

from typing import Mapping

import numpy as np

from attn.oracle import additive, caches, convolution, delta, flash, gated
from attn.oracle import modalities, perceiver, sparse, static
from attn.oracle.layer import Layer, describe


def by_name(*families) -> dict:
    """The layers of these modules."""
    return {layer.name: layer for family in families for layer in family.LAYERS}


# Layers that carry a recurrent state, and all others.
RECURRENT = by_name(additive, delta, gated)
ATTENTION = by_name(flash, sparse, caches, static, convolution, perceiver, modalities)
LAYERS = {**RECURRENT, **ATTENTION}

def find(name: str) -> Layer:
    """The layer of that name."""
    if name not in LAYERS:
        raise ValueError(f"expected one of {', '.join(LAYERS)} but found {name}")
    return LAYERS[name]


def sample(
    layer: Layer, sizes: Mapping[str, int], seed: int, states: bool = True
) -> dict:
    """Random inputs of a recurrent layer by name, with or without its states."""
    rng = np.random.default_rng(seed)
    arrays = {}
    for name, shape in describe(layer, sizes)["inputs"].items():
        if not states and name.endswith("_in"):
            continue
        x = rng.standard_normal(shape)
        if name == "lower_bound":
            x = 1 / (1 + np.exp(-x))
        elif name in ("state_in", "key_sum_in"):
            x = 0.1 * x
        arrays[name] = x
    if "cos" in arrays:
        tokens, pairs = arrays["cos"].shape
        angles = np.outer(np.arange(tokens), 10000.0 ** (-np.arange(pairs) / pairs))
        arrays["cos"], arrays["sin"] = np.cos(angles), np.sin(angles)
    return arrays
