"""Assembles kernels and judges what ptxas says, for every schedule of a list.

    python3 -m attn.testing.assemble --target=sm_90a "D=128 causal" "D=64"

Each case is a head width, optionally another one of values (`V=128`), a mask
(`causal`), an element type (`f16`) and `schedule=...`, the inside of an
#atile.schedule. Prints registers, spills, products and moves, and fails where a
register is spilled, where a product is serialised or a wait injected (C7508 to
C7519), or where the machine code has other numbers of products than the tiles ask for.
"""

from __future__ import annotations

import argparse
import collections
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from attn.testing import sass

FORBIDDEN = re.compile(r"C75(08|09|1\d)")


def write_module(case: str) -> str:
    """The text of attention with the sizes and the mask of `case`."""
    words = dict(word.split("=", 1) if "=" in word else (word, "") for word in case.split(maxsplit=9))
    width = int(words["D"])
    value_width = int(words.get("V", width))
    element = "f16" if "f16" in words else "bf16"
    key = f"tensor<?x?x?x{width}x{element}>"
    value = f"tensor<?x?x?x{value_width}x{element}>"
    lse = "tensor<?x?x?xf32>"
    mask = "causal align(bottom_right)" if "causal" in words else ""
    softcap = "softcap 30.0" if "softcap" in words else ""
    schedule = words.get("schedule", "").replace(",", ", ").replace(":", " = ")
    attribute = f"{{atile.schedule = #atile.schedule<{schedule}>}}" if schedule else ""
    return f"""
func.func @attention(%q: {key}, %k: {key}, %v: {value}) -> ({value}, {lse}) {{
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %b = tensor.dim %q, %c0 : {key}
  %h = tensor.dim %q, %c1 : {key}
  %t = tensor.dim %q, %c2 : {key}
  %o = tensor.empty(%b, %h, %t) : {value}
  %l = tensor.empty(%b, %h, %t) : {lse}
  %r:2 = attn.dense {mask} {softcap} ins(%q, %k, %v : {key}, {key}, {value})
      outs(%o, %l : {value}, {lse}) {attribute}
  return %r#0, %r#1 : {value}, {lse}
}}
"""


def find_ptxas_report(ptx: Path, cubin: Path, target: str) -> str:
    """What `ptxas -v` says."""
    result = subprocess.run(
        ["ptxas", f"-arch={target}", "-v", str(ptx), "-o", str(cubin)],
        capture_output=True,
        text=True,
        check=True,
    )
    return result.stdout + result.stderr


def judge(case: str, target: str, folder: Path) -> list[str]:
    """Assembles one case, prints a line, and gives what is wrong with it."""
    module, ptx, cubin = (folder / f"kernel.{end}" for end in ("mlir", "ptx", "cubin"))
    module.write_text(write_module(case))
    subprocess.run(
        ["attn-compile", str(module), f"--target={target}", "--emit=ptx", "-o", str(ptx)],
        check=True,
    )
    report = find_ptxas_report(ptx, cubin, target)
    ops = collections.Counter(next(iter(sass.kernels(cubin.read_bytes()).values())))
    spilled = [int(n) for n in re.findall(r"(\d+) bytes spill", report)]
    stack = [int(n) for n in re.findall(r"(\d+) bytes stack", report)]
    registers = re.search(r"Used (\d+) registers", report)
    faults = sorted(set(FORBIDDEN.findall(report)))
    wrong = []
    if any(spilled) or any(stack):
        wrong.append(f"spills {sum(spilled)} bytes, stack {max(stack)}")
    if faults:
        wrong.append("ptxas says " + ", ".join(f"C75{number}" for number in faults))
    if ops["LDL"] or ops["STL"]:
        wrong.append(f"{ops['LDL'] + ops['STL']} accesses of local memory")
    product = "HGMMA" if target == "sm_90a" else "HMMA"
    if not ops[product]:
        wrong.append(f"no {product}")
    loads = "UTMALDG" if target == "sm_90a" else "LDGSTS"
    if not ops[loads]:
        wrong.append(f"no {loads}")
    print(
        f"{case:48} {registers.group(1) if registers else '?':>4} registers, "
        f"{product} {ops[product]:3}, {loads} {ops[loads]:2}, MOV {ops['MOV']:3}, "
        f"{'; '.join(wrong) or 'clean'}",
        flush=True,
    )
    return wrong


def main(arguments: list[str]) -> int:
    """Judges all cases."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", nargs="+")
    parser.add_argument("--target", default="sm_90a")
    flags = parser.parse_args(arguments)
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for case in flags.cases:
            wrong += bool(judge(case, flags.target, Path(folder)))
    print(f"{len(flags.cases)} kernels, {wrong} not clean")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
