"""$meta, $meta-add, $meta-delete: profiles, tags and security labels.

https://hl7.org/fhir/R4/resource-operation-meta.html
"""

from collections.abc import Callable
from typing import Any

from fhirbridge.auth.access import sees_as_patient
from fhirbridge.fhir import schema
from fhirbridge.fhir.errors import Forbidden, Invalid
from fhirbridge.fhir.json import dump, parse
from fhirbridge.rest import negotiation
from fhirbridge.rest.exchange import FhirResponse, fhir_json
from fhirbridge.rest.operations.labels import labels_in_use
from fhirbridge.rest.operations.operation import (
    HL7,
    INSTANCE,
    SYSTEM,
    TYPE,
    VERSION,
    Call,
    Operation,
)
from fhirbridge.rest.read import found, permitted_read
from fhirbridge.rest.representation import ID, MOST_LEVELS, present
from fhirbridge.rest.validation import check_valid
from fhirbridge.rest.vread import found_version
from fhirbridge.rest.writing import writing
from fhirbridge.store.transaction import Transaction

META = "meta"
LABELS = ("profile", "security", "tag")
# What makes two labels the same one; a profile is its own text.
IDENTITY = ("system", "code")
Element = dict[str, Any]
# FHIR has no empty objects: https://hl7.org/fhir/R4/extension-data-absent-reason.html.
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
NOTHING: Element = {"extension": [{"url": ABSENT, "valueCode": "not-applicable"}]}


def meta(call: Call) -> FhirResponse:
    """Return the meta of a resource or version as its reader sees it, or all labels in use.

    Raises what a read, a vread or `labels_in_use` raises.
    """
    request, principal, server = call.request, call.principal, call.server
    indent = negotiation.pretty(request.headers.get("accept"), call.pairs)
    if not request.id_:
        return _answer(labels_in_use(call), indent=indent)
    if request.version:
        stored = found_version(request, principal, server)
    else:
        stored = found(permitted_read(request, principal, server), request, server)
    return _answer(parse(stored.body, MOST_LEVELS).get(META, {}), indent=indent)


def _changing(
    change: Callable[[list[Any], list[Any]], list[Any]],
) -> Callable[[Call], FhirResponse]:
    """Return the operation that changes each list of labels: `change(there, given)`."""

    def run(call: Call) -> FhirResponse:
        write = writing("update", call.request._replace(query=""), call.principal, call.server)
        if sees_as_patient(call.principal):
            raise Forbidden("Labels are not for patients to change")
        indent = negotiation.pretty(call.request.headers.get("accept"), call.pairs)
        given = _labels(call.given.complex_.get(META))

        def unit(tx: Transaction) -> Element:
            named = ID.fullmatch(call.request.id_)
            stored = present(write.locked(tx, call.request.id_) if named else None)
            resource = _changed(parse(stored.body, MOST_LEVELS), given, change)
            check_valid(resource)
            write.put(tx, resource, stored)
            kept = present(write.seen(stored.id_))
            labels: Element = parse(kept.body, MOST_LEVELS)[META]
            return labels

        return _answer(call.server.store.run(unit), indent=indent)

    return run


def _changed(
    resource: Element, given: Element, change: Callable[[list[Any], list[Any]], list[Any]]
) -> Element:
    there = resource.get(META, {})
    labels = {name: change(there.get(name, []), given.get(name, [])) for name in LABELS}
    kept = {name: value for name, value in there.items() if name not in LABELS}
    return {**resource, META: kept | {name: some for name, some in labels.items() if some}}


def _labels(given: Any) -> Element:
    """Return the labels given; raises Invalid for what is not a Meta."""
    if not isinstance(given, dict):
        raise Invalid("A parameter meta with a valueMeta is expected")
    # In the resource of which nothing else is required.
    issues = schema.check({"resourceType": "Patient", META: given})
    if issues:
        place = tuple(one.replace("Patient.meta", "Meta", 1) for one in issues[0].expression)
        raise Invalid(f"Not a Meta: {issues[0].diagnostics}", expression=place)
    return given


def _key(label: Any) -> Any:
    return tuple(label.get(name) for name in IDENTITY) if isinstance(label, dict) else label


def _add(there: list[Any], given: list[Any]) -> list[Any]:
    known = {_key(label) for label in there}
    return [*there, *(label for label in given if _key(label) not in known)]


def _remove(there: list[Any], given: list[Any]) -> list[Any]:
    gone = {_key(label) for label in given}
    return [label for label in there if _key(label) not in gone]


def _answer(labels: Element, *, indent: bool) -> FhirResponse:
    parameter = {"name": "return", "valueMeta": labels or NOTHING}
    return fhir_json(dump({"resourceType": "Parameters", "parameter": [parameter]}, pretty=indent))


READ = Operation("meta", f"{HL7}Resource-meta", (SYSTEM, TYPE, INSTANCE, VERSION), meta)
ADD = Operation(
    "meta-add",
    f"{HL7}Resource-meta-add",
    (INSTANCE,),
    _changing(_add),
    complex_=frozenset({META}),
    changes=True,
)
DELETE = Operation(
    "meta-delete",
    f"{HL7}Resource-meta-delete",
    (INSTANCE,),
    _changing(_remove),
    complex_=frozenset({META}),
    changes=True,
)
