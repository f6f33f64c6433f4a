"""Runs compiled kernels on the golden values.

    python3 -m attn.testing.run_golden f64 reference
    python3 -m attn.testing.run_golden f32 cpu cpu:x86-64-v3 reference

Prints one line per row and build; the exit status is 1 if any differs by more
than the tolerance of its element type. Tensors lie flush against pages that may
not be touched, once at their end and once at their start.
"""

from __future__ import annotations

import sys
import tempfile

import numpy as np

from attn import dtypes
from attn.problems import Problem
from attn.testing import golden, tolerances, variants
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
    with tempfile.TemporaryDirectory() as directory:
        try:
            kernel = build_kernel(problem, flags, build, directory)
        except BuildError as error:
            return str(error)
    names = [output.name for output in problem.outputs]
    for layout in variants.GUARDS:
        outputs = [
            variants.place(np.zeros(o.sizes({}), dtypes.NUMPY[o.dtype]), layout)[0]
            for o in problem.outputs
        ]
        placed = {name: variants.place(x, layout)[0] for name, x in inputs.items()}
        status = kernel(placed, outputs)
        if status != 0:
            return f"status {status}"
        output = outputs[names.index(row.output)]
        wrong = golden.mismatch(row, output, tolerances.GOLDEN[dtype])
        if wrong:
            return f"{layout}: {wrong}"
    return ""


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
