"""Runs functions that return differences, and says which are none.

    differences.py PROGRAM PIPELINE TOLERANCE TOKENS CUT,..

Inputs are random, with TOKENS where an argument has a dynamic size, and CUT for
the argument `cuts`. The last result is what the others are measured against:
none of them may be beyond TOLERANCE times its largest element, or times 1. Prints
a line for each function; the exit status is 1 if any is.
"""

import os
import re
import subprocess
import sys
import tempfile

import numpy as np

RESULTS = 5


def largest(program: str, name: str, pipeline: str, shapes: dict) -> float:
    """The largest relative difference of one run; NaN if any is NaN."""
    with tempfile.TemporaryDirectory() as directory:
        paths = [os.path.join(directory, f"{i}.npy") for i in range(RESULTS)]
        subprocess.run(
            ["attn-run", program, f"--entry={name}", f"--pipeline={pipeline}", "--seed=1",
             "--shape=" + ",".join(f"{x}={size}" for x, size in shapes.items()),
             *(f"--output={path}" for path in paths)],
            check=True)
        *found, size = (np.abs(np.load(path)).max(initial=0.0) for path in paths)
    return np.max(found) / max(size, 1.0)


def main() -> int:
    program, pipeline, tolerance, tokens, cuts = sys.argv[1:]
    with open(program, encoding="utf-8") as file:
        text = file.read()
    shape = {"!keys": f"1x2x{tokens}x8", "!values": f"1x2x{tokens}x4",
             "!scalars": f"1x2x{tokens}"}
    failed = False
    for name, arguments in re.findall(r"func\.func @(\w+)\((.*?)\)\s*->", text, re.S):
        typed = re.findall(r"%(\w+): (!\w+)", arguments)
        sizes = {x: shape[kind] for x, kind in typed if kind in shape}
        found = [largest(program, name, pipeline, {**sizes, "cuts": cut})
                 for cut in cuts.split(",")]
        wrong = not all(x <= float(tolerance) for x in found)
        failed |= wrong
        print(f"{name}:", f"off by {found} at {cuts}" if wrong else "ok")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
