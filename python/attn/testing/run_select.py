"""Runs attn.pool, attn.select and attn.invert, and compares.

    python3 -m attn.testing.run_select [CASE ...]

Each case is one kernel with sizes left to run time, built by each of its
pipelines and called with several shapes and inputs, its tensors flush against
pages that may not be touched, both ways. Selection gets integers, for which
scores are exact and ties are many, so that lists must be those of the oracle;
NaN and infinities; and normal inputs, for which any list will do whose worst
entry is as good as the best that was left out, up to rounding. The oracle is
`attn.oracle.blocks`. Prints one line per case, and one per failure; exits with 1
when there was any.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import zlib
from dataclasses import dataclass
from typing import Optional, Sequence

import numpy as np

from attn import dtypes
from attn.oracle.blocks import invert, pool, reduce_group, select
from attn.oracle.sparse import block_importance
from attn.problems import Argument
from attn.testing import tolerances, variants
from attn.testing.run_lists import call, compile_case, tensor

Array = np.ndarray
BUILDS = ("cpu", "cpu:x86-64-v3", "reference")


def function(arguments, outputs, body: str, results: Sequence[str]) -> str:
    """A module with one function."""
    inputs = ", ".join(f'%{a.name}: {tensor(a)} {{attn.name = "{a.name}"}}'
                       for a in arguments)
    types = ", ".join(f'{tensor(a)} {{attn.name = "{a.name}"}}' for a in outputs)
    plain = ", ".join(tensor(a) for a in outputs)
    return (f"func.func @lists({inputs}) -> ({types}) {{\n"
            + "".join(f"  %c{n} = arith.constant {n} : index\n" for n in range(4))
            + body + f"  return {', '.join(results)} : {plain}\n}}\n")


@dataclass(frozen=True)
class SelectCase:
    """Means of keys and lists of their blocks, or lists by given scores."""

    block: int = 4
    top: int = 3
    size: Optional[int] = None
    stride: Optional[int] = None
    softmax: bool = False
    causal: bool = True
    given: bool = False
    # Scores are weights[b, h, i] max(s, 0) j-wise, as in an indexer.
    relu: bool = False
    group: str = ""
    first: int = 0
    local: int = 0
    heads: int = 4
    kv_heads: int = 2
    list_heads: int = 2
    width: int = 8
    scale: Optional[float] = None
    dtype: str = "f32"
    index: str = "i32"
    kinds: Sequence[str] = ("integers", "normal", "strange")
    builds: Sequence[str] = BUILDS
    shapes = ((33, 33), (64, 64), (7, 40), (1, 1), (1, 67), (70, 3), (130, 130), (0, 5), (5, 0))

    def arguments(self) -> list[Argument]:
        h, g = self.heads, self.kv_heads
        shapes = [("q", ("B", h, "T", self.width), self.dtype),
                  ("k", ("B", g, "S", self.width), self.dtype)]
        if self.given:
            shapes = [("scores", ("B", h, "T", "N"), self.dtype), ("k", ("S",), "f32")]
        if self.relu:
            shapes.append(("weights", ("B", h, "T"), "f32"))
        return [Argument(*x, meaning="") for x in shapes]

    def outputs(self) -> list[Argument]:
        shape = ("B", self.list_heads, "T", self.top)
        return [Argument("lists", shape, self.index, "")]

    def text(self) -> str:
        t = {a.name: tensor(a) for a in (*self.arguments(), *self.outputs())}
        size, stride = self.size or self.block, self.stride or self.block
        words = ["softmax"] * self.softmax + ["causal"] * self.causal
        words.append(f"block {self.block}")
        words += [f"key_size {size} key_stride {stride}"] * (self.size is not None)
        words += [f"group({self.group})"] * bool(self.group)
        words += [f"first {self.first}"] * bool(self.first)
        words += [f"local {self.local}"] * bool(self.local)
        words += [f"scale {self.scale or 1:e}"] * (self.scale is not None)
        rows = "scores" if self.given else "q"
        wide = f"tensor<?x{self.kv_heads}x?x{self.width}xf32>"
        body = f"""  %batch = tensor.dim %{rows}, %c0 : {t[rows]}
  %queries = tensor.dim %{rows}, %c2 : {t[rows]}
  %keys = tensor.dim %k, %c{0 if self.given else 2} : {t["k"]}
  %init = tensor.empty(%batch, %queries) : {t["lists"]}
