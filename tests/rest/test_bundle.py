from hypothesis import given
from hypothesis import strategies as st

from fhirbridge.fhir import json
from fhirbridge.fhir.errors import Issue
from fhirbridge.rest.bundle import matched, searchset
from fhirbridge.store.stored import Stored

BASE = "https://clinic.example/fhir"
IDS = st.lists(st.from_regex(r"[A-Za-z0-9\-.]{1,64}", fullmatch=True), max_size=5)
ISSUES = st.lists(st.builds(Issue, st.just("warning"), st.just("invalid"), st.text()), max_size=2)


def stored(id_):
    body = json.dump({"resourceType": "Patient", "id": id_, "x": json.Literal("1.50")})
    return Stored(1, "Patient", id_, 1, 0, body, deleted=False, as_patient=False, dated=True)


@given(IDS, st.none() | st.integers(0, 10**6), ISSUES)
def test_what_is_spliced_is_the_bundle_it_should_be(ids, total, issues):
    body = searchset(
        BASE,
        [matched([stored(id_) for id_ in ids])],
        links=[("self", f"{BASE}/Patient")],
        total=total,
        outcomes=[i for i in issues if "\0" not in i.diagnostics],
    )
    bundle = json.parse(body)
    entries = bundle.get("entry", [])
    matches = [one for one in entries if one["search"]["mode"] == "match"]
    assert [one["resource"]["id"] for one in matches] == ids
    assert [one["fullUrl"] for one in matches] == [f"{BASE}/Patient/{id_}" for id_ in ids]
    assert bundle.get("total") == total
    assert bundle["link"] == [{"relation": "self", "url": f"{BASE}/Patient"}]
    assert body.count(b"1.50") == len(ids)
    assert entries != [] or "entry" not in bundle


@given(IDS)
def test_references_are_the_ends_of_the_addresses(ids):
    part = matched([stored(id_) for id_ in ids])
    entries = json.parse(searchset(BASE, [part], links=[])).get("entry", [])
    assert [f"{BASE}/{one}" for one in part.references] == [one["fullUrl"] for one in entries]
