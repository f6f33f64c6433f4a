"""Unit test of what tools/dev/check.sh counts and of generated Markdown."""

import subprocess
import tempfile
import unittest
from pathlib import Path

from scripts import ROOT, load

SUMMARIZE = load("summarize")
UPDATE = load("update-docs")
JUNIT = load("junit")
STAGES = load("draw-stages")


def line_of(phases: str, **reports) -> str:
    """The last line printed for these phases and XML reports."""
    with tempfile.TemporaryDirectory() as folder:
        for name, cases in reports.items():
            JUNIT.Report([JUNIT.Case("s", *c) for c in cases]).write(Path(folder) / f"{name}.xml")
        cases = []
        for line in phases.splitlines():
            cases += SUMMARIZE.phase_cases(Path(folder), *line.split(","))
        return SUMMARIZE.summary(cases).splitlines()[-1]


class Counting(unittest.TestCase):
    """Nothing that failed or did not run counts as passed."""

    def test_plain_phases(self):
        line = line_of("format,passed,\nlint,failed,\n")
        self.assertEqual(line, "1 passed, 1 failed, 0 skipped")

    def test_tests_are_counted_one_by_one(self):
        cases = [("a", 1.0, "", ""), ("b", 1.0, "bad", ""), ("c", 0.0, "", "no chip")]
        line = line_of("tests,failed,\n", lit=cases)
        self.assertEqual(line, "1 passed, 1 failed, 1 skipped")

    def test_phase_fails_though_its_tests_pass(self):
        line = line_of("tests,failed,\n", lit=[("a", 1.0, "", "")])
        self.assertEqual(line, "1 passed, 1 failed, 0 skipped")

    def test_phase_without_tests(self):
        self.assertEqual(line_of("tests,passed,\n"), "0 passed, 1 failed, 0 skipped")

    def test_phase_skipped(self):
        line = line_of("tests,skipped,the build failed\n")
        self.assertEqual(line, "0 passed, 0 failed, 1 skipped")

    def test_control_characters(self):
        line = line_of("tests,failed,\n", lit=[("a", 0.0, "\x1b[31mbad", "")])
        self.assertEqual(line, "0 passed, 1 failed, 0 skipped")


class Markdown(unittest.TestCase):
    """TableGen's Markdown is made readable."""

    def test_formula_becomes_code(self):
        text = UPDATE.clean("sum:\n\n  a = b\n  c = d\n\nend\n")
        self.assertEqual(text, "sum:\n\n    a = b\n    c = d\n\nend\n")

    def test_list_item_stays(self):
        text = "- one\n  more\n- two\n"
        self.assertEqual(UPDATE.clean(text), text)

    def test_fenced_code_stays(self):
        text = "```mlir\n\n  %a = b\n```\n"
        self.assertEqual(UPDATE.clean(text), text)

    def test_first_function(self):
        test = "// RUN\n\n#m = a\n// CHECK\nfunc.func @f() {\n  return\n}\n\nfunc.func @g\n}\n"
        self.assertEqual(UPDATE.first_function(test), "#m = a\nfunc.func @f() {\n  return\n}\n")

    def test_no_function(self):
        self.assertIsNone(UPDATE.first_function("// RUN\n"))

    def test_long_function(self):
        body = "  %x = arith.constant 0 : index\n" * UPDATE.MAX_INPUT
        self.assertIsNone(UPDATE.first_function("func.func @f() {\n" + body + "}\n"))


class Picture(unittest.TestCase):
    """Operations are counted by dialect."""

    def test_dialects(self):
        text = 'func.func @f() {\n  %a:2 = "x.y"() : () -> i32\n  scf.yield %a\n  return\n}\n'
        self.assertEqual(STAGES.dialects(text), {"func": 1, "x": 1, "scf": 1})


class Arguments(unittest.TestCase):
    """The shell scripts refuse what they do not know, before they do anything."""

    def error(self, *command: str) -> str:
        """What a script in tools/dev says on standard error when it exits with 2."""
        path = ROOT / "tools" / "dev" / command[0]
        done = subprocess.run([str(path), *command[1:]], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stdout, "")
        return done.stderr

    def test_quickstart(self):
        for argument in ("many", "-1", "0", "--input", "--inputs=x.npy"):
            self.assertIn(f"but found '{argument}'", self.error("quickstart.sh", argument))

    def test_check_option(self):
        self.assertIn("unknown option '--fast'", self.error("check.sh", "--fast"))

    def test_check_phase(self):
        self.assertIn("unknown phase 'biuld'", self.error("check.sh", "biuld"))


if __name__ == "__main__":
    unittest.main()
