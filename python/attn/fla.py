"""Functions of flash-linear-attention (fla-core 0.6) by their names.

    o, state = attn.fla.chunk_gated_delta_rule(q, k, v, g, beta, output_final_state=True)

Arrays are [batch, length, heads, width]; key heads may be fewer than heads of v.
States are f32, [N, H, K, V], or [N, H, V, K] with state_v_first; gates are natural
logarithms, never positive. With cu_seqlens [N + 1] the batch is 1 and holds N
sequences. `scale` is 1 / sqrt(K) if None. chunk_ and fused_recurrent_ functions
compute the same; the compiler chooses the chunks. cu_seqlens_cpu, chunk_indices
and other hints are ignored.

Each returns (o [B, T, H, V], final state or None). No gradients. Covered by
test/python/test_fla.py.
"""

from __future__ import annotations

from typing import Any, Optional

import numpy as np

from attn.chosen_blocks import (
    moba_attn_varlen,
    parallel_moba,
    parallel_nsa,
    parallel_nsa_compression,
    parallel_nsa_topk,
)
from attn.errors import UnsupportedError
from attn.fla_derived import (
    chunk_comba,
    chunk_gated_delta_product,
    chunk_iplr_delta_rule,
    fused_recurrent_comba,
    parallel_attn,
    parallel_forgetting_attn,
)
from attn.state_op import as_numpy, like, refuse, run_state_op

# What other machines need to know.
_HINTS = {
    "cu_seqlens_cpu",
    "chunk_indices",
    "chunk_size",
    "safe_gate",
    "disable_recompute",
    "use_graph",
    "max_num_seqs",
    "threads",
}

__all__ = [
    "chunk_comba",
    "chunk_delta_rule",
    "chunk_dplr_delta_rule",
    "chunk_gated_delta_product",
    "chunk_gated_delta_rule",
    "chunk_gdn",
    "chunk_gla",
    "chunk_iplr_delta_rule",
    "chunk_kda",
    "chunk_lightning_attn",
    "chunk_linear_attn",
    "chunk_retention",
    "chunk_rwkv6",
    "chunk_rwkv7",
    "chunk_simple_gla",
    "disable",
    "enable",
    "fused_chunk_linear_attn",
    "fused_chunk_retention",
    "fused_chunk_simple_gla",
    "fused_recurrent_comba",
    "fused_recurrent_delta_rule",
    "fused_recurrent_dplr_delta_rule",
    "fused_recurrent_gated_delta_rule",
    "fused_recurrent_gdn",
    "fused_recurrent_gla",
    "fused_recurrent_kda",
    "fused_recurrent_lightning_attn",
    "fused_recurrent_linear_attn",
    "fused_recurrent_retention",
    "fused_recurrent_rwkv6",
    "fused_recurrent_rwkv7",
    "fused_recurrent_simple_gla",
    "moba_attn_varlen",
    "parallel_attn",
    "parallel_forgetting_attn",
    "parallel_moba",
    "parallel_nsa",
    "parallel_nsa_compression",
    "parallel_nsa_topk",
    "parallel_retention",
    "parallel_simple_gla",
]


def _run(q, k, v, hints: dict, **options: Any) -> tuple[Any, Any]:
    """Refuses what changes the result and is not known."""
    threads = hints.pop("threads", None)
    for name, value in hints.items():
        if name == "head_first" and value:
            raise TypeError("expected arrays as [batch, length, heads, width]: no head_first")
        if name in _HINTS or name == "head_first":
            continue
        if value is not None and value is not False:
            raise UnsupportedError(f"expected no {name}: it is not supported")
    return run_state_op(q, k, v, threads=threads, **options)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return (0.5 * (1 + np.tanh(0.5 * x))).astype(np.float32)


def _softplus(x: np.ndarray) -> np.ndarray:
    return np.logaddexp(np.float32(0), x)


def _prepare_beta(beta: Any, use_sigmoid: bool, allow_neg_eigval: bool) -> Any:
    if allow_neg_eigval and not use_sigmoid:
        raise ValueError("expected use_beta_sigmoid_in_kernel with allow_neg_eigval")
    if not use_sigmoid:
        return beta
    return like(_sigmoid(as_numpy(beta, "beta")) * (2 if allow_neg_eigval else 1), beta)


