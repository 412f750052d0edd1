"""Each invariant is broken once; the official examples break none."""

import zipfile
from pathlib import Path

import pytest

from fhirbridge.fhir import schema
from fhirbridge.fhir.constraints import CONSTRAINTS
from fhirbridge.fhir.invariants import check
from fhirbridge.fhir.json import parse

EXAMPLES = zipfile.ZipFile(Path(__file__).parents[1] / "conformance" / "examples.zip")
CODE = {"coding": [{"system": "http://loinc.org", "code": "718-7"}]}


def observation(**elements):
    return {"resourceType": "Observation", "status": "final", "code": CODE, **elements}


def appointment(**elements):
    person = {"status": "accepted", "actor": {"reference": "Patient/1"}}
    given = {"status": "booked", "start": "2026-01-01T10:00:00Z", "end": "2026-01-01T11:00:00Z"}
    return {"resourceType": "Appointment", "participant": [person], **given, **elements}


def list_(**elements):
    return {"resourceType": "List", "status": "current", "mode": "snapshot", **elements}


def without(resource, *names):
    return {name: value for name, value in resource.items() if name not in names}


def timing(**repeat):
    return {"resourceType": "ServiceRequest", "occurrenceTiming": {"repeat": repeat}}


def value_set(**include):
    return {"resourceType": "ValueSet", "compose": {"include": [include]}}


def expansion(**contains):
    return {"resourceType": "ValueSet", "expansion": {"timestamp": "2026", "contains": [contains]}}


def named(**parts):
    return {"resourceType": "Patient", "name": [parts]}


def concept_map(group):
    return {"resourceType": "ConceptMap", "group": [group]}


BROKEN = [
    ("app-1", appointment(participant=[{"status": "accepted"}])),
    ("app-2", without(appointment(status="proposed"), "end")),
    ("app-3", without(appointment(), "start", "end")),
    ("app-4", appointment(cancelationReason={"text": "x"})),
    ("att-1", observation(extension=[{"url": "http://x", "valueAttachment": {"data": "AA=="}}])),
    ("cmd-1", concept_map({"element": [{"target": [{"equivalence": "narrower"}]}]})),
    ("cmd-2", concept_map({"unmapped": {"mode": "fixed"}})),
    ("cmd-3", concept_map({"unmapped": {"mode": "other-map"}})),
    ("cpt-2", {"resourceType": "Patient", "telecom": [{"value": "1"}]}),
    (
        "csd-1",
        {"resourceType": "CodeSystem", "concept": [{"code": "a", "concept": [{"code": "a"}]}]},
    ),
    (
        "dom-2",
        observation(
            contained=[{"resourceType": "Patient", "id": "p", "contained": [{}]}],
            subject={"reference": "#p"},
        ),
    ),
    ("dom-3", observation(contained=[{"resourceType": "Patient", "id": "p"}])),
    (
        "dom-4",
        observation(
            contained=[{"resourceType": "Patient", "id": "p", "meta": {"versionId": "1"}}],
            subject={"reference": "#p"},
        ),
    ),
    (
        "dom-5",
        observation(
            contained=[{"resourceType": "Patient", "id": "p", "meta": {"security": [{}]}}],
            subject={"reference": "#p"},
        ),
    ),
    ("ele-1", named(id="x")),
    ("ele-1", named(given=["a", None], _given=[None])),
    ("ele-1", named(given=[None], _given=[None])),
    ("ele-1", named(_given=[None, {"id": "x"}])),
    ("lst-1", list_(emptyReason={"text": "x"}, entry=[{"item": {"display": "x"}}])),
    ("lst-2", list_(entry=[{"item": {"display": "x"}, "deleted": False}])),
    ("lst-3", list_(entry=[{"item": {"display": "x"}, "date": "2026"}], mode="changes")),
    ("obs-3", observation(referenceRange=[{"appliesTo": [CODE]}])),
    ("obs-6", observation(valueString="x", dataAbsentReason={"text": "y"})),
    ("obs-7", observation(valueString="x", component=[{"code": CODE}])),
    ("org-1", {"resourceType": "Organization", "active": True}),
    ("org-2", {"resourceType": "Organization", "name": "x", "address": [{"use": "home"}]}),
    ("org-3", {"resourceType": "Organization", "name": "x", "telecom": [{"use": "home"}]}),
    ("pat-1", {"resourceType": "Patient", "contact": [{"gender": "male"}]}),
    ("per-1", observation(effectivePeriod={"start": "2026-02", "end": "2026-01-31"})),
    ("prr-1", {"resourceType": "ServiceRequest", "orderDetail": [CODE]}),
    ("qty-3", observation(valueQuantity={"value": 1, "code": "g"})),
    ("rat-1", observation(valueRatio={"numerator": {"value": 1}})),
    ("ref-1", observation(subject={"reference": "#p"})),
    ("rng-2", observation(valueRange={"low": {"value": 2}, "high": {"value": 1}})),
    ("sev-1", {"resourceType": "AuditEvent", "entity": [{"name": "x", "query": "eA=="}]}),
    ("sqty-1", observation(valueRange={"low": {"value": 2, "comparator": "<"}})),
    ("sqty-1", observation(referenceRange=[{"high": {"value": 2, "comparator": "<"}}])),
    ("tim-1", timing(duration=1)),
    ("tim-2", timing(period=1)),
    ("tim-4", timing(duration=-1, durationUnit="h")),
    ("tim-5", timing(period=-1, periodUnit="d")),
    ("tim-6", timing(durationMax=1)),
    ("tim-7", timing(periodMax=1)),
    ("tim-8", timing(countMax=1)),
    ("tim-9", timing(offset=5)),
    ("tim-9", timing(offset=5, when=["CM"])),
    ("tim-10", timing(timeOfDay=["10:00:00"], when=["MORN"])),
    ("vsd-1", value_set(concept=[{"code": "a"}])),
    ("vsd-2", value_set(valueSet=["http://x"], concept=[{"code": "a"}])),
    ("vsd-6", expansion(system="http://x", abstract=True)),
    ("vsd-9", expansion(display="x")),
    ("vsd-10", expansion(code="a")),
    ("vsd-3", value_set(system="http://x", concept=[{"code": "a"}], filter=[{"property": "p"}])),
]


