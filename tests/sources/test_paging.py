import json
from urllib.parse import parse_qs, urlsplit

import pytest
from scripted_server import ScriptedServer, reply
from talking_source import shipped

from fhirbridge.sources.errors import NotData, Unavailable
from fhirbridge.sources.http_json import Source
from fhirbridge.sources.words import Pages, Request, Stream

DAYS = {"first": "2026-11-01", "last": "2026-11-02"}


def rows(*numbers, **more):
    return reply(json.dumps({"orders": [{"id": n, "status": "x"} for n in numbers], **more}))


def fetch(declared, *script, request=None):
    """Return (what was fetched, the queries that were asked)."""
    stream = (
        shipped("qlab")
        .streams["orders"]
        .model_copy(update={"pages": declared} | ({"request": request} if request else {}))
    )
    profile = shipped("qlab", streams={"orders": stream})
    with ScriptedServer(*script) as server:
        source = Source(profile.at(server.url), {"FHIRBRIDGE_QLAB_KEY": "k"})
        try:
            fetched = source.fetch("orders", **DAYS)
        finally:
            source.close()
    return fetched, [parse_qs(urlsplit(asked.path).query) for asked in server.asked], server


def test_pages_by_number_end_with_a_short_one():
    by_number = Pages(by="number", parameter="page", size_parameter="limit", size=2)
    fetched, queries, _ = fetch(by_number, rows(1, 2), rows(3))
    assert fetched.keys == ("1", "2", "3")
    assert fetched.complete
    assert [(q["page"], q["limit"]) for q in queries] == [(["1"], ["2"]), (["2"], ["2"])]


def test_pages_by_offset_end_with_an_empty_one():
    fetched, queries, _ = fetch(Pages(by="offset", parameter="skip", size=2), rows(1, 2), rows())
    assert fetched.keys == ("1", "2")
    assert [q["skip"] for q in queries] == [["0"], ["2"]]


def test_pages_by_cursor_follow_it_until_there_is_none():
    by_cursor = Pages(by="cursor", parameter="after", next_at="next")
    fetched, queries, _ = fetch(by_cursor, rows(1, next="c2"), rows(2, next=""))
    assert fetched.keys == ("1", "2")
    assert [q.get("after") for q in queries] == [None, ["c2"]]


def test_where_the_request_has_a_body_the_page_goes_there():
    request = Request(method="POST", path="/lst", body={"filter": "all"})
    by_number = Pages(by="number", parameter="page", size=1)
    _, _, server = fetch(by_number, rows(1), rows(), request=request)
    assert [json.loads(asked.body)["page"] for asked in server.asked] == [1, 2]


def test_a_page_that_comes_twice_is_a_failure_not_an_endless_list():
    with pytest.raises(NotData, match="twice"):
        fetch(Pages(by="number", parameter="page", size=2), rows(1, 2))


def test_a_list_longer_than_the_limit_is_given_as_incomplete():
    most = Pages(by="number", parameter="page", size=1, most=2)
    fetched, _, _ = fetch(most, rows(1), rows(2), rows(3))
    assert fetched.keys == ("1", "2")
    assert not fetched.complete


def test_a_failing_page_fails_the_whole_list():
    with pytest.raises(Unavailable):
        fetch(Pages(by="number", parameter="page", size=1), rows(1), reply("", 502))


def test_a_list_without_pages_is_one_request():
    fetched, queries, _ = fetch(None, rows(1, 2))
    assert len(queries) == 1
    assert fetched.complete
    assert isinstance(fetched.items, tuple)


def test_the_first_or_the_last_of_two_with_one_key_counts_and_the_other_is_told():
    for which, kept, left in (("first", "a", "b"), ("last", "b", "a")):
        stream = Stream(request={"path": "/o"}, key="id", repeated=which)
        profile = shipped("qlab", streams={"orders": stream})
        body = '[{"id": 1, "v": "a"}, {"id": 1, "v": "b"}]'
        with ScriptedServer(reply(body)) as server:
            source = Source(profile.at(server.url), {"FHIRBRIDGE_QLAB_KEY": "k"})
            fetched = source.fetch("orders")
            source.close()
        assert [one["v"] for one in fetched.items] == [kept]
        assert [one["v"] for one in fetched.repeated] == [left]
