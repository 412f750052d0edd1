"""References that shall lead elsewhere, and back."""

from hypothesis import given
from hypothesis import strategies as st

from fhirbridge.fhir.repointing import Pointing, repointed, restored

BASE = "https://clinic.example/fhir"
OLD = Pointing("Patient", "old", "new", BASE)


def ref(text):
    return {"reference": text}


def test_every_spelling_of_the_old_one_is_changed_and_nothing_else():
    texts = ["Patient/old", f"{BASE}/Patient/old", "Patient/old/_history/3"]
    assert [OLD.changed(text) for text in texts] == ["Patient/new"] * 3
    others = ["Patient/older", "Practitioner/old", "https://other.example/fhir/Patient/old",
              "Patient?identifier=old", "#old", "urn:uuid:old", "patient/old", ""]  # fmt: skip
    assert [OLD.changed(text) for text in others] == others


def test_references_are_found_wherever_they_are():
    resource = {
        "subject": {"reference": "Patient/old", "display": "Patient/old"},
        "extension": [{"url": "urn:x", "valueReference": ref("Patient/old")}],
        "contained": [{"resourceType": "Observation", "subject": ref("Patient/old")}],
        "note": [{"text": "Patient/old"}],
        "reference": ["Patient/old"],
    }
    found = repointed(resource, OLD)
    assert found["subject"] == {"reference": "Patient/new", "display": "Patient/old"}
    assert found["extension"][0]["valueReference"] == ref("Patient/new")
    assert found["contained"][0]["subject"] == ref("Patient/new")
    assert (found["note"], found["reference"]) == (resource["note"], resource["reference"])


def test_what_led_to_the_new_one_already_stays():
    then = {"participant": [ref("Patient/new"), ref("Patient/old"), ref("Practitioner/d")]}
    now = repointed(then, OLD)
    assert restored(now, then, OLD) == then
    longer = {"participant": [*now["participant"], ref("Patient/new")], "status": "booked"}
    assert restored(longer, then, OLD) == {
        "participant": [*then["participant"], ref("Patient/new")], "status": "booked"
    }  # fmt: skip


def test_content_of_another_shape_goes_back_whole_if_nothing_led_to_the_new_one():
    then = {"subject": ref("Patient/old")}
    now = {"performer": [ref("Patient/new")], "subject": ref("Patient/new")}
    assert restored(now, then, OLD) == {
        "performer": [ref("Patient/old")], "subject": ref("Patient/old")
    }  # fmt: skip


texts = st.sampled_from(["Patient/old", "Patient/new", "Patient/other", "x", f"{BASE}/Patient/new"])
nodes = st.recursive(
    st.one_of(st.none(), st.booleans(), texts, texts.map(ref)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(["a", "subject", "reference"]), inner, max_size=3),
    ),
    max_leaves=20,
)


@given(nodes)
def test_there_and_back_is_where_it_was(node):
    assert restored(repointed(node, OLD), node, OLD) == node
