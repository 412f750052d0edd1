"""Clauses of granular scopes: `patient/Observation.rs?category=system|code`.

Only these parameters of these types, only `system|code` in full, only with `r` and `s`; whatever
else is written makes the whole scope void. Pairs of one clause all hold, clauses are alternatives.
https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html#finer-grained-resource-constraints-using-search-parameters
"""

from collections.abc import Mapping
from typing import NamedTuple

NARROWABLE: Mapping[str, frozenset[str]] = {
    "Condition": frozenset({"category"}),
    "DiagnosticReport": frozenset({"category", "code"}),
    "DocumentReference": frozenset({"type", "category"}),
    "Observation": frozenset({"category", "code"}),
    "ServiceRequest": frozenset({"category", "code"}),
}
# What a code without a system means where the operator lets it be written so.
SYSTEMS: Mapping[tuple[str, str], str] = {
    ("Condition", "category"): "http://terminology.hl7.org/CodeSystem/condition-category",
    ("DiagnosticReport", "category"): "http://terminology.hl7.org/CodeSystem/v2-0074",
    ("Observation", "category"): "http://terminology.hl7.org/CodeSystem/observation-category",
}
LETTERS = frozenset("rs")
MOST_PAIRS = 10
# They would escape, list or encode something: none is needed for a system or a code.
REFUSED = frozenset("\\,$%")


class Pair(NamedTuple):
    """`name=system|code`: the resource has this code under the search parameter `name`."""

    name: str
    system: str
    code: str

    def __str__(self) -> str:
        return f"{self.name}={self.system}|{self.code}"


Clause = tuple[Pair, ...]


def clause(type_: str, letters: str, query: str, *, bare: bool = False) -> Clause | None:
    """Return what the query of a scope on `type_` asks for; None when it may not be asked.

    With `bare` a code may lack its system where that can only be one.
    """
    names = NARROWABLE.get(type_, frozenset())
    parts = query.split("&")
    if not LETTERS.issuperset(letters) or len(parts) > MOST_PAIRS:
        return None
    pairs = []
    for part in parts:
        name, _, value = part.partition("=")
        system, separator, code = value.partition("|")
        if not separator and bare:
            system, code = SYSTEMS.get((type_, name), ""), value
        written = name in names and system and code and "|" not in code
        if not written or not REFUSED.isdisjoint(value):
            return None
        pairs.append(Pair(name, system, code))
    return tuple(dict.fromkeys(pairs))


def text(pairs: Clause) -> str:
    """Return a clause as the query of a scope."""
    return "&".join(map(str, pairs))


def both(one: Clause, other: Clause) -> Clause:
    """Return the clause of what fulfils both."""
    return tuple(dict.fromkeys((*one, *other)))
