from decimal import ROUND_DOWN, Decimal, localcontext

import pytest

from fhirbridge.terminology.ucum import NotConvertible, NotUcum, convert

LONG = "12345678901234567890123456789012345678901"

# value, from, to, result: exact.
EXACT = (
    ("5.4", "mg", "g", "0.0054"),
    ("1.50", "g/L", "mg/dL", "150"),
    ("140", "g/L", "g/dL", "14"),
    ("250", "10*9/L", "/uL", "250000"),
    ("4.5", "10*12/L", "10*6/uL", "4.5"),
    ("42", "%", "L/L", "0.42"),
    ("1", "[in_i]", "cm", "2.54"),
    ("72", "km/h", "m/s", "20"),
    ("1", "h", "s", "3600"),
    ("1", "mm[Hg]", "Pa", "133.322"),
    ("16.7", "nkat", "U", "1.002"),
    ("1", "mol/s", "kat", "1"),
    ("290", "mosm/kg", "mmol/kg", "290"),
    ("1", "mol", "1", "602214076000000000000000"),
    ("180", "deg", "[pi].rad", "1"),
    ("1", "KiBy", "bit", "8192"),
    ("760", "Torr", "atm", "1"),
    ("3", "", "%", "300"),
    (LONG, "m", "m", LONG),
    ("1e-100", "m", "km", "1e-103"),
)


@pytest.mark.parametrize(("value", "from_", "to", "result"), EXACT)
def test_a_factor_is_exact(value, from_, to, result):
    assert convert(Decimal(value), from_, to) == Decimal(result)


def test_an_endless_decimal_is_rounded_to_34_digits_whatever_the_process_does():
    with localcontext(prec=3, rounding=ROUND_DOWN):
        found = convert(Decimal(2), "s", "min")
    assert str(found) == "0.03333333333333333333333333333333333"


def test_whole_numbers_are_written_out():
    assert str(convert(Decimal("6.3"), "km", "m")) == "6300"
    assert str(convert(Decimal(20), "dB", "1")) == "100"
    assert str(convert(Decimal(0), "km", "m")) == "0"


SPECIAL = (
    ("37", "Cel", "K", "310.15"),
    ("37", "Cel", "[degF]", "98.6"),
    ("98.6", "[degF]", "Cel", "37"),
    ("-40", "[degF]", "Cel", "-40"),
    ("80", "[degRe]", "Cel", "100"),
    ("300", "K", "Cel", "26.85"),
    ("20", "dB", "B", "2"),
    ("3", "bit_s", "1", "8"),
    ("5", "[m/s2/Hz^(1/2)]", "m2/s4/Hz", "25"),
    ("9", "m2/s4/Hz", "[m/s2/Hz^(1/2)]", "3"),
    ("1", "%", "B", "-2"),
    ("7.4", "[pH]", "nmol/L", "39.8107170553497250770252305"),
    ("40", "dB[mV]", "mV", "100"),
    ("94", "dB[SPL]", "Pa", "1.00237446725454457000310837"),
    ("1", "Np", "1", "2.71828182845904523536028747"),
    ("2", "[hp'_C]", "1", "0.0001"),
    ("100", "%[slope]", "deg", "45"),
    ("45", "deg", "[p'diop]", "100"),
    ("60", "Cel/min", "Cel/s", "1"),
)


@pytest.mark.parametrize(("value", "from_", "to", "result"), SPECIAL)
def test_a_special_unit_converts_by_its_function(value, from_, to, result):
    found = convert(Decimal(value), from_, to)
    assert found.quantize(Decimal(result)) == Decimal(result)


@pytest.mark.parametrize(
    ("value", "from_", "to"),
    [
        ("0", "mol/L", "[pH]"),
        ("-1", "1", "B"),
        ("-1", "m2/s4/Hz", "[m/s2/Hz^(1/2)]"),
        ("1001", "B", "1"),
    ],
)
def test_a_value_out_of_a_functions_domain_is_refused(value, from_, to):
    with pytest.raises(NotConvertible):
        convert(Decimal(value), from_, to)


APART = (
    ("g", "m"),
    ("[IU]/L", "[arb'U]/L"),
    ("[IU]/L", "U/L"),
    ("[IU]/mL", "/mL"),
    ("[CFU]/mL", "[PFU]/mL"),
    ("[arb'U]/L", "/L"),
    ("mg/L", "mmol/L"),
    ("meq/L", "mmol/L"),
    ("meq/L", "mg/L"),
    ("Cel/min", "K/min"),
    ("[pH]", "Cel"),
    ("g", "Cel"),
)


