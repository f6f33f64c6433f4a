"""The operations LinearAttention, CausalConvWithState and RotaryEmbedding.

Covered by test/python/test_onnx.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from attn import arrays, conv, rotary
from attn.onnx.attention import with_heads
from attn.onnx.node import Plan, as_text
from attn.state_op import prepare_state_op

# Update rule -> whether it has a decay and a step of correction.
_RULES = {
    "linear": (False, False),
    "gated": (True, False),
    "delta": (False, True),
    "gated_delta": (True, True),
}


def _split(x: Any, name: str, heads: int) -> Any:
    """[B, T, H * D] as [B, T, H, D]."""
    return with_heads(x, name, heads).transpose(0, 2, 1, 3)


def plan_linear(
    node: Any, q: Any, k: Any, v: Any, past: Any = None, decay: Any = None, beta: Any = None
) -> Plan:
    """query, key, value [B, T, H * D], past_state, decay, beta."""
    a = node.expect(
        q_num_heads=None, kv_num_heads=None, update_rule="gated_delta", scale=0.0, chunk_size=64
    )
    rule = as_text(a["update_rule"])
    if rule not in _RULES:
        raise ValueError(f"expected update_rule as one of {', '.join(_RULES)} but found {rule!r}")
    for name, value, wanted in zip(("decay", "beta"), (decay, beta), _RULES[rule]):
        if (value is not None) != wanted:
            raise ValueError(
                f"expected {'a' if wanted else 'no'} {name} with update_rule '{rule}'"
            )
    heads = a["kv_num_heads"]
    features = v.shape[2]
    packed = q.shape
    q = _split(q, "query", a["q_num_heads"])
    k, v = (_split(x, name, heads) for x, name in ((k, "key"), (v, "value")))
    if decay is not None and decay.shape[-1] != heads:
        decay = _split(decay, "decay", heads)
    if beta is not None and beta.shape[-1] == 1 != heads:
        beta = np.broadcast_to(beta, (*beta.shape[:2], heads))
    kernel, inputs = prepare_state_op(
        q, k, v, gate=decay, beta=beta, scale=a["scale"] or None, initial_state=past,
        output_final_state=True,
    )
    kind = q.dtype if past is None else past.dtype

    def finish(result: tuple) -> tuple:
        o, state = result
        y = o.reshape(packed[0], packed[1], features // heads * a["q_num_heads"])
        return y, state.astype(kind, copy=False)

    return Plan(kernel, inputs, None, finish)


def plan_convolution(node: Any, x: Any, weight: Any, bias: Any = None, past: Any = None) -> Plan:
    """input [B, C, T], weight [C, 1, W], bias [C], past_state [B, C, W - 1]."""
    a = node.expect(activation="none")
    activation = as_text(a["activation"])
    if activation not in ("none", "silu", "swish"):
        raise ValueError(f"expected activation none, silu or swish but found {activation!r}")
    if len(weight.shape) != 3 or weight.shape[1] != 1:
        raise ValueError(f"expected weight as [channels, 1, taps] but found {list(weight.shape)}")
    kernel, inputs, out, finish = conv.prepare(
        x, weight[:, 0], bias, past, activation != "none"
    )
    return Plan(kernel, inputs, out, finish)


def plan_rotary(
    node: Any, x: Any, cos: Any, sin: Any, places: Any = None
) -> Plan:
    """X, cos_cache, sin_cache [length, R / 2] with position_ids [B, T], or
    [B, T, R / 2] without."""
    a = node.expect(interleaved=0, rotary_embedding_dim=0, num_heads=0)
    shape = x.shape
    heads_first = with_heads(x, "X", a["num_heads"])
    if places is not None:
        cos, sin = cos[places], sin[places]
    width = a["rotary_embedding_dim"] or heads_first.shape[3]
    if 2 * cos.shape[-1] != width:
        raise ValueError(
            f"expected cos_cache and sin_cache of width {width // 2} but found {cos.shape[-1]}"
        )
    y = arrays.empty(x, shape, arrays.dtype_of(x, "X"))
    kernel, inputs, out, finish = rotary.prepare(
        heads_first, cos, sin, bool(a["interleaved"]), with_heads(y, "Y", a["num_heads"])
    )

    def done(results: Any) -> tuple:
        finish(results)
        return (y,)

    return Plan(kernel, inputs, out, done)


__all__ = ["plan_convolution", "plan_linear", "plan_rotary"]
