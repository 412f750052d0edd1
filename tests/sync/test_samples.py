"""Every row of the sample answers takes the whole road: mapped, held or left out, never lost."""

import json
from pathlib import Path

import pytest
from clinic import written

SAMPLES = Path(__file__).parents[1] / "data" / "source-samples"
DOCTOR = "5f1c2a10-0000-4000-8000-000000000001"


def sample(name):
    return json.loads((SAMPLES / name).read_bytes().decode("utf-8-sig"))


@pytest.fixture
def told(sqlite_url):
    with written(sqlite_url) as pair:
        yield pair


def held(made):
    with made.bridge.store.transaction() as transaction:
        return sum(transaction.quarantine.count().values())


def test_the_directory(told):
    made, answers = told
    body = (SAMPLES / "01-onec-doctors.bom.json").read_bytes()
    answers["/medapi/doctors"] = (200, "application/json", body)
    report = made.sync("onec", "doctors")["doctors"]
    rows = sample("01-onec-doctors.bom.json")
    assert report.balanced
    assert report.items + report.repeated == len(rows if isinstance(rows, list) else rows["List"])
    assert held(made) == report.quarantined.total()
    assert len(made.resources("Practitioner")) > 1


@pytest.mark.parametrize("name", ["02-onec-schedule-seed.json", "03-onec-schedule-extended.json"])
def test_a_day(told, name):
    made, answers = told
    found = sample(name)
    rows = found if isinstance(found, list) else found["List"]
    answers["/medapi/doctors"] = [{"guid": DOCTOR, "fullName": "Врачёва Анна", "active": True}]
    answers[f"/medapi/schedule/{DOCTOR}/20261201"] = found
    made.sync("onec", "doctors")
    report = made.sync("onec", "schedule")["schedule"]
    assert report.balanced
    assert report.mapped + report.quarantined.total() + report.ignored.total() >= len(rows)
    assert held(made) == report.quarantined.total()
    assert made.resources("Slot")


def test_orders_results_and_their_correction(told):
    made, answers = told
    orders, results = sample("10-qlab-orders.json"), sample("11-qlab-results.json")
    corrected = sample("12-qlab-results-corrected.json")
    path = f"/orders/{results['order_id']}/results"
    answers["/orders"] = orders
    answers[path] = results
    reports = made.sync("qlab")
    assert all(report.balanced for report in reports.values())
    assert reports["orders"].records == 2 * (len(orders) - 1), "both refreshes read the list"
    assert reports["orders"].repeated == 2, "one order is listed twice"
    assert len(made.resources("Observation")) >= len(results["results"]) - held(made)
    before = {one["code"]["text"]: one for one in made.resources("Observation").values()}
    answers[path] = corrected
    report = made.sync("qlab")["results"]
    assert report.balanced
    after = {one["code"]["text"]: one for one in made.resources("Observation").values()}
    assert before.keys() <= after.keys(), "nothing that was published is lost"
    assert after["Глюкоза"]["status"] == "corrected"
    assert after["Гемоглобин"]["status"] == "cancelled"
    assert after["Тиреотропный гормон (ТТГ)"] == before["Тиреотропный гормон (ТТГ)"]


def test_appointments(told):
    made, answers = told
    found = sample("23-onec-appointments-list.json")
    answers["/medapi/appointments"] = found
    rows = found if isinstance(found, list) else next(iter(found.values()))
    report = made.sync("onec", "appointments")["appointments"]
    assert report.balanced
    assert report.records + report.repeated == 2 * len(rows)
    assert made.resources("Appointment")
