"""Section 6.8 of the checklist: batch and transaction, by the number of the item."""

import base64
import re

import pytest
from rest_clinic import BASE, observation, resource

from fhirbridge.fhir import json

A = "urn:uuid:05efabf0-4be2-4561-91ce-51548425acb9"
B = "urn:uuid:fd8d6ba0-7d0b-4b92-8d94-6d5bf3a3b9c1"
PATCH = b'[{"op":"add","path":"/active","value":true}]'
XHTML = "http://www.w3.org/1999/xhtml"


def entry(method, url, content=None, full_url=None, **request):
    found = {"request": {"method": method, "url": url, **request}}
    if full_url:
        found["fullUrl"] = full_url
    if content is not None:
        found["resource"] = content
    return found


def send(clinic, type_, *entries, token="system", **headers):  # noqa: S107
    body = json.dump({"resourceType": "Bundle", "type": type_, "entry": list(entries)})
    headers = {"content_type": "application/fhir+json", **headers}
    return clinic.ask("/fhir", "POST", body=body, token=token, **headers)


def done(clinic, *entries, **headers):
    answer = send(clinic, "transaction", *entries, **headers)
    assert answer.status == 200, answer.body.decode()
    found = answer.json
    assert found["type"] == "transaction-response"
    return found["entry"]


def refused(clinic, *entries, status=None):
    """The issue of a transaction that fails, after which nothing is stored."""
    before = count(clinic)
    answer = send(clinic, "transaction", *entries)
    assert answer.status >= 400
    assert status in {None, answer.status}
    assert answer.json["resourceType"] == "OperationOutcome"
    assert count(clinic) == before
    return answer.json["issue"][0]


def count(clinic):
    return clinic.server.store.database.connection.rows(
        "SELECT count(*), sum(version) FROM resource"
    )


def read(clinic, path):
    answer = clinic.ask(f"/fhir/{path}")
    assert answer.status == 200, path
    return answer.json


def place(responded):
    """Type/id of what an entry's response says it stored."""
    return "/".join(responded["response"]["location"].split("/")[4:6])


def patient(**elements):
    return {"resourceType": "Patient", **elements}


def identified(value, **elements):
    return patient(identifier=[{"system": "urn:x", "value": value}], **elements)


def about(reference, **elements):
    code = {"coding": [{"system": "http://loinc.org", "code": "718-7"}]}
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": code,
        "subject": {"reference": reference},
        **elements,
    }


UPSERT = entry("PUT", "Patient?identifier=urn:x|twin", identified("twin"))


def test_item_086_methods_are_processed_in_order_and_answered_in_the_order_asked(fresh):
    new = identified("086")
    answers = done(
        fresh,
        entry("GET", "Patient?identifier=urn:x|086&_summary=count"),
        entry("PUT", "Observation/a1", observation("a1", "A", value="99.00")),
        entry("POST", "Patient", new, ifNoneExist="identifier=urn:x|086"),
        entry("DELETE", "Patient/B"),
        entry("GET", "Observation/a1"),
        entry("PATCH", "Patient/A", {"resourceType": "Binary", "contentType":
              "application/json-patch+json", "data": base64.b64encode(PATCH).decode()}),
    )  # fmt: skip
    assert [one["response"]["status"][:3] for one in answers] == [
        "200", "200", "201", "204", "200", "200",
    ]  # fmt: skip
    assert answers[0]["resource"]["total"] == 1  # it sees what was posted
    assert answers[4]["resource"]["valueQuantity"]["value"] == json.Literal("99.00")
    assert read(fresh, "Patient/A")["active"] is True
    assert fresh.ask("/fhir/Patient/B").status == 410


def test_item_086_a_deleted_resource_is_not_found_by_a_later_condition(fresh):
    done(fresh, entry("POST", "Patient", identified("gone")))
    (old,) = fresh.ask("/fhir/Patient?identifier=urn:x|gone").ids
    answers = done(
        fresh,
        entry("POST", "Patient", identified("gone"), ifNoneExist="identifier=urn:x|gone"),
        entry("DELETE", f"Patient/{old}"),
    )
    assert answers[0]["response"]["status"].startswith("201")
    assert place(answers[0]) != f"Patient/{old}"


