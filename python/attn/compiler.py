"""From text to a kernel, in this process.

Covered by test/python/test_compile.py.
"""

from __future__ import annotations

import hashlib
import os
import platform
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Optional

from attn import _capi, cache
from attn.errors import CompileError
from attn.runtime import Kernel


@dataclass(frozen=True)
class Build:
    """A text and how it is compiled; compiles it again for what a kernel does
    not keep."""

    source: bytes
    name: str
    target: str
    pipeline: str
    symbol_prefix: str

    def session(self, **more) -> _capi.Session:
        """A session with the options of this build."""
        return _capi.Session(
            target=self.target,
            pipeline=self.pipeline,
            symbol_prefix=self.symbol_prefix,
            **more,
        )

    def emit(self, kind: str, **options: str) -> bytes:
        """The bytes of another kind of artefact."""
        with self.session(**options) as session:
            return session.parse(self.source, self.name).compile(kind).bytes

    def remarks(self) -> list:
        """The remarks of a compilation."""
        with self.session(remarks=True) as session:
            session.parse(self.source, self.name).compile("mlir")
            return session.remarks

    def work(self, function: str, shapes: list) -> tuple:
        """See `_capi.Module.work`."""
        function = function[len(self.symbol_prefix) :]
        with self.session() as session:
            return session.parse(self.source, self.name).work(function, shapes)

    def key(self) -> str:
        """The name of its entry in the cache."""
        parts = [self.source, self.target, self.pipeline, self.symbol_prefix]
        return cache.key(
            *(p if isinstance(p, bytes) else p.encode() for p in parts),
            _host().encode() if "native" in self.target else b"",
            _compiler().encode(),
        )


@lru_cache(maxsize=None)
def _host() -> str:
    """What `native` depends on."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8").split("\n\n", 1)[0]
    except OSError:
        text = platform.processor()
    wanted = ("vendor_id", "cpu family", "model", "stepping", "flags", "Features")
    lines = [line for line in text.splitlines() if line.startswith(wanted)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@lru_cache(maxsize=None)
def _compiler() -> str:
    """Which compiler this is. Another build of it is another file, so a kernel
    of the cache needs no look into it, nor LLVM in the process."""
    path = _capi.library_path()
    status = path.stat()
    return f"{path}:{status.st_size}:{status.st_mtime_ns}"


def _read(source) -> tuple[bytes, str]:
    """The text, and what its diagnostics call it."""
    if isinstance(source, bytes):
        return source, "source.mlir"
    if isinstance(source, os.PathLike) or (
        isinstance(source, str) and "\n" not in source and source.endswith(".mlir")
    ):
        path = Path(source)
        return path.read_bytes(), str(path)
    if isinstance(source, str):
        return source.encode(), "source.mlir"
    raise TypeError(f"expected source as text or a path but found {type(source).__name__}")


def compile(
    source: str | bytes | os.PathLike,
    *,
    target: str = "native",
    entry: Optional[str] = None,
    pipeline: str = "cpu",
    symbol_prefix: str = "",
) -> Kernel:
    """Compiles `attn` text for a CPU.

    source: the text, its bytecode, or the path of a file (.mlir).
    target: `native`, an x86-64 level (`x86-64-v3`) or a CPU name of LLVM, with
        `,+feature` or `,-feature` behind it.
    entry: the function to call, where the text has several public ones.
    pipeline: `cpu`, or `reference`: plain loops, also for f64.
    symbol_prefix: put in front of the names of C functions.

    Compiled kernels are kept on disk, see `attn.cache`. Raises CompileError where
    the text cannot be compiled, ValueError for a target that does not exist.
    """
    text, name = _read(source)
    build = Build(text, name, target, pipeline, symbol_prefix)
    key = build.key()
    found = cache.load(key)
    if found is not None:
        try:
            return Kernel(found.library, found.manifest, found.header, entry, build)
        except (OSError, KeyError):
            pass  # Damaged before it was hashed: compile it again.
    with build.session() as session:
        try:
            artifact = session.parse(text, name).compile("shared")
        except CompileError as error:
            if not any(d.line for d in error.diagnostics):
                session.target()  # Raises ValueError if that is at fault.
            raise
    made = cache.Entry(artifact.bytes, artifact.manifest, artifact.header)
    cache.save(key, made)
    return Kernel(made.library, made.manifest, made.header, entry, build)
