"""Runs compiled kernels on the golden values.

    python3 -m attn.testing.run_golden f64 reference
    python3 -m attn.testing.run_golden f32 cpu cpu:x86-64-v3 reference

Prints one line per row and build; the exit status is 1 if any differs by more
than the tolerance of its element type.
"""

from __future__ import annotations

import sys
import tempfile

import numpy as np

from attn import dtypes
from attn.problems import Problem
from attn.testing import golden, tolerances
from attn.testing.compiling import BuildError, build_kernel


def check(row: golden.Golden, dtype: str, build: str) -> str:
    """What is wrong with a row, or an empty string."""
    flags = [
        *row.flags.split(),
        *(f"--dtype={dtype}", "--heads=1", f"--seq={row.queries}"),
        *(f"--kv-seq={golden.T}", f"--width={golden.K}", f"--value-width={golden.V}"),
    ]
    problem = Problem.generate(flags)
    values = golden.inputs(row)
    inputs = {
        a.name: dtypes.store(values[a.name], a.dtype) for a in problem.arguments
    }
    outputs = [
        np.zeros(output.sizes({}), dtypes.NUMPY[output.dtype])
        for output in problem.outputs
    ]
    with tempfile.TemporaryDirectory() as directory:
        try:
            status = build_kernel(problem, flags, build, directory)(inputs, outputs)
        except BuildError as error:
            return str(error)
    if status != 0:
        return f"status {status}"
    names = [output.name for output in problem.outputs]
    output = outputs[names.index(row.output)]
    return golden.mismatch(row, output, tolerances.GOLDEN[dtype])


def main() -> int:
    dtype, *builds = sys.argv[1:]
    failed = False
    for row in golden.ROWS:
        for build in builds:
            wrong = check(row, dtype, build)
            failed |= bool(wrong)
            print(f"{row.name} {dtype} {build}: {wrong or 'ok'}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
