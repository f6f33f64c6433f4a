#!/usr/bin/python3
"""Breaks our own code, one place at a time, and lists what no test notices.

  tools/dev/mutate.py [--build=DIR] [--work=DIR] [--jobs=N] [--tests=FOLDER,..]
                      [--match=REGEX] [--survivors] [--list] [FILE ...]

The files of FILES below, or those named, are copied with
every condition, comparison and case rewritten, so that a variable of the
environment breaks one of them: mutation/sites.py says how. The copy is built
once, in BUILD/mutate. Each mutant then runs against the tests that reach it,
until one fails. `--tests` names folders of test/, and `unittests/NAME` for a
program of unit tests.

--list prints the sites. --match judges only those whose key matches, and
--survivors only those that the last run left. What is known to change nothing
that a test could see stands with its reason in mutation/equivalent.txt; a
mutant there that a test does notice is an error, as is a key that no site has.

Prints a line for each mutant that is left, then the figures, and exits with 1
if there is any. Covered by test/python/test_mutate.py.
"""

import argparse
import json
import re
import sys
import time
from pathlib import Path
from typing import Dict, List, Optional

from mutation.sites import Site

ROOT = Path(__file__).resolve().parents[2]
EQUIVALENT = Path(__file__).resolve().parent / "mutation" / "equivalent.txt"
IR = "lib/Dialect/Attn/IR"
FILES = [
    f"{IR}/{name}.cpp"
    for name in (
        "AttnVerifiers",
        "StateVerifiers",
        "AttnFolds",
        "StateFolds",
        "AttnShapes",
        "ComposeOp",
    )
] + [
    f"lib/Analysis/{name}.cpp"
    for name in (
        "CompiledMask",
        "DiagonalBand",
        "EmitInput",
        "IRDomain",
        "KeyBounds",
        "LinearForm",
        "MaskEmitter",
        "MaskExpr",
        "MaskReader",
    )
]
TESTS = "Dialect,Conversion,Compiler,unittests/Analysis,unittests/Dialect"


