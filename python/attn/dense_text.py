"""The text of one dense attention: what `attn.dense` takes, from Python.

Feature widths and heads are static, batch and lengths dynamic, so that one
kernel serves all lengths.

Covered by test/python/test_dense.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from attn.mods import Region, capture_name
from attn.scalars import WIDENED


@dataclass(frozen=True)
class Dense:
    """Softmax attention, see attn.dense.

    dtype: of query, key, value and output. align: top_left or bottom_right, if
    the mask is causal or a window. bias: its element type and which of its four
    sizes are 1. captures: element type and rank of the arrays of the regions.
    """

    dtype: str
    heads: int
    kv_heads: int
    width: int
    value_width: int
    one_query: bool = False
    causal: bool = False
    window: Optional[tuple[int, int]] = None
    align: str = "bottom_right"
    scale: Optional[float] = None
    softcap: Optional[float] = None
    bias: Optional[tuple[str, tuple[bool, ...]]] = None
    sink: Optional[str] = None
    lse: bool = False
    score: Optional[Region] = None
    mask: Optional[Region] = None
    captures: tuple[tuple[int, str, int], ...] = ()

    @property
    def float_type(self) -> str:
        """The type of scores and statistics."""
        return "f64" if self.dtype == "f64" else "f32"

    @property
    def pipeline(self) -> str:
        """What it is compiled with."""
        return "reference" if self.dtype == "f64" else "cpu"


def _tensor(dtype: str, *sizes) -> str:
    return f"tensor<{'x'.join([*map(str, sizes), dtype])}>"


def _region(name: str, region: Optional[Region], score: str) -> str:
    if region is None:
        return ""
    places = "%b: index, %h: index, %i: index, %j: index"
    arguments = f"%s: {score}, {places}" if name == "score" else places
    kind = score if name == "score" else "i1"
    lines = "".join(f"    {line}\n" for line in region.lines)
    return (
        f"      {name} {{\n  ^bb0({arguments}):\n{lines}"
        f"    attn.yield {region.result} : {kind}\n  }}\n"
    )


def _widening(spec: Dense, place: int, dtype: str, rank: int) -> str:
    """The conversion of a capture that a region gathers from."""
    name = capture_name(place)
    regions = [region for region in (spec.score, spec.mask) if region]
    if not any(f"{name}_wide[" in line for region in regions for line in region.lines):
        return ""
    operation, wide = WIDENED[dtype]
    sizes = "?" * rank
    return f"  {name}_wide = {operation} {name} : {_tensor(dtype, *sizes)} to {_tensor(wide, *sizes)}\n"


def print_dense(spec: Dense) -> str:
    """The function `attention` on query, key, value, bias, sink and captures."""
    rows = "1" if spec.one_query else "?"
    query = _tensor(spec.dtype, "?", spec.heads, rows, spec.width)
    key = _tensor(spec.dtype, "?", spec.kv_heads, "?", spec.width)
    value = _tensor(spec.dtype, "?", spec.kv_heads, "?", spec.value_width)
    output = _tensor(spec.dtype, "?", spec.heads, rows, spec.value_width)
    lse = _tensor(spec.float_type, "?", spec.heads, rows)
    arguments = [f"%query: {query}", f"%key: {key}", f"%value: {value}"]
    clauses = ""
    if spec.bias:
        dtype, ones = spec.bias
        sizes = [1 if one else "?" for one in ones]
        if not ones[1]:
            sizes[1] = spec.heads
        bias = _tensor(dtype, *sizes)
        arguments.append(f"%attn_mask: {bias}")
        clauses += f"      bias(%attn_mask : {bias})\n"
    if spec.sink:
        sink = _tensor(spec.sink, spec.heads)
        arguments.append(f"%sink: {sink}")
        clauses += f"      sink(%sink : {sink})\n"
    for place, dtype, rank in spec.captures:
        arguments.append(f"{capture_name(place)}: {_tensor(dtype, *'?' * rank)}")

    attributes = ""
    if spec.causal:
        attributes += " causal"
    if spec.causal or spec.window:
        attributes += f" align({spec.align})"
    if spec.window:
        attributes += f" window [{spec.window[0]}, {spec.window[1]}]"
    if spec.scale is not None:
        attributes += f" scale {float(spec.scale):.17e}"
    if spec.softcap is not None:
        attributes += f" softcap {float(spec.softcap):.17e}"

    sizes = "%batch" if spec.one_query else "%batch, %rows"
    text = f"func.func @attention({', '.join(arguments)})\n"
    results = [f'{output} {{attn.name = "output"}}']
    if spec.lse:
        results.append(f'{lse} {{attn.name = "lse"}}')
    text += f"    -> ({', '.join(results)}) {{\n"
    text += "  %c0 = arith.constant 0 : index\n"
    text += f"  %batch = tensor.dim %query, %c0 : {query}\n"
    if not spec.one_query:
        text += "  %c2 = arith.constant 2 : index\n"
        text += f"  %rows = tensor.dim %query, %c2 : {query}\n"
    text += "".join(_widening(spec, *capture) for capture in spec.captures)
    text += f"  %output_init = tensor.empty({sizes}) : {output}\n"
    names, types, inits = "%output", output, "%output_init"
    if spec.lse:
        text += f"  %lse_init = tensor.empty({sizes}) : {lse}\n"
        names, types, inits = "%output, %lse", f"{output}, {lse}", "%output_init, %lse_init"
    text += f"  {names} = attn.dense{attributes}\n"
    text += f"      ins(%query, %key, %value : {query}, {key}, {value})\n"
    text += clauses + f"      outs({inits} : {types})\n"
    text += _region("score", spec.score, spec.float_type)
    text += _region("mask", spec.mask, spec.float_type)
    return text + f"  return {names} : {types}\n}}\n"