"""
        operands = f"scores(%scores : {t.get('scores')})"
        if not self.given:
            # Blocks that are not whole have no mean in the compression of NSA.
            body += f"""  %rest = arith.constant {size - stride} : index
  %stride = arith.constant {stride} : index
  %room = arith.subi %keys, %rest : index
  %whole = arith.floordivsi %room, %stride : index
  %some = arith.maxsi %whole, %c0 : index
  %all = arith.ceildivsi %keys, %stride : index
  %means_init = tensor.empty(%batch, {"%some" if self.softmax else "%all"}) : {wide}
  %means = attn.pool size {size} stride {stride} ins(%k : {t["k"]})
      outs(%means_init : {wide})
"""
            operands = f"ins(%q, %means : {t['q']}, {wide})"
        region = """ score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
        %zero = arith.constant 0.0 : f32
        %relu = arith.maximumf %s, %zero : f32
        %w = tensor.extract %weights[%b, %h, %i] : tensor<?xHx?xf32>
        %r = arith.mulf %w, %relu : f32
        attn.yield %r : f32
      }""".replace("xH", f"x{self.heads}") if self.relu else ""
        body += f"""  %lists = attn.select {" ".join(words)}
      {operands} tokens(%keys)
      outs(%init : {t["lists"]}){region}
