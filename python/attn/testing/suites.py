"""Suites: axes x cases in a TOML file, expanded to tests.

    flags = "--heads=6 --kv-heads=2 --dynamic --lse"   # of every case
    builds = ["cpu", "cpu:x86-64-v3", "reference"]     # PIPELINE[:TARGET[:THREADING]]
    shapes = "odd"              # a name of SHAPES, or a list of [B, T, S]
    fillings = ["normal"]       # of variants.FILLINGS
    layouts = ["dense"]         # of variants.LAYOUTS
    chunks = [16, 32]           # --chunk of attn-gen, one build for each
    requires = ["openmp"]       # lit features without which tests are skipped
    schedule = "lanes = 8, ..." # of #attn.schedule, or #attn.scan of recurrent ops;
                                # absent: the compiler's choice

    [axes.dtype]                # every case runs at every point of the axes
    f32 = "--dtype=f32"         # flags, or a table of the keys above
    bf16 = { flags = "--dtype=bf16", shapes = "few" }

    [cases]                     # likewise; a case's own keys win
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

# Batch, queries, keys; of linear and recurrent layers batch, tokens, packed
# sequences. `odd` has every length on both sides; `all` every pair.
SHAPES: dict[str, list[tuple[int, int, int]]] = {
    "few": [(1, 1, 1), (2, 7, 65), (1, 65, 113), (2, 65, 7)],
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
    "tokens": [
        (2, 0, 1),
        (1, 1, 1),
        (2, 2, 3),
        (1, 7, 2),
        (1, 63, 1),
        (2, 64, 3),
        (1, 65, 2),
        (2, 113, 5),
        (1, 203, 3),
    ],
    # Around the step of 4 tokens and the chunks of 16, 32, 64 and 128.
    "chunks": [
        (2, 1, 1),
        (1, 2, 1),
        (1, 3, 1),
        (1, 15, 1),
        (2, 16, 1),
        (1, 17, 1),
        (1, 33, 1),
        (1, 63, 1),
        (1, 127, 1),
        (1, 128, 1),
        (1, 129, 1),
    ],
    "all": [
        (1 + (n + m) % 2, n, m) for n, m in itertools.product(LENGTHS, LENGTHS)
    ],
}

_KEYS = {"flags", "builds", "shapes", "fillings", "layouts", "requires", "schedule",
         "chunks"}


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
    schedule: str = ""
    chunks: Sequence[int] = ()


def _shapes(value: Union[str, list]) -> list[tuple[int, int, int]]:
    if isinstance(value, str):
        return [shape for name in value.split("+") for shape in SHAPES[name]]
    return [tuple(shape) for shape in value]


def _keys(value: Union[str, Mapping], name: str) -> Mapping:
    """The keys of a case or of a point of an axis."""
    keys = {"flags": value} if isinstance(value, str) else value
    if set(keys) - _KEYS:
        raise ValueError(f"unknown keys {sorted(set(keys) - _KEYS)} in {name}")
    return keys


def _expand(suite: Mapping, prefix: str) -> list[Case]:
    unknown = set(suite) - _KEYS - {"axes", "cases", "large"}
    if unknown:
        raise ValueError(f"unknown keys {sorted(unknown)}")
    axes = [list(axis.items()) for axis in suite.get("axes", {}).values()]
    cases = []
    for name, value in suite["cases"].items():
        for point in itertools.product(*axes):
            labels, places = [label for label, _ in point], [v for _, v in point]
            layers = [_keys(v, name) for v in (*places, value)]
            layers.insert(0, {k: v for k, v in suite.items() if k in _KEYS})
            settings = {k: v for layer in layers for k, v in layer.items()}
            flags = [layer.get("flags", "") for layer in layers]
            cases.append(
                Case(
                    "/".join([prefix + name, *labels]),
                    " ".join(flags).split(),
                    settings.get("builds", ["cpu", "reference"]),
                    _shapes(settings.get("shapes", "few")),
                    settings.get("fillings", ["normal"]),
                    settings.get("layouts", ["dense"]),
                    settings.get("requires", []),
                    settings.get("schedule", ""),
                    settings.get("chunks", []),
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
