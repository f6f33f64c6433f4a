"""Unit test of tools/dev/mutate.py: its sites, what it makes of them, its report."""

import contextlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import unittest.mock
from pathlib import Path
from typing import Dict, List, Tuple

from scripts import ROOT, load

MUTATE = load("mutate")
sys.path.insert(0, str(ROOT / "tools" / "dev"))

# pylint: disable=wrong-import-position
from mutation.cpp import tokenize  # noqa: E402
from mutation.running import Outcome, Runner, UnitTest  # noqa: E402
from mutation.sites import find_sites, rewrite  # noqa: E402
from mutation.tree import Failed, Tree, write_if_changed  # noqa: E402

HEADER = ROOT / "tools" / "dev" / "mutation" / "Mutant.h"


def sites(body: str) -> List[Tuple[str, str]]:
    """(kind, text) of each site of a function with this body."""
    return [(s.kind, s.text) for s in find_sites("f.cpp", f"int f(int a, int b) {{\n{body}\n}}\n", 1)]


class Tokens(unittest.TestCase):
    """What is a bracket and what an operator."""

    def texts(self, source: str) -> List[str]:
        return [token.text for token in tokenize(source)]

    def test_comments_and_lines_of_the_preprocessor_are_left_out(self):
        self.assertEqual(self.texts('#include "x"\na; // b\n/* c */ d;'), ["a", ";", "d", ";"])

    def test_strings_are_one_token(self):
        self.assertEqual(self.texts(r'f("a && \" b");'), ["f", "(", r'"a && \" b"', ")", ";"])

    def test_two_templates_close_at_once(self):
        self.assertEqual(self.texts("A<B<int>> c;")[-4:], [">", ">", "c", ";"])

    def test_a_shift_is_an_operator(self):
        self.assertIn(">>", self.texts("a >> b;"))

    def test_brackets_of_templates_match(self):
        tokens = tokenize("pair<int, f<2>>(a < b)")
        self.assertEqual([t.match for t in tokens if t.text == "<"], [8, 7, -1])


class Sites(unittest.TestCase):
    """Where code can be broken."""

    def test_condition(self):
        self.assertEqual(sites("if (a) return b;"), [("never", "a"), ("always", "a")])

    def test_condition_that_declares(self):
        self.assertEqual(sites("if (int c = a) return c;"), [("never", "int c = a")])

    def test_condition_after_a_declaration(self):
        self.assertEqual(sites("if (int c = a; c) return c;"), [("never", "c"), ("always", "c")])

    def test_loop_is_only_left(self):
        self.assertEqual(sites("while (a) b--;"), [("never", "a")])

    def test_operands_of_nested_operators(self):
        found = sites("return (a && b) || f<1, 2>(a);")
        self.assertEqual(
            found,
            [("dropped", "(a && b)"), ("dropped", "a"), ("dropped", "b"), ("dropped", "f<1, 2>(a)")],
        )

    def test_comparison(self):
        self.assertEqual(sites("return a + b < f(a, b);"), [("boundary", "a + b < f(a, b)")])

    def test_templates_are_no_comparison(self):
        self.assertEqual(sites("Vector<int> c(a);"), [])

    def test_equality_only_where_no_other_kind_negates(self):
        self.assertEqual(sites("if (a == b) return a;"), [("never", "a == b"), ("always", "a == b")])
        self.assertEqual(sites("return a != b;"), [("negated", "a != b")])
        self.assertEqual(sites("return a == b ? a : b;"), [("negated", "a == b")])

    def test_one(self):
        self.assertEqual(sites("return f(a + 1, 1);"), [("one", "a + 1")])

    def test_extremum(self):
        self.assertEqual(sites("return std::min<int>(a, b);"), [("swapped", "std::min<int>(a, b)")])
        self.assertEqual(sites("return std::min({a, b});"), [("swapped", "std::min({a, b})")])
        self.assertEqual(sites("return Limits<int>::max();"), [])

    def test_cases(self):
        found = sites("switch (a) {\ncase K::A:\ncase B:\n  return b;\n}")
        self.assertEqual(found, [("no case", "case K::A"), ("no case", "case B")])

    def test_last_rule_of_a_verifier(self):
        self.assertEqual(sites("return verifyAll(a);"), [("skipped", "verifyAll(a)")])

    def test_patterns_of_a_set(self):
        self.assertEqual(
            sites("patterns.add<A, B>(a);\nother.add(b);\npatterns.add(b);"),
            [("skipped", "patterns.add<A, B>(a)"), ("skipped", "patterns.add(b)")],
        )

    def test_assertions_stay(self):
        self.assertEqual(sites("assert(a && b > 1);\nreturn a + 1;"), [("one", "a + 1")])

    def test_key_has_the_function_and_no_line(self):
        source = "int f(int a) {\n  if (a) return 1;\n}\nstruct G {\n  int g(int a) { if (a) return 1; }\n};\n"
        keys = [site.key for site in find_sites("p/q.cpp", source, 1)]
        self.assertEqual(keys[0], "p/q.cpp: f: never: a")
        self.assertEqual(keys[2], "p/q.cpp: G: never: a")
        self.assertEqual(keys, [s.key for s in find_sites("p/q.cpp", "\n\n" + source, 7)])

    def test_equal_keys_are_counted(self):
        source = "int f(int a) {\n  if (a) b();\n  if (a) c();\n}\n"
        keys = [site.key for site in find_sites("q.cpp", source, 1)]
        self.assertEqual(len(set(keys)), 4)
        self.assertEqual(keys[2], "q.cpp: f: never: a #2")

    def test_templates_name_what_they_define(self):
        source = "template <typename T> struct Fold : Base<T> {\n  void f() { if (a) b(); }\n};\n"
        self.assertEqual(find_sites("q.cpp", source, 1)[0].function, "Fold")


