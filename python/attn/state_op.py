"""Runs a linear or recurrent attention on arrays [batch, length, heads, width].

What the functions of other libraries have in common: their checks, defaults, and
the small transformations of gates, which are computed in f32 by NumPy.

Covered by test/python/test_fla.py.
"""

from __future__ import annotations

import functools
from typing import Any, Optional

import numpy as np

from attn import arrays
from attn.compiler import compile as compile_text
from attn.errors import UnsupportedError
from attn.runtime import Kernel
from attn.state_text import StateOp, print_state_op


@functools.lru_cache(maxsize=None)
def get_kernel(spec: StateOp) -> Kernel:
    """The kernel of a state operation."""
    kernel = compile_text(print_state_op(spec), pipeline=spec.pipeline)
    kernel.flush_subnormals = True
    return kernel


def wide(array: Any, name: str, dtype: str = "f32") -> Any:
    """The array in the type of states: itself if it has it."""
    found = arrays.dtype_of(array, name)
    if found == dtype:
        return array
    if found not in ("f64", "f32", "f16", "bf16"):
        raise TypeError(f"expected {name} of a float type but found {array.dtype}")
    if arrays.is_torch(array):
        return array.detach().double() if dtype == "f64" else array.detach().float()
    if found == "bf16" and array.dtype == np.uint16:
        bits = arrays.numpy(array).astype(np.uint32) << 16
        return bits.view(np.float32).astype(np.float64 if dtype == "f64" else np.float32)
    return arrays.numpy(array).astype(np.float64 if dtype == "f64" else np.float32)


def as_numpy(array: Any, name: str) -> np.ndarray:
    """The values in f32, to compute with."""
    return arrays.numpy(wide(array, name))


def like(values: np.ndarray, array: Any) -> Any:
    """Values in the library of `array`."""
    if arrays.is_torch(array):
        import torch

        return torch.from_numpy(np.ascontiguousarray(values))
    return values


def cast(values: np.ndarray, array: Any) -> Any:
    """Values in library and element type of `array`."""
    if arrays.is_torch(array):
        return like(values, array).to(array.dtype)
    if array.dtype == np.uint16:
        from attn import dtypes

        return dtypes.store(values, "bf16")
    return values.astype(array.dtype, copy=False)


def check_shape(array: Any, name: str, sizes: tuple, labels: str) -> None:
    """Sizes that must be so; None may be anything."""
    if not arrays.is_array(array):
        raise TypeError(f"expected {name} as an array but found {type(array).__name__}")
    shape = tuple(array.shape)
    if len(shape) != len(sizes) or any(
        size is not None and size != found for size, found in zip(sizes, shape)
    ):
        wanted = ", ".join("any" if size is None else str(size) for size in sizes)
        raise ValueError(f"expected {name} as {labels} = [{wanted}] but found {list(shape)}")


def refuse(**options: Any) -> None:
    """What is not supported must be absent."""
    for name, value in options.items():
        if value is not None and value is not False:
            raise UnsupportedError(f"expected no {name}: it is not supported")


def _inner_contiguous(array: Any) -> Any:
    """The array, or a copy where its innermost stride is not 1: gates only."""
    view = arrays.view(array, "an input")
    if not view.strides or view.strides[-1] == 1:
        return array
    return array.contiguous() if arrays.is_torch(array) else np.ascontiguousarray(array)


def run_state_op(
    q: Any, k: Any, v: Any, *, threads: Optional[int] = None, **options: Any
) -> tuple[Any, Any]:
    """(o [B, T, H, V], state or None); see `prepare_state_op`."""
    kernel, inputs = prepare_state_op(q, k, v, **options)
    result = kernel(*inputs, threads=threads)
    return result if options.get("output_final_state") else (result, None)


