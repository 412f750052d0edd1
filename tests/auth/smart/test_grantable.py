import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirbridge.auth.scopes import Scopes
from fhirbridge.auth.smart.grantable import for_person, for_system, grantable, refreshes

CONTEXTS = ("patient", "user", "system")
TYPES = ("*", "Observation", "Slot", "Patient")
RIGHTS = ("r", "s", "rs", "cud", "cruds", "read", "write", "*", "d", "us")
scopes = st.builds(
    "{}/{}.{}".format, st.sampled_from(CONTEXTS), st.sampled_from(TYPES), st.sampled_from(RIGHTS)
)
LAB = "category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory"
lists = st.lists(scopes, max_size=5).map(" ".join)


def rights(text):
    """Return every single right that scopes give, types without a name included."""
    found = Scopes.parse(text)
    return {
        (context, type_, letter)
        for context in CONTEXTS
        for type_ in (*TYPES[1:], "Another")
        for letter in "cruds"
        if found.cover(context, type_, letter)
    }


@given(lists, lists)
def test_what_is_granted_is_exactly_what_was_asked_and_registered(asked, registered):
    granted = " ".join(grantable(asked, registered))
    assert rights(granted) == rights(asked) & rights(registered)


@given(lists)
def test_what_is_fully_registered_comes_back_as_it_was_written(asked):
    assert grantable(asked, asked) == tuple(dict.fromkeys(asked.split()))


@given(st.text(), lists)
def test_no_text_is_too_odd(asked, registered):
    assert rights(" ".join(grantable(asked, registered))) <= rights(registered)


@pytest.mark.parametrize(
    ("asked", "registered", "granted"),
    [
        ("patient/*.rs", "patient/*.read", "patient/*.rs"),
        ("patient/*.read", "patient/*.rs", "patient/*.read"),
        ("patient/*.read", "patient/Slot.cruds", "patient/Slot.rs"),
        ("patient/Slot.*", "patient/*.rs", "patient/Slot.rs"),
        ("patient/*.dus patient/*.sr patient/*.x patient/*.", "patient/*.cruds", ""),
        ("patient/Observation.rs?category=laboratory", "patient/*.rs", ""),
        (f"patient/Observation.rs?{LAB}", "patient/*.rs", f"patient/Observation.rs?{LAB}"),
        (f"patient/Observation.rs?{LAB}", "patient/*.s", f"patient/Observation.s?{LAB}"),
        (f"patient/Observation.rs?{LAB}", "patient/*.cud patient/Slot.rs", ""),
        ("patient/*.cruds", f"patient/Observation.rs?{LAB}", f"patient/Observation.rs?{LAB}"),
        (
            f"patient/Observation.read?{LAB}",
            "patient/Observation.rs?code=urn:l|1",
            f"patient/Observation.rs?{LAB}&code=urn:l|1",
        ),
        (f"patient/Observation.cruds?{LAB}", "patient/*.cruds", ""),
        (f"user/Observation.rs?{LAB}", "patient/*.rs", ""),
        ("__break_glass", "user/*.rs", ""),
        ("__break_glass", "user/*.rs __break_glass", "__break_glass"),
        ("openid launch fhirUser", "openid fhirUser", "openid fhirUser"),
        ("__introspect system/*.rs", "system/*.rs", "system/*.rs"),
        ("PATIENT/*.rs patient/slot.rs", "patient/*.rs", ""),
        ("patient/Slot.rs\u00a0patient/*.rs", "patient/*.rs", ""),
        ("patient/Slot.rs\u2003x", "patient/*.rs", ""),
        ("рatient/*.rs patient/*.rs\u0301 patient/*.rѕ", "patient/*.rs", ""),
    ],
)
def test_examples(asked, registered, granted):
    assert " ".join(grantable(asked, registered)) == granted


def test_people_and_back_ends_give_different_things():
    scopes = ("openid", "system/*.rs", "__launch", "patient/*.rs")
    assert for_person(scopes) == ("openid", "patient/*.rs")
    assert for_system(scopes) == ("system/*.rs", "__launch")


def test_how_long_refreshing_goes_on():
    assert refreshes(("openid",)) == "never"
    assert refreshes(("online_access",)) == "online"
    assert refreshes(("online_access", "offline_access")) == "offline"


def test_a_code_without_its_system_is_filled_in_where_that_is_allowed():
    bare = "patient/Observation.rs?category=laboratory"
    assert grantable(bare, "patient/*.rs", bare=True) == (f"patient/Observation.rs?{LAB}",)
    assert grantable(bare, "patient/*.rs") == ()
    assert grantable("patient/Observation.rs?code=718-7", "patient/*.rs", bare=True) == ()
