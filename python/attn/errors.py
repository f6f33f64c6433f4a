"""Exceptions of the package. Wrong arguments are TypeError and ValueError."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Diagnostic:
    """What the compiler said about a place in a text.

    severity is error, warning, remark or note; a note belongs to what comes
    before it. file is empty and line is 0 where there is no place.
    """

    severity: str
    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}: " if self.line else ""
        return f"{place}{self.severity}: {self.message}"


class CompileError(Exception):
    """A text that cannot be compiled; `diagnostics` say why."""

    def __init__(self, diagnostics, source: str = ""):
        self.diagnostics = list(diagnostics)
        self.source = source
        super().__init__(self._describe())

    def _describe(self) -> str:
        lines = []
        text = self.source.splitlines()
        for diagnostic in self.diagnostics[:4]:
            lines.append(str(diagnostic))
            if 0 < diagnostic.line <= len(text):
                lines.append("  " + text[diagnostic.line - 1].strip()[:100])
        more = len(self.diagnostics) - 4
        if more > 0:
            lines.append(f"and {more} more")
        return "\n".join(lines) or "the compiler failed without a word"


class UnsupportedError(NotImplementedError):
    """What is right but not there (yet); the message names the argument."""


class TraceError(TypeError):
    """A score or mask function that cannot be turned into a kernel."""
