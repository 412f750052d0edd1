"""The words of the mapping language, beyond the golden cases."""

import base64
import hashlib
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mapping_samples import context

from fhirbridge.mapping.errors import Refused
from fhirbridge.mapping.words import WORDS
from fhirbridge.mapping.words.word import Key, Noted, Surroundings
from fhirbridge.terminology.maps import COLUMNS, LaboratoryMap

AROUND = Surroundings(
    context("toy"),
    maps={"sex": {"m": "male", "": "", "x": ""}, "absent": {}, "result": {"": "final"}},
    keys={"request": Key("ServiceRequest", ("text", "code"))},
)
TESTS = LaboratoryMap.parse(
    ",".join(COLUMNS)
    + "\nWIDE,Широкий,,,,num,2345-7,Glucose,wider,77,,,,"
    + "\nNARROW,Узкий,,,,num,2345-7,Glucose,narrower,,,,,why"
    + "\nNONE,Без кода,,,,text,,,unmatched,,,,,decided"
    + "\nNEW,Новый,,,,num,,,,,,,,"
    + "\nGLU,Глюкоза,,ммоль/л,,num,14749-6,Glucose,equivalent,,,,,"
    + "\nDAY,Дата,,,,date,,,unmatched,,,,,"
    + "\nKET,Кетоны,,,,ord,,,unmatched,,,,,"
    + "\nRPR,Титр,,,,titer,,,unmatched,,,,,"
)


def read(name, value, around=AROUND, **options):
    """What the word reads, and the codes of its remarks."""
    word = WORDS[name]
    if word.inputs:
        value = dict.fromkeys(word.inputs) | value
    found = word.read(value, options, around)
    if isinstance(found, Noted):
        return found.value, [code for code, _ in found.notes]
    return found, []


def result(code, value, unit=""):
    around = Surroundings(context("toy"), AROUND.maps, TESTS)
    return read("result", {"code": code, "value": value, "unit": unit}, around, absent="absent")


@pytest.mark.parametrize(
    ("name", "value", "found", "notes"),
    [
        ("text", " a \u00a0 b ", "a b", []),
        ("text", True, "true", []),
        ("text", {"a": 1}, None, []),
        ("lines", "a \r\nb\rc\n", "a\nb\nc", []),
        ("lines", None, None, []),
        ("lines", 5, "5", []),
        ("integer", "7", 7, []),
        ("integer", "", None, []),
        ("integer", "семь", None, ["not-a-number"]),
        ("code", "АLT", "ALT", ["homoglyph-code"]),
        ("code", "СОЭ", "СОЭ", []),
        ("slug", " Терапия ", "терапия", []),
        ("slug", "<>", None, []),
        ("title", "ТЕРАПИЯ", "Терапия", []),
        ("title", "УЗИ", "УЗИ", []),
        ("title", "терапия ", "Терапия", []),
        ("title", "<>", None, []),
        ("nmu", "А09.05.023", "A09.05.023", []),
        ("nmu", "услуга 5", None, []),
        ("room", " 12а", "12A", []),
        ("room", "-", None, []),
        ("pieces", "д.м.н., профессор;  ", ["д.м.н.", "профессор"], []),
        ("guid", "не guid", None, []),
        ("snils", "123", None, ["unusable-snils"]),
        ("snils", "", None, []),
        ("snils", "001-001-997 00", "00100199700", []),
        ("snils", "000-000-000 12", "00000000012", ["snils-checksum"]),
        ("policy", "9960 3803 5866 6987", "9960380358666987", []),
        ("policy", "0000000000000000", None, ["unusable-policy"]),
        ("policy", "", None, []),
        ("email", "Ivan@Example.ORG", "Ivan@example.org", []),
        ("email", "ivan at example", None, ["unusable-email"]),
        ("email", None, None, []),
        ("moment", "20.11.2026 11:05", "2026-11-20T11:05:00+03:00", []),
        ("moment", "2026-11-20T11:05:00Z", "2026-11-20T11:05:00+00:00", []),
        ("moment", "20261201T090000", "2026-12-01T09:00:00+03:00", []),
        ("moment", "2014-10-26T01:30:00", None, ["ambiguous-local-time"]),
        ("moment", "2026-13-01", None, []),
        ("date", "1900-01-01", None, []),
        ("date", "не дата", None, ["unusable-date"]),
        ("date", "01.06.19", None, ["two-digit-year"]),
    ],
)
def test_a_word_reads_one_value(name, value, found, notes):
    assert read(name, value) == (found, notes)


@pytest.mark.parametrize(
    ("value", "found", "notes"),
    [
        ("Да", True, []),
        (0, False, []),
        ("", True, ["missing-truth"]),
        ("?", True, ["unknown-truth"]),
    ],
)
def test_truth_is_read_however_it_is_spelled(value, found, notes):
    assert read("truth", value, default=True) == (found, notes)


