"""A copy of the source tree in which every site is rewritten, and its build.

Sites that the compiler refuses are taken out again, and counted. The copy and
its build lie beside each other as those of a checkout may, so that ccache knows
the files that did not change.

Covered by test/python/test_mutate.py.
"""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Dict, List, Optional, Set

from mutation.sites import Rewritten, Site, find_sites, rewrite

# Variables of the build that the copy takes over.
INHERITED = re.compile(
    r"^(MLIR_DIR|CMAKE_BUILD_TYPE|CMAKE_MAKE_PROGRAM|CMAKE_C(XX)?_COMPILER(_LAUNCHER)?"
    r"|CMAKE_C(XX)?_FLAGS(_RELEASE)?|CMAKE_(EXE|SHARED|MODULE)_LINKER_FLAGS"
    r"|ATTN_ENABLE_ASSERTIONS|ATTN_PYTHON|ATTN_LIT):(\w+)=(.+)$",
    re.MULTILINE,
)
ERROR = re.compile(r"^(/[^:\n]+|\.\.?/[^:\n]+):(\d+):(\d+): (?:fatal )?(error|note): ", re.MULTILINE)
HEADER = "attn/Mutant.h"
# Numbers of one file; Mutant.h has room for 65 files.
NUMBERS_PER_FILE = 1000
MAX_ROUNDS = 20


class Failed(Exception):
    """The copy cannot be made or built."""


def run(command: List[str], log: Path) -> str:
    """Runs a command; its output, which the log has too. Raises if it fails."""
    result = subprocess.run(command, text=True, capture_output=True, check=False)
    output = result.stdout + result.stderr
    log.write_text(output)
    if result.returncode != 0:
        raise subprocess.CalledProcessError(result.returncode, command, output)
    return output


def write_if_changed(path: Path, data: bytes) -> None:
    """Leaves a file alone that has the bytes, so that nothing is rebuilt."""
    if not path.exists() or path.read_bytes() != data:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


class Tree:
    """The copy of `root` in `work`, with the sites of `paths`."""

    def __init__(self, root: Path, work: Path, paths: List[str], jobs: int):
        if len(paths) * NUMBERS_PER_FILE >= 1 << 16:
            raise Failed(f"expected at most 65 files but found {len(paths)}")
        self.root, self.work, self.jobs = root, work, jobs
        self.copy, self.build = work / root.name, work / "build"
        self.sources = {path: (root / path).read_text() for path in paths}
        self.sites: Dict[str, List[Site]] = {}
        for index, path in enumerate(paths):
            first = 1 + index * NUMBERS_PER_FILE
            self.sites[path] = find_sites(path, self.sources[path], first)
        self.refused: List[Site] = []
        self.rewritten: Dict[str, Rewritten] = {}
        self.known = work / "refused.json"
        if self.known.exists():
            keys = set(json.loads(self.known.read_text()))
            self.refuse([site for site in self.all_sites() if site.key in keys])

    def all_sites(self) -> List[Site]:
        """The sites that are left, in the order of the files."""
        return [site for sites in self.sites.values() for site in sites]

    def refuse(self, wrong: List[Site]) -> None:
        """Takes sites out that do not compile."""
        for site in wrong:
            self.refused.append(site)
            self.sites[site.path].remove(site)

    def copy_files(self) -> None:
        """Makes the copy that of the source tree, but for the rewritten files."""
        command = ["git", "-C", str(self.root), "ls-files", "-z", "-co", "--exclude-standard"]
        listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        names: Set[str] = {name for name in listed.split("\0") if name}
        for name in sorted(names - set(self.sources)):
            source, target = self.root / name, self.copy / name
            if source.is_file():
                write_if_changed(target, source.read_bytes())
                shutil.copymode(source, target)
        header = self.root / "tools" / "dev" / "mutation" / "Mutant.h"
        write_if_changed(self.copy / "include" / HEADER, header.read_bytes())
        for path in self.copy.rglob("*"):
            name = str(path.relative_to(self.copy))
            if path.is_file() and name not in names and name != f"include/{HEADER}":
                path.unlink()
        for path in self.sources:
            self.write(path)

    def write(self, path: str) -> None:
        """Writes one rewritten file."""
        self.rewritten[path] = rewrite(self.sources[path], self.sites[path], HEADER)
        write_if_changed(self.copy / path, self.rewritten[path].text.encode())

    def configure(self, like: Path) -> None:
        """Configures the build of the copy as that of the source tree is.

        Some mutants read behind an array or through a null pointer, which only
        assertions notice reliably.
        """
        cache = (like / "CMakeCache.txt").read_text()
        if re.search(r"^CMAKE_CXX_FLAGS_RELEASE:\w+=.*-DNDEBUG", cache, re.MULTILINE):
            raise Failed(f"expected a build with assertions (preset dev) in {like}")
        flags = [f"-D{m[1]}={m[m.re.groups]}" for m in INHERITED.finditer(cache)]
        command = ["cmake", "-G", "Ninja", "-S", str(self.copy), "-B", str(self.build)]
        try:
            run(command + flags, self.work / "configure.log")
        except subprocess.CalledProcessError as error:
            raise Failed(f"cmake failed, see {self.work}/configure.log") from error

    def compile(self) -> None:
        """Builds the copy, without the sites that do not compile."""
        command = ["ninja", "-C", str(self.build), f"-j{self.jobs}", "-k0", "all", "AttnUnitTests"]
        for _ in range(MAX_ROUNDS):
            try:
                run(command, self.work / "build.log")
                return
            except subprocess.CalledProcessError as error:
                wrong = self.blame(error.output)
            if not wrong:
                break
            self.refuse(wrong)
            self.known.write_text(json.dumps([site.key for site in self.refused], indent=1))
            print(f"mutate: {len(wrong)} sites do not compile", file=sys.stderr)
            for path in {site.path for site in wrong}:
                self.write(path)
        raise Failed(f"the build failed, see {self.work}/build.log")

    def blame(self, output: str) -> List[Site]:
        """The innermost sites at the errors, or at the notes behind them."""
        found: Dict[int, Site] = {}
        pending = False
        for match in ERROR.finditer(output):
            pending = pending or match[4] == "error"
            path = (self.build / match[1]).resolve()
            site = self.at(path, int(match[2]), int(match[3])) if pending else None
            if site:
                found[site.number] = site
                pending = False
        return list(found.values())

    def at(self, path: Path, line: int, column: int) -> Optional[Site]:
        """The site at a place of the copy."""
        name = str(path.relative_to(self.copy)) if self.copy in path.parents else ""
        if name not in self.rewritten:
            return None
        try:
            return self.rewritten[name].innermost(line, column)
        except LookupError:
            return None
