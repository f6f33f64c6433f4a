"""Compiled kernels: called on arrays, written to files, looked into.

    kernel = attn.compile(text)
    o = kernel(q, k, v)                  # arrays in, arrays out
    kernel(q, k, v, out=o, threads=2)    # into an array of the caller
    kernel.write("layer.o"), kernel.write("layer.h")
    kernel.work(q, k, v).flops

Covered by test/python/test_compile.py.
"""

from __future__ import annotations

import contextlib
import ctypes
import html
import itertools
import json
import os
import struct
import tempfile
import threading
from pathlib import Path
from typing import Any, NamedTuple, Optional, Sequence

import numpy as np

from attn import arrays, threads as pool
from attn.subnormals import flushed

_STATUS = {
    1: "a tensor has no data",
    2: "a tensor has the wrong number of dimensions",
    3: "a size is not the expected one",
    4: "the innermost stride is not 1",
    5: "memory for the workspace ran out",
    6: "lengths or offsets are inconsistent",
    7: "this CPU lacks the instruction set that the kernel was compiled for",
    8: "there is no such tile",
}
_SCALARS = {
    "f64": ctypes.c_double,
    "f32": ctypes.c_float,
    "i1": ctypes.c_bool,
    "i8": ctypes.c_int8,
    "i16": ctypes.c_int16,
    "i32": ctypes.c_int32,
    "i64": ctypes.c_int64,
    "index": ctypes.c_int64,
}
_KINDS = {".so": "shared", ".o": "obj", ".s": "asm", ".ll": "llvm", ".mlir": "mlir"}


class Argument(NamedTuple):
    """An input or output: sizes are integers, or letters where they are free;
    equal letters are equal sizes. A scalar has no sizes."""

    name: str
    dtype: str
    sizes: tuple
    scalar: bool

    def __str__(self) -> str:
        sizes = ", ".join(str(size) for size in self.sizes)
        return f"{self.name}: {self.dtype}" + ("" if self.scalar else f" [{sizes}]")


class Work(NamedTuple):
    """The work of one call.

    flops: useful floating-point operations, 2 (K + V) for each pair of query and
        key that the mask admits, times heads; an upper bound unless `exact`.
    bytes: of all inputs and outputs.
    empty, full, partial: tiles of scores of which no pair, all, some count; None
        where they are not known.
    """

    flops: float
    exact: bool
    bytes: int
    empty: Optional[int]
    full: Optional[int]
    partial: Optional[int]


_loaded = itertools.count(1)


# Workspaces up to this size stay with the thread that used them: new memory costs
# a fault of a page for every 4 KiB.
_KEPT_BYTES = 256 << 20
_kept = threading.local()


def _workspace(size: int) -> np.ndarray:
    """Memory of at least `size` bytes, of this thread."""
    memory = getattr(_kept, "memory", None)
    if memory is None or memory.size < size:
        memory = np.empty(max(size, 1), np.uint8)
        if size <= _KEPT_BYTES:
            _kept.memory = memory
    return memory


def load_library(content: bytes) -> ctypes.CDLL:
    """Loads a shared library from memory.

    The dynamic linker takes equal paths for the same library, though numbers of
    files come again: a counter goes into the path, as steps that lead nowhere.
    """
    steps = "".join("/." if digit == "1" else "/" for digit in f"{next(_loaded):b}")
    file = os.memfd_create("attn-kernel", os.MFD_CLOEXEC)
    with os.fdopen(file, "wb", buffering=0) as stream:
        written = 0
        while written < len(content):
            written += stream.write(content[written:])
        return ctypes.CDLL(f"/proc/self{steps}/fd/{file}", mode=os.RTLD_LOCAL | os.RTLD_NOW)


def _read_arguments(function: dict, role: str) -> list[Argument]:
    return [
        Argument(
            entry["name"],
            "i64" if entry["dtype"] == "index" else entry["dtype"],
            tuple(entry.get("sizes", ())),
            entry["kind"] == "scalar",
        )
        for entry in function["arguments"]
        if entry["role"] == role
    ]


