"""Runs kernels for a GPU in the emulator and compares them with the reference.

    python3 -m attn.testing.emulate --shapes=1:2:1:77:140,1:1:1:1:1 "D=64 causal" "D=128"

A case is written as for attn.testing.assemble, a shape as batch, heads of queries,
heads of keys, queries and keys. Each case runs with each shape and a few seeds, which
must give the same bits.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from attn.testing.assemble import write_module


def run(case: str, shape: str, target: str, seeds: int, folder: Path) -> str:
    """Runs one case; what attn-run said if it failed."""
    module = folder / "kernel.mlir"
    module.write_text(write_module(case))
    words = dict(word.split("=", 1) for word in case.split() if "=" in word)
    width = words["D"]
    batch, heads, key_heads, queries, keys = shape.split(":")
    shapes = {
        "q": f"{batch}x{heads}x{queries}x{width}",
        "k": f"{batch}x{key_heads}x{keys}x{width}",
        "v": f"{batch}x{key_heads}x{keys}x{words.get('V', width)}",
    }
    result = subprocess.run(
        [
            *("attn-run", str(module), f"--target={target}", "--emulate", "--seed=1"),
            *("--compare=reference", f"--emulation-runs={seeds}"),
            *(f"--shape={name}={sizes}" for name, sizes in shapes.items()),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if result.returncode == 0 else result.stderr + result.stdout


def main(arguments: list[str]) -> int:
    """Runs all cases."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", nargs="+")
    parser.add_argument("--target", default="sm_90a")
    parser.add_argument("--shapes", required=True)
    parser.add_argument("--seeds", type=int, default=2)
    flags = parser.parse_args(arguments)
    failed = count = 0
    with tempfile.TemporaryDirectory() as folder:
        for case in flags.cases:
            for shape in flags.shapes.split(","):
                count += 1
                text = run(case, shape, flags.target, flags.seeds, Path(folder))
                if text:
                    failed += 1
                    print(f"{case}, {shape}: {text}", flush=True)
    print(f"{count} runs, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
