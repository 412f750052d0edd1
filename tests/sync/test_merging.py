"""What sources tell of a merged patient goes to the survivor, and back when that is undone."""

import pytest
from clinic import clinic

from fhirbridge.sync.merging import Staff, merge, unmerge


@pytest.fixture
def stood(database_url):
    with clinic(database_url) as found:
        for source in ("onec", "qlab"):
            found.sync(source)
        yield found


def two_patients(stood):
    """Return a patient with results and another one."""
    subjects = [one["subject"]["reference"] for one in stood.resources("Observation").values()]
    survivor, merged = sorted({one.removeprefix("Patient/") for one in subjects})[:2]
    return survivor, merged


def about(stood, patient):
    found = stood.resources("Observation").values()
    return {one["id"] for one in found if one["subject"]["reference"] == f"Patient/{patient}"}


def done(stood, deed, *words):
    staff = Staff("desk", stood.now())
    return stood.bridge.store.run(lambda tx: deed(tx, *words[:2], staff, *words[2:]))


def test_a_pull_after_a_merge_changes_nothing_and_new_data_is_the_survivors(stood):
    survivor, merged = two_patients(stood)
    both = about(stood, survivor) | about(stood, merged)
    moved = done(stood, merge, merged, survivor, "")
    assert moved.resources >= len(both) - len(about(stood, survivor) & both)
    assert moved.keys >= 1
    assert about(stood, survivor) == both
    before = stood.content()
    for source in ("onec", "qlab"):
        stood.sync(source)
    assert stood.content() == before
    forget_that_anything_was_read(stood)
    for source in ("onec", "qlab"):
        stood.sync(source)
    assert about(stood, survivor) == both
    assert about(stood, merged) == set()
    links = [link["type"] for link in stood.resources("Patient")[survivor]["link"]]
    assert links == ["replaces"]


def forget_that_anything_was_read(stood):
    """Let every record be mapped again at the next pull."""
    for name in list(stood.bridge.links):
        link = stood.bridge.links[name]
        stood.bridge.links[name] = type(link)(link.source, link.mappings, "another mark")


def test_what_came_in_the_meantime_goes_back_when_records_are_applied_again(stood):
    survivor, merged = two_patients(stood)
    own, other = about(stood, survivor), about(stood, merged)
    done(stood, merge, merged, survivor, "")
    done(stood, unmerge, merged)
    assert (about(stood, survivor), about(stood, merged)) == (own, other)
    forget_that_anything_was_read(stood)
    for source in ("onec", "qlab"):
        stood.sync(source)
    assert (about(stood, survivor), about(stood, merged)) == (own, other)
    assert "link" not in stood.resources("Patient")[survivor]
