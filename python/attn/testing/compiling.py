"""From the flags of a problem to a loaded kernel, by the tools on PATH.

A build is named PIPELINE[:TARGET[:THREADING]]: `cpu`, `cpu:x86-64-v3`,
`cpu:native:openmp`, `reference`.
"""

from __future__ import annotations

import os
import re
import subprocess
from typing import Sequence

from attn.kernel import Kernel
from attn.problems import Problem


class BuildError(Exception):
    """A problem that does not compile; the text is a command and its output."""


def build_kernel(
    problem: Problem,
    flags: Sequence[str],
    build: str,
    directory: str,
    schedule: str = "",
) -> Kernel:
    """attn-gen FLAGS | attn-compile, loaded; files go into `directory`.

    `schedule` is the inside of a #attn.schedule attribute, of #attn.scan for
    linear and recurrent ops; empty leaves the choice to the compiler.
    """
    source = os.path.join(directory, "problem.mlir")
    if not os.path.exists(source):
        text = subprocess.run(
            ["attn-gen", *flags], check=True, capture_output=True, text=True
        ).stdout
        if schedule:
            text = re.sub("(attn.dense.*)", rf"\1 schedule <{schedule}>", text)
            state_op = r"(?s)(attn\.(?:linear|recurrent)\b.*?)(\s+ins\()"
            text = re.sub(state_op, rf"\1 scan <{schedule}>\2", text)
        with open(source, "w", encoding="utf-8") as file:
            file.write(text)
    pipeline, *rest = build.split(":")
    path = os.path.join(directory, build.replace(":", "-") + ".so")
    options = [f"--pipeline={pipeline}", "--emit=shared"]
    options += [f"--{flag}={x}" for flag, x in zip(("target", "threading"), rest)]
    compiled = subprocess.run(
        ["attn-compile", source, *options, "-o", path],
        check=False,
        capture_output=True,
        text=True,
    )
    if compiled.returncode != 0:
        raise BuildError(
            f"attn-gen {' '.join(flags)} | attn-compile - {' '.join(options)}: "
            f"{f'schedule <{schedule}>: ' if schedule else ''}"
            f"exit status {compiled.returncode}\n{compiled.stderr}"
        )
    return Kernel(path, problem.entry, problem.arguments, problem.outputs)
