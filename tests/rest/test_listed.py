"""`_list`: what a List refers to, for those who may search lists."""

import pytest
from rest_clinic import AGES, a_clinic, observation, resource

from fhirbridge.auth.tokens import Wanted, issue
from fhirbridge.fhir import json

FHIR, FORM = "application/fhir+json", "application/x-www-form-urlencoded"
BASE = "https://clinic.example/fhir"


def to(text):
    return {"reference": text}


def list_(id_, *items, subject=None, **elements):
    about = {"subject": to(subject)} if subject else {}
    entries = [item if isinstance(item, dict) else {"item": to(item)} for item in items]
    return resource("List", id_, **{"status": "current", "mode": "working", **about,
                                    "entry": entries, **elements})  # fmt: skip


CONTENT = [
    resource("Patient", "A", name=[{"family": "Иванов"}]),
    resource("Patient", "B", name=[{"family": "Петрова"}]),
    resource("Practitioner", "doctor", name=[{"family": "Сидоров"}]),
    resource("ServiceRequest", "order", status="active", intent="order", subject=to("Patient/A"),
             requester=to("Practitioner/doctor"), authoredOn="2026-11-20"),
    *(observation(f"a{n}", "A", day=n) for n in range(2, 8)),
    observation("b1", "B"),
    list_("results", "Observation/a2", f"{BASE}/Observation/a3", "Observation/a4/_history/1",
          "Observation/gone", "https://other.example/fhir/Observation/a5", "Patient/A",
          {"item": {"display": "Гемоглобин"}}, subject="Patient/A"),
    list_("changes", "Observation/a5", {"item": to("Observation/a6"), "deleted": True},
          mode="changes", subject="Patient/A"),
    list_("people", "Patient/A", "Patient/B"),
    list_("foreign", "Observation/a7", "Observation/b1", subject="Patient/B"),
    list_("empty", subject="Patient/A"),
    list_("gone-list", "Observation/a2"),
]  # fmt: skip


def a_token(clinic, name, scopes, **who):
    wanted = Wanted(scopes, AGES, **who)
    clinic.tokens[name] = issue(wanted, clinic.server.store.tokens, clinic.clock())[0]


@pytest.fixture
def clinic(database_url):
    found = a_clinic(database_url, CONTENT, [("List", "gone-list")])
    a_token(found, "doctor", "user/*.cruds", user="Practitioner/doctor")
    a_token(found, "results", "system/Observation.rs")
    a_token(found, "reads", "system/Observation.rs system/List.r")
    a_token(found, "lists", "system/Observation.rs system/List.s")
    yield found
    found.server.store.close()


def found(clinic, path, token="system"):  # noqa: S107
    answer = clinic.ask(f"/fhir/{path}", token=token)
    assert answer.status == 200, answer.body
    return " ".join(sorted(answer.ids))


FOUND = [
    ("Observation?_list=results", "a2 a3 a4"),
    ("Patient?_list=results", "A"),
    ("Slot?_list=results", ""),
    # R4: "referenced by a List", and a deleted entry still refers.
    ("Observation?_list=changes", "a5 a6"),
    ("Patient?_list=people", "A B"),
    ("Observation?_list=empty", ""),
    ("Observation?_list=nowhere", ""),
    ("Observation?_list=gone-list", ""),
    ("Observation?_list=results,changes", "a2 a3 a4 a5 a6"),
    ("Observation?_list=nowhere,,foreign", "a7 b1"),
    ("Observation?_list=results&_list=changes", ""),
    ("Observation?_list=foreign&patient=B", "b1"),
    ("Observation?_list=results&date=ge2026-11-03&_sort=-date", "a3 a4"),
    ("Observation?_list=results&_id:not=a3", "a2 a4"),
    ("Observation?_has:List:item:_id=results", "a2 a3 a4"),
    ("Observation?_has:List:item:subject=Patient/B", "a7 b1"),
    ("Observation?patient._list=people", "a1 a2 a3 a4 a5 a6 a7 b1"),
    ("Patient?_has:Observation:patient:_list=foreign", "A B"),
    ("Patient/A/Observation?_list=foreign", "a7"),
    ("?_type=Patient,Observation&_list=results", "A a2 a3 a4"),
    ("List?item=Observation/a2", "results"),
    ("List?_id=people&_include=List:item", "A B people"),
    ("Patient/B/List", "foreign"),
]


def test_what_lists_refer_to_is_found(clinic):
    assert [(path, found(clinic, path)) for path, _ in FOUND] == FOUND


def test_it_is_paged_counted_and_posted(clinic):
    path, pages = "/fhir/Observation?_list=results&_sort=date&_count=2&_total=accurate", []
    while path is not None:
        answer = clinic.ask(path)
        assert answer.json["total"] == 3
        pages.append(answer.ids)
        path = answer.link("next")
    assert pages == [["a2", "a3"], ["a4"]]
    assert clinic.ask("/fhir/Observation?_list=results&_summary=count").json["total"] == 3
    body = b"_list=results,changes&date=2026-11-05"
    posted = clinic.ask("/fhir/Observation/_search", "POST", body=body, CONTENT_TYPE=FORM)
    assert posted.ids == ["a5"]
    assert "_list=results,changes" in posted.link("self").replace("%2C", ",")


def test_a_list_that_is_changed_is_another(clinic):
    assert found(clinic, "Observation?_list=foreign") == "a7 b1"
    body = json.dump(list_("foreign", "Observation/a2", subject="Patient/B"))
    assert clinic.ask("/fhir/List/foreign", "PUT", body=body, CONTENT_TYPE=FHIR).status == 200
    assert found(clinic, "Observation?_list=foreign") == "a2"
    assert clinic.ask("/fhir/List/foreign", "DELETE").status == 204
    assert found(clinic, "Observation?_list=foreign") == ""


@pytest.mark.parametrize("prefer", ["handling=strict", "handling=lenient"])
def test_patients_are_refused_whatever_is_on_the_list(clinic, prefer):
    for path in ("Observation?_list=results", "Observation?_list=nowhere",
                 "Observation?patient._list=people", "Patient/A/Observation?_list=$current-x",
                 "Patient?_has:Observation:patient:_list=results"):  # fmt: skip
        answer = clinic.ask(f"/fhir/{path}", token="patient", prefer=prefer)
        assert (answer.status, answer.outcome) == (400, "not-supported"), path
    for path in ("List", "List/results", "List/nowhere", "Observation?_has:List:item:_id=results"):
        assert clinic.ask(f"/fhir/{path}", token="patient").status == 403
    assert "List" not in clinic.ask("/fhir/Patient/A/$everything", token="patient").body.decode()


def test_it_takes_the_right_to_search_lists(clinic):
    assert found(clinic, "Observation?_list=results", "lists") == "a2 a3 a4"
    for token in ("results", "reads"):
        for path in ("Observation?_list=results", "Observation?_list=$current-allergies"):
            assert clinic.ask(f"/fhir/{path}", token=token).status == 403


def test_a_practitioner_has_the_lists_about_related_patients(clinic):
    assert found(clinic, "List", "doctor") == "changes empty results"
    assert found(clinic, "Observation?_list=results", "doctor") == "a2 a3 a4"
    assert found(clinic, "Observation?_list=foreign", "doctor") == ""
    assert found(clinic, "Patient?_list=people", "doctor") == ""
    assert clinic.ask("/fhir/List/foreign", token="doctor").status == 404
