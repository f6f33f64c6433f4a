"""Arithmetic that takes numbers below the normal range for 0, for a time.

States of linear attention decay: after some tokens without news they are below
1e-38, where many CPUs take over a hundred cycles for an operation. Kernels leave the
control register of the CPU alone, so that the caller decides; this is the package's
decision, for the thread that runs a kernel and until it has run.

Covered by test/python/test_subnormals.py.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import platform
import sys
from typing import Iterator, Optional

# Of glibc's fenv_t on x86-64: words of 4 bytes, and which of them is MXCSR.
_WORDS, _MXCSR = 8, 7
_FLUSH_RESULTS, _FLUSH_OPERANDS = 0x8000, 0x0040


@functools.lru_cache(maxsize=None)
def _library() -> Optional[ctypes.CDLL]:
    if platform.machine() != "x86_64" or not sys.platform.startswith("linux"):
        return None
    try:
        return ctypes.CDLL("libm.so.6")
    except OSError:  # Another C library, whose fenv_t may be another.
        return None


@contextlib.contextmanager
def flushed() -> Iterator[None]:
    """Within it, such numbers are 0 in this thread, as operands and results. Does
    nothing but on x86-64 with glibc."""
    library = _library()
    if library is None:
        yield
        return
    before = (ctypes.c_uint32 * _WORDS)()
    library.fegetenv(before)
    now = (ctypes.c_uint32 * _WORDS)(*before)
    now[_MXCSR] |= _FLUSH_RESULTS | _FLUSH_OPERANDS
    library.fesetenv(now)
    try:
        yield
    finally:
        library.fesetenv(before)