@pytest.mark.parametrize(("key", "resource"), BROKEN, ids=[key for key, _ in BROKEN])
def test_a_broken_invariant_is_named(key, resource):
    assert key in {issue.diagnostics.partition(":")[0] for issue in check(resource)}


def test_every_constraint_is_broken_above():
    declared = {one.key for several in CONSTRAINTS.values() for one in several}
    assert declared <= {key for key, _ in BROKEN}


def test_the_place_is_told_as_fhirpath():
    (issue,) = check(observation(referenceRange=[{"text": "x"}, {"appliesTo": [CODE]}]))
    assert issue.expression == ("Observation.referenceRange[1]",)
    assert issue.code == "invariant"


def test_what_was_found_whole_once_is_broken_elsewhere_each_time():
    whole, broken = {"text": "x", "low": {"value": 1}}, {"text": "x", "low": {"comparator": "<"}}
    empty = {"coding": [{"id": "x"}]}
    for _ in range(2):
        assert check(observation(referenceRange=[whole, whole], method=CODE)) == ()
        found = check(observation(referenceRange=[whole, broken], method=empty))
        places = {issue.expression[0] for issue in found}
        assert places == {"Observation.referenceRange[1]", "Observation.method.coding[0]"}


@pytest.mark.parametrize(
    "resource",
    [
        observation(effectivePeriod={"start": "2026-02-01", "end": "2026-02-01"}),
        observation(effectivePeriod={"start": "2026-02-01T23:00:00Z", "end": "2026-02-01"}),
        observation(effectivePeriod={"start": "2026-02-02T01:00:00+05:00", "end": "2026-02-01"}),
        observation(
            valueRange={"low": {"value": 2, "unit": "g"}, "high": {"value": 1, "unit": "kg"}}
        ),
        observation(component=[{"code": CODE}]),
        observation(
            subject={"reference": "#p"}, contained=[{"resourceType": "Patient", "id": "p"}]
        ),
        observation(
            contained=[{"resourceType": "Provenance", "id": "p", "target": [{"reference": "#"}]}]
        ),
        without(appointment(status="waitlist"), "start", "end"),
        named(given=["a", None], _given=[None, {"extension": [{"url": "u", "valueCode": "x"}]}]),
        named(
            given=["a", None], _given=[{"id": "x"}, {"id": "z"}], family="b", _family={"id": "y"}
        ),
        timing(offset=5, when=["ACM"]),
        expansion(display="group", abstract=True),
        {"resourceType": "Patient", "telecom": [{"value": "1", "_system": {"extension": []}}]},
    ],
)
def test_what_only_looks_broken_is_not(resource):
    assert check(resource) == ()


@pytest.mark.parametrize("name", EXAMPLES.namelist())
def test_an_official_example_breaks_none(name):
    resource = parse(EXAMPLES.read(name))
    assert schema.check(resource) or check(resource) == ()
