from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest
from rest_clinic import a_clinic, fill, observation

FORM = "application/x-www-form-urlencoded"


def test_a_searchset_has_links_full_urls_and_modes(clinic):
    answer = clinic.ask("/fhir/Observation?patient=A&_sort=-date&_count=3")
    bundle = answer.json
    assert answer["ETag"] is None
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "searchset")
    assert answer.ids == ["a7", "a6", "a5"]
    for entry in bundle["entry"]:
        assert (
            entry["fullUrl"] == f"https://clinic.example/fhir/Observation/{entry['resource']['id']}"
        )
        assert entry["search"] == {"mode": "match"}


def test_next_links_lead_through_every_match_once_and_then_end(clinic):
    path, seen, pages = "/fhir/Observation?patient=A&status=final&_sort=-date&_count=3", [], 0
    while path is not None:
        answer = clinic.ask(path)
        seen += answer.ids
        path = answer.link("next")
        pages += 1
    assert seen == [f"a{n}" for n in range(7, 0, -1)]
    assert pages == 3


def test_there_is_no_next_link_when_a_page_ends_at_the_last_match(clinic):
    assert clinic.ask("/fhir/Observation?patient=A&status=final&_count=7").link("next") is None
    assert clinic.ask("/fhir/Observation?patient=A&status=final&_count=6").link("next")


def test_links_keep_every_parameter(clinic):
    path = "/fhir/Observation?patient=A&code=http://loinc.org|718-7&_count=2&_format=json"
    following = clinic.ask(path).link("next")
    pairs = dict(parse_qsl(urlsplit(following).query))
    token = pairs.pop("_page")
    assert len(token) == 256
    assert pairs == dict(parse_qsl(urlsplit(path).query))
    assert clinic.ask(following).link("self") == following


def test_the_self_link_shows_what_was_really_used(clinic):
    path = "/fhir/Observation?patient=A&_count=99999&junk=1&status="
    answer = clinic.ask(path, prefer="handling=lenient")
    assert dict(parse_qsl(urlsplit(answer.link("self")).query)) == {
        "patient": "A",
        "_count": "1000",
    }


def test_hostile_values_stay_values_in_links(clinic):
    answer = clinic.ask("/fhir/Patient?name=%22%5C%5C%3C%3E%22%26x%3D%D0%B9%0A")
    assert dict(parse_qsl(urlsplit(answer.link("self")).query)) == {"name": '"\\\\<>"&x=й\n'}


@pytest.mark.parametrize("query", ["_count=0", "_summary=count"])
def test_a_count_has_a_total_and_nothing_else(clinic, query):
    bundle = clinic.ask(f"/fhir/Observation?patient=A&status=final&{query}").json
    assert bundle["total"] == 7
    assert "entry" not in bundle
    assert [link["relation"] for link in bundle["link"]] == ["self"]


def test_a_total_counts_all_pages_and_only_what_is_visible(clinic):
    query = "/fhir/Observation?_total=accurate&_count=2"
    assert clinic.ask(query).json["total"] == 9
    assert clinic.ask(query, token="patient").json["total"] == 7
    assert clinic.ask(query, token="other").json["total"] == 1
    assert clinic.ask(query, token="lost").json["total"] == 0


def test_nothing_found_is_an_empty_searchset(clinic):
    for query in ["code=none", "patient=none", "_id=none"]:
        answer = clinic.ask(f"/fhir/Observation?{query}")
        assert answer.status == 200
        assert "entry" not in answer.json


