"""Includes and rights: what may be seen, what must not be, and how much."""

from dataclasses import replace

import pytest
from rest_clinic import a_clinic, observation, resource

from fhirbridge.app import application


def report(id_, patient, *results):
    return resource(
        "DiagnosticReport",
        id_,
        status="final",
        code={"text": "panel"},
        subject={"reference": f"Patient/{patient}"},
        result=[{"reference": f"Observation/{one}"} for one in results],
    )


def appointment(id_, patient):
    return resource(
        "Appointment",
        id_,
        status="booked",
        slot=[{"reference": "Slot/nine"}],
        participant=[
            {"actor": {"reference": f"Patient/{patient}"}, "status": "accepted"},
            {"actor": {"reference": "Practitioner/doctor"}, "status": "accepted"},
        ],
    )


PROVENANCE = resource(
    "Provenance",
    "who",
    target=[{"reference": "Observation/a1"}],
    recorded="2026-11-24T11:00:00Z",
    agent=[{"who": {"reference": "Practitioner/doctor"}}],
)
FOCUSED = observation("focused", "B") | {"focus": [{"reference": "Patient/A"}]}


@pytest.fixture(scope="module")
def booked(tmp_path_factory):
    found = a_clinic(f"sqlite:///{tmp_path_factory.mktemp('booked')}/clinic.sqlite")
    with found.server.store.transaction() as transaction:
        for one in [
            report("mixed", "A", "a1", "b1", "withheld", "gone-a", "never-was"),
            appointment("mine", "A"),
            appointment("theirs", "B"),
            PROVENANCE,
            FOCUSED,
        ]:
            transaction.put(one, now=found.clock())
    yield found
    found.server.store.close()


def included(answer):
    assert answer.status == 200, answer.body
    return sorted(
        f"{one['resource']['resourceType']}/{one['resource']['id']}"
        for one in answer.json.get("entry", ())
        if one["search"]["mode"] == "include"
    )


def test_a_patient_gets_own_rows_only_at_every_hop(booked):
    path = "/fhir/DiagnosticReport?_include=DiagnosticReport:result"
    assert included(booked.ask(path, token="patient")) == ["Observation/a1"]
    assert included(booked.ask(path)) == [
        "Observation/a1",
        "Observation/b1",
        "Observation/withheld",
    ]
    further = f"{path}&_include:iterate=Observation:subject&_revinclude:iterate=Observation:subject"
    found = included(booked.ask(further, token="patient"))
    assert "Patient/A" in found
    assert not {"Patient/B", "Observation/b1", "Observation/focused"}.intersection(found)


def test_a_slot_leads_to_own_bookings_only(booked):
    path = "/fhir/Slot?_revinclude=Appointment:slot"
    assert included(booked.ask(path, token="patient")) == ["Appointment/mine"]
    assert included(booked.ask(path, token="other")) == ["Appointment/theirs"]
    assert included(booked.ask(path)) == ["Appointment/mine", "Appointment/theirs"]
    wild = booked.ask("/fhir/Slot?_revinclude=*&_include:iterate=*", token="patient")
    assert {"Appointment/mine", "Patient/A"} <= set(included(wild))
    assert not [one for one in included(wild) if one in {"Appointment/theirs", "Patient/B"}]
    (mine,) = [
        one["resource"]
        for one in booked.ask(path, token="patient").json["entry"]
        if one["search"]["mode"] == "include"
    ]
    assert mine == booked.ask("/fhir/Appointment/mine", token="patient").json


def test_what_is_named_and_not_covered_is_403_and_what_came_by_star_is_left_out(booked):
    for query in [
        "/fhir/Patient?_revinclude=Observation:subject",
        "/fhir/Patient?_include=Patient:general-practitioner",
        "/fhir/Patient?_include:iterate=Schedule:actor:Practitioner",
    ]:
        answer = booked.ask(query, token="narrow")
        assert (answer.status, answer.outcome) == (403, "forbidden"), query
    assert included(booked.ask("/fhir/Patient?_revinclude=*&_include=*", token="narrow")) == []
    # Nothing of it is open to patients.
    audited = booked.ask("/fhir/Patient?_revinclude=AuditEvent:patient", token="patient")
    assert audited.status == 403
    assert included(booked.ask("/fhir/Observation?_id=a1&_revinclude=Provenance:target")) == [
        "Provenance/who"
    ]


def test_a_parameter_that_is_not_for_patients_is_not_followed(booked):
    refused = booked.ask("/fhir/Patient?_revinclude=Observation:focus", token="patient")
    assert (refused.status, refused.outcome) == (400, "not-supported")
    assert "Observation/focused" not in included(
        booked.ask("/fhir/Patient?_revinclude=*", token="patient")
    )
    assert included(booked.ask("/fhir/Patient?_id=A&_revinclude=Observation:focus")) == [
        "Observation/focused"
    ]


def test_a_page_that_would_include_too_much_is_refused_whole(booked):
    few = replace(booked.server, limits=replace(booked.server.limits, max_included=3))
    small = replace(booked, app=application(few), server=few)
    path = "/fhir/Patient?_id=A&_revinclude=Observation:subject"
    answer = small.ask(path)
    assert (answer.status, answer.outcome) == (422, "too-costly")
    assert small.ask("/fhir/Patient?_id=B&_revinclude=Observation:subject").status == 200
    # What others have does not count.
    assert small.ask("/fhir/Slot?_revinclude=*", token="patient").status == 200


def test_redaction_comes_before_projection(booked):
    path = "/fhir/Slot?_elements=comment,status,overbooked"
    (slot,) = booked.ask(path, token="patient").json["entry"]
    assert slot["resource"]["status"] == "busy"
    summary = booked.ask("/fhir/Slot?_summary=true", token="patient").json["entry"][0]["resource"]
    assert "versionId" not in summary["meta"]
    assert summary["meta"]["tag"][0]["code"] == "SUBSETTED"


def test_a_page_link_is_good_for_its_own_search_and_caller(booked):
    link = booked.ask("/fhir/Observation?_count=2&_include=Observation:patient").link("next")
    assert booked.ask(link).status == 200
    assert booked.ask(link, token="patient").status == 400
    for changed in [
        link.replace("_include=Observation:patient&", ""),
        link.replace("/fhir/Observation", "/fhir/Patient/A/Observation"),
        link.replace("/fhir/Observation", "/fhir"),
        link + "&_elements=status",
    ]:
        assert booked.ask(changed).status == 400, changed
