"""From a source over HTTP into the store, and again, and when the source misbehaves."""

import pytest
from clinic import clinic, written
from laboratory_rows import order, result, results
from sandboxed import world

from fhirbridge.sources.errors import Denied

SMALL = {"doctors": 4, "patients": 8, "orders": 16, "days": 5}
GUID = "2de49037-87e1-4e8a-b16f-f728c33601d6"
GATEWAY = (200, "text/html", "<html><body>Ведутся технические работы</body></html>".encode())


@pytest.fixture
def stood(sqlite_url):
    with clinic(sqlite_url, world(**SMALL)) as made:
        yield made


@pytest.fixture
def told(sqlite_url):
    with written(sqlite_url) as pair:
        yield pair


def doctor(number, **more):
    row = {"guid": f"00000000-0000-4000-8000-{number:012}", "fullName": f"Врачёва Анна {number}"}
    return row | {"active": True, "specialization": "Терапия", "cabinet": "101"} | more


def statuses(made, type_="Observation"):
    return sorted(one["status"] for one in made.resources(type_).values())


def test_a_whole_clinic_comes_in_and_everything_that_came_in_is_accounted_for(stood):
    reports = {**stood.sync("onec"), **stood.sync("qlab")}
    assert set(reports) == {
        "doctors",
        "schedule",
        "appointments",
        "orders",
        "results",
        "report",
    }
    for report in reports.values():
        assert report.balanced
        assert report.clean
        assert report.items > 0
    types = stood.versions()
    assert {"Slot", "Appointment", "Patient", "Observation", "DiagnosticReport"} <= set(types)
    assert {"Binary", "DocumentReference", "ServiceRequest", "Specimen"} <= set(types)
    assert types["Organization"] == 2


def test_a_second_pull_makes_no_new_version(stood):
    for source in ("onec", "qlab"):
        stood.sync(source)
    before = stood.content()
    for source in ("onec", "qlab"):
        assert all(not report.changed for report in stood.sync(source).values())
    assert stood.content() == before


def test_a_pull_without_the_shortcut_makes_no_new_version_either(stood):
    for source in ("onec", "qlab"):
        stood.sync(source)
    before = stood.content()
    for source in ("onec", "qlab"):
        link = stood.bridge.links[source]
        stood.bridge.links[source] = type(link)(link.source, link.mappings, "another mark")
        assert not sum(report.skipped for report in stood.sync(source).values())
    assert stood.content() == before


def test_every_resource_leads_back_to_its_record(stood):
    for source in ("onec", "qlab"):
        stood.sync(source)
    for type_ in ("Slot", "Appointment", "Patient", "Observation", "Binary"):
        for id_ in list(stood.resources(type_))[:5]:
            with stood.bridge.store.transaction() as transaction:
                record, lineage = transaction.records.find(type_, id_)
            assert record.body
            assert "#" in lineage.mapping


def test_new_versions_say_where_they_came_from(stood):
    stood.sync("qlab")
    told_of = {
        target["reference"].partition("/_history")[0]
        for one in stood.resources("Provenance").values()
        for target in one["target"]
    }
    for type_ in ("Observation", "DiagnosticReport", "Binary"):
        assert {f"{type_}/{id_}" for id_ in stood.resources(type_)} <= told_of


@pytest.mark.parametrize(
    "fault",
    [
        "gateway-page-in-200",
        "empty-200",
        "empty-list-200",
        "half-list",
        "truncated",
        "handler-in-200",
        "licence-none-ru",
        "session-pool-timeout-406",
    ],
)
def test_no_failure_of_a_source_takes_anything_away(stood, fault):
    streams = ("doctors", "appointments")
    for stream in streams:
        stood.sync("onec", stream)
    before = {name: stood.resources(name) for name in ("Practitioner", "Appointment")}
    for _ in range(3):
        for stream in streams:
            stood.stage.control(stood.stage.onec_url, fault=fault, path=f"/{stream}", times=50)
            assert not stood.sync("onec", stream)[stream].clean
        stood.stage.control(stood.stage.onec_url, clear=True)
    assert {name: stood.resources(name) for name in before} == before


def test_a_refused_login_stops_everything_at_once(stood):
    stood.stage.control(stood.stage.onec_url, fault="auth-401", times=50)
    with pytest.raises(Denied):
        stood.sync("onec")


def test_one_doctor_without_a_schedule_does_not_stop_the_others(told):
    made, answers = told
    answers["/medapi/doctors"] = [doctor(1), doctor(2)]
    for number in (1, 2):
        path = f"/medapi/schedule/{doctor(number)['guid']}/20261125"
        answers[path] = [{"start": "9:00", "end": "9:30", "cabinet": "1", "status": "Свободно"}]
    broken = f"/medapi/schedule/{doctor(1)['guid']}/20261126"
    answers[broken] = (500, "text/plain", "{HTTPСервис.X.Модуль(84)}: Ошибка".encode())
    made.sync("onec", "doctors")
    report = made.sync("onec", "schedule")["schedule"]
    assert report.failures.total() == 1
    assert len(made.resources("Slot")) == 2


def test_a_corrected_value_is_a_new_version_that_says_so(told):
    made, answers = told
    answers["/orders"] = [order()]
    answers["/orders/Q-1/results"] = results(result("5,4"))
    made.sync("qlab")
    answers["/orders/Q-1/results"] = results(result("6,4"))
    made.sync("qlab")
    (one,) = made.resources("Observation").values()
    assert (one["status"], one["valueQuantity"]["value"]) == ("corrected", 6.4)
    assert made.versions()["Observation"] == 2
    before = made.content()
    made.sync("qlab")
    assert made.content() == before


