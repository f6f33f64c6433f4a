#!/usr/bin/python3
"""Measures attention and prints a Markdown table.

  tools/dev/bench.py [--build=DIR] [--threads=N] [--runs=N] [--repeat=N]
                     [--target=T] [--smoke] [--states] [--selections]
                     [--update-readme] [CASE ...]

Every case is `attn-gen FLAGS | attn-run - --seed=1 --repeat=N --json`; of RUNS
such processes the one with the highest percentage of the peak is shown.
Percentages are of the peak that attn-run measures in the same process, of
useful operations: 2 (K + V) per admitted pair and query head; where reading
bounds a case, of the bandwidth of reading. `compile` is the whole attn-compile
process, best of RUNS. --states measures the operations on states instead, whose
useful operations are the products that update and read the state, with the time
per token, and what each system of attn-gen takes to compile. --selections
measures layers that choose the keys they read, beside dense causal attention of
the same shape. --smoke runs every case at a toy size.
--update-readme also puts the table into README.md, between its two `speed`
comments. Covered by test/Benchmark/bench.test and test/python/test_bench.py.
"""

import argparse
import datetime
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Case:
    """One row: a name, what a person reads, and attn-gen's flags."""

    name: str
    title: str
    flags: str
    # Case of the same kernel without the feature, shown beside the peak.
    base: str = ""
    # Whether reading memory is what bounds it.
    reads: bool = False


def square(length: int, width: int) -> str:
    """Eight heads, as many keys as queries."""
    return f"--heads=8 --seq={length} --width={width}"


CASES = [
    Case("full-64", "full, H8 T2048 D64", square(2048, 64)),
    Case("full-128", "full, H8 T2048 D128", square(2048, 128)),
    Case("causal-64", "causal, H8 T2048 D64", square(2048, 64) + " --causal"),
    Case("causal-128", "causal, H8 T2048 D128", square(2048, 128) + " --causal"),
    Case(
        "window",
        "causal, window [255, 0], H8 T8192 D64",
        square(8192, 64) + " --causal --window=255,0",
    ),
    Case(
        "odd",
        "causal, GQA 6:2, T1999 D80",
        "--heads=6 --kv-heads=2 --seq=1999 --width=80 --causal",
    ),
    Case("alibi", "ALiBi as a score region", square(2048, 64) + " --score=alibi", "full-64"),
    Case("softcap", "softcap 30", square(2048, 64) + " --softcap=30", "full-64"),
    Case(
        "decode",
        "one query, GQA 32:8, S8192 D128",
        "--heads=32 --kv-heads=8 --seq=1 --kv-seq=8192 --width=128",
        reads=True,
    ),
]


STATE = "--heads=16 --seq=4096 --width=128"
LENGTHS = (2048, 8192, 32768, 65536)

STATE_CASES = [
    Case("retnet", "RetNet, H16 T4096 D128", f"--op=linear --gate=head {STATE}"),
    Case("mamba2", "Mamba-2, H16 T4096 D128", f"--op=linear --gate=token {STATE}"),
    Case("gla", "GLA, H16 T4096 D128", f"--op=linear --gate=row {STATE}"),
    Case(
        "gated-delta",
        "Gated DeltaNet, H16 T4096 D128",
        f"--op=recurrent --correction=beta --gate=token {STATE}",
    ),
    Case("kda", "KDA, H16 T4096 D128", f"--op=recurrent --correction=beta --gate=row {STATE}"),
    Case(
        "mamba",
        "Mamba-1 scan, 4096 channels, N16 T4096",
        "--op=recurrent --decay --heads=1 --seq=4096 --width=16 --value-width=4096",
    ),
    *(
        Case(
            f"length-{n}",
            f"Gated DeltaNet, H4 T{n} D64",
            f"--op=recurrent --correction=beta --gate=token --heads=4 --seq={n} --width=64",
        )
        for n in LENGTHS
    ),
]


