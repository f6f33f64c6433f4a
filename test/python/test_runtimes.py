"""The programs of docs/Runtimes.md, against the runtimes that are installed."""

import importlib.util
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from compiling import CompilingTest
from scripts import load

import attn

PAGE = Path(__file__).resolve().parents[2] / "docs" / "Runtimes.md"
CC = ["clang-22", "-std=c11", "-Wall", "-Wextra", "-Werror", "-O1"]


def pkg_config(name: str) -> list:
    """The flags of a package, or nothing."""
    try:
        found = subprocess.run(
            ["pkg-config", "--cflags", "--libs", name], capture_output=True, text=True, check=False
        )
    except OSError:
        return []
    return found.stdout.split()


class Runtimes(CompilingTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        for block in load("run-docs").blocks(PAGE.read_text()):
            if block.marker.startswith("file: "):
                (cls.folder / block.marker[len("file: ") :]).write_text(block.text)
        kernel = attn.compile(cls.folder / "attention.mlir")
        kernel.write(cls.folder / "attention.o")
        kernel.write(cls.folder / "attention.h")

    def run_in_folder(self, *command, **environment):
        done = subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, check=False,
            env={**os.environ, **environment}, timeout=300,
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout.splitlines()

    def build(self, *arguments):
        self.run_in_folder(*CC, *arguments, "-lm")

    def test_the_custom_operation_compiles(self):
        self.build("-fPIC", "-shared", "onnxruntime.c", "attention.o", "-o", "attn_onnxruntime.so")
        symbols = self.run_in_folder("nm", "-D", "--defined-only", "attn_onnxruntime.so")
        self.assertTrue(any("RegisterCustomOps" in line for line in symbols), symbols)

    @unittest.skipIf(
        None in map(importlib.util.find_spec, ("onnx", "onnxruntime")),
        "onnx or onnxruntime is not installed",
    )
    def test_onnxruntime(self):
        self.build("-fPIC", "-shared", "onnxruntime.c", "attention.o", "-o", "attn_onnxruntime.so")
        printed = self.run_in_folder(sys.executable, "onnxruntime_session.py")
        self.assertEqual(printed, ["largest difference below 1e-5: True", "refused: True"])

    @unittest.skipUnless(pkg_config("ggml"), "ggml is not installed (pkg-config ggml)")
    def test_ggml(self):
        flags = pkg_config("ggml")
        libraries = [flag[2:] for flag in flags if flag.startswith("-L")]
        self.build("ggml.c", "attention.o", *flags, "-lggml-cpu", "-lggml-base", "-o", "ggml")
        printed = self.run_in_folder("./ggml", LD_LIBRARY_PATH=":".join(libraries))
        expected = [f"{n} threads: as ggml_flash_attn_ext" for n in (1, 3, 5, 7)]
        self.assertEqual(printed, [*expected, "other heads: refused"])

    @unittest.skipIf(
        importlib.util.find_spec("tvm_ffi") is None, "apache-tvm-ffi is not installed"
    )
    def test_tvm_ffi(self):
        spec = importlib.util.find_spec("tvm_ffi")
        package = Path(spec.origin).parent
        self.build(
            f"-I{package / 'include'}", "-fPIC", "-shared", "tvm_ffi.c", "attention.o",
            f"-L{package / 'lib'}", "-ltvm_ffi", "-o", "attn_tvm_ffi.so",
        )
        printed = self.run_in_folder(sys.executable, "tvm_ffi_call.py")
        self.assertEqual(printed, [
            "largest difference below 1e-5: True",
            "refused: expected k of four dimensions of f32",
            "refused: expected k of four dimensions of f32",
            "refused: expected q, o as [1, 8, T, 64], k, v as [1, 2, S, 64]",
        ])


if __name__ == "__main__":
    unittest.main()
