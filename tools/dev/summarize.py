#!/usr/bin/python3
"""Adds up the results of tools/dev/check.sh.

  tools/dev/summarize.py FOLDER

FOLDER holds NAME.xml, test results in JUnit's form, and phases.tsv, a line
`phase, passed|failed|skipped, reason` for each phase. A phase without an XML
file counts as one test; so does one that failed though none of its tests did.
Names what failed, says why tests were skipped, and ends with the line
`N passed, N failed, N skipped`. Exits with 1 if a test failed or none passed.
"""

import sys
from collections import Counter
from pathlib import Path
from typing import List

from junit import Case, Report

XML_OF_PHASE = {"tests": "lit.xml", "python": "python.xml", "examples": "examples.xml"}


def phase_cases(folder: Path, name: str, status: str, reason: str) -> List[Case]:
    """The tests of one phase."""
    path = folder / XML_OF_PHASE.get(name, name + ".xml")
    cases = Report.read(path).cases if path.exists() else []
    if cases and (status != "failed" or any(c.failure for c in cases)):
        return cases
    failure = f"see {folder / name}.log" if status == "failed" else ""
    if not cases and name in XML_OF_PHASE and status == "passed":
        failure = "no test ran"
    return cases + [Case("check", name, 0.0, failure, reason)]


def summary(cases: List[Case]) -> str:
    """The lines to print."""
    failed = [c for c in cases if c.failure]
    skipped = [c for c in cases if c.skipped and not c.failure]
    lines = [f"failed: {c.suite} :: {c.name}" for c in failed]
    for reason, count in sorted(Counter(c.skipped for c in skipped).items()):
        lines.append(f"skipped {count}: {reason}")
    passed = len(cases) - len(failed) - len(skipped)
    lines.append(f"{passed} passed, {len(failed)} failed, {len(skipped)} skipped")
    return "\n".join(lines)


def main() -> int:
    """Prints the summary."""
    folder = Path(sys.argv[1])
    cases: List[Case] = []
    for line in (folder / "phases.tsv").read_text().splitlines():
        name, status, reason = line.split("\t")
        cases += phase_cases(folder, name, status, reason)
    print(summary(cases))
    passed = any(not c.failure and not c.skipped for c in cases)
    return 0 if passed and not any(c.failure for c in cases) else 1


if __name__ == "__main__":
    sys.exit(main())
