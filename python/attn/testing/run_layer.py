"""Compares a compiled layer, or bare recurrent operation, with the oracle.

    python3 -m attn.testing.run_layer --builds=cpu,reference --sizes=T=1 --sizes=T=65 \\
        -- --system=gated_delta_net --dynamic=seq --final-state

Everything behind `--` goes to attn-gen; the tools of a build must be on PATH.
`--sizes` gives the dynamic sizes of one call. Prints each output's largest error
and the error's root mean square over the output's; exits with 1 when one is
beyond `tolerances.LAYER`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile

import numpy as np

from attn import dtypes
from attn.kernel import STATUS
from attn.testing import tolerances, variants
from attn.testing.compiling import BuildError, build_kernel
from attn.testing.layers import LayerProblem
from attn.testing.state_problem import generate


def call(kernel, problem: LayerProblem, inputs, sizes) -> list:
    """Outputs of one call; an error where its status is not 0."""
    # NumPy's strides of empty arrays are arbitrary: `place` gives the plain ones.
    inputs = {n: variants.place(x, "dense")[0] for n, x in inputs.items()}
    outputs = [variants.place(np.zeros(x.sizes(sizes), dtypes.NUMPY[x.dtype]), "dense")[0]
               for x in problem.outputs]
    status = kernel(inputs, outputs)
    if status != 0:
        raise BuildError(f"status {STATUS.get(status, status)}")
    return outputs


def compare(kernel, problem: LayerProblem, sizes, seed: int, build: str) -> int:
    """One call; prints its errors and returns how many outputs are off."""
    inputs = problem.inputs(sizes, np.random.default_rng(seed))
    expected = problem.expected(inputs)
    wrong = 0
    for output, array, reference in zip(
        problem.outputs, call(kernel, problem, inputs, sizes), expected
    ):
        found = dtypes.load(array, output.dtype)
        ratio = tolerances.ratio(found, reference)
        is_off = not ratio <= tolerances.LAYER[problem.dtype]
        wrong += is_off
        both = np.isfinite(found) & np.isfinite(reference)
        largest = np.abs(found[both] - reference[both]).max(initial=0.0)
        print(f"{build} {sizes} {output.name}: error {largest:.3g}, ratio {ratio:.3g}"
              f"{' is off' if is_off else ''}")
    return wrong


def sizes_from(text: str) -> dict[str, int]:
    """`T=7,B=2` as a dictionary; `N` also gives `N+1`."""
    pairs = (x.split("=") for x in text.split(",") if x)
    sizes = {letter: int(n) for letter, n in pairs}
    if "N" in sizes:
        sizes["N+1"] = sizes["N"] + 1
    return sizes


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--builds", default="cpu,reference", help="PIPELINE[:TARGET], ...")
    parser.add_argument("--sizes", action="append", help="dynamic sizes of one call")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("flags", nargs="+", help="of attn-gen")
    arguments = parser.parse_args()
    problem = generate(arguments.flags)
    wrong = 0
    with tempfile.TemporaryDirectory() as directory:
        for build in arguments.builds.split(","):
            try:
                kernel = build_kernel(problem, arguments.flags, build, directory)
                for text in arguments.sizes or [""]:
                    sizes = sizes_from(text)
                    wrong += compare(kernel, problem, sizes, arguments.seed, build)
            except BuildError as error:
                print(f"{build}: {error}")
                wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
