"""lit format that expands suites: one lit test per point of axes x cases.

Tests are named `masks.toml/causal/f32`, so that `lit --filter=causal` works;
files of the directory's other suffixes are shell tests as elsewhere. The large
set is included with `lit --param=large=1` or ATTN_TEST_LARGE=1. A folder turns
the format on in its lit.local.cfg (test/Integration/CPU).
"""

from __future__ import annotations

import os

import lit.formats
import lit.Test
import lit.util

from attn.testing import suites


class SuiteFormat(lit.formats.ShTest):
    """Expands every *.toml of a directory."""

    def __init__(self, python: str, large: bool = False):
        super().__init__(execute_external=False)
        self.python = python
        self.large = large

    def getTestsInDirectory(self, test_suite, path_in_suite, lit_config, local_config):
        yield from super().getTestsInDirectory(
            test_suite, path_in_suite, lit_config, local_config
        )
        directory = test_suite.getSourcePath(path_in_suite)
        for name in sorted(os.listdir(directory)):
            if not name.endswith(".toml"):
                continue
            for case in suites.load(os.path.join(directory, name), self.large):
                path = (*path_in_suite, name, *case.name.split("/"))
                test = lit.Test.Test(test_suite, path, local_config)
                test.requires = list(case.requires)
                yield test

    def execute(self, test, lit_config):
        """Runs the case in a process of its own."""
        parts = list(test.path_in_suite)
        ends = [n for n, part in enumerate(parts, 1) if part.endswith(".toml")]
        if not ends:
            return super().execute(test, lit_config)
        missing = test.getMissingRequiredFeatures()
        if missing or test.config.unsupported:
            return lit.Test.UNSUPPORTED, f"needs {', '.join(missing) or 'this CPU'}"
        path = test.suite.getSourcePath(parts[: ends[0]])
        case = "/".join(parts[ends[0] :])
        command = [self.python, "-m", "attn.testing.run_case", path, case]
        out, err, status = lit.util.executeCommand(
            command,
            env=test.config.environment,
            timeout=lit_config.maxIndividualTestTime,
        )
        if status == 0:
            return lit.Test.PASS, ""
        return lit.Test.FAIL, f"$ {' '.join(command)}\n{out}{err}"
