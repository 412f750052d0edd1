"""What is remembered of one resource's codes and references must hold for the next one's."""

from zoneinfo import ZoneInfo

import pytest

from fhirbridge.fhir.json import parse
from fhirbridge.resources.registry import definitions
from fhirbridge.search.parameter import SearchContext
from fhirbridge.store.index.rows import TypeIndex
from fhirbridge.store.index.views import Views

HERE = SearchContext(ZoneInfo("Europe/Moscow"), "https://here.example/fhir", now=0)
ELSEWHERE = SearchContext(ZoneInfo("Europe/Moscow"), "https://else.example/fhir", now=0)
OBSERVATION = {
    "resourceType": "Observation",
    "id": "1",
    "meta": {"lastUpdated": "2026-01-01T00:00:00Z"},
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}]},
    "subject": {"reference": "https://here.example/fhir/Patient/1"},
}


def tables(index, resource, context=HERE, row=1):
    return index.tables(row, Views(index.definition.access, resource), context)


def fresh():
    return TypeIndex(definitions()["Observation"], definitions())


@pytest.mark.parametrize(
    ("change", "context"),
    [
        ({}, ELSEWHERE),
        ({"code": {"text": "Hb"}}, HERE),
        ({"subject": {"reference": "Group/1"}}, HERE),
        ({"subject": {"reference": "#1"}}, HERE),
        ({"valueCodeableConcept": {"text": "Hb"}}, HERE),
        ({"valueString": "Hb"}, HERE),
        ({"meta": {"tag": [{"code": "x"}], "lastUpdated": "2026-01-01T00:00:00Z"}}, HERE),
        ({"category": [{"text": "x" * 2000}]}, HERE),
    ],
)
def test_what_came_before_changes_nothing(change, context):
    used, other = fresh(), {**OBSERVATION, **change}
    for one, read_as in ((OBSERVATION, HERE), (other, context), (OBSERVATION, HERE)):
        expected = tables(fresh(), one, read_as)
        assert tables(used, one, read_as) == expected
        assert tables(used, one, read_as) == expected
    assert tables(used, other, context) != tables(used, OBSERVATION, HERE)


def test_the_same_reference_may_lead_to_another_contained_resource():
    index = fresh()
    inside = {**OBSERVATION, "subject": {"reference": "#p"}}
    patient = {**inside, "contained": [{"resourceType": "Patient", "id": "p"}]}
    group = {**inside, "contained": [{"resourceType": "Group", "id": "p"}]}
    for one in (patient, group, patient, inside):
        assert tables(index, one) == tables(fresh(), one)
    assert tables(index, patient) != tables(index, group)


def test_numbers_written_differently_are_different_elements():
    index = fresh()
    written = [parse(f'{{"value": {text}, "unit": "g/L"}}') for text in ("1.5", "1.50", "15e-1")]
    for one in (*written, *written):
        resource = {**OBSERVATION, "valueQuantity": one}
        assert tables(index, resource) == tables(fresh(), resource)


def test_each_row_is_its_own_resources():
    index = fresh()
    first, second = (tables(index, OBSERVATION, row=row) for row in (1, 2))
    assert first != second
    assert tables(index, OBSERVATION, row=1) == first
