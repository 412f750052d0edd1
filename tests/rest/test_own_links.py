"""A patient's result or report leads to nobody else's resource, whoever that is and whenever."""

import pytest
from rest_clinic import AGES, Answer, a_clinic, observation, resource

from fhirbridge.auth.tokens import Wanted, issue
from fhirbridge.fhir import json

BASE = "https://clinic.example/fhir"
FHIR = "application/fhir+json"
# What patient A may be led to, and what is somebody else's, withheld, deleted or not there.
OWN = ["Observation/a1", f"{BASE}/Observation/a2", "Observation/a1/_history/1"]
OTHERS = ["Observation/b1", f"{BASE}/Observation/b1", "Observation/b1/_history/1",
          "Observation/withheld", "Observation/gone", "Observation/nowhere",
          "https://other.example/fhir/Observation/a1"]  # fmt: skip


def to(*texts):
    return [{"reference": text} for text in texts]


def report(id_, patient, *results, **elements):
    about = {
        "status": "final",
        "code": {"text": "x"},
        "subject": {"reference": f"Patient/{patient}"},
    }
    return resource("DiagnosticReport", id_, **about, result=to(*results), **elements)


TOLD = {"text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">x</div>'}}
CONTENT = [
    resource("Patient", "A", name=[{"family": "Иванов"}]),
    resource("Patient", "B", name=[{"family": "Петрова"}]),
    resource("Organization", "lab", name="Лаборатория"),
    *(observation(f"a{n}", "A", day=n) for n in (1, 2)),
    observation("b1", "B"),
    observation("withheld", "A", status="preliminary"),
    observation("gone", "A"),
    resource("Specimen", "own", subject={"reference": "Patient/A"}),
    resource("Specimen", "other", subject={"reference": "Patient/B"}),
    observation("panel", "A") | {"hasMember": to("Observation/a1", "Observation/b1"),
                                 "derivedFrom": to("Observation/b1")},
    resource("Appointment", "visit", status="booked", start="2026-11-25T09:00:00+03:00",
             end="2026-11-25T09:30:00+03:00", basedOn=to("ServiceRequest/nowhere"),
             supportingInformation=to("Observation/b1", "Observation/a1"),
             participant=[{"actor": {"reference": "Patient/A"}, "status": "accepted"}]),
    report("mixed", "A", *OWN, *OTHERS, specimen=to("Specimen/own", "Specimen/other"),
           media=[{"comment": "x", "link": {"reference": "Media/m"}}], **TOLD),
    report("alone", "A", "Observation/a1", performer=to("Organization/lab"), **TOLD),
    report("contained", "A", "#r", contained=[
        {"resourceType": "Observation", "id": "r", "status": "final", "code": {"text": "x"}}]),
]  # fmt: skip


@pytest.fixture
def clinic(database_url):
    found = a_clinic(database_url, CONTENT, [("Observation", "gone")])
    yield found
    found.server.store.close()


def named(shown, path="result"):
    return [one["reference"] for one in shown.get(path, ())]


def all_ways(clinic, id_):
    """Yield the report as the patient is shown it on each way there is to it."""
    for path in (f"DiagnosticReport/{id_}", f"DiagnosticReport/{id_}/_history/1"):
        yield clinic.ask(f"/fhir/{path}", token="patient").json
    for path in (
        f"DiagnosticReport?_id={id_}",
        f"DiagnosticReport/{id_}/_history",
        f"?_type=DiagnosticReport,Patient&_id={id_}",
        "Patient?_id=A&_revinclude=DiagnosticReport:subject",
        "Patient/A/DiagnosticReport",
        "Patient/A/$everything",
    ):
        answer: Answer = clinic.ask(f"/fhir/{path}".replace("/?", "?"), token="patient")
        entries = [entry["resource"] for entry in answer.json["entry"]]
        yield next(one for one in entries if one["id"] == id_)


def test_a_report_leads_to_ones_own_results_only_on_every_way_to_it(clinic):
    ways = list(all_ways(clinic, "mixed"))
    assert len(ways) == 8
    for shown in ways:
        assert named(shown) == OWN
        assert named(shown, "specimen") == ["Specimen/own"]
        assert "media" not in shown
        assert "text" not in shown


def test_what_leads_to_nobody_else_is_shown_as_it_is(clinic):
    for id_ in ("alone", "contained"):
        stored = clinic.ask(f"/fhir/DiagnosticReport/{id_}").body
        assert clinic.ask(f"/fhir/DiagnosticReport/{id_}", token="patient").body == stored


def test_members_and_sources_of_an_observation_are_ones_own(clinic):
    shown = clinic.ask("/fhir/Observation/panel", token="patient").json
    assert named(shown, "hasMember") == ["Observation/a1"]
    assert "derivedFrom" not in shown


def test_an_appointment_leads_to_ones_own_orders_and_documents(clinic):
    shown = clinic.ask("/fhir/Appointment/visit", token="patient").json
    assert named(shown, "supportingInformation") == ["Observation/a1"]
    assert "basedOn" not in shown


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("DiagnosticReport?result=Observation/a1", {"alone", "mixed"}),
        ("DiagnosticReport?result=a2", {"mixed"}),
        (f"DiagnosticReport?result={BASE}/Observation/a2,Observation/b1", {"mixed"}),
        ("DiagnosticReport?result=Observation/b1", set()),
        ("DiagnosticReport?result=b1", set()),
        ("DiagnosticReport?result:Observation=b1", set()),
        ("DiagnosticReport?result=Observation/nowhere", set()),
        ("DiagnosticReport?result=Observation/withheld", set()),
        ("DiagnosticReport?result=https://other.example/fhir/Observation/a1", set()),
        ("DiagnosticReport?specimen=other", set()),
        ("DiagnosticReport?specimen=own", {"mixed"}),
        ("Patient/A/DiagnosticReport?result=b1", set()),
        ("Patient?_has:DiagnosticReport:subject:result=a1", {"A"}),
        ("Patient?_has:DiagnosticReport:subject:result=b1", set()),
        ("Observation?has-member=a1", {"panel"}),
        ("Observation?has-member=b1", set()),
        ("Observation?derived-from=b1", set()),
        ("Appointment?supporting-info=Observation/a1", {"visit"}),
        ("Appointment?supporting-info=Observation/b1", set()),
        ("Appointment?based-on=nowhere", set()),
    ],
)
def test_nothing_is_found_by_what_is_not_shown(clinic, path, found):
    for _ in range(2):  # the second time by what is remembered of the first
        assert set(clinic.ask(f"/fhir/{path}", token="patient").ids) == found
    assert clinic.ask("/fhir/DiagnosticReport?result=Observation/b1").ids == ["mixed"]


def test_staff_are_shown_all_of_it(clinic):
    assert named(clinic.ask("/fhir/DiagnosticReport/mixed").json) == [*OWN, *OTHERS]


def test_a_result_that_turns_out_to_be_anothers_goes_from_the_report_and_its_tag_changes(clinic):
    before = clinic.ask("/fhir/DiagnosticReport/alone", token="patient")
    corrected = json.dump(observation("a1", "B"))
    put = clinic.ask("/fhir/Observation/a1", "PUT", body=corrected, content_type=FHIR)
    assert put.status == 200
    known = {"if_none_match": before["ETag"]}
    after = clinic.ask("/fhir/DiagnosticReport/alone", token="patient", **known)
    assert after.status == 200
    assert named(after.json) == []
    assert after["ETag"] != before["ETag"]


def test_the_scopes_of_a_token_do_not_say_whose_a_result_is(clinic):
    wanted = Wanted("patient/DiagnosticReport.rs", AGES, patient="A")
    clinic.tokens["reports"] = issue(wanted, clinic.server.store.tokens, clinic.clock())[0]
    assert named(clinic.ask("/fhir/DiagnosticReport/mixed", token="reports").json) == OWN
