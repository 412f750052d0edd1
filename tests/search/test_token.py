import pytest
from searching import CONTEXT, asked

from fhirbridge.fhir.errors import Invalid
from fhirbridge.search.common import ID
from fhirbridge.search.token import Token
from fhirbridge.search.values import TokenRow, TokenValue

CODE = Token("code")
LOINC = "http://loinc.org"
GENDER = Token("gender", system="http://hl7.org/fhir/administrative-gender")
PATIENT = {
    "resourceType": "Patient",
    "id": "aB",
    "active": True,
    "gender": "female",
    "identifier": [
        {"system": "urn:snils", "value": "123-456", "type": {"text": "СНИЛС"}},
        {"value": "no-system"},
        {"system": "urn:empty"},
    ],
    "telecom": [
        {"system": "phone", "value": "+7 (916) 123-45-67"},
        {"system": "email", "value": "Anna@Example.org"},
    ],
}
HAEMOGLOBIN = {
    "resourceType": "Observation",
    "id": "1",
    "code": {
        "text": "Гемоглобин крови",
        "coding": [
            {"system": LOINC, "code": "718-7", "display": "Hemoglobin [Mass/volume]"},
            {"code": "HGB"},
        ],
    },
}
PARAMETERS = [
    CODE,
    GENDER,
    Token("identifier"),
    Token("active"),
    Token("deceased", "deceased|exists"),
    Token("email", "telecom|system=email"),
    Token("phone", "telecom|system=phone"),
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("718-7", True),
        (f"{LOINC}|718-7", True),
        ("urn:other|718-7", False),
        ("|718-7", False),
        ("|HGB", True),
        ("hgb", True),
        (f"{LOINC}|", True),
        ("urn:other|", False),
        (f"{LOINC}|HGB", False),
        (f"x,{LOINC}|718-7", True),
        ("sa718-7", False),
    ],
)
def test_a_token_has_four_forms(text, expected):
    assert asked(HAEMOGLOBIN, [CODE], ("code", text)) is expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("gender", "female", True),
        ("gender", "FEMALE", True),
        ("gender", "http://hl7.org/fhir/administrative-gender|female", True),
        ("gender", "urn:other|female", False),
        ("gender:not", "male", True),
        ("gender:not", "male,female", False),
        ("active", "true", True),
        ("active", "false", False),
        ("deceased", "false", True),
        ("identifier", "urn:snils|123-456", True),
        ("identifier", "|no-system", True),
        ("identifier", "urn:empty|", True),
        ("identifier", "|123-456", False),
        ("identifier:text", "снилс", True),
        ("email", "anna@example.org", True),
        ("phone", "+79161234567", True),
        ("phone", "anna@example.org", False),
        ("_id", "aB", True),
        ("_id", "ab", False),
        ("_tag:missing", "true", True),
    ],
)
def test_every_element_type_is_found(name, text, expected):
    assert asked(PATIENT, PARAMETERS, (name, text)) is expected


def test_not_looks_at_all_codings_and_finds_resources_without_a_value():
    assert not asked(HAEMOGLOBIN, [CODE], ("code:not", "718-7"))
    assert not asked(HAEMOGLOBIN, [CODE], ("code:not", "x,HGB"))
    assert asked(HAEMOGLOBIN, [CODE], ("code:not", "x"))
    assert asked({"resourceType": "Observation", "id": "2"}, [CODE], ("code:not", "718-7"))


def test_text_looks_at_text_and_display_as_a_string_search():
    assert asked(HAEMOGLOBIN, [CODE], ("code:text", "гемогл"))
    assert asked(HAEMOGLOBIN, [CODE], ("code:text", "HEMOGLOBIN mass"))
    assert not asked(HAEMOGLOBIN, [CODE], ("code:text", "крови"))


def test_an_element_with_only_extensions_is_missing():
    bare = {"resourceType": "Observation", "id": "1", "code": {"extension": [{"url": "urn:x"}]}}
    assert asked(bare, [CODE], ("code:missing", "true"))
    assert asked(HAEMOGLOBIN, [CODE], ("code:missing", "false"))


def test_what_is_no_token_has_no_row():
    for element in (7, {"system": "email"}, {"system": "phone", "extension": []}):
        assert list(Token("x").rows({"x": element}, CONTEXT)) == []


def test_rows_are_numbered_by_element():
    rows = list(
        Token("code", "code", "component.code").rows(
            {"code": "a", "component": [{"code": "b"}]}, CONTEXT
        )
    )
    assert rows == [TokenRow(None, "a"), TokenRow(None, "b", None, 1)]


def test_separators_inside_a_code_are_escaped():
    assert CODE.parse(r"urn:a\|b|c\,d", None, CONTEXT) == TokenValue("urn:a|b", "c,d")


def test_ids_keep_their_case():
    assert ID.parse("aB", None, CONTEXT) == TokenValue(None, "aB", any_system=True)


@pytest.mark.parametrize("text", ["|", "a|b|c", "a\\b", ""])
def test_a_malformed_token_names_its_parameter(text):
    with pytest.raises(Invalid, match=r"^code: "):
        CODE.parse(text, None, CONTEXT)


def test_text_without_letters_is_malformed():
    with pytest.raises(Invalid, match=r"^code: "):
        CODE.parse("!", "text", CONTEXT)
