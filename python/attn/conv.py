"""Depthwise causal convolution over time: the functions of causal_conv1d.

    y[b, c, t] = activation(bias[c] + sum over w of weight[c, w] x[b, c, t - (W - 1) + w])

Tokens before the first are a state of W - 1 tokens, or zero. Arrays may lie in
memory as [batch, channels, length] or as [batch, length, channels]: whichever has
stride 1 is the order of the kernel's loops.

Covered by test/python/test_conv.py.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any, Callable, Optional

import numpy as np

from attn import arrays
from attn.compiler import compile as compile_text
from attn.errors import UnsupportedError
from attn.runtime import Kernel
from attn.state_op import as_numpy, check_shape, refuse


@dataclass(frozen=True)
class Conv:
    """What one kernel is made for: element type, channels, taps, whether a state
    is given and channels are innermost in memory, and whether SiLU follows."""

    dtype: str
    channels: int
    taps: int
    initial: bool
    channels_last: bool
    silu: bool

    @property
    def wide(self) -> str:
        """The type that is computed in."""
        return "f64" if self.dtype == "f64" else "f32"


def print_conv(spec: Conv) -> str:
    """The function `convolution` on x, weight [W, C], bias [C] and state; outputs y
    and the state behind the last token."""
    last, wide, tail = spec.channels_last, spec.wide, spec.taps - 1

    def tensor(length: object, dtype: str) -> str:
        sizes = ("?", length, spec.channels) if last else ("?", spec.channels, length)
        return f"tensor<{'x'.join(map(str, sizes))}x{dtype}>"

    x, y, state = tensor("?", spec.dtype), tensor("?", wide), tensor(tail, spec.dtype)
    weight, bias = f"tensor<{spec.taps}x{spec.channels}x{wide}>", f"tensor<{spec.channels}x{wide}>"
    time = 1 if last else 2
    place, window, channel = (
        ("b, t, c", "b, t + w, c", "c") if last else ("b, c, t", "b, c, t + w", "c")
    )
    loops = f"{place}, w"
    arguments = [f"%x: {x}", f"%weight: {weight}", f"%bias: {bias}"]
    if spec.initial:
        arguments.append(f"%state: {state}")
    results = [f'{x} {{attn.name = "y"}}']
    if tail:
        results.append(f'{state} {{attn.name = "state_out"}}')
    widen = f"    %x_wide = arith.extf %x_element : {spec.dtype} to {wide}\n"
    element = "%x_wide"
    if spec.dtype == wide:
        widen, element = "", "%x_element"
    text = (
        f"#window = affine_map<({loops}) -> ({window})>\n"
        f"#weight = affine_map<({loops}) -> (w, c)>\n"
        f"#sum = affine_map<({loops}) -> ({place})>\n"
        f"#here = affine_map<({place}) -> ({place})>\n"
        f"#bias = affine_map<({place}) -> ({channel})>\n"
        f"func.func @convolution({', '.join(arguments)})\n    -> ({', '.join(results)}) {{\n"
        f"  %c0 = arith.constant 0 : index\n  %c{time} = arith.constant {time} : index\n"
        f"  %batch = tensor.dim %x, %c0 : {x}\n  %tokens = tensor.dim %x, %c{time} : {x}\n"
        f"  %zero = arith.constant 0.0 : {wide}\n"
    )
    padded = "%x"
    if tail:
        before = "%state"
        if not spec.initial:
            before = "%before"
            text += (
                f"  %nothing = arith.constant 0.0 : {spec.dtype}\n"
                f"  %before_init = tensor.empty(%batch) : {state}\n"
                f"  %before = linalg.fill ins(%nothing : {spec.dtype}) "
                f"outs(%before_init : {state}) -> {state}\n"
            )
        padded = "%padded"
        text += (
            f"  %padded = tensor.concat dim({time}) {before}, %x : ({state}, {x}) -> {x}\n"
        )
    text += (
        f"  %sums_init = tensor.empty(%batch, %tokens) : {y}\n"
        f"  %sums_zero = linalg.fill ins(%zero : {wide}) outs(%sums_init : {y}) -> {y}\n"
        f"  %sums = linalg.generic {{indexing_maps = [#window, #weight, #sum],\n"
        f'      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}}\n'
        f"      ins({padded}, %weight : {x}, {weight}) outs(%sums_zero : {y}) {{\n"
        f"  ^bb0(%x_element: {spec.dtype}, %w_element: {wide}, %total: {wide}):\n{widen}"
        f"    %product = arith.mulf {element}, %w_element : {wide}\n"
        f"    %more = arith.addf %total, %product : {wide}\n"
        f"    linalg.yield %more : {wide} }} -> {y}\n"
        f"  %y_init = tensor.empty(%batch, %tokens) : {x}\n"
        f"  %y = linalg.generic {{indexing_maps = [#here, #bias, #here],\n"
        f'      iterator_types = ["parallel", "parallel", "parallel"]}}\n'
        f"      ins(%sums, %bias : {y}, {bias}) outs(%y_init : {x}) {{\n"
        f"  ^bb0(%sum: {wide}, %offset: {wide}, %old: {spec.dtype}):\n"
        f"    %total = arith.addf %sum, %offset : {wide}\n"
    )
    result = "%total"
    if spec.silu:
        result = "%gated"
        text += (
            f"    %one = arith.constant 1.0 : {wide}\n"
            f"    %negative = arith.negf %total : {wide}\n"
            f"    %decay = math.exp %negative : {wide}\n"
            f"    %denominator = arith.addf %one, %decay : {wide}\n"
            f"    %gated = arith.divf %total, %denominator : {wide}\n"
        )
    if spec.dtype != wide:
        text += f"    %narrow = arith.truncf {result} : {wide} to {spec.dtype}\n"
        result = "%narrow"
    text += f"    linalg.yield {result} : {spec.dtype} }} -> {x}\n"
    if not tail:
        return text + f"  return %y : {x}\n}}\n"
    offset, size = ("0, %tokens, 0", f"%batch, {tail}, {spec.channels}") if last else (
        "0, 0, %tokens", f"%batch, {spec.channels}, {tail}"
    )
    return text + (
        f"  %state_out = tensor.extract_slice %padded[{offset}] [{size}] [1, 1, 1]\n"
        f"      : {x} to {state}\n"
        f"  return %y, %state_out : {x}, {state}\n}}\n"
    )


@functools.lru_cache(maxsize=None)
def get_kernel(spec: Conv) -> Kernel:
    """The kernel of a convolution."""
    pipeline = "reference" if spec.dtype == "f64" else "cpu"
    return compile_text(print_conv(spec), pipeline=pipeline)


def convolve(
    x: Any,
    weight: Any,
    bias: Any = None,
    state: Any = None,
    silu: bool = False,
    threads: Optional[int] = None,
) -> tuple[Any, Any]:
    """(y, the last W - 1 tokens of state and x) of x [B, C, T], weight [C, W], bias
    [C] and state [B, C, W - 1]."""
    kernel, inputs, out, finish = prepare(x, weight, bias, state, silu)
    return finish(kernel(*inputs, out=out, threads=threads))


def prepare(
    x: Any, weight: Any, bias: Any = None, state: Any = None, silu: bool = False
) -> tuple[Kernel, list, Any, Callable]:
    """The kernel of `convolve`, its inputs, where its outputs go, and what makes the
    result of them."""
    check_shape(x, "x", (None,) * 3, "[batch, channels, length]")
    batch, channels, tokens = x.shape
    check_shape(weight, "weight", (channels, None), "[channels, taps]")
    taps = weight.shape[1]
    if not taps or not channels:
        raise ValueError("expected weight to have channels and taps but found none")
    dtype = arrays.dtype_of(x, "x")
    if dtype not in ("f16", "bf16", "f32", "f64"):
        raise TypeError(f"expected x of a float type but found {x.dtype}")
    strides = arrays.view(x, "x").strides
    last = strides[1] == 1 and (strides[2] != 1 or channels > 1)
    spec = Conv(dtype, channels, taps, state is not None and taps > 1, last, silu)
    wide = np.float64 if spec.wide == "f64" else np.float32
    rows = as_numpy(weight, "weight").astype(wide, copy=False).T
    shift = np.zeros(channels, wide)
    if bias is not None:
        check_shape(bias, "bias", (channels,), "[channels]")
        shift = as_numpy(bias, "bias").astype(wide, copy=False)
    inputs = [x, np.ascontiguousarray(rows), np.ascontiguousarray(shift)]
    if spec.initial:
        check_shape(state, "state", (batch, channels, taps - 1), "[batch, channels, taps - 1]")
        inputs.append(_inner_contiguous(state, last))
    y = _empty(x, (batch, channels, tokens), dtype, last)
    end = _empty(x, (batch, channels, taps - 1), dtype, last)
    order = (lambda a: arrays.transpose(a, 0, 2, 1)) if last else (lambda a: a)
    inputs[0], inputs[3:] = order(inputs[0]), [order(a) for a in inputs[3:]]
    outputs = (order(y), order(end)) if taps > 1 else order(y)
    return get_kernel(spec), inputs, outputs, lambda _: (y, end)


def _empty(x: Any, shape: tuple, dtype: str, last: bool) -> Any:
    """[B, C, T], in memory [B, T, C] if channels are last."""
    if not last:
        return arrays.empty(x, shape, dtype)
    return arrays.transpose(arrays.empty(x, (shape[0], shape[2], shape[1]), dtype), 0, 2, 1)


def _inner_contiguous(state: Any, last: bool) -> Any:
    """A state with the innermost stride of the kernel's order; a copy if it has
    another."""
    place = 1 if last else 2
    if arrays.view(state, "state").strides[place] == 1:
        return state
    if arrays.is_torch(state):
        inner = state.transpose(1, 2).contiguous().transpose(1, 2) if last else state.contiguous()
        return inner
    return np.asarray(state, order="C") if not last else np.ascontiguousarray(
        state.transpose(0, 2, 1)
    ).transpose(0, 2, 1)


def _is_silu(activation: Any) -> bool:
    if activation not in (None, "silu", "swish"):
        raise ValueError(f"expected activation None, silu or swish but found {activation!r}")
    return activation is not None


def causal_conv1d_fn(
    x: Any,
    weight: Any,
    bias: Any = None,
    seq_idx: Any = None,
    initial_states: Any = None,
    return_final_states: bool = False,
    final_states_out: Any = None,
    activation: Optional[str] = None,
    *,
    threads: Optional[int] = None,
) -> Any:
    """The convolution of a sequence, as causal_conv1d.causal_conv1d_fn.

    x [B, C, T] f16, bf16, f32 or f64, with stride 1 over length or over channels;
    weight [C, W], bias [C]. initial_states [B, C, W - 1]: what precedes x.
    final_states_out [B, C, W - 1]: where the last tokens go. activation: None, silu
    or swish. seq_idx is not supported.

    Returns y, with return_final_states also the last W - 1 tokens.
    Source: arXiv 2312.00752.
    """
    refuse(seq_idx=seq_idx)
    y, state = convolve(x, weight, bias, initial_states, _is_silu(activation), threads)
    if final_states_out is not None:
        final_states_out[...] = state
        state = final_states_out
    return (y, state) if return_final_states else y


def causal_conv1d_update(
    x: Any,
    conv_state: Any,
    weight: Any,
    bias: Any = None,
    activation: Optional[str] = None,
    cache_seqlens: Any = None,
    conv_state_indices: Any = None,
    *,
    threads: Optional[int] = None,
) -> Any:
    """The convolution of new tokens, as causal_conv1d.causal_conv1d_update.

    x [B, C] or [B, C, T]. conv_state [B, C, L], L >= W - 1, has the tokens before x
    and is moved on in place. cache_seqlens and conv_state_indices are not supported.

    Returns y of the shape of x.
    """
    for name, value in (("cache_seqlens", cache_seqlens), ("conv_state_indices", conv_state_indices)):
        if value is not None:
            raise UnsupportedError(f"expected no {name}: it is not supported")
    single = len(x.shape) == 2
    if single:
        x = x[..., None]
    check_shape(x, "x", (None,) * 3, "[batch, channels, length]")
    check_shape(conv_state, "conv_state", (*x.shape[:2], None), "[batch, channels, length]")
    check_shape(weight, "weight", (x.shape[1], None), "[channels, taps]")
    before, held = weight.shape[1] - 1, conv_state.shape[2]
    if held < before:
        raise ValueError(
            f"expected conv_state to hold {before} tokens or more but found {held}"
        )
    y, _ = convolve(
        x, weight, bias, conv_state[..., held - before :], _is_silu(activation), threads
    )
    tokens = min(x.shape[2], held)
    values = conv_state[..., tokens:].clone() if arrays.is_torch(conv_state) else (
        conv_state[..., tokens:].copy()
    )
    conv_state[..., : held - tokens] = values
    conv_state[..., held - tokens :] = x[..., x.shape[2] - tokens :]
    return y[..., 0] if single else y


__all__ = ["causal_conv1d_fn", "causal_conv1d_update"]
