from datetime import timedelta

import httpx
import pytest
from sandboxed import TUESDAY, stage

from fhirbridge.sources import errors

DAY = TUESDAY.date()
ORDER = {
    "marker": "our-1",
    "family": "Ким",
    "given": "Виктория",
    "birth_date": "1990-02-01",
    "tests": ["CBC", "GLU"],
}


@pytest.fixture(scope="module")
def play():
    with stage() as one:
        yield one


def all_orders(one):
    return one.qlab.fetch("orders", first=DAY - timedelta(days=60), last=DAY)


def test_orders_results_and_reports_of_a_month_are_told(play):
    orders = all_orders(play)
    rows = reports = late = broken = 0
    for order in orders.items:
        if order["status"] in {"processing", "completed"}:
            rows += len(play.qlab.fetch("results", order=order["id"]).items[0]["results"])
        if order["status"] == "completed":
            try:
                report = play.qlab.document("report", order=order["id"])
                reports += report.data.startswith(b"%PDF")
            except errors.Missing:
                late += 1
            except errors.NotData:
                broken += 1
    assert len(orders.items) >= 50
    assert rows > 400
    assert reports > 40 > late + broken


def test_orders_are_limited_by_day_and_by_status(play):
    first, last = DAY - timedelta(days=7), DAY - timedelta(days=5)
    rows = play.qlab.fetch("orders", first=first, last=last).items
    assert {row["created_at"][:10] for row in rows} <= {f"{first + timedelta(n)}" for n in range(3)}
    headers = {"X-Api-Key": "sandbox-key"}
    with httpx.Client(base_url=play.qlab_url, headers=headers, trust_env=False) as client:
        done = client.get("/orders", params={"status": "completed"}).json()
        assert {row["status"] for row in done} == {"completed"}
        assert client.get("/orders", params={"date_from": "x"}).status_code == 400
        assert client.get("/nothing").status_code == 404
        one = client.get(f"/orders/{done[0]['id']}").json()
        assert one["id"] == done[0]["id"]


def test_an_order_that_is_not_there_is_missing(play):
    with pytest.raises(errors.Missing):
        play.qlab.fetch("results", order="Q-0")
    with pytest.raises(errors.Missing):
        play.qlab.document("report", order="Q-0")


def test_an_order_that_was_sent_is_measured_as_the_clock_moves():
    with stage() as one:
        sent = one.qlab.send("create_order", ORDER)
        again = one.qlab.send("create_order", ORDER)
        assert (again.id_, again.already) == (sent.id_, True)
        assert one.qlab.fetch("results", order=sent.id_).items[0]["results"] == []
        (listed,) = [row for row in all_orders(one).items if row.get("ext_id") == "our-1"]
        assert listed["patient"]["last_name"] == "Ким"
        assert listed["status"] == "received"
        assert one.control(one.qlab_url, advance_minutes=150)["now"] == "2026-11-24T14:30:00"
        some = one.qlab.fetch("results", order=sent.id_).items[0]
        assert some["status"] == "processing"
        assert {row.get("state") for row in some["results"]} >= {"in_work"}
        one.control(one.qlab_url, advance_minutes=240)
        done = one.qlab.fetch("results", order=sent.id_).items[0]
        assert {"HGB", "GLU"} <= {row.get("code") for row in done["results"]}


def test_an_order_that_nobody_can_measure_is_refused(play):
    with pytest.raises(errors.Refused, match="Неизвестный код"):
        play.qlab.send("create_order", {**ORDER, "tests": ["NONE"]})
    with pytest.raises(errors.Refused):
        play.qlab.send("create_order", {**ORDER, "tests": []})
    answer = httpx.post(
        f"{play.qlab_url}/orders", headers={"X-Api-Key": "sandbox-key"}, json=[], trust_env=False
    )
    assert answer.status_code == 422


def test_a_wrong_key_is_denied(play):
    assert httpx.get(f"{play.qlab_url}/orders", trust_env=False).status_code == 401
