"""Attention of transformers' models by attn.

    from attn.integrations import transformers
    transformers.enable()
    model = AutoModelForCausalLM.from_pretrained(.., attn_implementation="attn")
    transformers.calls()        # how many attention layers have run by attn
    transformers.layer_calls()  # how often functions of linear-attention layers have
    transformers.disable()

Layers of linear attention (Gated DeltaNet, Kimi Delta Attention, Mamba) run by attn
from `enable` to `disable`, whatever attn_implementation is.

The attention function is registered together with its mask function, so that
padding, windows and packed sequences arrive as a mask. What the function does not
know and what changes the result is refused. Covered by
test/python/test_transformers.py.
"""

from __future__ import annotations

from typing import Any, Optional

import torch
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import sdpa_mask

from attn import arrays
from attn.dense import check_rank, prepare
from attn.errors import UnsupportedError
from attn.integrations import transformers_layers

NAME = "attn"
# Arguments that say what the mask says already, or nothing.
_KNOWN = {
    "position_ids",
    "use_cache",
    "sliding_window",
    "cache_position",
    "output_attentions",
    "output_router_logits",
    "output_hidden_states",
    "return_dict",
    "logits_to_keep",
    "num_items_in_batch",
    "cu_seq_lens_q",
    "cu_seq_lens_k",
    "max_length_q",
    "max_length_k",
}
_calls = 0


def calls() -> int:
    """How many layers have run by attn in this process."""
    return _calls


def layer_calls() -> dict[str, int]:
    """How often each function of a linear-attention layer has run by attn."""
    return transformers_layers.calls()


def attention(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: Optional[torch.Tensor],
    scaling: Optional[float] = None,
    dropout: float = 0.0,
    is_causal: Optional[bool] = None,
    softcap: Optional[float] = None,
    s_aux: Optional[torch.Tensor] = None,
    indices: Optional[torch.Tensor] = None,
    **names: Any,
) -> tuple[torch.Tensor, None]:
    """What a layer calls: query [B, Hq, T, K], key and value [B, Hkv, S, ..], mask
    [B, 1, T, S] of bool or None; indices [B, T, N] of the keys that a query is left
    with. Returns [B, T, Hq, V] and no weights."""
    global _calls
    for name, argument in names.items():
        if name not in _KNOWN and argument is not None:
            raise UnsupportedError(f"expected no {name} in an attention layer: it is not supported")
    if dropout:
        raise UnsupportedError(f"expected dropout to be 0 but found {dropout}")
    check_rank(query, key, value)
    options: dict[str, Any] = {}
    extra = []
    if scaling is not None:
        options["scale"] = float(scaling)
    if softcap is not None:
        options["softcap"] = float(softcap)
    if indices is not None:
        attention_mask = _chosen(indices, key.shape[2], attention_mask)
    if attention_mask is not None:
        mask = attention_mask[..., : key.shape[2]]
        options["bias"] = (
            arrays.dtype_of(mask, "attention_mask"), tuple(size == 1 for size in mask.shape)
        )
        extra.append(mask)
    elif query.shape[2] > 1 and (
        getattr(module, "is_causal", True) if is_causal is None else is_causal
    ):
        # Without a mask only the first T keys of a longer cache count.
        key, value = key[:, :, : query.shape[2]], value[:, :, : query.shape[2]]
        options.update(causal=True, align="top_left")
    if s_aux is not None:
        options["sink"] = "f32"
        extra.append(s_aux.detach().float().contiguous())
    kernel, _ = prepare(query, key, value, **options)
    batch, heads, length, _ = query.shape
    out = query.new_empty((batch, length, heads, value.shape[3]))
    with torch.no_grad():
        kernel(query, key, value, *extra, out=out.transpose(1, 2))
    _calls += 1
    return out, None


def _chosen(
    indices: torch.Tensor, keys: int, mask: Optional[torch.Tensor]
) -> torch.Tensor:
    """The mask [B, 1, T, S] less the keys that an indexer has not chosen. Layers
    with an indexer always hand over a mask, with causality in it."""
    if mask is None or mask.dtype != torch.bool:
        raise UnsupportedError("expected a bool mask together with indices")
    chosen = mask.new_zeros((*indices.shape[:2], keys + 1))
    # What is less than 0 stands for no key.
    chosen.scatter_(-1, indices.long().where(indices >= 0, keys), True)
    return mask[..., :keys] & chosen[:, None, :, :keys]


def _mask(*args: Any, **names: Any) -> Optional[torch.Tensor]:
    """A bool mask of all that restricts a layer, or None for plain causality."""
    return sdpa_mask(*args, **names)


def enable() -> None:
    """Makes attn_implementation="attn" known and serves linear-attention layers."""
    transformers_layers.enable()
    AttentionInterface.register(NAME, attention)
    AttentionMaskInterface.register(NAME, _mask)


def disable() -> None:
    """Undoes `enable`. Models that use it must be set to another before."""
    transformers_layers.disable()
    for interface in (AttentionInterface, AttentionMaskInterface):
        interface._global_mapping.pop(NAME, None)