def _prepare_gate(
    g: Any, use_gate: bool, A_log: Any, dt_bias: Any, lower_bound: Optional[float] = None
) -> Any:
    """g, or of the projection g: -exp(A_log) softplus(g + dt_bias), with a lower
    bound lower_bound * sigmoid(exp(A_log) (g + dt_bias))."""
    if not use_gate:
        return g
    if A_log is None:
        raise ValueError("expected A_log with use_gate_in_kernel")
    x = as_numpy(g, "g")
    if dt_bias is not None:
        x = x + as_numpy(dt_bias, "dt_bias").reshape(x.shape[2:])
    rate = np.exp(as_numpy(A_log, "A_log").reshape(-1)).reshape(-1, *[1] * (x.ndim - 3))
    if lower_bound is None:
        return like(-rate * _softplus(x), g)
    return like(lower_bound * _sigmoid(rate * x), g)


def chunk_linear_attn(
    q, k, v, scale=None, initial_state=None, output_final_state=False, normalize=True,
    cu_seqlens=None, **hints,
):
    """Linear attention: S += k v^T, o = scale S^T q; with normalize divided by
    scale q . sum(k) + 1e-10. A state and normalize do not go together."""
    if normalize:
        refuse(initial_state=initial_state, output_final_state=output_final_state)
    return _run(
        q, k, v, hints, scale=scale, normalize=normalize, initial_state=initial_state,
        output_final_state=output_final_state, cu_seqlens=cu_seqlens,
    )


def fused_recurrent_linear_attn(
    q, k, v, scale=None, initial_state=None, output_final_state=False, reverse=False,
    normalize=False, cu_seqlens=None, **hints,
):
    """As chunk_linear_attn, with another default of normalize."""
    refuse(reverse=reverse)
    return chunk_linear_attn(
        q, k, v, scale, initial_state, output_final_state, normalize, cu_seqlens, **hints
    )


def chunk_simple_gla(
    q, k, v, g=None, g_gamma=None, scale=None, initial_state=None, output_final_state=False,
    state_v_first=False, cu_seqlens=None, cu_seqlens_cpu=None, **hints,
):
    """One decay per head and token (Mamba-2's): S = exp(g) S + k v^T, o = scale S^T q.
    g [B, T, H], or g_gamma [H], not both."""
    if g is not None and g_gamma is not None:
        raise ValueError("expected g or g_gamma but found both")
    gate = g_gamma if g is None else g
    if g is not None and len(g.shape) != 3:
        raise ValueError(f"expected g as [batch, length, heads] but found {list(g.shape)}")
    return _run(
        q, k, v, hints, gate=gate, scale=scale, initial_state=initial_state,
        output_final_state=output_final_state, state_v_first=state_v_first,
        cu_seqlens=cu_seqlens,
    )


def fused_recurrent_simple_gla(
    q, k, v, g=None, g_gamma=None, scale=None, initial_state=None, output_final_state=False,
    reverse=False, state_v_first=False, cu_seqlens=None, **hints,
):
    """As chunk_simple_gla."""
    refuse(reverse=reverse)
    return chunk_simple_gla(
        q, k, v, g, g_gamma, scale, initial_state, output_final_state, state_v_first,
        cu_seqlens, **hints,
    )


def chunk_retention(
    q, k, v, scale=None, initial_state=None, output_final_state=False, cu_seqlens=None, **hints
):
    """RetNet: head h decays by 1 - 2^(-5 - h) per token."""
    heads = v.shape[2]
    decay = np.log1p(-np.exp2(-5.0 - np.arange(heads))).astype(np.float32)
    return chunk_simple_gla(
        q, k, v, None, like(decay, q), scale, initial_state, output_final_state, False,
        cu_seqlens, **hints,
    )


def fused_recurrent_retention(
    q, k, v, scale=None, initial_state=None, output_final_state=False, reverse=False,
    state_v_first=False, cu_seqlens=None, **hints,
):
    """As chunk_retention."""
    refuse(reverse=reverse, state_v_first=state_v_first)
    return chunk_retention(
        q, k, v, scale, initial_state, output_final_state, cu_seqlens, **hints
    )


