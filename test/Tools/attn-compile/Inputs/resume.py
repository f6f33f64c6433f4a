"""Compiles a module with --dump-stages, then every dumped file again from the
stage that comes next, and compares the objects.

  resume.py MODULE DIRECTORY [OPTION...]
"""

import subprocess
import sys
from pathlib import Path

module, directory, *options = sys.argv[1:]
stages = Path(directory) / "stages"
whole = Path(directory) / "whole.o"
again = Path(directory) / "again.o"


def compile_object(source, output, *flags):
    """Runs attn-compile with the options of every compilation."""
    command = ["attn-compile", str(source), "-o", str(output), *options, *flags]
    subprocess.run(command, check=True)
    return output.read_bytes()


expected = compile_object(module, whole, f"--dump-stages={stages}")
files = sorted(stages.iterdir())
names = [path.stem.split("-", 1)[1] for path in files[1:]] + ["codegen"]
for path, name in zip(files, names):
    same = compile_object(path, again, f"--from-stage={name}") == expected
    print(f"{path.name} from {name}: {'same object' if same else 'ANOTHER OBJECT'}")
