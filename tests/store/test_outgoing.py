"""The net over answers: what is no patient's own does not leave for them, however it was found."""

import logging
from typing import Any

import pytest
from store_world import CONTEXT

from fhirbridge.fhir.json import dump
from fhirbridge.resources.merged import REPLACED_BY, REPLACES, Confirmed, linked
from fhirbridge.resources.registry import definitions
from fhirbridge.search.query import PermittedQuery, Query, Visibility
from fhirbridge.store.address import Address
from fhirbridge.store.database import Database, Limits
from fhirbridge.store.index.rows import TypeIndex
from fhirbridge.store.outgoing import Escaped, Outgoing
from fhirbridge.store.related import Related
from fhirbridge.store.stored import Stored

SERVED = definitions()
TYPES = {type_: TypeIndex(one, SERVED) for type_, one in SERVED.items()}
# Nobody asks it anything here: staff are judged in `test_related`.
DATABASE = Database(Address.parse("sqlite:////nowhere/at.all"), Limits())
NET = Outgoing(TYPES, Related(DATABASE, TYPES, CONTEXT))
OWN, OTHER = {"reference": "Patient/A"}, {"reference": "Patient/B"}
HERE, THERE = "https://clinic.example/fhir/Patient/", "http://other.example/Patient/"


def stored(type_: str, id_: str = "x", **elements: Any) -> Stored:
    status = {"status": "final"} if type_ == "Observation" else {}
    body = dump({"resourceType": type_, "id": id_, **status, **elements})
    return Stored(1, type_, id_, 1, 0, body, deleted=False, as_patient=True, dated=True)


def merged(id_: str, type_: str, other: str) -> Stored:
    """Return a record that staff linked to another."""
    patient = linked({"resourceType": "Patient", "id": id_}, [Confirmed(type_, other, 0)])
    return stored("Patient", id_, link=patient["link"])


def for_patient(patient: str | None) -> PermittedQuery:
    return PermittedQuery(Query("Observation"), Visibility(patient=patient), as_patient=True)


def leaves(*found: Stored | None, patient: str | None = "A") -> bool:
    try:
        NET.check(found, for_patient(patient))
    except Escaped:
        return False
    return True


@pytest.mark.parametrize(
    "one",
    [
        stored("Observation", subject=OWN),
        stored("Observation", subject={"reference": "Patient/A/_history/2"}),
        stored("Observation", subject={**OWN, "type": "Patient"}),
        stored("Observation", subject=OWN, note=[{"text": 'Patient/B, "reference":"Patient/B"'}]),
        stored("Observation", subject=OWN, performer=[{"reference": "Practitioner/B"}]),
        stored("Patient", "A"),
        merged("A", REPLACES, "B"),
        merged("old", REPLACED_BY, "A"),
        stored("Slot", schedule={"reference": "Schedule/1"}),
        stored("Practitioner", name=[{"family": "Patient"}]),
        stored("Binary", contentType="application/pdf"),
        stored("Binary", securityContext=OWN),
        stored("Binary", securityContext={"reference": "DiagnosticReport/1"}),
    ],
)
def test_what_is_about_the_patient_leaves(one):
    assert leaves(one)
    assert leaves(None, one, stored("Observation", subject=OWN), stored("Slot"))


@pytest.mark.parametrize(
    "one",
    [
        stored("Observation", subject=OTHER),
        stored("Observation", subject=OWN, status="registered"),
        stored("Observation", subject=OWN, meta={"security": [{"code": "R"}]}),
        stored("Observation", subject={"reference": f"{HERE}A"}),
        stored("Observation", subject={"reference": "Patient/AA"}),
        stored("Observation", subject={"reference": f"{HERE}B"}),
        stored("Observation", subject={"reference": f"{THERE}B"}),
        stored("Observation", subject=OWN, focus=[OTHER]),
        stored("Observation", subject=OWN, focus=[{"reference": "Patient/B/_history/1"}]),
        stored("Observation", subject=OWN, performer=[{"reference": "RelatedPerson/r"}]),
        stored("Observation", subject=OWN, contained=[{"resourceType": "Patient", "id": "p"}]),
        stored("Observation", subject=OWN, contained=[{"resourceType": "RelatedPerson"}]),
        stored("Observation", status="final"),
        stored("Observation", note=[{"text": 'about "reference":"Patient/A"'}]),
        stored("Patient", "B"),
        stored("Patient", "B", generalPractitioner=[OWN]),
        stored("Patient", "B", link=[{"other": OWN, "type": "seealso"}]),
        stored("Patient", "A", link=[{"other": OTHER, "type": "seealso"}]),
        stored("Patient", "A", link=[{"other": OTHER, "type": REPLACES}]),
        stored("Patient", "old", link=[{"other": OWN, "type": REPLACED_BY}]),
        merged("old", REPLACED_BY, "B"),
        stored("Slot", extension=[{"url": "urn:for", "valueReference": OWN}]),
        stored("Slot", extension=[{"url": "urn:for", "valueReference": OTHER}]),
        stored("Binary", securityContext=OTHER),
        stored("Provenance", target=[OWN, OTHER]),
    ],
)
def test_what_is_not_is_held_with_all_the_rest_and_an_alarm(one, caplog):
    with caplog.at_level(logging.CRITICAL):
        assert not leaves(one)
    (alarm,) = caplog.records
    assert alarm.levelno == logging.CRITICAL
    assert alarm.getMessage() == f"A {one.type_} was about to leave for somebody else"
    own = [stored("Observation", subject=OWN)] * 3
    assert not leaves(*own, one)
    assert not leaves(one, *own)


def test_without_a_patient_nothing_about_one_leaves():
    assert not leaves(stored("Observation", subject=OWN), patient=None)
    assert leaves(stored("Slot"), patient=None)


def test_a_deleted_resource_has_nothing_to_look_at():
    assert leaves(stored("Observation", subject=OTHER)._replace(body=b"", deleted=True))


def test_what_the_row_itself_says_is_the_reader_s_alone_was_judged_when_it_was_stored():
    assert leaves(stored("Observation", subject=OTHER)._replace(own=True))
    assert not leaves(stored("Observation", subject=OTHER)._replace(own=False))
    assert not leaves(stored("Observation", subject=OTHER)._replace(own=True), patient=None)


def test_who_sees_everything_is_not_judged():
    everything = PermittedQuery(Query("Observation"), Visibility(everything=True))
    NET.check((stored("Observation", subject=OTHER),), everything)
