#!/usr/bin/python3
"""Makes a new pass: its declaration, implementation and test, and its line in
docs/Changes.md.

  tools/dev/new-pass.py attn-foo-bar --summary="fold foo into bar"
  tools/dev/new-pass.py attn-cpu-foo --folder=Codegen/CPU --summary="tile foo"

FOLDER is one of include/attn that has a Passes.td. The pass visits each
attn.dense and says so in a remark; replace that by what it is to do. It builds
and its test passes as it is. With --root another source tree is changed.

Covered by test/Tools/dev/new-pass.test.
"""

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import List

ROOT = Path(__file__).resolve().parents[2]
WIDTH = 80

DECLARATION = """\
def @DEF@ : InterfacePass<"@FLAG@", "FunctionOpInterface"> {
  let summary = "@SUMMARY@";
  let description = [{
    Visits every `attn.dense` and says so in a remark of the category
    `@FLAG@`. Changes nothing.
  }];
  let statistics = [
    Statistic<"numVisited", "visited", "Number of operations visited">
  ];
}

"""

SOURCE = """\
@HEADLINE@
//
//   attn.dense ..                                            remark: visited
//
// Tests: @TEST@
//
//===----------------------------------------------------------------------===//

#include "attn/Dialect/Attn/IR/Attn.h"
#include "attn/@FOLDER@/Passes.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::attn {

#define GEN_PASS_DEF_@MACRO@
#include "attn/@FOLDER@/Passes.h.inc"

static constexpr llvm::StringLiteral kCategory("@FLAG@");

namespace {
struct @DEF@ : impl::@DEF@Base<@DEF@> {
  void runOnOperation() override {
    getOperation()->walk([&](DenseOp op) {
      auto options = remark::RemarkOpts::name("visited");
      remark::analysis(op.getLoc(), options.category(kCategory)) << "visited";
      ++numVisited;
    });
  }
};
} // namespace

} // namespace mlir::attn
"""

TEST = """\
// RUN: attn-opt %s --@FLAG@ --remarks-filter=@FLAG@ 2>&1 | FileCheck %s

// CHECK: [[#@LINE+5]]:8: remark: [Analysis] visited | Category:@FLAG@
// CHECK: func.func @visited
// CHECK: attn.dense
func.func @visited(%q: tensor<1x2x8x16xf32>) -> tensor<1x2x8x16xf32> {
  %e = tensor.empty() : tensor<1x2x8x16xf32>
  %o = attn.dense
      ins(%q, %q, %q : tensor<1x2x8x16xf32>, tensor<1x2x8x16xf32>, tensor<1x2x8x16xf32>)
      outs(%e : tensor<1x2x8x16xf32>)
  return %o : tensor<1x2x8x16xf32>
}
"""


class Refused(Exception):
    """What the command line asks for cannot be made."""


def insert_before_last(text: str, marker: str, addition: str) -> str:
    """Puts the addition in front of the last occurrence of the marker."""
    head, found, tail = text.rpartition(marker)
    if not found:
        raise Refused(f"expected '{marker}' in the file")
    return head + addition + found + tail


def insert_source(text: str, name: str) -> str:
    """Adds a file to the list of an attn_add_library, in alphabetical order."""
    lines = text.splitlines()
    files = [i for i, line in enumerate(lines) if re.match(r"\s+\w+\.cpp", line)]
    if not files:
        raise Refused("expected a list of files in CMakeLists.txt")
    place = next((i for i in files if lines[i].strip(" )") > name), files[-1] + 1)
    if place > files[-1] and lines[files[-1]].endswith(")"):
        lines[files[-1]] = lines[files[-1]][:-1]
        name += ")"
    lines.insert(place, "  " + name)
    return "\n".join(lines) + "\n"


def insert_change(text: str, flag: str, summary: str) -> str:
    """Adds a line to the first list of docs/Changes.md."""
    lines = text.splitlines()
    first = next((i for i, line in enumerate(lines) if line.startswith("- ")), None)
    if first is None:
        raise Refused("expected a list in docs/Changes.md")
    lines.insert(first, f"- pass `{flag}`: {summary}")
    return "\n".join(lines) + "\n"


def camel(flag: str) -> List[str]:
    """The words of a flag after `attn-`, as in the names of classes."""
    words = flag.split("-")[1:]
    return [w.upper() if w in ("cpu", "nvvm") else w.capitalize() for w in words]


def headline(name: str, summary: str) -> str:
    """The first line of a source file, filled up with dashes."""
    line = f"//===- {name} - {summary} "
    return line + "-" * max(1, WIDTH - len(line) - len("===//")) + "===//"


def make(root: Path, flag: str, folder: str, summary: str) -> List[Path]:
    """Writes the files of a pass; the paths of those new or changed."""
    if not re.fullmatch(r"attn(-[a-z][a-z0-9]*)+", flag):
        raise Refused(f"expected a flag such as attn-foo-bar but found '{flag}'")
    words = camel(flag)
    stem = "".join(w for w in words if not w.isupper())
    if not stem:
        raise Refused(f"expected a name behind the target in '{flag}'")
    declarations = root / "include" / "attn" / folder / "Passes.td"
    library = root / "lib" / folder / "CMakeLists.txt"
    for path in (declarations, library):
        if not path.exists():
            raise Refused(f"no {path.relative_to(root)}; see --help for folders")
    source = root / "lib" / folder / f"{stem}.cpp"
    name = re.sub(r"^attn-(cpu-|gpu-)?", "", flag)
    test = root / "test" / folder / f"{name}.mlir"
    for path in (source, test):
        if path.exists():
            raise Refused(f"{path.relative_to(root)} exists")
    if len(headline(source.name, summary)) > WIDTH:
        raise Refused(f"expected a shorter summary: {WIDTH} columns hold the file's first line")

    words = {
        "DEF": "".join(words) + "Pass",
        "MACRO": ("".join(words) + "Pass").upper(),
        "FLAG": flag,
        "FOLDER": folder,
        "SUMMARY": summary,
        "HEADLINE": headline(source.name, summary),
        "TEST": str(test.relative_to(root)),
    }

    def fill(template: str) -> str:
        return re.sub(r"@(\w+)@", lambda match: words[match[1]], template)

    changes = root / "docs" / "Changes.md"
    texts = {
        declarations: insert_before_last(
            declarations.read_text(), "#endif", fill(DECLARATION)
        ),
        source: fill(SOURCE),
        library: insert_source(library.read_text(), source.name),
        test: fill(TEST),
        changes: insert_change(changes.read_text(), flag, summary),
    }
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    formatter = shutil.which("clang-format-22") or shutil.which("clang-format")
    if formatter:
        subprocess.run([formatter, "-i", str(source)], check=True)
    return list(texts)


def main() -> int:
    """Makes the files, and says what comes next."""
    parser = argparse.ArgumentParser(description="make a new pass")
    parser.add_argument("flag", help="its flag, as in attn-foo-bar")
    parser.add_argument("--folder", default="Dialect/Attn/Transforms")
    parser.add_argument("--summary", required=True, help="what it does, in a few words")
    parser.add_argument("--root", type=Path, default=ROOT)
    options = parser.parse_args()
    try:
        paths = make(options.root, options.flag, options.folder, options.summary)
    except Refused as error:
        print(f"new-pass: error: {error}", file=sys.stderr)
        return 1
    for path in paths:
        print(path.relative_to(options.root))
    print("next: build, run the test, then tools/dev/update-docs.py")
    return 0


if __name__ == "__main__":
    sys.exit(main())
