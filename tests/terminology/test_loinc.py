"""The LOINC that ships is a fragment with its notice, as its licence asks."""

import re

from fhirbridge.fhir import data
from fhirbridge.fhir.models import typed_check
from fhirbridge.fhir.schema import check
from fhirbridge.terminology.loinc import fragment
from fhirbridge.terminology.published import loinc_fragment
from fhirbridge.terminology.tables import rows


def check_digit(code):
    """https://loinc.org/kb/users-guide/mod10-check-digit: doubled from the right, as Luhn's."""
    total = 0
    for place, digit in enumerate(reversed(code)):
        number = int(digit) * (2 if place % 2 == 0 else 1)
        total += number - 9 if number > 9 else number
    return str(-total % 10)


def test_every_code_has_an_official_name_and_its_check_digit():
    assert len(fragment()) > 200
    for code, term in fragment().items():
        body, _, digit = code.partition("-")
        assert check_digit(body) == digit
        assert term.display


def test_the_property_is_an_axis():
    assert fragment()["718-7"].property_ == "MCnc"


def test_the_map_uses_the_official_name_of_a_code():
    for row in rows(data.read("mappings/qlab/tests.csv").decode()):
        assert re.fullmatch(r"\d+-\d", row["loinc"])
        term = fragment().get(row["loinc"])
        assert row["loinc_display"] == (term.display if term else "")


def test_the_code_system_says_that_it_is_a_fragment():
    system = loinc_fragment()
    assert system["content"] == "fragment"
    assert "LOINC is copyright" in system["copyright"].replace("\n", " ")
    assert check(system) == ()
    assert typed_check(system) == ()
    (hgb,) = [one for one in system["concept"] if one["code"] == "718-7"]
    assert hgb["display"] == "Hemoglobin [Mass/volume] in Blood"
    assert {"code": "SYSTEM", "valueString": "Bld"} in hgb["property"]


def test_the_notices_ship():
    assert b"http://loinc.org/license" in data.read("terminology/loinc/LOINC_short_license.txt")
    assert b"ucum.org/license" in data.read("terminology/ucum/NOTICE.txt")
