"""Runs attn.block_sparse over block lists of every kind, and compares.

    python3 -m attn.testing.run_lists [CASE ...]

Each case is one kernel with sizes left to run time, built by each of its
pipelines and called with several shapes and lists: random ones, lists with
padding, repeated blocks, entries that are no block (-1, the number of blocks,
the largest and smallest integers), and empty ones; every call with its tensors
flush against pages that may not be touched, both ways. The oracle is
`attn.oracle.blocks.block_sparse` in float64. Prints one line per case, and one
per failure; exits with 1 when there was any.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import zlib
from dataclasses import dataclass
from typing import Optional, Sequence

import numpy as np

from attn import dtypes
from attn.kernel import STATUS, Kernel
from attn.oracle.blocks import block_sparse
from attn.problems import Argument
from attn.reference import diagonal
from attn.testing import tolerances, variants

Array = np.ndarray
# Queries, keys; batches alternate between 1 and 2.
SHAPES = ((64, 64), (65, 113), (7, 40), (1, 1), (1, 130), (130, 1), (40, 7), (0, 5), (5, 0))
BUILDS = ("cpu", "cpu:x86-64-v3", "reference")
# A bound for 16-bit outputs, relative to the largest value.
ROUNDING = {"f16": 2e-3, "bf16": 2e-2}


@dataclass(frozen=True)
class Case:
    """One kernel; heads are static unless `open_heads`, else only widths are."""

    query_block: int = 64
    key_block: int = 64
    length: int = 3
    heads: int = 4
    kv_heads: int = 2
    list_heads: int = 2
    width: int = 32
    value_width: int = 32
    dtype: str = "f32"
    index: str = "i32"
    causal: bool = False
    window: Optional[tuple] = None
    align: str = "bottom-right"
    softcap: Optional[float] = None
    sink: bool = False
    bias: bool = False
    counts: bool = False
    shared: bool = False
    # A mask region: the key is odd, or the last of all.
    mask: bool = False
    open_heads: bool = False
    builds: Sequence[str] = BUILDS

    @property
    def score_type(self) -> str:
        """f64 for f64, else f32."""
        return "f64" if self.dtype == "f64" else "f32"

    def arguments(self) -> list[Argument]:
        """The inputs, in order."""
        h, g, p = self.heads, self.kv_heads, self.list_heads
        if self.open_heads:
            h, g, p = "H", "Hkv", "Hl"
        batch = 1 if self.shared else "B"
        shapes = [("q", ("B", h, "T", self.width), self.dtype),
                  ("k", ("B", g, "S", self.width), self.dtype),
                  ("v", ("B", g, "S", self.value_width), self.dtype),
                  ("blocks", (batch, p, "N", self.length), self.index)]
        if self.counts:
            shapes.append(("counts", (batch, p, "N"), self.index))
        if self.bias:
            shapes.append(("bias", ("B", 1, "T", "S"), self.score_type))
        if self.sink:
            shapes.append(("sink", (h,), self.score_type))
        return [Argument(*shape, meaning="") for shape in shapes]

    def outputs(self) -> list[Argument]:
        """Output and lse."""
        rows = ("B", "H" if self.open_heads else self.heads, "T")
        return [Argument("o", (*rows, self.value_width), self.dtype, ""),
                Argument("lse", rows, self.score_type, "")]

    def text(self) -> str:
        """The kernel as a module."""
        types = {a.name: tensor(a) for a in (*self.arguments(), *self.outputs())}
        inputs = ", ".join(f'%{a.name}: {types[a.name]} {{attn.name = "{a.name}"}}'
                           for a in self.arguments())
        results = ", ".join(f'{types[a.name]} {{attn.name = "{a.name}"}}'
                            for a in self.outputs())
        words = ["causal"] if self.causal else []
        if self.causal or self.window:
            words.append(f"align({self.align.replace('-', '_')})")
        if self.window:
            words.append(f"window [{self.window[0]}, {self.window[1]}]")
        if self.softcap:
            words.append(f"softcap {self.softcap:e}")
        words.append(f"query_block {self.query_block} key_block {self.key_block}")
        optional = "".join(f"\n      {n}(%{n} : {types[n]})"
                           for n in ("blocks", "counts", "bias", "sink") if n in types)
        sizes = f"%batch, {'%heads, ' if self.open_heads else ''}%queries"
        mask = """ mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %two = arith.constant 2 : index
        %one = arith.constant 1 : index
        %r = arith.remui %j, %two : index
        %odd = arith.cmpi eq, %r, %one : index
        %last = arith.subi %keys, %one : index
        %is_last = arith.cmpi eq, %j, %last : index
        %m = arith.ori %odd, %is_last : i1
        attn.yield %m : i1
      }""" if self.mask else ""
        return f"""func.func @lists({inputs}) -> ({results}) {{
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %heads = tensor.dim %q, %c1 : {types["q"]}
  %batch = tensor.dim %q, %c0 : {types["q"]}
  %queries = tensor.dim %q, %c2 : {types["q"]}
  %keys = tensor.dim %k, %c2 : {types["k"]}
  %o0 = tensor.empty({sizes}) : {types["o"]}
  %l0 = tensor.empty({sizes}) : {types["lse"]}
  %o, %lse = attn.block_sparse {" ".join(words)}
      ins(%q, %k, %v : {types["q"]}, {types["k"]}, {types["v"]}){optional}
      outs(%o0, %l0 : {types["o"]}, {types["lse"]}){mask}
  return %o, %lse : {types["o"]}, {types["lse"]}
}}
"""

    def draw(self, sizes: dict, kind: str, rng) -> dict[str, Array]:
        """Inputs by name; `kind` says what the lists hold."""
        blocks = -(-sizes["S"] // self.key_block)
        drawn = {}
        for a in self.arguments():
            shape = a.sizes(sizes)
            if a.name == "blocks":
                limits = np.iinfo(a.dtype.replace("i", "int"))
                values = rng.integers(-1, max(blocks, 1), shape)
                if kind == "hostile":
                    strange = (-1, blocks, blocks + 1, limits.max, limits.min)
                    values = np.where(rng.random(shape) < 0.5,
                                      rng.choice(strange, shape), values)
                elif kind == "empty":
                    values = np.full(shape, -1)
                elif kind == "all":
                    values = np.broadcast_to(np.arange(shape[-1]), shape)
            elif a.name == "counts":
                values = rng.integers(-2, self.length + 3, shape)
            else:
                values = rng.standard_normal(shape)
            drawn[a.name] = dtypes.store(values, a.dtype)
        return drawn

    def expected(self, inputs: dict[str, Array]) -> list[Array]:
        """Outputs of the oracle, in float64."""
        x = {a.name: dtypes.load(inputs[a.name], a.dtype) for a in self.arguments()}
        queries, keys = x["q"].shape[2], x["k"].shape[2]
        lists = x["blocks"].astype(np.int64)
        lists = np.broadcast_to(lists, (x["q"].shape[0], *lists.shape[1:]))
        counts = x.get("counts")
        if counts is not None:
            counts = np.broadcast_to(counts, lists.shape[:3])
        j = np.arange(keys)
        place = np.arange(queries)[:, None] + diagonal(self.align, queries, keys)
        mask = np.ones((queries, keys), dtype=bool)
        if self.mask:
            mask &= (j % 2 == 1) | (j == keys - 1)
        if self.causal:
            mask &= j <= place
        if self.window:
            left, right = self.window
            mask &= (left < 0) | (j >= place - left)
            mask &= (right < 0) | (j <= place + right)
        return list(block_sparse(
            x["q"], x["k"], x["v"], lists, self.key_block, self.query_block, counts,
            mask=mask, bias=x.get("bias"), sink=x.get("sink"), softcap=self.softcap))


CASES = {
    "blocks": Case(),
    "causal": Case(causal=True),
    "top-left": Case(causal=True, align="top-left"),
    "window": Case(window=(20, 9), key_block=16),
    "mask": Case(mask=True, key_block=16, length=5),
    "causal-mask": Case(causal=True, mask=True, sink=True, key_block=24, query_block=40),
    "ragged": Case(query_block=48, key_block=20, width=24, value_width=40),
    "long-queries": Case(query_block=96, key_block=32, causal=True),
    "short-queries": Case(query_block=4, key_block=16, causal=True),
    "one-query": Case(query_block=1, key_block=8, causal=True, length=4),
    "one-query-mask": Case(query_block=1, key_block=8, causal=True, length=4, mask=True),
    "group": Case(heads=12, kv_heads=2, list_heads=2, query_block=1, key_block=16,
                  window=(30, 0), length=4),
    "group-one-list": Case(heads=12, kv_heads=4, list_heads=2, query_block=1,
                           key_block=16, causal=True, bias=True),
    "tokens": Case(query_block=16, key_block=1, length=9, causal=True),
    "long-blocks": Case(query_block=64, key_block=200, length=2, causal=True),
    "huge-blocks": Case(query_block=1 << 40, key_block=1 << 62, length=2),
    "counts": Case(counts=True, key_block=16, length=4),
    "counts-i64": Case(counts=True, index="i64", key_block=16, length=4, causal=True),
    "softcap-sink": Case(softcap=1.5, sink=True, key_block=32),
    "bias": Case(bias=True, causal=True, key_block=32),
    "list-per-head": Case(list_heads=4, key_block=16),
    "one-list": Case(list_heads=1, shared=True, key_block=16, heads=6, kv_heads=2),
    "mha": Case(heads=3, kv_heads=3, list_heads=3, key_block=32, causal=True),
    "heads": Case(heads=6, kv_heads=2, list_heads=3, key_block=16, open_heads=True),
    "bf16": Case(dtype="bf16", causal=True, key_block=32),
    "f16": Case(dtype="f16", key_block=32),
    "f64": Case(dtype="f64", causal=True, sink=True, builds=("reference",)),
}


def tensor(argument: Argument) -> str:
    """Its MLIR type."""
    sizes = "x".join("?" if isinstance(n, str) else str(n) for n in argument.shape)
    return f"tensor<{sizes}x{argument.dtype}>"


def compile_case(case: Case, build: str, directory: str) -> Kernel:
    """The case, compiled and loaded."""
    pipeline, *target = build.split(":")
    path = f"{directory}/{build.replace(':', '-')}.so"
    flags = [f"--pipeline={pipeline}", "--emit=shared", *(f"--target={x}" for x in target)]
    source = f"{directory}/lists.mlir"
    with open(source, "w", encoding="utf-8") as file:
        file.write(case.text())
    subprocess.run(["attn-compile", source, *flags, "-o", path], check=True)
    return Kernel(path, "lists", case.arguments(), case.outputs())


def call(kernel: Kernel, case: Case, inputs, sizes, layout: str) -> list[Array]:
    """The outputs of one call, or an error about its status."""
    placed = {name: variants.place(x, layout)[0] for name, x in inputs.items()}
    outputs = []
    for output in case.outputs():
        dtype = dtypes.NUMPY[output.dtype]
        blank = np.full(output.sizes(sizes), variants.guard_value(dtype), dtype)
        outputs.append(variants.place(blank, layout)[0])
    status = kernel(placed, outputs)
    if status:
        raise RuntimeError(f"status {STATUS.get(status, status)}")
    return [dtypes.load(np.array(x), a.dtype) for x, a in zip(outputs, case.outputs())]


def wrong(case: Case, found: Sequence[Array], expected: Sequence[Array]) -> str:
    """What is wrong with the outputs, or an empty string."""
    for output, array, reference in zip(case.outputs(), found, expected):
        if output.dtype in ROUNDING:
            text = tolerances.misplaced(array, reference)
            bound = ROUNDING[output.dtype] * np.abs(reference).max(initial=1.0)
            if not text and np.abs(array - reference).max(initial=0.0) > bound:
                text = f"off by {np.abs(array - reference).max()}"
        else:
            text = tolerances.mismatch(array, reference, output.dtype)
        if text:
            return f"{output.name}: {text}"
    return ""


def run(name: str, case: Case) -> int:
    """All calls of a case; the number of failures."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    failures = calls = 0
    with tempfile.TemporaryDirectory() as directory:
        kernels = {x: compile_case(case, x, directory) for x in case.builds}
        for number, (queries, keys) in enumerate(SHAPES):
            sizes = {"B": 1 + number % 2, "T": queries, "S": keys,
                     "N": -(-queries // case.query_block), "H": case.heads,
                     "Hkv": case.kv_heads, "Hl": case.list_heads}
            for kind in ("random", "hostile", "empty", "all"):
                inputs = case.draw(sizes, kind, rng)
                expected = case.expected(inputs)
                for build, kernel in kernels.items():
                    for layout in ("padded", *variants.GUARDS):
                        calls += 1
                        text = wrong(case, call(kernel, case, inputs, sizes, layout),
                                     expected)
                        if text:
                            failures += 1
                            print(f"{name} {build} {sizes} {kind} {layout}: {text}")
    print(f"{name}: {calls} calls, {failures} failures")
    return failures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", nargs="*", help=f"of {', '.join(CASES)}; absent: all")
    names = parser.parse_args().cases or list(CASES)
    return 1 if sum(run(name, CASES[name]) for name in names) else 0


if __name__ == "__main__":
    sys.exit(main())