def chunk_lightning_attn(
    q, k, v, layer_idx, num_layers, scale=None, initial_state=None, output_final_state=False,
    cu_seqlens=None, **hints,
):
    """Lightning attention: head h decays by exp(-(8 / H) (1 - layer / layers) h)."""
    heads = v.shape[2]
    decay = -(8 / heads * (1 - layer_idx / num_layers)) * np.arange(heads)
    return chunk_simple_gla(
        q, k, v, None, like(decay.astype(np.float32), q), scale, initial_state,
        output_final_state, False, cu_seqlens, **hints,
    )


def chunk_gla(
    q, k, v, g, scale=None, initial_state=None, output_final_state=False,
    state_v_first=False, cu_seqlens=None, cu_seqlens_cpu=None, **hints,
):
    """Gated linear attention: S = diag(exp(g)) S + k v^T, g [B, T, H, K].
    Source: arXiv 2312.06635."""
    if g is None or len(g.shape) != 4:
        raise ValueError("expected g as [batch, length, heads, width]")
    return _run(
        q, k, v, hints, gate=g, scale=scale, initial_state=initial_state,
        output_final_state=output_final_state, state_v_first=state_v_first,
        cu_seqlens=cu_seqlens,
    )


def fused_recurrent_gla(
    q, k, v, gk=None, gv=None, scale=None, initial_state=None, output_final_state=False,
    reverse=False, state_v_first=False, cu_seqlens=None, **hints,
):
    """As chunk_gla; gv, a decay per value feature, is not supported."""
    refuse(gv=gv, reverse=reverse)
    if gk is None:
        return _run(
            q, k, v, hints, scale=scale, initial_state=initial_state,
            output_final_state=output_final_state, state_v_first=state_v_first,
            cu_seqlens=cu_seqlens,
        )
    return chunk_gla(
        q, k, v, gk, scale, initial_state, output_final_state, state_v_first, cu_seqlens, **hints
    )


def chunk_delta_rule(
    q, k, v, beta, scale=None, initial_state=None, output_final_state=False,
    use_qk_l2norm_in_kernel=False, cu_seqlens=None, cu_seqlens_cpu=None, **hints,
):
    """DeltaNet: S += beta k (v - S^T k)^T, beta [B, T, H]. Source: arXiv 2406.06484."""
    return _run(
        q, k, v, hints, beta=beta, scale=scale, initial_state=initial_state,
        output_final_state=output_final_state, unit_length=use_qk_l2norm_in_kernel,
        cu_seqlens=cu_seqlens,
    )


def fused_recurrent_delta_rule(
    q, k, v, beta=None, scale=None, initial_state=None, output_final_state=False,
    use_qk_l2norm_in_kernel=False, cu_seqlens=None, **hints,
):
    """As chunk_delta_rule; beta is 1 if None."""
    if beta is None:
        beta = like(np.ones(v.shape[:3], np.float32), q)
    return chunk_delta_rule(
        q, k, v, beta, scale, initial_state, output_final_state, use_qk_l2norm_in_kernel,
        cu_seqlens, **hints,
    )


def chunk_gated_delta_rule(
    q, k, v, g, beta, scale=None, initial_state=None, output_final_state=False,
    use_qk_l2norm_in_kernel=False, use_beta_sigmoid_in_kernel=False, allow_neg_eigval=False,
    state_v_first=False, cu_seqlens=None, cu_seqlens_cpu=None, chunk_indices=None,
    cp_context=None, use_gate_in_kernel=False, A_log=None, dt_bias=None, **hints,
):
    """Gated DeltaNet: the state decays by exp(g), then S += beta k (v - S^T k)^T.

    g, beta [B, T, H]. use_qk_l2norm_in_kernel: q and k get unit length.
    use_beta_sigmoid_in_kernel: beta is sigmoid(beta), twice that with
    allow_neg_eigval. use_gate_in_kernel: g is -exp(A_log) softplus(g + dt_bias).
    Source: arXiv 2412.06464.
    """
    refuse(cp_context=cp_context)
    return _run(
        q, k, v, hints, gate=_prepare_gate(g, use_gate_in_kernel, A_log, dt_bias),
        beta=_prepare_beta(beta, use_beta_sigmoid_in_kernel, allow_neg_eigval), scale=scale,
        initial_state=initial_state, output_final_state=output_final_state,
        unit_length=use_qk_l2norm_in_kernel, state_v_first=state_v_first,
        cu_seqlens=cu_seqlens,
    )