@pytest.mark.parametrize(
    ("value", "points"),
    [
        ("8 (900) 000-00-01", ["+79000000001"]),
        ("8 (351) 247-07-77 доб. 12", ["+73512470777;ext=12"]),
        ("+7 900 000 00 01, спросить Анну", ["+7 900 000 00 01, спросить Анну"]),
        ("123", ["123"]),
        ("", []),
    ],
)
def test_phones_are_read_or_kept(value, points):
    found, notes = read("phones", value, region="RU")
    assert [point["value"] for point in found] == points
    assert bool(notes) == any(not point.startswith("+7") or " " in point for point in points)


def test_a_name_needs_a_family_name():
    assert read("name", {"full": "-"}) == (None, [])
    assert read("name", {"family": "Ким", "given": "-"})[0]["text"] == "Ким"
    assert "given" not in read("name", {"full": "Ким"})[0]


@pytest.mark.parametrize(
    ("value", "options", "found", "notes"),
    [
        ("M", {}, "male", []),
        ("X", {}, None, []),
        ("?", {"else": "unknown"}, "unknown", ["unknown-code"]),
        ("?", {"else": None, "quiet": True}, None, []),
    ],
)
def test_a_code_goes_through_its_map(value, options, found, notes):
    assert read("map", value, map="sex", **options) == (found, notes)


def test_an_unknown_code_without_a_way_out_is_refused():
    with pytest.raises(Refused, match="is not in the map sex"):
        read("map", "?", map="sex")
    assert read("map", "", Surroundings(context("toy"), {"a": {}}), map="a", missing="m")[0] == "m"


@pytest.mark.parametrize(
    ("code", "unit", "systems", "notes"),
    [
        ("WIDE", "", ["urn:toy", "urn:oid:1.2.643.5.1.13.13.11.1080", "http://loinc.org"], []),
        ("NARROW", "", ["urn:toy"], ["unmapped-code"]),
        ("NONE", "", ["urn:toy"], []),
        ("NEW", "", ["urn:toy"], ["unmapped-code"]),
        ("ABSENT", "", ["urn:toy"], ["unmapped-code"]),
        ("GLU", "ммоль/л", ["urn:toy", "http://loinc.org"], []),
        ("GLU", "мг/дл", ["urn:toy"], ["unit-contradicts-code"]),
    ],
)
def test_a_test_gets_the_codes_that_its_row_and_its_unit_allow(code, unit, systems, notes):
    around = Surroundings(context("toy"), {}, TESTS)
    found, remarks = read("test", {"code": code, "unit": unit}, around, system="urn:toy")
    assert [coding["system"] for coding in found["coding"]] == systems
    assert remarks == notes


def test_a_test_without_a_code_is_nothing():
    assert read("test", {"name": "Тест"}, system="urn:toy") == (None, [])


@pytest.mark.parametrize(
    ("code", "value", "unit", "found", "notes"),
    [
        ("DAY", "завтра", "", {"valueString": "завтра"}, ["value-type"]),
        ("DAY", "20.11.2026", "", {"valueDateTime": "2026-11-20"}, []),
        ("NONE", "5,4", "", {"valueString": "5,4"}, []),
        ("KET", "5", "ммоль/л", {"valueCodeableConcept": {"text": "5 ммоль/л"}}, []),
        ("GLU", "много букв", "", {"valueString": "много букв"}, ["value-type"]),
        ("GLU", "1.250,00", "", {"valueString": "1.250,00"}, ["ambiguous-number"]),
        ("GLU", "5,4 г/л", "ммоль/л", {"valueString": "5,4 г/л"}, ["value-type"]),
        ("RPR", "1:8", "титр", None, []),
        ("?", "1,250,000", "", {"valueString": "1,250,000"}, ["ambiguous-number"]),
        ("?", "3-1", "", {"valueString": "3-1"}, []),
        ("?", "007", "", None, []),
    ],
)
def test_a_value_is_of_the_kind_of_its_test(code, value, unit, found, notes):
    made, remarks = result(code, value, unit)
    assert found is None or made == found
    assert remarks == notes


@pytest.mark.parametrize(
    ("groups", "value", "digits"),
    [(".", "1.250,00", "1250.00"), (".", "1.250", "1250"), (",", "1,250.5", "1250.5")],
)
def test_a_source_may_declare_what_groups_digits(groups, value, digits):
    around = Surroundings(context("toy"), AROUND.maps, TESTS, groups=groups)
    source = {"code": "GLU", "value": value, "unit": "ммоль/л"}
    made, _ = read("result", source, around, absent="absent")
    assert str(made["valueQuantity"]["value"]) == digits
    (found,), _ = read("range", {"low": value, "high": ""}, around)
    assert str(found["low"]["value"]) == digits
    flagged, _ = read("flag", {"abnormal": "+", "value": value, "high": "1000"}, around)
    assert flagged[0]["coding"][0]["code"] == "H"


def test_a_trace_of_a_numeric_test_gets_no_number():
    made, _ = result("GLU", "следы", "ммоль/л")
    assert made == {"valueCodeableConcept": {"text": "следы"}}