@pytest.mark.parametrize("query", ["patient=B", "_id=b1", "subject=Patient/B", "_id=withheld"])
def test_a_foreign_patient_looks_like_an_unknown_one(clinic, query):
    foreign = clinic.ask(f"/fhir/Observation?{query}", token="patient")
    name, _, _ = query.partition("=")
    unknown = clinic.ask(f"/fhir/Observation?{name}=Patient/none", token="patient")
    if name == "_id":
        unknown = clinic.ask("/fhir/Observation?_id=none", token="patient")
    assert (foreign.status, foreign.ids) == (unknown.status, unknown.ids) == (200, [])
    assert foreign.json.keys() == unknown.json.keys()


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("junk=1", "not-supported"),
        ("Patient=A", "not-supported"),
        ("patient:above=A", "not-supported"),
        ("code.name=x", "not-supported"),
        ("_include=Observation:nobody", "not-supported"),
        ("_include=Encounter:patient", "not-supported"),
        ("_include:recurse=Observation:patient", "not-supported"),
        ("_include=Observation:code", "invalid"),
        ("_include=Observation", "invalid"),
        ("_include=Observation:patient,Observation:subject", "invalid"),
        ("_include=Observation:patient:Device", "invalid"),
        ("_include=Observation:subject:Nothing", "invalid"),
        ("_include=Observation:patient&_summary=text", "invalid"),
        ("_summary=some", "invalid"),
        ("_elements=status&_elements=code", "invalid"),
        ("_elements=nonsense", "not-supported"),
        ("_type=Patient", "not-supported"),
        ("_contained=true", "not-supported"),
        ("_contained=both", "not-supported"),
        ("_contained:x=false", "not-supported"),
        ("_list=$current-allergies", "not-supported"),
        ("_list:missing=true", "not-supported"),
        ("_list.code=1", "not-supported"),
        ("_list=https://clinic.example/fhir/List/1", "invalid"),
        ("_has:Observation:patient:code=1", "not-supported"),
        ("_query=mine", "not-supported"),
        ("date=tomorrow", "invalid"),
        ("_count=many", "invalid"),
        ("_sort=junk", "not-supported"),
        ("_page=forged", "invalid"),
        ("_pretty=2", "invalid"),
        ("a=%C3", "invalid"),
    ],
)
def test_what_is_not_understood_is_refused(clinic, query, code):
    answer = clinic.ask(f"/fhir/Observation?{query}")
    assert answer.status == 400
    assert answer.outcome == code


def test_a_lenient_client_is_told_what_was_ignored(clinic):
    answer = clinic.ask("/fhir/Patient?_id=A&junk=1", prefer="handling=lenient")
    match, note = answer.json["entry"]
    assert (match["search"]["mode"], note["search"]["mode"]) == ("match", "outcome")
    assert "junk" in note["resource"]["issue"][0]["diagnostics"]
    assert note["fullUrl"] == f"urn:uuid:{note['resource']['id']}"
    assert clinic.ask("/fhir/Patient?_id=A&name:x=1", prefer="handling=lenient").status == 400


def test_a_search_can_be_posted(clinic):
    posted = clinic.ask(
        "/fhir/Observation/_search?_count=3",
        "POST",
        body=b"patient=A&_sort=-date",
        content_type=f"{FORM}; charset=utf-8",
    )
    assert posted.ids == ["a7", "a6", "a5"]
    assert "patient=A" in posted.link("self")
    assert clinic.ask(posted.link("next")).ids == ["a4", "a3", "a2"]
    assert clinic.ask("/fhir/Patient/_search", "POST").ids == ["A", "B"]


@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data", "é", ""])
def test_a_search_is_posted_as_a_form(clinic, content_type):
    answer = clinic.ask("/fhir/Patient/_search", "POST", body=b"{}", content_type=content_type)
    assert answer.status == 415
    assert answer.outcome == "not-supported"


def test_a_page_link_is_its_makers_only(clinic):
    following = clinic.ask("/fhir/Observation?_count=2", token="patient").link("next")
    assert clinic.ask(following, token="patient").status == 200
    for token in ["system", "other"]:
        answer = clinic.ask(following, token=token)
        assert answer.status == 400
    assert clinic.ask(following, token="reader").status == 403
    assert clinic.ask(following + "&status=final", token="patient").status == 400


