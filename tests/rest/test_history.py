"""History: what is asked, who sees which versions, and pages that hold while others write."""

import pytest
from rest_clinic import AGES, observation, resource

from fhirbridge.auth.tokens import Wanted, issue
from fhirbridge.fhir import json, schema

SECOND = 1_000_000
JSON = {"content_type": "application/fhir+json"}


@pytest.fixture
def clinic(opened, database_url):
    return opened(database_url)


def put(clinic, one):
    clinic.clock.now += SECOND
    path = f"/fhir/{one['resourceType']}/{one['id']}"
    answer = clinic.ask(path, "PUT", body=json.dump(one), **JSON)
    assert answer.status < 300, answer.body


def token_of(clinic, scopes, **who):
    wanted = Wanted(scopes, AGES, **who)
    return issue(wanted, clinic.server.store.tokens, clinic.clock())[0]


def versions(answer):
    assert answer.status == 200, answer.body
    return [entry["response"]["etag"] for entry in answer.json.get("entry", ())]


def numbers(answer):
    return [tag[3:-1] for tag in versions(answer)]


def test_each_window_holds_the_versions_it_should(clinic):
    for n in range(2, 6):  # at 11:00:02.5, :03.5, :04.5 and :05.5
        put(clinic, observation("a2", "A", value=f"{n}.0"))
    path = "/fhir/Observation/a2/_history"
    assert numbers(clinic.ask(path)) == ["5", "4", "3", "2", "1"]
    assert numbers(clinic.ask(f"{path}?_since=2026-11-24T11:00:04.5Z")) == ["5", "4"]
    assert numbers(clinic.ask(f"{path}?_since=2026-11-24T14:00:04.5%2B03:00")) == ["5", "4"]
    assert numbers(clinic.ask(f"{path}?_since=2026-11-24T14:00:04.5+03:00")) == ["5", "4"]
    assert numbers(clinic.ask(f"{path}?_at=2026-11-24T11:00:04.0Z")) == ["3"]
    assert numbers(clinic.ask(f"{path}?_at=2026-11-24T11:00:03Z")) == ["3", "2"]
    assert numbers(clinic.ask(f"{path}?_at=2026-11-24T11:00:00.000Z")) == ["1"]
    assert numbers(clinic.ask(f"{path}?_at=2027")) == ["5"]
    assert numbers(clinic.ask(f"{path}?_at=2025")) == []
    both = clinic.ask(f"{path}?_since=2026-11-24T11:00:03Z&_at=2026-11-24T11:00:03.6Z")
    assert numbers(both) == ["3"]
    assert both.json["total"] == 1


def test_a_count_of_none_tells_the_total_alone(clinic):
    answer = clinic.ask("/fhir/Observation/a1/_history?_count=0")
    assert (answer.json["total"], answer.json.get("entry"), answer.link("next")) == (2, None, None)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("_count=x", 400),
        ("_count=-1", 400),
        ("_since=yesterday", 400),
        ("_at=2026-02-31", 400),
        ("_since=2026&_since=2027", 400),
        ("patient=A", 400),
        ("_sort=name", 400),
        ("_page=forged", 400),
        ("_format=xml", 406),
        ("_since=", 200),
    ],
)
def test_parameters_are_understood_or_refused(clinic, query, status):
    for place in ["Observation/a1/_history", "Observation/_history", "_history"]:
        answer = clinic.ask(f"/fhir/{place}?{query}")
        assert answer.status == status, (place, answer.body)


@pytest.mark.parametrize("name", ["_count", "_since", "_at", "_summary", "_elements", "nonsense"])
def test_the_parameter_at_fault_is_named(clinic, name):
    """https://hl7.org/fhir/R4/search.html#errors: the client must learn which one it is."""
    answer = clinic.ask(f"/fhir/Observation/_history?{name}=!")
    assert (answer.status, answer.json["issue"][0]["expression"]) == (400, [f"http.{name}"])
    assert name in answer.json["issue"][0]["diagnostics"]


def test_a_lenient_client_is_shown_what_was_used(clinic):
    answer = clinic.ask("/fhir/Observation/a1/_history?x=1&_count=9", prefer="handling=lenient")
    assert answer.link("self") == "/fhir/Observation/a1/_history?_count=9"