def test_a_final_result_does_not_become_preliminary(told):
    made, answers = told
    answers["/orders"] = [order()]
    answers["/orders/Q-1/results"] = results(result("5,4"))
    made.sync("qlab")
    answers["/orders/Q-1/results"] = results(result("5,4", state="preliminary"))
    made.sync("qlab")
    assert statuses(made) == ["final"]
    with made.bridge.store.transaction() as transaction:
        assert "status-went-back" in {note.code for note in transaction.issues.list("qlab")}


def test_a_partial_answer_takes_no_earlier_result_out_of_the_report(told):
    made, answers = told
    answers["/orders"] = [order(tests=["GLU", "TSH"])]
    answers["/orders/Q-1/results"] = results(result(), result("2,1", "TSH"))
    made.sync("qlab")
    answers["/orders/Q-1/results"] = results(result("6,0"))
    made.sync("qlab")
    (report,) = made.resources("DiagnosticReport").values()
    assert len(report["result"]) == 2


def test_a_patient_of_the_laboratory_is_the_clinics_patient(told):
    made, answers = told
    person = {
        "guid": GUID,
        "lastName": "Примеров",
        "firstName": "Иван",
        "middleName": "Образцович",
        "birthDate": "1985-03-15",
        "sex": "М",
        "snils": "900-000-001 82",
        "phone": "+7 900 000-00-01",
    }
    answers["/medapi/appointments"] = [
        {
            "id": GUID,
            "status": "Запланирована",
            "doctorGuid": GUID,
            "start": "2026-11-25T09:00:00",
            "end": "2026-11-25T09:30:00",
            "patient": person,
        }
    ]
    answers["/orders"] = [order()]
    answers["/orders/Q-1/results"] = results(result())
    made.sync("onec")
    made.sync("qlab")
    ((patient, resource),) = made.resources("Patient").items()
    assert resource["telecom"], "what the clinic knows is not overwritten by the laboratory"
    (one,) = made.resources("Observation").values()
    assert one["subject"] == {"reference": f"Patient/{patient}"}


def test_it_does_not_matter_which_source_tells_of_a_person_first(told, tmp_path):
    made, answers = told
    answers["/orders"] = [order()]
    made.sync("qlab")
    (first,) = made.resources("Patient")
    with written(f"sqlite:///{tmp_path}/other.sqlite") as (other, others):
        row = order()["patient"]
        others["/medapi/appointments"] = [
            {
                "id": GUID,
                "status": "Запланирована",
                "doctorGuid": GUID,
                "start": "2026-11-25T09:00:00",
                "end": "2026-11-25T09:30:00",
                "patient": {
                    "guid": GUID,
                    "lastName": row["last_name"],
                    "firstName": row["first_name"],
                    "middleName": row["middle_name"],
                    "birthDate": row["birth_date"],
                    "sex": row["sex"],
                    "snils": row["snils"],
                },
            }
        ]
        other.sync("onec")
        assert list(other.resources("Patient")) == [first]


def test_a_snils_with_another_birth_date_is_held_for_a_person_to_decide(told):
    made, answers = told
    stranger = order()["patient"] | {"birth_date": "1999-01-01"}
    answers["/orders"] = [order(), order(2, patient=stranger)]
    answers["/orders/Q-2/results"] = results(result(), number=2)
    made.sync("qlab")
    assert len(made.resources("Patient")) == 1
    assert made.resources("Observation") == {}
    with made.bridge.store.transaction() as transaction:
        assert transaction.quarantine.count() == {"identity-conflict-snils": 2}
        assert len(transaction.identities.conflicts()) == 1


def test_a_pdf_that_is_not_ready_comes_later(told):
    made, answers = told
    answers["/orders"] = [order()]
    answers["/orders/Q-1/results"] = results(result())
    assert made.sync("qlab")["report"].absent
    assert made.resources("Binary") == {}
    answers["/orders/Q-1/pdf"] = (200, "application/pdf", b"%PDF-1.4\n" + b"x" * 300)
    made.sync("qlab")
    assert len(made.resources("Binary")) == 1
    asked = answers.asked.count("/orders/Q-1/pdf")
    made.wait(1)
    made.sync("qlab")
    assert answers.asked.count("/orders/Q-1/pdf") == asked + 1, "the nightly re-read alone"


def test_a_page_that_calls_itself_a_pdf_is_not_published(told):
    made, answers = told
    answers["/orders"] = [order()]
    answers["/orders/Q-1/pdf"] = (200, "application/pdf", b"<html>" + b"x" * 300)
    report = made.sync("qlab")["report"]
    assert report.failures == {"not-the-file": report.failures.total()}
    assert made.resources("Binary") == {}


def test_one_wrong_file_does_not_keep_its_neighbours_back(told):
    made, answers = told
    answers["/orders"] = [order(), order(id="Q-2")]
    answers["/orders/Q-1/pdf"] = (200, "text/html", b"<html>not a file")
    answers["/orders/Q-2/pdf"] = (200, "application/pdf", b"%PDF-1.4\n" + b"x" * 300)
    made.sync("qlab")
    assert len(made.resources("Binary")) == 1
