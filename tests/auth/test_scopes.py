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
        "patient/Observation.rs?category",
        "patient/Observation.rs?category=",
        "patient/Observation.rs?category=laboratory",
        "patient/Observation.rs?category=urn:a|",
        "patient/Observation.rs?category=|lab",
        "patient/Observation.rs?category=urn:a|lab|more",
        "patient/Observation.rs?category=urn:a|lab,urn:a|vital",
        "patient/Observation.rs?category=urn:a|lab%2Cx",
        "patient/Observation.rs?category=urn:a|lab\\,x",
        "patient/Observation.rs?category:not=urn:a|lab",
        "patient/Observation.rs?category:in=urn:a|lab",
        "patient/Observation.rs?status=urn:a|final",
        "patient/Observation.rs?subject=urn:a|1",
        "patient/Observation.rs?subject.name=urn:a|1",
        "patient/Observation.rs?_has:Provenance:target:agent=urn:a|1",
        "patient/Observation.rs?_filter=urn:a|1",
        "patient/Observation.rs?_include=urn:a|1",
        "patient/Observation.rs?category=urn:a|lab&status=urn:a|final",
        "patient/Observation.rs?category=urn:a|lab&",
        "patient/Observation.rs?&".ljust(300, "&"),
        "patient/Observation.cruds?category=urn:a|lab",
        "patient/Observation.rsu?category=urn:a|lab",
        "patient/Observation.d?category=urn:a|lab",
        "patient/Observation.write?category=urn:a|lab",
        "patient/Observation.*?category=urn:a|lab",
        "patient/*.rs?category=urn:a|lab",
        "patient/Slot.rs?code=urn:a|lab",
        "patient/Patient.r?category=urn:a|lab",
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


def test_a_granular_scope_gives_its_letters_within_its_clause():
    text = "patient/Observation.rs?category=http://x.org|laboratory&code=urn:y|1"
    scopes = Scopes.parse(text)
    assert letters(text) == "rs"
    assert scopes.within("patient", "Observation", "r") == (
        (("category", "http://x.org", "laboratory"), ("code", "urn:y", "1")),
    )
    assert str(scopes) == text


def test_clauses_for_one_letter_are_a_union_and_a_whole_type_takes_them_all_in():
    scopes = Scopes.parse(
        "patient/Observation.r?code=urn:y|1 patient/Observation.rs?code=urn:y|2 patient/Slot.rs"
    )
    assert len(scopes.within("patient", "Observation", "r")) == 2
    assert scopes.within("patient", "Observation", "s") == ((("code", "urn:y", "2"),),)
    assert scopes.granular
    whole = Scopes.parse(f"{scopes} patient/*.s")
    assert whole.within("patient", "Observation", "s") == ()
    assert len(whole.within("patient", "Observation", "r")) == 2


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