def test_item_087_links_are_rewritten_everywhere_they_are_due(fresh):
    specimen = {"resourceType": "Specimen", "id": "s", "subject": {"reference": A}}
    content = about(
        A,
        specimen={"reference": "#s"},
        contained=[specimen],
        text={"status": "generated", "div": f'<div xmlns="{XHTML}"><a href="{A}">x</a></div>'},
        identifier=[{"system": "urn:ietf:rfc:3986", "value": A}],
        extension=[
            {"url": "http://x.example/1", "valueUri": A},
            {"url": "http://x.example/2", "valueUrl": A},
            {"url": "http://x.example/3", "valueUuid": A},
            {"url": "http://x.example/4", "valueCanonical": A},
        ],
        focus=[{"reference": f"{A}/_history/1"}],
    )
    answers = done(
        fresh, entry("POST", "Observation", content, B), entry("POST", "Patient", patient(), A)
    )
    stored, there = read(fresh, place(answers[0])), place(answers[1])
    assert stored["subject"] == stored["contained"][0]["subject"] == {"reference": there}
    assert f'href="{there}"' in stored["text"]["div"]
    assert [list(one.values())[1] for one in stored["extension"]] == [
        there,
        there,
        f"urn:uuid:{there.partition('/')[2]}",
        A,
    ]
    assert stored["focus"] == [{"reference": f"{there}/_history/1"}]
    assert stored["identifier"] == content["identifier"]
    assert read(fresh, f"{there}/_history/1")["id"] == there.partition("/")[2]


def test_item_087_circular_references_and_those_to_updates_are_rewritten(fresh):
    answers = done(
        fresh,
        entry("POST", "Patient", patient(link=[{"other": {"reference": B}, "type": "seealso"}]), A),
        entry("POST", "Patient", patient(link=[{"other": {"reference": A}, "type": "seealso"}]), B),
        entry("PUT", "Patient/A", resource("Patient", "A", active=True), f"{BASE}/Patient/A"),
        entry("POST", "Observation", about(f"{BASE}/Patient/A")),
    )
    first, second = place(answers[0]), place(answers[1])
    assert read(fresh, first)["link"][0]["other"] == {"reference": second}
    assert read(fresh, second)["link"][0]["other"] == {"reference": first}
    assert read(fresh, place(answers[3]))["subject"] == {"reference": "Patient/A"}


def test_item_087_a_urn_is_the_same_one_in_capital_letters(fresh):
    loud = A.upper()
    for url, link in ((loud, A), (A, loud), (loud, loud)):
        posted = (
            entry("POST", "Patient", patient(), url),
            entry("POST", "Observation", about(link)),
        )
        answers = done(fresh, *posted)
        assert read(fresh, place(answers[1]))["subject"] == {"reference": place(answers[0])}
    twins = (entry("POST", "Patient", patient(), one) for one in (A, loud))
    assert "fullUrl" in refused(fresh, *twins, status=400)["diagnostics"]


def test_item_088_a_relative_reference_follows_the_root_of_its_entry(fresh):
    answers = done(
        fresh,
        entry("POST", "Patient", patient(), "http://one.example/fhir/Patient/9"),
        entry("POST", "Observation", about("Patient/9"), "http://one.example/fhir/Observation/1"),
        entry("POST", "Observation", about("Patient/9"), "http://two.example/fhir/Observation/1"),
        entry("POST", "Observation", about("Patient/9"), A),
    )
    subjects = [read(fresh, place(one))["subject"]["reference"] for one in answers[1:]]
    assert subjects == [place(answers[0]), "Patient/9", "Patient/9"]


def test_item_089_a_conditional_reference_leads_to_exactly_one(fresh):
    done(fresh, entry("POST", "Patient", identified("one")))
    (id_,) = fresh.ask("/fhir/Patient?identifier=urn:x|one").ids
    (answer,) = done(fresh, entry("POST", "Observation", about("Patient?identifier=urn:x|one")))
    assert read(fresh, place(answer))["subject"] == {"reference": f"Patient/{id_}"}


def test_item_089_a_conditional_reference_may_lead_into_the_bundle(fresh):
    answers = done(
        fresh,
        entry("POST", "Observation", about("Patient?identifier=urn:x|new")),
        entry("POST", "Patient", identified("new")),
    )
    assert read(fresh, place(answers[0]))["subject"] == {"reference": place(answers[1])}


@pytest.mark.parametrize("criteria", ["identifier=urn:x|nobody", "birthdate=gt1900"])
def test_item_089_a_conditional_reference_to_none_or_several_fails(fresh, criteria):
    issue = refused(
        fresh,
        entry("POST", "Patient", patient()),
        entry("POST", "Observation", about(f"Patient?{criteria}")),
        status=412,
    )
    assert issue["expression"][0] == "Bundle.entry[1]"


