"""Tokens of C++ as clang-format leaves it, with their brackets matched.

Binary operators have a space on both sides, brackets of templates none: that
tells `a < b` from `Vector<int>`.
"""

import re
from dataclasses import dataclass
from typing import List

TOKEN = re.compile(
    r"//[^\n]*|/\*.*?\*/|^[ \t]*\#(?:[^\n\\]|\\.)*|\s+"
    r'|R"\(.*?\)"|"(?:[^"\\\n]|\\.)*"|' + r"'(?:[^'\\\n]|\\.)*'"
    r"|[A-Za-z_]\w*|\d[\w.']*"
    r"|->|::|<<=|>>=|\+\+|--|&&|\|\||[-+*/%&|^=!<>]=|<<|>>|\.\.\.|.",
    re.DOTALL | re.MULTILINE,
)
OPEN = {"(": ")", "[": "]", "{": "}"}


@dataclass
class Token:
    """One token; `match` is the index of the bracket that belongs to it."""

    text: str
    start: int
    end: int
    spaced: bool = False
    match: int = -1

    @property
    def is_word(self) -> bool:
        """Whether it is an identifier or a keyword."""
        return self.text[0].isalpha() or self.text[0] == "_"


def tokenize(source: str) -> List[Token]:
    """The tokens without comments, white space and preprocessor lines."""
    tokens: List[Token] = []
    for match in TOKEN.finditer(source):
        text = match.group(0)
        if text.isspace() or text.startswith(("//", "/*")) or text.lstrip().startswith("#"):
            continue
        start, end = match.span()
        # `>>` closes two templates unless it stands like an operator.
        if text == ">>" and not source[start - 1].isspace():
            tokens += [Token(">", start, start + 1), Token(">", start + 1, end)]
            continue
        spaced = source[start - 1].isspace() and source[end : end + 1].isspace()
        tokens.append(Token(text, start, end, spaced))
    match_brackets(tokens)
    return tokens


def match_brackets(tokens: List[Token]) -> None:
    """Sets `match` of brackets, those of templates included."""
    stack: List[int] = []
    for index, token in enumerate(tokens):
        if token.text in OPEN:
            stack.append(index)
        elif token.text == "<" and not token.spaced:
            before = tokens[index - 1]
            if before.is_word and before.text not in ("operator", "template") or before.text == "template":
                stack.append(index)
        elif token.text == ">" and not token.spaced:
            if stack and tokens[stack[-1]].text == "<":
                pair(tokens, stack.pop(), index)
        elif token.text in OPEN.values():
            while stack and OPEN.get(tokens[stack[-1]].text) != token.text:
                stack.pop()
            if stack:
                pair(tokens, stack.pop(), index)


def pair(tokens: List[Token], first: int, last: int) -> None:
    """Makes two brackets belong to each other."""
    tokens[first].match = last
    tokens[last].match = first


def is_open(tokens: List[Token], index: int) -> bool:
    """Whether the token is an opening bracket with a partner behind it."""
    return tokens[index].match > index


def is_close(tokens: List[Token], index: int) -> bool:
    """Whether the token is a closing bracket with a partner before it."""
    return 0 <= tokens[index].match < index


def extent_left(tokens: List[Token], index: int, stops: set) -> int:
    """The first token of the expression that ends before `index`."""
    at = index - 1
    while at >= 0:
        if is_close(tokens, at):
            at = tokens[at].match - 1
            continue
        if is_open(tokens, at) or tokens[at].text in stops:
            break
        at -= 1
    return at + 1


def extent_right(tokens: List[Token], index: int, stops: set) -> int:
    """The last token of the expression that begins after `index`."""
    at = index + 1
    while at < len(tokens):
        if is_open(tokens, at):
            at = tokens[at].match + 1
            continue
        if is_close(tokens, at) or tokens[at].text in stops:
            break
        at += 1
    return at - 1
