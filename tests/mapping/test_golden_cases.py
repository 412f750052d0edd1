"""Every golden case «as it came → what R4 says» holds, through the mappings that ship."""

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from mapping_samples import DOCTOR, context, files, sample, shipped

from fhirbridge.fhir.json import Literal
from fhirbridge.mapping import Mappings
from fhirbridge.mapping.words import WORDS
from fhirbridge.mapping.words.identity import snils_digits, snils_holds
from fhirbridge.mapping.words.word import Noted, Surroundings
from fhirbridge.terminology.units import to_ucum

CASES = sample("22-edge-cases.json")["cases"]
TYPES = {"ordinal": "ord", "numeric": "num", "date": "date"}
NAMES = {"Flag": "flag", "sir": "flag", "norma": "norm"}
HEAD = "local_code,local_name,specimen,unit,method,value_type,loinc,loinc_display,equivalence,"
TAIL = "fsli,author,reviewer,reviewed_on,comment"
WHOLE = {"status", "note", "interpretation", "dataAbsentReason"}


def of(*areas):
    return [
        pytest.param(case["raw"], case["expect"], id=f"{case['n']}-{case['area']}")
        for case in CASES
        if case["area"] in areas
    ]


def digits(value):
    """Decimals as they are written: {"$decimal": "1.50"} and Literal("1.50") are alike."""
    if isinstance(value, dict):
        if "$decimal" in value:
            return f"decimal {value['$decimal']}"
        return {name: digits(part) for name, part in value.items()}
    if isinstance(value, list):
        return [digits(part) for part in value]
    return f"decimal {value!s}" if isinstance(value, Literal) else value


def observation(raw):
    type_ = TYPES.get(raw.get("scale") or raw.get("valueType"), "")
    row = {NAMES.get(name, name): value for name, value in raw.items()}
    table = f"{HEAD}{TAIL}\nTEST,Тест,,,,{type_},,,unmatched,,,,,\n"
    mappings = Mappings.parse("qlab", files("qlab") | {"tests.csv": table})
    record = {"order_id": "Q-1", "results": [{"code": "TEST", "name": "Тест", **row}]}
    outcome = mappings.map("results", record, context("qlab"))
    (made,) = [
        one.resource
        for one in outcome.resources
        if "subject" in one.resource and one.resource["resourceType"] == "Observation"
    ]
    return made, {note.code for note in outcome.issues}


def test_all_ninety_five_cases_are_here():
    areas = {case["area"] for case in CASES}
    assert areas == {"value", "unit", "reference", "flag", "name", "identity", "time"}
    assert len(CASES) == 95


@pytest.mark.parametrize(("raw", "expect"), of("value"))
def test_a_value_is_read_as_the_case_says(raw, expect):
    expect = dict(expect)
    issue = expect.pop("_issue", None)
    made, issues = observation(raw)
    shown = {
        name: digits(value)
        for name, value in made.items()
        if name.startswith("value") or name in WHOLE
    }
    if "status" not in expect:
        assert shown.pop("status") == "final"
    assert shown == digits(expect)
    assert issue is None or issue in issues


@pytest.mark.parametrize(("raw", "expect"), of("unit"))
def test_a_unit_is_read_as_the_case_says(raw, expect):
    text = raw["unit"].partition(" (латинские")[0]
    unit = to_ucum(text)
    assert (unit.text, unit.code) == (expect["unit"], expect["code"])
    made, _ = observation({"value": "1", "unit": text})
    assert made["valueQuantity"].get("code") == expect["code"]
    assert made["valueQuantity"]["unit"] == expect["unit"]


@pytest.mark.parametrize(("raw", "expect"), of("reference"))
def test_a_reference_range_is_read_as_the_case_says(raw, expect):
    made, issues = observation({"value": "5", "unit": "г/л", **raw})
    if expect is None:
        assert "referenceRange" not in made
        return
    (expected,) = [dict(one) for one in expect]
    issue = expected.pop("_issue", None)
    (found,) = made["referenceRange"]
    bounds = {name: one["value"] if name != "text" else one for name, one in found.items()}
    assert digits(bounds) == digits(expected)
    assert issue is None or issue in issues