def read_equivalent(text: str) -> Dict[str, str]:
    """Key -> reason; a key begins its line, the lines of a reason do not."""
    reasons: Dict[str, str] = {}
    keys: List[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if not line[0].isspace():
            if keys and reasons[keys[-1]]:
                keys = []
            if line in reasons:
                raise ValueError(f"line {number}: a second entry of this key")
            keys.append(line)
            reasons[line] = ""
            continue
        if not keys:
            raise ValueError(f"line {number}: a reason without a key")
        for key in keys:
            reasons[key] = f"{reasons[key]} {line.strip()}".strip()
    for key, reason in reasons.items():
        if not reason:
            raise ValueError(f"no reason for '{key}'")
    return reasons


def expand(root: Path, patterns: List[str]) -> List[str]:
    """The files that the patterns name, sorted within each."""
    paths: List[str] = []
    for pattern in patterns:
        found = sorted(str(path.relative_to(root)) for path in root.glob(pattern))
        if not found:
            raise ValueError(f"no file '{pattern}'")
        paths += [path for path in found if path not in paths]
    return paths


class Report:
    """What was found, and the figures at the end."""

    def __init__(self, reasons: Dict[str, str]):
        self.reasons = reasons
        self.killed: Dict[str, str] = {}
        self.left: List[Site] = []
        self.equivalent = 0
        self.errors: List[str] = []

    def add(self, site: Site, killer: Optional[str]) -> None:
        """Counts one mutant."""
        if killer:
            self.killed[site.key] = killer
            if site.key in self.reasons:
                self.errors.append(f"{killer} notices what equivalent.txt has: {site.key}")
        elif site.key in self.reasons:
            self.equivalent += 1
        else:
            self.left.append(site)

    def check_keys(self, sites: List[Site], paths: List[str]) -> None:
        """Every entry for these files has its site."""
        keys = {site.key for site in sites}
        for key in self.reasons:
            if key not in keys and key.split(":")[0] in paths:
                self.errors.append(f"equivalent.txt has a key without a site: {key}")

    def figures(self) -> str:
        """The last line."""
        total = len(self.killed) + self.equivalent + len(self.left)
        return (
            f"{total} mutants: {len(self.killed)} noticed, {self.equivalent} equivalent, "
            f"{len(self.left)} left"
        )


def choose(sites: List[Site], options: argparse.Namespace, work: Path) -> List[Site]:
    """The sites that the options ask for."""
    chosen = [site for site in sites if re.search(options.match, site.key)]
    if options.survivors:
        keys = set(json.loads((work / "left.json").read_text()))
        chosen = [site for site in chosen if site.key in keys]
    return chosen


def judge(options: argparse.Namespace, work: Path, tree, report: Report) -> None:
    """Runs the mutants of a built tree."""
    from mutation.running import Runner, find_tests  # pylint: disable=import-outside-toplevel

    runner = Runner(find_tests(tree.build, options.tests.split(",")), options.jobs)
    begin = time.monotonic()
    outcomes = runner.record_all()
    failing = [o.name for o in outcomes if not o.passed]
    if failing:
        raise ValueError("tests fail without a mutant: " + ", ".join(failing))
    print(
        f"mutate: {len(outcomes)} tests, {sum(o.skipped for o in outcomes)} skipped, "
        f"{time.monotonic() - begin:.0f} s",
        file=sys.stderr,
    )
    chosen = choose(tree.all_sites(), options, work)
    sites = {site.number: site for site in chosen}
    begin = time.monotonic()
    for count, (number, killer) in enumerate(runner.judge_all(list(sites)), 1):
        report.add(sites[number], killer)
        if not killer and sites[number].key not in report.reasons:
            tests = runner.count(number)
            site = sites[number]
            print(f"{site.path}:{site.line}: left, {tests} tests reach it: {site.key}", flush=True)
        if count % 100 == 0:
            passed = time.monotonic() - begin
            print(f"mutate: {count} of {len(sites)}, {passed:.0f} s", file=sys.stderr)
    times = {o.name: round(o.cpu_seconds, 2) for o in outcomes}
    (work / "seconds.json").write_text(json.dumps(times, indent=1))
    (work / "left.json").write_text(json.dumps([site.key for site in report.left], indent=1))
    (work / "noticed.json").write_text(json.dumps(report.killed, indent=1))


def main() -> int:
    """Makes, builds and judges the mutants."""
    parser = argparse.ArgumentParser(description="break our code and see who notices")
    parser.add_argument("files", nargs="*", default=FILES, help="files or patterns, from the root")
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "dev")
    parser.add_argument("--work", type=Path, help="default: BUILD/mutate")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--tests", default=TESTS, help=f"default: {TESTS}")
    parser.add_argument("--match", default="", help="regular expression for the keys")
    parser.add_argument("--survivors", action="store_true", help="what the last run left")
    parser.add_argument("--list", action="store_true", help="print the sites and stop")
    options = parser.parse_args()
    from mutation.tree import Failed, Tree  # pylint: disable=import-outside-toplevel

    work = (options.work or options.build / "mutate").resolve()
    try:
        paths = expand(ROOT, options.files)
        tree = Tree(ROOT, work, paths, options.jobs)
        if options.list:
            for site in choose(tree.all_sites(), options, work):
                print(f"{site.path}:{site.line}: {site.key}")
            return 0
        report = Report(read_equivalent(EQUIVALENT.read_text()))
        begin = time.monotonic()
        tree.copy_files()
        tree.configure(options.build)
        tree.compile()
        print(f"mutate: built in {time.monotonic() - begin:.0f} s", file=sys.stderr)
        report.check_keys(tree.all_sites(), paths)
        judge(options, work, tree, report)
    except (ValueError, Failed) as error:
        print(f"mutate: error: {error}", file=sys.stderr)
        return 2
    for error in report.errors:
        print(f"error: {error}")
    print(f"{len(tree.refused)} sites do not compile when broken")
    print(report.figures())
    return 1 if report.left or report.errors else 0


if __name__ == "__main__":
    sys.exit(main())
