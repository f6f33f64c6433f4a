"""Configuration of the lit tests.

Tests find the tools of the build and of LLVM (attn-opt, FileCheck, not, ...)
on PATH. Substitutions beyond lit's own:

  %python    a Python 3 with NumPy
  %cc %cxx   C and C++ compilers (features `cc`, `cxx`)
  %libattn   path of libAttn.so, as a plugin for mlir-opt
  %test_passes path of the passes of test/lib, as a plugin
  %lit       LLVM's test runner
  %src       root of the source tree
  %build     root of the build tree

Features are probed on the machine that runs the tests, never configured:
avx2, fma, f16c, avx512f, avx512bf16, avx512fp16, openmp, numpy, cc, cxx, cmake,
asan, sanitizers, ptxas, cuda.
"""

import ctypes
import os
import shutil
import subprocess

# `config` and `lit_config` come from lit by way of lit.site.cfg.py.
# pylint: disable=undefined-variable


def has_numpy(python: str) -> bool:
    """Whether the interpreter of the tests can import NumPy."""
    probe = subprocess.run(
        [python, "-c", "import numpy"], capture_output=True, check=False
    )
    return probe.returncode == 0


config.name = "attn"
lit_config.load_config(
    config, os.path.join(config.attn_binary_dir, "share", "attn", "attn.lit.cfg.py")
)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "OutOfTree", "CMakeLists.txt", "lit.cfg.py", "lit.site.cfg.py.in"]
config.test_source_root = os.path.join(config.attn_source_dir, "test")
config.test_exec_root = os.path.join(config.attn_binary_dir, "test")

config.environment["PYTHONPATH"] = os.path.join(config.attn_source_dir, "python")
config.environment["PYTHONDONTWRITEBYTECODE"] = "1"
config.environment["OMP_NUM_THREADS"] = "2"

config.substitutions += [
    ("%python", config.attn_python),
    ("%test_passes", os.path.join(config.attn_binary_dir, "lib", "libAttnTestPasses.so")),
    ("%lit", config.attn_lit),
    ("%src", config.attn_source_dir),
    ("%build", config.attn_binary_dir),
]

try:
    # A driver without a device does not start.
    if ctypes.CDLL("libcuda.so.1").cuInit(0) == 0:
        config.available_features.add("cuda")
except OSError:
    pass
ptxas_folders = [os.environ.get("PATH", "")] + [
    os.path.join(os.environ[name], "bin")
    for name in ("CUDA_ROOT", "CUDA_HOME", "CUDA_PATH")
    if name in os.environ
]
ptxas = shutil.which("ptxas", path=os.pathsep.join(ptxas_folders))
if ptxas:
    config.available_features.add("ptxas")
    config.environment["PATH"] += os.pathsep + os.path.dirname(ptxas)
if shutil.which("cmake"):
    config.available_features.add("cmake")
if has_numpy(config.attn_python):
    config.available_features.add("numpy")

if config.attn_sanitize:
    # libMLIR is not instrumented: its allocators would poison memory that our
    # instrumented code then reads legitimately.
    config.environment["ASAN_OPTIONS"] = "allow_user_poisoning=0"
    config.environment["UBSAN_OPTIONS"] = "halt_on_error=1:print_stacktrace=1"
    # Programs that are not instrumented (mlir-opt, C hosts) cannot load our
    # library in such a build.
    config.available_features.add("asan")
