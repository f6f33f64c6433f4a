#!/usr/bin/python3
"""Runs the Python unit tests in test/python.

  tools/dev/run-unittests.py [--xml=FILE] [FOLDER]

The tools of a build must be on PATH for the tests that use them. With --xml
the results are also written in JUnit's form. Exits with 1 on failure.
"""

import argparse
import sys
import time
import unittest
from pathlib import Path

from junit import Case, Report

ROOT = Path(__file__).resolve().parents[2]


class RecordingResult(unittest.TextTestResult):
    """Prints as unittest does and keeps every outcome."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.report = Report()
        self.started = 0.0

    def startTest(self, test):
        self.started = time.monotonic()
        super().startTest(test)

    def record(self, test, failure: str = "", skipped: str = "") -> None:
        """Keeps one outcome."""
        seconds = time.monotonic() - self.started
        self.report.cases.append(Case("python", test.id(), seconds, failure, skipped))

    def addSuccess(self, test):
        super().addSuccess(test)
        self.record(test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.record(test, failure=self._exc_info_to_string(err, test))

    def addError(self, test, err):
        super().addError(test, err)
        self.record(test, failure=self._exc_info_to_string(err, test))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.record(test, skipped=reason)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.record(subtest, failure=self._exc_info_to_string(err, test))


def main() -> int:
    """Runs the tests of the folder."""
    parser = argparse.ArgumentParser(description="run the Python unit tests")
    parser.add_argument("folder", nargs="?", default=str(ROOT / "test" / "python"))
    parser.add_argument("--xml", help="write the results to this file")
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT / "python"))
    suite = unittest.defaultTestLoader.discover(options.folder)
    result = unittest.TextTestRunner(resultclass=RecordingResult).run(suite)
    if options.xml:
        result.report.write(Path(options.xml))
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