def test_a_dash_without_type_and_unit_is_noted():
    made, notes = result("?", "-")
    assert made["dataAbsentReason"]["coding"][0]["code"] == "unknown"
    assert notes == ["ambiguous-dash"]


def test_a_finished_test_without_a_value_is_noted():
    assert result("?", "")[1] == ["missing-value"]


def test_a_defect_may_go_on_but_must_begin_the_text():
    assert result("?", "Сгусток в пробе")[0]["status"] == "cancelled"
    assert "status" not in result("?", "без гемолиза")[0]


@pytest.mark.parametrize("written", ["10*6", "1*10^6", "1х10^6", "10^6"])
def test_powers_are_read_however_they_are_written(written):
    assert str(result("?", f"{written} КОЕ/мл")[0]["valueQuantity"]["value"]) == "1E+6"


@given(st.decimals(-(10**9), 10**9, places=3, allow_nan=False), st.sampled_from(",."))
def test_any_decimal_keeps_its_digits(number, comma):
    made, _ = result("GLU", str(number).replace(".", comma), "ммоль/л")
    assert str(made["valueQuantity"]["value"]) == str(number)


@given(
    st.text(max_size=30), st.text(max_size=10), st.sampled_from(["GLU", "KET", "?", "RPR", "DAY"])
)
def test_any_text_is_a_value_or_says_why_not(value, unit, code):
    made, _ = result(code, value, unit)
    assert any(name.startswith("value") or name == "dataAbsentReason" for name in made)


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_bounds_make_at_most_one_range(low, high):
    found, _ = read("range", {"low": low, "high": high})
    assert found is None or (len(found) == 1 and found[0])


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"abnormal": "+", "value": "<0,01", "low": "0,4"}, "L"),
        ({"abnormal": "+", "value": ">5", "high": "4"}, "H"),
        ({"abnormal": "+", "value": "<5", "high": "4"}, "A"),
        ({"abnormal": "+", "value": "5", "low": "41", "high": "0"}, "A"),
        ({"abnormal": "H"}, "H"),
        ({"flag": "!!", "abnormal": ""}, None),
    ],
)
def test_a_flag_gets_its_direction_only_where_there_is_no_doubt(fields, code):
    found, notes = read("flag", fields)
    assert (found[0]["coding"][0]["code"] if found else None) == code
    assert notes == (["unknown-flag"] if code is None else [])


def test_the_end_of_an_appointment_must_come_after_its_start():
    with pytest.raises(Refused):
        read("end", {"date": "2026-12-01", "start": "10:00", "end": "0001-01-01T00:00:00"})
    assert read("end", {"date": "", "start": "10:00", "end": "11:00"}) == (None, [])
    with pytest.raises(Refused):
        read(
            "end",
            {"date": "2011-03-27", "start": "01:30", "end": "02:30"},
            Surroundings(context("toy", zone=ZoneInfo("Europe/Moscow"))),
        )


def test_an_instant_needs_a_day_and_a_time():
    assert read("instant", {"date": "2026-12-01", "time": "25:00"}) == (None, [])
    assert read("instant", {"date": "2026-02-31", "time": "10:00"}) == (None, [])


def test_the_latest_of_a_list_is_found():
    rows = [{"a": "2026-11-20 10:00"}, {"a": "", "b": "21.11.2026 09:00"}, {"a": "?"}, "x"]
    assert read("latest", rows, fields=["a", "b"])[0] == "2026-11-21T09:00:00+03:00"
    assert read("latest", None, fields=["a"]) == (None, [])


@pytest.mark.parametrize(
    ("states", "status", "found"),
    [
        (["", ""], "completed", "final"),
        (["", "wait"], "completed", "unknown"),
        ([], "cancelled", "cancelled"),
    ],
)
def test_a_panel_is_as_its_members_are(states, status, found):
    maps = {"result": {"": "final"}, "report": {"cancelled": "cancelled"}}
    members = [{"state": state} for state in states]
    around = Surroundings(context("toy"), maps)
    source = {"members": members, "status": status}
    assert read("panel-status", source, around, map="result", order="report")[0] == found


def test_a_request_without_an_order_is_nothing():
    assert read("request", {"code": "A"}, key="request", system="s") == (None, [])
    made, _ = read(
        "request", {"order": "1", "code": "A", "tests": ["А"]}, key="request", system="s"
    )
    assert made["reference"].startswith("ServiceRequest/")


def test_a_document_is_bytes_or_base64():
    content = b"%PDF-1.4 something"
    encoded = base64.b64encode(content).decode()
    assert read("pdf", content)[0] == read("pdf", encoded)[0] == encoded
    assert read("size", encoded)[0] == len(content)
    digest = hashlib.sha1(content, usedforsecurity=False).digest()
    assert base64.b64decode(read("sha1", content)[0]) == digest
    for wrong in (b"<html>", "<html>", None):
        with pytest.raises(Refused):
            read("pdf", wrong)


def test_nobody_is_no_patient():
    with pytest.raises(Refused):
        read("patient", None)
    assert read("patient", "p1")[0] == "Patient/p1"
