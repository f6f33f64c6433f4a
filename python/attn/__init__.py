"""attn: an attention compiler, from text or Python functions to CPU kernels.

    import attn
    o = attn.flex_attention(q, k, v, lambda score, b, h, i, j: score - abs(i - j))
    kernel = attn.compile("layer.mlir")
    o = kernel(q, k, v)

Arrays are NumPy arrays, PyTorch tensors, or anything with DLPack; they are read
and written where they are. Importing the package imports neither NumPy nor
PyTorch and loads no library; that happens with the first call.
"""

from __future__ import annotations

import importlib
import typing

__version__ = "0.1.0"

# Where each public name is.
_HOME = {
    "compile": "attn.compiler",
    "Kernel": "attn.runtime",
    "Work": "attn.runtime",
    "CompileError": "attn.errors",
    "Diagnostic": "attn.errors",
    "TraceError": "attn.errors",
    "UnsupportedError": "attn.errors",
    "flex_attention": "attn.dense",
    "scaled_dot_product_attention": "attn.dense",
    "flash_attn_func": "attn.flash",
    "flash_attn_varlen_func": "attn.flash",
    "flash_attn_with_kvcache": "attn.flash",
    "set_num_threads": "attn.threads",
    "get_num_threads": "attn.threads",
}
# Modules that are reached as attributes.
_MODULES = ("cache", "conv", "fla", "mamba", "plot")
# The same, of those that need another package.
_OPTIONAL = ("onnx", "torch_ops")

__all__ = sorted([*_HOME, *_MODULES])

if typing.TYPE_CHECKING:
    from attn import cache, conv, fla, mamba, onnx, plot, torch_ops
    from attn.compiler import compile
    from attn.dense import flex_attention, scaled_dot_product_attention
    from attn.errors import CompileError, Diagnostic, TraceError, UnsupportedError
    from attn.flash import (
        flash_attn_func,
        flash_attn_varlen_func,
        flash_attn_with_kvcache,
    )
    from attn.runtime import Kernel, Work
    from attn.threads import get_num_threads, set_num_threads


def __getattr__(name: str):
    if name in _HOME:
        value = getattr(importlib.import_module(_HOME[name]), name)
    elif name in _MODULES or name in _OPTIONAL:
        value = importlib.import_module(f"attn.{name}")
    else:
        raise AttributeError(f"module 'attn' has no attribute '{name}'")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