class Kernel:
    """One public function of a compiled text.

    `inputs` and `outputs` are its arguments, `source` the text, `manifest` what
    the compiler says of it, `library` the shared library. With `flush_subnormals`,
    numbers below the normal range are 0 while it runs: for states that decay, see
    `attn.subnormals`.
    """

    flush_subnormals = False

    def __init__(self, content: bytes, manifest: str, header: str, entry, build):
        self.library = content
        self.manifest = json.loads(manifest)
        self.header = header
        self._build = build
        functions = {f["name"]: f for f in self.manifest["functions"]}
        if entry is None and len(functions) == 1:
            entry = next(iter(functions))
        if entry not in functions:
            raise ValueError(
                f"expected entry to be one of {', '.join(functions)} but found {entry!r}"
            )
        self.name: str = entry
        function = functions[entry]
        self.inputs = _read_arguments(function, "input")
        self.outputs = _read_arguments(function, "output")
        self._library = load_library(content)
        self._symbols = function["symbols"]
        self._types = [
            _SCALARS[a.dtype] if a.scalar else ctypes.c_void_p
            for a in [*self.inputs, *self.outputs]
        ]
        self._call = self._function("call", [ctypes.c_int32])
        self._workspace_size = self._function(
            "workspace_size", [ctypes.POINTER(ctypes.c_int64)] * 2
        )
        self._in_workspace = self._function(
            "in_workspace", [ctypes.c_void_p, ctypes.c_int64, ctypes.c_int32]
        )
        self._has_buffers = len(function["phases"]) > 1
        # What `_describe` knows of each argument, and how it is packed.
        self._packs: dict[str, tuple[dict, Any]] = {
            a.name: ({}, struct.Struct("<Q%dq" % (2 * len(a.sizes))).pack)
            for a in [*self.inputs, *self.outputs]
        }
        self._bindings = self._find_sizes()

    @property
    def source(self) -> str:
        """The text it was compiled from."""
        return self._build.source.decode(errors="replace")

    @property
    def target(self) -> str:
        """The CPU it was compiled for."""
        return self.manifest["target"]["cpu"]

    def _function(self, symbol: str, extra: Sequence, result=ctypes.c_int32):
        function = getattr(self._library, self._symbols[symbol])
        function.argtypes = [*self._types, *extra]
        function.restype = result
        return function

    def _find_sizes(self) -> dict[str, tuple[int, int]]:
        """For each letter an input and a dimension that has that size."""
        found: dict[str, tuple[int, int]] = {}
        for place, argument in enumerate(self.inputs):
            for dimension, size in enumerate(argument.sizes):
                if isinstance(size, str):
                    found.setdefault(size, (place, dimension))
        return found

    def __repr__(self) -> str:
        inputs = ", ".join(map(str, self.inputs))
        outputs = ", ".join(map(str, self.outputs))
        return f"<attn.Kernel {self.name}({inputs}) -> ({outputs}) for {self.target}>"

    def _repr_html_(self) -> str:
        """For notebooks: arguments, target, and what the compiler decided."""
        rows = [(role, str(a)) for role in ("inputs", "outputs") for a in getattr(self, role)]
        rows = [(role[:-1], text) for role, text in rows]
        rows += [("target", self.target), ("library", f"{len(self.library)} bytes")]
        rows += [(remark.name, remark.message) for remark in self.remarks()]
        cells = "".join(
            f"<tr><th>{html.escape(name)}</th><td>{html.escape(text)}</td></tr>"
            for name, text in rows
        )
        return f"<table><caption>{html.escape(self.name)}</caption>{cells}</table>"

    def __call__(self, *inputs: Any, out: Any = None, threads: Optional[int] = None):
        """Runs the function.

        Inputs are in the order of the text, arrays or numbers. Outputs are
        allocated in the library of the first array, unless `out` gives them, one
        or a tuple. Returns the output, or a tuple of outputs.

        Raises TypeError for a wrong element type or device, ValueError for a
        wrong shape or an innermost stride other than 1.
        """
        if len(inputs) != len(self.inputs):
            raise TypeError(
                f"expected {len(self.inputs)} inputs of {self.name} but found {len(inputs)}"
            )
        values: list = []
        like = None
        for argument, value in zip(self.inputs, inputs):
            if argument.scalar:
                values.append(value.item() if arrays.is_array(value) else value)
                continue
            if like is None:
                like = value
            values.append(self._describe(argument, value))
        results = self._make_outputs(inputs, like, out)
        for argument, array in zip(self.outputs, results):
            values.append(self._describe(argument, array))
        count = pool.get_num_threads() if threads is None else threads
        if count > 1:
            status = self._run_grid(values, count)
        elif self.flush_subnormals:
            with flushed():
                status = self._run_alone(values)
        else:
            status = self._run_alone(values)
        if status:
            self._explain(status, inputs)
        return results[0] if len(results) == 1 else tuple(results)

    def _describe(self, argument: Argument, array: Any) -> bytes:
        """Address, sizes and strides as the kernel takes them. What is checked depends
        on neither the address nor the elements, and is checked once."""
        known, pack = self._packs[argument.name]
        key = arrays.layout(array)
        if key is not None:
            rest = known.get(key)
            if rest is not None:
                return arrays.address(array).to_bytes(8, "little") + rest
        view = arrays.view(array, argument.name)
        self._check(argument, view)
        packed = pack(view.address, *view.shape, *view.strides)
        if key is not None:
            if len(known) >= 64:
                known.clear()
            known[key] = packed[8:]
        return packed

    @staticmethod
    def _check(argument: Argument, view: arrays.View) -> None:
        """What the kernel cannot see for itself."""
        if view.dtype != argument.dtype:
            raise TypeError(
                f"expected {argument.name} of type {argument.dtype} but found {view.dtype}"
            )
        if len(view.shape) != len(argument.sizes):
            raise ValueError(
                f"expected {argument.name} as [{', '.join(map(str, argument.sizes))}] "
                f"but found shape {list(view.shape)}"
            )

    def _make_outputs(self, inputs: Sequence, like: Any, out: Any) -> list:
        if out is not None:
            given = list(out) if isinstance(out, (tuple, list)) else [out]
            if len(given) != len(self.outputs):
                raise ValueError(
                    f"expected {len(self.outputs)} arrays in out but found {len(given)}"
                )
            for argument, array in zip(self.outputs, given):
                if not arrays.is_writable(array):
                    raise ValueError(f"expected {argument.name} in out to be writable")
            return given
        return [
            arrays.empty(like, self._shape(argument, inputs), argument.dtype)
            for argument in self.outputs
        ]

    def _shape(self, argument: Argument, inputs: Sequence) -> list[int]:
        shape = []
        for size in argument.sizes:
            if isinstance(size, str):
                place, dimension = self._bindings[size]
                array = inputs[place]
                shape_of = getattr(array, "shape", None)
                if shape_of is None:  # Of an object that has DLPack only.
                    shape_of = arrays.view(array, argument.name).shape
                size = shape_of[dimension]
            shape.append(size)
        return shape

    def _sizes(self, values: list) -> tuple[int, int, int]:
        """The status, and the bytes that workers share and that each one needs."""
        shared, own = ctypes.c_int64(), ctypes.c_int64()
        status = self._workspace_size(*values, ctypes.byref(shared), ctypes.byref(own))
        return status, shared.value, own.value

    def _run_alone(self, values: list) -> int:
        """Runs in this thread; what a phase leaves to the next is in kept memory."""
        if not self._has_buffers:
            return self._call(*values, 1)
        status, shared, own = self._sizes(values)
        if status:
            return status
        memory = _workspace(shared + own)
        address = memory.__array_interface__["data"][0]
        return self._in_workspace(*values, address, memory.size, 1)

    def _run_grid(self, values: list, workers: int) -> int:
        """Runs the tiles of every phase in threads of this package."""
        status, shared, own = self._sizes(values)
        if status:
            return status
        memory = _workspace(shared + workers * own)
        base = memory.__array_interface__["data"][0]
        scratch = base + shared
        around = flushed if self.flush_subnormals else contextlib.nullcontext
        phases = self._function("phases", [])(*values)
        grid = self._function(
            "grid", [ctypes.c_void_p, ctypes.c_int32], ctypes.c_int64
        )
        run = self._function(
            "tile", [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int32, ctypes.c_int64]
        )
        for phase in range(phases):
            tiles = grid(*values, base, phase)

            def tile(worker: int, number: int, phase=phase) -> int:
                return run(*values, base, scratch + worker * own, phase, number)

            status = -tiles if tiles < 0 else pool.run_tiles(tiles, workers, tile, around)
            if status:
                return status
        return -phases if phases < 0 else 0

    def _explain(self, status: int, inputs: Sequence) -> None:
        """Raises what a status means, naming the argument."""
        for argument, array in zip(self.inputs, inputs):
            if argument.scalar:
                continue
            view = arrays.view(array, argument.name)
            expected = self._shape(argument, inputs)
            if list(view.shape) != expected:
                raise ValueError(
                    f"expected {argument.name} of shape {expected} but found "
                    f"{list(view.shape)}"
                )
            if view.strides and view.strides[-1] != 1 and status == 4:
                raise ValueError(
                    f"expected {argument.name} with innermost stride 1 but found "
                    f"strides {list(view.strides)}; other strides are free"
                )
        message = f"{self.name}: {_STATUS.get(status, f'status {status}')}"
        raise (MemoryError if status == 5 else ValueError)(message)

    def work(self, *inputs: Any) -> Work:
        """The work of a call with these inputs: arrays, shapes or integers."""
        shapes = []
        total = 0
        views: list = []
        for argument, value in zip(self.inputs, inputs):
            if argument.scalar:
                shapes.append(int(value))
                views.append(None)
                continue
            shape = tuple(value) if isinstance(value, (tuple, list)) else tuple(value.shape)
            shapes.append(shape)
            views.append(arrays.View(0, shape, (), argument.dtype))
            total += _bytes(argument.dtype, shape)
        total += sum(_bytes(a.dtype, self._shape(a, views)) for a in self.outputs)
        flops, exact, *tiles = self._build.work(self.name, shapes)
        return Work(flops, exact, total, *(None if t < 0 else t for t in tiles))

    def write(self, path: str | os.PathLike) -> None:
        """Writes a file of the kind that its name ends with: .so, .o, .h (C
        header), .json (manifest), .s, .ll or .mlir (after the last stage)."""
        path = Path(path)
        if path.suffix == ".h":
            path.write_text(self.header)
        elif path.suffix == ".json":
            path.write_text(json.dumps(self.manifest, indent=2) + "\n")
        elif path.suffix == ".so":
            path.write_bytes(self.library)
        elif path.suffix in _KINDS:
            path.write_bytes(self._build.emit(_KINDS[path.suffix]))
        else:
            kinds = ", ".join([*_KINDS, ".h", ".json"])
            raise ValueError(f"expected a path that ends in {kinds} but found {path.name!r}")

    def stages(self) -> dict[str, str]:
        """The module before the first stage (`input`) and after each, as text."""
        with tempfile.TemporaryDirectory() as folder:
            self._build.emit("mlir", dump_stages=folder)
            return {
                path.stem.split("-", 1)[1]: path.read_text()
                for path in sorted(Path(folder).iterdir())
            }

    def remarks(self) -> list:
        """What the compiler decided (tile sizes, ranges of keys, fusion), and
        what it could not do."""
        return self._build.remarks()


def _bytes(dtype: str, shape: Sequence[int]) -> int:
    size = {"f64": 8, "i64": 8, "f32": 4, "i32": 4, "i1": 1, "i8": 1}.get(dtype, 2)
    return size * int(np.prod(shape, dtype=np.int64))
