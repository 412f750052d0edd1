import json

import pytest
from scripted_server import cut, hang, reply, slam
from talking_source import SECRETS, dialogues, sample, shipped, talking

from fhirbridge.sources import errors
from fhirbridge.sources.http_json import Source

BOOKING = {
    "date": "2026-12-01",
    "time": "08:15",
    "doctor": "5f1c2a10-0000-4000-8000-000000000001",
    "family": "Примеров",
    "given": "Иван",
    "birth_date": "1985-03-15",
    "phone": "+79000000001",
    "marker": "m-1",
}
SAID = dialogues("04")
CREATED = {
    "create-ok": "a1000000-0000-4000-8000-000000000001",
    "create-ok-201-empty-body": "a1000000-0000-4000-8000-000000000002",
    "create-ok-russian-envelope": "a1000000-0000-4000-8000-000000000003",
}
NOT_CREATED = {
    "create-refused-in-200": errors.Refused,
    "create-conflict-409": errors.Conflict,
    "create-conflict-as-500": errors.Conflict,
    "create-handler-exception-text-in-200": errors.OutcomeUnknown,
}
CANCELLED = {"cancel-ok": False, "cancel-ok-204": False} | {
    "cancel-already-cancelled": True,
    "cancel-not-found": True,
}
NOT_CANCELLED = {
    "cancel-too-late": errors.Refused,
    "cancel-delete-forbidden-by-web-server": errors.NotPublished,
}
PDF = b"%PDF-1.4\n" + b"0" * 300


def answer(case):
    status, headers, body = SAID[case]
    rest = {k.replace("-", "_"): v for k, v in headers.items() if k in {"Location", "Allow"}}
    return reply(body, status, headers.get("Content-Type", ""), **rest)


def attempt(operation, fields, *script):
    """Return what a write came to: (what was sent back or the error, the requests)."""
    with talking("onec", *script, limits={"read_seconds": 0.3}) as (server, source):
        try:
            outcome = source.send(operation, fields)
        except errors.SourceError as error:
            outcome = error
    return outcome, server.asked


@pytest.mark.parametrize("case", sorted(CREATED))
def test_a_booking_that_was_made_brings_its_id(case):
    outcome, asked = attempt("create_appointment", BOOKING, answer(case))
    assert outcome.id_ == CREATED[case]
    assert len(asked) == 1


@pytest.mark.parametrize("case", sorted(NOT_CREATED))
def test_a_booking_that_was_not_made_says_so_or_says_that_nobody_knows(case):
    outcome, asked = attempt("create_appointment", BOOKING, answer(case))
    assert type(outcome) is NOT_CREATED[case]
    assert len(asked) == 1


@pytest.mark.parametrize("case", sorted(CANCELLED))
def test_a_cancellation_that_is_done_or_was_done_before_counts(case):
    outcome, _ = attempt("cancel_appointment", {"id": "a/1"}, answer(case))
    assert outcome.already is CANCELLED[case]


@pytest.mark.parametrize("case", sorted(NOT_CANCELLED))
def test_a_cancellation_that_is_refused_says_why(case):
    outcome, _ = attempt("cancel_appointment", {"id": "1"}, answer(case))
    assert type(outcome) is NOT_CANCELLED[case]


def test_every_dialogue_of_the_sample_is_tried():
    tried = {*CREATED, *NOT_CREATED, *CANCELLED, *NOT_CANCELLED}
    assert tried == set(SAID)


def test_the_body_of_a_booking_has_every_key_of_the_sample():
    _, (asked,) = attempt("create_appointment", BOOKING, answer("create-ok"))
    text = sample("04").decode("utf-8")
    model = json.loads(next(line for line in text.splitlines() if line.startswith('{"slotDate')))
    sent = json.loads(asked.body)
    assert set(model) <= set(sent)
    assert set(model["patient"]) == set(sent["patient"])
    assert sent["patient"]["middleName"] == ""
    assert sent["slotTime"] == "08:15"
    assert sent["comment"] == " [m-1]"


@pytest.mark.parametrize(
    "script",
    [
        slam,
        hang,
        cut(reply("{}"), 40),
        reply(""),
        reply("<html>ok</html>"),
        reply("{}"),
        reply("", 502),
        reply("", 504),
        reply('{"id": "00000000-0000-0000-0000-000000000000"}'),
        reply('{"id": {"x": 1}}'),
    ],
    ids=["slam", "hang", "cut", "empty", "page", "no id", "502", "504", "no guid", "object"],
)
def test_whatever_may_have_been_done_is_unknown_and_is_sent_once(script):
    outcome, asked = attempt("create_appointment", BOOKING, script)
    assert type(outcome) is errors.OutcomeUnknown
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (reply("There are no free licenses!", 500), errors.LicenceRefused),
        (reply("", 429, Retry_After="7"), errors.Throttled),
        (reply("", 401), errors.Denied),
    ],
)
def test_a_write_that_never_reached_the_handler_may_be_repeated(script, error):
    outcome, _ = attempt("create_appointment", BOOKING, script)
    assert type(outcome) is error


