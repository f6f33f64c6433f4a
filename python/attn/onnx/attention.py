"""The operation Attention, opset 23 to 25, as attn.dense.

Softcap comes before mask, windows and causality speak of places behind a cache:
query i is at offset + i, where the offset is the length of past_key, or
nonpad_kv_seqlen less the number of queries, or 0. A row without keys gives 0.

Covered by test/python/test_onnx.py.
"""

from __future__ import annotations

from typing import Any, Callable, Optional

import numpy as np

from attn import arrays
from attn.dense import check_rank, prepare
from attn.errors import UnsupportedError
from attn.onnx.node import Plan
from attn.state_op import as_numpy

_RAW, _CAPPED, _BIASED, _PROBABILITIES = range(4)


def with_heads(x: Any, name: str, heads: Optional[int]) -> Any:
    """[B, T, H * D] as a view [B, H, T, D]; four dimensions as they are."""
    if len(x.shape) == 4:
        return x
    if len(x.shape) != 3 or not heads:
        raise ValueError(
            f"expected {name} as [batch, heads, length, width], or as [batch, length, "
            f"features] with a number of heads, but found {list(x.shape)}"
        )
    batch, tokens, features = x.shape
    if features % heads:
        raise ValueError(f"expected features of {name} to divide into {heads} heads but found {features}")
    return x.reshape(batch, tokens, heads, features // heads).transpose(0, 2, 1, 3)


def _mask_of(offset: np.ndarray, lengths: Optional[np.ndarray], left: int, right: int) -> Callable:
    """Keys from offset + i - left to offset + i + right (-1 is open), below lengths."""
    one = len(offset) == 1

    def mask(b, h, i, j):
        row = 0 if one else b
        place = i + offset[row]
        allowed = j >= 0
        if left >= 0:
            allowed = allowed & (j >= place - left)
        if right >= 0:
            allowed = allowed & (j <= place + right)
        return allowed if lengths is None else allowed & (j < lengths[b])

    return mask


def _bias_of(mask: Any, keys: int, shape: tuple) -> Any:
    """The mask with four dimensions; keys that it does not know are left out."""
    kind = mask.dtype.name
    if kind != "bool" and "float" not in kind:
        mask = mask.astype(np.float32)
    missing = keys - mask.shape[-1]
    if missing > 0:
        fill = False if kind == "bool" else -np.inf
        more = np.full((*mask.shape[:-1], missing), fill, mask.dtype)
        mask = np.concatenate([mask, more], -1)
    mask = mask.reshape((1,) * (4 - mask.ndim) + mask.shape)
    if mask.ndim != 4 or any(size not in (1, full) for size, full in zip(mask.shape, shape)):
        raise ValueError(
            f"expected attn_mask of a shape that broadcasts to {list(shape)} but found {list(mask.shape)}"
        )
    return np.ascontiguousarray(mask)


def plan(
    node: Any, q: Any, k: Any, v: Any, mask: Any = None, past_key: Any = None,
    past_value: Any = None, lengths: Any = None,
) -> Plan:
    """Q, K, V, attn_mask, past_key, past_value, nonpad_kv_seqlen."""
    a = node.expect(
        is_causal=0, scale=None, softcap=0.0, softmax_precision=None, qk_matmul_output_mode=0,
        q_num_heads=None, kv_num_heads=None, left_window_size=-1, right_window_size=-1,
    )
    if (past_key is None) != (past_value is None):
        raise ValueError("expected past_key and past_value together but found one of them")
    if lengths is not None and past_key is not None:
        raise ValueError("expected past_key or nonpad_kv_seqlen but found both")
    packed = len(q.shape) == 3
    q = with_heads(q, "Q", a["q_num_heads"])
    k, v = (with_heads(x, name, a["kv_num_heads"]) for x, name in ((k, "K"), (v, "V")))
    past = 0
    if past_key is not None:
        past = past_key.shape[2]
        k, v = np.concatenate([past_key, k], 2), np.concatenate([past_value, v], 2)
    check_rank(q, k, v)
    batch, heads, queries, _ = q.shape
    keys = k.shape[2]

    left, right = a["left_window_size"], a["right_window_size"]
    if min(left, right) < -1:
        raise ValueError(f"expected window sizes of -1 or more but found {left} and {right}")
    if a["is_causal"]:
        right = 0
    options: dict[str, Any] = {"lse": node.wants(3) and a["qk_matmul_output_mode"] == _PROBABILITIES}
    if a["scale"]:
        options["scale"] = float(a["scale"])
    if a["softcap"]:
        options["softcap"] = float(a["softcap"])
    extra = []
    if mask is not None:
        bias = _bias_of(mask, keys, (batch, heads, queries, keys))
        options["bias"] = (
            arrays.dtype_of(bias, "attn_mask"), tuple(size == 1 for size in bias.shape)
        )
        extra.append(bias)
    mod = None
    if lengths is not None:
        lengths = np.asarray(lengths).reshape(-1).astype(np.int32)
        mod = _mask_of(lengths - np.int32(queries), lengths, left, right)
    elif (left, right) != (-1, -1):
        if past in (0, keys - queries):
            options.update(causal=right == 0, align="bottom_right" if past else "top_left")
            if (left, right) != (-1, 0):
                options["window"] = (left, right)
        else:
            mod = _mask_of(np.array([past], np.int32), None, left, right)
    kernel, captures = prepare(q, k, v, None, mod, **options)

    dtype = arrays.dtype_of(q, "Q")
    if packed:
        y = arrays.empty(q, (batch, queries, heads * v.shape[3]), dtype)
        out = with_heads(y, "Y", heads)
    else:
        y = out = arrays.empty(q, (batch, heads, queries, v.shape[3]), dtype)
    if options["lse"]:
        lse = np.empty((batch, heads, queries), np.float64 if dtype == "f64" else np.float32)
        out = (out, lse)

    def finish(result: Any) -> tuple:
        scores = None
        if node.wants(3):
            scores = _scores(q, k, a, extra[0] if extra else None, mod or _aligned(past, left, right))
            if options["lse"]:
                # A row without keys has the logarithm -inf and no probabilities.
                known = np.isfinite(lse)[..., None]
                safe = np.where(known, lse[..., None], 0)
                scores = np.where(known, np.exp(scores - safe), 0)
            scores = scores.astype(q.dtype)
        return y, k, v, scores

    return Plan(kernel, [q, k, v, *extra, *captures], out, finish)


def _aligned(past: int, left: int, right: int) -> Callable:
    return _mask_of(np.array([past], np.int32), None, left, right)


def _scores(q: Any, k: Any, a: dict, bias: Any, mod: Callable) -> np.ndarray:
    """The output qk_matmul_output, which kernels have no need of, by NumPy: scores
    after the step that the mode names."""
    mode = a["qk_matmul_output_mode"]
    if mode not in (_RAW, _CAPPED, _BIASED, _PROBABILITIES):
        raise UnsupportedError(f"expected qk_matmul_output_mode from 0 to 3 but found {mode}")
    wide_q, wide_k = as_numpy(q, "Q"), as_numpy(k, "K")
    wide_k = np.repeat(wide_k, q.shape[1] // k.shape[1], 1)
    scale = a["scale"] or 1 / np.sqrt(q.shape[3])
    scores = np.float32(scale) * (wide_q @ wide_k.swapaxes(2, 3))
    if a["softcap"] and mode != _RAW:
        scores = a["softcap"] * np.tanh(scores / a["softcap"])
    if mode < _BIASED:
        return scores
    if bias is not None:
        added = np.where(bias, 0, -np.inf) if bias.dtype == bool else as_numpy(bias, "attn_mask")
        scores = scores + added
    b, i, j = np.ogrid[: q.shape[0], : q.shape[2], : k.shape[2]]
    allowed = np.broadcast_to(mod(b, None, i, j), (q.shape[0], q.shape[2], k.shape[2]))
    return np.where(allowed[:, None], scores, -np.inf)