def fused_recurrent_gated_delta_rule(
    q, k, v, g=None, gk=None, gv=None, beta=None, scale=None, initial_state=None,
    output_final_state=False, use_qk_l2norm_in_kernel=False, use_gate_in_kernel=False,
    A_log=None, dt_bias=None, use_beta_sigmoid_in_kernel=False, allow_neg_eigval=False,
    state_v_first=False, cu_seqlens=None, **hints,
):
    """As chunk_gated_delta_rule. gk [B, T, H, K] is a decay per row, in place of g;
    beta is 1 if None; gv is not supported."""
    refuse(gv=gv)
    if g is not None and gk is not None:
        raise UnsupportedError("expected g or gk: both at once are not supported")
    if beta is None:
        beta, use_beta_sigmoid_in_kernel = like(np.ones(v.shape[:3], np.float32), q), False
    return chunk_gated_delta_rule(
        q, k, v, gk if g is None else g, beta, scale, initial_state, output_final_state,
        use_qk_l2norm_in_kernel, use_beta_sigmoid_in_kernel, allow_neg_eigval, state_v_first,
        cu_seqlens, use_gate_in_kernel=use_gate_in_kernel, A_log=A_log, dt_bias=dt_bias, **hints,
    )


def chunk_kda(
    q, k, v, g, beta, scale=None, initial_state=None, output_final_state=False,
    use_qk_l2norm_in_kernel=False, use_gate_in_kernel=False, use_beta_sigmoid_in_kernel=False,
    allow_neg_eigval=False, safe_gate=False, lower_bound=None, disable_recompute=False,
    return_intermediate_states=False, state_v_first=False, cu_seqlens=None,
    cu_seqlens_cpu=None, cp_context=None, use_graph=False, max_num_seqs=None, A_log=None,
    dt_bias=None, **hints,
):
    """Kimi Delta Attention: as chunk_gated_delta_rule with g [B, T, H, K], a decay per
    row of the state. With safe_gate and lower_bound, use_gate_in_kernel makes g
    lower_bound * sigmoid(exp(A_log) (g + dt_bias)). Source: arXiv 2510.26692."""
    refuse(cp_context=cp_context, return_intermediate_states=return_intermediate_states)
    gate = _prepare_gate(
        g, use_gate_in_kernel, A_log, dt_bias, lower_bound if safe_gate else None
    )
    return _run(
        q, k, v, hints, gate=gate,
        beta=_prepare_beta(beta, use_beta_sigmoid_in_kernel, allow_neg_eigval), scale=scale,
        initial_state=initial_state, output_final_state=output_final_state,
        unit_length=use_qk_l2norm_in_kernel, state_v_first=state_v_first,
        cu_seqlens=cu_seqlens,
    )


def fused_recurrent_kda(
    q, k, v, g, beta, A_log=None, dt_bias=None, scale=None, initial_state=None,
    output_final_state=False, use_qk_l2norm_in_kernel=False, use_gate_in_kernel=False,
    use_beta_sigmoid_in_kernel=False, allow_neg_eigval=False, lower_bound=None,
    state_v_first=False, cu_seqlens=None, **hints,
):
    """As chunk_kda; a lower_bound counts without safe_gate."""
    return chunk_kda(
        q, k, v, g, beta, scale, initial_state, output_final_state, use_qk_l2norm_in_kernel,
        use_gate_in_kernel, use_beta_sigmoid_in_kernel, allow_neg_eigval,
        lower_bound is not None, lower_bound, state_v_first=state_v_first,
        cu_seqlens=cu_seqlens, A_log=A_log, dt_bias=dt_bias, **hints,
    )


def chunk_rwkv6(
    r, k, v, w, u, scale=None, initial_state=None, output_final_state=False,
    cu_seqlens=None, cu_seqlens_cpu=None, **hints,
):
    """RWKV-6: o = scale (S + (u k) v^T)^T r, then S = diag(exp(w)) S + k v^T;
    w [B, T, H, K], u [H, K]. Source: arXiv 2404.05892."""
    return _run(
        r, k, v, hints, gate=w, bonus=u, read_before=True, scale=scale,
        initial_state=initial_state, output_final_state=output_final_state,
        cu_seqlens=cu_seqlens,
    )


