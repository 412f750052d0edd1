"""Section 6.6 of the checklist: result shaping and paging, by the number of the item."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from rest_clinic import BASE, observation, resource

SUBSETTED = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "SUBSETTED",
}
ORGANIZATIONS = [
    resource("Organization", "one", name="One", partOf={"reference": "Organization/two"}),
    resource("Organization", "two", name="Two", partOf={"reference": f"{BASE}/Organization/one"}),
]


def put(clinic, *resources):
    with clinic.server.store.transaction() as transaction:
        for one in resources:
            transaction.put(one, now=clinic.clock())


def by_mode(answer, mode="match"):
    entries = answer.json.get("entry", ())
    return [
        f"{one['resource']['resourceType']}/{one['resource']['id']}"
        for one in entries
        if one["search"]["mode"] == mode
    ]


def walked(clinic, path, **headers):
    """Return the answers of all pages."""
    answers = [clinic.ask(path, **headers)]
    while (path := answers[-1].link("next")) is not None:
        answers.append(clinic.ask(path, **headers))
    assert all(one.status == 200 for one in answers)
    return answers


def asked(link):
    return dict(parse_qsl(urlsplit(link).query))


def test_item_055_count_is_a_maximum_of_matches_alone(clinic):
    path = "/fhir/Observation?subject=Patient/A&_count=3&_include=Observation:subject"
    pages = walked(clinic, path, prefer="handling=lenient")
    assert [len(by_mode(one)) for one in pages] == [3, 3, 2]
    assert [by_mode(one, "include") for one in pages] == [["Patient/A"]] * 3
    assert asked(pages[0].link("next"))["_count"] == "3"
    told = clinic.ask(f"{path}&junk=1", prefer="handling=lenient")
    assert len(by_mode(told)) == 3
    assert len(by_mode(told, "outcome")) == 1
    assert asked(clinic.ask("/fhir/Observation?_count=99999").link("self"))["_count"] == "1000"


@pytest.mark.parametrize("form", ["_count=0", "_summary=count"])
def test_item_056_count_zero_is_the_total_alone(clinic, form):
    answer = clinic.ask(f"/fhir/Observation?subject=Patient/A&{form}&_include=Observation:subject")
    assert answer.json["total"] == 8
    assert "entry" not in answer.json
    assert [link["relation"] for link in answer.json["link"]] == ["self"]


def test_item_057_total_counts_the_matches_of_all_pages(clinic):
    path = "/fhir/Observation?subject=Patient/A&_count=3&_include=*"
    assert "total" not in clinic.ask(path).json
    for how in ["accurate", "estimate"]:
        pages = walked(clinic, f"{path}&_total={how}")
        assert [one.json["total"] for one in pages] == [8, 8, 8]
    assert "total" not in clinic.ask(f"{path}&_total=none").json


def test_item_057_a_page_that_holds_all_matches_says_how_many_they_are(clinic):
    path = "/fhir/Observation?subject=Patient/A&_include=Observation:subject"
    assert clinic.ask(path).json["total"] == 8
    assert clinic.ask(f"{path}&_count=8").json["total"] == 8
    assert "total" not in clinic.ask(f"{path}&_count=7").json
    assert "total" not in clinic.ask(f"{path}&_total=none").json
    last = clinic.ask(clinic.ask(f"{path}&_count=7").link("next"))
    assert "total" not in last.json
    assert clinic.ask("/fhir/Patient?name=nobody").json["total"] == 0


def test_item_058_entries_tell_where_they_are_and_why_they_are_here(fresh):
    member = observation("group", "A") | {"hasMember": [{"reference": "Observation/a1"}]}
    put(fresh, member)
    answer = fresh.ask("/fhir/Observation?_include=Observation:has-member&_include=Observation:*")
    for entry in answer.json["entry"]:
        one = entry["resource"]
        assert entry["fullUrl"] == f"{BASE}/{one['resourceType']}/{one['id']}"
        assert entry["search"]["mode"] in {"match", "include"}
    full = [entry["fullUrl"] for entry in answer.json["entry"]]
    assert len(full) == len(set(full))
    assert "Observation/a1" in by_mode(answer)
    alone = fresh.ask("/fhir/Observation?_id=group&_include=Observation:has-member")
    assert by_mode(alone) == ["Observation/group"]
    assert by_mode(alone, "include") == ["Observation/a1"]


def test_item_059_includes_belong_to_the_page_of_their_match(clinic):
    path = "/fhir/Observation?_sort=_id&_count=5&_include=Observation:patient"
    first, second = walked(clinic, path)
    assert by_mode(first, "include") == ["Patient/A"]
    assert by_mode(second, "include") == ["Patient/A", "Patient/B"]


def test_item_060_an_include_names_source_parameter_and_perhaps_target(fresh):
    put(fresh, observation("lost", "nobody"))
    search = "/fhir/Observation?_id=a1,lost&_include="
    for value in ["Observation:subject", "Observation:subject:Patient", "Observation:patient", "*"]:
        answer = fresh.ask(search + value)
        assert sorted(by_mode(answer)) == ["Observation/a1", "Observation/lost"]
        assert by_mode(answer, "include") == ["Patient/A"]
    assert by_mode(fresh.ask(search + "Observation:subject:Device"), "include") == []
    for value in [
        "Observation:subject,Observation:performer",
        "subject",
        "Observation:",
        ":",
        "a:*",
    ]:
        assert fresh.ask(search + value).status == 400
    reverse = fresh.ask("/fhir/Patient?_id=A&_revinclude=Observation:subject")
    assert len(by_mode(reverse, "include")) == 8


def test_item_061_only_iterate_repeats_and_cycles_end(fresh):
    doctor = resource("PractitionerRole", "role", practitioner={"reference": "Practitioner/doctor"})
    put(fresh, *ORGANIZATIONS, doctor | {"organization": {"reference": "Organization/one"}})
    path = "/fhir/PractitionerRole?_include=PractitionerRole:organization"
    once = fresh.ask(f"{path}&_include=Organization:partof")
    assert by_mode(once, "include") == ["Organization/one"]
    again = fresh.ask(f"{path}&_include:iterate=Organization:partof")
    assert by_mode(again, "include") == ["Organization/one", "Organization/two"]
    cycle = fresh.ask("/fhir/Organization?_id=one&_include:iterate=Organization:partof")
    assert (by_mode(cycle), by_mode(cycle, "include")) == (
        ["Organization/one"],
        ["Organization/two"],
    )
    back = fresh.ask("/fhir/Practitioner?_revinclude=PractitionerRole:practitioner")
    assert by_mode(back, "include") == ["PractitionerRole/role"]
    slot = "/fhir/Slot?_include=Slot:schedule&_include:iterate=Schedule:actor"
    assert by_mode(fresh.ask(slot), "include") == ["Schedule/plan", "Practitioner/doctor"]
    assert fresh.ask("/fhir/Slot?_include:recurse=Slot:schedule").status == 400


def test_item_062_a_versioned_reference_includes_that_version(fresh):
    put(fresh, resource("Patient", "A", name=[{"family": "Later"}]))
    old = observation("old", "A") | {"subject": {"reference": "Patient/A/_history/1"}}
    put(fresh, old, observation("new", "A"))
    answer = fresh.ask("/fhir/Observation?_id=old&_include=Observation:subject")
    (entry,) = [one for one in answer.json["entry"] if one["search"]["mode"] == "include"]
    assert entry["resource"]["meta"]["versionId"] == "1"
    assert entry["resource"]["name"] == [{"family": "Иванов"}]
    both = fresh.ask("/fhir/Observation?_id=old,new&_include=Observation:subject").json["entry"]
    versions = [one["resource"]["meta"]["versionId"] for one in both[2:]]
    assert sorted(versions) == ["1", "2"]


@pytest.mark.parametrize("count", [1, 2, 4, 8])
def test_item_064_no_page_is_empty(clinic, count):
    pages = walked(clinic, f"/fhir/Observation?subject=Patient/A&_sort=-date&_count={count}")
    assert [len(by_mode(one)) for one in pages] == [count] * (8 // count)
    assert pages[-1].link("next") is None


def test_item_065_a_summary_has_the_marked_elements_and_says_so(fresh):
    text = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">a</div>'}
    more = {"text": text, "note": [{"text": "a note"}], "method": {"text": "by hand"}}
    component = {
        "code": {"text": "part"},
        "valueString": "x",
        "interpretation": [{"text": "high"}],
    }
    put(fresh, observation("full", "A") | more | {"component": [component]})
    whole = fresh.ask("/fhir/Observation/full").json
    search = "/fhir/Observation?_id=full&_summary="

    def found(summary):
        (entry,) = fresh.ask(search + summary).json["entry"]
        # A read takes it as well.
        assert fresh.ask(f"/fhir/Observation/full?_summary={summary}").json == entry["resource"]
        return entry["resource"]

    true, data, only_text = found("true"), found("data"), found("text")
    for one in [true, data, only_text]:
        assert one["meta"].pop("tag") == [SUBSETTED]
    marked = {"status", "code", "subject", "effectiveDateTime", "valueQuantity", "component"}
    assert true.keys() == {"resourceType", "id", "meta"} | marked
    assert true["component"] == [{"code": {"text": "part"}, "valueString": "x"}]
    assert data == {name: value for name, value in whole.items() if name != "text"}
    assert only_text.keys() == {"resourceType", "id", "meta", "text", "status", "code"}
    assert found("false") == whole
    assert fresh.ask(f"{search}text&_include=Observation:subject").status == 400
    included = fresh.ask(f"{search}true&_include=Observation:subject").json["entry"][1]["resource"]
    assert included["meta"]["tag"] == [SUBSETTED]


def test_item_065_a_summary_of_text_has_mandatory_elements_only(fresh):
    """https://hl7.org/fhir/R4/search.html#summary: "only top-level mandatory elements"."""
    text = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">a</div>'}
    put(fresh, resource("Patient", "T", text=text, active=True, deceasedBoolean=False))
    (entry,) = fresh.ask("/fhir/Patient?_id=T&_summary=text").json["entry"]
    assert entry["resource"].keys() == {"resourceType", "id", "meta", "text"}