"""
        return function(self.arguments(), self.outputs(), body, ["%lists"])

    def sizes(self, number: int, shape) -> dict:
        queries, keys = shape
        return {"B": 1 + number % 2, "T": queries, "S": keys,
                # More or fewer scores than blocks.
                "N": max(-(-keys // self.block) + number % 3 - 1, 0)}

    def draw(self, sizes: dict, kind: str, rng) -> dict[str, Array]:
        drawn = {}
        for a in self.arguments():
            shape = a.sizes(sizes)
            values = rng.standard_normal(shape)
            if kind != "normal":
                values = rng.integers(-2, 3, shape).astype(float)
            if kind == "strange" and a.name in ("k", "scores"):
                odd = rng.choice([np.nan, np.inf, -np.inf, -0.0], shape)
                values = np.where(rng.random(shape) < 0.15, odd, values)
            drawn[a.name] = dtypes.store(values, a.dtype)
        return drawn

    def importance(self, x) -> tuple[Array, Array, Array]:
        """Scores of the blocks of each list, which are visible, and forced."""
        size, stride = self.size or self.block, self.stride or self.block
        queries = x["scores" if self.given else "q"].shape[2]
        keys = x["k"].shape[0 if self.given else 2]
        place = np.arange(queries)[:, None] + keys - queries
        with np.errstate(invalid="ignore", over="ignore"):
            if self.given:
                s = x["scores"]
            else:
                means = pool(x["k"], size, stride, partial=not self.softmax)
                means = np.repeat(means, self.heads // self.kv_heads, axis=1)
                s = np.einsum("bhtd,bhnd->bhtn", x["q"], means) * (self.scale or 1.0)
            if self.relu:
                relu = np.where(np.isnan(s), np.nan, np.maximum(s, 0))
                s = x["weights"][..., None] * relu
            blocks = -(-keys // self.block)
            if self.softmax:
                last = np.arange(s.shape[-1]) * stride + size - 1
                admitted = (last[None] <= place) | (not self.causal)
                s = np.where(admitted, s, -np.inf)
                top = s.max(axis=-1, keepdims=True, initial=-np.inf)
                p = np.exp(s - np.where(top == -np.inf, 0, top))
                total = p.sum(axis=-1, keepdims=True)
                p = p / np.where(total == 0, 1, total)
                s = block_importance(p, size, stride, self.block, blocks)
            else:
                s = s[..., :blocks]
            y = reduce_group(s, self.list_heads, self.group or "sum")
        number, own = np.arange(y.shape[-1])[None], place // self.block
        visible = (number <= own) | (not self.causal)
        forced = (number < self.first) | (number > own - self.local) & self.causal
        return np.where(np.isnan(y), -np.inf, y), visible, forced

    def expected(self, inputs) -> list[Array]:
        x = {a.name: dtypes.load(inputs[a.name], a.dtype) for a in self.arguments()}
        return list(self.importance(x))

    def wrong(self, found, expected, kind: str) -> str:
        y, visible, forced = expected
        lists = found[0].astype(np.int64)
        best = select(y, self.top, visible, forced, order="index")
        if np.array_equal(lists, best):
            return ""
        if kind != "normal":
            row = tuple(np.argwhere(lists != best)[0][:-1])
            return f"lists{list(row)} is {lists[row]}, not {best[row]}"
        if np.any((lists < 0) != (best < 0)):
            return "other numbers of entries"
        for row in np.argwhere((lists != best).any(axis=-1)):
            row = tuple(row)
            own, other = set(lists[row]) - {-1}, set(best[row]) - {-1}
            if len(own) != (best[row] >= 0).sum() or sorted(own) != [
                    x for x in lists[row] if x >= 0]:
                return f"lists{list(row)} is {lists[row]}"
            gap = max(y[row][list(other - own)]) - min(y[row][list(own - other)])
            if gap > 1e-5 * np.abs(y[row]).max() or any(
                    forced[row[2:]][list(other - own)]):
                return f"lists{list(row)} is {lists[row]}, not {best[row]}"
        return ""


@dataclass(frozen=True)
class PoolCase:
    """Means or weighted sums of rows."""

    size: int = 4
    stride: int = 4
    weighted: bool = False
    width: int = 20
    dtype: str = "f32"
    output: str = "f32"
    kinds: Sequence[str] = ("normal",)
    builds: Sequence[str] = BUILDS
    shapes = ((33, 0), (1, 0), (64, 1), (0, 0), (130, 1), (7, 1), (3, 0))

    def arguments(self) -> list[Argument]:
        shapes = [("x", ("B", 3, "S", self.width), self.dtype), ("like", ("N",), "f32")]
        if self.weighted:
            shapes.append(("weights", (self.size,), "f32"))
        return [Argument(*x, meaning="") for x in shapes]

    def outputs(self) -> list[Argument]:
        return [Argument("y", ("B", 3, "N", self.width), self.output, "")]

    def text(self) -> str:
        t = {a.name: tensor(a) for a in (*self.arguments(), *self.outputs())}
        weights = f"weights(%weights : {t['weights']})" if self.weighted else ""
        body = f"""  %batch = tensor.dim %x, %c0 : {t["x"]}
  %blocks = tensor.dim %like, %c0 : {t["like"]}
  %init = tensor.empty(%batch, %blocks) : {t["y"]}
  %y = attn.pool size {self.size} stride {self.stride} ins(%x : {t["x"]}) {weights}
      outs(%init : {t["y"]})