def test_item_089_one_that_the_bundle_deletes_is_no_match(fresh):
    done(fresh, entry("POST", "Patient", identified("going")))
    (id_,) = fresh.ask("/fhir/Patient?identifier=urn:x|going").ids
    cited = entry("POST", "Observation", about("Patient?identifier=urn:x|going"))
    refused(fresh, cited, entry("DELETE", f"Patient/{id_}"), status=412)


def test_item_089_a_chain_is_never_judged_by_half_of_it(fresh):
    """https://hl7.org/fhir/R4/http.html#trules: not what fulfils the rest of the criteria."""
    chained = "Patient?organization.name=nobody&birthdate=gt1900"
    for criteria in (chained, "Patient?organization.name=nobody", "Patient?gender:in=http://x"):
        new = entry("POST", "Patient", patient(gender="male", birthDate="1990-01-01"))
        cited = entry("POST", "Observation", about(criteria))
        assert refused(fresh, new, cited, status=400)["code"] == "not-supported"
        once = entry("POST", "Patient", patient(), ifNoneExist=criteria.partition("?")[2])
        assert refused(fresh, new, once, status=400)["code"] == "not-supported"
    refused(fresh, entry("POST", "Observation", about(chained)), status=412)
    (found,) = done(
        fresh, entry("POST", "Observation", about("Patient?_has:Observation:patient:_id=a1"))
    )
    assert read(fresh, place(found))["subject"] == {"reference": "Patient/A"}


@pytest.mark.parametrize(
    "identifier", [[{"value": 5}], [{"value": None}], [{"value": "x", "system": []}], {"value": {}}]
)
def test_item_092_what_is_not_valid_fails_for_that_however_it_is_searched(fresh, identifier):
    """https://hl7.org/fhir/R4/http.html#trules: 400, whatever criteria are compared with it."""
    bad = entry("POST", "Patient", patient(identifier=identifier))
    once = entry("POST", "Patient", patient(), ifNoneExist="identifier=urn:x|x")
    for entries in [(bad, once), (bad, UPSERT), (bad, once, UPSERT)]:
        issue = refused(fresh, *entries, status=400)
        assert issue["expression"][0] == "Bundle.entry[0]"
    cited = entry("POST", "Observation", about("Patient?identifier=x"))
    refused(fresh, bad, cited, status=412)


def test_item_092_a_parameter_at_fault_stands_in_the_entrys_url(fresh):
    """https://hl7.org/fhir/R4/operationoutcome.html: FHIRPath in the Bundle that was sent."""
    issue = refused(fresh, entry("GET", "Patient?_count=x"), status=400)
    assert issue["expression"] == ["Bundle.entry[0]", "Bundle.entry[0].request.url"]


@pytest.mark.parametrize(
    "entries",
    [
        [entry("PUT", "Patient/A", resource("Patient", "A")), entry("DELETE", "Patient/A")],
        [entry("PUT", "Patient/A", resource("Patient", "A"))] * 2,
        [
            entry("PUT", "Patient?birthdate=1980-01-01", patient(active=True)),
            entry("PUT", "Patient/A", resource("Patient", "A")),
        ],
    ],
)
def test_item_090_two_entries_on_one_identity_fail(fresh, entries):
    issue = refused(fresh, *entries, status=400)
    assert issue["expression"] == ["Bundle.entry[1]"]


def test_item_090_twins_that_must_not_exist_are_created_once(fresh):
    criteria = {"ifNoneExist": "identifier=urn:x|twin"}
    answers = done(
        fresh,
        entry("POST", "Patient", identified("twin"), A, **criteria),
        entry("POST", "Patient", identified("twin"), B, **criteria),
        entry("POST", "Observation", about(A)),
        entry("POST", "Observation", about(B)),
    )
    assert [one["response"]["status"][:3] for one in answers] == ["201", "200", "201", "201"]
    (id_,) = fresh.ask("/fhir/Patient?identifier=urn:x|twin").ids
    subjects = [read(fresh, place(one))["subject"]["reference"] for one in answers[2:]]
    assert subjects == [f"Patient/{id_}"] * 2