def test_parameters_that_would_tell_a_patient_too_much_are_refused(clinic):
    for query in ["Observation?_source=x", "Slot?_lastUpdated=gt2020"]:
        answer = clinic.ask(f"/fhir/{query}", token="patient")
        assert answer.status == 400
        assert answer.outcome == "not-supported"
        assert clinic.ask(f"/fhir/{query}").status == 200


def test_a_slot_is_found_by_its_local_day(clinic):
    assert clinic.ask("/fhir/Slot?start=2026-11-25").ids == ["nine"]
    assert clinic.ask("/fhir/Slot?start=2026-11-25", token="patient").ids == ["nine"]
    assert clinic.ask("/fhir/Slot?start=2026-11-24").ids == []


def test_references_are_one_however_written(clinic):
    for form in ["A", "Patient/A", "https://clinic.example/fhir/Patient/A"]:
        assert len(clinic.ask(f"/fhir/Observation?subject={form}").ids) == 8
    assert clinic.ask("/fhir/Observation?subject=https://other.example/fhir/Patient/A").ids == []


def test_an_indented_searchset_says_the_same(clinic):
    pretty = clinic.ask("/fhir/Observation?_count=2&_pretty=true")
    assert pretty.body.startswith(b'{\n  "resourceType": "Bundle"')
    assert b"13.99" in pretty.body


def test_a_body_without_a_known_end_is_refused_rather_than_not_read(clinic):
    headers = {"content_type": FORM, "transfer_encoding": "chunked"}
    answer = clinic.ask("/fhir/Patient/_search", "POST", **headers)
    assert answer.status == 400
    assert answer.outcome == "invalid"


@pytest.mark.parametrize("ends", [{}, {"wsgi.input_terminated": True}])
def test_half_a_body_is_not_taken_for_a_whole_one(clinic, ends):
    def cut(environ, start_response):
        return clinic.app({**environ, **ends}, start_response)

    headers = {"content_type": FORM, "content_length": "20"}
    answer = replace(clinic, app=cut).ask("/fhir/Patient/_search", "POST", body=b"_id=", **headers)
    assert answer.status == 400
    assert answer.outcome == "invalid"


def test_a_search_asked_again_sees_what_was_written_and_only_what_its_caller_may(tmp_path):
    own = a_clinic(f"sqlite:///{tmp_path}/clinic.sqlite")
    path = "/fhir/Observation?_count=1000"
    before = {who: own.ask(path, token=who).ids for who in ["patient", "other", "system"]}
    assert own.ask(path, token="patient").ids == before["patient"]
    fill(own.server.store, own.clock, [observation("new", "A")], ())
    assert {*own.ask(path, token="patient").ids} == {*before["patient"], "new"}
    assert own.ask(path, token="other").ids == before["other"]
    assert {*own.ask(path).ids} == {*before["system"], "new"}
    assert own.ask(path, token="expired").status == 401


def test_what_is_asked_again_depends_on_accept_prefer_and_host_too(clinic):
    path = "/fhir/Observation?patient=A&junk=1"
    assert clinic.ask(path, prefer="handling=lenient").status == 200
    assert clinic.ask(path).status == 400
    path = "/fhir/Observation?patient=A"
    assert clinic.ask(path).status == 200
    assert clinic.ask(path, accept="text/html").status == 406


def test_what_is_approximately_now_moves_with_the_clock(tmp_path):
    own = a_clinic(f"sqlite:///{tmp_path}/clinic.sqlite")
    path = "/fhir/Observation?date=ap2026-11-01"
    first = own.ask(path).ids
    own.clock.now += 400 * 10 * 24 * 3600 * 10**6
    assert set(first) < set(own.ask(path).ids)


def test_the_default_of_a_feature_that_is_not_built_may_be_said(clinic):
    answer = clinic.ask("/fhir/Patient?_contained=false&_id=A")
    assert answer.ids == ["A"]
    assert answer.link("self") == "/fhir/Patient?_contained=false&_id=A"
