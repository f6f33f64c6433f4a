"""Functions of mamba_ssm by their names.

Steps, decays and outer products of small arrays are computed by NumPy in f32, the
scan by a kernel. No gradients. Covered by test/python/test_fla.py.
"""

from __future__ import annotations

from typing import Any, Optional

import numpy as np

from attn import arrays
from attn.state_op import as_numpy, cast, check_shape, like, refuse, run_state_op


def _steps(dt: np.ndarray, bias: Any, softplus: bool, limit: tuple, axis: int) -> np.ndarray:
    if bias is not None:
        shape = [1] * dt.ndim
        shape[axis] = -1
        dt = dt + as_numpy(bias, "dt_bias").reshape(shape)
    if softplus:
        dt = np.logaddexp(np.float32(0), dt)
    if tuple(limit) != (0.0, float("inf")):
        dt = np.clip(dt, *map(np.float32, limit))
    return dt


def _finish(y: np.ndarray, skip: Any, z: Any) -> np.ndarray:
    if skip is not None:
        y = y + skip
    if z is not None:
        gate = as_numpy(z, "z")
        y = y * gate * (0.5 * (1 + np.tanh(0.5 * gate)))
    return y


def mamba_chunk_scan_combined(
    x: Any,
    dt: Any,
    A: Any,
    B: Any,
    C: Any,
    chunk_size: Optional[int] = None,
    D: Any = None,
    z: Any = None,
    dt_bias: Any = None,
    initial_states: Any = None,
    seq_idx: Any = None,
    cu_seqlens: Any = None,
    dt_softplus: bool = False,
    dt_limit: tuple = (0.0, float("inf")),
    return_final_states: bool = False,
    *,
    threads: Optional[int] = None,
) -> Any:
    """Mamba-2: S = exp(dt A) S + dt x B^T, y = S C + D x, gated by silu(z).

    x, z [b, T, H, P]; dt [b, T, H]; A [H]; B, C [b, T, G, N], G a divisor of H;
    D [H] or [H, P]; dt_bias [H]; states [b, H, P, N] in f32. dt_softplus:
    dt is softplus(dt + dt_bias), then within dt_limit. chunk_size is a hint;
    seq_idx and cu_seqlens are not supported.

    Returns y [b, T, H, P], with return_final_states also the state. Source:
    arXiv 2405.21060.
    """
    refuse(seq_idx=seq_idx, cu_seqlens=cu_seqlens)
    labels = "[batch, length, heads, width]"
    check_shape(x, "x", (None,) * 4, labels)
    batch, tokens, heads, _ = x.shape
    check_shape(dt, "dt", (batch, tokens, heads), "[batch, length, heads]")
    check_shape(A, "A", (heads,), "[heads]")
    steps = _steps(as_numpy(dt, "dt"), dt_bias, dt_softplus, dt_limit, 2)
    wide_x = as_numpy(x, "x")
    inputs = [like(values, x) for values in (
        as_numpy(C, "C"), as_numpy(B, "B"), wide_x * steps[..., None],
        steps * as_numpy(A, "A"),
    )]
    y, state = run_state_op(
        *inputs[:3], gate=inputs[3], scale=1.0, initial_state=initial_states,
        output_final_state=return_final_states, state_v_first=True, threads=threads,
    )
    skip = None
    if D is not None:
        weight = as_numpy(D, "D")
        skip = wide_x * (weight if weight.ndim == 2 else weight[:, None])
    y = cast(_finish(arrays.numpy(y), skip, z), x)
    return (y, state) if return_final_states else y


def selective_scan_fn(
    u: Any,
    delta: Any,
    A: Any,
    B: Any,
    C: Any,
    D: Any = None,
    z: Any = None,
    delta_bias: Any = None,
    delta_softplus: bool = False,
    return_last_state: bool = False,
    *,
    initial_state: Any = None,
    threads: Optional[int] = None,
) -> Any:
    """Mamba-1: channel c has states S[c, i], decayed by exp(delta[c] A[c, i]).

    u, delta, z [b, D, T]; A [D, N]; B, C [b, N, T] or [b, G, N, T], G a divisor of
    D; D, delta_bias [D]. y = sum over i of S C, plus D u, times silu(z).
    initial_state [b, D, N], which mamba_ssm's function has not: S before the first
    token.

    Returns y [b, D, T], with return_last_state also the state [b, D, N] in f32.
    Source: arXiv 2312.00752.
    """
    check_shape(u, "u", (None,) * 3, "[batch, channels, length]")
    batch, channels, tokens = u.shape
    check_shape(delta, "delta", (batch, channels, tokens), "[batch, channels, length]")
    check_shape(A, "A", (channels, None), "[channels, states]")
    states = A.shape[1]
    steps = _steps(as_numpy(delta, "delta"), delta_bias, delta_softplus, (0.0, float("inf")), 1)
    groups = 1 if len(B.shape) == 3 else B.shape[1]

    def rows(values: np.ndarray, width: int) -> np.ndarray:
        """[b, G * width, T] as [b, T, G, width]."""
        split = values.reshape(batch, groups, width, tokens)
        return np.ascontiguousarray(split.transpose(0, 3, 1, 2))

    if channels % groups:
        raise ValueError(f"expected groups of B to divide {channels} channels but found {groups}")
    width = channels // groups
    key, query = (
        rows(as_numpy(array, name), states) for name, array in (("B", B), ("C", C))
    )
    wide_u = as_numpy(u, "u")
    rate = as_numpy(A, "A").reshape(groups, width, states).transpose(0, 2, 1)
    if initial_state is not None:
        check_shape(
            initial_state, "initial_state", (batch, channels, states), "[batch, channels, states]"
        )
        initial_state = as_numpy(initial_state, "initial_state").reshape(
            batch, groups, width, states
        )
    y, state = run_state_op(
        query, key, rows(wide_u * steps, width), dt=rows(steps, width),
        rate=np.ascontiguousarray(rate), scale=1.0, initial_state=initial_state,
        output_final_state=return_last_state, state_v_first=True, threads=threads,
    )
    y = y.transpose(0, 2, 3, 1).reshape(batch, channels, tokens)
    skip = None if D is None else wide_u * as_numpy(D, "D")[:, None]
    y = cast(_finish(y, skip, z), u)
    if not return_last_state:
        return y
    return y, like(state.reshape(batch, channels, states), u)
