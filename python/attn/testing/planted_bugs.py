"""A test of the tests: faults planted in a GPU kernel must not go unnoticed.

    python3 -m attn.testing.planted_bugs kernel.mlir --plugin=libAttnTestPasses.so \
        --bugs=wgmma -- --seed=1 --compare=reference

runs the module in the emulator, first as it is, which must agree, and then once
for each bug of the group and each of a few sites, planted by the pass
attn-test-plant-bug. A bug is caught if a verifier refuses the kernel, if the
emulator reports a broken rule, or if the numbers differ; one seed of several is
enough. Prints how each was caught, and fails if one was not.
"""

from __future__ import annotations

import argparse
import dataclasses
import re
import subprocess
import sys

# Bugs by the stage at whose end they are planted.
TILES = [
    "await-too-few",
    "release-dropped",
    "release-twice",
    "release-early",
    "load-of-other-row",
    "load-of-other-head",
    "load-dropped",
    "wait-for-next-tile",
    "reuse-of-next-stage",
    "rows-of-other-group",
    "output-not-rescaled",
    "sum-not-rescaled",
    "mask-off-by-one",
    "mask-forgotten",
    "store-of-other-row",
    "store-of-one-row-less",
    "lse-of-other-row",
    "one-tile-less",
    "one-tile-more",
    "setup-of-more-consumers",
    "registers-beyond-the-file",
]
INSTRUCTIONS = [
    "wgmma-fence-missing",
    "commit-missing",
    "wait-missing",
    "wait-of-one-group-less",
    "mbarrier-wait-missing",
    "parity-inverted",
    "expects-too-few-bytes",
    "expects-too-many-bytes",
    "barrier-count-too-large",
    "barrier-made-twice",
    "barrier-not-made",
    "barrier-init-fence-missing",
    "block-barrier-missing",
    "arrive-missing",
    "arrive-twice",
    "descriptor-offsets-exchanged",
    "left-step-wrong",
    "right-step-wrong",
    "value-step-wrong",
    "values-not-transposed",
    "scale-d-inverted",
    "element-type-wrong",
    "halves-exchanged",
    "row-not-reduced",
    "box-at-other-address",
    "box-misaligned",
]
SYNC = [
    "copy-wait-of-one-group-less",
    "copy-commit-missing",
    "copy-at-other-address",
    "matrix-at-other-address",
    "matrix-transposed",
    "element-type-wrong",
    "halves-exchanged",
    "row-not-reduced",
    "block-barrier-missing",
]
GROUPS = {
    "tiles": ("kernels", TILES),
    "instructions": ("instructions", INSTRUCTIONS),
    "sync": ("instructions", SYNC),
}
# The first place and the last, but where a bug there changes nothing: the first wait
# of the producer, which never waits; the last release, which nobody waits for; the
# broadcast of the number of a warp; the last meeting and wait of a loop that prefetches,
# whose copies are for nobody.
SITES = (0, -1)
OTHER_SITES = {
    "mbarrier-wait-missing": (1, -1),
    "arrive-missing": (0, 1),
    "arrive-twice": (0, 1),
    "row-not-reduced": (1, -1),
    "copy-wait-of-one-group-less": (0,),
    "block-barrier-missing": (0,),
}


@dataclasses.dataclass
class Runner:
    """Runs attn-run on one module in the emulator."""

    command: list[str]
    seeds: int

    def run(self, *flags: str) -> tuple[bool, str]:
        """Whether a run went well, and what it said if not."""
        result = subprocess.run(
            [*self.command, *flags], capture_output=True, text=True, check=False
        )
        if result.returncode not in (0, 1):
            raise RuntimeError(f"{' '.join(flags)}: exit code {result.returncode}: {result.stderr}")
        return result.returncode == 0, result.stderr[:4000] + result.stdout

    def judge(self, stage: str, bug: str, site: int) -> str:
        """How a planted bug was caught; empty if it was not."""
        planted = f"--add-passes={stage}:attn-test-plant-bug{{bug={bug} site={site}}}"
        for seed in range(1, self.seeds + 1):
            fine, text = self.run(planted, f"--emulation-seed={seed}")
            if fine:
                continue
            if "no site" in text:
                return "no site"
            if broken := re.search(r"seed \d+: ([a-z-]+: .*)", text):
                return broken.group(1)[:70]
            if refused := re.search(r"error: '(.*)", text):
                return "refused: '" + refused.group(1)[:60]
            return "numbers differ"
        return ""


def main(arguments: list[str]) -> int:
    """Judges all bugs of a group; what stands behind -- goes to attn-run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("module")
    parser.add_argument("--plugin", required=True, help="library of the pass")
    parser.add_argument("--target", default="sm_90a")
    parser.add_argument("--bugs", choices=GROUPS, required=True)
    parser.add_argument("--seeds", type=int, default=3)
    split = arguments.index("--") if "--" in arguments else len(arguments)
    options = parser.parse_args(arguments[:split])
    command = ["attn-run", options.module, f"--target={options.target}", "--emulate"]
    command += [f"--load-pass-plugin={options.plugin}", *arguments[split + 1 :]]
    runner = Runner(command, options.seeds)

    fine, text = runner.run()
    if not fine:
        print(f"the kernel is wrong as it is: {text}")
        return 1
    stage, bugs = GROUPS[options.bugs]
    missed = 0
    for bug in bugs:
        for site in OTHER_SITES.get(bug, SITES):
            caught = runner.judge(stage, bug, site)
            missed += caught in ("", "no site")
            print(f"{bug:32} {site:3} {caught or 'NOT CAUGHT'}", flush=True)
    print(f"{len(bugs)} bugs: {missed} places where one was not caught")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