@pytest.mark.parametrize(
    "others",
    [
        [UPSERT],
        [entry("POST", "Patient", identified("twin"))],
        [entry("POST", "Patient", identified("twin"), ifNoneExist="identifier=urn:x|twin")],
        [entry("PUT", "Patient/own", identified("twin", id="own"))],
    ],
)
def test_item_090_twins_of_a_conditional_update_fail(fresh, others):
    """https://hl7.org/fhir/R4/http.html#trules: "including resolved identities"."""
    for entries in [(UPSERT, *others), (*others, UPSERT)]:
        issue = refused(fresh, *entries, status=400)
        assert issue["expression"][0] in {"Bundle.entry[0]", "Bundle.entry[1]"}


def test_item_090_a_conditional_update_of_what_was_doubled_fails(fresh):
    """https://hl7.org/fhir/R4/http.html#trules: creates come before updates."""
    done(fresh, UPSERT)
    refused(fresh, UPSERT, UPSERT, status=400)
    refused(fresh, UPSERT, entry("POST", "Patient", identified("twin")), status=412)


def test_item_090_other_entries_of_the_type_are_no_twins(fresh):
    another = entry("PUT", "Patient?identifier=urn:x|other", identified("other"))
    answers = done(fresh, UPSERT, another, entry("POST", "Patient", identified("third")))
    assert len({place(one) for one in answers}) == 3


def test_item_090_what_exists_is_used(fresh):
    answers = done(
        fresh,
        entry("POST", "Patient", patient(), A, ifNoneExist="birthdate=1980-01-01"),
        entry("POST", "Observation", about(A)),
    )
    assert answers[0]["response"]["status"].startswith("200")
    assert read(fresh, place(answers[1]))["subject"] == {"reference": "Patient/A"}


def test_item_090_a_conditional_update_creates_what_is_not_there(fresh):
    answers = done(
        fresh,
        entry("PUT", "Patient?identifier=urn:x|upsert", identified("upsert"), A),
        entry("POST", "Observation", about(A)),
    )
    assert answers[0]["response"]["status"].startswith("201")
    assert read(fresh, place(answers[1]))["subject"] == {"reference": place(answers[0])}
    again = done(
        fresh,
        entry("PUT", "Patient?identifier=urn:x|upsert", identified("upsert", active=True), A),
        entry("POST", "Observation", about(A)),
    )
    assert again[0]["response"]["status"].startswith("200")
    assert read(fresh, place(again[1]))["subject"] == {"reference": place(answers[0])}


def test_what_an_operation_answers_in_a_batch_is_the_resource_of_its_entry(fresh):
    told = {"prefer": "return=OperationOutcome"}
    answer = send(
        fresh,
        "batch",
        entry("POST", "Patient/$validate", patient()),
        entry("PUT", "Observation/new", observation("new", "A")),
        **told,
    )
    validated, written = answer.json["entry"]
    assert validated["resource"]["resourceType"] == "OperationOutcome"
    assert "outcome" not in validated["response"]
    assert written["response"]["outcome"]["resourceType"] == "OperationOutcome"
    assert "resource" not in written


def test_item_091_a_batch_does_each_entry_on_its_own(fresh):
    answer = send(
        fresh,
        "batch",
        entry("POST", "Patient", patient(), A),
        entry("GET", "Patient/nobody"),
        entry("POST", "Patient", patient(gender="wrong")),
        entry("GET", "Planet/mars"),
        entry("PUT", "Observation/new", observation("new", "A")),
        {"resource": patient()},
        "not an entry",
        entry("POST", "Observation", about(A)),
        entry("GET", "Patient?nonsense=1"),
        entry("GET", "Patient?birthdate=1980-01-01"),
        entry("DELETE", "Observation/b1"),
        entry("HEAD", "Patient/A"),
        entry("GET", "Binary/pdf"),
    )
    assert answer.status == 200
    entries = answer.json["entry"]
    statuses = [one["response"]["status"][:3] for one in entries]
    assert statuses == [
        "201", "404", "400", "404", "201", "400", "400", "201", "400", "200", "204", "200", "200",
    ]  # fmt: skip
    for one, status in zip(entries, statuses, strict=True):
        assert ("outcome" in one["response"]) == (status >= "400")
    assert read(fresh, place(entries[7]))["subject"] == {"reference": A}  # left as it is
    assert entries[9]["resource"]["entry"][0]["resource"]["id"] == "A"
    assert "resource" not in entries[11]
    assert entries[12]["resource"]["resourceType"] == "Binary"


