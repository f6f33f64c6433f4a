"""Runs lit tests and the cases of gtest programs, with and without a mutant.

A first run without one records which sites each test reaches. A mutant then
meets only the tests that reach it, quick and special ones first, until one of
them fails.

Covered by test/python/test_mutate.py.
"""

import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List, Optional, Set, Tuple

LLVM = Path("/usr/lib/llvm-22")
sys.path.insert(1, str(LLVM / "utils" / "lit"))

# pylint: disable=wrong-import-position
import lit.discovery  # noqa: E402
import lit.LitConfig  # noqa: E402
import lit.worker  # noqa: E402

MEMORY_BYTES = 12 << 30


@dataclass
class Outcome:
    """What one test said."""

    name: str
    passed: bool
    skipped: bool = False
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    sites: Set[int] = field(default_factory=set)


class LitTest:
    """A file that lit runs, in this process."""

    def __init__(self, test, config):
        self.name = "/".join(test.path_in_suite)
        self.test, self.config = test, config

    def run(self, folder: Path, variables: Dict[str, str]) -> Outcome:
        """Runs it with files of its own below the folder."""
        environment = self.test.config.environment
        saved = dict(environment)
        environment.update(variables)
        self.test.suite.exec_root = str(folder)
        # pylint: disable=protected-access
        result = lit.worker._execute(self.test, self.config)
        environment.clear()
        environment.update(saved)
        skipped = result.code.name in ("UNSUPPORTED", "SKIPPED")
        return Outcome(self.name, not result.code.isFailure, skipped)


class UnitTest:
    """Cases of a gtest program, which ends with the first that fails."""

    def __init__(self, program: Path, cases: List[str]):
        self.name = f"{program.name}: {', '.join(cases)}"
        self.program, self.cases = program, cases

    def run(self, folder: Path, variables: Dict[str, str]) -> Outcome:
        """Runs the cases in the folder."""
        folder.mkdir(parents=True)
        command = [str(self.program), "--gtest_fail_fast", f"--gtest_filter={':'.join(self.cases)}"]
        result = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, **variables},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        return Outcome(self.name, result.returncode == 0)


def unit_tests(program: Path) -> List[UnitTest]:
    """The cases of a program."""
    listed = subprocess.run(
        [str(program), "--gtest_list_tests"], text=True, capture_output=True, check=True
    ).stdout
    suite, tests = "", []
    for line in listed.splitlines():
        name = line.split("#")[0].strip()
        if line.startswith(" "):
            tests.append(UnitTest(program, [suite + name]))
        elif name.endswith("."):
            suite = name
    return tests


def find_tests(build: Path, folders: List[str]) -> list:
    """The tests of the folders of `test`; `unittests/NAME` is a program."""
    config = lit.LitConfig.LitConfig(
        progname="mutate",
        path=[],
        diagnostic_level="error",
        useValgrind=False,
        valgrindLeakCheck=False,
        valgrindArgs=[],
        noExecute=False,
        debug=False,
        isWindows=False,
        order="lexical",
        params={},
    )
    tests: list = []
    for folder in folders:
        if folder.startswith("unittests/"):
            tests += unit_tests(build / "test" / f"{folder}Tests")
        else:
            inputs = [str(build / "test" / folder)]
            found = lit.discovery.find_tests_for_inputs(config, inputs)
            tests += [LitTest(test, config) for test in found]
    return tests


def limit() -> None:
    """What the processes may use. Reaching the first limit of time ends those
    that are started, not this one, which handles its signal."""
    signal.signal(signal.SIGXCPU, lambda *_: None)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def limit_time(outcome: Outcome) -> None:
    """A mutant that never ends is noticed: it takes much longer than without."""
    seconds = 2 + round(5 * outcome.cpu_seconds)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, hard))


def cpu_time() -> float:
    """CPU seconds of the processes that this one started."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


VARIABLES = {"LLVM_DISABLE_SYMBOLIZATION": "1", "OMP_NUM_THREADS": "1"}


# The runner that the processes of a pool inherit.
CURRENT: List["Runner"] = []


def record_current(index: int) -> Outcome:
    """Runner.record() of the inherited runner."""
    return CURRENT[-1].record(index)


def judge_current(number: int) -> Tuple[int, Optional[str]]:
    """Runner.judge() of the inherited runner."""
    return CURRENT[-1].judge(number)


class Runner:
    """Runs the tests in processes of their own, one for each task."""

    def __init__(self, tests: list, jobs: int):
        self.tests, self.jobs = tests, jobs
        self.reached: Dict[str, Outcome] = {}

    def pool(self):
        """Processes that end with their task and inherit what is known."""
        CURRENT[:] = [self]
        context = multiprocessing.get_context("fork")
        return context.Pool(self.jobs, initializer=limit, maxtasksperchild=1)

    def record(self, index: int) -> Outcome:
        """Runs a test without a mutant."""
        with tempfile.TemporaryDirectory(prefix="mutate-") as folder:
            log = Path(folder) / "reached"
            begin, cpu = time.monotonic(), cpu_time()
            variables = {**VARIABLES, "ATTN_MUTANT_LOG": str(log)}
            outcome = self.tests[index].run(Path(folder) / "out", variables)
            outcome.seconds = time.monotonic() - begin
            outcome.cpu_seconds = cpu_time() - cpu
            if log.exists():
                outcome.sites = {int(number) for number in log.read_text().split()}
        return outcome

    def record_all(self) -> List[Outcome]:
        """Runs every test without a mutant, and keeps what each reached."""
        with self.pool() as pool:
            outcomes = list(pool.imap(record_current, range(len(self.tests))))
        self.reached = {outcome.name: outcome for outcome in outcomes}
        return outcomes

    def count(self, number: int) -> int:
        """How many tests reach a site."""
        return sum(number in outcome.sites for outcome in self.reached.values())

    def order(self, number: int) -> list:
        """The tests that reach a site: quick ones first, of these the special ones.

        Quick cases of one program run at once: most of their time is its start.
        """
        tests = [t for t in self.tests if number in self.reached[t.name].sites]
        quick: Dict[Path, List[UnitTest]] = {}
        for test in tests:
            if isinstance(test, UnitTest) and self.reached[test.name].cpu_seconds < 1:
                quick.setdefault(test.program, []).append(test)
        for program, cases in quick.items():
            tests = [test for test in tests if test not in cases]
            tests.append(UnitTest(program, [case for test in cases for case in test.cases]))
            parts = [self.reached[test.name] for test in cases]
            self.reached[tests[-1].name] = Outcome(
                tests[-1].name, True, cpu_seconds=sum(part.cpu_seconds for part in parts)
            )

        def cost(test):
            outcome = self.reached[test.name]
            return max(1, round(outcome.cpu_seconds)), len(outcome.sites)

        return sorted(tests, key=cost)

    def judge(self, number: int) -> Tuple[int, Optional[str]]:
        """The number, and the name of the first test that notices the mutant."""
        variables = {**VARIABLES, "ATTN_MUTANT": str(number)}
        with tempfile.TemporaryDirectory(prefix="mutate-") as folder:
            for index, test in enumerate(self.order(number)):
                limit_time(self.reached[test.name])
                if not test.run(Path(folder) / str(index), variables).passed:
                    return number, test.name
        return number, None

    def judge_all(self, numbers: List[int]):
        """Yields what judge() says of each mutant, as it is found."""
        with self.pool() as pool:
            yield from pool.imap_unordered(judge_current, numbers)
