"""The operations attn.linear, attn.recurrent and attn.compose, token by token.

For every sequence and state head h, with S of K rows and V columns:

    linear      S_t = diag(exp(g_t)) S_{t-1} + k_t v_t^T
    beta        S_t = (I - beta_t k_t k_t^T) diag(exp(g_t)) S_{t-1}
                      + beta_t k_t v_t^T
    correction  S_t = diag(exp(g_t)) S_{t-1} + a_t (b_t^T S_{t-1}) + k_t v_t^T
    decay       S_t[i, c] = exp(dt_t[c] A[c, i]) S_{t-1}[i, c] + k_t[i] v_t[c]
    read        o_t = scale S_t^T q_t
    read_before o_t = scale (S_{t-1}^T q_t + (q_t . (bonus * k_t)) v_t)
    key_sum     z_t = exp(g_t) z_{t-1} + k_t,  o_t / (scale q_t . z_t + epsilon)
    max_exp     mLSTM, arXiv 2405.04517 equations 19 to 27

Shapes: query [B, Hq, T, K], key [B, Hk, T, K], value [B, H, T, V]; output
[B, max(Hq, H), T, V]; state [N, H, K, V], with N sequences (N = B unless
`cu_seqlens` [N + 1] packs them). State head h uses key head h div (H / Hk).

Sources: arXiv 2006.16236 (linear), 2102.11174 and 2406.06484 (delta rule),
2312.00752 (selective scan), 2404.05892 (bonus), 2503.14456 (rank one).
Covering test: test/python/test_oracle_state.py.
"""

from __future__ import annotations

from typing import NamedTuple, Optional

import numpy as np

from attn.oracle.parts import spans

Array = np.ndarray


class Result(NamedTuple):
    """What an operation returns; absent parts are None."""

    o: Array
    # [N, H, K, V]
    state: Array
    # [N, H, K], with a normaliser
    key_sum: Optional[Array] = None
    # [N, H], with max_exp
    maximum: Optional[Array] = None
    # [N, H], [N, H, K], [N, H, K, K] or [N, H, K, V]
    transition: Optional[Array] = None


