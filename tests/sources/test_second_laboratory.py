"""A laboratory of another style, made of a data file only: every call is a POST with JSON."""

import json

import pytest
from scripted_server import ScriptedServer, reply

from fhirbridge.sources import errors
from fhirbridge.sources.http_json import Source
from fhirbridge.sources.profile import Profile

PROFILE = """
source: posted
title: Лаборатория, в которой всё POST
version: 1
base_url: env:POSTED_URL
time_zone: Asia/Yekaterinburg
charset: windows-1251
auth:
  - {kind: body, name: key, secret: env:POSTED_KEY}
  - {kind: query, name: client, secret: env:POSTED_CLIENT}
limits: {concurrency: 1, read_seconds: 5, total_seconds: 8}
organisation: {key: posted, name: Лаборатория}
refusals:
  - {field: err, error: refused, message: err}
streams:
  orders:
    request:
      method: POST
      path: /zak/lst
      body: {payload: {date1: "{first:%d.%m.%Y}", date2: "{last:%d.%m.%Y}"}}
    list_at: rows
    key: cod
    item_has: [cod]
    pages: {by: cursor, parameter: after, next_at: next}
    parameters: {first: first-day, last: last-day}
  results:
    request: {method: POST, path: /zak/res, body: {cod: "{order}"}}
    record: answer
    list_at: rows
    list_name: results
    key: "{order}"
    absent: [{field: rows, equals: [null]}]
    parameters: {order: orders.cod}
    when: {nppstatus: ["5"]}
  report:
    request: {method: POST, path: /zak/prn, body: {cod: "{order}"}}
    record: document
    key: "{order}"
    expect: {content_type: application/pdf, magic: "%PDF", min_bytes: 5}
    parameters: {order: orders.cod}
operations:
  create_order:
    request:
      method: POST
      path: /zaks/ins
      body:
        payload:
          arr:
            - zak: {cod: "{marker}"}
              kard: {f: "{family}", i: "{given}", o: "{patronymic?}", dr: "{birth_date:%d.%m.%Y}"}
              isl: "{tests}"
    id_at: rows.cod
    needs_id: true
    done: [{field: err, contains: уже есть}]
refresh:
  - {name: orders, stream: orders, cron: "*/20 * * * *", days: [-3, 0]}
"""
SECRETS = {"POSTED_KEY": "к", "POSTED_CLIENT": "7"}


def ask(question, *script):
    """Return (what the question came to, the bodies that were sent)."""
    with ScriptedServer(*script) as server:
        source = Source(Profile.parse(PROFILE), SECRETS | {"POSTED_URL": server.url})
        try:
            outcome = question(source)
        finally:
            source.close()
    assert all(asked.method == "POST" for asked in server.asked)
    assert all(asked.path.endswith("?client=7") for asked in server.asked)
    return outcome, [json.loads(asked.body) for asked in server.asked]


def test_its_orders_are_read_in_its_encoding_by_its_dates_and_pages():
    first = '{"err":"","next":"b","rows":[{"cod":1,"namestatus":"Выполнен №ё","nppstatus":5}]}'
    second = '{"err":"","rows":[{"cod":2}]}'
    days = {"first": "2026-11-01", "last": "2026-11-03"}
    fetched, bodies = ask(
        lambda source: source.fetch("orders", **days),
        reply(first.encode("cp1251"), content_type="application/json"),
        reply(second),
    )
    assert fetched.items[0]["namestatus"] == "Выполнен №ё"
    assert fetched.keys == ("1", "2")
    assert bodies[0] == {"payload": {"date1": "01.11.2026", "date2": "03.11.2026"}, "key": "к"}
    assert bodies[1]["after"] == "b"


def test_its_deleted_order_is_missing_and_its_refusal_says_why():
    with pytest.raises(errors.Missing):
        ask(lambda source: source.fetch("results", order="1"), reply('{"err":"","rows":null}'))
    with pytest.raises(errors.Refused, match="Нет прав"):
        ask(lambda source: source.fetch("results", order="1"), reply('{"err":"Нет прав"}'))


def test_its_results_and_its_report_come_by_post():
    rows = '{"err":"","rows":[{"kod":"GLU","rez":"5,4"}],"date_done":"01.11.2026"}'
    fetched, bodies = ask(lambda source: source.fetch("results", order="1"), reply(rows))
    assert fetched.items[0]["results"] == [{"kod": "GLU", "rez": "5,4"}]
    assert fetched.items[0]["date_done"] == "01.11.2026"
    assert bodies == [{"cod": "1", "key": "к"}]
    document, _ = ask(
        lambda source: source.document("report", order="1"),
        reply(b"%PDF-1.4", content_type="application/pdf"),
    )
    assert document.data == b"%PDF-1.4"


def test_an_order_is_sent_to_it_in_its_shape():
    fields = {"marker": "c1", "family": "Ким", "given": "Вера", "birth_date": "2000-01-31"}
    fields["tests"] = [{"cod": "GLU"}]
    sent, bodies = ask(
        lambda source: source.send("create_order", fields), reply('{"err":"","rows":{"cod":"c1"}}')
    )
    assert sent.id_ == "c1"
    (order,) = bodies[0]["payload"]["arr"]
    assert order["kard"] == {"f": "Ким", "i": "Вера", "o": "", "dr": "31.01.2000"}
    assert order["isl"] == [{"cod": "GLU"}]
    again, _ = ask(
        lambda source: source.send("create_order", fields), reply('{"err":"Заказ уже есть"}')
    )
    assert again.already