def prepare_state_op(
    q: Any,
    k: Any,
    v: Any,
    *,
    gate: Any = None,
    beta: Any = None,
    left: Any = None,
    right: Any = None,
    dt: Any = None,
    rate: Any = None,
    bonus: Any = None,
    scale: Optional[float] = None,
    read_before: bool = False,
    normalize: bool = False,
    unit_length: bool = False,
    initial_state: Any = None,
    output_final_state: bool = False,
    state_v_first: bool = False,
    cu_seqlens: Any = None,
) -> tuple[Kernel, list]:
    """The kernel and its inputs for q [B, T, Hq, K], k [B, T, Hk, K] and
    v [B, T, H, V]. gate [H], [B, T, H] or [B, T, H, K] in natural logarithms;
    beta [B, T, H]; left, right [B, T, H, K]; dt [B, T, H, V] with rate [H, K, V].
    States are [N, H, K, V], or [N, H, V, K] with state_v_first."""
    labels = "[batch, length, heads, width]"
    check_shape(q, "q", (None,) * 4, labels)
    batch, tokens, query_heads, width = q.shape
    check_shape(k, "k", (batch, tokens, None, width), labels)
    check_shape(v, "v", (batch, tokens, None, None), labels)
    key_heads, heads, value_width = k.shape[2], v.shape[2], v.shape[3]
    if not key_heads or heads % key_heads:
        raise ValueError(
            f"expected heads of v to be a multiple of those of k but found {heads} and {key_heads}"
        )
    if not query_heads or not heads or max(query_heads, heads) % min(query_heads, heads):
        raise ValueError(
            f"expected heads of q and v to divide each other but found {query_heads} and {heads}"
        )
    dtype = arrays.dtype_of(q, "q")
    if dtype not in ("f16", "bf16", "f32", "f64"):
        raise TypeError(f"expected q of a float type but found {q.dtype}")
    state_type = "f64" if dtype == "f64" else "f32"
    sequences = batch
    if cu_seqlens is not None:
        check_shape(cu_seqlens, "cu_seqlens", (None,), "[sequences + 1]")
        sequences = cu_seqlens.shape[0] - 1
        if batch != 1:
            raise ValueError(f"expected a batch of 1 with cu_seqlens but found {batch}")
    if cu_seqlens is not None and output_final_state and initial_state is None:
        # Its size tells the number of sequences.
        inner = (value_width, width) if state_v_first else (width, value_width)
        initial_state = like(np.zeros((sequences, heads, *inner), np.float32), q)
    spec = StateOp(
        dtype,
        (query_heads, key_heads, heads),
        width,
        value_width,
        scale=None if scale is None else float(scale),
        gate=None if gate is None else _gate_kind(gate, batch, tokens, heads, width),
        beta=beta is not None,
        correction=left is not None,
        decay=dt is not None,
        bonus=bonus is not None,
        read_before=read_before,
        normalize=normalize,
        unit_length=unit_length,
        cu_seqlens=None if cu_seqlens is None else arrays.dtype_of(cu_seqlens, "cu_seqlens"),
        initial=initial_state is not None,
        final=output_final_state,
        value_first=state_v_first and (initial_state is not None or output_final_state),
    )
    extra = []
    if gate is not None:
        extra.append(_inner_contiguous(wide(gate, "g", state_type)))
    if beta is not None:
        check_shape(beta, "beta", (batch, tokens, heads), "[batch, length, heads]")
        extra.append(_inner_contiguous(wide(beta, "beta", state_type)))
    if left is not None:
        for name, array in (("a", right), ("b", left)):
            check_shape(array, name, (batch, tokens, heads, width), labels)
        extra += [left, right]
    if dt is not None:
        extra += [dt, rate]
    if bonus is not None:
        check_shape(bonus, "u", (heads, width), "[heads, width]")
        extra.append(wide(bonus, "u", state_type))
    if cu_seqlens is not None:
        extra.append(cu_seqlens)
    if initial_state is not None:
        inner = (value_width, width) if state_v_first else (width, value_width)
        check_shape(
            initial_state, "initial_state", (sequences, heads, *inner),
            "[sequences, heads, V, K]" if state_v_first else "[sequences, heads, K, V]",
        )
        extra.append(wide(initial_state, "initial_state", state_type))
    return get_kernel(spec), [q, k, v, *extra]


def _gate_kind(gate: Any, batch: int, tokens: int, heads: int, width: int) -> str:
    rank = len(gate.shape)
    if rank == 1:
        check_shape(gate, "g", (heads,), "[heads]")
        return "head"
    if rank == 3:
        check_shape(gate, "g", (batch, tokens, heads), "[batch, length, heads]")
        return "token"
    check_shape(gate, "g", (batch, tokens, heads, width), "[batch, length, heads, width]")
    return "row"
