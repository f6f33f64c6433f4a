"""Where a source of C++ can be broken, and how.

Every kind of mutation wraps an expression, so that a variable of the environment
chooses at run time (Mutant.h); `N` stands for the number of the site:

  never      if (c)           !on(N) && (c)        the condition is false
  always     if (c)           on(N) || (c)         the condition is true
  dropped    a && b           (on(N) || (a)) && b  an operand is left out
  boundary   a < b            below(N, a, b)       `<` for `<=` and the others
  negated    a == b ? x : y   (a == b) != on(N)    the result is the opposite
  one        x + 1            x + one($N)           off by one
  swapped    std::min(a, b)   least(N, a, b)       the greater for the less
  no case    switch (v)       without(N, K, v)     as if `case K:` were not there
  skipped    patterns.add(p)  on(N) ? void() : void(patterns.add(p))
             return verify(x) on(N) ? success() : verify(x)

Covered by test/python/test_mutate.py.
"""

import re
from dataclasses import dataclass, field
from typing import Dict, Iterator, List, Tuple

from mutation.cpp import Token, extent_left, extent_right, is_open, tokenize

ON = "::attn_mutant::on($N)"

ASSIGNMENTS = {"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="}
STATEMENT_STOPS = ASSIGNMENTS | {",", ";", "return", "?", ":", "case"}
OR_STOPS = STATEMENT_STOPS | {"||"}
AND_STOPS = OR_STOPS | {"&&"}
EQUALITY_STOPS = AND_STOPS | {"==", "!="}
RELATION_STOPS = EQUALITY_STOPS
SUM_STOPS = RELATION_STOPS | {"<<", ">>"}

RELATIONS = {"<": "below", "<=": "atMost", ">": "above", ">=": "atLeast"}


@dataclass
class Site:
    """One way to break the source: text to put around a span of it.

    Sites of one span nest by rank, the smallest outermost. `opening` and
    `closing` have `$N` for the number; `replaced` are tokens that change too.
    """

    kind: str
    start: int
    end: int
    opening: str
    closing: str
    text: str
    rank: int = 0
    replaced: List[Tuple[int, int, str]] = field(default_factory=list)
    path: str = ""
    function: str = ""
    line: int = 0
    key: str = ""
    number: int = 0