def fused_recurrent_rwkv6(
    r, k, v, w, u, scale=None, initial_state=None, output_final_state=False, reverse=False,
    cu_seqlens=None, **hints,
):
    """As chunk_rwkv6."""
    refuse(reverse=reverse)
    return chunk_rwkv6(
        r, k, v, w, u, scale, initial_state, output_final_state, cu_seqlens, **hints
    )


def chunk_dplr_delta_rule(
    q, k, v, a, b, gk, scale=None, initial_state=None, output_final_state=False,
    cu_seqlens=None, cu_seqlens_cpu=None, safe_gate=False, chunk_size=None, **hints,
):
    """S = diag(exp(gk)) S + b (S^T a)^T + k v^T, with the state that a reads as it was
    before the token; a, b, gk [B, T, H, K]. Source: arXiv 2503.14456."""
    return _run(
        q, k, v, hints, gate=gk, left=b, right=a, scale=scale, initial_state=initial_state,
        output_final_state=output_final_state, cu_seqlens=cu_seqlens,
    )


def fused_recurrent_dplr_delta_rule(
    q, k, v, a, b, gk, scale=None, initial_state=None, output_final_state=False,
    reverse=False, cu_seqlens=None, **hints,
):
    """As chunk_dplr_delta_rule."""
    refuse(reverse=reverse)
    return chunk_dplr_delta_rule(
        q, k, v, a, b, gk, scale, initial_state, output_final_state, cu_seqlens, **hints
    )


def chunk_rwkv7(
    r, w, k, v, a, b, scale=1.0, initial_state=None, output_final_state=False,
    cu_seqlens=None, cu_seqlens_cpu=None, **hints,
):
    """RWKV-7: chunk_dplr_delta_rule with query r and decay w, by default unscaled."""
    return chunk_dplr_delta_rule(
        r, k, v, a, b, w, scale, initial_state, output_final_state, cu_seqlens, **hints
    )


def fused_recurrent_rwkv7(
    r, w, k, v, a, b, scale=None, initial_state=None, output_final_state=True,
    cu_seqlens=None, **hints,
):
    """As chunk_rwkv7, but scaled by 1 / sqrt(K) and with the state by default."""
    return chunk_rwkv7(
        r, w, k, v, a, b, scale, initial_state, output_final_state, cu_seqlens, **hints
    )


def parallel_simple_gla(
    q, k, v, g=None, scale=None, output_attentions=False, cu_seqlens=None, cu_seqlens_cpu=None,
    **hints,
):
    """As chunk_simple_gla; returns o and None, for there are no attention weights."""
    refuse(output_attentions=output_attentions)
    return chunk_simple_gla(q, k, v, g, scale=scale, cu_seqlens=cu_seqlens, **hints)


def parallel_retention(
    q, k, v, scale=None, output_attentions=False, cu_seqlens=None, **hints
):
    """As chunk_retention; returns o and None, for there are no attention weights."""
    refuse(output_attentions=output_attentions)
    return chunk_retention(q, k, v, scale, cu_seqlens=cu_seqlens, **hints)


def fused_chunk_simple_gla(
    q, k, v, g=None, g_gamma=None, scale=None, initial_state=None, output_final_state=False,
    cu_seqlens=None, **hints,
):
    """As chunk_simple_gla."""
    return chunk_simple_gla(
        q, k, v, g, g_gamma, scale, initial_state, output_final_state, False, cu_seqlens, **hints
    )


# Names of the same functions.
chunk_gdn = chunk_gated_delta_rule
fused_recurrent_gdn = fused_recurrent_gated_delta_rule
fused_chunk_linear_attn = chunk_linear_attn
fused_chunk_retention = chunk_retention
fused_recurrent_lightning_attn = chunk_lightning_attn


def enable() -> None:
    """Makes this the back end of the package fla for tensors on the CPU, which it
    cannot run itself. Needs fla-core 0.6."""
    from attn.integrations import fla

    fla.enable()


def disable() -> None:
    """Undoes `enable`."""
    from attn.integrations import fla

    fla.disable()