@pytest.mark.parametrize(("raw", "expect"), of("flag"))
def test_a_flag_is_read_as_the_case_says(raw, expect):
    made, issues = observation(raw)
    if expect is None:
        assert "interpretation" not in made
        return
    assert made["interpretation"] == expect["interpretation"]
    assert "_issue" not in expect or expect["_issue"] in issues


@pytest.mark.parametrize(("raw", "expect"), of("name"))
def test_a_name_is_read_as_the_case_says(raw, expect):
    row = {"guid": DOCTOR, "active": True, "fullName": "Кто-то", **raw}
    fields = {"full": raw.get("fullName")} | {
        name: raw.get(field)
        for name, field in (
            ("family", "lastName"), ("given", "firstName"), ("patronymic", "middleName"),
        )
    }  # fmt: skip
    assert WORDS["name"].read(fields, {}, Surroundings(context("onec"))) == expect
    if "fullName" in raw:
        made = shipped("onec").map("doctors", row, context("onec")).resources
        (doctor,) = [m.resource for m in made if m.resource["resourceType"] == "Practitioner"]
        assert doctor["name"] == [expect]


@pytest.mark.parametrize(("raw", "expect"), of("identity"))
def test_an_identifier_is_read_as_the_case_says(raw, expect):
    ((kind, written),) = raw.items()
    around = Surroundings(context("onec"))
    if kind == "phone":
        points = WORDS["phones"].read(written, {"region": "RU"}, around)
        assert [point["value"] for point in points] == expect["telecom"]
        return
    read = WORDS[kind].read(written, {}, around)
    assert (read.value if isinstance(read, Noted) else read) == expect["value"]
    if kind == "snils":
        number = snils_digits(written)
        assert (number is not None and snils_holds(number)) == expect["valid"]


@pytest.mark.parametrize(("raw", "expect"), of("time"))
def test_a_time_is_read_as_the_case_says(raw, expect):
    around = Surroundings(context("onec", zone=ZoneInfo(raw.get("zone", "Europe/Moscow"))))
    notes, found = [], {}
    if "value" in raw:
        name = "date" if raw.get("kind") == "birthDate" else "moment"
        read = WORDS[name].read(raw["value"], {"pivot": 26} if name == "date" else {}, around)
        notes = [code for code, _ in read.notes] if isinstance(read, Noted) else []
        found = {"value": read.value if isinstance(read, Noted) else read}
    elif "end" in raw:
        fields = {"date": raw["date"], "start": raw["start"], "end": raw["end"]}
        begin = {"date": raw["date"], "time": raw["start"]}
        found = {
            "start": WORDS["instant"].read(begin, {}, around),
            "end": WORDS["end"].read(fields, {}, around),
        }
    else:
        fields = {"date": raw["date"], "time": raw.get("time") or raw["start"]}
        found = {"instant": WORDS["instant"].read(fields, {}, around)}
    issue = expect.get("_issue")
    assert found == {name: value for name, value in expect.items() if name != "_issue"}
    assert issue is None or issue in notes


def test_the_end_of_a_day_makes_a_slot_of_fifteen_minutes():
    row = {"date": "2026-12-01", "start": "23:45", "end": "00:00"}
    outcome = shipped("onec").map(
        "schedule", {"slots": [row]}, context("onec", parameters={"doctor": DOCTOR})
    )
    (slot,) = [m.resource for m in outcome.resources if m.resource["resourceType"] == "Slot"]
    assert slot["start"] == "2026-12-01T23:45:00+03:00"
    assert slot["end"] == "2026-12-02T00:00:00+03:00"


def test_a_decimal_keeps_its_digits():
    made, _ = observation({"value": "1.50", "unit": "г/л"})
    assert made["valueQuantity"]["value"] == Decimal("1.5")
    assert str(made["valueQuantity"]["value"]) == "1.50"
