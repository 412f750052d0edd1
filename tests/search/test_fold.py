import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirbridge.search import fold


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ЁЛКИН", "елкин"),
        ("Е\u0308лкин", "ёлкин"),
        ("José", "jose"),
        ("Салтыков-Щедрин", "салтыков щедрин"),
        ("O'Brien", "OBrien"),
        ("  ул.   Ленина, 5 ", "ул Ленина 5"),
        ("И\u0306осиф", "йосиф"),
        ("Straße", "STRASSE"),
    ],
)
def test_what_people_write_either_way_is_one_text(one, other):
    assert fold.string(one) == fold.string(other)


@pytest.mark.parametrize(("one", "other"), [("Сергей", "Сергеи"), ("ў", "у"), ("ї", "і")])
def test_different_letters_stay_different(one, other):
    assert fold.string(one) != fold.string(other)


@given(st.text())
def test_folding_twice_is_folding_once(text):
    assert fold.string(fold.string(text)) == fold.string(text)
    assert fold.code(fold.code(text)) == fold.code(text)
    assert fold.exact(fold.exact(text)) == fold.exact(text)


def test_a_code_forgets_case_only():
    assert fold.code("HbA1c-Ё") == "hba1c-ё"
    assert fold.code("HBA1C") != fold.code("HBA 1C")
