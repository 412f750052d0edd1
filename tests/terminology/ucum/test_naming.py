import pytest

from fhirbridge.terminology import ucum

NAMES = {
    "": "(unity)",
    "mg/dL": "(milligram) / (deciliter)",
    "/uL": "1 / (microliter)",
    "m3.kg-1": "(meter ^ 3) * (kilogram ^ -1)",
    "10*9/L": "(the number ten for arbitrary powers ^ 9) / (liter)",
    "mm[Hg]": "(millimeter of mercury column)",
    "u[IU]/mL": "(microinternational unit) / (milliliter)",
    "mg/g{creat}": "(milligram) / (gram {creat})",
    "{copies}/mL": "{copies} / (milliliter)",
    "1{c}": "1{c}",
    "mmol/(8.h.kg)": "(millimole) / (8 * (hour) * (kilogram))",
    "g/(8.h){shift}": "(gram) / (8 * (hour)){shift}",
    "Cel": "(degree Celsius)",
    "A": "(ampère)",
}


@pytest.mark.parametrize("code", NAMES)
def test_a_code_is_said_in_words(code):
    assert ucum.display(code) == NAMES[code]


def test_what_is_no_code_has_no_name():
    with pytest.raises(ucum.NotUcum):
        ucum.display("мг")
