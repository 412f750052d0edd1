"""Canonical references: searched, chained and included by the url that they name.

https://hl7.org/fhir/R4/references.html#canonical, items 29, 45, 47 and 60 of the checklist.
"""

import pytest
from rest_clinic import an_empty_clinic, resource

from fhirbridge.fhir import json


def value_set(id_, url, **elements):
    return resource("ValueSet", id_, url=url, status="active", **elements)


def concept_map(id_, source, target=None):
    ends = {"sourceCanonical": source} | ({"targetUri": target} if target else {})
    return resource("ConceptMap", id_, status="active", **ends)


RESOURCES = [
    value_set("one", "http://vs.example/a", version="1.A", name="Alpha"),
    value_set("two", "http://vs.example/a", version="2", name="Beta"),
    value_set("other", "urn:oid:1.2.3", name="Gamma"),
    value_set("plain", "http://vs.example/" + "long/" * 20, name="Delta"),
    concept_map("any", "http://vs.example/a", "urn:oid:1.2.3"),
    concept_map("first", "http://vs.example/a|1.a"),
    concept_map("second", "http://vs.example/a|2"),
    concept_map("nowhere", "http://vs.example/a|9"),
    concept_map("local", "https://clinic.example/fhir/ValueSet/other"),
    concept_map("long", "http://vs.example/" + "long/" * 20),
    resource("CodeSystem", "base", url="http://cs.example", status="active", content="complete"),
    resource(
        "CodeSystem",
        "more",
        url="http://cs.example/more",
        status="active",
        content="supplement",
        supplements="http://cs.example",
    ),
]


@pytest.fixture
def clinic(database_url):
    clinic = an_empty_clinic(database_url)
    with clinic.server.store.transaction() as tx:
        for one in RESOURCES:
            tx.put(one, now=clinic.clock())
    yield clinic
    clinic.server.store.close()


CHAINS = [
    ("ConceptMap?source.name=alpha", {"any", "first"}),
    ("ConceptMap?source:ValueSet.name=beta", {"any", "second"}),
    ("ConceptMap?source.name=gamma", {"local"}),
    ("ConceptMap?source.name=delta", {"long"}),
    ("ConceptMap?target-uri.name=gamma", {"any"}),
    ("ConceptMap?source.name=gamma&target-uri.name=gamma", set()),
    ("ConceptMap?source.name=nobody", set()),
    ("ConceptMap?_sort=-_lastUpdated&source.name=alpha&status=active", {"any", "first"}),
    ("CodeSystem?supplements.url=http://cs.example", {"more"}),
    ("CodeSystem?_has:CodeSystem:supplements:content-mode=supplement", {"base"}),
    ("ValueSet?_has:ConceptMap:source:_id=first", {"one"}),
    ("ValueSet?_has:ConceptMap:source:_id=any", {"one", "two"}),
    ("ValueSet?_has:ConceptMap:source:_id=local", {"other"}),
    ("ValueSet?_has:ConceptMap:source:status=active&name=alpha", {"one"}),
    ("ValueSet?_has:ConceptMap:source:_id=nowhere", set()),
    ("ValueSet?_has:ConceptMap:source:target-uri.name=gamma", {"one", "two"}),
    ("ConceptMap?source=http://vs.example/a", {"any", "first", "second", "nowhere"}),
    ("ConceptMap?source=http://vs.example/a|2", {"second"}),
]


@pytest.mark.parametrize(("query", "found"), CHAINS)
@pytest.mark.parametrize("token", ["system", "patient"])
def test_item_029_chains_follow_the_url_and_the_version(clinic, query, found, token):
    answer = clinic.ask(f"/fhir/{query}", token=token)
    assert answer.status == 200, answer.body
    assert set(answer.ids) == found
    assert len(answer.ids) == len(found)


def included(answer):
    return {
        entry["resource"]["id"]
        for entry in answer.json["entry"]
        if entry["search"]["mode"] == "include"
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("ConceptMap?_id=first&_include=ConceptMap:source", {"one"}),
        ("ConceptMap?_id=any&_include=ConceptMap:source", {"one", "two"}),
        ("ConceptMap?_id=any&_include=ConceptMap:target-uri:ValueSet", {"other"}),
        ("ConceptMap?_id=any&_include=*", {"one", "two", "other"}),
        ("ConceptMap?_id=nowhere&_include=ConceptMap:source", set()),
        ("ConceptMap?_id=local&_include=ConceptMap:source", {"other"}),
        ("ValueSet?_id=one&_revinclude=ConceptMap:source", {"any", "first"}),
        ("ValueSet?_id=other&_revinclude=ConceptMap:source", {"local"}),
        ("ValueSet?_id=other&_revinclude=*", {"any", "local"}),
        (
            "ValueSet?_id=other&_revinclude=ConceptMap:target-uri&_include:iterate=ConceptMap:source",
            {"any", "one", "two"},
        ),
        ("CodeSystem?_id=more&_include=CodeSystem:supplements", {"base"}),
    ],
)
def test_item_060_includes_follow_the_url_and_the_version(clinic, query, found):
    assert included(clinic.ask(f"/fhir/{query}")) == found


def test_a_later_page_shows_what_the_first_one_saw_through_a_url(clinic):
    path = "/fhir/ConceptMap?source.name=alpha,beta&_count=1"
    first = clinic.ask(path)
    for one in RESOURCES[4:7]:
        body = json.dump({**one, "title": "changed"})
        place = f"/fhir/ConceptMap/{one['id']}"
        assert (
            clinic.ask(place, "PUT", body=body, content_type="application/fhir+json").status == 200
        )
    seen, page = list(first.ids), first
    while page.link("next"):
        page = clinic.ask(page.link("next"))
        seen += page.ids
    assert sorted(seen) == ["any", "first", "second"]
