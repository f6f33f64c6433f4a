"""What holds for layers that choose what is read, kernel against itself and against
dense attention.

- With room for all blocks or tokens, what is read is all that is not behind the
  query: dense causal attention. Native sparse attention is asked for it by gates
  that leave one branch alone, and for a window that is as long as the sequence too.
- Heads of a group have one list: permuted heads give permuted outputs.
"""

from __future__ import annotations

import numpy as np

from attn import dtypes
from attn.oracle.softmax import attend, causal
from attn.testing.attention_layers import AttentionProblem, appended
from attn.testing.state_checks import compare_named, named

SYSTEMS = ("native_sparse", "moba", "deepseek_sparse")
SHAPE = (2, 41, 0)


def check(checker, rng) -> None:
    """Both, as far as the problem's options allow."""
    problem: AttentionProblem = checker.problem
    if problem.system not in SYSTEMS:
        return
    sizes = problem.sizes(SHAPE)
    inputs = problem.inputs(sizes, rng)
    check_all_selected(checker, inputs, sizes)
    check_permuted_heads(checker, inputs, sizes, rng)


def dense(problem: AttentionProblem, inputs) -> np.ndarray:
    """Causal attention over all keys, in the layout of the output."""
    x = appended(problem.loaded(inputs))
    k, v = x.get("k", x.get("kv")), x.get("v", x.get("kv"))
    v = v[..., : problem.outputs[0].shape[-1]]
    return attend(x["q"], k, v, causal(x["q"].shape[2], k.shape[2])).o


def compare_dense(checker, inputs, sizes, what: str) -> None:
    """The layer's output is that of dense attention."""
    problem = checker.problem
    expected = dense(problem, inputs)
    for build, kernel in checker.kernels.items():
        found = checker.call(kernel, inputs, sizes, "dense", f"{build} {what}")
        if found is None:
            continue
        array = dtypes.load(found[0], problem.outputs[0].dtype)
        wrong = problem.mismatch(problem.outputs[0], array, expected, None)
        if wrong:
            checker.fail(f"{build} {what}: {wrong}")


def check_all_selected(checker, inputs, sizes) -> None:
    """All there is, where `top` has room for it."""
    problem = checker.problem
    options = problem.parameters["arguments"]
    keys = sum(SHAPE[1:])
    has_room = options["top"] * options.get("block", 1) >= keys
    if problem.system != "native_sparse":
        if has_room:
            compare_dense(checker, inputs, sizes, "all selected")
        return
    branches = [("g_slc", has_room), ("g_swa", options["window"] >= keys)]
    for gate, is_dense in branches:
        if not is_dense:
            continue
        gated = dict(inputs)
        for name in ("g_cmp", "g_slc", "g_swa"):
            logit = np.inf if name == gate else -np.inf
            gated[name] = np.full_like(inputs[name], logit)
        compare_dense(checker, gated, sizes, f"{gate} alone")


def check_permuted_heads(checker, inputs, sizes, rng) -> None:
    """The heads of each group in another order."""
    problem = checker.problem
    heads = inputs["q"].shape[1]
    groups = inputs["k"].shape[1] if "k" in inputs else 1
    if groups == heads:
        return
    order = np.concatenate(
        [n * (heads // groups) + rng.permutation(heads // groups) for n in range(groups)])
    per_head = ("q", "g_cmp", "g_slc", "g_swa", "o", "lse")

    def permuted(arrays):
        return {name: np.ascontiguousarray(x[:, order]) if name in per_head else x
                for name, x in arrays.items()}

    for build, kernel in checker.kernels.items():
        where = f"{build} permuted heads"
        plain = checker.call(kernel, inputs, sizes, "dense", where)
        other = checker.call(kernel, permuted(inputs), sizes, "dense", where)
        if plain is not None and other is not None:
            compare_named(checker, where, named(problem, other),
                          permuted(named(problem, plain)), inputs)
