"""Items of the checklist about the forms of a search: type, system, compartment, GET and POST."""

import pytest
from rest_clinic import BASE

FORM = {"content_type": "application/x-www-form-urlencoded"}


def named(answer):
    assert answer.status == 200, answer.body
    entries = answer.json.get("entry", ())
    return [f"{one['resource']['resourceType']}/{one['resource']['id']}" for one in entries]


def walked(clinic, path, **headers):
    found = []
    while path is not None:
        answer = clinic.ask(path, **headers)
        found += named(answer)
        path = answer.link("next")
    return found


def test_item_048_a_search_of_all_types_knows_what_all_types_know(clinic):
    everything = walked(clinic, "/fhir?_lastUpdated=ge2026&_count=4")
    assert len(everything) == len(set(everything)) == 14
    assert {"Patient/A", "Slot/nine", "Observation/withheld"} <= set(everything)
    for query in [
        "name=x",
        "status=final",
        "_type=Patient,Observation&status=final",
        "_type=Bundle",
    ]:
        assert clinic.ask(f"/fhir?{query}").status == 400
    two = clinic.ask("/fhir?_type=Observation,Slot&status=final,busy-tentative&_sort=_id&_count=3")
    assert named(two) == ["Observation/a1", "Observation/a2", "Observation/a3"]
    every = walked(
        clinic, "/fhir?_type=Observation,Slot&status=final,busy-tentative&_sort=-_id&_count=2"
    )
    assert every[:2] == ["Slot/nine", "Observation/b1"]
    assert len(every) == 9
    assert len(walked(clinic, "/fhir?_type=Patient")) == 2
    assert clinic.ask("/fhir?_type=Junk").status == 400
    assert clinic.ask("/fhir?_type=Encounter").status == 400
    total = clinic.ask("/fhir?_type=Patient,Observation&_summary=count")
    assert total.json["total"] == 11


def test_item_052_the_self_link_says_what_was_done(clinic):
    cases = {
        "/fhir/Observation?code=718-7&_sort=-date&_count=5000&status=": (
            "/fhir/Observation?code=718-7&_sort=-date&_count=1000"
        ),
        "/fhir/Observation?junk=1&_include=Observation:patient&_summary=true": (
            "/fhir/Observation?_include=Observation:patient&_summary=true"
        ),
        "/fhir?_type=Patient,Slot&_count=1": "/fhir?_type=Patient,Slot&_count=1",
        "/fhir/Patient/A/Observation?code=718-7": "/fhir/Patient/A/Observation?code=718-7",
        "/fhir/Patient/A/*?_type=Observation&_elements=status,code": (
            "/fhir/Patient/A/*?_type=Observation&_elements=code,status"
        ),
    }
    for path, link in cases.items():
        answer = clinic.ask(path, prefer="handling=lenient")
        assert answer.link("self") == link
        assert clinic.ask(link).json["link"][0]["url"] == BASE.removesuffix("/fhir") + link
    paged = clinic.ask("/fhir/Observation?_count=2&_include=Observation:patient&_elements=status")
    following = clinic.ask(paged.link("next"))
    assert following.link("self") == paged.link("next")
    assert following.link("first") == paged.link("first") == paged.link("self")


@pytest.mark.parametrize(
    ("place", "query"),
    [
        ("/fhir/Observation", "subject=Patient/A&_include=Observation:subject&_count=2"),
        ("/fhir", "_type=Patient,Observation&_sort=_id&_count=2"),
        ("/fhir/Patient/A/Observation", "code=718-7&_summary=true&_count=2"),
        ("/fhir/Patient/A/*", "_count=3&_total=accurate"),
    ],
)
def test_item_052_post_is_the_same_search(clinic, place, query):
    got = clinic.ask(f"{place}?{query}")
    posted = clinic.ask(f"{place}/_search", "POST", body=query.encode(), **FORM)
    assert got.status == 200
    assert posted.body == got.body
    name, _, rest = query.partition("&")
    mixed = clinic.ask(f"{place}/_search?{name}", "POST", body=rest.encode(), **FORM)
    assert mixed.body == got.body


def test_a_compartment_has_what_its_definition_names(fresh):
    with fresh.server.store.transaction() as transaction:
        performed = {
            "resourceType": "Observation",
            "id": "performed",
            "status": "final",
            "code": {"text": "x"},
            "subject": {"reference": "Patient/B"},
            "performer": [{"reference": "Patient/A"}],
        }
        focused = performed | {"id": "focused", "focus": [{"reference": "Patient/A"}]}
        transaction.put(performed, now=1)
        transaction.put({k: v for k, v in focused.items() if k != "performer"}, now=1)
    found = walked(fresh, "/fhir/Patient/A/Observation?_count=2")
    assert sorted(found) == [
        *(f"Observation/a{n}" for n in range(1, 8)),
        "Observation/performed",
        "Observation/withheld",
    ]
    own = walked(fresh, "/fhir/Patient/A/*?_count=4")
    assert sorted(own) == sorted([*found, "Patient/A"])
    assert named(fresh.ask("/fhir/Patient/A/Observation?subject=Patient/B")) == [
        "Observation/performed"
    ]


def test_a_foreign_compartment_is_not_there(clinic):
    unknown = clinic.ask("/fhir/Patient/nobody/Observation", token="patient")
    foreign = clinic.ask("/fhir/Patient/B/Observation", token="patient")
    assert (unknown.status, unknown.body) == (404, foreign.body)
    assert foreign.status == clinic.ask("/fhir/Patient/B/*", token="patient").status == 404
    assert clinic.ask("/fhir/Patient/nobody/Observation").status == 404
    assert len(walked(clinic, "/fhir/Patient/A/Observation", token="patient")) == 7
    assert clinic.ask("/fhir/Patient/A/Observation", token="narrow").status == 403
    assert named(clinic.ask("/fhir/Patient/A/*", token="narrow")) == ["Patient/A"]
    assert clinic.ask("/fhir/Patient/A/Observation", token="lost").status == 404
    assert clinic.ask("/fhir/Patient/B/Observation?junk=1", token="system").status == 400
