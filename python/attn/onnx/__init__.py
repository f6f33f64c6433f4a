"""Attention nodes of ONNX models.

    for node in attn.onnx.convert("model.onnx"):    # those that attn has kernels for
        print(node.name, node.operation)
        y, *rest = node.run(q, k, v)                # NumPy arrays, in the node's order
        print(node.text(q, k, v))                   # the kernel's text

    outputs = attn.onnx.run("model.onnx", {"tokens": tokens})

Operations: Attention 23 to 25, LinearAttention 27, CausalConvWithState 27,
RotaryEmbedding 23, and FlexAttention of ai.onnx.preview, whose score graphs become
regions. `run` evaluates the other nodes of a model by the package's reference
evaluator. Inputs that a node leaves out are None. Needs the package onnx (1.23).

Covered by test/python/test_onnx.py.
"""

from __future__ import annotations

import os
from typing import Any, Iterator, Union

import onnx

from attn.onnx.node import Node, is_supported

__all__ = ["Backend", "Node", "convert", "run"]


def _load(model: Any) -> onnx.ModelProto:
    if isinstance(model, onnx.ModelProto):
        return model
    return onnx.load(model)


def _nodes(graph: onnx.GraphProto) -> Iterator[onnx.NodeProto]:
    """Those of the graph and of the branches and bodies in it."""
    for node in graph.node:
        yield node
        if is_supported(node):
            continue
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                yield from _nodes(attribute.g)


def convert(model: Union[onnx.ModelProto, str, os.PathLike]) -> list[Node]:
    """The nodes of a model that attn has kernels for, in order. Raises
    UnsupportedError for one whose attributes it does not know."""
    return [Node(node) for node in _nodes(_load(model).graph) if is_supported(node)]


def run(model: Union[onnx.ModelProto, str, os.PathLike], inputs: dict[str, Any]) -> list:
    """The outputs of a model for inputs by name, attention nodes by attn's kernels."""
    from attn.onnx.backend import make_evaluator

    return make_evaluator(_load(model)).run(None, inputs)


def __getattr__(name: str):
    if name == "Backend":
        from attn.onnx.backend import Backend

        return Backend
    raise AttributeError(f"module 'attn.onnx' has no attribute '{name}'")
