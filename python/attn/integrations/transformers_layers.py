"""Kernels of transformers' linear-attention layers, in place of its PyTorch
fall-backs and of CUDA packages that a CPU cannot run.

The library chooses the functions of a layer when a modelling file is imported, and
binds them to names of that module. While it is enabled, those names lead here, in
modules that are imported already and, by the decorator that chooses, in later ones.
A call with tensors elsewhere or with gradients goes on to what was chosen.

    Gated DeltaNet    chunk_gated_delta_rule, fused_recurrent_gated_delta_rule
    Kimi Delta        chunk_kda, fused_recurrent_kda
    Mamba-2           mamba_chunk_scan_combined, selective_state_update
    Mamba             selective_scan_fn, selective_state_update
    all of them       causal_conv1d_fn, causal_conv1d_update

Used by attn.integrations.transformers. Covered by
test/python/test_transformers_layers.py.
"""

from __future__ import annotations

import collections
import functools
import sys
from typing import Any, Callable, Iterator, Optional

import torch
from transformers import integrations
from transformers.integrations import hub_kernels

from attn import conv, fla, mamba

_DECORATOR = "use_kernel_func_from_hub_with_fallback"
# Names in modelling files -> names of the functions that they stand for.
_NAMES = {
    "torch_chunk_gated_delta_rule": "chunk_gated_delta_rule",
    "torch_recurrent_gated_delta_rule": "fused_recurrent_gated_delta_rule",
    "chunk_kimi_delta_attention": "chunk_kda",
    "recurrent_kimi_delta_attention": "fused_recurrent_kda",
    "mamba2_chunk_scan": "mamba_chunk_scan_combined",
    "mamba_selective_scan": "selective_scan_fn",
    "mamba2_selective_state_update": "selective_state_update",
    "mamba_selective_state_update": "selective_state_update",
    "causal_conv1d_fn": "causal_conv1d_fn",
    "causal_conv1d_update": "causal_conv1d_update",
}
_calls: collections.Counter = collections.Counter()
_chooser: Optional[Callable] = None


def calls() -> dict[str, int]:
    """How often each function has run by attn in this process."""
    return dict(_calls)


def _rows(x: torch.Tensor) -> torch.Tensor:
    """With innermost stride 1."""
    return x if x.stride(-1) == 1 or x.shape[-1] == 1 else x.contiguous()


def _delta(function: Callable) -> Callable:
    def run(
        query, key, value, g, beta, chunk_size=64, initial_state=None, output_final_state=False,
        use_qk_l2norm_in_kernel=False, cu_seqlens=None, **_,
    ):
        del chunk_size  # The compiler chooses it.
        if initial_state is not None:
            initial_state = _rows(initial_state)
        return function(
            *map(_rows, (query, key, value)), g=g, beta=beta, initial_state=initial_state,
            output_final_state=output_final_state,
            use_qk_l2norm_in_kernel=use_qk_l2norm_in_kernel, cu_seqlens=cu_seqlens,
        )

    return run


def _chunk_scan(
    hidden_states, dt, A, B, C, chunk_size=None, D=None, z=None, dt_bias=None,
    initial_states=None, dt_softplus=False, dt_limit=(0.0, float("inf")),
    return_final_states=False, seq_idx=None, cu_seqlens=None, **_,
):
    return mamba.mamba_chunk_scan_combined(
        _rows(hidden_states), dt, A, B, C, chunk_size, D, z, dt_bias, initial_states, seq_idx,
        cu_seqlens, dt_softplus, dt_limit, return_final_states,
    )


def _selective_scan(
    hidden_states, dt, A, B, C, D=None, z=None, delta_bias=None, delta_softplus=False,
    return_last_state=False, **_,
):
    return mamba.selective_scan_fn(
        hidden_states, dt, A, B, C, D, z, delta_bias, delta_softplus, return_last_state
    )


