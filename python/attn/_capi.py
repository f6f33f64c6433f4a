"""The compiler as a library: ctypes over include/attn-c.

    with Session(target="x86-64-v3") as session:
        module = session.parse(text, "layer.mlir")
        artifact = module.compile("shared")
        artifact.bytes, artifact.manifest

Covered by test/python/test_compile.py.
"""

from __future__ import annotations

import ctypes
import functools
import os
from pathlib import Path
from typing import NamedTuple, Optional, Sequence

from attn.errors import CompileError, Diagnostic

API_VERSION = 1
_SEVERITIES = ("error", "warning", "remark", "note")


class Remark(NamedTuple):
    """What the compiler decided, or could not do."""

    kind: str
    category: str
    name: str
    file: str
    line: int
    column: int
    message: str


class _String(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("size", ctypes.c_size_t)]


class _Diagnostic(ctypes.Structure):
    _fields_ = [
        ("severity", ctypes.c_int),
        ("file", ctypes.c_char_p),
        ("line", ctypes.c_int32),
        ("column", ctypes.c_int32),
        ("message", ctypes.c_char_p),
    ]


class _Remark(ctypes.Structure):
    _fields_ = [
        ("kind", ctypes.c_char_p),
        ("category", ctypes.c_char_p),
        ("name", ctypes.c_char_p),
        ("file", ctypes.c_char_p),
        ("line", ctypes.c_int32),
        ("column", ctypes.c_int32),
        ("message", ctypes.c_char_p),
    ]


class _CallArgument(ctypes.Structure):
    _fields_ = [
        ("rank", ctypes.c_int32),
        ("sizes", ctypes.POINTER(ctypes.c_int64)),
        ("value", ctypes.c_int64),
    ]


class _Work(ctypes.Structure):
    _fields_ = [
        ("flops", ctypes.c_double),
        ("is_exact", ctypes.c_int32),
        ("empty", ctypes.c_int64),
        ("full", ctypes.c_int64),
        ("partial", ctypes.c_int64),
    ]


_DIAGNOSTIC_HANDLER = ctypes.CFUNCTYPE(
    None, ctypes.POINTER(_Diagnostic), ctypes.c_void_p
)
_REMARK_HANDLER = ctypes.CFUNCTYPE(None, ctypes.POINTER(_Remark), ctypes.c_void_p)

_PROTOTYPES = {
    "attnGetAPIVersion": (ctypes.c_int32, []),
    "attnGetVersion": (ctypes.c_char_p, []),
    "attnGetLLVMVersion": (ctypes.c_char_p, []),
    "attnGetABIVersion": (ctypes.c_int32, []),
    "attnSessionCreate": (ctypes.c_void_p, []),
    "attnSessionDestroy": (None, [ctypes.c_void_p]),
    "attnSessionSetDiagnosticHandler": (
        None,
        [ctypes.c_void_p, _DIAGNOSTIC_HANDLER, ctypes.c_void_p],
    ),
    "attnSessionSetRemarkHandler": (
        None,
        [ctypes.c_void_p, _REMARK_HANDLER, ctypes.c_void_p],
    ),
    "attnSessionSetOption": (
        ctypes.c_int,
        [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p],
    ),
    "attnSessionGetTarget": (ctypes.c_char_p, [ctypes.c_void_p]),
    "attnSessionGetPipeline": (ctypes.c_char_p, [ctypes.c_void_p]),
    "attnModuleParse": (
        ctypes.c_void_p,
        [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p],
    ),
    "attnModuleDestroy": (None, [ctypes.c_void_p]),
    "attnModuleEstimateWork": (
        ctypes.c_int,
        [
            ctypes.c_void_p,
            ctypes.c_char_p,
            ctypes.POINTER(_CallArgument),
            ctypes.c_int32,
            ctypes.POINTER(_Work),
        ],
    ),
    "attnModuleCompile": (ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_char_p]),
    "attnArtifactDestroy": (None, [ctypes.c_void_p]),
    "attnArtifactGetBytes": (_String, [ctypes.c_void_p]),
    "attnArtifactGetHeader": (_String, [ctypes.c_void_p]),
    "attnArtifactGetManifest": (_String, [ctypes.c_void_p]),
}


@functools.lru_cache(maxsize=None)
def library_path() -> Path:
    """Where libattn-c is: beside this file, or where ATTN_C_LIBRARY says."""
    chosen = os.environ.get("ATTN_C_LIBRARY")
    path = Path(chosen) if chosen else Path(__file__).parent / "libattn-c.so"
    if not path.is_file():
        raise ImportError(
            f"expected the compiler at {path}: install the package, or set "
            "ATTN_C_LIBRARY to libattn-c.so of a build"
        )
    return path


