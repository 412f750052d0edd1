"""The reviewed map of a laboratory: found by its code, also when that is typed in Cyrillic."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirbridge.terminology.homoglyphs import latin, skeleton
from fhirbridge.terminology.maps import COLUMNS, LaboratoryMap

TABLE = ",".join(COLUMNS) + "\nALT,АлАТ,,Ед/л,,num,1742-6,,equivalent,,,,,\nСОЭ,,,,,,,,,,,,,\n"


def test_a_code_is_found_as_it_is_written():
    found = LaboratoryMap.parse(TABLE).find("ALT")
    assert (found.code, found.row["loinc"], found.folded) == ("ALT", "1742-6", False)


def test_a_code_typed_with_a_cyrillic_letter_is_found_and_said_to_be():
    found = LaboratoryMap.parse(TABLE).find("АLТ")
    assert (found.code, found.row["loinc"], found.folded) == ("ALT", "1742-6", True)


def test_a_cyrillic_code_may_be_mistyped_in_latin():
    assert LaboratoryMap.parse(TABLE).find("COЭ").code == "СОЭ"


def test_an_unknown_code_is_kept_in_latin():
    found = LaboratoryMap.parse(TABLE).find("Х-1")
    assert (found.code, found.row, found.folded) == ("X-1", None, True)


@pytest.mark.parametrize(
    ("text", "message"),
    [("local_code\nA\n", "local_name is missing"), (TABLE + "ALT" + "," * 13, "stands twice")],
)
def test_a_wrong_table_says_what_is_wrong(text, message):
    with pytest.raises(ValueError, match=message):
        LaboratoryMap.parse(text)


def test_no_table_is_an_empty_map():
    assert LaboratoryMap.parse("").find("A").row is None


@given(st.text(max_size=12))
def test_folding_twice_changes_nothing(text):
    assert latin(latin(text)) == latin(text)
    assert skeleton(skeleton(text)) == skeleton(text)