PROGRAM = """\
#include <cstdio>
#include <cstdlib>
enum class Kind { A, B };
struct LogicalResult { bool ok; };
namespace llvm { LogicalResult success() { return {true}; } }
static LogicalResult verifyBelow(int a, int b) { return {a < b}; }
static LogicalResult verify(int a, int b) {
  return verifyBelow(a, b);
}
struct Patterns { int count = 0; void add(int n) { count += n; } };
static int name(Kind kind) {
  switch (kind) {
  case Kind::A:
    return 1;
  case Kind::B:
    return 2;
  }
  return 3;
}
int main() {
  Patterns patterns;
  patterns.add(1);
  std::printf("%d", patterns.count);
  for (int a = 0; a < 3; ++a)
    for (int b = 0; b < 3; ++b) {
      int found = 0;
      if (int c = a - b; c > 0 && (b == 1 || a <= 1))
        found = c + 1;
      std::printf("%d%d%d%d", found, std::max(a, b), name(a > b ? Kind::A : Kind::B), verify(a, b).ok);
    }
}
"""


@unittest.skipUnless(shutil.which("clang++-22"), "needs clang++-22")
class Rewriting(unittest.TestCase):
    """The rewritten program runs as before, and each mutant otherwise."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.program = Path(folder.name) / "program"
        self.sites = find_sites("program.cpp", PROGRAM, 1)
        source = self.program.with_suffix(".cpp")
        source.write_text(rewrite(PROGRAM, self.sites, str(HEADER)).text)
        command = ["clang++-22", "-std=c++17", str(source), "-o", str(self.program)]
        subprocess.run(command, check=True)

    def run_program(self, variables: Dict[str, str]) -> str:
        """What the program prints."""
        return subprocess.run(
            [str(self.program)],
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout

    def test_every_mutant_is_another_program(self):
        original = self.run_program({})
        kinds = {site.kind for site in self.sites}
        self.assertEqual(
            kinds,
            {"never", "always", "dropped", "boundary", "negated", "one", "swapped", "no case", "skipped"},
        )
        for site in self.sites:
            printed = self.run_program({"ATTN_MUTANT": str(site.number)})
            self.assertNotEqual(printed, original, site.key)

    def test_reached_sites_are_logged_once(self):
        log = self.program.with_suffix(".log")
        self.run_program({"ATTN_MUTANT_LOG": str(log)})
        numbers = [int(line) for line in log.read_text().splitlines()]
        self.assertEqual(sorted(numbers), [site.number for site in self.sites])

    def test_an_error_has_its_innermost_site(self):
        rewritten = rewrite(PROGRAM, self.sites, "Mutant.h")
        for line, text in enumerate(rewritten.text.splitlines(), 1):
            if "b == 1" in text:
                site = rewritten.innermost(line, text.index("b == 1") + 1)
        self.assertEqual((site.kind, site.text), ("dropped", "b == 1"))


class Building(unittest.TestCase):
    """The copy of the tree, as far as it needs no compiler."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name) / "root"
        self.root.mkdir()
        subprocess.run(["git", "init", "-q", str(self.root)], check=True)
        (self.root / "a.cpp").write_text("int f(int a) {\n  if (a) return 1;\n  return 2;\n}\n")
        (self.root / "other.txt").write_text("text\n")
        (self.root / "tools" / "dev" / "mutation").mkdir(parents=True)
        shutil.copy(HEADER, self.root / "tools" / "dev" / "mutation")
        self.work = Path(folder.name) / "work"

    def tree(self) -> Tree:
        """A tree with one file of sites."""
        return Tree(self.root, self.work, ["a.cpp"], jobs=1)

    def test_copy(self):
        tree = self.tree()
        tree.copy_files()
        self.assertEqual((tree.copy / "other.txt").read_text(), "text\n")
        self.assertIn("attn_mutant::on(1)", (tree.copy / "a.cpp").read_text())
        (self.root / "other.txt").unlink()
        tree.copy_files()
        self.assertFalse((tree.copy / "other.txt").exists())

    def test_a_build_without_assertions_is_refused(self):
        build = self.root / "build"
        build.mkdir()
        (build / "CMakeCache.txt").write_text(
            "CMAKE_BUILD_TYPE:STRING=Release\nCMAKE_CXX_FLAGS_RELEASE:STRING=-O3 -DNDEBUG\n"
        )
        with self.assertRaisesRegex(Failed, "expected a build with assertions"):
            self.tree().configure(build)

    def test_what_did_not_change_keeps_its_time(self):
        path = self.root / "other.txt"
        before = path.stat().st_mtime_ns
        write_if_changed(path, b"text\n")
        self.assertEqual(path.stat().st_mtime_ns, before)

    def test_sites_that_do_not_compile_are_not_tried_again(self):
        tree = self.tree()
        tree.copy_files()
        text = (tree.copy / "a.cpp").read_text().splitlines()[2]
        output = f"{tree.copy}/a.cpp:3:{text.index('on(2)') + 1}: error: no such thing\n"
        wrong = tree.blame(output)
        self.assertEqual([site.kind for site in wrong], ["always"])
        tree.known.write_text('["a.cpp: f: always: a"]')
        self.assertEqual([site.kind for site in self.tree().all_sites()], ["never"])

    def test_an_error_in_the_header_belongs_to_the_site_of_its_note(self):
        tree = self.tree()
        tree.copy_files()
        output = (
            f"{tree.copy}/include/attn/Mutant.h:9:1: error: invalid operands\n"
            f"{tree.copy}/a.cpp:3:12: note: in instantiation\n"
        )
        self.assertEqual(len(tree.blame(output)), 1)


