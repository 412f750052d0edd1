"""Item 63 of the checklist: in which order matches come, on every page of them."""

import pytest
from asking import clinic_of, coded, made, measured


def named(id_, *given, **more):
    return made("Patient", id_, name=[{"given": [one]} for one in given], **more)


RESOURCES = (
    named("wide", "Борис", "Яков", birthDate="1980"),
    named("middle", "Глеб", birthDate="1990-05-05"),
    named("first", "Анна", birthDate="1980"),
    made("Patient", "bare"),
    made("Patient", "empty"),
    measured("early", effectiveDateTime="2026-01-01", code=coded(("urn:x", "b"))),
    measured("long", effectivePeriod={"start": "2025-01-01", "end": "2027-01-01"}),
    measured("late", effectiveDateTime="2026-06-01", code=coded(("urn:x", "a"))),
    measured("undated"),
)


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    with clinic_of(tmp_path_factory.mktemp("sorting"), *RESOURCES) as found:
        yield found


def walked(clinic, path):
    """Return the ids of all pages in order, `a1` of the clinic apart."""
    found = []
    while path is not None:
        answer = clinic.ask(path)
        assert answer.status == 200, answer.body
        found += answer.ids
        path = answer.link("next")
    return [one for one in found if one != "a1"]


NONE = ["bare", "empty"]


@pytest.mark.parametrize("count", [1, 2, 50])
@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        # Of several names the smallest counts when ascending, the largest when descending;
        # what has none is before everything, and so the last when descending.
        ("given", [*NONE, "first", "wide", "middle"]),
        ("-given", ["wide", "middle", "first", *NONE]),
        ("birthdate,given", [*NONE, "first", "wide", "middle"]),
        ("birthdate,-given", [*NONE, "wide", "first", "middle"]),
        ("-birthdate,-given", ["middle", "wide", "first", *NONE]),
    ],
)
def test_item_063_of_several_values_the_outermost_counts(clinic, sort, expected, count):
    found = walked(clinic, f"/fhir/Patient?_sort={sort}&_count={count}")
    missing = [place for place, one in enumerate(found) if one in NONE]
    assert [one for one in found if one not in NONE] == [one for one in expected if one not in NONE]
    assert missing == [place for place, one in enumerate(expected) if one in NONE]


@pytest.mark.parametrize("sort", ["given", "-given", "birthdate", "-birthdate"])
def test_item_063_equals_keep_their_order_whatever_the_size_of_the_page(clinic, sort):
    paths = (f"/fhir/Patient?_sort={sort}&_count={count}" for count in (1, 2, 3, 50))
    assert len({tuple(walked(clinic, path)) for path in paths}) == 1


def test_item_063_a_period_sorts_by_its_start(clinic):
    found = walked(clinic, "/fhir/Observation?_sort=date&_count=2")
    assert found == ["undated", "long", "early", "late"]
    assert walked(clinic, "/fhir/Observation?_sort=-date&_count=2") == found[::-1]


def test_item_063_the_sort_that_was_applied_is_told(clinic):
    answer = clinic.ask("/fhir/Observation?_sort=code,-date&_count=2")
    assert answer.link("self") == "/fhir/Observation?_sort=code,-date&_count=2"
    assert clinic.ask("/fhir/Observation?_sort=nonsense").status == 400
