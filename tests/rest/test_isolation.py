"""What a patient is answered does not depend on anybody else's data: two worlds, one answer."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

TOKEN = re.compile(rb"_page=[A-Za-z0-9_%\-]+")
TYPES = ["Patient", "Observation", "Slot", "Practitioner", "Binary", "Provenance", "AuditEvent"]
IDS = ["A", "B", "C", "a1", "b1", "c3", "gone-a", "gone-b", "withheld", "pdf", "pdf-b", "nine", "-"]
VALUES = [*IDS, "Patient/B", "Иванов", "final", "2026-11-02", "gt2026-11-01", "true", "13", "718-7"]
NAMES = [
    "_id", "patient", "subject", "subject:Patient", "name", "birthdate", "code", "status",
    "status:not", "date", "value-quantity", "_lastUpdated", "_total", "_count", "_sort",
    "_summary", "patient:missing", "name:missing", "code:text", "has-member", "performer",
]  # fmt: skip
INCLUDES = ["_include", "_revinclude", "_include:iterate", "_revinclude:iterate"]
INCLUDED = [
    "*", "Observation:subject", "Observation:patient:Patient", "Slot:schedule", "Schedule:actor",
    "Provenance:target", "Observation:performer", "Observation:focus", "Patient:link",
]  # fmt: skip
PLACES = [
    "", "/Patient/A/Observation", "/Patient/B/Observation", "/Patient/C/*", "/Patient/A/*",
]  # fmt: skip
SORTS = ["-date", "date", "name", "_id", "-_lastUpdated", "code"]

pairs = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES))
    | st.tuples(st.just("_sort"), st.sampled_from(SORTS))
    | st.tuples(st.just("_count"), st.sampled_from("0123"))
    | st.just(("_total", "accurate"))
    | st.tuples(st.sampled_from(INCLUDES), st.sampled_from(INCLUDED))
    | st.tuples(st.just("_summary"), st.sampled_from(["true", "text", "data"]))
    | st.tuples(st.just("_elements"), st.sampled_from(["status", "name,subject"])),
    max_size=4,
)
reads = st.builds("/fhir/{}/{}".format, st.sampled_from(TYPES), st.sampled_from(IDS))
versions = st.builds("{}/_history/{}".format, reads, st.integers(0, 3))
windows = ["", "?_count=1", "?_count=0", "?_since=2026-11-24T11:00:01Z", "?_at=2026-11-24"]
histories = st.builds("{}/_history{}".format, reads, st.sampled_from(windows))
searches = st.builds(
    lambda place, given: f"/fhir{place}?" + "&".join("=".join(pair) for pair in given),
    st.sampled_from([*(f"/{type_}" for type_ in TYPES), *PLACES]),
    pairs,
)
headers = st.fixed_dictionaries(
    {},
    optional={
        "if_none_match": st.sampled_from(["*", 'W/"1"', 'W/"2"']),
        "if_modified_since": st.just("Tue, 24 Nov 2026 12:00:00 GMT"),
        "prefer": st.just("handling=lenient"),
        "accept": st.sampled_from(["application/fhir+json", "application/pdf", "text/html"]),
    },
)


def masked(answer):
    """Return `answer` with its page tokens, which are opaque and of one length, taken out."""
    assert all(len(found) >= 256 for found in TOKEN.findall(answer.body))
    kept = tuple(pair for pair in answer.headers if pair[0] != "Content-Length")
    return answer.status, kept, len(answer.body), TOKEN.sub(b"", answer.body)


@settings(max_examples=300, deadline=None)
@given(path=reads | versions | histories | searches, headers=headers)
def test_two_worlds_that_differ_in_others_answer_alike(clinic, other_world, path, headers):
    path = path.encode().decode("latin-1")
    here = clinic.ask(path, token="patient", **headers)
    there = other_world.ask(path, token="patient", **headers)
    assert masked(here) == masked(there)
    assert b"Patient/B" not in here.body.replace(b"subject=Patient/B", b"")


@settings(max_examples=100, deadline=None)
@given(path=searches)
def test_fewer_scopes_never_find_more(clinic, path):
    path = path.encode().decode("latin-1")
    all_, own = clinic.ask(path), clinic.ask(path, token="patient")
    if all_.status == own.status == 200 and "_count" not in path and "status" not in path:
        assert set(own.ids) <= set(all_.ids)


def test_page_links_lead_a_patient_through_own_results_only(clinic, other_world):
    for world in [clinic, other_world]:
        path, seen = "/fhir/Observation?_sort=-date&_count=2", []
        while path is not None:
            answer = world.ask(path, token="patient")
            seen += answer.ids
            path = answer.link("next")
        assert seen == ["a7", "a6", "a5", "a4", "a3", "a2", "a1"]