class FakeTest:
    """A test that notices some mutants."""

    def __init__(self, name: str, notices: List[int]):
        self.name, self.notices = name, notices

    def run(self, _folder: Path, variables: Dict[str, str]) -> Outcome:
        """Fails for the mutants that it notices."""
        return Outcome(self.name, int(variables["ATTN_MUTANT"]) not in self.notices)


class Running(unittest.TestCase):
    """Which tests a mutant meets."""

    def setUp(self):
        self.runner = Runner([FakeTest("wide", [1]), FakeTest("narrow", [1, 2]), FakeTest("slow", [3])], 1)
        self.runner.reached = {
            "wide": Outcome("wide", True, cpu_seconds=0.1, sites={1, 2, 3}),
            "narrow": Outcome("narrow", True, cpu_seconds=0.2, sites={1}),
            "slow": Outcome("slow", True, cpu_seconds=9.0, sites={3}),
        }

    def test_special_tests_come_first_and_slow_ones_last(self):
        self.assertEqual([t.name for t in self.runner.order(1)], ["narrow", "wide"])
        self.assertEqual([t.name for t in self.runner.order(3)], ["wide", "slow"])

    def test_quick_cases_of_a_program_run_at_once(self):
        program = Path("ManyTests")
        for case, seconds in (("a.b", 0.1), ("a.c", 0.2), ("a.d", 5)):
            test = UnitTest(program, [case])
            self.runner.tests.append(test)
            self.runner.reached[test.name] = Outcome(test.name, True, cpu_seconds=seconds, sites={5})
        names = [test.name for test in self.runner.order(5)]
        self.assertEqual(names, ["ManyTests: a.b, a.c", "ManyTests: a.d"])
        self.assertEqual(self.runner.count(5), 3)

    def test_first_test_that_notices(self):
        self.assertEqual(list(self.runner.judge_all([1, 3])), [(1, "narrow"), (3, "slow")])

    def test_a_test_that_does_not_reach_a_site_is_not_asked(self):
        self.assertEqual(list(self.runner.judge_all([2])), [(2, None)])

    def test_a_mutant_that_never_ends_is_noticed(self):
        class Endless:  # pylint: disable=too-few-public-methods
            """Runs until its time is up."""

            name = "endless"

            def run(self, _folder: Path, _variables: Dict[str, str]) -> Outcome:
                """Passes only if the loop ends."""
                result = subprocess.run([sys.executable, "-c", "while True: pass"], check=False)
                return Outcome(self.name, result.returncode == 0)

        self.runner.tests.append(Endless())
        self.runner.reached["endless"] = Outcome("endless", True, sites={4})
        self.assertEqual(list(self.runner.judge_all([4])), [(4, "endless")])


