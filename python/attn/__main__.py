"""The command line: python -m attn compile | run | explain | cache | doctor.

    python -m attn compile layer.mlir -o layer.o --header layer.h
    python -m attn run layer.mlir --seed 1 --shape q=1x8x77x64 --output o.npy
    python -m attn explain layer.mlir --shape q=1x8x512x64

Exit status: 0 done, 1 an error in what was given, 2 a wrong command line.
Covered by test/python/test_command_line.py.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any, Optional

import attn
from attn import CompileError, UnsupportedError, cache
from attn.runtime import Argument, Kernel


class Progress:
    """A line on a terminal about what takes more than a second."""

    def __init__(self, what: str):
        self._what = what
        self._done = threading.Event()
        self._thread: Optional[threading.Thread] = None

    def __enter__(self) -> "Progress":
        if sys.stderr.isatty():
            self._thread = threading.Thread(target=self._watch, daemon=True)
            self._thread.start()
        return self

    def _watch(self) -> None:
        begin = time.monotonic()
        while not self._done.wait(1.0):
            seconds = time.monotonic() - begin
            print(f"\r{self._what}, {seconds:.0f} s", end="", file=sys.stderr, flush=True)

    def __exit__(self, *_: Any) -> None:
        self._done.set()
        if self._thread is not None:
            self._thread.join()
            print("\r\x1b[K", end="", file=sys.stderr)


def _compile(options: argparse.Namespace) -> Kernel:
    with Progress(f"compiling {options.input}"):
        return attn.compile(
            options.input if options.input != "-" else sys.stdin.buffer.read(),
            target=options.target,
            entry=options.entry,
            pipeline=options.pipeline,
        )


def run_compile(options: argparse.Namespace) -> None:
    """Writes what the names of the files ask for."""
    kernel = _compile(options)
    for path in (options.output, options.header, options.manifest):
        if path:
            kernel.write(path)


def _shapes(kernel: Kernel, texts: list[str]) -> dict[str, tuple[int, ...]]:
    """Sizes of all inputs from NAME=AxBx.. of some."""
    names = {argument.name: argument for argument in kernel.inputs}
    letters: dict[str, int] = {}
    for text in texts:
        name, _, sizes = text.partition("=")
        argument = names.get(name)
        try:
            values = tuple(int(size) for size in sizes.split("x"))
        except ValueError:
            values = ()
        if argument is None or len(values) != len(argument.sizes):
            raise ValueError(f"expected NAME=AxBx.. of an input but found '{text}'")
        letters.update((s, n) for s, n in zip(argument.sizes, values) if isinstance(s, str))
    return {a.name: tuple(_size(a, s, letters) for s in a.sizes) for a in kernel.inputs}


def _size(argument: Argument, size: Any, letters: dict[str, int]) -> int:
    if isinstance(size, str) and size not in letters:
        raise ValueError(f"expected a shape that tells {size} of '{argument}'")
    return letters[size] if isinstance(size, str) else size


def _inputs(kernel: Kernel, options: argparse.Namespace) -> list[Any]:
    import numpy as np

    from attn import dtypes

    if options.input_file:
        return [np.load(path) for path in options.input_file]
    rng = np.random.default_rng(options.seed)
    shapes = _shapes(kernel, options.shape)
    values = []
    for argument in kernel.inputs:
        if argument.scalar:
            raise ValueError(f"expected files of inputs, for '{argument}' is a number")
        drawn = rng.standard_normal(shapes[argument.name])
        if argument.dtype[0] == "i":
            drawn = np.zeros(shapes[argument.name])
        values.append(dtypes.store(drawn, argument.dtype))
    return values


def run_kernel(options: argparse.Namespace) -> None:
    """Runs once, or several times to tell how long it takes."""
    import numpy as np

    kernel = _compile(options)
    inputs = _inputs(kernel, options)
    with Progress(f"running {kernel.name}"):
        results = kernel(*inputs, threads=options.threads)
        results = results if isinstance(results, tuple) else (results,)
        times = []
        for _ in range(options.repeat):
            begin = time.perf_counter()
            kernel(*inputs, out=results, threads=options.threads)
            times.append(time.perf_counter() - begin)
    for path, result in zip(options.output or (), results):
        np.save(path, result)
    report: dict[str, Any] = {"outputs": {}}
    for argument, result in zip(kernel.outputs, results):
        report["outputs"][argument.name] = list(result.shape)
    if times:
        work = kernel.work(*inputs)
        report["best_ms"] = min(times) * 1e3
        report["gflops"] = work.flops / min(times) / 1e9
    if options.json:
        print(json.dumps(report))
        return
    for name, shape in report["outputs"].items():
        print(f"{name}: {shape}")
    if times:
        print(f"best of {options.repeat}: {report['best_ms']:.3f} ms, {report['gflops']:.1f} GFLOP/s")


def explain(options: argparse.Namespace) -> None:
    """Says what the compiler made of a text."""
    kernel = _compile(options)
    report = {
        "name": kernel.name,
        "target": kernel.manifest["target"],
        "inputs": [str(argument) for argument in kernel.inputs],
        "outputs": [str(argument) for argument in kernel.outputs],
        "library_bytes": len(kernel.library),
        "stages": {name: len(text.splitlines()) for name, text in kernel.stages().items()},
        "remarks": [remark._asdict() for remark in kernel.remarks()],
    }
    if options.shape:
        shapes = _shapes(kernel, options.shape)
        work = kernel.work(*(shapes[argument.name] for argument in kernel.inputs))
        report["work"] = work._asdict()
    if options.json:
        print(json.dumps(report, indent=2))
        return
    print(f"{kernel.name} for {kernel.target}, {report['library_bytes']} bytes")
    for role in ("inputs", "outputs"):
        for argument in report[role]:
            print(f"  {role[:-1]} {argument}")
    print("stages, lines after each: " + ", ".join(f"{k} {v}" for k, v in report["stages"].items()))
    for remark in report["remarks"]:
        place = f"line {remark['line']}: " if remark["line"] else ""
        print(f"  {remark['kind'].lower()} {remark['name']}: {place}{remark['message']}")
    if options.shape:
        exact = "" if work.exact else " at most"
        print(f"work:{exact} {work.flops:.4g} FLOP, {work.bytes} bytes")
        if work.full is not None:
            print(f"tiles: {work.empty} empty, {work.full} full, {work.partial} partial")


def run_cache(options: argparse.Namespace) -> None:
    """Tells of the cache, or clears it."""
    if options.action == "clear":
        report: dict[str, Any] = {"removed": cache.clear()}
    else:
        report = cache.info()
    print(json.dumps(report) if options.json else "\n".join(f"{k}: {v}" for k, v in report.items()))


def doctor(options: argparse.Namespace) -> None:
    """What a report of a fault should say of this machine."""
    from attn import _capi

    with _capi.Session(target="native") as session:
        triple, cpu, features = (session.target().split(" ") + [""])[:3]
    report = {
        "version": attn.__version__,
        "compiler": _capi.version(),
        "library": str(_capi.library_path()),
        "target": f"{triple} {cpu}",
        "features": features,
        "python": sys.version.split()[0],
        "threads": attn.get_num_threads(),
        "cores": len(os.sched_getaffinity(0)),
        "cache": str(cache.folder()),
    }
    print(json.dumps(report) if options.json else "\n".join(f"{k}: {v}" for k, v in report.items()))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="attn", description="an attention compiler")
    commands = parser.add_subparsers(dest="command", required=True)

    def add(name: str, function, about: str, compiles: bool = True) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=about, description=about)
        command.set_defaults(function=function)
        command.add_argument("--json", action="store_true", help="print for programs")
        if compiles:
            command.add_argument("input", help="text of attn operations, or - for stdin")
            command.add_argument("--target", default="native", help="CPU (default: native)")
            command.add_argument("--entry", help="the function, if there are several")
            command.add_argument("--pipeline", default="cpu", help="cpu or reference")
        return command

    command = add("compile", run_compile, "write a library, object, header, ...")
    command.add_argument("-o", "--output", help="a path that ends in .so, .o, .s, .ll, .mlir")
    command.add_argument("--header", help="path of the C header, ending in .h")
    command.add_argument("--manifest", help="path of the manifest, ending in .json")
    command = add("run", run_kernel, "run on files or on random numbers")
    command.add_argument("--input", dest="input_file", action="append", help="a .npy per input")
    command.add_argument("--output", action="append", help="a .npy per output")
    command.add_argument("--shape", action="append", default=[], help="NAME=AxBx.. of an input")
    command.add_argument("--seed", type=int, default=0, help="of the random numbers")
    command.add_argument("--threads", type=int, help="threads to run on (default: 1)")
    command.add_argument("--repeat", type=int, default=0, help="calls to time")
    command = add("explain", explain, "tell signature, stages, decisions and work")
    command.add_argument("--shape", action="append", default=[], help="NAME=AxBx.. of an input")
    command = add("cache", run_cache, "tell of compiled kernels on disk", compiles=False)
    command.add_argument("action", choices=("info", "clear"))
    add("doctor", doctor, "tell of this machine and installation", compiles=False)
    return parser


def main(arguments: Optional[list[str]] = None) -> int:
    """Runs a command; returns the exit status."""
    options = _parser().parse_args(arguments)
    if getattr(options, "input", "-") not in ("-",):
        options.input = Path(options.input)
    try:
        options.function(options)
    except (CompileError, UnsupportedError, ValueError, TypeError, OSError) as error:
        print(f"attn: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
