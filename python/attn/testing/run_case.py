"""Runs one test of a suite: compiles a problem, calls it, compares.

    python3 -m attn.testing.run_case test/Integration/CPU/masks.toml causal/f32

Each build of the problem is one shared object, loaded once and called with all
shapes, fillings and layouts in this process, and twice with tensors flush against
pages that may not be touched; every call is compared with the oracle, so later
calls also show that earlier ones left nothing behind. Prints
one line per failure and the number of calls at the end; with --verbose one line
before each call, which tells what crashed the process.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import zlib
from itertools import zip_longest
from typing import Iterator

import numpy as np

from attn import dtypes
from attn.kernel import STATUS, Kernel
from attn.problems import Problem
from attn.testing import attention_checks, selection_checks, state_checks, suites
from attn.testing import variants
from attn.testing.attention_layers import AttentionProblem
from attn.testing.compiling import BuildError, build_kernel
from attn.testing.state_problem import StateProblem, generate
from attn.testing.suites import Case

# The reference pipeline is scalar loops: larger calls are left to the others.
REFERENCE_LIMIT = 60_000_000
# Thread counts that must give the bits of one thread.
THREADS = (2, 3, 7)


class Checker:
    """Calls the builds of one problem and collects what is wrong."""

    def __init__(self, case: Case, directory: str, verbose: bool = False):
        self.problem = generate(case.flags)
        self.verbose = verbose
        self.calls = 0
        self.failures: list[str] = []
        self.kernels: dict[str, Kernel] = {}
        for chunk in case.chunks or (None,):
            flags, name = case.flags, ""
            if chunk is not None:
                flags, name = [*flags, f"--chunk={chunk}"], f" chunk {chunk}"
            place = os.path.join(directory, str(chunk))
            os.mkdir(place)
            for build in case.builds:
                try:
                    self.kernels[build + name] = build_kernel(
                        self.problem, flags, build, place, case.schedule
                    )
                except BuildError as error:
                    self.fail(str(error))

    def fail(self, what: str) -> None:
        self.failures.append(what)

    def check(self, sizes, filling: str, layouts, rng) -> None:
        """All builds and layouts on one set of inputs."""
        problem = self.problem
        inputs = problem.inputs(sizes, rng)
        variants.FILLINGS[filling](inputs, problem.dtype, rng)
        expected = problem.expected(inputs)
        plain = problem.comparison(inputs, expected)
        for build, kernel in self.kernels.items():
            if build.startswith("reference"):
                if problem.work(inputs) > REFERENCE_LIMIT:
                    continue
            compared = []
            for layout in (*layouts, *variants.GUARDS):
                where = f"{build} {sizes} {filling} {layout}"
                found = self.call(kernel, inputs, sizes, layout, where)
                if found is None or any(same_bits(found, x) for x in compared):
                    continue
                compared.append(found)
                for output, array, reference, low in zip(
                    problem.outputs, found, expected, plain
                ):
                    wrong = problem.mismatch(
                        output, dtypes.load(array, output.dtype), reference, low
                    )
                    if wrong:
                        self.fail(f"{where}: {output.name}: {wrong}")

    def call(
        self, kernel: Kernel, inputs, sizes, layout: str, where: str, threads=1, places=()
    ):
        """One call; the outputs, or None where it failed.

        `places` has for each output the name of the input in whose memory it is
        written, or None; empty: no output is.
        """
        if self.verbose:
            print(f"{where}, threads {threads}", flush=True)
        placed = {name: variants.place(x, layout) for name, x in inputs.items()}
        outputs = []
        for output, name in zip_longest(self.problem.outputs, places):
            if name is not None:
                outputs.append(placed[name])
                continue
            dtype = dtypes.NUMPY[output.dtype]
            blank = np.full(output.sizes(sizes), variants.guard_value(dtype), dtype)
            outputs.append(variants.place(blank, layout))
        status = kernel(
            {name: view for name, (view, _) in placed.items()},
            [view for view, _ in outputs],
            threads,
        )
        self.calls += 1
        if status != 0:
            self.fail(f"{where}: status {STATUS.get(status, status)}")
            return None
        for output, (view, buffer) in zip(self.problem.outputs, outputs):
            if not variants.outside_is_untouched(view, buffer):
                self.fail(f"{where}: {output.name}: written outside the tensor")
        for name, (view, _) in placed.items():
            if name not in places and view.tobytes() != inputs[name].tobytes():
                self.fail(f"{where}: {name}: an input was written")
        return [np.array(view) for view, _ in outputs]

    def check_same_bits(self, sizes, rng) -> None:
        """Any number of threads, and each sequence on its own, give the same
        bits; so does the same call again."""
        inputs = self.problem.inputs(sizes, rng)
        for build, kernel in self.kernels.items():
            where = f"{build} {sizes}"
            one = self.call(kernel, inputs, sizes, "dense", where)
            if one is None:
                continue
            for threads in (1, *(THREADS if "openmp" in build else ())):
                other = self.call(kernel, inputs, sizes, "dense", where, threads)
                if other is not None and not same_bits(one, other):
                    self.fail(f"{where}: other bits with {threads} threads")
            for n in range(sizes["B"]):
                alone = {a.name: of_sequence(a, inputs[a.name], n)
                         for a in self.problem.arguments}
                lonely = self.call(kernel, alone, {**sizes, "B": 1}, "dense", where)
                if lonely is None:
                    continue
                # What all sequences share, as pages, is of no single one.
                pairs = [(of_sequence(a, array, n), single)
                         for a, array, single in zip(self.problem.outputs, one, lonely)
                         if "B" in a.shape]
                if not all(same_bits([whole], [single]) for whole, single in pairs):
                    self.fail(f"{where}: sequence {n} alone gives other bits")


def of_sequence(argument, array, n: int):
    """The part of sequence n, of an array that has a batch of dynamic size."""
    if "B" not in argument.shape:
        return array
    axis = argument.shape.index("B")
    return np.ascontiguousarray(np.take(array, [n], axis))


def same_bits(left, right) -> bool:
    """Whether two lists of arrays hold the same bytes."""
    return all(a.tobytes() == b.tobytes() for a, b in zip(left, right))


def shapes_of(problem: Problem, case: Case) -> Iterator[dict[str, int]]:
    """The shapes of the case, or one where nothing is dynamic."""
    if not problem.letters:
        yield {}
        return
    for shape in case.shapes:
        yield problem.sizes(shape)


def run(case: Case, verbose: bool = False) -> int:
    """Runs a test; the exit status."""
    with tempfile.TemporaryDirectory() as directory:
        checker = Checker(case, directory, verbose)
        rng = np.random.default_rng(zlib.crc32(case.name.encode()))
        for sizes in shapes_of(checker.problem, case):
            for filling in case.fillings:
                checker.check(sizes, filling, case.layouts, rng)
        if "B" in checker.problem.letters:
            checker.check_same_bits(checker.problem.sizes((3, 65, 113)), rng)
        if isinstance(checker.problem, StateProblem):
            state_checks.check(checker, rng)
        if isinstance(checker.problem, AttentionProblem):
            attention_checks.check(checker, rng)
            selection_checks.check(checker, rng)
    for failure in checker.failures[:20]:
        print(failure)
    print(f"{checker.calls} calls, {len(checker.failures)} failures")
    return 1 if checker.failures or not checker.calls else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("suite", help="a TOML file, see attn.testing.suites")
    parser.add_argument("case", nargs="?", help="a test; absent: list them")
    parser.add_argument("--verbose", action="store_true", help="print every call")
    arguments = parser.parse_args()
    cases = {case.name: case for case in suites.load(arguments.suite, large=True)}
    if arguments.case is None:
        print("\n".join(cases))
        return 0
    if arguments.case not in cases:
        parser.error(f"no test '{arguments.case}' in {arguments.suite}")
    return run(cases[arguments.case], arguments.verbose)


if __name__ == "__main__":
    sys.exit(main())
