import time

import pytest

from fhirbridge.terminology import ucum
from fhirbridge.terminology.tables import shipped
from fhirbridge.terminology.ucum import essence

VALID = (
    *("1", "10*9/L", "10^9/L", "10*-3", "10*+3", "%", "[ppb]", "/uL", "/[HPF]", "1/min"),
    *("mmol/L", "ug/dL", "m[IU]/L", "u[IU]/mL", "[iU]/L", "kU/L", "[arb'U]/mL", "nkat/L"),
    *("mg/g{creat}", "ng{FEU}/mL", "ug/mL{DDU}", "{copies}/mL", "10*3{rbc}", "1{c}", "{titer}"),
    *("Cel", "[degF]", "[pH]", "dB[SPL]", "B[10.nV]", "[m/s2/Hz^(1/2)]", "%[slope]", "bit_s"),
    *("mL/min/{1.73_m2}", "mL/min/(173.10*-2.m2)", "U/(10.g){feces}", "((m))", "m0", "Ms", "Torr"),
    *("mm[Hg]", "m[H2O]", "[in_i'Hg]", "''", "'", "KiBy", "GiBy", "eq/L", "mosm/kg", "cd", "Pa"),
)
INVALID = {
    "": "a unit expected",
    " ": "a unit expected",
    "m/": "a unit expected",
    "m..s": "a unit expected",
    "//m": "a unit expected",
    "1/(/m)": "a unit expected",
    "()": "a unit expected",
    "-1": "a unit expected",
    "{a": "a unit expected",
    "{a{b}}": "a unit expected",
    "{сут}": "a unit expected",
    "10+3/ul": "`.` or `/` expected",
    "g/12h": "`.` or `/` expected",
    "{a}rad2{b}": "`.` or `/` expected",
    "ug(8.h)": "`.` or `/` expected",
    "m{a}{b}": "`.` or `/` expected",
    "m)": "`.` or `/` expected",
    "mg /L": "`.` or `/` expected",
    "(m": "`.`, `/` or `)` expected",
    "(m.s))": "`.` or `/` expected",
    "0.m": "a number is positive",
    "г/л": "there is no unit 'г'",
    "KG": "there is no unit 'KG'",
    "IU/L": "there is no unit 'IU'",
    "k[in_i]": "there is no unit",
    "kd": "there is no unit",
    "kkg": "there is no unit",
    "m*": "there is no unit",
    "k10*": "there is no unit 'k'",
    "m[": "`.` or `/` expected",
    "cm[H20]": "there is no unit 'cm[H20]'",
}


@pytest.mark.parametrize("code", VALID)
def test_a_code_of_ucum_is_valid(code):
    assert ucum.problem(code) is None
    assert ucum.validate(code)


@pytest.mark.parametrize("code", INVALID)
def test_another_text_is_not_and_the_problem_says_why(code):
    assert not ucum.validate(code)
    assert INVALID[code] in ucum.problem(code)


def test_the_problem_says_where():
    with pytest.raises(ucum.NotUcum) as refused:
        ucum.display("mg/xx")
    assert (refused.value.code, refused.value.position) == ("mg/xx", 3)
    assert str(refused.value) == "'mg/xx' is no UCUM code: there is no unit 'xx' (at 3)"


@pytest.mark.parametrize("table", ["terminology/units-ru.csv", "terminology/units-by-property.csv"])
def test_every_code_that_a_local_unit_is_read_as_is_valid(table):
    codes = {row["ucum"] for row in shipped(table)} - {""}
    assert codes
    assert sorted(code for code in codes if not ucum.validate(code)) == []


def test_every_symbol_is_valid_alone_and_under_each_of_its_prefixes():
    assert len(essence.symbols()) > 3000
    assert [code for code in essence.symbols() if not ucum.validate(code)] == []


@pytest.mark.parametrize("text", ["(" * 33 + "m" + ")" * 33, "m." * 300 + "m", "1" * 600])
def test_hostile_length_and_depth_are_refused(text):
    assert not ucum.validate(text)


def test_what_is_long_but_within_the_bounds_is_valid():
    assert ucum.validate("(" * 32 + "m" + ")" * 32)
    assert ucum.validate("m." * 255 + "m")


def rate(function, rounds):
    """Return the calls per second of processor time, the best of five."""
    best = 0.0
    for _ in range(5):
        start = time.process_time()
        for _ in range(rounds):
            for code in VALID:
                function(code)
        best = max(best, rounds * len(VALID) / (time.process_time() - start))
    return best


def test_20000_codes_a_second_are_validated_anew_and_a_million_again():
    assert rate(ucum.validate.__wrapped__, 20) > 20_000
    assert rate(ucum.validate, 2000) > 1_000_000