class Equivalent(unittest.TestCase):
    """The list of mutants that change nothing."""

    def test_keys_share_the_reason_after_them(self):
        text = "# comment\na: f: never: x\na: f: always: x\n  the same\n  twice\n\nb: g: one: y + 1\n  other\n"
        self.assertEqual(
            MUTATE.read_equivalent(text),
            {
                "a: f: never: x": "the same twice",
                "a: f: always: x": "the same twice",
                "b: g: one: y + 1": "other",
            },
        )

    def test_faults(self):
        for text, message in (
            ("  reason\n", "line 1: a reason without a key"),
            ("a\n", "no reason for 'a'"),
            ("a\n  b\na\n  c\n", "line 3: a second entry of this key"),
        ):
            with self.assertRaisesRegex(ValueError, message):
                MUTATE.read_equivalent(text)

    def test_every_entry_of_ours_has_a_site(self):
        report = MUTATE.Report(MUTATE.read_equivalent(MUTATE.EQUIVALENT.read_text()))
        paths = MUTATE.expand(ROOT, MUTATE.FILES)
        found = [s for path in paths for s in find_sites(path, (ROOT / path).read_text(), 1)]
        self.assertGreater(len(found), 1000)
        report.check_keys(found, paths)
        self.assertEqual(report.errors, [])
        self.assertEqual([k for k in report.reasons if k.split(":")[0] not in paths], [])


class Reporting(unittest.TestCase):
    """What the last lines say."""

    def test_figures(self):
        first, second, third = find_sites("q.cpp", "int f() {\n  if (a) b();\n  c = d + 1;\n}\n", 1)
        report = MUTATE.Report({second.key: "known"})
        report.add(first, "test.mlir")
        report.add(second, None)
        report.add(third, None)
        self.assertEqual(report.figures(), "3 mutants: 1 noticed, 1 equivalent, 1 left")
        self.assertEqual(report.left, [third])

    def test_an_equivalent_that_is_noticed_is_an_error(self):
        site = find_sites("q.cpp", "int f() {\n  c = d + 1;\n}\n", 1)[0]
        report = MUTATE.Report({site.key: "known"})
        report.add(site, "test.mlir")
        self.assertEqual(
            report.errors, ["test.mlir notices what equivalent.txt has: q.cpp: f: one: d + 1"]
        )

    def test_a_pattern_without_files_is_refused(self):
        with self.assertRaisesRegex(ValueError, "no file 'lib/None.cpp'"):
            MUTATE.expand(ROOT, ["lib/None.cpp"])

    def test_list(self):
        out = io.StringIO()
        arguments = ["mutate.py", "--list", "--match=never", "lib/Analysis/KeyBounds.cpp"]
        with contextlib.redirect_stdout(out), unittest.mock.patch("sys.argv", arguments):
            self.assertEqual(MUTATE.main(), 0)
        self.assertRegex(out.getvalue(), r"lib/Analysis/KeyBounds.cpp:\d+: lib.*: never: ")


if __name__ == "__main__":
    unittest.main()
