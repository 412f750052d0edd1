import pytest
from hypothesis import given
from hypothesis import strategies as st
from searching import CONTEXT, asked

from fhirbridge.fhir.errors import Invalid
from fhirbridge.search.escape import escape
from fhirbridge.search.string import String

PATIENT = {
    "resourceType": "Patient",
    "id": "1",
    "name": [
        {
            "use": "official",
            "family": "Салтыков-Щедрин",
            "given": ["Михаил", "Евграфович"],
            "period": {"start": "1826"},
        },
        {"text": "Алёна д'Арк, мл."},
    ],
    "address": [{"use": "home", "line": ["ул. Мира, 5"], "city": "Йошкар-Ола"}],
}
PARAMETERS = [String("name"), String("family", "name.family"), String("address")]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("name", "салт", True),
        ("name", "щедрин", True),
        ("family", "ЩЕДРИН", True),
        ("family", "Салтыков Щедрин", True),
        ("family", "михаил", False),
        ("name", "евграф", True),
        ("name", "граф", False),
        ("name:contains", "ГРАФ", True),
        ("name", "алена дарк", True),
        ("name", "official", False),
        ("name", "1826", False),
        ("name:exact", "Михаил", True),
        ("name:exact", "михаил", False),
        ("name:exact", "Миха", False),
        ("name:exact", "Алена д'Арк\\, мл.", False),
        ("name:exact", "Алёна д'Арк\\, мл.", True),
        ("address", "ул мира 5", True),
        ("address", "йошкар", True),
        ("address", "иошкар", False),
        ("name", "georg,мих", True),
        ("name", "geoff", False),
    ],
)
def test_names_and_addresses_are_found_by_their_parts(name, text, expected):
    assert asked(PATIENT, PARAMETERS, (name, text)) is expected


def test_two_words_may_be_met_by_different_names():
    assert asked(PATIENT, PARAMETERS, ("name", "мих"), ("name", "алена"))
    assert not asked(PATIENT, PARAMETERS, ("name", "мих"), ("name", "пётр"))


@given(st.text(min_size=1), st.data())
def test_a_text_is_found_by_itself_exactly_and_by_any_part_of_its_folding(text, data):
    resource = {"resourceType": "Location", "id": "1", "name": text}
    assert asked(resource, PARAMETERS, ("name:exact", escape(text)))
    (row,) = String("name").rows(resource, CONTEXT)
    end = data.draw(st.integers(0, len(row.folded)))
    if row.folded[:end].strip():
        assert asked(resource, PARAMETERS, ("name:contains", row.folded[:end]))


@pytest.mark.parametrize("text", ["-", " . ", "", "a\\b"])
def test_a_text_without_letters_or_with_a_lone_backslash_is_malformed(text):
    with pytest.raises(Invalid, match=r"^name: "):
        String("name").parse(text, None, CONTEXT)
