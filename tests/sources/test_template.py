from datetime import date, datetime
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirbridge.sources.errors import Incomplete
from fhirbridge.sources.template import fill, path

NOON = datetime.fromisoformat("2026-12-01T12:00")


@given(st.text(min_size=1))
def test_a_value_can_add_neither_a_segment_nor_a_query_to_a_path(value):
    value = value.encode("utf-8", "replace").decode()
    filled = path("/orders/{order}/pdf", {"order": value})
    assert filled.count("/") == 3
    assert not set("?#\\") & set(filled)
    assert "/../" not in filled
    assert unquote(filled.split("/")[2]) == value


@pytest.mark.parametrize("day", [date(2026, 12, 1), "2026-12-01", NOON])
def test_dates_are_written_the_way_the_source_reads_them(day):
    assert path("/s/{day:%Y%m%d}", {"day": day}) == "/s/20261201"


def test_a_declared_key_is_always_sent_and_an_optional_value_may_be_empty():
    body = {"patient": {"lastName": "{family}", "middleName": "{patronymic?}"}, "n": 1}
    assert fill(body, {"family": "Ким", "patronymic": None}) == {
        "patient": {"lastName": "Ким", "middleName": ""},
        "n": 1,
    }


@pytest.mark.parametrize("values", [{}, {"family": None}, {"family": ""}])
def test_nothing_is_filled_when_a_value_is_missing(values):
    with pytest.raises(Incomplete, match="family"):
        fill(["{family}"], values)


def test_a_text_that_is_no_date_is_not_sent_as_one():
    with pytest.raises(Incomplete, match="day"):
        fill("{day:%Y%m%d}", {"day": "tomorrow"})


def test_a_field_alone_keeps_its_kind():
    assert fill({"tests": "{tests}", "n": "{n}"}, {"tests": ["GLU"], "n": 2}) == {
        "tests": ["GLU"],
        "n": 2,
    }


@pytest.mark.parametrize(
    ("given_", "written"),
    [("+79000000001", "89000000001"), ("8 (900) 000-00-01", "89000000001"), ("112", "112")],
)
def test_a_phone_is_written_the_domestic_way(given_, written):
    assert fill("{phone:8}", {"phone": given_}) == written
