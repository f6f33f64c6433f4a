#!/usr/bin/env python3
"""Times operations on states beside PyTorch code that does the same on a CPU.

  tools/dev/bench-peers.sh [--smoke] [--repeat=N] [CASE ...]

which makes the environment that this needs. One row per peer: both run on the same
arrays, f32, one thread, in one process and alternately, best of N; the error is the
largest difference of outputs over the largest output.
"""

import argparse
import datetime
import inspect
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Callable

import numpy as np
import torch

from attn.testing.compiling import build_kernel
from attn.testing.state_problem import StateProblem, generate

# More than this apart, one of the two is wrong.
AGREEMENT = 1e-3


@dataclass(frozen=True)
class Case:
    """One peer: its name, attn-gen's flags for the same operation, and a function
    from torch tensors by attn-gen's names, heads first, to the output."""

    name: str
    peer: str
    flags: str
    toy: str
    run: Callable


def tokens_first(x: dict, *names: str) -> list:
    """[B, T, H, ..] of [B, H, T, ..], as the peers take them."""
    return [x[name].transpose(1, 2).contiguous() for name in names]


def gated_delta(x: dict):
    """transformers' rule of Qwen3-Next."""
    from transformers.models.qwen3_next import modeling_qwen3_next as model

    q, k, v, g, beta = tokens_first(x, "q", "k", "v", "g", "beta")
    rule = inspect.unwrap(model.torch_chunk_gated_delta_rule)  # not what it would take on a GPU
    return lambda: rule(q, k, v, g, beta)[0].transpose(1, 2)


def simple_gla(x: dict):
    """flash-linear-attention's chunks in plain PyTorch."""
    from fla.ops.simple_gla.naive import naive_chunk_simple_gla as run

    q, k, v, g = tokens_first(x, "q", "k", "v", "g")
    return lambda: run(q, k, v, g)[0].transpose(1, 2)


def kda(x: dict):
    """The same of Kimi Delta Attention."""
    from fla.ops.kda.naive import naive_chunk_kda as run

    q, k, v, g, beta = tokens_first(x, "q", "k", "v", "g", "beta")
    return lambda: run(q, k, v, g, beta)[0].transpose(1, 2)


def mamba(x: dict):
    """The scan that transformers' Mamba layer falls back to."""
    from transformers.models.mamba import modeling_mamba as model

    def channels(name):
        return x[name][:, 0].transpose(1, 2).contiguous()

    dt, b, c = channels("dt"), channels("k"), channels("q")
    # The peer writes dt u, the operation v.
    u = channels("v") / dt
    rate = x["rate"][0].T.contiguous()
    scan = inspect.unwrap(model.mamba_selective_scan)
    return lambda: scan(u, dt, rate, b, c).transpose(1, 2)[:, None]


SHAPE = "--heads=16 --seq=4096 --width=128"
TOY = "--heads=2 --seq=128 --width=16"
CASES = [
    Case("gated-delta", "transformers, torch_chunk_gated_delta_rule",
         f"--op=recurrent --correction=beta --gate=token {SHAPE}",
         f"--op=recurrent --correction=beta --gate=token {TOY}", gated_delta),
    Case("simple-gla", "fla, naive_chunk_simple_gla",
         f"--op=linear --gate=token {SHAPE}", f"--op=linear --gate=token {TOY}", simple_gla),
    Case("kda", "fla, naive_chunk_kda",
         f"--op=recurrent --correction=beta --gate=row {SHAPE}",
         f"--op=recurrent --correction=beta --gate=row {TOY}", kda),
    Case("mamba", "transformers, mamba_selective_scan",
         "--op=recurrent --decay --scale=1 --heads=1 --seq=4096 --width=16 --value-width=4096",
         "--op=recurrent --decay --scale=1 --heads=1 --seq=64 --width=16 --value-width=64",
         mamba),
]


def best_of(run: Callable, repeat: int) -> float:
    """Milliseconds of the fastest call."""
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        run()
        times.append(1e3 * (time.perf_counter() - start))
    return min(times)


def measure(case: Case, smoke: bool, repeat: int) -> str:
    """One line of the table."""
    flags = (case.toy if smoke else case.flags).split()
    problem: StateProblem = generate(flags)
    inputs = problem.inputs({}, np.random.default_rng(1))
    output = problem.outputs[0]
    found = np.zeros(output.sizes({}), np.float32)
    with tempfile.TemporaryDirectory() as directory:
        kernel = build_kernel(problem, flags, "cpu", directory)

        def ours():
            if kernel(inputs, [found]):
                sys.exit(f"error: {case.name}: the kernel returned a status")

        theirs = case.run({n: torch.from_numpy(a) for n, a in inputs.items()})
        with torch.inference_mode():
            expected = theirs().numpy()
            ours()
            error = np.abs(found - expected).max() / np.abs(expected).max()
            if not error < AGREEMENT:
                sys.exit(f"error: {case.name}: results differ by {error:.1e}")
            own, other = best_of(ours, repeat), best_of(theirs, max(1, repeat // 3))
    return (f"| {case.peer} | {other:.1f} | {own:.1f} | {other / own:.1f} x "
            f"| {error:.0e} |")


def cpu_name() -> str:
    """The processor as the kernel calls it."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown CPU"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", nargs="*", help=" ".join(c.name for c in CASES))
    parser.add_argument("--smoke", action="store_true", help="toy sizes")
    parser.add_argument("--repeat", type=int, default=9, help="calls (default 9)")
    options = parser.parse_args()
    unknown = set(options.cases) - {c.name for c in CASES}
    if unknown:
        parser.error(f"unknown cases: {' '.join(sorted(unknown))}")
    torch.set_num_threads(1)
    packages = ("torch", "transformers", "flash-linear-attention")
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    compiler = subprocess.run(["attn-compile", "--version"], capture_output=True, text=True)
    print(f"{cpu_name()}, f32, one thread, {datetime.date.today()}, {versions}, "
          f"{compiler.stdout.splitlines()[0]}:\n")
    print("| peer | peer, ms | attn, ms | ratio | largest difference |\n|---|---|---|---|---|")
    for case in CASES:
        if not options.cases or case.name in options.cases:
            print(measure(case, options.smoke, options.repeat), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
