"""Unit test of tools/dev/run-docs.py: which blocks run, and what fails."""

import tempfile
import unittest
from pathlib import Path
from typing import List

from scripts import ROOT, load

DOCS = load("run-docs")


def failures(page: str) -> List[str]:
    """The failure text, or an empty one, of each example of a page."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.md"
        path.write_text(page)
        return [c.failure for c in DOCS.run_page(path, ROOT / "build" / "dev")][1:]


class Blocks(unittest.TestCase):
    """What runs and what does not."""

    def test_good_block(self):
        self.assertEqual(failures("text\n```sh\ntrue\n```\n"), [""])

    def test_failing_block(self):
        self.assertIn("exit status 3", failures("```sh\nexit 3\n```\n")[0])

    def test_failing_line_inside(self):
        self.assertIn("exit status 1", failures("```sh\nfalse\ntrue\n```\n")[0])

    def test_failing_pipe(self):
        self.assertIn("exit status 1", failures("```sh\nfalse | cat\n```\n")[0])

    def test_not_run(self):
        self.assertEqual(failures("<!-- not run: example -->\n```sh\nfalse\n```\n"), [])

    def test_other_language(self):
        self.assertEqual(failures("```text\nfalse\n```\n"), [])

    def test_file_for_later_block(self):
        page = "<!-- file: a.txt -->\n```text\nhello\n```\n```sh\ngrep hello a.txt\n```\n"
        self.assertEqual(failures(page), [""])

    def test_marker_needs_to_be_next_to_the_block(self):
        self.assertEqual(len(failures("<!-- not run: x -->\ntext\n```sh\ntrue\n```\n")), 1)

    def test_generated_pages_are_not_run(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "generated" / "page.md"
            path.parent.mkdir()
            path.write_text("```sh\nfalse\n```\n")
            cases = DOCS.run_page(path, ROOT / "build" / "dev")
        self.assertEqual([c.name for c in cases], ["page.md:links"])


class Links(unittest.TestCase):
    """Relative links are followed."""

    def links(self, page: str) -> str:
        """The failure of the page's links."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "page.md"
            path.write_text(page)
            return DOCS.run_page(path, ROOT / "build" / "dev")[0].failure

    def test_dead(self):
        self.assertEqual(self.links("see [it](no.md#part)"), "dead: no.md")

    def test_alive(self):
        self.assertEqual(self.links("[this](page.md) and [that](https://llvm.org)"), "")


class Prints(unittest.TestCase):
    """Output shown in a page is compared."""

    PAGE = "```sh\nprintf 'a  1\\nb 22\\nc\\n'\n```\n<!-- prints -->\n```text\n%s\n```\n"

    def test_same(self):
        self.assertEqual(failures(self.PAGE % "a 1\n...\nb ...\nc"), ["", ""])

    def test_line_left_out(self):
        self.assertEqual(failures(self.PAGE % "a 1\nc"), ["", ""])

    def test_wrong_order(self):
        self.assertIn("not printed: a 1", failures(self.PAGE % "c\na 1")[1])

    def test_wrong_line(self):
        self.assertIn("not printed: b 23", failures(self.PAGE % "b 23")[1])


if __name__ == "__main__":
    unittest.main()