class Heads:
    """Which key head a state head uses, and which heads an output head reads."""

    def __init__(self, queries: int, keys: int, states: int):
        if states % keys:
            raise ValueError(f"expected {keys} to divide {states} value heads")
        if max(queries, states) % min(queries, states):
            raise ValueError(
                f"expected one of {queries} and {states} heads to divide the other"
            )
        self.outputs = max(queries, states)
        self.keys_per = [h * keys // states for h in range(states)]
        self.query_of = [n * queries // self.outputs for n in range(self.outputs)]
        self.readers = [
            [n for n in range(self.outputs) if n * states // self.outputs == h]
            for h in range(states)
        ]


def copied(start: Optional[Array], shape: tuple, value: float = 0.0) -> Array:
    """A float64 copy of a starting state, or a constant one."""
    if start is None:
        return np.full(shape, value)
    return np.array(np.broadcast_to(start, shape), dtype=np.float64)


def log_decay(gate: Optional[Array], b: int, h: int, t: int) -> Array:
    """g of one token: a number, or [K]. `gate` is [H], [B, H, T] or more."""
    if gate is None:
        return np.float64(0)
    return np.float64(gate[h]) if gate.ndim == 1 else np.asarray(gate[b, h, t])


def linear(
    query: Array,
    key: Array,
    value: Array,
    gate: Optional[Array] = None,
    input_gate: Optional[Array] = None,
    bonus: Optional[Array] = None,
    cu_seqlens: Optional[Array] = None,
    state: Optional[Array] = None,
    key_sum: Optional[Array] = None,
    maximum: Optional[Array] = None,
    transition: Optional[Array] = None,
    *,
    scale: Optional[float] = None,
    read_before: bool = False,
    normalizer: Optional[str] = None,
    epsilon: float = 0.0,
) -> Result:
    """attn.linear: decayed sums of outer products.

    `gate` is a natural logarithm: absent, [H], [B, H, T] or [B, H, T, K];
    `input_gate` [B, H, T] goes with `normalizer` = "max_exp"; `bonus` [H, K] with
    `read_before`. The starting `state` is zero, `maximum` -inf, `transition` one
    if absent.
    """
    batch, heads, tokens, columns = value.shape
    rows = key.shape[-1]
    scale = rows**-0.5 if scale is None else scale
    layout = Heads(query.shape[1], key.shape[1], heads)
    sequences = spans(batch, tokens, cu_seqlens)
    count = len(sequences)
    o = np.zeros((batch, layout.outputs, tokens, columns))
    state = copied(state, (count, heads, rows, columns))
    key_sum = copied(key_sum, (count, heads, rows))
    maximum = copied(maximum, (count, heads), -np.inf)
    per_row = gate is not None and gate.ndim == 4
    transition = copied(transition, (count, heads) + per_row * (rows,), 1.0)

    for b, n, start, stop in sequences:
        for h in range(heads):
            s, z, m = state[n, h], key_sum[n, h], maximum[n, h]
            for t in range(start, stop):
                k, v = key[b, layout.keys_per[h], t], value[b, h, t]
                g = log_decay(gate, b, h, t)
                forget, write = np.exp(g), 1.0
                transition[n, h] *= forget
                if normalizer == "max_exp":
                    new = max(g + m, input_gate[b, h, t])
                    # Where both gates are -inf nothing has been kept.
                    forget = np.exp(g + m - new) if new > -np.inf else 0.0
                    write = np.exp(input_gate[b, h, t] - new) if new > -np.inf else 0.0
                    m = new
                before = s
                s = np.reshape(forget, (-1, 1)) * s + write * np.outer(k, v)
                z = forget * z + write * k
                for reader in layout.readers[h]:
                    q = query[b, layout.query_of[reader], t]
                    if read_before:
                        own = 0.0 if bonus is None else q @ (bonus[h] * k)
                        read = scale * (before.T @ q + own * v)
                    else:
                        read = scale * (s.T @ q)
                    if normalizer == "key_sum":
                        read = read / (scale * (q @ z) + epsilon)
                    elif normalizer == "max_exp":
                        floor = np.exp(-m) if m > -np.inf else np.inf
                        read = read / (max(abs(scale * (q @ z)), floor) + epsilon)
                    o[b, reader, t] = read
            state[n, h], key_sum[n, h], maximum[n, h] = s, z, m
    has_sum, has_maximum = normalizer is not None, normalizer == "max_exp"
    return Result(
        o,
        state,
        key_sum if has_sum else None,
        maximum if has_maximum else None,
        transition,
    )


def recurrent(
    query: Array,
    key: Array,
    value: Array,
    gate: Optional[Array] = None,
    beta: Optional[Array] = None,
    left: Optional[Array] = None,
    right: Optional[Array] = None,
    time_step: Optional[Array] = None,
    rate: Optional[Array] = None,
    cu_seqlens: Optional[Array] = None,
    state: Optional[Array] = None,
    transition: Optional[Array] = None,
    *,
    scale: Optional[float] = None,
) -> Result:
    """attn.recurrent: corrections of rank one, or a decay per element.

    `beta` is [B, H, T]; `left` and `right`, the correction's a and b, are
    [B, H, T, K] and b reads the state before it decays; `time_step` is
    [B, H, T, V] with `rate` [H, V, K], and takes no gate.
    """
    batch, heads, tokens, columns = value.shape
    rows = key.shape[-1]
    scale = rows**-0.5 if scale is None else scale
    layout = Heads(query.shape[1], key.shape[1], heads)
    sequences = spans(batch, tokens, cu_seqlens)
    o = np.zeros((batch, layout.outputs, tokens, columns))
    state = copied(state, (len(sequences), heads, rows, columns))
    if time_step is not None:
        transition = copied(transition, state.shape, 1.0)
    else:
        shape = (len(sequences), heads, rows, rows)
        transition = copied(np.eye(rows) if transition is None else transition, shape)

    for b, n, start, stop in sequences:
        for h in range(heads):
            s, map_ = state[n, h], transition[n, h]
            for t in range(start, stop):
                k, v = key[b, layout.keys_per[h], t], value[b, h, t]
                if time_step is not None:
                    decay = np.exp(time_step[b, h, t][None, :] * rate[h].T)
                    s = decay * s + np.outer(k, v)
                    map_ = decay * map_
                else:
                    g = np.broadcast_to(log_decay(gate, b, h, t), (rows,))
                    step, weight = np.diag(np.exp(g)), 1.0
                    if beta is not None:
                        weight = beta[b, h, t]
                        step = (np.eye(rows) - weight * np.outer(k, k)) @ step
                    elif left is not None:
                        step = step + np.outer(left[b, h, t], right[b, h, t])
                    s = step @ s + weight * np.outer(k, v)
                    map_ = step @ map_
                for reader in layout.readers[h]:
                    q = query[b, layout.query_of[reader], t]
                    o[b, reader, t] = scale * (s.T @ q)
            state[n, h], transition[n, h] = s, map_
    return Result(o, state, transition=transition)


def apply_map(transition: Array, state: Array, kind: str) -> Array:
    """M S for a transition of `kind`: scalar, rows, elements or matrix."""
    if kind == "scalar":
        return transition[..., None, None] * state
    if kind == "rows":
        return transition[..., None] * state
    if kind == "elements":
        return transition * state
    return transition @ state


def compose(
    later: tuple[Array, Array], earlier: tuple[Array, Array], kind: str
) -> tuple[Array, Array]:
    """The map S -> M S + E that is `earlier`, then `later`.

    (M2, E2) after (M1, E1) is (M2 M1, M2 E1 + E2). E is [..., K, V]; M is [...]
    for kind "scalar", [..., K] for "rows", [..., K, V] for "elements" and
    [..., K, K] for "matrix".
    """
    (m2, e2), (m1, e1) = later, earlier
    product = m2 @ m1 if kind == "matrix" else m2 * m1
    return product, apply_map(m2, e1, kind) + e2
