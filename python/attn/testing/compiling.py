"""From the flags of a problem to a loaded kernel, by the tools on PATH.

A build is named PIPELINE[:TARGET[:THREADING]]: `cpu`, `cpu:x86-64-v3`,
`cpu:native:openmp`, `reference`.
"""

from __future__ import annotations

import os
import subprocess
from typing import Sequence

from attn.kernel import Kernel
from attn.problems import Problem


def build_kernel(
    problem: Problem, flags: Sequence[str], build: str, directory: str
) -> Kernel:
    """attn-gen FLAGS | attn-compile, loaded; files go into `directory`."""
    source = os.path.join(directory, "problem.mlir")
    if not os.path.exists(source):
        with open(source, "w", encoding="utf-8") as file:
            subprocess.run(["attn-gen", *flags], check=True, stdout=file)
    pipeline, *rest = build.split(":")
    path = os.path.join(directory, build.replace(":", "-") + ".so")
    command = ["attn-compile", source, f"--pipeline={pipeline}", "--emit=shared"]
    command += [f"--{flag}={x}" for flag, x in zip(("target", "threading"), rest)]
    subprocess.run([*command, "-o", path], check=True)
    return Kernel(path, problem.entry, problem.arguments, problem.outputs)
