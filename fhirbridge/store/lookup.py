"""What must be looked up before a search can be planned: codes by the name of their set, and ids.

A chain whose end few resources fulfil becomes the ids of those, so that `patient.identifier=…` is
answered as `patient=…` is. Only for readers whose rights do not depend on a patient: for others the
patient's own rows lead anyway, and what is not theirs must not even cost time.
"""

# ruff: noqa: S608 (names of our own tables only)

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, TypeGuard

from fhirbridge.fhir.errors import Invalid
from fhirbridge.fhir.json import parse
from fhirbridge.search.common import ID
from fhirbridge.search.expansion import expanded, names_codes
from fhirbridge.search.hierarchy import names_kin
from fhirbridge.search.query import Chain, Clause, Criterion, Has
from fhirbridge.search.reference import Reference
from fhirbridge.search.values import ReferenceValue, TokenValue, UriValue, Value
from fhirbridge.store.connection import Row
from fhirbridge.store.containing import any_place, inside
from fhirbridge.store.filtering import ids, listed
from fhirbridge.store.index.reference import target
from fhirbridge.store.kinship import Kinship
from fhirbridge.store.planning import leads, order
from fhirbridge.store.question import Question
from fhirbridge.store.sight import Sight
from fhirbridge.store.sql import Sql, sql
from fhirbridge.store.walking import MOST_KEYS

# Versions of one value set or code system that are looked through.
MOST_VERSIONS = 50
Ask = Callable[[Sql], list[Row]]


def looked_up(question: Question, ask: Ask) -> Question:
    """Return `question` with what its clauses name put in its place, `ask` being the database.

    Raises Invalid for an id that several types have, Invalid or NotSupported for a value set that
    cannot be expanded.
    """
    if all(map(_is_settled, question.asked)):
        question.sort = order(question)
        return question
    lookup = _Lookup(question, ask)
    if any(map(names_kin, question.asked)):
        question = _asking(question, map(Kinship(question.beyond, ask).put_into, question.asked))
    if any(map(names_codes, question.asked)):
        question = _asking(question, (expanded(one, lookup.find) for one in question.asked))
    for criterion in question.asked:
        lookup.refuse_ambiguous(question, criterion)
    # The order follows from the clauses as written, whatever is found of the chains.
    question = question.nearer(question.asked, order(question))
    if question.permitted.as_patient:
        return question
    return question.nearer(tuple(map(lookup.shortened, question.asked)), question.sort)


def _asking(question: Question, asked: Iterable[Criterion]) -> Question:
    """Return `question` with other clauses."""
    clauses = tuple(asked)
    question = question.nearer(clauses, question.sort)
    question.query = replace(question.query, clauses=clauses)
    return question


def _is_settled(criterion: Criterion) -> bool:
    """Return whether a criterion says all by itself."""
    if not isinstance(criterion, Clause) or names_codes(criterion):
        return False
    return not isinstance(criterion.parameter, Reference) or not any(
        _is_bare(value) for value in criterion.values
    )


def _is_bare(value: Value) -> TypeGuard[ReferenceValue]:
    """Return whether an id alone is asked for, which may be that of several types."""
    return isinstance(value, ReferenceValue) and value.type_ is None and value.url is None


class _Lookup:
    def __init__(self, question: Question, ask: Ask) -> None:
        self._question = question
        self._rows = ask

    def find(self, type_: str, canonical: str) -> dict[str, Any] | None:
        """Return the newest visible resource of a canonical, or the one of `Type/id`."""
        if type_ not in self._question.permitted.others:
            return None
        sight = self._question.beyond(type_)
        url, _, version = canonical.partition("|")
        found = [parse(body) for (body,) in self._rows(_bodies(sight, type_, url))]
        wanted = (one for one in found if version in {"", one.get("version")})
        return next(wanted, None)

    def shortened(self, criterion: Criterion) -> Criterion:
        """Return a chain whose end few resources fulfil as a plain list of references."""
        if not isinstance(criterion, Chain) or not leads(criterion):
            return criterion
        if criterion.parameter.canonical:
            return criterion
        beyond, within = self._question.beyond(criterion.type_), inside(self._question, criterion)
        if within is not None and self._rows(any_place(within)):
            return criterion
        found = self._rows(ids(beyond, criterion.criterion, MOST_KEYS + 1))
        if len(found) > MOST_KEYS:
            return criterion
        values = tuple(ReferenceValue(criterion.type_, id_) for (id_,) in found)
        return Clause(criterion.parameter, values)

    def refuse_ambiguous(self, sight: Sight, criterion: Criterion) -> None:
        """Raise Invalid when a bare id is that of resources of several types."""
        if isinstance(criterion, Chain | Has):
            self.refuse_ambiguous(sight.beyond(criterion.type_), criterion.criterion)
            return
        for value in criterion.values:
            if _is_bare(value):
                self._refuse_ambiguous_id(sight, criterion, value)

    def _refuse_ambiguous_id(self, sight: Sight, clause: Clause, value: ReferenceValue) -> None:
        parameter = clause.parameter
        if not isinstance(parameter, Reference):
            return
        types = [type_ for type_ in parameter.targets if type_ not in value.apart]
        # Of one type it is clear which is meant; a patient may name nobody of some.
        if len(types) > 1:
            found = self._rows(sql(*_referred(sight, parameter, value.id_ or "", types)))
            if len(found) > 1:
                text = f"{parameter.code}: several types have this id: write Type/id"
                raise Invalid(text, expression=(f"http.{parameter.code}",))


def _bodies(sight: Sight, type_: str, url: str) -> Sql:
    local = url.removeprefix(f"{type_}/")
    if local == url:
        clause = Clause(sight.index.parameters["url"], (UriValue(url),))
    else:
        clause = Clause(ID, (TokenValue(None, local, any_system=True),))
    return sql(
        "SELECT r.body FROM (",
        listed(sight, clause),
        ") q JOIN resource r ON r.row = q.row WHERE",
        sight.visible("r", resource=True),
        Sql("ORDER BY r.updated DESC, r.row DESC LIMIT ?", (MOST_VERSIONS,)),
    )


def _referred(sight: Sight, parameter: Reference, id_: str, types: list[str]) -> Iterator[Sql]:
    """Yield the statement that lists of which `types` a referenced resource with the id is."""
    number = sight.number(parameter.code)
    for position, type_ in enumerate(types):
        head = "UNION ALL SELECT" if position else "SELECT"
        text = (
            f"{head} 1 WHERE EXISTS (SELECT 1 FROM idx_reference i WHERE i.param = ?"
            " AND i.target = ? AND"
        )
        yield sql(Sql(text, (number, target(type_, id_))), sight.visible("i"), ")")