def _state_update(
    state, hidden_states, dt, A, B, C, D=None, dt_bias=None, dt_softplus=False, z=None, **_
):
    """One token, for Mamba-2 with state [B, H, P, N] and for Mamba with [B, D, N];
    the state is written in place."""
    if state.dim() == 3:
        token = [x[..., None] for x in (hidden_states, dt, B, C)]
        y, after = mamba.selective_scan_fn(
            *token[:2], A, *token[2:], D, None if z is None else z[..., None], dt_bias,
            dt_softplus, True, initial_state=state,
        )
        state.copy_(after)
        return y[..., 0]
    # Steps, decays, biases and D are one number per head, expanded over its features.
    y, after = mamba.mamba_chunk_scan_combined(
        _rows(hidden_states[:, None]), dt[:, None, :, 0], A[:, 0, 0], B[:, None], C[:, None], None,
        None if D is None else D[:, 0], None if z is None else z[:, None],
        None if dt_bias is None else dt_bias[:, 0], state, dt_softplus=dt_softplus,
        return_final_states=True,
    )
    state.copy_(after)
    return y[:, 0]


def _spread(x: torch.Tensor) -> torch.Tensor:
    """[B, C, T] with stride 1 over channels or over length."""
    return x if 1 in x.stride()[1:] else x.contiguous()


def _convolution(hidden_states, weight, bias=None, activation=None, seq_idx=None, **_):
    return conv.causal_conv1d_fn(
        _spread(hidden_states), weight, bias, seq_idx, activation=activation
    )


def _convolution_update(hidden_states, conv_state, weight, bias=None, activation=None, **_):
    return conv.causal_conv1d_update(
        _spread(hidden_states), conv_state, weight, bias, activation
    )


_FUNCTIONS: dict[str, Callable] = {
    "chunk_gated_delta_rule": _delta(fla.chunk_gated_delta_rule),
    "fused_recurrent_gated_delta_rule": _delta(fla.fused_recurrent_gated_delta_rule),
    "chunk_kda": _delta(fla.chunk_kda),
    "fused_recurrent_kda": _delta(fla.fused_recurrent_kda),
    "mamba_chunk_scan_combined": _chunk_scan,
    "selective_scan_fn": _selective_scan,
    "selective_state_update": _state_update,
    "causal_conv1d_fn": _convolution,
    "causal_conv1d_update": _convolution_update,
}


def _is_ours(args: tuple, names: dict) -> bool:
    """Whether the kernels take a call."""
    if torch.compiler.is_compiling():
        return False
    tensors = [x for x in (*args, *names.values()) if isinstance(x, torch.Tensor)]
    if any(x.device.type != "cpu" for x in tensors):
        return False
    return not (torch.is_grad_enabled() and any(x.requires_grad for x in tensors))


def _serve(chosen: Callable, name: str) -> Callable:
    """`chosen`, but for calls that the kernels take."""
    own = _FUNCTIONS[name]

    @functools.wraps(chosen)
    def run(*args: Any, **names: Any) -> Any:
        if not _is_ours(args, names):
            return chosen(*args, **names)
        _calls[name] += 1
        with torch.no_grad():
            return own(*args, **names)

    run.attn_chosen = chosen
    return run


def _modules() -> Iterator[tuple[Any, str]]:
    """Names in modelling files that are imported."""
    for path, module in list(sys.modules.items()):
        if not path.startswith("transformers.models.") or ".modeling_" not in path:
            continue
        for name in _NAMES:
            if name in vars(module):
                yield module, name


def _choose(func_name: str, *args: Any, **names: Any) -> Callable:
    """The library's decorator, with our functions in front of what it chooses."""
    decorate = _chooser(func_name, *args, **names)
    if func_name not in _FUNCTIONS:
        return decorate
    return lambda function: _serve(decorate(function), func_name)


def enable() -> None:
    """Puts the kernels in place."""
    global _chooser
    if _chooser is not None:
        return
    _chooser = getattr(hub_kernels, _DECORATOR)
    for home in (hub_kernels, integrations):
        setattr(home, _DECORATOR, _choose)
    for module, name in _modules():
        setattr(module, name, _serve(getattr(module, name), _NAMES[name]))


def disable() -> None:
    """Puts what the library chose back."""
    global _chooser
    if _chooser is None:
        return
    for home in (hub_kernels, integrations):
        setattr(home, _DECORATOR, _chooser)
    _chooser = None
    for module, name in _modules():
        function = getattr(module, name)
        if hasattr(function, "attn_chosen"):
            setattr(module, name, function.attn_chosen)
