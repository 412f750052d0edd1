"""Invented types that have every kind of parameter and rule, and readers who ask for them."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from fhirbridge.resources.access import NOBODY, Access, patients
from fhirbridge.resources.definition import Hot, Relates, ResourceDefinition
from fhirbridge.search.composite import Composite
from fhirbridge.search.date import Date
from fhirbridge.search.number import Number
from fhirbridge.search.parameter import SearchContext
from fhirbridge.search.quantity import Quantity
from fhirbridge.search.query import PermittedQuery, Query, Visibility
from fhirbridge.search.reference import Reference
from fhirbridge.search.string import String
from fhirbridge.search.token import Token
from fhirbridge.search.understand import understand
from fhirbridge.search.uri import Uri
from fhirbridge.store.store import Store

ZONE = ZoneInfo("Europe/Moscow")
BASE = "https://clinic.example/fhir"
CONTEXT = SearchContext(ZONE, BASE, now=1_790_000_000_000_000)
SYSTEM = Visibility(everything=True)


class Mine(Access):
    """A patient sees what is about them, without `note`, and not before it is final."""

    shown_parameters = frozenset({"note", "status"})

    def owners(self, resource: dict[str, Any]) -> frozenset[str]:
        if resource.get("status") == "draft":
            return NOBODY
        return patients(resource, "subject")

    def shown(self, resource: dict[str, Any], patient: str | None) -> dict[str, Any]:
        kept = {key: value for key, value in resource.items() if key != "note"}
        return {**kept, "status": "final"} if kept.get("status") == "amended" else kept


class Public(Access):
    """A directory: everyone sees it without `note`, unless it says `hidden`."""

    directory = True
    versioned = False
    shown_parameters = frozenset({"note"})

    def owners(self, resource: dict[str, Any]) -> frozenset[str]:
        del resource
        return NOBODY

    def public(self, resource: dict[str, Any]) -> bool:
        return resource.get("status") != "hidden"

    def shown(self, resource: dict[str, Any], patient: str | None) -> dict[str, Any]:
        del patient
        return {key: value for key, value in resource.items() if key not in {"note", "meta"}}


class Context(Access):
    """Visible through what it belongs to."""

    context_path = "securityContext"

    def owners(self, resource: dict[str, Any]) -> frozenset[str]:
        return patients(resource, "securityContext")


PARAMETERS = (
    Token("code"),
    Token("status"),
    Token("note"),
    Reference("patient", "subject|Type=Patient", targets=("Patient",)),
    Reference("subject", targets=("Patient", "Device")),
    Reference("practitioner", "performer|Type=Practitioner", targets=("Practitioner",)),
    Date("date", "effective"),
    Date("seen"),
    String("name"),
    Quantity("amount"),
    Number("factor"),
    Uri("url"),
    Composite("code-amount", bases=("", "part"), parts=(Token("code"), Quantity("amount"))),
)
DEFINITIONS = {
    "Basic": ResourceDefinition(
        "Basic",
        Mine(),
        ("read", "vread", "search-type"),
        PARAMETERS,
        hot=(
            Hot(("patient", "code"), "-date"),
            Hot(("patient", "status"), "-date"),
            Hot(("patient",), "-date"),
            Hot(("code",), "-date"),
            Hot(("code", "status"), "date"),
        ),
        relates=Relates("practitioner", "date", over=frozenset({"over"})),
    ),
    "Library": ResourceDefinition("Library", Public(), ("read", "search-type"), PARAMETERS[:3]),
    "Binary": ResourceDefinition("Binary", Context(), ("read",), ()),
    "Patient": ResourceDefinition("Patient", Mine(), ("read", "search-type"), (String("name"),)),
}


def opened(url: str) -> Store:
    return Store.open(url, DEFINITIONS, ZONE, BASE)


def basic(id_: str, patient: str = "p1", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Basic",
        "id": id_,
        "code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}]},
        "subject": {"reference": f"Patient/{patient}"},
        **more,
    }


def query(text: str, type_: str = "Basic") -> Query:
    """Return what a query string asks, `a=1&b=2`, undecoded."""
    pairs = [tuple(pair.split("=", 1)) for pair in text.split("&") if pair]
    known = {parameter.code: parameter for parameter in DEFINITIONS[type_].parameters}
    return understand(type_, known, pairs, CONTEXT).query


@dataclass(frozen=True)
class Reader:
    """Somebody who asks: here the tests stand where `auth.access` does."""

    store: Store
    visibility: Visibility = SYSTEM
    as_patient: bool = False

    def permitted(self, asked: Query) -> PermittedQuery:
        return PermittedQuery(asked, self.visibility, self.as_patient)

    def ids(self, text: str, type_: str = "Basic") -> list[str]:
        page = self.store.search(self.permitted(query(text, type_)))
        return [one.id_ for one in page.matches]


def patient_reader(store: Store, id_: str) -> Reader:
    return Reader(store, Visibility(patient=id_), as_patient=True)
