"""Value sets and code hierarchies, from stored resources, as the codes a search may list.

Only what is certain counts: a filter that is not known, a code system that is not here whole, a
set without an end make the search fail, because matching nothing would be a lie (and `:not-in`
would match everything). https://hl7.org/fhir/R4/valueset.html#expansion
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from fhirbridge.fhir.errors import Invalid, NotSupported
from fhirbridge.search.query import Chain, Clause, Criterion, Has
from fhirbridge.search.result import naming
from fhirbridge.search.token import Token
from fhirbridge.search.values import SetValue, TokenValue

Code = tuple[str, str | None]
# Finds a ValueSet or CodeSystem by its canonical (with or without `|version`) or `Type/id`.
Find = Callable[[str, str], dict[str, Any] | None]
MOST_CODES = 2000
DEEPEST = 8
# https://hl7.org/fhir/R4/valueset-filter-operator.html: those a hierarchy alone answers.
_HIERARCHY = {"is-a": True, "descendent-of": False}


def names_codes(criterion: Criterion) -> bool:
    """Return whether a criterion names codes that must be looked up."""
    while not isinstance(criterion, Clause):
        criterion = criterion.criterion
    return any(isinstance(one, SetValue) for one in criterion.values)


def expanded(criterion: Criterion, find: Find) -> Criterion:
    """Return `criterion` with the codes themselves in place of their names.

    Raises Invalid or NotSupported, naming the parameter, for what cannot be expanded.
    """
    if isinstance(criterion, Chain | Has):
        return replace(criterion, criterion=expanded(criterion.criterion, find))
    parameter = criterion.parameter
    if not isinstance(parameter, Token) or not names_codes(criterion):
        return criterion
    modifier = "not" if criterion.modifier == "not-in" else None
    with naming(parameter.code):
        values = tuple(_values(parameter, _codes(criterion, parameter, find)))
    return Clause(parameter, values, modifier)


def _codes(criterion: Clause, parameter: Token, find: Find) -> Iterator[Code]:
    codes = _Codes(find)
    for value in criterion.values:
        if isinstance(value, SetValue):
            yield from codes.of(value, parameter)


def _values(parameter: Token, codes: Iterable[Code]) -> Iterator[TokenValue]:
    seen = dict.fromkeys(
        TokenValue(system, parameter.folded(code) if code is not None else None)
        for system, code in codes
    )
    if len(seen) > MOST_CODES:
        raise Invalid(f"{parameter.code}: the set has more than {MOST_CODES} codes")
    return map(parameter.implied, seen)


@dataclass(frozen=True, slots=True)
class _Codes:
    find: Find

    def of(self, value: SetValue, parameter: Token) -> set[Code]:
        if value.relation == "in":
            return self.value_set(value.system, 0)
        hierarchy = self._system(value.system)
        folded = {parameter.folded(code): code for code in hierarchy}
        code = folded.get(value.code or "")
        if code is None:
            raise Invalid(f"{parameter.code}: the code system does not have this code")
        if value.relation == "below":
            return {(value.system, one) for one in _under(hierarchy, code)}
        above = {one for one in hierarchy if code in _under(hierarchy, one)}
        return {(value.system, one) for one in above}

    def value_set(self, canonical: str, depth: int) -> set[Code]:
        found = self.find("ValueSet", canonical)
        if found is None or depth > DEEPEST:
            raise NotSupported("A value set is not here, or nested too deep: it cannot be expanded")
        compose = found.get("compose")
        if compose is None:
            return set(_listed(found.get("expansion")))
        codes: set[Code] = set()
        for include in compose.get("include", ()):
            codes |= self._included(include, depth)
        for exclude in compose.get("exclude", ()):
            codes = self._without(codes, self._included(exclude, depth))
        return codes

    def _included(self, include: dict[str, Any], depth: int) -> set[Code]:
        sets = [self.value_set(url or "", depth + 1) for url in include.get("valueSet", ())]
        if "system" in include:
            sets.append(self._of_system(include))
        if not sets:
            raise NotSupported("A value set includes what is not understood")
        found = sets[0]
        for other in sets[1:]:
            found = {one for one in found | other if _in(one, found) and _in(one, other)}
        return found

    def _of_system(self, include: dict[str, Any]) -> set[Code]:
        """Return the concepts listed, those that filters leave, or `(system, None)`: all."""
        system = include["system"]
        if "concept" in include:
            return {(system, one["code"]) for one in include["concept"]}
        if "filter" not in include:
            return {(system, None)}
        hierarchy = self._system(system)
        left = set(hierarchy)
        for one in include["filter"]:
            itself = _HIERARCHY.get(one["op"])
            if itself is None or one["property"] != "concept":
                raise NotSupported("A value set has a filter that is not supported")
            left &= _under(hierarchy, one["value"]) - (set() if itself else {one["value"]})
        return {(system, code) for code in left}

    def _without(self, codes: set[Code], others: set[Code]) -> set[Code]:
        """Return `codes` less `others`; a whole system is written out only when it must be."""
        touched = {system for system, _ in others}
        whole = {system for system, code in codes if code is None and system in touched}
        written = {(system, code) for system in whole for code in self._system(system)}
        left = (codes - {(system, None) for system in whole}) | written
        return {one for one in left if not _in(one, others)}

    def _system(self, url: str) -> dict[str, set[str]]:
        """Return each code of a stored, complete code system with the codes right under it."""
        found = self.find("CodeSystem", url)
        if found is None or found.get("content") != "complete":
            raise NotSupported("A code system is not here as a whole: its codes are not known")
        hierarchy: dict[str, set[str]] = {}
        _enter(found.get("concept", ()), hierarchy)
        return hierarchy


def _in(code: Code, codes: set[Code]) -> bool:
    return code in codes or (code[0], None) in codes


def _listed(expansion: dict[str, Any] | None) -> Iterator[Code]:
    """Yield the codes of a stored expansion, if it is whole."""
    if expansion is None or expansion.get("offset") or "total" not in expansion:
        raise NotSupported("A value set has neither a composition nor a whole expansion")
    waiting = list(expansion.get("contains", ()))
    count = 0
    while waiting:
        one = waiting.pop()
        waiting += one.get("contains", ())
        count += 1
        if "code" in one and not one.get("abstract"):
            yield one.get("system", ""), one["code"]
    if count < expansion["total"]:
        raise NotSupported("A value set has only a part of its expansion")


def _enter(concepts: Iterable[dict[str, Any]], hierarchy: dict[str, set[str]]) -> None:
    """Enter concepts, by nesting or by the properties `parent` and `child`."""
    for concept in concepts:
        under = hierarchy.setdefault(concept["code"], set())
        inner = concept.get("concept", ())
        under.update(one["code"] for one in inner)
        for one in concept.get("property", ()):
            if one["code"] == "child" and "valueCode" in one:
                under.add(one["valueCode"])
            if one["code"] == "parent" and "valueCode" in one:
                hierarchy.setdefault(one["valueCode"], set()).add(concept["code"])
        _enter(inner, hierarchy)


def _under(hierarchy: dict[str, set[str]], code: str) -> set[str]:
    """Return `code` and everything below it."""
    found, waiting = {code}, [code]
    while waiting:
        below = hierarchy.get(waiting.pop(), set()) - found
        found |= below
        waiting += below
    return found