class Finder:
    """Finds the sites of one source."""

    def __init__(self, source: str):
        self.source = source
        self.tokens = tokenize(source)
        self.sites: List[Site] = []
        # Spans whose truth value another kind already changes.
        self.truths: set = set()

    def text(self, first: int, last: int) -> str:
        """The source of some tokens, on one line."""
        source = self.source[self.tokens[first].start : self.tokens[last].end]
        return " ".join(re.sub(r"//[^\n]*", "", source).split())

    def add(self, kind: str, first: int, last: int, opening: str, closing: str, **more) -> None:
        """Adds a site around some tokens, none if there are no tokens."""
        if first <= last:
            more.setdefault("text", self.text(first, last))
            start, end = self.tokens[first].start, self.tokens[last].end
            self.sites.append(Site(kind, start, end, opening, closing, **more))

    def find(self) -> List[Site]:
        """All sites, by their place in the source."""
        for index, token in enumerate(self.tokens):
            before = self.tokens[index - 1].text if index else ""
            if token.text in ("if", "while") and self.next_is(index, "("):
                self.condition(index + 1)
            elif token.text == "switch":
                self.cases(index + 1)
            elif token.text == "return":
                self.returned_check(index + 1)
            elif token.text in ("&&", "||") and token.spaced:
                self.operands(index)
            elif token.text == "1" and before in ("+", "-") and self.tokens[index - 1].spaced:
                self.add("one", index, index, "::attn_mutant::one($N)", "", text=self.term(index))
                self.sites[-1].replaced = [(token.start, token.end, "")]
            elif token.text in ("min", "max") and before == "::":
                self.extremum(index)
            self.pattern(index)
        # These look at the spans that the others have taken.
        for index, token in enumerate(self.tokens):
            if token.spaced and token.text in RELATIONS:
                self.relation(index)
            elif token.spaced and token.text in ("==", "!="):
                self.equality(index)
            elif token.text == "?":
                self.choice(index)
        for start, end in self.assertions():
            self.sites = [s for s in self.sites if not start < s.start < end]
        order = {id(site): n for n, site in enumerate(self.sites)}
        return sorted(self.sites, key=lambda site: (site.start, -site.end, site.rank, order[id(site)]))

    def assertions(self) -> List[Tuple[int, int]]:
        """Where assertions lie, which only end the program."""
        return [
            (token.start, self.tokens[self.tokens[index + 1].match].end)
            for index, token in enumerate(self.tokens)
            if token.text == "assert"
        ]

    def next_is(self, index: int, text: str) -> bool:
        """Whether the token after `index` is this one."""
        return index + 1 < len(self.tokens) and self.tokens[index + 1].text == text

    def condition(self, bracket: int) -> None:
        """The condition of an if or a while; one that declares is only denied."""
        first, last = bracket + 1, self.tokens[bracket].match - 1
        parts = [i for i in self.level(first, last) if self.tokens[i].text == ";"]
        first = parts[-1] + 1 if parts else first
        equals = [i for i in self.level(first, last) if self.tokens[i].text == "="]
        if equals:
            name = self.tokens[equals[0] - 1]
            if name.is_word and not parts:
                self.add("never", first, last, "", f"; !{ON} && static_cast<bool>({name.text})")
            return
        self.truths.add((first, last))
        self.add("never", first, last, f"!{ON} && (", ")")
        if self.tokens[bracket - 1].text == "if":
            self.add("always", first, last, f"{ON} || (", ")", rank=1)

    def level(self, first: int, last: int) -> Iterator[int]:
        """The tokens outside of all brackets."""
        at = first
        while at <= last:
            yield at
            at = self.tokens[at].match + 1 if is_open(self.tokens, at) else at + 1

    def cases(self, bracket: int) -> None:
        """Each label of a switch."""
        first, last = bracket + 1, self.tokens[bracket].match - 1
        body = self.tokens[bracket].match + 1
        for at in self.level(body + 1, self.tokens[body].match - 1):
            if self.tokens[at].text != "case":
                continue
            end = extent_right(self.tokens, at, {":"})
            label = self.text(at + 1, end)
            self.add(
                "no case",
                first,
                last,
                f"::attn_mutant::without($N, {label}, ",
                ")",
                text=f"case {label}",
                rank=10 + len(self.sites),
            )

    def returned_check(self, first: int) -> None:
        """`return verifySomething(..)`, the last rule of a verifier."""
        if self.tokens[first].text.startswith("verify"):
            last = extent_right(self.tokens, first, {";"})
            self.add("skipped", first, last, f"{ON} ? ::llvm::success() : (", ")")

    def operands(self, index: int) -> None:
        """Both sides of && and ||; the left one if no other operator has it."""
        is_and = self.tokens[index].text == "&&"
        stops = AND_STOPS if is_and else OR_STOPS
        left = extent_left(self.tokens, index, stops), index - 1
        right = index + 1, extent_right(self.tokens, index, stops)
        opening, closing = (f"({ON} || (", "))") if is_and else (f"(!{ON} && (", "))")
        for first, last in (left, right):
            if (first, last) not in self.truths:
                self.truths.add((first, last))
                self.add("dropped", first, last, opening, closing, rank=2)

    def relation(self, index: int) -> None:
        """a < b and its like."""
        token = self.tokens[index]
        first = extent_left(self.tokens, index, RELATION_STOPS)
        last = extent_right(self.tokens, index, RELATION_STOPS)
        name = RELATIONS[token.text]
        self.add("boundary", first, last, f"::attn_mutant::{name}($N, ", ")", rank=4)
        self.sites[-1].replaced = [(token.start, token.end, ",")]

    def equality(self, index: int) -> None:
        """a == b and a != b, where nothing else changes the result."""
        first = extent_left(self.tokens, index, AND_STOPS)
        last = extent_right(self.tokens, index, AND_STOPS)
        if (first, last) not in self.truths and not self.next_is(last, "?"):
            self.add("negated", first, last, f"({ON} != (", "))", rank=3)

    def choice(self, index: int) -> None:
        """The condition before a question mark."""
        first = extent_left(self.tokens, index, STATEMENT_STOPS)
        opening = f"({ON} != static_cast<bool>("
        self.add("negated", first, index - 1, opening, "))", rank=3)

    def term(self, index: int) -> str:
        """The sum that ends in this token, which names the site."""
        return self.text(extent_left(self.tokens, index, SUM_STOPS), index)

    def extremum(self, index: int) -> None:
        """std::min and std::max of two values."""
        start = index - 2
        bracket = index + 1
        if self.tokens[start].text != "std":
            return
        arguments = self.tokens[bracket].match + 1 if self.tokens[bracket].text == "<" else bracket
        if self.tokens[arguments].text != "(" or self.next_is(arguments, ")"):
            return
        last = self.tokens[arguments].match
        name = "least" if self.tokens[index].text == "min" else "greatest"
        call = self.tokens[arguments]
        self.add("swapped", start, last, f"::attn_mutant::{name}", "", rank=5)
        self.sites[-1].replaced = [
            (self.tokens[start].start, self.tokens[index].end, ""),
            (call.start, call.end, "($N, "),
        ]

    def pattern(self, index: int) -> None:
        """`patterns.add(..)`, one fold less."""
        words = [token.text for token in self.tokens[index : index + 3]]
        if words == ["patterns", ".", "add"]:
            last = extent_right(self.tokens, index, {";"})
            self.add("skipped", index, last, f"{ON} ? void() : void(", ")")


