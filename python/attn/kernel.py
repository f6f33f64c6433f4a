"""Calls compiled kernels through the plain C call, by ctypes.

    kernel = Kernel("libattention.so", "attention", problem.arguments, problem.outputs)
    status = kernel(inputs, outputs, threads=1)

Tensors are passed as {data, sizes, strides} with strides in elements, so any
NumPy view goes in as it is, without a copy. The status is 0 when all is well
(`STATUS` names the others).
"""

from __future__ import annotations

import ctypes
from typing import Mapping, Sequence

import numpy as np

from attn import dtypes
from attn.problems import Argument

STATUS = {
    0: "ok",
    1: "null",
    2: "rank",
    3: "size",
    4: "stride",
    5: "workspace",
    6: "index data",
    7: "cpu unsupported",
}

_SCALARS = {
    "f64": ctypes.c_double,
    "f32": ctypes.c_float,
    "i1": ctypes.c_bool,
    "i8": ctypes.c_int8,
    "i32": ctypes.c_int32,
    "i64": ctypes.c_int64,
    "index": ctypes.c_int64,
}


def descriptor(array: np.ndarray) -> ctypes.Structure:
    """The tensor struct of a view: data, sizes, strides in elements."""

    class Tensor(ctypes.Structure):
        _fields_ = [
            ("data", ctypes.c_void_p),
            ("sizes", ctypes.c_int64 * array.ndim),
            ("strides", ctypes.c_int64 * array.ndim),
        ]

    return Tensor(
        array.ctypes.data,
        (ctypes.c_int64 * array.ndim)(*array.shape),
        (ctypes.c_int64 * array.ndim)(*(s // array.itemsize for s in array.strides)),
    )


class Kernel:
    """One public function of a shared object."""

    def __init__(
        self,
        path: str,
        entry: str,
        inputs: Sequence[Argument],
        outputs: Sequence[Argument],
    ):
        self._library = ctypes.CDLL(path)
        self._function = getattr(self._library, entry)
        self._function.restype = ctypes.c_int32
        self.inputs = list(inputs)
        self.outputs = list(outputs)

    def __call__(
        self,
        inputs: Mapping[str, np.ndarray],
        outputs: Sequence[np.ndarray],
        threads: int = 1,
    ) -> int:
        """Runs the function on inputs by name into `outputs`; returns its status."""
        values = []
        for argument in self.inputs:
            array = inputs[argument.name]
            if argument.scalar:
                values.append(_SCALARS[argument.dtype](array.item()))
            else:
                values.append(self._tensor(argument, array))
        for argument, array in zip(self.outputs, outputs):
            values.append(self._tensor(argument, array))
        return self._function(*values, ctypes.c_int32(threads))

    @staticmethod
    def _tensor(argument: Argument, array: np.ndarray):
        if array.dtype != dtypes.NUMPY[argument.dtype]:
            raise TypeError(
                f"expected {argument.name} as {dtypes.NUMPY[argument.dtype]} "
                f"but found {array.dtype}"
            )
        return ctypes.byref(descriptor(array))
