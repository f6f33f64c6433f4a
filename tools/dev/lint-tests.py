#!/usr/bin/python3
"""Finds tests that pass in silence and texts that no test expects.

  tools/dev/lint-tests.py [ROOT]

Prints `file:line: error: reason` for each of these and exits with 1 if there
is any:

- a comment that looks like a FileCheck, lit or -verify-diagnostics directive
  but is none: misspelt, without its colon, or with a prefix that no RUN line
  of the file declares;
- a declared prefix that the file never uses;
- a RUN line whose result nobody looks at;
- a file in test/ that lit would not run, or that has no RUN line and that no
  .test file beside it reads;
- a pass (`def FooBarPass : Pass<"attn-foo-bar">`) without a test file
  foo-bar.mlir whose RUN lines name the pass;
- an error text in lib/ or tools/ that no test expects.

Covered by test/python/test_lint_tests.py.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Iterable, Iterator, List, Optional, Set, Tuple

FILECHECK_SUFFIXES = ("NEXT", "SAME", "NOT", "DAG", "LABEL", "EMPTY")
LIT_KEYWORDS = {
    "RUN",
    "XFAIL",
    "REQUIRES",
    "UNSUPPORTED",
    "ALLOW_RETRIES",
    "DEFINE",
    "REDEFINE",
    "END.",
}
# Words in capitals that may start a comment with a colon.
PROSE = {"COM", "NOTE"}
# A test file outside Inputs/ is one of these; lit runs the first two.
LIT_SUFFIXES = {".mlir", ".test"}
OTHER_SUFFIXES = {".py", ".cfg", ".in", ".txt", ".c", ".cpp", ".h", ".toml"}

# What makes a command of a RUN line a check.
CHECKERS = re.compile(
    r"\b(FileCheck|diff|cmp|count|not|grep|test|unittest)\b"
    r"|-verify-(diagnostics|roundtrip)|--compare\b|-Werror\b|%python\b"
)
# Commands that only prepare.
SETUP = re.compile(r"^(mkdir|rm|cp|cd|split-file|export|env|touch|ln)\b")
# Functions that take or return an error text.
EMITTERS = {"emitOpError", "emitError", "emitWarning", "createStringError", "fail"}
# The same expression as in MLIR's SourceMgrDiagnosticVerifierHandler.
EXPECTED = re.compile(
    r"expected-(error|note|remark|warning)(-re)? *"
    r"(@([+-][0-9]+|above|below|unknown))? *\{\{(.*)\}\}$"
)
# Shortest text that identifies a message.
MIN_TEXT = 12


@dataclass(frozen=True)
class Finding:
    """One fault, printed as compilers print theirs."""

    path: Path
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: error: {self.reason}"


def distance(a: str, b: str) -> int:
    """Edit distance with transpositions of neighbours counted as one."""
    rows = [list(range(len(b) + 1))]
    for i, ca in enumerate(a, 1):
        row = [i]
        for j, cb in enumerate(b, 1):
            cost = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (ca != cb))
            if i > 1 and j > 1 and ca == b[j - 2] and a[i - 2] == cb:
                cost = min(cost, rows[-2][j - 2] + 1)
            row.append(cost)
        rows.append(row)
    return rows[-1][-1]


# ---- directives ----------------------------------------------------------


def run_lines(lines: List[str]) -> List[Tuple[int, str]]:
    """(line, command) of each RUN and DEFINE line, continuations joined."""
    commands: List[Tuple[int, str]] = []
    open_line = False
    for number, line in enumerate(lines, 1):
        match = re.search(r"\b(?:RUN|DEFINE|REDEFINE):\s*(.*)", line)
        if not match:
            open_line = False
            continue
        text = match.group(1).rstrip()
        if open_line:
            first, previous = commands.pop()
            commands.append((first, previous.rstrip("\\") + " " + text))
        else:
            commands.append((number, text))
        open_line = text.endswith("\\")
    return commands


def declared_prefixes(commands: Iterable[Tuple[int, str]]) -> dict:
    """The prefixes with which FileCheck reads this very file -> line."""
    prefixes: dict = {}
    for number, command in commands:
        for part in re.split(r"\||&&|;", command):
            if "FileCheck" not in part or "%s" not in part:
                continue
            named = re.findall(r"-check-prefix(?:es)?[= ]([\w,-]+)", part)
            for prefix in ",".join(named).split(",") if named else ["CHECK"]:
                prefixes.setdefault(prefix, number)
    return prefixes


def is_directive(token: str, prefix: str) -> bool:
    """Whether FileCheck would act on `token:` under the prefix."""
    rest = token[len(prefix) :]
    return token.startswith(prefix) and (
        rest == ""
        or rest in {"-" + suffix for suffix in FILECHECK_SUFFIXES}
        or re.fullmatch(r"-COUNT-\d+", rest) is not None
    )


def near_miss(token: str, prefixes: Iterable[str]) -> str:
    """Why the token is a dead directive, or an empty string."""
    prefixes = list(prefixes)
    spellings = {p + s for p in prefixes for s in [""] + ["-" + x for x in FILECHECK_SUFFIXES]}
    for known in sorted(spellings | LIT_KEYWORDS | {"CHECK"}):
        if token.upper() == known:
            return f"'{token}:' does nothing, did you mean '{known}:'?"
        if token.isupper() and distance(token, known) <= max(1, len(known) // 4):
            return f"'{token}:' does nothing, did you mean '{known}:'?"
    for prefix in prefixes:
        if token.startswith((prefix + "-", prefix + "_")):
            return f"'{token}:' has no suffix that FileCheck knows"
    if token.isupper() and len(token) > 2:
        return f"'{token}:' is no prefix that a RUN line of this file declares"
    return ""


def lint_directives(path: Path, lines: List[str]) -> Iterator[Finding]:
    """Dead directives, and prefixes that are declared but unused."""
    commands = run_lines(lines)
    prefixes = declared_prefixes(commands)
    used: Set[str] = set()
    # What is not IR is comment, with or without a marker.
    marker = r"//+\s*(.*)" if path.suffix == ".mlir" else r"(?://+|^\s*#*)\s*(.*)"
    for number, line in enumerate(lines, 1):
        for comment in re.findall(marker, line):
            match = re.match(r"([A-Za-z][\w.-]*?)(?:\{LITERAL\})?(\s*):(?!:)", comment)
            token = match.group(1) if match else ""
            hits = [p for p in prefixes if is_directive(token, p)]
            if hits and match and match.group(2):
                yield Finding(path, number, f"'{token} :' does nothing, remove the space")
            elif hits:
                used.update(hits)
            elif token and token not in LIT_KEYWORDS | PROSE:
                reason = near_miss(token, prefixes)
                if reason:
                    yield Finding(path, number, reason)
            elif not token:
                word = re.match(r"[\w-]*", comment)
                name = word.group(0) if word else ""
                if any(is_directive(name, p) for p in prefixes):
                    yield Finding(path, number, f"'{name}' does nothing without a colon")
    for prefix, number in prefixes.items():
        if prefix not in used:
            yield Finding(path, number, f"no line of this file has the prefix '{prefix}'")


def lint_diagnostics(path: Path, lines: List[str]) -> Iterator[Finding]:
    """Dead `expected-...` comments."""
    verified = any("-verify-diagnostics" in c for _, c in run_lines(lines))
    for number, line in enumerate(lines, 1):
        match = re.search(r"//\s*([A-Za-z]+-[a-z]+(?:-re)?)\b.*\{\{", line)
        if not match:
            continue
        names = [f"expected-{kind}" for kind in ("error", "note", "remark", "warning")]
        near = min(distance(match.group(1).replace("-re", ""), n) for n in names)
        if near > 4:
            continue
        if not EXPECTED.search(line.rstrip()):
            yield Finding(path, number, f"'{match.group(1)}' does nothing as it is spelt here")
        elif not verified:
            yield Finding(path, number, "no RUN line of this file has -verify-diagnostics")


# ---- RUN lines -----------------------------------------------------------


def lint_run_lines(path: Path, lines: List[str]) -> Iterator[Finding]:
    """RUN lines whose result nobody looks at."""
    commands = run_lines(lines)
    if not commands:
        yield Finding(path, 1, "no RUN line")
    for index, (number, command) in enumerate(commands):
        if re.search(r"\|\|\s*(true|:)|;\s*true\b", command):
            yield Finding(path, number, "RUN line that cannot fail")
            continue
        runs_product = command.startswith("%t")
        if CHECKERS.search(command) or SETUP.match(command) or runs_product:
            continue
        later = " ".join(c for _, c in commands[index + 1 :])
        if re.match(r"%\{\w+\}\s*=", command):
            continue
        outputs = re.findall(r"%t[\w./-]*", command)
        if any(re.search(re.escape(o) + r"(?![\w])", later) for o in outputs):
            continue
        yield Finding(path, number, "RUN line that checks nothing")


# ---- passes --------------------------------------------------------------


def lint_passes(root: Path) -> Iterator[Finding]:
    """Passes without a test file of the same stem that names them."""
    tests = {p: p.read_text() for p in (root / "test").rglob("*.mlir")}
    for td in sorted((root / "include").rglob("Passes.td")):
        for number, line in enumerate(td.read_text().splitlines(), 1):
            match = re.search(r'def\s+(\w+)Pass\s*:\s*\w*Pass<"([\w-]+)"', line)
            if not match:
                continue
            flag = match.group(2)
            stem = re.sub(r"^attn-(cpu-|gpu-)?", "", flag)
            named = re.compile(rf"RUN:.*{re.escape(flag)}(?![\w-])")
            if not any(p.stem == stem and named.search(t) for p, t in tests.items()):
                reason = f"pass '{flag}' has no test {stem}.mlir whose RUN line names it"
                yield Finding(td.relative_to(root), number, reason)


# ---- error texts ---------------------------------------------------------

CPP_TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"\((?:.*?)\)"|"(?:[^"\\\n]|\\.)*"'
    r"|'(?:[^'\\\n]|\\.)*'|[A-Za-z_]\w*|\s+|.",
    re.DOTALL,
)


def error_texts(source: str) -> Iterator[Tuple[int, List[str]]]:
    """(line, literal fragments) of each statement that emits an error."""
    tokens: List[Tuple[int, str]] = []
    line = 1
    for match in CPP_TOKEN.finditer(source):
        text = match.group(0)
        if not text.isspace() and not text.startswith(("//", "/*")):
            tokens.append((line, text))
        line += text.count("\n")
    for index, (number, text) in enumerate(tokens):
        if text not in EMITTERS:
            continue
        fragments: List[str] = []
        depth = 0
        joined = False
        for _, token in tokens[index + 1 :]:
            depth += (token in "([{") - (token in ")]}")
            if depth < 0 or (token in ";{" and depth <= (token == "{")):
                break
            if token.startswith('"'):
                literal = re.sub(r"\\(.)", r"\1", token[1:-1])
                if joined:
                    fragments[-1] += literal
                else:
                    fragments.append(literal)
            joined = token.startswith('"')
        parts = [p for f in fragments for p in re.split(r"\{\d[^}]*\}|%[slud]+", f)]
        texts = [p for p in parts if re.search(r"[A-Za-z]", p)]
        if any(re.search(r"[A-Za-z]{3}", t) for t in texts):
            yield number, texts


def expectations(root: Path) -> Set[str]:
    """Every text that some test waits for."""
    texts: Set[str] = set()
    for path in (root / "test").rglob("*"):
        if path.suffix in LIT_SUFFIXES:
            for line in path.read_text().splitlines():
                match = EXPECTED.search(line.rstrip())
                text = match.group(5) if match else ""
                if not match:
                    check = re.search(r"(?://|#|^)\s*[A-Z][\w-]*(?:\{LITERAL\})?:\s*(.*)", line)
                    text = check.group(1) if check else ""
                texts.update(re.split(r"\{\{.*?\}\}|\[\[.*?\]\]", text))
        elif path.suffix in {".py", ".cpp"}:
            texts.update(re.findall(r'"((?:[^"\\\n]|\\.)*)"', path.read_text()))
    return {t.strip() for t in texts if len(t.strip()) >= MIN_TEXT}


def overlap(expected: str, fragments: List[str]) -> int:
    """Most letters of the fragments that `expected` can share with a message.

    The message is the fragments in order with anything between them (what the
    code streams in), of which `expected` is a part; fragments may be left out
    (the branches of a `?:`).
    """
    pattern: List[Optional[str]] = [None]
    for fragment in fragments:
        pattern += [*fragment, None]
    none = -len(expected) - 1
    best = [0] * len(pattern)
    for letter in expected:
        last_gap = none
        for at, item in enumerate(pattern):
            if item is None:
                best[at] = last_gap = max(best[at], last_gap)
                if at + 1 < len(pattern):
                    best[at + 1] = max(best[at + 1], best[at])
        # Backwards, so that best[at - 1] is still that of the letter before.
        for at in range(len(pattern) - 1, -1, -1):
            stay = best[at] if pattern[at] is None else none
            step = none
            if at and pattern[at - 1] == letter:
                step = best[at - 1] + 1
            best[at] = max(stay, step)
    return max(best)


def expects(expected: str, fragments: List[str]) -> bool:
    """Whether a message of these fragments can be the one expected."""
    shared = overlap(expected, fragments)
    total = sum(map(len, fragments))
    if shared < min(MIN_TEXT, 0.9 * total):
        return False
    return shared >= 0.6 * total or shared >= 0.6 * len(expected)


def lint_errors(root: Path) -> Iterator[Finding]:
    """Error texts that no test expects."""
    words = {text: set(re.findall(r"[A-Za-z]{3,}", text)) for text in expectations(root)}
    for folder in ("lib", "tools"):
        for path in sorted((root / folder).rglob("*.cpp")):
            for number, fragments in error_texts(path.read_text()):
                wanted = set(re.findall(r"[A-Za-z]{3,}", " ".join(fragments)))
                near = {t: len(w & wanted) / min(len(w), len(wanted)) for t, w in words.items() if w}
                likely = sorted((t for t in near if near[t] >= 0.5), key=lambda t: -near[t])
                if not any(expects(text, fragments) for text in likely):
                    text = " ... ".join(fragments)
                    reason = f'no test expects the error "{text}"'
                    yield Finding(path.relative_to(root), number, reason)


# ---- the whole -----------------------------------------------------------


def is_read_by_neighbour(path: Path) -> bool:
    """Whether a .test file of the folder reads this one, as %S/NAME."""
    return path.suffix == ".mlir" and any(
        re.search(rf"%S/{re.escape(path.name)}\b", test.read_text())
        for test in path.parent.glob("*.test")
    )


def lint(root: Path) -> Iterator[Finding]:
    """All findings for a source tree."""
    for path in sorted((root / "test").rglob("*")):
        relative = path.relative_to(root)
        if not path.is_file() or "Inputs" in relative.parts or "__pycache__" in relative.parts:
            continue
        if is_read_by_neighbour(path):
            continue
        if path.suffix in LIT_SUFFIXES:
            lines = path.read_text().splitlines()
            yield from lint_run_lines(relative, lines)
            yield from lint_directives(relative, lines)
            yield from lint_diagnostics(relative, lines)
        elif path.suffix not in OTHER_SUFFIXES:
            yield Finding(relative, 1, "lit does not run this file; inputs belong in Inputs/")
    yield from lint_passes(root)
    yield from lint_errors(root)


def main() -> int:
    """Prints the findings."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2]
    findings = list(lint(root.resolve()))
    for finding in findings:
        print(finding)
    print(f"lint-tests: {len(findings)} findings", file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
