import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirbridge.auth.scopes import Scopes


def letters(text, context="patient", type_="Observation"):
    return "".join(c for c in "cruds" if Scopes.parse(text).cover(context, type_, c))


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("patient/Observation.rs", "rs"),
        ("patient/Observation.cruds", "cruds"),
        ("patient/Observation.read", "rs"),
        ("patient/Observation.write", "cud"),
        ("patient/Observation.*", "cruds"),
        ("patient/*.r", "r"),
        ("patient/*.read", "rs"),
        ("patient/Patient.rs", ""),
        ("user/Observation.rs", ""),
        ("system/*.cruds", ""),
    ],
)
def test_a_scope_gives_its_letters_on_its_type_in_its_context(scope, expected):
    assert letters(scope) == expected


@pytest.mark.parametrize(
    "scope",
    [
        "patient/Observation.dus",
        "patient/Observation.sr",
        "patient/Observation.dr",
        "patient/Observation.rr",
        "patient/Observation.x",
        "patient/Observation.",
        "patient/Observation",
        "patient/observation.rs",
        "patient/Observation.RS",
        "Patient/Observation.rs",
        "patient/Observation.read.write",
        "patient/Observation.rs?",
        "patients/Observation.rs",
        "patient/**.rs",
        "../patient/Observation.rs",
        "patient/Оbservation.rs",
    ],
)
def test_a_scope_that_breaks_the_grammar_is_dropped_never_repaired(scope):
    assert Scopes.parse(scope) == Scopes()


def test_several_scopes_are_a_union():
    assert letters("patient/Observation.r patient/*.s user/Observation.cruds") == "rs"


def test_a_granular_scope_is_kept_but_grants_nothing_yet():
    text = "patient/Observation.rs?category=http://x.org|laboratory&code=urn:y|1"
    scopes = Scopes.parse(text)
    assert letters(text) == ""
    assert scopes.granted[0].narrow == "category=http://x.org|laboratory&code=urn:y|1"
    assert str(scopes) == text


def test_scopes_are_returned_as_they_were_asked_for():
    text = "patient/Observation.read user/*.rs openid fhirUser launch/patient offline_access"
    assert str(Scopes.parse(text + " nonsense patient/X.sr")) == text


def test_contexts_say_whom_the_token_may_stand_for():
    assert Scopes.parse("patient/*.rs user/*.rs").contexts == {"patient", "user"}


@given(st.text() | st.text(alphabet="patient/Observation.*cruds? =&"))
def test_whatever_is_parsed_is_parsed_the_same_again(text):
    scopes = Scopes.parse(text)
    assert Scopes.parse(str(scopes)) == scopes
    assert all(
        scope.letters in "cruds" or set(scope.letters) <= set("cruds") for scope in scopes.granted
    )


@given(st.sets(st.sampled_from("cruds")), st.sampled_from("cruds"))
def test_fewer_letters_never_give_more(chosen, letter):
    ordered = "".join(c for c in "cruds" if c in chosen)
    covered = Scopes.parse(f"patient/*.{ordered}").cover("patient", "Slot", letter)
    assert covered is (letter in chosen)