"""
        return function(self.arguments(), self.outputs(), body, ["%y"])

    def sizes(self, number: int, shape) -> dict:
        rows, partial = shape
        whole = max((rows - self.size) // self.stride + 1, 0)
        return {"B": number % 3, "S": rows,
                "N": -(-rows // self.stride) if partial else whole}

    def draw(self, sizes: dict, kind: str, rng) -> dict[str, Array]:
        return {a.name: dtypes.store(rng.standard_normal(a.sizes(sizes)), a.dtype)
                for a in self.arguments()}

    def expected(self, inputs) -> list[Array]:
        x = {a.name: dtypes.load(inputs[a.name], a.dtype) for a in self.arguments()}
        blocks = x["like"].shape[0]
        whole = pool(x["x"], self.size, self.stride, x.get("weights"))
        return [whole[:, :, :blocks]]

    def wrong(self, found, expected, kind: str) -> str:
        return tolerances.mismatch(found[0], expected[0], self.output)


@dataclass(frozen=True)
class InvertCase:
    """Entries by block, with and without room for all."""

    align: int = 1
    length: int = 3
    room: float = 1.0
    index: str = "i32"
    kinds: Sequence[str] = ("random", "hostile", "empty")
    builds: Sequence[str] = ("cpu", "reference")
    # Lists and blocks.
    shapes = ((9, 4), (1, 1), (40, 17), (0, 3), (5, 0), (33, 2))

    def arguments(self) -> list[Argument]:
        shapes = [("lists", ("B", 2, "T", self.length), self.index),
                  ("blocks", ("M",), "f32"), ("room", ("E",), "f32"), ("owned", ("R",), "f32")]
        return [Argument(*x, meaning="") for x in shapes]

    def outputs(self) -> list[Argument]:
        i = self.index
        return [Argument("offsets", ("B", 2, "M"), i, ""), Argument("entries", ("B", 2, "E"), i, ""),
                Argument("places", ("B", 2, "T", self.length), i, ""),
                Argument("owners", ("B", 2, "R"), i, "")]

    def text(self) -> str:
        t = {a.name: tensor(a) for a in (*self.arguments(), *self.outputs())}
        o, e = t["offsets"], t["entries"]
        body = f"""  %batch = tensor.dim %lists, %c0 : {t["lists"]}
  %count = tensor.dim %lists, %c2 : {t["lists"]}
  %m = tensor.dim %blocks, %c0 : {t["blocks"]}
  %e = tensor.dim %room, %c0 : {t["room"]}
  %r = tensor.dim %owned, %c0 : {t["owned"]}
  %o0 = tensor.empty(%batch, %m) : {o}
  %e0 = tensor.empty(%batch, %e) : {e}
  %p0 = tensor.empty(%batch, %count) : {t["places"]}
  %w0 = tensor.empty(%batch, %r) : {t["owners"]}
  %x:4 = attn.invert align {self.align} ins(%lists : {t["lists"]})
      outs(%o0, %e0 : {o}, {e}) places(%p0 : {t["places"]}) owners(%w0 : {t["owners"]})
