import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from talking_source import sample, shipped

from fhirbridge.sources.envelope import canonical, decode, key, parse, records
from fhirbridge.sources.errors import NotData
from fhirbridge.sources.words import Stream

DOCTORS = shipped("onec").streams["doctors"]
SCHEDULE = shipped("onec").streams["schedule"]
RESULTS = shipped("qlab").streams["results"]
GUID = "5f1c2a10-0000-4000-8000-000000000001"
ASKED = {"doctor": GUID, "date": "2026-12-01"}


def read(stream, body, charset="utf-8", content_type="", **parameters):
    return records(stream, parse(decode(body, charset, content_type)), parameters)


def test_a_byte_order_mark_is_no_obstacle():
    rows = read(DOCTORS, sample("01"))
    assert len(rows) == 9
    assert rows[0]["fullName"] == "Образцова Вера Тестовна"


def test_a_page_is_one_record_with_its_rows_under_one_name_and_the_rest_beside():
    (bare,) = read(SCHEDULE, sample("02"), **ASKED)
    (wrapped,) = read(SCHEDULE, sample("03"), **ASKED)
    assert list(bare) == ["slots"]
    assert len(bare["slots"]) == 8
    assert wrapped["duration"] == "0001-01-01T00:15:00"
    assert len(wrapped["slots"]) == 9


@pytest.mark.parametrize("start", ["01", "02", "03", "11"])
def test_no_beginning_of_an_answer_is_taken_for_the_answer(start):
    body = sample(start).rstrip()
    for end in range(len(body)):
        with pytest.raises(NotData):
            parse(decode(body[:end], "utf-8"))


@pytest.mark.parametrize(
    "body",
    [
        *("", "  ", "null", "1", '"text"', "{}", '{"message": "ok"}', '{"List": {}}', "[1]"),
        *('["a"]', '[{"message": "Нет"}]', "<html></html>", '{"List": [null]}', "[] []"),
        json.dumps(json.dumps(json.dumps(json.dumps([])))),
    ],
)
def test_what_is_not_the_envelope_is_not_data(body):
    with pytest.raises(NotData):
        read(DOCTORS, body.encode())


@pytest.mark.parametrize(
    "body", ["[]", '{"List": []}', '{"data": "[]"}', '{"List": ""}', '{"Ответ":{"Сотрудники":[]}}']
)
def test_an_honest_nothing_is_an_empty_list_in_the_envelope(body):
    assert read(DOCTORS, body.encode()) == ()


def test_json_inside_a_json_string_is_opened():
    inner = '[{"start":"08:00","end":"08:15","cabinet":"101"}]'
    for body in (json.dumps(inner), json.dumps({"data": inner}), json.dumps(json.dumps(inner))):
        (page,) = read(SCHEDULE, body.encode(), **ASKED)
        assert page["slots"] == [{"start": "08:00", "end": "08:15", "cabinet": "101"}]


def test_a_list_of_one_may_come_as_the_object_itself():
    (row,) = read(DOCTORS, json.dumps({"guid": GUID, "fullName": "Ким"}).encode())
    assert row["fullName"] == "Ким"


def test_decimals_keep_the_digits_that_were_sent():
    (page,) = read(RESULTS, b'{"results":[{"code":"A","value":1.50}]}', order="1")
    assert str(page["results"][0]["value"]) == "1.50"


@given(st.text(alphabet="абвгдёжзийЁ№АБВABC 123-«»", min_size=1))
def test_letters_are_read_as_they_were_written_or_not_at_all(text):
    body = text.encode("cp1251")
    assert decode(text.encode(), "windows-1251") == text
    assert decode(body, "windows-1251") == text or body.decode("utf-8")
    assert decode(text.encode(), "utf-8", "text/plain; charset=windows-1251") == text
    try:
        assert decode(body, "utf-8", "text/plain; charset=utf-8") == body.decode("utf-8")
    except NotData:
        assert not body.isascii()


def test_an_unknown_charset_in_a_header_is_no_excuse_to_guess():
    with pytest.raises(NotData):
        decode("ёЁ№".encode("cp1251"), "utf-8", "text/plain; charset=klingon")
    assert decode("ёЁ№".encode("cp1251"), "utf-8", 'x; charset="windows-1251"') == "ёЁ№"


def test_an_answer_about_something_else_is_refused():
    other = '{"order_id": "Q-2", "results": []}'
    with pytest.raises(NotData, match="order_id"):
        read(RESULTS, other.encode(), order="Q-1")
    rows = f'[{{"start": "08:00", "doctorGuid": "{GUID[:-1]}9"}}]'
    with pytest.raises(NotData, match="doctorGuid"):
        read(SCHEDULE, rows.encode(), **ASKED)
    same = f'[{{"start": "08:00", "doctorGuid": "{{{GUID.upper()}}}"}}]'
    assert read(SCHEDULE, same.encode(), **ASKED)


def test_a_key_knows_a_guid_in_every_spelling():
    spellings = [GUID, GUID.upper(), f"{{{GUID}}}", f" {GUID} "]
    keys = {key(DOCTORS, {"guid": one, "specialization": "Терапия "}, {}) for one in spellings}
    assert keys == {f"{GUID}|Терапия"}
    assert key(SCHEDULE, {}, ASKED) == f"{GUID}|2026-12-01"
    assert canonical("Q-1") == "Q-1"


def test_a_record_without_key_fields_is_known_by_its_content():
    one, other = {"name": "a"}, {"name": "b"}
    assert key(DOCTORS, one, {}).startswith("sha256:")
    assert key(DOCTORS, one, {}) == key(DOCTORS, dict(one), {})
    assert key(DOCTORS, one, {}) != key(DOCTORS, other, {})


def test_a_list_without_marks_of_its_items_is_taken_as_it_is():
    stream = Stream(request={"path": "/"}, key=["id"])
    assert read(stream, b'[{"x": 1}]') == ({"x": 1},)
