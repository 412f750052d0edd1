"""UCUM's own functional tests and table of examples, where they are at hand.

The functional tests are under EPL-1.0 and are not part of this repository: they are looked for in
a folder `shared` beside it. The 848 example units are looked for in the package ucumvert.
"""

from decimal import Context, Decimal
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from fhirbridge.terminology import ucum

FUNCTIONAL = Path(__file__).parents[4] / "shared/data/ucum/UcumFunctionalTests.xml"


def cases(section):
    if not FUNCTIONAL.exists():
        pytest.skip("UcumFunctionalTests.xml is not beside the repository")
    found = ET.parse(FUNCTIONAL).getroot().find(section)  # noqa: S314 - a known file
    return [case.attrib for case in found]


def differs(found, printed):
    """Return whether `found` does not round to the digits that are printed."""
    return found.quantize(Decimal(printed), context=Context(prec=200)) != Decimal(printed)


def test_all_529_validations_agree():
    validations = cases("validation")
    assert len(validations) == 529
    assert [
        case["unit"]
        for case in validations
        if ucum.validate(case["unit"]) != (case["valid"] == "true")
    ] == []


def test_all_30_conversions_agree_to_the_printed_digits():
    conversions = cases("conversion")
    assert len(conversions) == 30
    for case in conversions:
        found = ucum.convert(Decimal(case["value"]), case["srcUnit"], case["dstUnit"])
        assert not differs(found, case["outcome"]), case["id"]


def test_all_names_agree():
    for case in cases("displayNameGeneration"):
        assert ucum.display(case["unit"]) == case["display"]


@pytest.mark.parametrize(("section", "sign"), [("multiplication", "."), ("division", "/")])
def test_products_and_quotients_agree(section, sign):
    for case in cases(section):
        first, second = Decimal(case["v1"]), Decimal(case["v2"])
        value = first * second if sign == "." else first / second
        unit = f"({case['u1']}){sign}({case['u2']})"
        assert not differs(ucum.convert(value, unit, case["uRes"]), case["vRes"]), case["id"]


def test_all_848_example_units_are_valid_and_have_a_measure():
    package = find_spec("ucumvert")
    if package is None:
        pytest.skip("the package ucumvert, which has UCUM's example units, is not installed")
    table = Path(package.origin).parent / "vendor/ucum_examples.tsv"
    codes = [line.split("\t")[1] for line in table.read_text("utf-8").splitlines()[1:]]
    assert len(codes) == 848
    assert [code for code in codes if not ucum.validate(code)] == []
    assert all(ucum.canonical(Decimal(1), code) for code in codes)
