import pytest


def test_every_version_can_be_read(clinic):
    first = clinic.ask("/fhir/Observation/a1/_history/1")
    assert first["ETag"] == 'W/"1"'
    assert first["Last-Modified"] == "Tue, 24 Nov 2026 11:00:00 GMT"
    assert b'"value":13.10' in first.body
    second = clinic.ask("/fhir/Observation/a1/_history/2")
    assert second.body == clinic.ask("/fhir/Observation/a1").body


def test_the_version_of_a_deletion_is_gone_and_earlier_ones_still_there(clinic):
    assert clinic.ask("/fhir/Observation/gone-a/_history/1").status == 200
    assert clinic.ask("/fhir/Observation/gone-a/_history/2").outcome == "deleted"


@pytest.mark.parametrize("version", ["0", "3", "x", "1.0", "-1", "01", "%D9%A1", "1" * 30])
def test_a_version_that_never_was_is_not_found(clinic, version):
    answer = clinic.ask(f"/fhir/Observation/a1/_history/{version}")
    assert answer.status == 404
    assert answer.outcome == "not-found"


def test_a_patient_reads_own_versions_and_none_of_the_directory(clinic):
    assert clinic.ask("/fhir/Observation/a1/_history/1", token="patient").status == 200
    for id_ in ["nine", "none"]:
        answer = clinic.ask(f"/fhir/Slot/{id_}/_history/1", token="patient")
        assert answer.status == 403
        assert answer.outcome == "forbidden"


def test_a_known_version_is_not_sent_again(clinic):
    answer = clinic.ask("/fhir/Observation/a1/_history/1", if_none_match='W/"1"')
    assert answer.status == 304