@pytest.mark.parametrize(("from_", "to"), APART)
def test_units_of_different_dimensions_do_not_convert(from_, to):
    for pair in ((from_, to), (to, from_)):
        with pytest.raises(NotConvertible):
            convert(Decimal(1), *pair)


@pytest.mark.parametrize(
    ("value", "from_", "to", "result"),
    [
        ("5", "u[IU]/mL", "m[IU]/L", "5"),
        ("5", "m[IU]/L", "[IU]/L", "0.005"),
        ("5", "[iU]/mL", "k[IU]/L", "5"),
        ("7", "[arb'U]/mL", "[arb'U]/dL", "700"),
        ("3", "k[arb'U]/L", "[arb'U]/mL", "3"),
        ("10", "[CFU]/mL", "10*3.[CFU]/L", "10"),
        ("6", "[IU]/h", "[IU]/(24.h)", "144"),
    ],
)
def test_an_arbitrary_unit_converts_between_its_own_prefixes_and_volumes(value, from_, to, result):
    assert convert(Decimal(value), from_, to) == Decimal(result)


@pytest.mark.parametrize(
    ("from_", "to"),
    [
        ("ng/mL{FEU}", "ng/mL{DDU}"),
        ("ng/mL{FEU}", "ng/mL"),
        ("mg/g", "mg/g{creat}"),
        ("{copies}/mL", "{cells}/mL"),
        ("{copies}/mL", "[IU]/mL"),
    ],
)
def test_what_is_annotated_differently_does_not_convert(from_, to):
    with pytest.raises(NotConvertible):
        convert(Decimal(1), from_, to)


def test_the_same_annotation_converts_wherever_and_in_whatever_case_it_stands():
    assert convert(Decimal(500), "ng{FEU}/mL", "mg/L{feu}") == Decimal("0.5")
    assert convert(Decimal(3), "{copies}/mL", "10*3{copies}/L") == 3
    assert convert(Decimal(30), "mg/g{creat}", "ug/mg{creat}") == 30


def test_annotations_are_left_aside_on_request():
    assert convert(Decimal(5), "10*3{cells}/uL", "10*9/L", annotations=False) == 5
    with pytest.raises(NotConvertible):
        convert(Decimal(5), "{copies}/mL", "[IU]/mL", annotations=False)


GLUCOSE = {"molar_mass": Decimal("180.156")}
CREATININE = {"molar_mass": Decimal("113.12")}
CALCIUM = {"molar_mass": Decimal("40.078"), "charge": 2}
MOLES = (
    ("5.5", "mmol/L", "mg/dL", GLUCOSE, "99.0858"),
    ("99.0858", "mg/dL", "mmol/L", GLUCOSE, "5.5"),
    ("113.12", "mg/g{creat}", "mg/mmol{creat}", CREATININE, "12.7961344"),
    ("5", "meq/L", "mmol/L", {"charge": 2}, "2.5"),
    ("2.5", "mmol/L", "meq/L", {"charge": 2}, "5"),
    ("140", "meq/L", "mmol/L", {"charge": 1}, "140"),
    ("100", "mmol/L", "meq/L", {"charge": -1}, "100"),
    ("5", "meq/L", "mg/dL", CALCIUM, "10.0195"),
    ("5", "ueq/mL", "meq/L", {}, "5"),
    ("1", "mol", "1", GLUCOSE, "602214076000000000000000"),
)


@pytest.mark.parametrize(("value", "from_", "to", "known", "result"), MOLES)
def test_substance_mass_and_charge_convert_where_the_constant_is_given(
    value, from_, to, known, result
):
    assert convert(Decimal(value), from_, to, **known) == Decimal(result)


@pytest.mark.parametrize(
    "known", [{"charge": 0}, {"molar_mass": Decimal(0)}, {"molar_mass": Decimal(-1)}]
)
def test_a_senseless_constant_is_refused(known):
    with pytest.raises(NotConvertible):
        convert(Decimal(1), "mmol", "meq", **known)


@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "1E+999999", "1E-999999"])
def test_a_value_that_is_no_number_or_absurd_is_refused(value):
    with pytest.raises(NotConvertible):
        convert(Decimal(value), "m", "mm")


@pytest.mark.parametrize(
    ("from_", "to"), [("10*99999999", "1"), ("km-99999", "m-99999"), ("mol99999999", "1")]
)
def test_an_absurd_power_is_refused_at_once(from_, to):
    with pytest.raises(NotConvertible):
        convert(Decimal(1), from_, to)


def test_what_is_no_code_does_not_convert():
    with pytest.raises(NotUcum):
        convert(Decimal(1), "мг", "g")
