"""One node of a graph and the kernel that computes it.

Covered by test/python/test_onnx.py.
"""

from __future__ import annotations

from typing import Any, Callable, NamedTuple

import onnx
from onnx import helper

from attn.errors import UnsupportedError
from attn.runtime import Kernel


class Plan(NamedTuple):
    """What a node runs: the kernel, its inputs and where its outputs go (None: into
    new arrays), and what makes the node's outputs of the kernel's."""

    kernel: Kernel
    inputs: list
    out: Any
    finish: Callable


def _planners() -> dict[tuple[str, str], Callable]:
    from attn.onnx import attention, flex, states

    return {
        ("", "Attention"): attention.plan,
        ("", "LinearAttention"): states.plan_linear,
        ("", "CausalConvWithState"): states.plan_convolution,
        ("", "RotaryEmbedding"): states.plan_rotary,
        ("ai.onnx.preview", "FlexAttention"): flex.plan,
    }


def _key(node: onnx.NodeProto) -> tuple[str, str]:
    return ("" if node.domain == "ai.onnx" else node.domain, node.op_type)


def is_supported(node: onnx.NodeProto) -> bool:
    """Whether there are kernels for the operation of this node."""
    return _key(node) in _planners()


class Node:
    """A node of attention. `name`, `operation`, `inputs` and `outputs` (names, empty
    where they are left out) and `attributes` are those of the model."""

    def __init__(self, node: onnx.NodeProto):
        if not is_supported(node):
            raise UnsupportedError(f"expected an attention node but found {node.op_type}")
        self.name = node.name
        self.operation = node.op_type
        self.inputs, self.outputs = list(node.input), list(node.output)
        self.attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        self._plan = _planners()[_key(node)]

    def __repr__(self) -> str:
        inputs, outputs = ", ".join(self.inputs), ", ".join(self.outputs)
        return f"<attn.onnx.Node {self.operation}({inputs}) -> ({outputs})>"

    def plan(self, *inputs: Any) -> Plan:
        """Kernel and arguments for these arrays."""
        return self._plan(self, *inputs)

    def text(self, *inputs: Any) -> str:
        """The text that is compiled for arrays of these types and heads."""
        return self.plan(*inputs).kernel.source

    def run(self, *inputs: Any, threads: Any = None) -> tuple:
        """The outputs of the node, as many as it names; those it leaves out are
        None."""
        plan = self.plan(*inputs)
        results = plan.finish(plan.kernel(*plan.inputs, out=plan.out, threads=threads))
        names = self.outputs or [""]
        return tuple(
            value if name else None for name, value in zip(names, (*results, *[None] * 4))
        )

    def wants(self, place: int) -> bool:
        """Whether an output is asked for."""
        return place < len(self.outputs) and bool(self.outputs[place])

    def expect(self, **known: Any) -> dict[str, Any]:
        """The attributes, with defaults; what is not known is refused."""
        for name in self.attributes:
            if name not in known:
                raise UnsupportedError(f"expected no attribute '{name}' of {self.operation}")
        return {**known, **self.attributes}


def as_text(value: Any) -> str:
    """A string attribute."""
    return value.decode() if isinstance(value, bytes) else value
