"""A UCUM code, taken apart: https://ucum.org/ucum#section-Character-Set-and-Lexical-Rules.

main term   "/" term | term
term        component (("." | "/") component)*          from left to right
component   symbol exponent? annotation? | number annotation? | annotation | "(" term ")"
"""

import re
from dataclasses import dataclass
from typing import TypeAlias

from fhirbridge.terminology.ucum.essence import Symbol, symbols
from fhirbridge.terminology.ucum.refusal import NotUcum

# Bounds against hostile input; the longest code of UCUM's own examples has 33 characters.
LONGEST = 512
DEEPEST = 32
SIMPLE = re.compile(
    r"""(?P<symbol> 10[*^] | (?: [^][(){}./+\-=0-9\s"] | \[[^][{}\s]*\] )+ )
        (?P<exponent> [+-]?[0-9]+ )?
      | (?P<number> [0-9]+ )""",
    re.VERBOSE,
)
ANNOTATION = re.compile(r"\{([!-z|~]*)\}")
Term: TypeAlias = tuple["Component", ...]


@dataclass(frozen=True, slots=True)
class Component:
    """One component: what it is, to which power, under which annotation, and whether it divides.

    `what` is a simple unit, a number, a term in parentheses, or None under a lone annotation.
    """

    what: Symbol | int | Term | None
    exponent: int = 1
    annotation: str | None = None
    divides: bool = False


def parse(code: str) -> Term:
    """Return the term that `code` writes; raises NotUcum and nothing else."""
    if len(code) > LONGEST:
        raise NotUcum(code[:32], LONGEST, f"it has more than {LONGEST} characters")
    divides = code.startswith("/")
    term, end = _term(code, int(divides), 0, divides=divides)
    if end != len(code):
        raise NotUcum(code, end, "`.` or `/` expected")
    return term


def _term(code: str, at: int, depth: int, *, divides: bool) -> tuple[Term, int]:
    """Return the term that starts at `at` and where it ends."""
    found = []
    while True:
        component, at = _component(code, at, depth, divides=divides)
        found.append(component)
        if not code.startswith((".", "/"), at):
            return tuple(found), at
        divides = code[at] == "/"
        at += 1


def _component(code: str, at: int, depth: int, *, divides: bool) -> tuple[Component, int]:
    if code.startswith("(", at):
        return _group(code, at, depth, divides=divides)
    what: Symbol | int | None = None
    exponent = 1
    end = at
    if match := SIMPLE.match(code, at):
        symbol, power, number = match.groups()
        what = _symbol(code, at, symbol) if symbol else _number(code, at, number)
        exponent = int(power or 1)
        end = match.end()
    annotation, end = _annotation(code, end)
    if end == at:
        raise NotUcum(code, at, "a unit expected")
    return Component(what, exponent, annotation, divides), end


def _symbol(code: str, at: int, symbol: str) -> Symbol:
    found = symbols().get(symbol)
    if found is None:
        raise NotUcum(code, at, f"there is no unit {symbol!r}")
    return found


def _number(code: str, at: int, number: str) -> int:
    found = int(number)
    if found == 0:
        raise NotUcum(code, at, "a number is positive")
    return found


def _group(code: str, at: int, depth: int, *, divides: bool) -> tuple[Component, int]:
    if depth == DEEPEST:
        raise NotUcum(code, at, f"more than {DEEPEST} parentheses in one another")
    term, end = _term(code, at + 1, depth + 1, divides=False)
    if not code.startswith(")", end):
        raise NotUcum(code, end, "`.`, `/` or `)` expected")
    annotation, end = _annotation(code, end + 1)
    return Component(term, 1, annotation, divides), end


def _annotation(code: str, at: int) -> tuple[str | None, int]:
    match = ANNOTATION.match(code, at)
    return (match[1], match.end()) if match else (None, at)
