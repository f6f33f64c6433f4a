"""Functions of flash-linear-attention that are others in disguise; see attn.fla,
which has them all.

A product of Householder steps is a delta rule over as many tokens, of which the last
is read. Comba corrects by another row than it adds. Softmax attention with forget
gates is attention with a score that the gates' running sum shifts.

Covered by test/python/test_fla_derived.py.
"""

from __future__ import annotations

from typing import Any, Optional

import numpy as np

from attn import arrays
from attn.state_op import as_numpy, cast, check_shape, like, refuse, run_state_op

__all__ = [
    "chunk_comba",
    "chunk_gated_delta_product",
    "chunk_iplr_delta_rule",
    "fused_recurrent_comba",
    "parallel_attn",
    "parallel_forgetting_attn",
]


def chunk_gated_delta_product(
    q, k, v, g, beta, num_householder, scale=None, initial_state=None, output_final_state=False,
    use_qk_l2norm_in_kernel=False, cu_seqlens=None, cu_seqlens_cpu=None, cp_context=None,
    *, threads=None,
):
    """Gated DeltaProduct: each token decays the state by exp(g) and then takes
    num_householder steps of the delta rule. q [B, T, H, K], g [B, T, H] or None; k, v
    and beta have T * num_householder rows. Source: arXiv 2502.10297."""
    refuse(cp_context=cp_context)
    labels = "[batch, length, heads, width]"
    check_shape(q, "q", (None,) * 4, labels)
    batch, tokens, heads, width = q.shape
    steps = num_householder
    check_shape(k, "k", (batch, tokens * steps, None, width), labels)
    check_shape(v, "v", (batch, tokens * steps, None, None), labels)
    rows = np.zeros((batch, tokens, steps, heads, width), np.float32)
    rows[:, :, -1] = as_numpy(q, "q")
    gate = None
    if g is not None:
        check_shape(g, "g", (batch, tokens, v.shape[2]), "[batch, length, heads]")
        gate = np.zeros((batch, tokens, steps, v.shape[2]), np.float32)
        gate[:, :, 0] = as_numpy(g, "g")
        gate = like(gate.reshape(batch, tokens * steps, -1), q)
    o, state = run_state_op(
        cast(rows.reshape(batch, tokens * steps, heads, width), q), k, v, gate=gate, beta=beta,
        scale=scale, initial_state=initial_state, output_final_state=output_final_state,
        unit_length=use_qk_l2norm_in_kernel,
        cu_seqlens=None if cu_seqlens is None else cu_seqlens * steps, threads=threads,
    )
    return o[:, steps - 1 :: steps], state


def _unit(x: np.ndarray) -> np.ndarray:
    return x / np.sqrt((x * x).sum(-1, keepdims=True) + np.float32(1e-6))


def chunk_comba(
    q, k, v, p, g, beta, scale=None, initial_state=None, output_final_state=False,
    use_qk_l2norm_in_kernel=False, cu_seqlens=None, cu_seqlens_cpu=None, *, threads=None, **hints,
):
    """Comba: S = exp(g) S, then S += beta k (v - S^T p)^T, with p [B, T, H, K] in place
    of k in the correction; g, beta [B, T, H]. Source: arXiv 2506.02475."""
    refuse(**{name: value for name, value in hints.items() if name != "chunk_indices"})
    labels = "[batch, length, heads, width]"
    check_shape(k, "k", (None,) * 4, labels)
    check_shape(p, "p", tuple(k.shape), labels)
    check_shape(g, "g", tuple(k.shape[:3]), "[batch, length, heads]")
    check_shape(beta, "beta", tuple(k.shape[:3]), "[batch, length, heads]")
    wide = {name: as_numpy(x, name) for name, x in (("q", q), ("k", k), ("v", v), ("p", p))}
    if use_qk_l2norm_in_kernel:
        wide.update({name: _unit(wide[name]) for name in "qkp"})
    decay, step = as_numpy(g, "g")[..., None], as_numpy(beta, "beta")[..., None]
    # The correction reads the state as it was before the decay.
    rows = {
        "q": wide["q"], "k": wide["k"], "v": wide["v"] * step,
        "left": -step * wide["k"], "right": np.exp(decay) * wide["p"],
    }
    gate = np.broadcast_to(decay, wide["k"].shape)
    o, state = run_state_op(
        *(like(rows[name], q) for name in "qkv"), left=like(rows["left"], q),
        right=like(rows["right"], q), gate=like(np.ascontiguousarray(gate), q), scale=scale,
        initial_state=initial_state, output_final_state=output_final_state,
        cu_seqlens=cu_seqlens, threads=threads,
    )
    return cast(arrays.numpy(o), q), state


