"""Unit strings become UCUM, by the test where the string does not decide."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirbridge.fhir import data
from fhirbridge.terminology.tables import rows, shipped
from fhirbridge.terminology.units import to_ucum

INSULIN, CA125, ALT, CHOLINESTERASE, WBC, RBC = (
    "20448-7", "10334-1", "1742-6", "2098-2", "6690-2", "789-8",
)  # fmt: skip


@pytest.mark.parametrize("row", shipped("terminology/units-ru.csv"), ids=lambda row: row["text"])
def test_every_string_of_the_table_is_read(row):
    unit = to_ucum(row["text"])
    assert (unit.code, unit.known, unit.folded) == (row["ucum"] or None, True, False)


@pytest.mark.parametrize(
    ("text", "loinc", "code"),
    [
        ("Ед/л", ALT, "U/L"),
        ("Ед/л", None, "U/L"),
        ("Ед/л", CA125, "[arb'U]/L"),
        ("Ед/мл", CA125, "[arb'U]/mL"),
        ("Ед/мл", ALT, "U/mL"),
        ("Ед/л", INSULIN, "[IU]/L"),
        ("мкЕд/мл", INSULIN, "u[IU]/mL"),
        ("МЕ/л", ALT, "U/L"),
        ("МЕ/л", None, "[IU]/L"),
        ("кЕд/л", CHOLINESTERASE, "kU/L"),
        ("K/uL", WBC, "10*3/uL"),
        ("m/uL", RBC, "10*6/uL"),
        ("K/uL", None, None),
        ("m/uL", ALT, None),
    ],
)
def test_the_property_of_the_test_decides(text, loinc, code):
    assert to_ucum(text, loinc).code == code


def test_every_test_of_the_shipped_map_has_its_unit_read():
    table = rows(data.read("mappings/qlab/tests.csv").decode())
    unread = [
        r["local_code"] for r in table if r["unit"] and not to_ucum(r["unit"], r["loinc"]).code
    ]
    assert unread == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("ME/мл", "[IU]/mL"),  # Latin M and E
        ("c", "s"),
        ("МГ/Л", "mg/L"),
    ],
)
def test_a_mistyped_string_is_read_and_said_to_be(text, code):
    unit = to_ucum(text)
    assert (unit.code, unit.folded) == (code, True)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("х10^9/л", "10*9/L"),
        ("x 10⁹/л", "10*9/L"),
        ("10**9/л", "10*9/L"),
        ("мм рт. ст.", "mm[Hg]"),
        ("mmol/l", "mmol/L"),
        ("µmol/L", "umol/L"),
        (" ммоль / л ", "mmol/L"),
    ],
)
def test_powers_spaces_and_latin_spellings_are_one(text, code):
    assert to_ucum(text).code == code


@pytest.mark.parametrize("text", ["", "штуки", "мЕ/л", "Г/Л", "т/л", "kg*m", "ед"])
def test_what_is_not_known_or_can_be_two_things_has_no_code(text):
    assert to_ucum(text).code is None


def test_case_carries_meaning():
    assert to_ucum("Г/л").code == "10*9/L"
    assert to_ucum("г/л").code == "g/L"


@given(st.text(max_size=20))
def test_any_text_is_answered(text):
    unit = to_ucum(text)
    assert unit.known or unit.code is None
