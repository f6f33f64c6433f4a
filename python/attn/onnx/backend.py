"""Whole models: attention nodes by kernels, the others by onnx's own evaluator.

Covered by test/python/test_onnx.py.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import onnx
from onnx.backend.base import Backend as _Base, BackendRep
from onnx.reference import ReferenceEvaluator
from onnx.reference.op_run import OpRun

from attn.onnx.node import Node, _planners


def _make_operation(domain: str, name: str) -> type:
    """An operation of the evaluator that runs the kernel of its node."""

    def run(self: Any, *inputs: Any, **_: Any) -> tuple:
        results = self.attn_node.run(*inputs)
        # The evaluator takes no None, even for outputs that nobody reads.
        return tuple(np.empty(0, np.float32) if x is None else x for x in results)

    def init(self: Any, node: onnx.NodeProto, run_params: dict, *args: Any, **names: Any) -> None:
        OpRun.__init__(self, node, run_params, *args, **names)
        self.attn_node = Node(node)

    return type(name, (OpRun,), {"op_domain": domain, "_run": run, "__init__": init})


@functools.lru_cache(maxsize=None)
def _operations() -> list[type]:
    return [_make_operation(*key) for key in _planners()]


def make_evaluator(model: onnx.ModelProto) -> ReferenceEvaluator:
    """The evaluator of a model."""
    return ReferenceEvaluator(model, new_ops=_operations())


class _Prepared(BackendRep):
    def __init__(self, model: onnx.ModelProto):
        self._evaluator = make_evaluator(model)

    def run(self, inputs: Any, **_: Any) -> tuple:
        """Outputs for inputs in the order of the graph."""
        names = [name for name in self._evaluator.input_names]
        return tuple(self._evaluator.run(None, dict(zip(names, inputs))))


class Backend(_Base):
    """onnx.backend.base.Backend, for onnx's own tests."""

    @classmethod
    def prepare(cls, model: onnx.ModelProto, device: str = "CPU", **_: Any) -> BackendRep:
        """A model that can be run many times."""
        if not cls.supports_device(device):
            raise ValueError(f"expected device CPU but found {device}")
        return _Prepared(model)

    @classmethod
    def supports_device(cls, device: str) -> bool:
        """Only the CPU."""
        return device == "CPU"