# Layers that choose what is read; dense attention has the same sizes.
SELECTION_CASES = [
    Case(
        "native",
        "NSA, means of 64, H16:1 T8192 D128",
        "--system=native_sparse --heads=16 --kv-heads=1 --seq=8192 --width=128",
    ),
    Case(
        "native-overlapping",
        "NSA, means of 32 each 16, H16:1 T8192 D128",
        "--system=native_sparse:size=32,stride=16,sum=1 --heads=16 --kv-heads=1 --seq=8192 "
        "--width=128",
    ),
    Case(
        "moba",
        "MoBA, 3 blocks of 512, two streams, H1 T8192 D128",
        "--system=moba:streams=1 --heads=1 --kv-heads=1 --seq=8192 --width=128",
    ),
    Case(
        "deepseek",
        "DSA, 512 tokens, H16 T2048 D576",
        "--system=deepseek_sparse:top=512 --heads=16 --kv-heads=1 --seq=2048 --width=576",
    ),
]


def cpu_name() -> str:
    """The processor as the kernel calls it."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown CPU"


def output(command: List[str], text: str = "") -> str:
    """Standard output of a command that must succeed."""
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"error: {' '.join(command)}\n{done.stderr}")
    return done.stdout


def measure(case: Case, options: argparse.Namespace) -> Dict[str, float]:
    """The best run of one case, with the time to compile it."""
    flags = case.flags.split()
    if options.smoke:
        toy = "--kv-seq=65" if case.reads else "--seq=65"
        name = toy.split("=")[0] + "="
        flags = [toy if f.startswith(name) else f for f in flags]
    problem = output(["attn-gen", *flags])
    target = [f"--target={options.target}"]
    run = ["attn-run", "-", "--seed=1", f"--repeat={options.repeat}", "--json"]
    run += [f"--threads={options.threads}", *target]
    runs = [json.loads(output(run, problem)) for _ in range(options.runs)]
    best = max(runs, key=lambda r: r["percent_of_peak"])
    return {**best, "compile_ms": compile_time(problem, options)}


def compile_time(problem: str, options: argparse.Namespace) -> float:
    """Milliseconds of the whole process, best of the runs."""
    times = []
    for _ in range(options.runs):
        started = time.perf_counter()
        flags = ["--emit=obj", "-o", os.devnull, f"--target={options.target}"]
        output(["attn-compile", "-", *flags], problem)
        times.append(1e3 * (time.perf_counter() - started))
    return min(times)


def tokens_of(flags: str, smoke: bool) -> int:
    """Length of the sequence."""
    if smoke:
        return 65
    return next(int(f.split("=")[1]) for f in flags.split() if f.startswith("--seq="))


def state_row(case: Case, result: Dict[str, float], smoke: bool) -> str:
    """One line of the table of operations on states."""
    per_token = 1e3 * result["best_ms"] / tokens_of(case.flags, smoke)
    return (
        f"| {case.title} | {result['best_ms']:.2f} | {per_token:.3f} | {result['gflops']:.1f} "
        f"| {result['peak_gflops']:.1f} | {result['percent_of_peak']:.1f} % "
        f"| {result['compile_ms']:.0f} |"
    )


def measure_states(options: argparse.Namespace) -> None:
    """Prints the tables of operations on states and of systems."""
    print(caption(options) + "\n")
    print("| case | best, ms | us per token | GFLOP/s | peak | of peak | compile, ms |")
    print("|---|---|---|---|---|---|---|")
    for case in STATE_CASES:
        if not options.cases or case.name in options.cases:
            print(state_row(case, measure(case, options), options.smoke), flush=True)
    if options.cases:
        return
    print("\n| system | compile, ms |\n|---|---|")
    for line in output(["attn-gen", "--list-systems"]).splitlines():
        if line and not line[0].isspace():
            name = line.split()[0].split(":")[0]
            text = output(["attn-gen", f"--system={name}"])
            print(f"| {name} | {compile_time(text, options):.0f} |", flush=True)


def selection_row(case: Case, result: Dict[str, float], dense: Dict[str, float]) -> str:
    """One line of the table of layers that choose."""
    ratio = dense["best_ms"] / result["best_ms"]
    return (
        f"| {case.title} | {result['best_ms']:.2f} | {dense['best_ms']:.2f} | {ratio:.2f} "
        f"| {result['compile_ms']:.0f} |"
    )


def measure_selections(options: argparse.Namespace) -> None:
    """Prints the table of layers that choose what they read."""
    print(caption(options) + "\n")
    print("| case | best, ms | dense causal, ms | times as fast | compile, ms |")
    print("|---|---|---|---|---|")
    for case in SELECTION_CASES:
        if options.cases and case.name not in options.cases:
            continue
        sizes = case.flags.split(maxsplit=1)[1]
        dense = Case("dense", "", f"--system=flash_attention --causal {sizes}")
        print(selection_row(case, measure(case, options), measure(dense, options)), flush=True)


def row(case: Case, result: Dict[str, float], base: Dict[str, float]) -> str:
    """One line of the table."""
    ratio = f"{result['percent_of_peak']:.1f} %"
    if case.reads:
        ratio = f"{result['percent_of_bandwidth']:.1f} % of bandwidth"
    if base:
        share = 100 * result["percent_of_peak"] / base["percent_of_peak"]
        ratio += f" ({share:.0f} % of full)"
    return (
        f"| {case.title} | {result['best_ms']:.2f} | {result['gflops']:.1f} "
        f"| {result['peak_gflops']:.1f} | {ratio} | {result['compile_ms']:.0f} |"
    )


def caption(options: argparse.Namespace) -> str:
    """What was measured where, when and by which command."""
    shown = [a for a in sys.argv[1:] if a != "--update-readme"]
    command = " ".join(["tools/dev/bench.py", *shown])
    threads = "one thread" if options.threads == 1 else f"{options.threads} threads"
    date = datetime.date.today()
    return f"{cpu_name()}, target {options.target}, f32, {threads}, {date}, `{command}`:"


def with_table(page: str, table: List[str]) -> str:
    """The page with the table between its two `speed` comments."""
    begin, end = "<!-- speed: begin -->\n", "<!-- speed: end -->\n"
    if page.count(begin) != 1 or page.count(end) != 1:
        sys.exit("error: expected one 'speed: begin' and one 'speed: end' comment in README.md")
    before, rest = page.split(begin)
    after = rest.split(end)[1]
    return before + begin + "\n".join(table) + "\n" + end + after


def main() -> int:
    """Measures the cases and prints the table."""
    parser = argparse.ArgumentParser(description="measure attention")
    names = " ".join(c.name for c in (*CASES, *STATE_CASES, *SELECTION_CASES))
    parser.add_argument("cases", nargs="*", help=f"names of cases: {names}")
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "release")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--runs", type=int, default=3, help="processes per case (default 3)")
    parser.add_argument("--repeat", type=int, default=10, help="calls per process (default 10)")
    parser.add_argument("--target", default="native")
    parser.add_argument("--smoke", action="store_true", help="toy sizes")
    parser.add_argument("--states", action="store_true", help="operations on states")
    parser.add_argument("--selections", action="store_true", help="layers that choose keys")
    parser.add_argument("--update-readme", action="store_true", help="put the table into README.md")
    options = parser.parse_args()
    known = STATE_CASES if options.states else CASES
    if options.selections:
        known = SELECTION_CASES
    unknown = set(options.cases) - {c.name for c in known}
    if unknown:
        parser.error(f"unknown cases: {' '.join(sorted(unknown))}")
    os.environ["PATH"] = f"{options.build.resolve() / 'bin'}{os.pathsep}{os.environ['PATH']}"

    other = options.states or options.selections
    if options.update_readme and (options.cases or options.smoke or other):
        parser.error("--update-readme wants all dense cases at full size")
    if options.states:
        measure_states(options)
        return 0
    if options.selections:
        measure_selections(options)
        return 0

    table: List[str] = []

    def say(line: str) -> None:
        table.append(line)
        print(line, flush=True)

    say(caption(options))
    say("")
    say("| case | best, ms | GFLOP/s | peak | of peak | compile, ms |")
    say("|---|---|---|---|---|---|")
    results: Dict[str, Dict[str, float]] = {}
    for case in CASES:
        if options.cases and case.name not in options.cases:
            continue
        results[case.name] = measure(case, options)
        say(row(case, results[case.name], results.get(case.base, {})))
    if options.update_readme:
        readme = ROOT / "README.md"
        readme.write_text(with_table(readme.read_text(), table))
    return 0


if __name__ == "__main__":
    sys.exit(main())
