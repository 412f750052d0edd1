"""Another mapping, the same records: nothing is asked again, nothing is lost."""

import pytest
from clinic import clinic, files, written
from laboratory_rows import order, result, results
from sandboxed import world

from fhirbridge.sync.remap import remap, replay

NEW_CODE = "NEWTEST,Новый тест,,ммоль/л,,num,2345-7,Glucose,equivalent,,test,,,\n"


@pytest.fixture
def told(sqlite_url):
    with written(sqlite_url) as pair:
        yield pair


def cases(made):
    with made.bridge.store.transaction() as transaction:
        return transaction.quarantine.list()


def codes(made):
    return {
        coding["code"]
        for one in made.resources("Observation").values()
        for coding in one["code"]["coding"]
        if coding["system"] == "http://loinc.org"
    }


def test_the_same_mapping_again_changes_nothing(sqlite_url):
    with clinic(sqlite_url, world(doctors=3, patients=6, orders=10, days=3)) as made:
        for source in ("onec", "qlab"):
            made.sync(source)
        before = made.content()
        for source in ("onec", "qlab"):
            reports = remap(made.bridge, source, lambda done: None)
            assert all(report.balanced for report in reports.values())
        assert made.content() == before


def test_a_new_row_of_the_map_reaches_results_without_asking_the_source(told):
    made, answers = told
    answers["/orders"] = [order(tests=["NEWTEST"])]
    answers["/orders/Q-1/results"] = results(result(code="NEWTEST"))
    made.sync("qlab")
    assert codes(made) == set()
    texts = files("qlab")
    made.with_mapping("qlab", texts | {"tests.csv": texts["tests.csv"] + NEW_CODE})
    asked = len(answers.asked)
    remap(made.bridge, "qlab", lambda done: None)
    assert codes(made) == {"2345-7"}
    assert len(answers.asked) == asked
    (one,) = made.resources("Observation").values()
    assert one["status"] == "final", "another mapping is no correction by the laboratory"


def test_a_withdrawn_record_stays_withdrawn(told):
    made, answers = told
    rows = [
        {"guid": f"00000000-0000-4000-8000-{n:012}", "fullName": f"Врачёва {n}", "active": True}
        for n in range(1, 6)
    ]
    path = f"/medapi/schedule/{rows[0]['guid']}/20261125"
    answers[path] = [{"start": "9:00", "end": "9:30"}]
    answers["/medapi/doctors"] = rows
    made.sync("onec")
    answers["/medapi/doctors"] = rows[1:]
    made.sync("onec", "doctors")
    made.sync("onec", "doctors")
    before = made.content()
    remap(made.bridge, "onec", lambda done: None)
    assert made.content() == before
    assert [one["status"] for one in made.resources("Slot").values()] == ["busy-unavailable"]


def test_a_case_is_replayed_after_its_cause_is_mended(told):
    made, answers = told
    answers["/medapi/appointments"] = [
        {
            "id": "00000000-0000-4000-8000-000000000001",
            "status": "Перенесена",
            "doctorGuid": "00000000-0000-4000-8000-000000000002",
            "start": "2026-11-25T09:00:00",
            "end": "2026-11-25T09:30:00",
            "patient": {"guid": "00000000-0000-4000-8000-000000000003", "lastName": "Примеров"},
        }
    ]
    made.sync("onec", "appointments")
    (case,) = cases(made)
    assert case.reason_code == "unknown-code"
    assert not replay(made.bridge, case.id)
    texts = files("onec")
    mended = texts["source.yaml"].replace("Запланирована: booked", "Перенесена: booked")
    made.with_mapping("onec", texts | {"source.yaml": mended})
    assert replay(made.bridge, case.id)
    assert cases(made) == []
    assert len(made.resources("Appointment")) == 1


def test_an_unknown_case_is_said_to_be_unknown(told):
    made, _ = told
    with pytest.raises(KeyError):
        replay(made.bridge, 4711)


def test_results_wait_for_their_order_and_come_out_by_themselves(told):
    made, answers = told
    answers["/orders/Q-1/results"] = results(result())
    body = b'{"order_id": "Q-1", "status": "completed", "results": [{"code": "GLU", "value": "5"}]}'
    with made.bridge.store.transaction() as transaction:
        transaction.records.keep("qlab", "results", "Q-1", body, 1)
    remap(made.bridge, "qlab", lambda done: None)
    assert [case.reason_code for case in cases(made)] == ["unknown-order"]
    answers["/orders"] = [order()]
    made.sync("qlab")
    assert cases(made) == []
    assert len(made.resources("Observation")) == 1
