"""Arrays of other libraries as kernels see them: address, sizes, strides.

NumPy arrays and PyTorch tensors are read directly, anything else by DLPack.
Nothing is copied. Element types are named as in the text: f32, bf16, i1, ...
A bf16 array of NumPy is uint16 with the bits, or bfloat16 of ml_dtypes.

Covered by test/python/test_compile.py.
"""

from __future__ import annotations

import sys
from typing import Any, NamedTuple, Sequence

import numpy as np

# Element types by the name of NumPy's or PyTorch's. `index` of a text is i64.
DTYPES = {
    "float64": "f64",
    "float32": "f32",
    "float16": "f16",
    "bfloat16": "bf16",
    "uint16": "bf16",
    "bool": "i1",
    "int8": "i8",
    "int16": "i16",
    "int32": "i32",
    "int64": "i64",
}
_NUMPY = {
    "f64": np.float64,
    "f32": np.float32,
    "f16": np.float16,
    "bf16": np.uint16,
    "i1": np.bool_,
    "i8": np.int8,
    "i16": np.int16,
    "i32": np.int32,
    "i64": np.int64,
    "index": np.int64,
}
_TORCH = {
    "f64": "float64",
    "f32": "float32",
    "f16": "float16",
    "bf16": "bfloat16",
    "i1": "bool",
    "i8": "int8",
    "i16": "int16",
    "i32": "int32",
    "i64": "int64",
    "index": "int64",
}
_of_numpy = {np.dtype(name): kind for name, kind in DTYPES.items() if name != "bfloat16"}


class View(NamedTuple):
    """An array in memory; strides count elements."""

    address: int
    shape: tuple
    strides: tuple
    dtype: str


def is_torch(array: Any) -> bool:
    """Whether it is a tensor of PyTorch, which need not be installed."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(array, torch.Tensor)


def is_array(value: Any) -> bool:
    """Whether it is an array rather than a number or an object."""
    return isinstance(value, np.ndarray) or is_torch(value) or hasattr(value, "__dlpack__")


def _normal(shape: tuple, strides: tuple) -> tuple:
    """The strides, of which libraries set the innermost to anything where it is
    not used."""
    if strides and strides[-1] != 1 and (shape[-1] == 1 or 0 in shape):
        return (*strides[:-1], 1)
    return strides


def _of_torch(array: Any, name: str) -> View:
    if array.device.type != "cpu":
        raise TypeError(f"expected {name} on the CPU but found it on {array.device}")
    if array.requires_grad and sys.modules["torch"].is_grad_enabled():
        raise TypeError(
            f"expected {name} without gradient: there is no backward pass; use "
            "torch.no_grad() or .detach()"
        )
    kind = str(array.dtype)[6:]
    if kind not in DTYPES:
        raise TypeError(f"expected {name} of a float, integer or bool type but found {array.dtype}")
    shape = tuple(array.shape)
    return View(array.data_ptr(), shape, _normal(shape, array.stride()), DTYPES[kind])


def dtype_of(array: Any, name: str) -> str:
    """The element type of an array."""
    return view(array, name).dtype


def view(array: Any, name: str) -> View:
    """Address, sizes, strides and element type of the argument called `name`."""
    if type(array) is not np.ndarray and not isinstance(array, np.ndarray):
        if is_torch(array):
            return _of_torch(array, name)
        if isinstance(array, (bool, int, float)):
            raise TypeError(f"expected {name} as an array but found {type(array).__name__}")
        if not hasattr(array, "__dlpack__"):
            raise TypeError(
                f"expected {name} as a NumPy array or an object with __dlpack__ but "
                f"found {type(array).__name__}"
            )
        device = array.__dlpack_device__()
        if device[0] != 1:
            raise TypeError(f"expected {name} on the CPU but found DLPack device {device}")
        array = np.from_dlpack(array)
    dtype = array.dtype
    kind = _of_numpy.get(dtype)
    if kind is None:
        if dtype.name != "bfloat16":
            raise TypeError(
                f"expected {name} of a float, integer or bool type but found {dtype}"
            )
        kind = "bf16"
    size = dtype.itemsize
    strides = tuple([stride // size for stride in array.strides])
    return View(
        array.__array_interface__["data"][0],
        array.shape,
        _normal(array.shape, strides),
        kind,
    )


def layout(array: Any) -> Any:
    """All that `view` tells but the address, as a key; None where only `view` can
    tell whether a kernel may read the array."""
    if type(array) is np.ndarray:
        return array.shape, array.strides, array.dtype
    if is_torch(array) and not array.requires_grad and array.device.type == "cpu":
        return array.shape, array.stride(), array.dtype
    return None


def address(array: Any) -> int:
    """Where an array that has a `layout` begins."""
    if type(array) is np.ndarray:
        return array.__array_interface__["data"][0]
    return array.data_ptr()


def numpy(array: Any) -> np.ndarray:
    """The same memory as a NumPy array."""
    if isinstance(array, np.ndarray):
        return array
    if is_torch(array):
        return array.detach().numpy()
    return np.from_dlpack(array)


def empty(like: Any, shape: Sequence[int], dtype: str) -> Any:
    """A new array of the library that `like` is of."""
    if is_torch(like):
        torch = sys.modules["torch"]
        return torch.empty(tuple(shape), dtype=getattr(torch, _TORCH[dtype]))
    if dtype == "bf16" and isinstance(like, np.ndarray) and like.dtype.name == "bfloat16":
        return np.empty(shape, like.dtype)
    return np.empty(shape, _NUMPY[dtype])


def transpose(array: Any, *axes: int) -> Any:
    """A view with another order of dimensions."""
    return array.permute(*axes) if is_torch(array) else array.transpose(axes)


def is_writable(array: Any) -> bool:
    """Whether a kernel may write to it."""
    return not isinstance(array, np.ndarray) or array.flags.writeable
