"""Operations of PyTorch, for torch.compile and torch.export.

    import attn.torch_ops                       # registers torch.ops.attn.*
    o = attn.torch_ops.scaled_dot_product_attention(q, k, v, is_causal=True)
    flex = attn.torch_ops.FlexAttention(score_mod, mask_mod)    # once, outside
    o = flex(q, k, v)                                           # in compiled code

Each is a torch.library custom op with a fake implementation, so that compiled
code has no graph break. There is no backward pass: backward() raises an error
that names the op. Covered by test/python/test_torch_ops.py.
"""

from __future__ import annotations

import itertools
from typing import Any, Callable, List, Optional, Tuple

import torch
from torch import Tensor

import attn
from attn import conv, flash, mamba, mods, state_op

# torch.library reads annotations: typing's names, not strings.
__all__ = [
    "FlexAttention",
    "causal_conv1d",
    "delta_rule",
    "flash_attn_func",
    "linear_attention",
    "mamba_chunk_scan",
    "scaled_dot_product_attention",
    "selective_scan",
]


def _lse_type(query: Tensor) -> torch.dtype:
    return torch.float64 if query.dtype == torch.float64 else torch.float32


def _sdpa(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Optional[Tensor] = None,
    is_causal: bool = False,
    scale: Optional[float] = None,
    enable_gqa: bool = False,
) -> Tensor:
    """See attn.scaled_dot_product_attention."""
    with torch.no_grad():
        return attn.scaled_dot_product_attention(
            query, key, value, attn_mask, is_causal=is_causal, scale=scale, enable_gqa=enable_gqa
        )


def _sdpa_fake(query, key, value, attn_mask=None, is_causal=False, scale=None, enable_gqa=False):
    return query.new_empty((*query.shape[:-1], value.shape[-1]))


def _flash(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    softmax_scale: Optional[float],
    causal: bool,
    left: int,
    right: int,
    softcap: float,
    alibi_slopes: Optional[Tensor],
) -> Tuple[Tensor, Tensor]:
    """See attn.flash_attn_func; output and lse."""
    with torch.no_grad():
        return flash.flash_attn_func(
            q, k, v, 0.0, softmax_scale, causal, (left, right), softcap, alibi_slopes,
            return_attn_probs=True,
        )[:2]


def _flash_fake(q, k, v, softmax_scale, causal, left, right, softcap, alibi_slopes):
    batch, length, heads, _ = q.shape
    lse = q.new_empty((batch, heads, length), dtype=_lse_type(q))
    return q.new_empty((batch, length, heads, v.shape[3])), lse


def _linear(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    g: Optional[Tensor] = None,
    scale: Optional[float] = None,
    initial_state: Optional[Tensor] = None,
    cu_seqlens: Optional[Tensor] = None,
) -> Tuple[Tensor, Tensor]:
    """Linear attention with decay g [H], [B, T, H] or [B, T, H, K] in natural
    logarithms, see attn.fla: output [B, T, H, V] and state [N, H, K, V]."""
    with torch.no_grad():
        return state_op.run_state_op(
            q, k, v, gate=g, scale=scale, initial_state=initial_state,
            output_final_state=True, cu_seqlens=cu_seqlens,
        )


def _delta(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    g: Optional[Tensor],
    beta: Tensor,
    scale: Optional[float] = None,
    initial_state: Optional[Tensor] = None,
    use_qk_l2norm_in_kernel: bool = False,
    cu_seqlens: Optional[Tensor] = None,
) -> Tuple[Tensor, Tensor]:
    """The delta rule, as attn.fla.chunk_gated_delta_rule (g [B, T, H]), chunk_kda
    (g [B, T, H, K]) and chunk_delta_rule (None): output and state."""
    with torch.no_grad():
        return state_op.run_state_op(
            q, k, v, gate=g, beta=beta, scale=scale, initial_state=initial_state,
            output_final_state=True, unit_length=use_qk_l2norm_in_kernel, cu_seqlens=cu_seqlens,
        )


def _state_fake(q: Tensor, k: Tensor, v: Tensor, cu_seqlens: Optional[Tensor]):
    batch, length, heads, width = v.shape
    sequences = batch if cu_seqlens is None else cu_seqlens.shape[0] - 1
    state = q.new_empty((sequences, heads, k.shape[3], width), dtype=_lse_type(q))
    return q.new_empty((batch, length, max(q.shape[2], heads), width)), state


def _linear_fake(q, k, v, g=None, scale=None, initial_state=None, cu_seqlens=None):
    return _state_fake(q, k, v, cu_seqlens)


def _delta_fake(
    q, k, v, g, beta, scale=None, initial_state=None, use_qk_l2norm_in_kernel=False,
    cu_seqlens=None,
):
    return _state_fake(q, k, v, cu_seqlens)


def _mamba2(
    x: Tensor,
    dt: Tensor,
    A: Tensor,
    B: Tensor,
    C: Tensor,
    D: Optional[Tensor] = None,
    z: Optional[Tensor] = None,
    dt_bias: Optional[Tensor] = None,
    initial_states: Optional[Tensor] = None,
    dt_softplus: bool = False,
) -> Tuple[Tensor, Tensor]:
    """See attn.mamba.mamba_chunk_scan_combined: y and the last state."""
    with torch.no_grad():
        return mamba.mamba_chunk_scan_combined(
            x, dt, A, B, C, None, D, z, dt_bias, initial_states, dt_softplus=dt_softplus,
            return_final_states=True,
        )