@pytest.mark.parametrize(
    ("bad", "status"),
    [
        (entry("POST", "Patient", patient(gender="wrong")), 400),
        (entry("PUT", "Patient/A", resource("Patient", "A"), ifMatch='W/"7"'), 412),
        (entry("GET", "Patient/nobody"), 404),
        (entry("POST", "Planet", {"resourceType": "Planet"}), 404),
        (entry("POST", "Patient/_search"), 400),
        (entry("POST", "Patient"), 400),
        (entry("PUT", "Patient/A", observation("A", "A")), 400),
        ({"resource": patient()}, 400),
        (entry("POST", "Observation", about(B), A), None),
    ],
)
def test_item_092_a_failed_transaction_stores_nothing_and_names_the_entry(fresh, bad, status):
    if status is None:
        bad = entry("POST", "Observation", about("Patient?identifier=no"), A)
        status = 412
    issue = refused(
        fresh, entry("POST", "Patient", patient()), entry("DELETE", "Patient/B"), bad, status=status
    )
    assert issue["expression"][0] == "Bundle.entry[2]"
    assert issue["diagnostics"].startswith("Bundle.entry[2]")
    assert fresh.ask("/fhir/Patient/B").status == 200


def test_item_092_the_element_is_named_too(fresh):
    issue = refused(fresh, entry("POST", "Patient", patient(gender="wrong")))
    assert issue["expression"] == ["Bundle.entry[0]", "Bundle.entry[0].resource.gender"]


def test_item_093_a_response_has_status_location_etag_and_time(fresh):
    (answer,) = done(fresh, entry("POST", "Patient", patient()))
    said = answer["response"]
    assert said["status"] == "201 Created"
    assert re.fullmatch(rf"{BASE}/Patient/[0-9a-f-]{{36}}/_history/1", said["location"])
    assert said["etag"] == 'W/"1"'
    assert said["lastModified"].startswith("2026-11-24T11:00:")
    assert "resource" not in answer


def test_item_093_the_client_may_have_the_resources_or_outcomes(fresh):
    (answer,) = done(fresh, entry("POST", "Patient", patient()), prefer="return=representation")
    assert answer["resource"]["resourceType"] == "Patient"
    (answer,) = done(fresh, entry("POST", "Patient", patient()), prefer="return=OperationOutcome")
    assert answer["response"]["outcome"]["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize("type_", ["batch", "transaction"])
def test_a_bundle_without_entries_is_answered(fresh, type_):
    assert send(fresh, type_).json == {"resourceType": "Bundle", "type": f"{type_}-response"}


def test_another_kind_of_bundle_is_refused(fresh):
    assert send(fresh, "collection", entry("GET", "Patient/A")).status == 400
    assert (
        fresh.ask("/fhir", "POST", body=b"{}", content_type="application/fhir+json").status == 400
    )


def test_more_entries_than_the_limit_are_refused(fresh):
    many = [entry("GET", "Patient/A")] * 1001
    assert send(fresh, "batch", *many).status == 413
    assert send(fresh, "batch", *many[:21], token="patient").status == 413
    assert send(fresh, "batch", *many[:20], token="patient").status == 200


def test_a_patients_transaction_is_refused_and_each_entry_of_a_batch_is_judged_alone(fresh):
    assert send(fresh, "transaction", entry("GET", "Patient/A"), token="patient").status == 403
    answer = send(
        fresh,
        "batch",
        entry("GET", "Patient/A"),
        entry("GET", "Patient/B"),
        entry("GET", "Observation/b1"),
        entry("POST", "Patient", patient()),
        entry("GET", "Observation?patient=B"),
        token="patient",
    )
    entries = answer.json["entry"]
    statuses = [one["response"]["status"][:3] for one in entries]
    assert statuses == ["200", "404", "404", "403", "200"]
    assert "entry" not in entries[4]["resource"]


def test_without_a_token_nothing_is_said_about_the_bundle(fresh):
    assert send(fresh, "nonsense", token=None).status == 401


def test_a_scope_is_judged_per_entry_of_a_transaction(fresh):
    from fhirbridge.auth.tokens import Wanted, issue  # noqa: PLC0415

    wanted = Wanted("system/Patient.cruds", 3_600_000_000)
    fresh.tokens["some"] = issue(wanted, fresh.server.store.tokens, fresh.clock())[0]
    answer = send(
        fresh,
        "transaction",
        entry("POST", "Patient", patient()),
        entry("POST", "Observation", about("Patient/A")),
        token="some",
    )
    assert answer.status == 403
    assert answer.json["issue"][0]["expression"] == ["Bundle.entry[1]"]
