import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirbridge.rest.conditional import http_date, unchanged

SECOND = 1_000_000
UPDATED = 1_795_518_000 * SECOND + 123_456


def test_an_http_date_has_whole_seconds_in_gmt():
    assert http_date(UPDATED) == "Tue, 24 Nov 2026 11:00:00 GMT"


@pytest.mark.parametrize("known", ['W/"3"', '"3"', "3", 'W/"1", W/"3"', "*", ' W/"3" '])
def test_a_known_etag_means_unchanged(known):
    assert unchanged({"if-none-match": known}, 'W/"3"', UPDATED)


@pytest.mark.parametrize("known", ['W/"2"', '"33"', "", "W/", "\xff", '"3'])
def test_another_etag_means_changed(known):
    assert unchanged({"if-none-match": known}, 'W/"3"', UPDATED) is (known == '"3')


def test_if_none_match_is_asked_before_the_date():
    headers = {"if-none-match": 'W/"2"', "if-modified-since": http_date(UPDATED)}
    assert not unchanged(headers, 'W/"3"', UPDATED)


def test_the_date_counts_in_whole_seconds():
    assert unchanged({"if-modified-since": http_date(UPDATED)}, 'W/"3"', UPDATED)
    assert not unchanged({"if-modified-since": http_date(UPDATED - SECOND)}, 'W/"3"', UPDATED)
    assert unchanged({"if-modified-since": "Tue, 24 Nov 2026 14:00:00 +0300"}, 'W/"3"', UPDATED)


def test_an_undated_view_has_no_date_to_compare():
    assert not unchanged({"if-modified-since": http_date(UPDATED)}, 'W/"x"', None)


@pytest.mark.parametrize(
    "since",
    [
        "",
        "yesterday",
        "2026-11-24T11:00:00Z",
        "Tue, 24 Nov 99999999 11:00:00 GMT",
        "Tue, 99 Nov 2026 11:00:00 GMT",
        "Tue, 24 Nov 2026 99:99:99 +9999999999999999999",
    ],
)
def test_a_date_that_is_none_is_ignored(since):
    assert not unchanged({"if-modified-since": since}, 'W/"3"', 10**20)


@given(st.text())
def test_no_header_breaks_the_comparison(text):
    assert unchanged({"if-modified-since": text}, 'W/"3"', UPDATED) in {True, False}
    assert unchanged({"if-none-match": text}, 'W/"3"', UPDATED) in {True, False}
