"""Patient/$everything: a patient's compartment, and what it refers to in the directory.

The union of the searches of each type, through the same rights, so it never holds more than they.
https://hl7.org/fhir/R4/patient-operation-everything.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fhirbridge.auth.access import permit, refused_parameters, sees_as_patient
from fhirbridge.auth.rights import require
from fhirbridge.fhir.element_types import RESOURCE, element_type
from fhirbridge.fhir.errors import Forbidden
from fhirbridge.fhir.json import parse
from fhirbridge.fhir.reference import target
from fhirbridge.rest import paging
from fhirbridge.rest.asked import Scope
from fhirbridge.rest.exchange import FhirResponse
from fhirbridge.rest.found import answer
from fhirbridge.rest.operations.operation import HL7, INSTANCE, TYPE, Call, Operation
from fhirbridge.rest.query_string import Pairs
from fhirbridge.rest.representation import ID as AN_ID
from fhirbridge.rest.representation import MOST_LEVELS, not_found, present
from fhirbridge.rest.search_compartment import compartment_types
from fhirbridge.rest.search_system import TYPE as TYPES
from fhirbridge.rest.search_system import named_types, searched
from fhirbridge.search.common import LAST_UPDATED
from fhirbridge.search.date import Date
from fhirbridge.search.membership import PATIENT, in_compartment
from fhirbridge.search.parameter import SearchParameter
from fhirbridge.search.query import Clause, by_id
from fhirbridge.search.result import unsupported
from fhirbridge.search.values import DateValue, MissingValue
from fhirbridge.store.stored import Stored

# When care was given, by type; a type that is not here has no such time and is not narrowed.
CARE_DATE = {
    "Appointment": "date",
    "AuditEvent": "date",
    "DiagnosticReport": "date",
    "DocumentReference": "date",
    "Observation": "date",
    "Provenance": "recorded",
    "ServiceRequest": "authored",
    "Specimen": "collected",
}
# Each with the prefix that a search would have.
NARROWING = {"start": "ge", "end": "le", "_since": "ge"}
SIMPLE = frozenset({*NARROWING, TYPES, "_count", paging.PARAMETER})
LINKS = frozenset({"uri", "url"})
# The parameter that says which patient a resource is about.
SUBJECT = "patient"


def everything(call: Call) -> FhirResponse:
    """Return one page of it; raises NotFound and Gone as a read of the patient would."""
    named = named_types(_joined(call.pairs))
    context = call.server.context("")
    moments = {
        name: Date(name).parse(f"{prefix}{text}", None, context)
        for name, prefix in NARROWING.items()
        if (text := call.given.one(name))
    }
    outside = _outside(named, call)
    asked = _Everything(call, moments, outside if named else None)
    inside = tuple(one for one in named if one not in outside)
    if named and not inside:
        raise unsupported(TYPES, "name a type of the patient's compartment too")
    types = searched(inside, asked.members, call.principal, call.server)
    narrowing = [(name, call.given.one(name) or "") for name in moments]
    more = (*narrowing, *(((TYPES, ",".join(named)),) if named else ()))
    scope = Scope(asked.path, types, asked.criteria, more, asked.look, asked.beside)
    rest = call.given.without({TYPES, *NARROWING})
    return answer(scope, rest, call.request, call.principal, call.server)


def _joined(given: Pairs) -> Pairs:
    """Return the types of one or more `_type`, each a type or several with commas, as one."""
    return ((TYPES, ",".join(value for name, value in given if name == TYPES)),)


def _outside(named: tuple[str, ...], call: Call) -> frozenset[str]:
    """Return the named types that have no place in a compartment; raises Forbidden."""
    definitions = call.server.definitions
    found = definitions.keys() & set(named) - set(compartment_types(definitions))
    for type_ in sorted(found):
        require(call.principal, definitions[type_], "read")
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class _Everything:
    """`moments` narrow it; `also`: of which types what is referred to comes along, None: of all."""

    call: Call
    moments: Mapping[str, DateValue]
    also: frozenset[str] | None

    @property
    def path(self) -> str:
        """The path of the call, which its links have."""
        id_ = self.call.request.id_
        return f"/{PATIENT}/{id_}/$everything" if id_ else f"/{PATIENT}/$everything"

    @property
    def patient(self) -> str | None:
        """The patient whose everything it is; None: everybody's that may be seen."""
        return self.call.request.id_ or self.call.principal.own_patient

    @property
    def members(self) -> tuple[str, ...]:
        """The types of compartments, for all patients those that say which one."""
        types = compartment_types(self.call.server.definitions)
        if self.patient is not None:
            return types
        known = self.call.server.parameters
        return tuple(one for one in types if one == PATIENT or SUBJECT in known[one])

    def look(self) -> None:
        """Raise NotFound or Gone unless the patient may be seen."""
        id_ = self.call.request.id_
        if id_:
            definition = self.call.server.definitions[PATIENT]
            permitted = permit(by_id(PATIENT, id_), definition, self.call.principal)
            if not AN_ID.fullmatch(id_):
                raise not_found()
            present(self.call.server.store.read(permitted))

    def criteria(self, type_: str, parameters: Mapping[str, SearchParameter]) -> tuple[Clause, ...]:
        """Return what makes a resource of `type_` part of it."""
        found = [*self._belonging(type_, parameters)]
        care = parameters.get(CARE_DATE.get(type_, ""))
        for name, moment in self.moments.items():
            if name != "_since" and care is not None:
                found.append(Clause(care, (moment,)))
            elif name == "_since" and not self._hides_changes(type_):
                found.append(Clause(LAST_UPDATED, (moment,)))
        return tuple(found)

    def _hides_changes(self, type_: str) -> bool:
        """Return whether the caller may not ask when something of `type_` changed."""
        refused = refused_parameters(self.call.server.definitions[type_])
        return sees_as_patient(self.call.principal) and LAST_UPDATED.code in refused

    def _belonging(self, type_: str, parameters: Mapping[str, SearchParameter]) -> Iterator[Clause]:
        """Yield that it is in the patient's compartment or, for no one patient, in somebody's."""
        if self.patient is not None:
            yield in_compartment(type_, parameters, self.patient)
        elif type_ != PATIENT:
            yield Clause(parameters[SUBJECT], (MissingValue(missing=False),), "missing")

    def beside(self, matches: Sequence[Stored]) -> list[Stored]:
        """Return what the matches refer to outside of compartments, as far as it may be seen."""
        wanted = dict.fromkeys(link for one in matches for link in self._links(one))
        found = (self._seen(type_, id_) for type_, id_ in wanted)
        return [one for one in found if one is not None and not one.deleted]

    def _links(self, stored: Stored) -> Iterator[tuple[str, str]]:
        base_url = self.call.server.base(self.call.request)
        definitions = self.call.server.definitions
        outside = definitions.keys() - set(compartment_types(definitions))
        if self.also is not None:
            outside &= self.also
        for text in links(parse(stored.body, MOST_LEVELS)):
            to = target(text, base_url)
            if to.type_ and to.id_ and to.type_ in outside:
                yield to.type_, to.id_

    def _seen(self, type_: str, id_: str) -> Stored | None:
        server = self.call.server
        try:
            permitted = permit(by_id(type_, id_), server.definitions[type_], self.call.principal)
        except Forbidden:
            return None
        return server.store.read(permitted)


def links(node: object, type_: str = RESOURCE) -> Iterator[str]:
    """Yield the references of a resource and the addresses of its attachments."""
    if isinstance(node, list):
        for one in node:
            yield from links(one, type_)
    elif isinstance(node, dict):
        named = node.get("resourceType", "") if type_ == RESOURCE else type_
        for name, child in node.items():
            literal = (named, name) == ("Reference", "reference")
            yield from links(child, "url" if literal else element_type(named, name))
    elif isinstance(node, str) and type_ in LINKS:
        yield node


OPERATION = Operation(
    "everything",
    f"{HL7}Patient-everything",
    (INSTANCE, TYPE),
    everything,
    types=(PATIENT,),
    simple=SIMPLE,
)
