#!/usr/bin/python3
"""Draws the stages of the CPU pipeline as an SVG, from a real compilation.

  tools/dev/draw-stages.py [--build=DIR] > docs/generated/stages.svg

Compiles causal attention with `attn-compile --dump-stages` for x86-64-v3, so
that the picture does not depend on this machine. Each box is a stage with the
dialects of the IR after it, largest share first, and its number of operations.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from collections import Counter
from html import escape
from pathlib import Path
from typing import List, Tuple

ROOT = Path(__file__).resolve().parents[2]
PROBLEM = ["--causal", "--heads=8", "--kv-heads=2", "--dynamic"]
WIDTH, HEIGHT, GAP, TOP, ROWS = 104, 138, 18, 44, 5
STYLE = """\
  text { font: 12px sans-serif; fill: #1f2933; text-anchor: middle }
  .name { font-weight: bold; font-size: 13px }
  .count { fill: #61707d; font-size: 11px }
  .stage { fill: #eef4fb; stroke: #4a7ebb }
  .end { fill: #f4f0e6; stroke: #b08d3c }
  .arrow { stroke: #61707d; stroke-width: 1.5; marker-end: url(#head) }"""


def dialects(text: str) -> Counter:
    """How many operations of each dialect a module has."""
    operation = re.compile(r'^\s*(?:%[^=]*= )?"?([a-z_][a-z_0-9]*)\.[a-z_]', re.MULTILINE)
    return Counter(operation.findall(text))


def stages(build: Path) -> List[Tuple[str, Counter]]:
    """Name and operations after each stage."""
    tools = build / "bin"
    text = subprocess.run(
        [tools / "attn-gen", *PROBLEM], stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    with tempfile.TemporaryDirectory() as folder:
        command = [tools / "attn-compile", "-", "--target=x86-64-v3", "--emit=mlir"]
        command += [f"--dump-stages={folder}", "-o", f"{folder}/out"]
        subprocess.run(command, input=text, text=True, check=True)
        # The first dump is the input, which has a box of its own.
        dumps = sorted(Path(folder).glob("*.mlir"))[1:]
        return [(re.sub(r"^\d+[-_]", "", d.stem), dialects(d.read_text())) for d in dumps]


def box(index: int, css: str, name: str, lines: List[str], count: str) -> str:
    """One box with its arrow from the box before."""
    left = 10 + index * (WIDTH + GAP)
    middle = left + WIDTH / 2
    svg = ""
    if index:
        y = TOP + HEIGHT / 2
        svg += f'<line class="arrow" x1="{left - GAP}" y1="{y}" x2="{left - 7}" y2="{y}"/>\n'
    svg += f'<rect class="{css}" x="{left}" y="{TOP}" width="{WIDTH}" height="{HEIGHT}" rx="6"/>\n'
    svg += f'<text class="name" x="{middle}" y="{TOP + 20}">{escape(name)}</text>\n'
    for row, line in enumerate(lines[:ROWS]):
        svg += f'<text x="{middle}" y="{TOP + 42 + 16 * row}">{escape(line)}</text>\n'
    svg += f'<text class="count" x="{middle}" y="{TOP + HEIGHT - 9}">{escape(count)}</text>\n'
    return svg


def draw(found: List[Tuple[str, Counter]]) -> str:
    """The whole picture."""
    boxes = len(found) + 2
    width = 20 + boxes * WIDTH + (boxes - 1) * GAP
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {TOP + HEIGHT + 12}">\n'
        f"<style>\n{STYLE}\n</style>\n"
        '<defs><marker id="head" viewBox="0 0 8 8" refX="4" refY="4" markerWidth="6" '
        'markerHeight="6" orient="auto"><path d="M0 0L8 4L0 8z" fill="#61707d"/></marker></defs>\n'
        '<rect width="100%" height="100%" fill="#ffffff"/>\n'
        f'<text class="name" x="{width / 2}" y="26">Stages of the CPU pipeline, '
        "with the dialects after each</text>\n"
    )
    svg += box(0, "end", "text", ["attn", "linalg", "tensor", "arith", "math"], "any layer")
    for index, (name, counts) in enumerate(found, 1):
        names = [dialect for dialect, _ in counts.most_common(ROWS)]
        svg += box(index, "stage", name, names, f"{sum(counts.values())} operations")
    svg += box(boxes - 1, "end", "artefact", ["object", "C header", "library", "assembly"], "libm only")
    return svg + "</svg>\n"


def main() -> int:
    """Prints the picture."""
    parser = argparse.ArgumentParser(description="draw the stages of the CPU pipeline")
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "dev")
    found = stages(parser.parse_args().build.resolve())
    if not found:
        sys.exit("error: expected attn-compile --dump-stages to write a file per stage")
    sys.stdout.write(draw(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
