#!/usr/bin/python3
"""Runs the examples in README.md and docs/.

  tools/dev/run-docs.py [--build=DIR] [--xml=FILE] [PAGE.md ...]

The examples of a page run in order, in one empty folder, with the tools of the
build on PATH:

- a ```sh block runs under `bash -euo pipefail`, with $SRC and $BUILD set to the
  source and the build tree;
- a ```mlir block goes through attn-opt, and what that prints once more;
- blocks in other languages are not run;
- a relative link must lead to a file.

Of pages in docs/generated only the links are checked: their sketches of IR are
not whole, and their examples are tests that run anyway.

A comment on the line before a block changes that:

  <!-- file: NAME -->        write the block to NAME, for the blocks after it
  <!-- prints -->            a ```text block: each of its lines must occur, in
                             this order, in what the block before it printed;
                             `...` stands for anything
  <!-- not run: REASON -->   leave the block alone

With --xml the results are also written in JUnit's form. Exits with 1 if an
example fails. Covered by test/python/test_run_docs.py.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Iterator, List

from junit import Case, Report

ROOT = Path(__file__).resolve().parents[2]
LLVM_TOOLS = "/usr/lib/llvm-22/bin"
TIMEOUT_SECONDS = 300


@dataclass
class Block:
    """One fenced block of a page."""

    line: int
    language: str
    marker: str
    text: str


def blocks(page: str) -> Iterator[Block]:
    """The fenced blocks of a page with the marker before each."""
    lines = page.splitlines()
    marker = ""
    index = 0
    while index < len(lines):
        fence = re.match(r"```(\w*)\s*$", lines[index])
        if fence:
            end = index + 1
            while end < len(lines) and lines[end].strip() != "```":
                end += 1
            text = "\n".join(lines[index + 1 : end]) + "\n"
            yield Block(index + 1, fence.group(1), marker, text)
            index = end
            marker = ""
        elif lines[index].strip():
            comment = re.match(r"<!--\s*(.*?)\s*-->\s*$", lines[index])
            marker = comment.group(1) if comment else ""
        index += 1


def missing_line(expected: str, printed: str) -> str:
    """The first expected line that does not follow in order, or nothing."""
    at = 0
    lines = [" ".join(line.split()) for line in printed.splitlines()]
    for line in expected.splitlines():
        wanted = " ".join(line.split())
        if not wanted or wanted == "...":
            continue
        pattern = re.compile(".*".join(re.escape(part) for part in wanted.split("...")))
        while at < len(lines) and not pattern.fullmatch(lines[at]):
            at += 1
        if at == len(lines):
            return line
        at += 1
    return ""


class Page:
    """One page, its folder and what its last block printed."""

    def __init__(self, path: Path, folder: Path, env: Dict[str, str]):
        self.path = path
        self.folder = folder
        self.env = env
        self.printed = ""

    def run(self, command: List[str], text: str) -> str:
        """Runs a command on the text; returns why it failed, or nothing."""
        try:
            done = subprocess.run(
                command,
                input=text,
                cwd=self.folder,
                env=self.env,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=TIMEOUT_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
        self.printed = done.stdout
        if done.returncode:
            return f"exit status {done.returncode}\n{text}\n{done.stdout}"
        return ""

    def check(self, block: Block) -> str:
        """Why the example fails, or nothing."""
        if block.marker == "prints":
            line = missing_line(block.text, self.printed)
            return f"not printed: {line}\n{self.printed}" if line else ""
        if block.language == "mlir":
            failure = self.run(["attn-opt", "-"], block.text)
            return failure or self.run(["attn-opt", "-"], self.printed)
        script = self.folder / ".block.sh"
        script.write_text(block.text)
        return self.run(["bash", "-euo", "pipefail", str(script)], "")

    def dead_links(self) -> List[str]:
        """Relative links of the page that lead nowhere."""
        links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", self.path.read_text())
        local = [link for link in links if not re.match(r"\w+:", link)]
        return [link for link in local if not (self.path.parent / link).exists()]

    def cases(self) -> Iterator[Case]:
        """Checks the links and runs all examples."""
        dead = self.dead_links()
        yield Case("docs", f"{self.path.name}:links", 0.0, "dead: " + ", ".join(dead) if dead else "")
        if self.path.parent.name == "generated":
            return
        for block in blocks(self.path.read_text()):
            if block.marker.startswith("file:"):
                (self.folder / block.marker[5:].strip()).write_text(block.text)
            runs = block.language in ("sh", "mlir") or block.marker == "prints"
            if not runs or block.marker.startswith("not run:"):
                continue
            started = time.monotonic()
            failure = self.check(block)
            name = f"{self.path.name}:{block.line}"
            yield Case("docs", name, time.monotonic() - started, failure)


def environment(build: Path) -> Dict[str, str]:
    """PATH with the tools of the build and of LLVM in front."""
    path = os.pathsep.join([str(build / "bin"), LLVM_TOOLS, os.environ.get("PATH", "")])
    return {**os.environ, "PATH": path, "SRC": str(ROOT), "BUILD": str(build)}


def run_page(path: Path, build: Path) -> List[Case]:
    """The results of one page."""
    with tempfile.TemporaryDirectory() as folder:
        return list(Page(path, Path(folder), environment(build)).cases())


def main() -> int:
    """Runs the examples of the pages named, or of all."""
    parser = argparse.ArgumentParser(description="run the examples of the documentation")
    parser.add_argument("pages", nargs="*", type=Path)
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "dev")
    parser.add_argument("--xml", type=Path, help="write the results to this file")
    options = parser.parse_args()
    pages = options.pages or [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    report = Report()
    for page in pages:
        report.cases += run_page(page, options.build.resolve())
    for case in report.cases:
        print(f"{'FAIL' if case.failure else 'PASS'}: {case.name} ({case.seconds:.1f} s)")
        if case.failure:
            print(case.failure)
    if options.xml:
        report.write(options.xml)
    return 1 if any(case.failure for case in report.cases) else 0


if __name__ == "__main__":
    sys.exit(main())
