"""Accuracy of math functions in regions, each over a wide range of inputs.

    python3 -m attn.testing.run_functions [PATTERN]

With one key the logarithm of the softmax sum is the score itself: lse[i] =
f(q[i] * k). So each function is compiled as a `score` region, called once with
queries over its whole domain, and compared with NumPy in f64. Prints one line
per function, `NAME: ok` or where it is furthest off; the exit status is 1 if any
is off by more than `TOLERANCE`, relative to the larger of 1 and the result.
Inputs grow geometrically in both directions from 0, so that small and large ones
count alike.
"""

from __future__ import annotations

import fnmatch
import os
import subprocess
import sys
import tempfile
from typing import Callable

import numpy as np

# A result is a logarithm of base 2 on its way, which costs an ulp or two; the
# least exact function is atan, by 2.3e-6.
TOLERANCE = 3e-6

# The program, with the operations of the function in the place of BODY.
PROGRAM = """
func.func @f(%q: tensor<1x1xCOUNTx1xf32>, %one: tensor<1x1x1x1xf32>) -> tensor<1x1xCOUNTxf32> {
  %o0 = tensor.empty() : tensor<1x1xCOUNTx1xf32>
  %l0 = tensor.empty() : tensor<1x1xCOUNTxf32>
  %o, %l = attn.dense scale 1.0
      ins(%q, %one, %one : tensor<1x1xCOUNTx1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>)
      outs(%o0, %l0 : tensor<1x1xCOUNTx1xf32>, tensor<1x1xCOUNTxf32>) score {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    %half = arith.constant 0.5 : f32
    %r = BODY
    attn.yield %r : f32
  }
  return %l : tensor<1x1xCOUNTxf32>
}
"""

Function = Callable[[np.ndarray], np.ndarray]


def erf(x: np.ndarray) -> np.ndarray:
    """NumPy has none: Python's, element by element."""
    from math import erf as one  # pylint: disable=import-outside-toplevel

    return np.array([one(value) for value in x])


# Name, the domain (lowest and largest input), NumPy's function of it.
UNARY: dict[str, tuple[float, float, Function]] = {
    "math.absf": (-1e30, 1e30, np.abs),
    "math.atan": (-1e6, 1e6, np.arctan),
    "math.cbrt": (-1e6, 1e6, np.cbrt),
    "math.ceil": (-1e6, 1e6, np.ceil),
    "math.cos": (-1e5, 1e5, np.cos),
    "math.erf": (-10, 10, erf),
    "math.exp": (-100, 10, np.exp),
    "math.exp2": (-150, 10, np.exp2),
    "math.expm1": (-50, 10, np.expm1),
    "math.floor": (-1e6, 1e6, np.floor),
    "math.log": (1e-30, 1e30, np.log),
    "math.log10": (1e-30, 1e30, np.log10),
    "math.log1p": (-0.99, 1e6, np.log1p),
    "math.log2": (1e-30, 1e30, np.log2),
    "math.roundeven": (-1e6, 1e6, np.rint),
    "math.rsqrt": (1e-6, 1e30, lambda x: 1 / np.sqrt(x)),
    "math.sin": (-1e5, 1e5, np.sin),
    "math.sqrt": (0, 1e30, np.sqrt),
    "math.tan": (-1e5, 1e5, np.tan),
    "math.tanh": (-50, 50, np.tanh),
    "math.trunc": (-1e6, 1e6, np.trunc),
    "math.acos": (-1, 1, np.arccos),
    "math.asin": (-1, 1, np.arcsin),
    "math.acosh": (1, 1e30, np.arccosh),
    "math.asinh": (-1e30, 1e30, np.arcsinh),
    "math.atanh": (-0.99, 0.99, np.arctanh),
    "math.cosh": (-10, 10, np.cosh),
    "math.sinh": (-10, 10, np.sinh),
    "math.round": (-1e6, 1e6, lambda x: np.trunc(x + np.copysign(0.5, x))),
}
BINARY: dict[str, tuple[float, float, Function]] = {
    "math.powf": (0, 1e6, lambda x: x**0.5),
    "math.atan2": (-1e6, 1e6, lambda x: np.arctan2(x, 0.5)),
    "math.copysign": (-1e6, 1e6, lambda x: np.copysign(x, 0.5)),
}


def inputs(low: float, high: float) -> np.ndarray:
    """f32 values between `low` and `high`, 0 and the ends among them."""
    largest = max(abs(low), abs(high))
    sizes = np.geomspace(1e-8 * largest, largest, 1500)
    values = np.concatenate([-sizes, [0.0], sizes, np.linspace(low, high, 3000)])
    values = values.astype(np.float32)
    values = values[(values >= np.float32(low)) & (values <= np.float32(high))]
    return np.unique(values)


def check(name: str, operands: str, low: float, high: float, f: Function) -> str:
    """What is wrong with a function, or an empty string."""
    x = inputs(low, high)
    body = f"{name} {operands} : f32"
    program = PROGRAM.replace("COUNT", str(x.size)).replace("BODY", body)
    with tempfile.TemporaryDirectory() as folder:
        source, q, one, lse = (
            os.path.join(folder, n) for n in ("f.mlir", "q.npy", "one.npy", "l.npy")
        )
        with open(source, "w", encoding="utf-8") as file:
            file.write(program)
        np.save(q, x.reshape(1, 1, -1, 1))
        np.save(one, np.ones((1, 1, 1, 1), np.float32))
        command = ["attn-run", source, f"--input={q}", f"--input={one}", f"--output={lse}"]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode != 0:
            lines = [line for line in run.stderr.splitlines() if "error" in line]
            return lines[0].split("error: ")[-1] if lines else run.stderr
        found = np.load(lse).reshape(-1).astype(np.float64)
    with np.errstate(all="ignore"):
        expected = f(x.astype(np.float64))
    error = np.abs(found - expected) / np.maximum(1, np.abs(expected))
    error = np.where(found == expected, 0, error)
    error = np.where(np.isnan(error), np.inf, error)
    worst = int(error.argmax())
    if error[worst] <= TOLERANCE:
        return ""
    return (
        f"error {error[worst]:.2e} at {x[worst]!r}: "
        f"expected {expected[worst]!r} but found {found[worst]!r}"
    )


def main() -> int:
    pattern = sys.argv[1] if len(sys.argv) > 1 else "*"
    failed = False
    for table, operands in ((UNARY, "%s"), (BINARY, "%s, %half")):
        for name, (low, high, function) in table.items():
            if not fnmatch.fnmatch(name, pattern):
                continue
            wrong = check(name, operands, low, high, function)
            failed |= bool(wrong)
            print(f"{name}: {wrong or 'ok'}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
