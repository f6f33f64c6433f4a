"""What holds for linear and recurrent layers of any kind, kernel against itself.

A layer that takes and returns its states gives, on any cutting of the sequence,
what it gives on the whole, and one token after another as well. States after the
tokens may have the memory of those before them. A layer of packed sequences gives each of them what it
gives it alone. Both are compared by the tolerances of the layer, since chunks of
tokens fall differently.
"""

from __future__ import annotations

import numpy as np

from attn import dtypes
from attn.testing import variants
from attn.testing.state_problem import Sensitivity, StateProblem

TOKENS = 65
# Single tokens, one after another.
STEPS = 19
# One by one, a chunk's length and its neighbours, nothing at all.
CUTS = ((1, 2, 3), (0, 16, 48, 65), (63, 64), (33,))


def check(checker, rng) -> None:
    """All of the checks that the problem's options allow."""
    problem = checker.problem
    p = problem.parameters
    hands_on = p["initial_state"] and p["final_state"]
    if hands_on:
        check_in_place(checker, rng)
    if "T" not in problem.letters:
        return
    if p["varlen"]:
        if p["initial_state"] or not p["final_state"]:
            check_packed(checker, rng)
    elif hands_on:
        check_cuts(checker, rng)
        check_steps(checker, rng)


def _token_axis(problem, name: str):
    axes = problem.axes[name]
    return axes.index("token") if "token" in axes else None


def slice_tokens(problem, arrays, first: int, end: int):
    """The inputs or outputs of tokens [first, end)."""
    part = {}
    for name, array in arrays.items():
        axis = _token_axis(problem, name)
        if axis is not None:
            array = np.ascontiguousarray(np.take(array, range(first, end), axis))
        part[name] = array
    return part


def named(problem, outputs):
    """The outputs by name."""
    return {o.name: array for o, array in zip(problem.outputs, outputs)}


def compare_named(checker, where: str, found, expected, inputs) -> None:
    """Named outputs, by the tolerances of the problem; `inputs` are those of either
    call."""
    problem = checker.problem
    sensitivity = Sensitivity(problem, inputs)
    for output in problem.outputs:
        wrong = problem.mismatch(
            output,
            dtypes.load(found[output.name], output.dtype),
            dtypes.load(expected[output.name], output.dtype),
            sensitivity,
        )
        if wrong:
            checker.fail(f"{where}: {output.name}: {wrong}")


def places(problem: StateProblem) -> list:
    """For each output the name of the input in whose memory it may be, or None."""
    before = {a.name for a in problem.arguments}
    names = [o.name.replace("_out", "_in") for o in problem.outputs]
    return [name if name in before else None for name in names]


def check_in_place(checker, rng) -> None:
    """The same bits where states are overwritten; the layouts have gaps, or guards
    at either end."""
    problem = checker.problem
    for shape in ((2, 1, 2), (1, TOKENS, 3)) if problem.letters else ((1, 1, 1),):
        sizes = problem.sizes(shape)
        inputs = problem.inputs(sizes, rng)
        for build, kernel in checker.kernels.items():
            for layout in ("padded", *variants.GUARDS):
                where = f"{build} {sizes} {layout} in place"
                apart = checker.call(kernel, inputs, sizes, layout, where)
                one = checker.call(
                    kernel, inputs, sizes, layout, where, places=places(problem)
                )
                for output, left, right in zip(problem.outputs, apart or (), one or ()):
                    if left.tobytes() != right.tobytes():
                        checker.fail(f"{where}: {output.name}: other bits")


def check_steps(checker, rng) -> None:
    """Single tokens, each of which overwrites the states before it."""
    problem = checker.problem
    sizes = problem.sizes((1, STEPS, 1))
    inputs = problem.inputs(sizes, rng)
    for build, kernel in checker.kernels.items():
        whole = checker.call(kernel, inputs, sizes, "dense", f"{build} whole")
        if whole is None:
            continue
        states, outputs = {}, []
        for token in range(STEPS):
            where = f"{build} token {token}"
            part = slice_tokens(problem, inputs, token, token + 1) | states
            found = checker.call(
                kernel, part, {**sizes, "T": 1}, "dense", where, places=places(problem)
            )
            if found is None:
                return
            states = {
                name: array for name, array in zip(places(problem), found) if name
            }
            outputs.append(found[0])
        last = dict(zip((o.name for o in problem.outputs), found))
        last["o"] = np.concatenate(outputs, axis=_token_axis(problem, "o"))
        compare_named(checker, f"{build} token by token", last, named(problem, whole), inputs)


def check_cuts(checker, rng) -> None:
    """Parts of the sequence that hand on their states."""
    problem = checker.problem
    sizes = problem.sizes((2, TOKENS, 1))
    inputs = problem.inputs(sizes, rng)
    for build, kernel in checker.kernels.items():
        whole = checker.call(kernel, inputs, sizes, "dense", f"{build} whole")
        if whole is None:
            continue
        for cuts in CUTS:
            where = f"{build} cut at {cuts}"
            states, parts = {}, []
            for first, end in zip((0, *cuts), (*cuts, TOKENS)):
                part = slice_tokens(problem, inputs, first, end) | states
                found = checker.call(
                    kernel, part, {**sizes, "T": end - first}, "dense", where
                )
                if found is None:
                    return
                outputs = named(problem, found)
                parts.append(outputs)
                states = {
                    name.replace("_out", "_in"): array
                    for name, array in outputs.items()
                    if name.endswith("_out")
                }
            joined = dict(parts[-1])
            joined["o"] = np.concatenate(
                [part["o"] for part in parts], axis=_token_axis(problem, "o")
            )
            compare_named(checker, where, joined, named(problem, whole), inputs)


def check_packed(checker, rng) -> None:
    """Each packed sequence on its own."""
    problem = checker.problem
    count = 3
    sizes = problem.sizes((1, TOKENS, count))
    if "N" not in sizes and "N+1" not in sizes:
        return
    inputs = problem.inputs(sizes, rng)
    inputs["cu_seqlens"][...] = (0, 17, 17, TOKENS)
    for build, kernel in checker.kernels.items():
        whole = checker.call(kernel, inputs, sizes, "dense", f"{build} packed")
        if whole is None:
            continue
        packed = named(problem, whole)
        for n in range(count):
            first, end = (int(x) for x in inputs["cu_seqlens"][n : n + 2])
            where = f"{build} sequence {n} alone"
            alone = slice_tokens(problem, inputs, first, end)
            alone["cu_seqlens"] = np.array([0, end - first], np.int32)
            expected = slice_tokens(problem, packed, first, end)
            for arrays in (alone, expected):
                for name in arrays:
                    if "sequence" in problem.axes[name]:
                        arrays[name] = arrays[name][n : n + 1]
            alone_sizes = {**sizes, "T": end - first, "N": 1, "N+1": 2}
            found = checker.call(kernel, alone, alone_sizes, "dense", where)
            if found is not None:
                compare_named(checker, where, named(problem, found), expected, alone)
