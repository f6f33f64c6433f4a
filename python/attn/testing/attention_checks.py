"""What holds for layers with a cache, kernel against itself.

A causal layer that takes and returns its cache gives, token by token or on any
cutting of the sequence, what it gives on the whole: decoding is prefilling.
"""

from __future__ import annotations

import numpy as np

from attn import dtypes
from attn.oracle import caches
from attn.testing.attention_layers import AttentionProblem
from attn.testing.state_checks import check_in_place, compare_named, named, places, slice_tokens

TOKENS = 37
# One by one, in unequal parts, nothing at all.
CUTS = (tuple(range(1, TOKENS)), (0, 5, 37), (36,))
CACHED = 3


def check_kept(checker, rng) -> None:
    """Steps of h2o that hand on their caches, against the oracle's steps: what is kept
    depends on how many tokens come at once, so that no cut is like another."""
    problem: AttentionProblem = checker.problem
    options = {n: problem.parameters["arguments"][n] for n in ("heavy", "recent")}
    sizes = problem.sizes((1, TOKENS, CACHED))
    inputs = problem.inputs(sizes, rng)
    empty = {n: np.zeros_like(x) for n, x in inputs.items() if n.endswith("_in")}
    loaded = problem.loaded(inputs)
    cuts = (0, 20, *range(21, TOKENS + 1))
    for build, kernel in checker.kernels.items():
        states, kept = empty, {}
        for first, end in zip(cuts, cuts[1:]):
            where = f"{build} tokens {first} to {end}"
            part = slice_tokens(problem, inputs, first, end) | states
            found = checker.call(kernel, part, {**sizes, "T": end - first}, "dense", where,
                                 places=places(problem))
            if found is None:
                return
            found = named(problem, found)
            states = {n.replace("_out", "_in"): x for n, x in found.items() if n != "o"}
            own = (loaded[n][:, :, first:end] for n in ("q", "k", "v"))
            step = caches.h2o(*own, **kept, **options)
            kept = {"k_cache": step["k_cache_out"], "v_cache": step["v_cache_out"],
                    "mass_in": step["mass_out"]}
            output = problem.outputs[0]
            wrong = problem.mismatch(output, dtypes.load(found["o"], output.dtype), step["o"], None)
            if wrong:
                checker.fail(f"{where}: {wrong}")


def check(checker, rng) -> None:
    """Caches of rows change in place; the cuts of a layer with a cache."""
    problem: AttentionProblem = checker.problem
    p = problem.parameters
    if any("slot" in problem.axes[output.name] for output in problem.outputs):
        check_in_place(checker, rng)
        if problem.system == "h2o":
            check_kept(checker, rng)
            return
    if not (p["initial_state"] and p["final_state"] and "T" in problem.letters):
        return
    if not p.get("features", p["arguments"]).get("causal", True):
        return
    slots = problem.sizes((2, TOKENS, CACHED))
    inputs = problem.inputs(slots, rng)
    for build, kernel in checker.kernels.items():
        def call(part, tokens: int, cached: int, where: str):
            sizes = problem.sizes((2, tokens, cached))
            # Caches of rows are as large from step to step.
            sizes |= {n: slots[n] for n in ("C", "M") if n in slots}
            part = _with_room(problem, part, sizes)
            found = checker.call(kernel, part, sizes, "dense", where)
            return None if found is None else named(problem, found)

        whole = call(inputs, TOKENS, CACHED, f"{build} whole")
        if whole is None:
            continue
        for cuts in CUTS:
            joined = _chain(problem, inputs, cuts, call, f"{build} cut at {cuts}")
            if joined is None:
                return
            compare_named(checker, f"{build} cut at {cuts}", joined, whole, inputs)


def _handed_on(problem: AttentionProblem, part, name: str, array) -> dict:
    """The input of the next part that an output makes: a cache grows by it."""
    given = name.replace("_out", "_in")
    if given == name:
        return {}
    words = problem.axes[name]
    if "token" not in words:
        return {given: array}
    return {given: np.concatenate([part[given], array], axis=words.index("token"))}


def _with_room(problem: AttentionProblem, part, sizes) -> dict:
    """The inputs with means that have room for those of the part's tokens."""
    roomy = dict(part)
    for name in part:
        if problem.axes[name][2:3] == ["mean"]:
            x = part[name][:, :, : sizes["C"]]
            room = np.zeros((*x.shape[:2], sizes["C"] - x.shape[2], x.shape[3]), x.dtype)
            roomy[name] = np.concatenate([x, room], axis=2)
    return roomy


def _chain(problem: AttentionProblem, inputs, cuts, call, where: str):
    """The outputs of parts of the tokens that hand on their cache, joined."""
    states, parts = {}, []
    for first, end in zip((0, *cuts), (*cuts, TOKENS)):
        part = slice_tokens(problem, inputs, first, end) | states
        found = call(part, end - first, CACHED + first, where)
        if found is None:
            return None
        parts.append(found)
        for name, array in found.items():
            states |= _handed_on(problem, part, name, array)
    joined = dict(parts[-1])
    for name, words in problem.axes.items():
        if name in joined and "token" in words:
            joined[name] = np.concatenate(
                [part[name] for part in parts], axis=words.index("token"))
    return joined