def _mamba2_fake(
    x, dt, A, B, C, D=None, z=None, dt_bias=None, initial_states=None, dt_softplus=False
):
    batch, _, heads, width = x.shape
    state = x.new_empty((batch, heads, width, B.shape[3]), dtype=torch.float32)
    return x.new_empty(x.shape), state


def _selective_scan(
    u: Tensor,
    delta: Tensor,
    A: Tensor,
    B: Tensor,
    C: Tensor,
    D: Optional[Tensor] = None,
    z: Optional[Tensor] = None,
    delta_bias: Optional[Tensor] = None,
    delta_softplus: bool = False,
) -> Tuple[Tensor, Tensor]:
    """See attn.mamba.selective_scan_fn: y and the last state."""
    with torch.no_grad():
        y, state = mamba.selective_scan_fn(
            u, delta, A, B, C, D, z, delta_bias, delta_softplus, True
        )
        return y.contiguous(), state


def _selective_scan_fake(u, delta, A, B, C, D=None, z=None, delta_bias=None, delta_softplus=False):
    state = u.new_empty((u.shape[0], u.shape[1], A.shape[1]), dtype=torch.float32)
    return u.new_empty(u.shape), state


def _convolution(
    x: Tensor,
    weight: Tensor,
    bias: Optional[Tensor] = None,
    initial_states: Optional[Tensor] = None,
    activation: Optional[str] = None,
) -> Tuple[Tensor, Tensor]:
    """See attn.conv.causal_conv1d_fn: y, of the layout of x, and the last tokens."""
    with torch.no_grad():
        return conv.causal_conv1d_fn(
            x, weight, bias, None, initial_states, True, activation=activation
        )


def _convolution_fake(x, weight, bias=None, initial_states=None, activation=None):
    batch, channels, tokens = x.shape
    before = weight.shape[1] - 1
    if x.stride(1) == 1 and (x.stride(2) != 1 or channels > 1):
        y = x.new_empty((batch, tokens, channels)).transpose(1, 2)
        return y, x.new_empty((batch, before, channels)).transpose(1, 2)
    return x.new_empty(x.shape), x.new_empty((batch, channels, before))


# Score and mask functions by the names that graphs know them by.
_mods: dict[str, "FlexAttention"] = {}
_numbers = itertools.count()


def _flex(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    captures: List[Tensor],
    name: str,
    scale: Optional[float],
) -> Tuple[Tensor, Tensor]:
    """See FlexAttention; `captures` are the tensors that the functions read."""
    own = _mods[name]
    with torch.no_grad():
        return attn.flex_attention(
            query, key, value, own.score_mod, own.mask_mod, scale, True, True
        )


def _flex_fake(query, key, value, captures, name, scale):
    lse = query.new_empty(query.shape[:3], dtype=_lse_type(query))
    return query.new_empty((*query.shape[:3], value.shape[3])), lse


def _register(name: str, function: Callable, fake: Callable) -> Any:
    operation = torch.library.custom_op(f"attn::{name}", function, mutates_args=())
    operation.register_fake(fake)
    return operation


scaled_dot_product_attention = _register("scaled_dot_product_attention", _sdpa, _sdpa_fake)
linear_attention = _register("linear_attention", _linear, _linear_fake)
delta_rule = _register("delta_rule", _delta, _delta_fake)
mamba_chunk_scan = _register("mamba_chunk_scan", _mamba2, _mamba2_fake)
selective_scan = _register("selective_scan", _selective_scan, _selective_scan_fake)
causal_conv1d = _register("causal_conv1d", _convolution, _convolution_fake)
_flash_op = _register("flash_attn", _flash, _flash_fake)
_flex_op = _register("flex_attention", _flex, _flex_fake)


def flash_attn_func(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    softmax_scale: Optional[float] = None,
    causal: bool = False,
    window_size: Tuple[int, int] = (-1, -1),
    softcap: float = 0.0,
    alibi_slopes: Optional[Tensor] = None,
) -> Tuple[Tensor, Tensor]:
    """attn.flash_attn_func as an op: output [B, T, H, V] and lse [B, H, T]."""
    return _flash_op(q, k, v, softmax_scale, causal, *window_size, softcap, alibi_slopes)


class FlexAttention:
    """attn.flex_attention with fixed functions, as an op.

    Made once, outside of compiled code: a graph holds its name and the tensors
    that the functions read. Heads of queries may be grouped. Numbers that the
    functions read are those of the time of each call.
    """

    def __init__(
        self,
        score_mod: Optional[Callable] = None,
        mask_mod: Optional[Callable] = None,
        scale: Optional[float] = None,
    ):
        self.score_mod, self.mask_mod, self.scale = score_mod, mask_mod, scale
        scan = mods.Scan()
        scan.key(score_mod)
        scan.key(mask_mod)
        self.captures = [array for array in scan.arrays if isinstance(array, Tensor)]
        self.name = f"mods{next(_numbers)}"
        _mods[self.name] = self

    def __call__(
        self, query: Tensor, key: Tensor, value: Tensor, return_lse: bool = False
    ) -> Any:
        output, lse = _flex_op(query, key, value, self.captures, self.name, self.scale)
        return (output, lse) if return_lse else output