def test_item_065_content_of_attachments_is_no_summary(fresh):
    content = {"attachment": {"contentType": "text/plain", "data": "YQ==", "title": "a"}}
    put(fresh, resource("DocumentReference", "d", status="current", content=[content]))
    (entry,) = fresh.ask("/fhir/DocumentReference?_summary=true").json["entry"]
    (shown,) = entry["resource"]["content"]
    assert shown["attachment"] == {"contentType": "text/plain", "title": "a"}


def test_item_066_elements_come_with_the_mandatory_and_the_modifying(fresh):
    put(fresh, resource("Patient", "A", name=[{"family": "Иванов"}], active=True, gender="male"))
    path = "/fhir/Observation?_id=a1&_include=Observation:subject&_elements="
    match, include = fresh.ask(f"{path}value,subject").json["entry"]
    one = match["resource"]
    assert one["meta"].pop("tag") == [SUBSETTED]
    names = {"status", "code", "valueQuantity", "subject"}
    assert one.keys() == {"resourceType", "id", "meta"} | names
    assert include["resource"] == fresh.ask("/fhir/Patient/A").json
    patient = fresh.ask("/fhir/Patient?_id=A&_elements=name").json["entry"][0]["resource"]
    assert patient.keys() == {"resourceType", "id", "meta", "name", "active"}
    assert fresh.ask("/fhir/Patient/A?_elements=name").json == patient
    assert fresh.ask(f"{path}nonsense").status == 400
    lenient = fresh.ask(f"{path}status,nonsense", prefer="handling=lenient")
    assert asked(lenient.link("self"))["_elements"] == "status"
    assert "nonsense" in lenient.body.decode()
    assert fresh.ask(f"{path}value&_summary=true").status == 400
