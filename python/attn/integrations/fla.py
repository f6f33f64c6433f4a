"""A CPU back end of flash-linear-attention, by its own registry (fla-core 0.6).

`attn.fla.enable()` registers it: code that calls fla's functions then runs on CPU
tensors, unchanged. Calls on other devices, or that want gradients, are left to
fla. Covered by test/python/test_fla_backend.py.
"""

from __future__ import annotations

from typing import Any, Optional

import torch
from fla.backends import BaseBackend, register
from fla.ops.gated_delta_rule import chunk_gated_delta_rule
from fla.ops.generalized_delta_rule import chunk_dplr_delta_rule
from fla.ops.kda import chunk_kda
from fla.ops.simple_gla import (
    fused_chunk_simple_gla,
    fused_recurrent_simple_gla,
    parallel_simple_gla,
)

import attn.fla

_enabled = False
_registered = False
_calls = 0


def _refusal(args: tuple, names: dict) -> Optional[str]:
    """Why a call is left to fla."""
    tensors = [x for x in (*args, *names.values()) if isinstance(x, torch.Tensor)]
    if any(tensor.device.type != "cpu" for tensor in tensors):
        return "expected tensors on the CPU"
    if torch.is_grad_enabled() and any(tensor.requires_grad for tensor in tensors):
        return "expected no gradients: there is no backward pass"
    return None


def _verifier(self: Any, *args: Any, **names: Any) -> tuple[bool, Optional[str]]:
    reason = _refusal(args, names)
    return reason is None, reason


def _implementation(name: str):
    def run(self: Any, *args: Any, **names: Any) -> Any:
        global _calls
        _calls += 1
        return getattr(attn.fla, name)(*args, **names)

    return run


class _Backend(BaseBackend):
    backend_type = "attn"
    priority = 0

    def is_enabled(self) -> bool:
        return _enabled


_ENTRY_POINTS = {
    "chunk_kda": (chunk_kda, None),
    "chunk_gated_delta_rule": (chunk_gated_delta_rule, "gated_delta_rule"),
    "chunk_dplr_delta_rule": (chunk_dplr_delta_rule, "generalized_delta_rule.dplr"),
    "fused_recurrent_simple_gla": (fused_recurrent_simple_gla, "simple_gla"),
    "fused_chunk_simple_gla": (fused_chunk_simple_gla, "simple_gla"),
    "parallel_simple_gla": (parallel_simple_gla, "simple_gla"),
}
for _name in _ENTRY_POINTS:
    setattr(_Backend, _name, _implementation(_name))
    setattr(_Backend, f"{_name}_verifier", _verifier)


def enable() -> None:
    """Lets fla's functions run on CPU tensors."""
    global _enabled, _registered
    if not _registered:
        for function, operation in _ENTRY_POINTS.values():
            try:
                register(function)(_Backend)
            except KeyError:  # Dispatched under the name of its operation.
                register(operation)(_Backend)
        _registered = True
    _enabled = True


def disable() -> None:
    """Leaves them to fla again."""
    global _enabled
    _enabled = False


def calls() -> int:
    """How often fla has called us."""
    return _calls
