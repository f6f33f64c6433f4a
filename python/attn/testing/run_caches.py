"""Runs operations on caches and on tokens by group, and compares.

    python3 -m attn.testing.run_caches [CASE ...]

Each case is one kernel, built by each of its pipelines and called with several
sizes and contents: lengths, tables, masses and ids that are random, and hostile
ones (negative, too large, the largest and smallest integers); every call with its
tensors flush against pages that may not be touched, both ways, and with the caches
given and taken at one place. The oracle is attn.oracle.cache_ops, and for masses
attn.oracle.softmax. Prints one line per case, and one per failure; exits with 1
when there was any.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import zlib
from dataclasses import dataclass, field
from typing import Callable, Mapping, Sequence

import numpy as np

from attn import dtypes
from attn.kernel import STATUS, Kernel
from attn.oracle import cache_ops, softmax
from attn.problems import Argument
from attn.testing import tolerances, variants
from attn.testing.run_lists import tensor

Array = np.ndarray
BUILDS = ("cpu", "cpu:x86-64-v3", "reference")
KINDS = ("random", "hostile")
# A bound for 16-bit outputs, relative to the largest value.
ROUNDING = {"f16": 2e-3, "bf16": 2e-2}


@dataclass(frozen=True)
class Case:
    """One kernel: its operation as text, what it takes and gives."""

    body: str
    inputs: Sequence[Argument]
    outputs: Sequence[Argument]
    # Outputs in float64 of inputs in float64.
    expected: Callable[[Mapping[str, Array]], list]
    # Contents of one call: sizes, kind, rng -> arrays by name.
    draw: Callable[[Mapping[str, int], str, np.random.Generator], dict]
    sizes: Sequence[Mapping[str, int]]
    # Inputs in whose memory an output may be.
    places: Mapping[str, str] = field(default_factory=dict)
    builds: Sequence[str] = BUILDS

    def text(self) -> str:
        """The kernel as a module; %o0, .. are its results."""
        inputs = ", ".join(f'%{a.name}: {tensor(a)} {{attn.name = "{a.name}"}}'
                           for a in self.inputs)
        results = ", ".join(f'{tensor(a)} {{attn.name = "{a.name}"}}'
                            for a in self.outputs)
        values = ", ".join(f"%o{n}" for n in range(len(self.outputs)))
        types = ", ".join(tensor(a) for a in self.outputs)
        return (f"func.func @caches({inputs}) -> ({results}) {{\n{self.body}\n"
                f"  return {values} : {types}\n}}\n")


def hostile(values: Array, strange: Sequence[int], kind: str, rng) -> Array:
    """`values`, or half of them replaced."""
    if kind != "hostile":
        return values
    return np.where(rng.random(values.shape) < 0.5, rng.choice(strange, values.shape), values)


def extremes(index: str) -> tuple[int, int]:
    limits = np.iinfo(dtypes.NUMPY[index])
    return int(limits.min), int(limits.max)


# --- attn.cache_update -----------------------------------------------------------

UPDATE_SIZES = [{"B": b, "T": t, "S": s, "M": m, "A": a} for b, t, s, m, a in (
    (2, 1, 9, 3, 40), (1, 5, 12, 4, 9), (3, 12, 5, 2, 50), (1, 0, 7, 1, 3),
    (2, 3, 0, 0, 4), (0, 2, 4, 2, 4), (2, 33, 64, 20, 70))]


def update_case(heads=2, width=12, dtype="f32", index="i32", ring=False, page=0,
                angles="", builds=BUILDS) -> Case:
    """A case of attn.cache_update; `angles` is empty, `halves` or `interleaved`."""
    wide = "f64" if dtype == "f64" else "f32"
    inputs = [Argument("rows", ("B", heads, "T", width), dtype, ""),
              Argument("lengths", ("B",), index, "")]
    words, operands = "ring " if ring else "", ""
    if angles == "interleaved":
        words += "interleaved "
    if page:
        inputs.append(Argument("table", ("B", "M"), index, ""))
        operands += f" page_table(%table : {tensor(inputs[-1])}) page_size {page}"
    if angles:
        inputs += [Argument(n, ("A", width // 2), wide, "") for n in ("cos", "sin")]
        t = tensor(inputs[-1])
        operands += f" angles(%cos, %sin : {t}, {t})"
    cache = Argument("cache", (1 if page else "B", heads, "S", width), dtype, "")
    inputs.append(cache)
    body = (f"  %o0 = attn.cache_update {words}ins(%rows : {tensor(inputs[0])})"
            f" lengths(%lengths : {tensor(inputs[1])}){operands}"
            f" outs(%cache : {tensor(cache)})")

    def draw(sizes, kind, rng):
        low, high = extremes(index)
        pages = sizes["S"] // page if page else 1
        arrays = {}
        for a in inputs:
            shape = a.sizes(sizes)
            if a.name == "lengths":
                values = hostile(rng.integers(0, sizes["S"] + 3, shape),
                                 (-1, -4, sizes["S"], low, high, high - 2), kind, rng)
            elif a.name == "table":
                values = hostile(rng.integers(0, max(pages, 1), shape),
                                 (-1, pages, low, high), kind, rng)
            else:
                values = rng.standard_normal(shape)
            arrays[a.name] = dtypes.store(values, a.dtype)
        return arrays

    def expected(x):
        return [cache_ops.update(
            x["cache"], x["rows"], x["lengths"], ring=ring, table=x.get("table"),
            page=page or 1, cos=x.get("cos"), sin=x.get("sin"),
            interleaved=angles == "interleaved")]

    return Case(body, inputs, [Argument("next", cache.shape, dtype, "")], expected, draw,
                UPDATE_SIZES, {"next": "cache"}, builds)


# --- attn.cache_evict ------------------------------------------------------------

EVICT_SIZES = [{"B": b, "S": s} for b, s in ((2, 17), (1, 8), (2, 40), (1, 1), (0, 9), (3, 0))]


def evict_case(heavy, recent, mass="f32", places="", index="i32", heads=2, width=5,
               dtype="f32", builds=BUILDS) -> Case:
    """A case of attn.cache_evict; `mass` and `places` are types, or empty."""
    rows = ("B", heads, "S")
    caches = [Argument("k", (*rows, width), dtype, "")]
    words, numbers = "", {}
    for name, kind in (("mass", mass), ("places", places)):
        if kind:
            numbers[name] = len(caches)
            words += f" {name} {len(caches)}"
            caches.append(Argument(name, rows, kind, ""))
    inputs = [Argument("lengths", ("B",), index, ""), *caches]
    results = ", ".join(f"%o{n}" for n in range(len(caches)))
    body = (f"  {results} = attn.cache_evict heavy {heavy} recent {recent}{words}"
            f" lengths(%lengths : {tensor(inputs[0])})"
            f" outs({', '.join('%' + a.name for a in caches)} : "
            f"{', '.join(tensor(a) for a in caches)})")

    def draw(sizes, kind, rng):
        low, high = extremes(index)
        arrays = {}
        for a in inputs:
            shape = a.sizes(sizes)
            if a.name == "lengths":
                values = hostile(np.full(shape, sizes["S"]),
                                 (-1, sizes["S"] + 1, sizes["S"] - 2, low, high), kind, rng)
            elif a.name == "mass":
                values = rng.random(shape)
                if kind == "hostile":
                    # Equal masses, both zeros, negative and infinite ones, NaN.
                    values = rng.choice([0.5, 0.0, -0.0, -1.5, 3.0, np.inf, -np.inf, np.nan], shape)
            elif a.name == "places":
                values = np.argsort(rng.random(shape), axis=-1) * 3 - 4
                least, most = extremes(a.dtype)
                values = hostile(values, (0, 1, least, most), kind, rng)
            else:
                values = rng.standard_normal(shape)
            arrays[a.name] = dtypes.store(values, a.dtype)
        return arrays

    def expected(x):
        return cache_ops.evict([x[a.name] for a in caches], x["lengths"], heavy=heavy,
                               recent=recent, **numbers)

    outputs = [Argument(a.name + "_kept", a.shape, a.dtype, "") for a in caches]
    return Case(body, inputs, outputs, expected, draw, EVICT_SIZES,
                {a.name + "_kept": a.name for a in caches}, builds)


# --- attn.key_mass ---------------------------------------------------------------

MASS_SIZES = [{"B": b, "T": t, "S": s} for b, t, s in (
    (1, 64, 64), (2, 65, 113), (1, 7, 40), (1, 1, 1), (2, 1, 130), (1, 130, 1), (1, 40, 7),
    (1, 0, 5), (1, 5, 0), (1, 200, 333))]


def mass_case(heads=4, kv_heads=2, dtype="f32", causal=False, window=None, sink=False,
              bias="", mask=False, softcap=0.0, align="bottom_right", score=False,
              open_heads=False, builds=BUILDS) -> Case:
    """A case of attn.key_mass behind an attn.dense; `bias` is a type, or empty."""
    wide = "f64" if dtype == "f64" else "f32"
    h, g = ("H", "Hkv") if open_heads else (heads, kv_heads)
    inputs = [Argument("q", ("B", h, "T", 16), dtype, ""),
              Argument("k", ("B", g, "S", 16), dtype, ""),
              Argument("v", ("B", g, "S", 8), dtype, ""),
              Argument("m0", ("B", g, "S"), wide, ""),
              Argument("l0", ("B", h, "T"), wide, ""),
              Argument("o0_init", ("B", h, "T", 8), dtype, "")]
    words = " causal" if causal else ""
    if causal or window:
        words += f" align({align})"
    if window:
        words += f" window [{window[0]}, {window[1]}]"
    if softcap:
        words += f" softcap {softcap:e}"
    types = [tensor(a) for a in inputs]
    extra, side = "", ""
    if bias:
        inputs.append(Argument("bias", ("B", 1, "T", "S"), bias, ""))
        extra = f" bias(%bias : {tensor(inputs[-1])})"
    if sink:
        inputs.append(Argument("sink", (h,), wide, ""))
        side = f" sink(%sink : {tensor(inputs[-1])})"
    regions = ""
    if score:
        regions += f""" score {{
    ^bb0(%s: {wide}, %b: index, %h: index, %i: index, %j: index):
      %x = arith.subi %j, %i : index
      %y = arith.addi %x, %h : index
      %n = arith.index_cast %y : index to i32
      %f = arith.sitofp %n : i32 to {wide}
      %c = arith.constant 1.0e-02 : {wide}
      %t = arith.mulf %f, %c : {wide}
      %r = arith.addf %s, %t : {wide}
      attn.yield %r : {wide}
    }}"""
    if mask:
        regions += """ mask {
    ^bb0(%b: index, %h: index, %i: index, %j: index):
      %two = arith.constant 2 : index
      %r = arith.remsi %j, %two : index
      %n = arith.remsi %h, %two : index
      %m = arith.cmpi eq, %r, %n : index
      attn.yield %m : i1
    }"""
    body = (f"  %o, %lse = attn.dense{words} ins(%q, %k, %v : {types[0]}, {types[1]}, "
            f"{types[2]}){extra}{side} outs(%o0_init, %l0 : {types[5]}, {types[4]}){regions}\n"
            f"  %o0 = attn.key_mass{words} ins(%q, %k : {types[0]}, {types[1]})"
            f" lse(%lse : {types[4]}){extra} outs(%m0 : {types[3]}){regions}")

    def draw(sizes, kind, rng):
        arrays = {}
        for a in inputs:
            shape = a.sizes(sizes)
            values = rng.random(shape) < 0.7 if a.dtype == "i1" else rng.standard_normal(shape)
            if kind == "hostile" and a.name == "bias" and a.dtype != "i1":
                values = np.where(rng.random(shape) < 0.3, -np.inf, values)
            arrays[a.name] = dtypes.store(values, a.dtype)
        return arrays

    def expected(x):
        queries, keys = x["q"].shape[2], x["k"].shape[2]
        diagonal = keys - queries if align == "bottom_right" else 0
        place = np.arange(queries)[:, None] + diagonal
        j, i = np.arange(keys)[None], np.arange(queries)[:, None]
        admitted = np.ones((1, x["q"].shape[1], queries, keys), dtype=bool)
        if causal:
            admitted &= j <= place
        if window:
            admitted &= (window[0] < 0) | (j >= place - window[0])
            admitted &= (window[1] < 0) | (j <= place + window[1])
        own = np.arange(x["q"].shape[1])[None, :, None, None]
        if mask:
            admitted &= (j + own) % 2 == 0
        added = np.zeros(admitted.shape)
        if bias == "i1":
            admitted = admitted & x["bias"]
        elif bias:
            added = added + x["bias"]
        if score:
            added = added + 0.01 * (j - i + own)
        result = softmax.attend(x["q"], x["k"], x["v"], admitted, softcap=softcap or None,
                                bias=added, sink=x.get("sink"))
        return [softmax.key_mass(result.p, x["k"].shape[1])]

    sizes = [{**s, "H": heads, "Hkv": kv_heads} for s in MASS_SIZES]
    return Case(body, inputs, [Argument("mass", ("B", g, "S"), wide, "")], expected, draw,
                sizes, {}, builds)


# --- attn.route and attn.grouped_project -----------------------------------------

ROUTE_SIZES = [{"N": n, "D": d, "E": e} for n, d, e in (
    (37, 20, 40), (1, 3, 5), (0, 8, 8), (600, 33, 70), (1300, 16, 24))]


def route_case(groups, index="i32") -> Case:
    """A case of attn.route."""
    inputs = [Argument("ids", ("N",), index, ""), Argument("a", ("N",), "i32", ""),
              Argument("b", ("N",), "i32", ""), Argument("c", (groups + 1,), "i32", "")]
    types = [tensor(a) for a in inputs]
    body = (f"  %o0, %o1, %o2 = attn.route ins(%ids : {types[0]})"
            f" outs(%a, %b, %c : {types[1]}, {types[2]}, {types[3]})")

    def draw(sizes, kind, rng):
        arrays = {a.name: np.zeros(a.sizes(sizes), dtypes.NUMPY[a.dtype]) for a in inputs}
        ids = rng.integers(0, max(groups, 1), sizes["N"])
        arrays["ids"] = dtypes.store(
            hostile(ids, (-1, groups, *extremes(index)), kind, rng), index)
        return arrays

    outputs = [Argument("order", ("N",), "i32", ""), Argument("place", ("N",), "i32", ""),
               Argument("offsets", (groups + 1,), "i32", "")]
    return Case(body, inputs, outputs, lambda x: list(cache_ops.route(x["ids"], groups)), draw,
                ROUTE_SIZES)


def project_case(groups, dtype="f32", index="i32", is_open=True, builds=BUILDS) -> Case:
    """A case of attn.grouped_project."""
    wide = "f64" if dtype == "f64" else "f32"
    d, e = ("D", "E") if is_open else (20, 40)
    inputs = [Argument("x", ("N", d), dtype, ""), Argument("w", (groups, d, e), dtype, ""),
              Argument("f", (groups + 1,), index, ""), Argument("y", ("N", e), wide, "")]
    types = [tensor(a) for a in inputs]
    body = (f"  %o0 = attn.grouped_project ins(%x, %w : {types[0]}, {types[1]})"
            f" offsets(%f : {types[2]}) outs(%y : {types[3]})")

    def draw(sizes, kind, rng):
        arrays = {a.name: dtypes.store(rng.standard_normal(a.sizes(sizes)), a.dtype)
                  for a in inputs if a.name != "f"}
        bounds = np.sort(rng.integers(0, sizes["N"] + 1, groups + 1))
        arrays["f"] = dtypes.store(
            hostile(bounds, (-3, sizes["N"] + 2, *extremes(index)), kind, rng), index)
        return arrays

    return Case(body, inputs, [Argument("out", ("N", e), wide, "")],
                lambda x: [cache_ops.grouped_project(x["x"], x["w"], x["f"])], draw,
                ROUTE_SIZES if is_open else ROUTE_SIZES[:1], {}, builds)


REFERENCE = ("reference",)
CASES = {
    "append": update_case(),
    "append-i64": update_case(index="i64", width=7),
    "append-bf16": update_case(dtype="bf16", heads=1, width=16),
    "append-f16": update_case(dtype="f16", angles="halves"),
    "append-f64": update_case(dtype="f64", angles="halves", builds=REFERENCE),
    "ring": update_case(ring=True),
    "pages": update_case(page=4),
    "pages-i64": update_case(page=3, index="i64", angles="interleaved"),
    "angles": update_case(angles="halves", width=64),
    "angles-interleaved": update_case(angles="interleaved", ring=True),
    "angles-bf16": update_case(angles="halves", dtype="bf16", page=2),
    "heavy": evict_case(3, 4),
    "heavy-f64": evict_case(5, 0, mass="f64", index="i64"),
    "sinks": evict_case(4, 6, mass=""),
    "recent": evict_case(0, 7, mass="", dtype="bf16"),
    "places": evict_case(3, 4, places="i32"),
    "places-i64": evict_case(6, 5, places="i64", index="i64"),
    "places-sinks": evict_case(2, 3, mass="", places="i32"),
    "mass": mass_case(causal=True),
    "mass-full": mass_case(heads=3, kv_heads=3),
    "mass-window": mass_case(window=(20, 9), heads=6, kv_heads=1),
    "mass-top-left": mass_case(causal=True, align="top_left", sink=True, softcap=1.5),
    "mass-bias": mass_case(bias="f32", causal=True, heads=2, kv_heads=2),
    "mass-boolean": mass_case(bias="i1"),
    "mass-regions": mass_case(mask=True, score=True, causal=True),
    "mass-heads": mass_case(open_heads=True, causal=True),
    "mass-bf16": mass_case(dtype="bf16", causal=True),
    "mass-f64": mass_case(dtype="f64", window=(30, 0), builds=REFERENCE),
    "route": route_case(3),
    "route-none": route_case(0),
    "route-many": route_case(70, index="i64"),
    "project": project_case(3),
    "project-static": project_case(2, is_open=False),
    "project-many": project_case(40, index="i64"),
    "project-bf16": project_case(3, dtype="bf16"),
    "project-f64": project_case(3, dtype="f64", builds=REFERENCE),
}


def compile_case(case: Case, build: str, directory: str) -> Kernel:
    """The case, compiled and loaded."""
    pipeline, *target = build.split(":")
    path = f"{directory}/{build.replace(':', '-')}.so"
    flags = [f"--pipeline={pipeline}", "--emit=shared", *(f"--target={x}" for x in target)]
    source = f"{directory}/caches.mlir"
    with open(source, "w", encoding="utf-8") as file:
        file.write(case.text())
    subprocess.run(["attn-compile", source, *flags, "-o", path], check=True)
    return Kernel(path, "caches", case.inputs, case.outputs)


def call(kernel: Kernel, case: Case, inputs, sizes, layout: str, in_place: bool) -> list[Array]:
    """The outputs of one call, or an error about its status."""
    placed = {name: variants.place(x, layout)[0] for name, x in inputs.items()}
    outputs = []
    for output in case.outputs:
        dtype = dtypes.NUMPY[output.dtype]
        if in_place and output.name in case.places:
            outputs.append(placed[case.places[output.name]])
            continue
        blank = np.full(output.sizes(sizes), variants.guard_value(dtype), dtype)
        outputs.append(variants.place(blank, layout)[0])
    status = kernel(placed, outputs)
    if status:
        raise RuntimeError(f"status {STATUS.get(status, status)}")
    return [dtypes.load(np.array(x), a.dtype) for x, a in zip(outputs, case.outputs)]


def wrong(case: Case, found: Sequence[Array], expected: Sequence[Array]) -> str:
    """What is wrong with the outputs, or an empty string."""
    for output, array, reference in zip(case.outputs, found, expected):
        if not dtypes.is_float(output.dtype):
            text = "" if np.array_equal(array, reference) else "other integers"
        elif output.dtype in ROUNDING:
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
        for sizes in case.sizes:
            for kind in KINDS:
                inputs = case.draw(sizes, kind, rng)
                expected = case.expected(
                    {a.name: dtypes.load(inputs[a.name], a.dtype) for a in case.inputs})
                for build, kernel in kernels.items():
                    for layout in ("padded", *variants.GUARDS):
                        for in_place in (False, True) if case.places else (False,):
                            calls += 1
                            found = call(kernel, case, inputs, sizes, layout, in_place)
                            text = wrong(case, found, expected)
                            if text:
                                failures += 1
                                where = f"{layout}{' in place' if in_place else ''}"
                                print(f"{name} {build} {sizes} {kind} {where}: {text}")
    print(f"{name}: {calls} calls, {failures} failures")
    return failures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", nargs="*", help=f"of {', '.join(CASES)}; absent: all")
    names = parser.parse_args().cases or list(CASES)
    return 1 if sum(run(name, CASES[name]) for name in names) else 0


if __name__ == "__main__":
    sys.exit(main())
