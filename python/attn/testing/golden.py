"""Golden values of dense attention: formulae, no random numbers.

One head, T = 16, K = 8, V = 4. With n the flat row-major index, in float64:

    q = sin(0.37 n + 0.1)   k = cos(0.23 n + 0.2)   v = sin(0.11 n + 0.3)
    g = -(0.05 + 0.1 (1 + sin(0.9 t)))               scale = 8^-0.5

Each row names the problem as `attn-gen` flags, says which output is summed, and
gives the sum, the sum of absolute values and the first values of the last row,
to the ten and eight digits they were published with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

import numpy as np

T, K, V = 16, 8, 4


@dataclass(frozen=True)
class Golden:
    """One row of the table."""

    name: str
    flags: str
    output: str
    sum: float
    abs_sum: float
    last_row: Sequence[float]
    queries: int = T


ROWS = [
    Golden("causal", "--causal", "o", 24.9236155401, 25.0412203856,
           (0.01937083, 0.02935519, 0.03898472, 0.04814301)),
    Golden("causal-lse", "--causal --lse", "lse", 37.3358920648, 37.3358920648,
           (3.37783986,)),
    Golden("full", "", "o", 3.8565076691, 3.8565076691,
           (0.01937083, 0.02935519, 0.03898472, 0.04814301)),
    Golden("causal-softcap", "--causal --softcap=0.5", "o",
           24.5433725165, 24.6661718567,
           (0.00904268, 0.01660472, 0.02396606, 0.03103770)),
    Golden("window", "--window=3,0", "o", 4.0754923965, 36.7804975921,
           (-0.18513976, -0.07938099, 0.02733732, 0.13372518)),
    Golden("causal-alibi", "--causal --score=alibi", "o",
           11.4570577878, 29.6889199876,
           (-0.27949344, -0.22654547, -0.17085906, -0.11310734)),
    Golden("causal-sink", "--causal --sink", "o", 20.3769544813, 20.4878168554,
           (0.01851792, 0.02806267, 0.03726820, 0.04602324)),
    Golden("last-queries", "--causal", "o", 0.8600967364, 0.9777015819,
           (0.01937083, 0.02935519, 0.03898472, 0.04814301), queries=6),
    Golden("causal-forget", "--causal --score=forget", "o",
           16.2708040537, 28.8630469384,
           (-0.23581823, -0.20478582, -0.17127800, -0.13569981)),
]


def inputs(row: Golden) -> dict[str, np.ndarray]:
    """Inputs of a row by name, those of its captures included."""

    def flat(function, frequency, phase, *shape):
        n = np.arange(np.prod(shape))
        return function(frequency * n + phase).reshape(1, 1, *shape)

    decay = np.cumsum(-(0.05 + 0.1 * (1 + np.sin(0.9 * np.arange(T)))))
    return {
        "q": flat(np.sin, 0.37, 0.1, T, K)[:, :, T - row.queries :],
        "k": flat(np.cos, 0.23, 0.2, T, K),
        "v": flat(np.sin, 0.11, 0.3, T, V),
        "sink": np.array([0.3]),
        "slopes": np.array([0.25]),
        "query_decay": decay.reshape(1, 1, T)[:, :, T - row.queries :],
        "key_decay": decay.reshape(1, 1, T),
    }


def mismatch(row: Golden, output: np.ndarray, tolerance: float) -> str:
    """What differs by more than `tolerance` (relative on the sum of absolute
    values), or an empty string."""
    output = np.asarray(output, dtype=np.float64)
    last = output.reshape(-1)[-1:] if row.output == "lse" else output[0, 0, -1]
    bound = tolerance * row.abs_sum
    for what, found, expected, allowed in [
        ("sum", output.sum(), row.sum, bound),
        ("sum of absolute values", np.abs(output).sum(), row.abs_sum, bound),
        *(
            (f"last row [{n}]", found, expected, max(tolerance, 1e-8))
            for n, (found, expected) in enumerate(zip(last, row.last_row))
        ),
    ]:
        if not abs(found - expected) <= allowed:
            return f"expected {what} {expected} but found {found}"
    return ""
