"""Suites: axes x cases in a TOML file, expanded to tests.

    flags = "--heads=6 --kv-heads=2 --dynamic --lse"   # of every case
    builds = ["cpu", "cpu:x86-64-v3", "reference"]     # PIPELINE[:TARGET[:THREADING]]
    shapes = "odd"              # a name of SHAPES, or a list of [B, T, S]
    fillings = ["normal"]       # of variants.FILLINGS
    layouts = ["dense"]         # of variants.LAYOUTS
    requires = ["openmp"]       # lit features without which tests are skipped

    [axes.dtype]                # every case runs at every point of the axes
    f32 = "--dtype=f32"
    bf16 = "--dtype=bf16"

    [cases]                     # flags, or a table of the keys above
    causal = "--causal"
    strided = { flags = "--causal", layouts = ["padded"] }

    [large]                     # the same keys again, for the set on demand

makes the tests causal/f32, causal/bf16, strided/f32, strided/bf16.
"""

from __future__ import annotations

import itertools
import tomllib
from dataclasses import dataclass, field
from typing import Mapping, Sequence, Union

LENGTHS = (0, 1, 2, 7, 63, 64, 65, 113, 203, 1023)

# Batch, queries, keys. `odd` has every length on both sides; `all` every pair.
SHAPES: dict[str, list[tuple[int, int, int]]] = {
    "few": [(1, 1, 1), (2, 7, 65), (1, 65, 113)],
    "odd": [
        (2, 0, 7),
        (1, 7, 0),
        (0, 2, 2),
        (1, 1, 1),
        (2, 1, 203),
        (1, 2, 63),
        (1, 63, 2),
        (2, 64, 64),
        (1, 65, 64),
        (1, 113, 203),
        (1, 203, 113),
    ],
    "long": [(1, 1023, 65), (1, 64, 1023), (1, 1, 1023)],
    "all": [
        (1 + (n + m) % 2, n, m) for n, m in itertools.product(LENGTHS, LENGTHS)
    ],
}

_KEYS = {"flags", "builds", "shapes", "fillings", "layouts", "requires"}


@dataclass(frozen=True)
class Case:
    """One test: a problem, how it is compiled, and what it is called with."""

    name: str
    flags: Sequence[str]
    builds: Sequence[str] = ("cpu", "reference")
    shapes: Sequence[tuple[int, int, int]] = field(default_factory=list)
    fillings: Sequence[str] = ("normal",)
    layouts: Sequence[str] = ("dense",)
    requires: Sequence[str] = ()


def _shapes(value: Union[str, list]) -> list[tuple[int, int, int]]:
    if isinstance(value, str):
        return [shape for name in value.split("+") for shape in SHAPES[name]]
    return [tuple(shape) for shape in value]


def _expand(suite: Mapping, prefix: str) -> list[Case]:
    unknown = set(suite) - _KEYS - {"axes", "cases", "large"}
    if unknown:
        raise ValueError(f"unknown keys {sorted(unknown)}")
    axes = [list(axis.items()) for axis in suite.get("axes", {}).values()]
    cases = []
    for name, value in suite["cases"].items():
        own = {"flags": value} if isinstance(value, str) else value
        if set(own) - _KEYS:
            raise ValueError(f"unknown keys {sorted(set(own) - _KEYS)} in {name}")
        for point in itertools.product(*axes):
            settings = {**suite, **own}
            flags = [suite.get("flags", ""), *(f for _, f in point), own.get("flags", "")]
            cases.append(
                Case(
                    "/".join([prefix + name, *(label for label, _ in point)]),
                    " ".join(flags).split(),
                    settings.get("builds", ["cpu", "reference"]),
                    _shapes(settings.get("shapes", "few")),
                    settings.get("fillings", ["normal"]),
                    settings.get("layouts", ["dense"]),
                    settings.get("requires", []),
                )
            )
    return cases


def load(path: str, large: bool = False) -> list[Case]:
    """The tests of a suite, with the large ones on demand."""
    with open(path, "rb") as file:
        suite = tomllib.load(file)
    cases = _expand(suite, "")
    if large and "large" in suite:
        common = {k: v for k, v in suite.items() if k != "large"}
        cases += _expand({**common, **suite["large"]}, "large/")
    return cases
