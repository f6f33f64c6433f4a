"""Rotary position embedding: pairs of features turned by an angle per token.

    x' = x cos(t) - y sin(t),  y' = x sin(t) + y cos(t)

The pair (x, y) is feature r and r + R / 2, or 2 r and 2 r + 1 if interleaved. Used
by attn.flash and attn.onnx. Source: arXiv 2104.09864.

Covered by test/python/test_rotary.py.
"""

from __future__ import annotations

import functools
from typing import Any, Callable, Optional

import numpy as np

from attn import arrays
from attn.compiler import compile as compile_text
from attn.runtime import Kernel


@functools.lru_cache(maxsize=None)
def get_kernel(dtype: str, angle: str, heads: int, pairs: int) -> Kernel:
    """The kernel that turns x, y [B, H, T, pairs] by cos, sin [B, T, pairs]."""
    pipeline = "reference" if dtype == "f64" else "cpu"
    return compile_text(print_rotary(dtype, angle, heads, pairs), pipeline=pipeline)


def print_rotary(dtype: str, angle: str, heads: int, pairs: int) -> str:
    """Its text; `angle` is the element type of cos and sin."""
    wide = "f64" if dtype == "f64" else "f32"
    x, table = f"tensor<?x{heads}x?x{pairs}x{dtype}>", f"tensor<?x?x{pairs}x{angle}>"

    def half(name: str, first: str, second: str, operation: str) -> str:
        types = {"x": dtype, "y": dtype, "cos": angle, "sin": angle}
        text = (
            f"  %{name}_init = tensor.empty(%batch, %tokens) : {x}\n"
            f"  %{name} = linalg.generic {{indexing_maps = [#x, #x, #angle, #angle, #x],\n"
            f'      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}}\n'
            f"      ins(%x, %y, %cos, %sin : {x}, {x}, {table}, {table}) outs(%{name}_init : {x}) {{\n"
            f"  ^bb0(%x_in: {dtype}, %y_in: {dtype}, %cos_in: {angle}, %sin_in: {angle}, %old: {dtype}):\n"
        )
        values = {}
        for value, found in types.items():
            values[value] = f"%{value}_in"
            if found != wide:
                cast = "truncf" if found == "f64" else "extf"
                text += f"    %{value}_wide = arith.{cast} %{value}_in : {found} to {wide}\n"
                values[value] = f"%{value}_wide"
        text += (
            f"    %first = arith.mulf {values['x']}, {values[first]} : {wide}\n"
            f"    %second = arith.mulf {values['y']}, {values[second]} : {wide}\n"
            f"    %new = arith.{operation} %first, %second : {wide}\n"
        )
        result = "%new"
        if dtype != wide:
            text += f"    %narrow = arith.truncf %new : {wide} to {dtype}\n"
            result = "%narrow"
        return text + f"    linalg.yield {result} : {dtype} }} -> {x}\n"

    return (
        "#x = affine_map<(b, h, t, r) -> (b, h, t, r)>\n"
        "#angle = affine_map<(b, h, t, r) -> (b, t, r)>\n"
        f"func.func @rotary(%x: {x}, %y: {x}, %cos: {table}, %sin: {table})\n"
        f'    -> ({x} {{attn.name = "x_out"}}, {x} {{attn.name = "y_out"}}) {{\n'
        "  %c0 = arith.constant 0 : index\n  %c2 = arith.constant 2 : index\n"
        f"  %batch = tensor.dim %x, %c0 : {x}\n  %tokens = tensor.dim %x, %c2 : {x}\n"
        + half("x_out", "cos", "sin", "subf")
        + half("y_out", "sin", "cos", "addf")
        + f"  return %x_out, %y_out : {x}, {x}\n}}\n"
    )


def rotate(
    x: Any,
    cos: Any,
    sin: Any,
    interleaved: bool = False,
    *,
    out: Any = None,
    threads: Optional[int] = None,
) -> Any:
    """x [B, H, T, D] with its first R features turned; cos, sin [B, T, R / 2], one
    batch of which serves all. `out` is of the shape of x and may be x.

    Interleaved pairs are gathered into a copy first: kernels read rows.
    """
    kernel, inputs, places, finish = prepare(x, cos, sin, interleaved, out)
    return finish(kernel(*inputs, out=places, threads=threads))


def prepare(
    x: Any, cos: Any, sin: Any, interleaved: bool, out: Any = None
) -> tuple[Kernel, list, Any, Callable]:
    """The kernel of `rotate`, its inputs, where its outputs go, and what makes the
    result of them."""
    if len(x.shape) != 4:
        raise ValueError(f"expected x as [batch, heads, length, width] but found {list(x.shape)}")
    batch, heads, tokens, width = x.shape
    pairs = cos.shape[-1]
    for name, table in (("cos", cos), ("sin", sin)):
        if tuple(table.shape) not in ((batch, tokens, pairs), (1, tokens, pairs)):
            raise ValueError(
                f"expected {name} as [batch or 1, {tokens}, pairs] but found {list(table.shape)}"
            )
    if not 0 < 2 * pairs <= width:
        raise ValueError(f"expected up to {width // 2} pairs of features but found {pairs}")
    dtype = arrays.dtype_of(x, "x")
    if dtype not in ("f16", "bf16", "f32", "f64"):
        raise TypeError(f"expected x of a float type but found {x.dtype}")
    if out is None:
        out = arrays.empty(x, x.shape, dtype)
    if 2 * pairs < width and out is not x:
        out[..., 2 * pairs :] = x[..., 2 * pairs :]
    kernel = get_kernel(dtype, arrays.dtype_of(cos, "cos"), heads, pairs)
    tables = [_for_batch(table, batch) for table in (cos, sin)]
    if not interleaved:
        low, high = slice(0, pairs), slice(pairs, 2 * pairs)
        # Both results need both inputs.
        source = _copy(x[..., : 2 * pairs]) if out is x else x
        places = (out[..., low], out[..., high])
        return kernel, [source[..., low], source[..., high], *tables], places, lambda _: out
    even, odd = (_copy(x[..., start : 2 * pairs : 2]) for start in (0, 1))

    def interleave(results: Any) -> Any:
        for start, values in enumerate(results):
            out[..., start : 2 * pairs : 2] = values
        return out

    return kernel, [even, odd, *tables], None, interleave


def _copy(array: Any) -> Any:
    return array.clone().contiguous() if arrays.is_torch(array) else np.array(array, order="C")


def _for_batch(table: Any, batch: int) -> Any:
    """One batch for all, without a copy."""
    if table.shape[0] == batch:
        return table
    shape = (batch, *table.shape[1:])
    return table.expand(shape) if arrays.is_torch(table) else np.broadcast_to(table, shape)