def test_a_write_to_nobody_was_not_done():
    with talking("onec", reply()) as (server, _):
        pass
    with pytest.raises(errors.Unreachable):
        source_after_the_end(server)


def source_after_the_end(server):
    source = Source(shipped("onec").at(server.url), SECRETS)
    try:
        source.send("cancel_appointment", {"id": "1"})
    finally:
        source.close()


def test_the_pause_that_a_source_asks_for_is_told():
    outcome, _ = attempt("create_appointment", BOOKING, reply("", 429, Retry_After="7"))
    assert outcome.pause == 7
    outcome, _ = attempt("create_appointment", BOOKING, reply("", 429, Retry_After="later"))
    assert outcome.pause is None


def test_nothing_is_sent_without_what_the_operation_needs():
    outcome, asked = attempt("create_appointment", {**BOOKING, "family": ""}, answer("create-ok"))
    assert type(outcome) is errors.Incomplete
    assert asked == []


def test_an_order_that_exists_already_counts_as_sent():
    fields = {k: BOOKING[k] for k in ("family", "given", "birth_date", "phone", "marker")}
    again = reply('{"error": "Заказ уже существует", "id": "Q-1"}', 409)
    with talking("qlab", again) as (server, source):
        sent = source.send("create_order", fields | {"tests": ["GLU", "CBC"]})
    body = json.loads(server.asked[0].body)
    assert (sent.id_, sent.already) == ("Q-1", True)
    assert body["tests"] == ["GLU", "CBC"]
    assert body["patient"]["phone"] == "89000000001"


def test_orders_come_by_their_days_and_one_listed_twice_counts_once():
    with talking("qlab", reply(sample("10"))) as (server, source):
        fetched = source.fetch("orders", first="2026-11-01", last="2026-11-20")
    assert server.asked[0].path == "/v2/orders?date_from=2026-11-01&date_to=2026-11-20"
    assert server.asked[0].headers["x-api-key"] == "key-1"
    assert fetched.keys == tuple(f"Q-2026-00010{n}" for n in (1, 2, 3, 4))
    assert fetched.items[0]["samples"]
    assert len(fetched.repeated) == 1


def test_results_are_one_record_per_order():
    with talking("qlab", reply(sample("11")), reply(sample("12"))) as (_, source):
        first = source.fetch("results", order="Q-2026-000101")
        second = source.fetch("results", order="Q-2026-000101")
    assert first.keys == second.keys == ("Q-2026-000101",)
    assert len(first.items[0]["results"]) == 18
    assert second.items[0]["version"] == 2


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (reply('{"error": "Заказ не найден"}', 404), errors.Missing),
        (reply('{"order_id": "Q-1", "results": null}'), errors.Missing),
        (reply("<html>404</html>", 404), errors.NotPublished),
        (reply('{"ok": false, "message": "Нет прав"}'), errors.Refused),
        (reply('{"error": "Неверная дата"}', 422), errors.Refused),
        (reply('{"order_id": "Q-2", "results": []}'), errors.NotData),
    ],
)
def test_an_order_without_results_is_told_from_a_failure(said, error):
    with talking("qlab", said) as (_, source), pytest.raises(errors.SourceError) as caught:
        source.fetch("results", order="Q-1")
    assert type(caught.value) is error


def test_a_document_is_given_with_its_type_and_its_bytes():
    with talking("qlab", reply(PDF, content_type="application/pdf")) as (server, source):
        document = source.document("report", order="../Q 1")
    assert (document.content_type, document.data) == ("application/pdf", PDF)
    assert document.key == "../Q 1"
    assert server.asked[0].path == "/v2/orders/..%2FQ%201/pdf"
    assert server.asked[0].headers["accept"] == "application/pdf"


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (reply('{"error": "Отчёт не готов"}', 404), errors.Missing),
        (reply(b"<html>" * 99, content_type="application/pdf"), errors.NotTheFile),
        (reply(PDF, content_type="text/html"), errors.NotTheFile),
        (reply(PDF[:50], content_type="application/pdf"), errors.NotTheFile),
        (reply(b"", content_type="application/pdf"), errors.NotTheFile),
        (reply(PDF, content_type=""), errors.NotTheFile),
        (reply(PDF + b"0" * 2000, content_type="application/pdf"), errors.TooLarge),
    ],
)
def test_what_is_not_the_file_is_not_given_as_one(said, error):
    limits = {"max_document_bytes": 1000}
    with talking("qlab", said, limits=limits) as (_, source), pytest.raises(error):
        source.document("report", order="Q-1")


def test_a_stream_of_records_has_no_documents():
    with talking("qlab", reply()) as (_, source), pytest.raises(errors.NotData):
        source.document("orders", first="2026-11-01", last="2026-11-02")