def fused_recurrent_comba(
    q, k, p, v, g, beta, scale=None, initial_state=None, output_final_state=False,
    use_qk_l2norm_in_kernel=False, cu_seqlens=None, *, threads=None, **hints,
):
    """As chunk_comba, with p before v."""
    return chunk_comba(
        q, k, v, p, g, beta, scale, initial_state, output_final_state,
        use_qk_l2norm_in_kernel, cu_seqlens, threads=threads, **hints,
    )


def chunk_iplr_delta_rule(
    q, k, v, a, b, scale=None, initial_state=None, output_final_state=False,
    cu_seqlens=None, cu_seqlens_cpu=None, *, threads=None,
):
    """S += b (S^T a)^T + k v^T, as chunk_dplr_delta_rule without decay."""
    return run_state_op(
        q, k, v, left=b, right=a, scale=scale, initial_state=initial_state,
        output_final_state=output_final_state, cu_seqlens=cu_seqlens, threads=threads,
    )


def parallel_attn(
    q, k, v, g=None, scale=None, window_size=None, cu_seqlens=None, chunk_indices=None,
    *, sink_bias=None, threads: Optional[int] = None,
):
    """Causal softmax attention, q [B, T, Hq, K], k and v [B, T, H, ..]; window_size
    counts the keys of a query, itself among them. g [B, T, Hq]: scores are more by the
    sum of g from the key, exclusive, to the query. sink_bias [Hq]: a logit of a key
    without value. Returns o [B, T, Hq, V]."""
    from attn import flash

    labels = "[batch, length, heads, width]"
    for name, array in (("q", q), ("k", k), ("v", v)):
        check_shape(array, name, (None,) * 4, labels)
    batch, tokens, heads, _ = q.shape
    check_shape(k, "k", (batch, tokens, None, None), labels)
    check_shape(v, "v", (batch, tokens, None, None), labels)
    options: dict[str, Any] = {} if scale is None else {"scale": float(scale)}
    extra = []
    left = -1 if window_size is None else window_size - 1
    if left < -1:
        raise ValueError(f"expected a positive window_size but found {window_size}")
    score = mask = None
    starts = np.zeros(1, np.int64)
    if cu_seqlens is None:
        options.update(causal=True, align="top_left")
        if left >= 0:
            options["window"] = (left, 0)
    else:
        if batch != 1:
            raise ValueError(f"expected a batch of 1 with cu_seqlens but found {batch}")
        bounds = flash._offsets("cu_seqlens", cu_seqlens, tokens)
        starts = bounds[:-1]
        place = np.arange(tokens)
        begin = starts[np.searchsorted(bounds[1:-1], place, side="right")]
        mask = flash._interval(*flash._bounds(place[None], begin[None], tokens, True, (left, -1)))
    if g is not None:
        check_shape(g, "g", (batch, tokens, heads), "[batch, length, heads]")
        sums = np.cumsum(as_numpy(g, "g"), 1)
        score = _shift(sums)
    if sink_bias is not None:
        check_shape(sink_bias, "sink_bias", (heads,), "[heads]")
        options["sink"] = "f32"
        extra.append(like(np.ascontiguousarray(as_numpy(sink_bias, "sink_bias")), q))
    return flash._run(q, k, v, score, mask, False, threads, extra, **options)[0]


def _shift(sums: np.ndarray):
    """Scores more by what the running sum gains between key and query."""
    return lambda s, b, h, i, j: s + (sums[b, i, h] - sums[b, j, h])


def parallel_forgetting_attn(
    q, k, v, g, scale=None, window_size=None, cu_seqlens=None, *, threads=None
):
    """As parallel_attn with forget gates g [B, T, Hq], natural logarithms. Source:
    arXiv 2503.02130."""
    return parallel_attn(q, k, v, g, scale, window_size, cu_seqlens, threads=threads)