def functions(source: str) -> List[Tuple[int, str]]:
    """(offset, name) of each definition that begins in the first column."""
    found: List[Tuple[int, str]] = []
    for match in re.finditer(r"^[A-Za-z][^;{}=]*?(?=[;{=])", source, re.MULTILINE):
        head = re.sub(r"template <[^\n]*?>\s", "", match.group(0))
        kind = re.search(r"\b(?:struct|class)\s+(\w+)", head.split("(")[0])
        name = kind or re.search(r"([\w:~]+(?:operator\W+)?)\s*\(", head)
        if name and not head.startswith(("using ", "namespace ")):
            found.append((match.start(), name.group(1)))
    return found


def find_sites(path: str, source: str, first_number: int) -> List[Site]:
    """The sites of a file with numbers and keys, in order.

    A key has the file, the function, the kind and the text, and a count where
    these are equal: it stays when lines move.
    """
    sites = Finder(source).find()
    heads = functions(source)
    seen: Dict[str, int] = {}
    for number, site in enumerate(sites, first_number):
        site.path, site.number = path, number
        site.line = source.count("\n", 0, site.start) + 1
        inside = [name for start, name in heads if start <= site.start]
        site.function = inside[-1] if inside else ""
        key = f"{path}: {site.function}: {site.kind}: {site.text}"
        seen[key] = seen.get(key, 0) + 1
        site.key = key if seen[key] == 1 else f"{key} #{seen[key]}"
    return sites


@dataclass
class Rewritten:
    """A source with its sites; `spans` are where these lie in it."""

    text: str
    spans: List[Tuple[int, int, Site]]

    def innermost(self, line: int, column: int) -> Site:
        """The smallest site around a place, counted from 1, of an error."""
        lines = self.text.split("\n")
        offset = sum(len(l) + 1 for l in lines[: line - 1]) + column - 1
        around = [s for s in self.spans if s[0] <= offset <= s[1]]
        if not around:
            raise LookupError(f"no site at {line}:{column}")
        return min(around, key=lambda span: span[1] - span[0])[2]


def rewrite(source: str, sites: List[Site], header: str) -> Rewritten:
    """Puts the sites into the source, which includes the header before all else.

    Lines keep their numbers but for that of the header.
    """
    events: List[Tuple[int, int, Tuple[int, int], str, Site, str]] = []
    for order, site in enumerate(sites):
        depth = (site.end - site.start, -site.rank)
        events.append((site.start, 1, (-depth[0], -depth[1]), site.opening, site, "open"))
        events.append((site.end, 0, depth, site.closing, site, "close"))
        for start, end, text in site.replaced:
            events.append((start, 2, (end, order), text, site, "replace"))
    events.sort(key=lambda event: event[:3])
    out = [f'#include "{header}"\n']
    length, at = len(out[0]), 0
    begun: Dict[int, int] = {}
    spans: List[Tuple[int, int, Site]] = []
    for position, _, depth, text, site, what in events:
        out.append(source[at:position])
        length += max(0, position - at)
        at = max(at, position)
        text = text.replace("$N", str(site.number))
        if what == "open":
            begun[id(site)] = length
        if what == "replace":
            at = max(at, depth[0])
        out.append(text)
        length += len(text)
        if what == "close":
            spans.append((begun[id(site)], length, site))
    out.append(source[at:])
    return Rewritten("".join(out), spans)
