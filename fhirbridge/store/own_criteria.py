"""What a patient's search may find by, at paths that lead to their own resources only.

What is not shown there is not found by either: a search that names somebody else's result, or one
that is not there, finds nothing.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from fhirbridge.search.query import NOTHING, Clause, Criterion, Query, along, last, with_values
from fhirbridge.search.reference import Reference
from fhirbridge.search.values import ReferenceValue, Value

Name = tuple[str | None, str | None]
Links = Callable[[str], tuple[str, ...]]


def asks_by_link(query: Query, links: Links) -> bool:
    """Return whether a criterion names what is at one of the paths `links` has for its type."""
    for one in query.clauses:
        if isinstance(one, Clause) and not isinstance(one.parameter, Reference):
            continue
        if _leads(one, query.type_, links):
            return True
    return False


def names_of(query: Query, links: Links, types: Iterable[str]) -> set[Name]:
    """Return what is named at such paths; what has no type may be of any that is meant there."""
    found: set[Name] = set()
    for criterion in query.clauses:
        if _leads(criterion, query.type_, links):
            clause = last(criterion)
            for value in clause.values:
                found.update(_names(clause, value, types))
    return found


def only_own(query: Query, links: Links, types: Iterable[str], own: set[Name]) -> Query:
    """Return `query` with what is named at such paths, but is none of `own`, finding nothing."""

    def narrowed(criterion: Criterion) -> Criterion:
        clause = last(criterion)
        known = [(one, own & set(_names(clause, one, types))) for one in clause.values]
        return with_values(criterion, tuple(one if theirs else NOTHING for one, theirs in known))

    found = (narrowed(one) if _leads(one, query.type_, links) else one for one in query.clauses)
    return replace(query, clauses=tuple(found))


def _leads(criterion: Criterion, type_: str, links: Links) -> bool:
    clause = last(criterion)
    if clause.modifier == "missing" or not isinstance(clause.parameter, Reference):
        return False
    for one in along(criterion):
        if not isinstance(one, Clause):
            type_ = one.type_
    return not set(links(type_)).isdisjoint(clause.parameter.paths)


def _names(clause: Clause, value: Value, types: Iterable[str]) -> Iterator[Name]:
    if not isinstance(value, ReferenceValue) or value.id_ is None:
        return
    if value.type_ is not None:
        yield value.type_, value.id_
        return
    targets = clause.parameter.targets if isinstance(clause.parameter, Reference) else ()
    for type_ in targets or types:
        yield type_, value.id_
