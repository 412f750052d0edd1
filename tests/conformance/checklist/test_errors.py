"""Section 6.5 of the checklist: errors and honesty, one test per item, by its number."""

import pytest
from asking import finds, refusal
from rest_clinic import an_empty_clinic, fill


def test_item_049_an_unknown_parameter_is_an_error_unless_the_client_is_lenient(clinic):
    for headers in ({}, {"prefer": "handling=strict"}):
        assert refusal(clinic, "Observation?nope=1", **headers) == (400, "not-supported")
    answer = clinic.ask("/fhir/Observation?nope=1&code=718-7", prefer="handling=lenient")
    assert answer.status == 200
    outcomes = [one for one in answer.json["entry"] if one["search"]["mode"] == "outcome"]
    assert "nope" in outcomes[0]["resource"]["issue"][0]["diagnostics"]


@pytest.mark.parametrize("prefer", ["handling=strict", "handling=lenient"])
@pytest.mark.parametrize(
    "query", ["code:exact=1", "date:not=2026", "name:in=x", "value-quantity:above=1", "code:=1"]
)
def test_item_050_an_unsupported_modifier_is_always_refused(clinic, query, prefer):
    type_ = "Patient" if query.startswith("name") else "Observation"
    assert refusal(clinic, f"{type_}?{query}", prefer=prefer) == (400, "not-supported")


def test_item_051_what_is_unknown_is_not_found_and_what_is_malformed_is_refused(clinic):
    assert finds(clinic, "Observation?code=urn:nowhere|never") == ""
    assert finds(clinic, "Observation?patient=nobody") == ""
    for query in ("date=soon", "value-quantity=many", "subject=a b", "_lastUpdated=x"):
        answer = clinic.ask(f"/fhir/Observation?{query.replace(' ', '%20')}")
        assert (answer.status, answer.outcome) == (400, "invalid")
        assert query.partition("=")[0] in answer.json["issue"][0]["diagnostics"]


def test_item_052_the_self_link_shows_what_was_used(clinic):
    query = "patient.name=x&_sort=-date&_count=7"
    answer = clinic.ask(f"/fhir/Observation?{query}&nope=1", prefer="handling=lenient")
    assert answer.link("self") == f"/fhir/Observation?{query}"
    posted = clinic.ask(
        "/fhir/Observation/_search",
        "POST",
        body=query.encode(),
        content_type="application/x-www-form-urlencoded",
    )
    assert posted.link("self") == f"/fhir/Observation?{query}"


def test_item_053_a_named_query_is_refused(clinic):
    assert refusal(clinic, "Observation?_query=current", prefer="handling=lenient") == (
        400, "not-supported",
    )  # fmt: skip


def test_item_054_names_of_parameters_have_a_case(clinic):
    assert refusal(clinic, "Observation?Code=1") == (400, "not-supported")
    assert refusal(clinic, "Observation?Patient.name=1") == (400, "not-supported")


def test_item_054_what_a_proxy_adds_is_ignored_by_its_name_and_nothing_else(tmp_path):
    ignored = {"ignored_parameters": "utm_source, _totalMethod"}
    behind = an_empty_clinic(f"sqlite:///{tmp_path}/clinic.sqlite", **ignored)
    fill(behind.server.store, behind.clock)
    answer = behind.ask("/fhir/Patient?_id=A&utm_source=x&_totalMethod=count")
    assert answer.ids == ["A"]
    assert answer.link("self") == "/fhir/Patient?_id=A"
    assert refusal(behind, "Patient?utm_medium=x") == (400, "not-supported")
    # Criteria that choose what is deleted are never read past.
    assert behind.ask("/fhir/Patient?utm_source=x", "DELETE").status == 400
    assert behind.ask("/fhir/Patient?_id=A&utm_source=x", "DELETE").status == 400
    behind.server.store.close()


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("subject.name=x", "subject.name"),
        ("patient.foo=x", "patient.foo"),
        ("patient.birthdate=x", "patient.birthdate"),
        ("patient.organization.foo=x", "patient.organization.foo"),
        ("code.foo=x", "code"),
        ("_has:Foo:patient:code=x", "_has:Foo:patient:code"),
        ("_has:Observation:has-member:foo=x", "_has:Observation:has-member:foo"),
        ("patient.general-practitioner:Foo.name=x", "patient.general-practitioner:Foo.name"),
        ("code:in=http://nowhere.example", "code"),
        ("_include=Observation:foo", "_include"),
        ("_include:recurse=Observation:subject", "_include"),
        ("_revinclude=Encounter:subject", "_revinclude"),
        ("_sort:desc=date", "_sort"),
        ("_summary=true&_elements=code", "_elements"),
        ("_summary=text&_include=Observation:subject", "_summary"),
        ("_format=xml", "_format"),
        ("_pretty=x", "_pretty"),
    ],
)
def test_item_051_what_is_refused_is_named_as_it_was_asked(clinic, query, named):
    """https://hl7.org/fhir/R4/operationoutcome-definitions.html#OperationOutcome.issue.location."""
    (issue,) = clinic.ask(f"/fhir/Observation?{query}").json["issue"]
    assert issue["expression"] == [f"http.{named}"]
