"""Items 97 to 100 of the checklist: what a patient's rights reach, and what is recorded."""

import pytest
from asking import clinic_of, coded, made, measured, to
from rest_clinic import an_empty_clinic, fill

from fhirbridge.fhir import json

SECRET = "Петрова"
RESOURCES = (
    made("Patient", "A", name=[{"family": "Иванов"}], link=[
        {"type": "seealso", "other": to("Patient/B")}]),
    made("Patient", "B", name=[{"family": SECRET}], gender="female"),
    measured("own", subject=to("Patient/A"), hasMember=[to("Observation/foreign")]),
    measured("foreign", subject=to("Patient/B"), code=coded(("urn:x", "hiv"))),
    measured("focused", subject=to("Patient/B"), focus=[to("Patient/A")]),
    measured("withheld", subject=to("Patient/A"), status="preliminary"),
)  # fmt: skip
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    with clinic_of(tmp_path_factory.mktemp("rights"), *RESOURCES) as found:
        yield found


def seen(clinic, path, token="patient"):  # noqa: S107
    """Return the ids in all entries of an answer, whatever they are there for."""
    answer = clinic.ask(f"/fhir/{path}", token=token)
    assert answer.status == 200, answer.body
    assert SECRET not in answer.body.decode()
    return set(answer.ids) - {"a1"}


def encoded(path):
    return path.encode().decode("latin-1")


def test_item_097_what_is_included_is_the_patients_own(clinic):
    for include in ("Observation:has-member", "Observation:*", "*"):
        assert "foreign" not in seen(clinic, f"Observation?_include={include}")
    assert seen(clinic, "Patient?_revinclude=Observation:subject") == {"A", "own"}
    assert "B" not in seen(clinic, "Patient?_include=Patient:link")


@pytest.mark.parametrize(
    ("true", "false"),
    [
        # Were the other patient looked at, the two would answer differently.
        ("Observation?has-member.code=hiv", "Observation?has-member.code=no"),
        ("Patient?link:Patient.name=петр", "Patient?link:Patient.name=нет"),
        ("Patient?_has:Observation:focus:code=1", "Patient?_has:Observation:focus:code=no"),
        ("Observation?patient.link.gender=female", "Observation?patient.link.gender=male"),
        ("Observation?patient=B", "Observation?patient=nobody"),
        ("Observation?_id=foreign", "Observation?_id=nothing"),
        ("Patient/B", "Patient/nobody"),
        ("Patient/B/_history", "Patient/nobody/_history"),
        ("Patient/B/Observation", "Patient/nobody/Observation"),
        ("Patient/B/$everything", "Patient/nobody/$everything"),
        ("Observation/withheld", "Observation/nothing"),
    ],
)
def test_item_097_no_question_is_an_oracle_about_somebody_else(clinic, true, false):
    def told(path):
        answer = clinic.ask(encoded(f"/fhir/{path}"), token="patient")
        body = json.parse(answer.body)
        return answer.status, body.get("total"), len(body.get("entry", ())), body.get("issue")

    assert told(true) == told(false)


@pytest.mark.parametrize("path", ["Observation?_summary=count", "Patient?_total=accurate"])
def test_item_097_totals_count_what_may_be_seen(clinic, path):
    everybodys = clinic.ask(f"/fhir/{path}").json["total"]
    own = clinic.ask(f"/fhir/{path}", token="patient").json["total"]
    assert own == len(seen(clinic, path.partition("?")[0] + "?_count=1000")) + (
        "Observation" in path
    )
    assert own < everybodys


def test_item_097_everything_is_everything_of_ones_own(clinic):
    assert seen(clinic, "Patient/A/$everything") >= {"A", "own"}
    assert not seen(clinic, "Patient/A/$everything") & {"B", "foreign", "withheld", "focused"}


def test_item_098_what_an_observation_is_focused_on_does_not_own_it(clinic):
    assert "focused" not in seen(clinic, "Observation")
    assert clinic.ask("/fhir/Observation/focused", token="patient").status == 404
    assert clinic.ask("/fhir/Observation/focused", token="other").status == 200
    system = seen(clinic, "Patient/A/Observation", token="system")
    assert "focused" not in system
    assert "own" in system


@pytest.mark.parametrize("type_", ["Patient", "Observation", "DiagnosticReport", "Appointment"])
def test_item_099_a_patient_scope_without_a_patient_gives_nothing(clinic, type_):
    for query in ("", "?_total=accurate", "?_id=A,own", "?_summary=count"):
        answer = clinic.ask(f"/fhir/{type_}{query}", token="lost")
        assert (answer.status, answer.ids) == (200, [])
        assert not answer.json.get("total")
    assert clinic.ask("/fhir/Patient/A", token="lost").status == 404
    assert clinic.ask("/fhir/Patient/A/$everything", token="lost").status == 404


def test_item_100_searching_is_recorded_before_it_is_answered(tmp_path):
    strict = an_empty_clinic(f"sqlite:///{tmp_path}/clinic.sqlite", audit="strict")
    fill(strict.server.store, strict.clock)
    strict.ask("/fhir/Observation?patient=A&_count=2", token="patient")
    strict.ask("/fhir/Patient/_search", "POST", body=b"_id=A", content_type=FORM)
    found = strict.ask("/fhir/AuditEvent?_sort=_lastUpdated").json["entry"]
    codes = [one["resource"]["subtype"][0]["code"] for one in found]
    assert codes[:2] == ["search-type", "search-type"]
    assert all(one["resource"]["outcome"] == "0" for one in found)
    strict.server.store.close()
