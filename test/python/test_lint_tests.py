"""Unit test of tools/dev/lint-tests.py: every kind of finding, and silence."""

import tempfile
import unittest
from pathlib import Path
from typing import List

from scripts import load

LINT = load("lint-tests")
# Written apart, so that lit takes no line of this file for its own.
RUN = "// RUN" + ": attn-opt %s | FileCheck %s\n"


def tree_findings(files: dict) -> List[str]:
    """What the lint says about a tree made of these files."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("test", "lib", "tools", "include"):
            (Path(folder) / name).mkdir()
        for name, text in files.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return [str(f) for f in LINT.lint(Path(folder))]


def file_findings(text: str) -> List[str]:
    """What the lint says about one lit test."""
    return tree_findings({"test/a.mlir": text})


class Directives(unittest.TestCase):
    """Dead FileCheck, lit and -verify-diagnostics directives."""

    def assert_one(self, text: str, reason: str) -> None:
        """The text has exactly one finding, and it holds the reason."""
        findings = file_findings(text)
        self.assertEqual(len(findings), 1, findings)
        self.assertIn(reason, findings[0])

    def test_good_file(self):
        text = RUN + (
            "// CHECK-LABEL: @f\n// CHECK-NEXT: a\n  x // CHECK-SAME: b\n"
            "// CHECK-COUNT-2: c\n// CHECK-DAG{LITERAL}: d\n// NOTE: prose\n// a::b\n"
        )
        self.assertEqual(file_findings(text), [])

    def test_misspelt_suffix(self):
        text = RUN + "// CHECK: a\n// CHECK-LABLE: f\n"
        self.assert_one(text, "test/a.mlir:3: error: 'CHECK-LABLE:' does nothing")

    def test_misspelt_prefix(self):
        self.assert_one(RUN + "// CHECK: a\n// CEHCK-DAG: f\n", "did you mean 'CHECK-DAG:'")

    def test_lower_case(self):
        self.assert_one(RUN + "// CHECK: a\n// check-next: f\n", "did you mean 'CHECK-NEXT:'")

    def test_unknown_suffix(self):
        self.assert_one(RUN + "// CHECK: a\n// CHECK-FOLLOWS: f\n", "no suffix")

    def test_underscore(self):
        self.assert_one(RUN + "// CHECK: a\n// CHECK_NEXT: f\n", "did you mean")

    def test_space_before_colon(self):
        self.assert_one(RUN + "// CHECK: a\n// CHECK : f\n", "remove the space")

    def test_no_colon(self):
        self.assert_one(RUN + "// CHECK: a\n// CHECK-NEXT %0\n", "without a colon")

    def test_undeclared_prefix(self):
        self.assert_one(RUN + "// CHECK: a\n// SANE: f\n", "no prefix that a RUN line")

    def test_unused_prefix(self):
        run = RUN.replace("%s\n", "%s --check-prefixes=CHECK,WIDE\n")
        self.assert_one(run + "// CHECK: a\n", "no line of this file has the prefix 'WIDE'")

    def test_misspelt_run(self):
        self.assert_one(RUN + "// RNU: b\n// CHECK: a\n", "did you mean 'RUN:'")

    def test_expected_misspelt(self):
        run = "// RUN" + ": attn-opt %s -verify-diagnostics\n"
        self.assert_one(run + "// expected-eror @+1 {{x}}\n", "does nothing as it is spelt")

    def test_expected_with_text_after_it(self):
        run = "// RUN" + ": attn-opt %s -verify-diagnostics\n"
        self.assert_one(run + "// expected-error @+1 {{x}} (C3)\n", "does nothing as it is spelt")

    def test_expected_but_not_verified(self):
        self.assert_one(RUN + "// CHECK: a\n// expected-error @+1 {{x}}\n", "-verify-diagnostics")


    def test_file_without_comment_markers(self):
        text = RUN[3:] + "CHECK: a\n\nCHECK-NXT: b\n"
        findings = tree_findings({"test/a.test": text})
        self.assertEqual(len(findings), 1, findings)
        self.assertIn("did you mean 'CHECK-NEXT:'", findings[0])


class RunLines(unittest.TestCase):
    """RUN lines that cannot fail or that nobody looks at."""

    def assert_reason(self, command: str, reason: str) -> None:
        """One RUN line with this command has exactly this finding."""
        findings = file_findings("// RUN" + ": " + command + "\n")
        self.assertEqual(len(findings), 1, findings)
        self.assertIn(reason, findings[0])

    def test_checks_nothing(self):
        self.assert_reason("attn-opt %s", "checks nothing")

    def test_cannot_fail(self):
        self.assert_reason("attn-run %s --compare=reference || true", "cannot fail")

    def test_output_never_read(self):
        self.assert_reason("attn-opt %s -o %t.mlir", "checks nothing")

    def test_output_read_later(self):
        lines = ["attn-opt %s -o %t.mlir", "attn-run %t.mlir --compare=reference"]
        text = "".join("// RUN" + f": {line}\n" for line in lines)
        self.assertEqual(file_findings(text), [])

    def test_continued_line(self):
        text = "// RUN" + ": attn-opt %s \\\n// RUN" + ":   | FileCheck %s\n// CHECK: a\n"
        self.assertEqual(file_findings(text), [])

    def test_no_run_line(self):
        self.assertIn("no RUN line", file_findings("module {}\n")[0])

    def test_file_that_a_neighbour_reads(self):
        test = "RUN" + ": diff %S/a.mlir %S/a.mlir\n"
        tree = {"test/a.mlir": "module {}\n", "test/all.test": test}
        self.assertEqual(tree_findings(tree), [])
        tree["test/b.mlir"] = "module {}\n"
        self.assertEqual(len(tree_findings(tree)), 1)

    def test_file_that_lit_does_not_run(self):
        findings = tree_findings({"test/a.mlri": RUN, "test/Inputs/b.ll": ""})
        self.assertEqual(len(findings), 1, findings)
        self.assertIn("lit does not run this file", findings[0])


class Passes(unittest.TestCase):
    """Every pass has a test of its stem."""

    PASSES = 'def FooBarPass : Pass<"attn-foo-bar", "func::FuncOp"> {\n'

    def test_pass_without_test(self):
        findings = tree_findings({"include/Passes.td": self.PASSES})
        self.assertIn("include/Passes.td:1: error: pass 'attn-foo-bar'", findings[0])

    def test_pass_not_named_by_its_test(self):
        text = RUN + "// CHECK: a\n"
        findings = tree_findings({"include/Passes.td": self.PASSES, "test/foo-bar.mlir": text})
        self.assertEqual(len(findings), 1, findings)

    def test_pass_with_test(self):
        text = RUN.replace("%s |", "%s --attn-foo-bar |") + "// CHECK: a\n"
        files = {"include/Passes.td": self.PASSES, "test/foo-bar.mlir": text}
        self.assertEqual(tree_findings(files), [])


class Errors(unittest.TestCase):
    """Every error text has a test."""

    SOURCE = (
        "// emitError() << \"in a comment\";\n"
        "void f() {\n"
        "  if (bad)\n"
        "    return op->emitOpError() << \"(C4) expected the number of query heads \"\n"
        "                                \"to be a multiple of \" << n << \" but found \" << m;\n"
        "}\n"
    )

    def expecting(self, text: str) -> List[str]:
        """Findings when one test expects the text."""
        run = "// RUN" + ": attn-opt %s -verify-diagnostics\n"
        test = run + "// expected-error @+1 {{" + text + "}}\n"
        return tree_findings({"lib/a.cpp": self.SOURCE, "test/a.mlir": test})

    def test_untested_error(self):
        findings = tree_findings({"lib/a.cpp": self.SOURCE})
        self.assertEqual(len(findings), 1, findings)
        self.assertIn("lib/a.cpp:4: error: no test expects", findings[0])

    def test_other_error_expected(self):
        self.assertEqual(len(self.expecting("expected the number of key heads to be 3")), 1)

    def test_whole_error_expected(self):
        full = "'attn.dense' op (C4) expected the number of query heads to be a multiple of 3"
        self.assertEqual(self.expecting(full), [])

    def test_part_of_error_expected(self):
        self.assertEqual(self.expecting("expected the number of query heads"), [])

    def test_only_streamed_part_differs(self):
        self.assertEqual(self.expecting("heads to be a multiple of 7 but found 3"), [])

    def test_error_of_a_tool(self):
        source = 'int f() { return createStringError("cannot open \'%s\'", x); }\n'
        findings = tree_findings({"tools/a.cpp": source})
        self.assertIn("cannot open", findings[0])


class Distance(unittest.TestCase):
    """The edit distance behind the suggestions."""

    def test_values(self):
        for a, b, value in [("", "ab", 2), ("CHECK", "CEHCK", 1), ("LABEL", "LABLE", 1)]:
            self.assertEqual(LINT.distance(a, b), value)


if __name__ == "__main__":
    unittest.main()
