"""Runs every score and mask function of attn-gen on a GPU's emulator.

    python3 -m attn.testing.gpu_features [--target=sm_80] [--flags="--causal --lse"]

Each problem is written by attn-gen, runs by attn-run --emulate with a few seeds, which
must give the same bits, and is compared with the reference pipeline. Sizes are no
multiples of any tile; two query heads share a key head.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

SIZES = "--dtype=bf16 --heads=2 --kv-heads=1 --seq=70 --kv-seq=150 --lse"
OTHERS = (
    "--causal --sink",
    "--bias=h,t,s",
    "--bias=b,s --bias-dtype=i1",
    "--window=20,3",
    "--causal=top-left --window=9,-1 --softcap=15",
    "--scale=-0.3",
    "--causal --seq=200 --kv-seq=70",
    "--seq=1 --heads=8 --kv-heads=2 --causal",
    "--seq=1 --heads=8 --kv-heads=2 --score=alibi --mask=document",
    "--width=72 --value-width=40 --dtype=f16",
)


def listed() -> list[str]:
    """A flag for each function that attn-gen lists."""
    flags, kind = [], ""
    text = subprocess.run(["attn-gen", "--list"], capture_output=True, text=True, check=True)
    for line in text.stdout.splitlines():
        heading = re.match(r"(score|mask) functions", line)
        kind = heading.group(1) if heading else kind
        name = re.match(r"  ([\w-]+)", line)
        if name:
            flags.append(f"--{kind}={name.group(1)}")
    return flags


def run(flags: str, target: str, seeds: int, folder: Path) -> str:
    """What a tool said if it failed."""
    words = {word.split("=")[0]: word for word in f"{SIZES} {flags}".split()}
    module = folder / "problem.mlir"
    # Some masks are for as many queries as keys.
    for equal in ([], ["--kv-seq=70"]):
        text = subprocess.run(
            ["attn-gen", *{**words, **{w.split("=")[0]: w for w in equal}}.values()],
            capture_output=True,
            text=True,
            check=False,
        )
        if text.returncode == 0:
            break
    if text.returncode:
        return text.stderr
    module.write_text(text.stdout)
    result = subprocess.run(
        [
            *("attn-run", str(module), f"--target={target}", "--emulate", "--seed=1"),
            *("--compare=reference", f"--emulation-runs={seeds}"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if result.returncode == 0 else result.stderr + result.stdout


def main(arguments: list[str]) -> int:
    """Runs all problems."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--target", default="sm_90a")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--flags", action="append", help="these only, as attn-gen has them")
    flags = parser.parse_args(arguments)
    problems = flags.flags or [*listed(), *OTHERS]
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for problem in problems:
            text = run(problem, flags.target, flags.seeds, Path(folder))
            if text:
                failed += 1
                print(f"{flags.target} {problem}: {text}", flush=True)
    print(f"{len(problems)} problems, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