@pytest.mark.parametrize("place", ["Observation", "Observation/a1", ""])
def test_pages_lose_and_repeat_nothing_while_others_write(clinic, place):
    for n in range(1, 4):
        put(clinic, observation("a1", "A", value=f"{n}.5"))
    path = "/".join(filter(None, ("/fhir", place, "_history")))
    before = clinic.ask(f"{path}?_count=1000")
    assert schema.check(before.json) == ()
    step, seen, total = f"{path}?_count=2", [], before.json["total"]
    while step is not None:
        page = clinic.ask(step)
        seen += page.json["entry"]
        assert page.json["total"] == total
        step = page.link("next")
        put(clinic, observation("a1", "A", value=f"{len(seen)}.25"))
        put(clinic, observation(f"new-{len(seen)}", "A"))
        clinic.ask(f"/fhir/Observation/a{len(seen) % 7 + 1}", "DELETE")
    assert seen == before.json["entry"]


def test_a_page_opens_only_for_its_own_caller_and_history(clinic):
    link = clinic.ask("/fhir/Observation/_history?_count=1").link("next")
    assert clinic.ask(link).status == 200
    other = token_of(clinic, "system/*.rs")
    assert clinic.ask(link, token=other).status == 400
    assert clinic.ask(link.replace("Observation", "Patient")).status == 400
    assert clinic.ask(link.replace("/_history", "/a1/_history")).status == 400
    assert clinic.ask(link.replace("/_history", "")).status == 400


def test_a_version_belongs_to_whom_it_names_and_to_whom_the_newest_does(clinic):
    put(clinic, observation("a1", "B", value="1.0"))  # filed wrongly
    put(clinic, observation("a1", "A", value="2.0"))  # and put right
    answer = clinic.ask("/fhir/Observation/a1/_history", token="patient")
    assert answer.json["total"] == len(versions(answer)) == 3
    assert b"Patient/B" not in answer.body
    assert clinic.ask("/fhir/Observation/a1/_history", token="other").status == 404
    page = clinic.ask("/fhir/Observation/a1/_history?_count=2", token="patient")
    rest = clinic.ask(page.link("next"), token="patient")
    assert versions(page) + versions(rest) == versions(answer)


def test_a_deletion_is_told_to_whom_what_was_deleted_was_shown(clinic):
    path = "/fhir/Observation/again"
    for patient in ("A", "B", "A"):
        put(clinic, observation("again", patient))
        clinic.clock.now += SECOND
        assert clinic.ask(path, "DELETE").status == 204
    put(clinic, observation("again", "A"))
    history = clinic.ask(f"{path}/_history", token="patient").json
    told = [(one["request"]["method"], "resource" in one) for one in history["entry"]]
    assert told == [
        ("PUT", True),
        ("DELETE", False),
        ("PUT", True),
        ("DELETE", False),
        ("PUT", True),
    ]
    assert history["total"] == 5
    asked = [clinic.ask(f"{path}/_history/{n}", token="patient").status for n in range(1, 8)]
    assert asked == [200, 410, 404, 404, 200, 410, 200]
    assert len(versions(clinic.ask(f"{path}/_history"))) == 7


def statuses(answer):
    assert answer.status == 200, answer.body
    entries = [one for one in answer.json["entry"] if one["fullUrl"].endswith("/again")]
    return [entry["response"]["status"][:3] for entry in entries]


@pytest.mark.parametrize("place", ["Observation/again/", "Observation/", ""])
def test_what_is_brought_back_is_created(clinic, place):
    """https://hl7.org/fhir/R4/http.html#delete, and the update itself was answered with 201."""
    for value in ("1.0", "2.0"):
        put(clinic, observation("again", "A", value=value))
    clinic.clock.now += SECOND
    assert clinic.ask("/fhir/Observation/again", "DELETE").status == 204
    for value in ("4.0", "5.0"):
        put(clinic, observation("again", "A", value=value))
    step = f"/fhir/{place}_history?_since=2026-11-24T11:00:02Z"
    assert statuses(clinic.ask(step)) == ["200", "201", "204", "200", "201"]
    told, step = [], f"{step}&_count=1"
    while step is not None:
        page = clinic.ask(step)
        told += statuses(page)
        step = page.link("next")
    assert told == ["200", "201", "204", "200", "201"]


