"""Observation/$lastn: the newest results of each kind.

Observations that share a coding are of one kind; those without codings go by their text.
https://hl7.org/fhir/R4/observation-operation-lastn.html
"""

from collections.abc import Iterator
from dataclasses import replace

from fhirbridge.auth.access import permit
from fhirbridge.auth.principal import Principal
from fhirbridge.auth.rights import require
from fhirbridge.fhir.errors import Invalid, TooCostly
from fhirbridge.fhir.json import parse
from fhirbridge.fhir.path import elements
from fhirbridge.rest import negotiation
from fhirbridge.rest.bundle import matched, searchset
from fhirbridge.rest.exchange import FhirResponse, fhir_json
from fhirbridge.rest.operations.operation import HL7, TYPE, Call, Operation
from fhirbridge.rest.query_string import joined
from fhirbridge.rest.representation import MOST_LEVELS, STYLE, indented
from fhirbridge.search.query import Query
from fhirbridge.search.result import RESULT_PARAMETERS, unsupported
from fhirbridge.search.understand import understand
from fhirbridge.store.stored import Stored

OBSERVATION = "Observation"
MAX = "max"
SUBJECTS = frozenset({"patient", "subject"})
NEWEST_FIRST = ("_sort", "-date")
PAGE = 1000
# All results of a patient are looked at: past this many, a filter is needed.
MOST_LOOKED_AT = 20_000

Kind = tuple[str | None, ...]


def lastn(call: Call) -> FhirResponse:
    """Return the newest `max` (1 by default) of each kind among what the parameters find.

    Raises Invalid without a patient, TooCostly when too many would have to be looked at or sent.
    """
    require(call.principal, call.server.definitions[OBSERVATION], "search-type")
    indent = negotiation.pretty(call.request.headers.get("accept"), call.pairs)
    query, most = _query(call), _most(call)
    found = list(_newest(_walk(query, call), most))
    if len(found) > call.server.limits.max_count:
        raise TooCostly(f"More than {call.server.limits.max_count} results: ask for less")
    base_url = call.server.base(call.request)
    address = f"{base_url}/{OBSERVATION}/$lastn?{joined(call.pairs)}"
    body = searchset(base_url, [matched(found)], links=[("self", address)], total=len(found))
    return fhir_json(indented(body) if indent else body)


def _query(call: Call) -> Query:
    given = call.given.without({MAX, *STYLE})
    named = {name.partition(":")[0] for name, value in given if value}
    for name in sorted(named & RESULT_PARAMETERS):
        raise unsupported(name, "$lastn takes filters and max only")
    if named.isdisjoint(SUBJECTS) and not _own(call.principal):
        raise Invalid("$lastn needs a patient or subject", expression=("http.patient",))
    context = call.server.context(call.server.base(call.request))
    parameters = call.server.parameters[OBSERVATION]
    understood = understand(OBSERVATION, parameters, (*given, NEWEST_FIRST), context)
    return replace(understood.query, count=PAGE)


def _own(principal: Principal) -> bool:
    return principal.own_patient is not None


def _most(call: Call) -> int:
    text = call.given.one(MAX) or "1"
    if not text.isdecimal() or not 0 < int(text) <= PAGE:
        raise Invalid(f"max is a number from 1 to {PAGE}", expression=("http.max",))
    return int(text)


def _walk(query: Query, call: Call) -> Iterator[Stored]:
    """Yield all matches, newest first; raises TooCostly past the limit."""
    definition = call.server.definitions[OBSERVATION]
    for _ in range(MOST_LOOKED_AT // PAGE):
        page = call.server.store.search(permit(query, definition, call.principal))
        yield from page.matches
        if page.after is None:
            return
        query = replace(query, after=page.after)
    raise TooCostly("Too many results to look at: filter by code, category or date")


def _newest(stored: Iterator[Stored], most: int) -> Iterator[Stored]:
    """Yield the first `most` of each kind."""
    found = [(one, _codes(one)) for one in stored]
    kinds = _Kinds()
    for _, codes in found:
        kinds.join(codes)
    counts: dict[Kind, int] = {}
    for one, codes in found:
        kind = kinds.of(codes)
        counts[kind] = counts.get(kind, 0) + 1
        if counts[kind] <= most:
            yield one


def _codes(stored: Stored) -> list[Kind]:
    """Return the codings of an Observation or, without any, its text."""
    resource = parse(stored.body, MOST_LEVELS)
    codings = elements(resource, "code.coding")
    codes: list[Kind] = [(one.get("system"), one.get("code")) for one in codings]
    return codes or [(next(elements(resource, "code.text"), None),)]


class _Kinds:
    """Which codes are of one kind because some Observation has them together."""

    def __init__(self) -> None:
        self._parents: dict[Kind, Kind] = {}

    def join(self, codes: list[Kind]) -> None:
        """Make all `codes` one kind."""
        first = self.of(codes)
        for code in codes:
            self._parents[self._root(code)] = first

    def of(self, codes: list[Kind]) -> Kind:
        """Return the kind of an Observation with these codes."""
        return self._root(codes[0])

    def _root(self, code: Kind) -> Kind:
        while (parent := self._parents.get(code, code)) != code:
            code = parent
        return code


OPERATION = Operation(
    "lastn",
    f"{HL7}Observation-lastn",
    (TYPE,),
    lastn,
    types=(OBSERVATION,),
    simple=frozenset({MAX}),
    any_other=True,
)
