from decimal import Decimal

import pytest

from fhirbridge.terminology.ucum import canonical

BASE = (
    ("5.4", "mg", "0.0054", "g"),
    ("0.0054", "g", "0.0054", "g"),
    ("5.5", "mmol/L", "5.5", "m-3.mol"),
    ("5", "meq/L", "5", "eq.m-3"),
    ("140", "g/L", "140000", "g.m-3"),
    ("50", "%", "0.5", "1"),
    ("4", "10*9/L", "4e12", "m-3"),
    ("3", "u[IU]/mL", "3", "[iU].m-3"),
    ("3", "m[iU]/L", "3", "[iU].m-3"),
    ("6", "U/L", "0.0001", "m-3.mol.s-1"),
    ("120", "mm[Hg]", "15998640", "g.m-1.s-2"),
    ("37", "Cel", "310.15", "K"),
    ("98.6", "[degF]", "310.15", "K"),
    ("7.4", "[pH]", "7.4", "[pH]"),
    ("20", "dB", "2", "B"),
    ("60", "Cel/min", "1", "Cel.s-1"),
    ("500", "ng{FEU}/mL", "0.5", "g.m-3{feu}"),
    ("30", "mg/g{creat}", "0.03", "1{creat}"),
    ("1", "{b}/{a}", "1", "1{a}.{b}"),
    ("1", "1", "1", "1"),
)


@pytest.mark.parametrize(("value", "code", "number", "text"), BASE)
def test_a_quantity_is_put_into_base_units(value, code, number, text):
    assert canonical(Decimal(value), code) == (Decimal(number), text)


@pytest.mark.parametrize(
    ("value", "code"),
    [("1", "мг"), ("1", "KG"), ("NaN", "mg"), ("1", "10*99999"), ("1E+9999", "g")],
)
def test_what_cannot_be_is_none(value, code):
    assert canonical(Decimal(value), code) is None