@functools.lru_cache(maxsize=None)
def _library() -> ctypes.CDLL:
    # LLVM's names come from the libraries that ours was linked with, whatever
    # LLVM the process has loaded before.
    mode = os.RTLD_LOCAL | os.RTLD_NOW | getattr(os, "RTLD_DEEPBIND", 0)
    library = ctypes.CDLL(str(library_path()), mode=mode)
    for name, (result, arguments) in _PROTOTYPES.items():
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
    found = library.attnGetAPIVersion()
    if found != API_VERSION:
        raise ImportError(
            f"expected version {API_VERSION} of the C interface but found {found} "
            f"in {library_path()}"
        )
    return library


def version() -> str:
    """The version of the compiler."""
    return _library().attnGetVersion().decode()


def _text(value: Optional[bytes]) -> str:
    return (value or b"").decode(errors="replace")


class Session:
    """Options of compilations, and what was said while they ran."""

    def __init__(self, *, remarks: bool = False, **options: str):
        self._library = _library()
        self._handle = self._library.attnSessionCreate()
        self._modules: list[Module] = []
        self.diagnostics: list[Diagnostic] = []
        self.remarks: list[Remark] = []
        # ctypes keeps no reference to what is called back.
        self._on_diagnostic = _DIAGNOSTIC_HANDLER(self._hear_diagnostic)
        self._on_remark = _REMARK_HANDLER(self._hear_remark)
        self._library.attnSessionSetDiagnosticHandler(
            self._handle, self._on_diagnostic, None
        )
        if remarks:
            self._library.attnSessionSetRemarkHandler(
                self._handle, self._on_remark, None
            )
        for name, value in options.items():
            option = name.replace("_", "-").encode()
            if not self._library.attnSessionSetOption(
                self._handle, option, value.encode()
            ):
                message = self.diagnostics[-1].message
                self.close()
                raise ValueError(message)

    def _hear_diagnostic(self, pointer, _) -> None:
        heard = pointer.contents
        self.diagnostics.append(
            Diagnostic(
                _SEVERITIES[heard.severity],
                _text(heard.file),
                heard.line,
                heard.column,
                _text(heard.message),
            )
        )

    def _hear_remark(self, pointer, _) -> None:
        heard = pointer.contents
        self.remarks.append(
            Remark(
                _text(heard.kind),
                _text(heard.category),
                _text(heard.name),
                _text(heard.file),
                heard.line,
                heard.column,
                _text(heard.message),
            )
        )

    def target(self) -> str:
        """What the target stands for on this machine: triple, CPU, features."""
        answer = self._library.attnSessionGetTarget(self._handle)
        if answer is None:
            raise ValueError(self.diagnostics[-1].message)
        return answer.decode()

    def parse(self, text: bytes, name: str) -> "Module":
        """Reads text or bytecode."""
        handle = self._library.attnModuleParse(
            self._handle, text, len(text), name.encode()
        )
        if not handle:
            raise self._error(text)
        module = Module(self, handle, text)
        self._modules.append(module)
        return module

    def _error(self, text: bytes) -> CompileError:
        return CompileError(self.diagnostics, text.decode(errors="replace"))

    def close(self) -> None:
        """Ends the session and its modules."""
        for module in self._modules:
            self._library.attnModuleDestroy(module.handle)
        self._modules.clear()
        self._library.attnSessionDestroy(self._handle)
        self._handle = None

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_) -> None:
        if self._handle is not None:
            self.close()


class Artifact(NamedTuple):
    """What was compiled; header and manifest are empty before signatures."""

    bytes: bytes
    header: str
    manifest: str


class Module:
    """A parsed text of a session."""

    def __init__(self, session: Session, handle: int, text: bytes):
        self._session = session
        self._library = session._library
        self.handle = handle
        self._text = text

    def compile(self, kind: str) -> Artifact:
        """Compiles to mlir, llvm, asm, obj or shared."""
        handle = self._library.attnModuleCompile(self.handle, kind.encode())
        if not handle:
            raise self._session._error(self._text)

        def read(function) -> bytes:
            string = function(handle)
            return ctypes.string_at(string.data, string.size) if string.data else b""

        artifact = Artifact(
            read(self._library.attnArtifactGetBytes),
            read(self._library.attnArtifactGetHeader).decode(),
            read(self._library.attnArtifactGetManifest).decode(),
        )
        self._library.attnArtifactDestroy(handle)
        return artifact

    def work(self, function: str, inputs: Sequence) -> tuple:
        """Estimates a call with shapes (tuples) and integer scalars (ints):
        FLOPs, whether they are exact, and empty, full and partial tiles."""
        arguments = (_CallArgument * len(inputs))()
        keep = []
        for argument, value in zip(arguments, inputs):
            if isinstance(value, tuple):
                sizes = (ctypes.c_int64 * len(value))(*value)
                keep.append(sizes)
                argument.rank = len(value)
                argument.sizes = ctypes.cast(sizes, ctypes.POINTER(ctypes.c_int64))
            else:
                argument.rank = -1
                argument.value = value
        work = _Work()
        if not self._library.attnModuleEstimateWork(
            self.handle, function.encode(), arguments, len(inputs), ctypes.byref(work)
        ):
            raise ValueError(self._session.diagnostics[-1].message)
        return work.flops, bool(work.is_exact), work.empty, work.full, work.partial