"""
        return function(self.arguments(), self.outputs(), body,
                        [f"%x#{n}" for n in range(4)])

    def sizes(self, number: int, shape) -> dict:
        lists, blocks = shape
        room = int(self.room * (lists * self.length + blocks * (self.align - 1)))
        return {"B": 1 + number % 2, "T": lists, "M": blocks + 1, "E": room,
                "R": -(-room // self.align)}

    def draw(self, sizes: dict, kind: str, rng) -> dict[str, Array]:
        blocks, limits = sizes["M"] - 1, np.iinfo(self.index.replace("i", "int"))
        shape = self.arguments()[0].sizes(sizes)
        values = rng.integers(-1, max(blocks, 1), shape)
        if kind == "hostile":
            odd = rng.choice((-1, blocks, limits.max, limits.min), shape)
            values = np.where(rng.random(shape) < 0.5, odd, values)
        elif kind == "empty":
            values = np.full(shape, -1)
        drawn = {a.name: np.zeros(a.sizes(sizes), np.float32) for a in self.arguments()}
        return drawn | {"lists": dtypes.store(values, self.index)}

    def expected(self, inputs) -> list[Array]:
        lists = inputs["lists"].astype(np.int64)
        batch, heads, count, length = lists.shape
        blocks, room = len(inputs["blocks"]) - 1, len(inputs["room"])
        offsets = np.zeros((batch, heads, blocks + 1), np.int64)
        entries = np.full((batch, heads, room), -1)
        places = np.full(lists.shape, -1)
        owners = np.full((batch, heads, len(inputs["owned"])), -1)
        # The oracle's lists of queries, entry by entry.
        flat = lists.reshape(batch, heads, count * length, 1)
        dense, order = invert(flat, blocks)
        for b, h in np.ndindex(batch, heads):
            at = 0
            for m in range(blocks):
                named = order[b, h, dense[b, h, m] : dense[b, h, m + 1]][: max(room - at, 0)]
                entries[b, h, at : at + len(named)] = named
                places[b, h].reshape(-1)[named] = at + np.arange(len(named))
                first, end = -(-at // self.align), -(-(at + len(named)) // self.align)
                owners[b, h, first:end] = m
                at = offsets[b, h, m + 1] = min(end * self.align, room)
        return [offsets, entries, places, owners]

    def wrong(self, found, expected, kind: str) -> str:
        for output, array, reference in zip(self.outputs(), found, expected):
            if not np.array_equal(array, reference):
                return f"{output.name} is {array}, not {reference}"
        return ""


CASES = {
    "raw": SelectCase(list_heads=4, local=1),
    "raw-group": SelectCase(group="sum", kv_heads=4),
    "raw-mean": SelectCase(group="mean", list_heads=1, first=1),
    "raw-max": SelectCase(group="max", scale=0.5),
    "full": SelectCase(causal=False, first=2),
    "tokens": SelectCase(block=1, top=9, width=20, list_heads=4),
    "indexer": SelectCase(block=1, top=9, relu=True, kv_heads=1, list_heads=1,
                          kinds=("integers", "normal")),
    "all-blocks": SelectCase(top=200, local=1),
    "none": SelectCase(top=0),
    "long-blocks": SelectCase(block=64, top=2, local=1),
    "huge": SelectCase(block=1 << 40, top=2, local=1 << 50, first=1 << 40),
    "one-list": SelectCase(heads=16, kv_heads=1, list_heads=1, group="mean"),
    "heads": SelectCase(heads=6, kv_heads=3, list_heads=2, index="i64"),
    "softmax": SelectCase(softmax=True, list_heads=4, first=1, local=2, scale=0.3),
    "softmax-group": SelectCase(softmax=True, group="mean", first=1, local=2, kinds=("normal",)),
    "softmax-max": SelectCase(softmax=True, group="max", scale=0.2, kinds=("normal",)),
    "overlapping": SelectCase(softmax=True, block=8, size=4, stride=2, group="sum",
                              first=1, local=2, kinds=("normal",)),
    "wide-keys": SelectCase(softmax=True, block=4, size=12, stride=2, kinds=("normal",)),
    "softmax-full": SelectCase(softmax=True, causal=False, kinds=("normal",)),
    "softmax-relu": SelectCase(softmax=True, relu=True, kinds=("normal",)),
    "given": SelectCase(given=True, list_heads=4),
    "given-group": SelectCase(given=True, group="max", local=1, index="i64"),
    "given-softmax": SelectCase(given=True, softmax=True, kinds=("normal",)),
    "bf16": SelectCase(dtype="bf16", local=1),
    "f16": SelectCase(dtype="f16", width=20, softmax=True, list_heads=4, kinds=("integers",)),
    "f64": SelectCase(dtype="f64", builds=("reference",), kinds=("integers",)),
    "pool": PoolCase(),
    "pool-overlapping": PoolCase(size=6, stride=2),
    "pool-gaps": PoolCase(size=2, stride=5, width=3),
    "pool-weights": PoolCase(size=6, stride=3, weighted=True, width=33),
    "pool-one": PoolCase(size=1, stride=1, width=16),
    "pool-bf16": PoolCase(dtype="bf16"),
    "pool-f16": PoolCase(dtype="f16", weighted=True, size=3, stride=1),
    "pool-f64": PoolCase(dtype="f64", output="f64", builds=("reference",)),
    "invert": InvertCase(),
    "invert-aligned": InvertCase(align=8, index="i64"),
    "invert-short": InvertCase(align=4, room=0.4),
    "invert-nothing": InvertCase(room=0.0),
}


def run(name: str, case) -> int:
    """All calls of a case; the number of failures."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    failures = calls = 0
    with tempfile.TemporaryDirectory() as directory:
        kernels = {x: compile_case(case, x, directory) for x in case.builds}
        for number, shape in enumerate(case.shapes):
            sizes = case.sizes(number, shape)
            for kind in case.kinds:
                inputs = case.draw(sizes, kind, rng)
                expected = case.expected(inputs)
                for build, kernel in kernels.items():
                    for layout in ("padded", *variants.GUARDS):
                        calls += 1
                        found = call(kernel, case, inputs, sizes, layout)
                        text = case.wrong(found, expected, kind)
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