def test_a_patient_does_not_learn_that_what_was_never_theirs_was_deleted(clinic):
    for patient in ("B", "A", "A"):
        put(clinic, observation("again", patient))
        clinic.clock.now += SECOND
        assert clinic.ask("/fhir/Observation/again", "DELETE").status == 204
    put(clinic, observation("again", "A"))
    path = "/fhir/Observation/again/_history"
    assert statuses(clinic.ask(path, token="patient")) == ["201", "204", "201", "204", "200"]
    assert statuses(clinic.ask(path)) == ["201", "204", "201", "204", "201", "204", "201"]


def test_a_patient_sees_the_history_of_their_own_alone(clinic):
    unknown = clinic.ask("/fhir/Observation/none/_history", token="patient")
    for path in ["Observation/b1", "Observation/withheld", "Observation/gone-b"]:
        assert clinic.ask(f"/fhir/{path}/_history", token="patient") == unknown
    assert unknown.status == 404
    gone = clinic.ask("/fhir/Observation/gone-a/_history", token="patient").json
    assert [entry["request"]["method"] for entry in gone["entry"]] == ["DELETE", "PUT"]
    for path in ["Observation/_history", "_history", "Slot/nine/_history"]:
        assert clinic.ask(f"/fhir/{path}", token="patient").status == 403


def test_a_history_of_all_shows_the_types_that_the_token_covers(clinic):
    narrow = token_of(clinic, "system/Patient.rs system/Slot.s")
    entries = clinic.ask("/fhir/_history", token=narrow).json["entry"]
    assert {entry["resource"]["resourceType"] for entry in entries} == {"Patient", "Slot"}
    assert clinic.ask("/fhir/_history", token=token_of(clinic, "system/*.r")).status == 403
    assert clinic.ask("/fhir/_history", token=None).status == 401


def test_staff_see_the_history_of_a_directory_but_not_of_all_patients(clinic):
    doctor = token_of(clinic, "user/*.cruds", user="Practitioner/doctor")
    assert clinic.ask("/fhir/Slot/_history", token=doctor).status == 200
    assert clinic.ask("/fhir/Observation/_history", token=doctor).status == 403
    entries = clinic.ask("/fhir/_history", token=doctor).json["entry"]
    assert {entry["resource"]["resourceType"] for entry in entries} <= {
        "Slot",
        "Schedule",
        "Practitioner",
    }


def test_what_was_never_there_has_no_history(clinic):
    for id_ in ["none", "not_an_id"]:
        assert clinic.ask(f"/fhir/Patient/{id_}/_history").status == 404
    put(clinic, resource("Patient", "late"))
    assert numbers(clinic.ask("/fhir/Patient/late/_history")) == ["1"]


@pytest.mark.parametrize("place", ["Observation/a1/", "Observation/", ""])
def test_item_065_of_versions_a_part_can_be_asked_for(clinic, place):
    path = f"/fhir/{place}_history?_since=2026-11-24T11:00:01Z&_summary=true"
    answer = clinic.ask(path)
    shown = {entry["resource"]["id"]: entry["resource"] for entry in answer.json["entry"]
             if "resource" in entry}  # fmt: skip
    assert shown["a1"]["meta"]["tag"][0]["code"] == "SUBSETTED"
    assert shown["a1"]["valueQuantity"]["value"] == json.Literal("13.99")
    assert answer.link("self") == path
    assert len(answer.json["entry"]) == answer.json["total"]  # deletions among them
    few = clinic.ask("/fhir/Observation/a1/_history?_elements=status").json["entry"][0]["resource"]
    assert few.keys() == {"resourceType", "id", "meta", "status", "code"}
    counted = clinic.ask(f"/fhir/{place}_history?_summary=count").json
    assert (counted["total"] > 1, "entry" in counted) == (True, False)
    assert clinic.ask(f"/fhir/{place}_history?_summary=some").status == 400
    assert clinic.ask(f"/fhir/{place}_history?_elements=bogus").status == 400
    assert clinic.ask(f"/fhir/{place}_history?_summary=true&_summary=true").status == 400
