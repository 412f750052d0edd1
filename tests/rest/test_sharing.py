"""What a search of several types is told about parameters that they do not share."""

import pytest


def refused(clinic, query):
    answer = clinic.ask(f"/fhir{query}")
    assert (answer.status, answer.outcome) == (400, "not-supported")
    (issue,) = answer.json["issue"]
    return issue["expression"], issue["diagnostics"]


@pytest.mark.parametrize("types", ["Observation,Patient", "Patient,Observation"])
def test_the_types_that_lack_a_parameter_are_named(clinic, types):
    for name in ("birthdate", "birthdate:missing"):
        place, words = refused(clinic, f"?_type={types}&{name}=true")
        assert place == ["http.birthdate"]
        assert "'birthdate' is no parameter of Observation;" in words
    place, words = refused(clinic, f"?_type={types}&_sort=_id,-birthdate")
    assert (place, "of Observation;" in words) == (["http._sort"], True)
    place, words = refused(clinic, f"?_type={types}&subject.name=x")
    assert (place, "'subject' is no parameter of Patient;" in words) == (["http.subject"], True)


def test_of_many_types_some_are_named(clinic):
    _, words = refused(clinic, "?birthdate=1980")
    assert " more;" in words
    assert len(words) < 300


def test_a_reference_here_and_a_uri_there_are_not_shared(clinic):
    place, words = refused(clinic, "?_type=Appointment,DocumentReference&location=x")
    assert (place, "not the same kind" in words) == (["http.location"], True)


def test_what_no_type_has_is_unknown(clinic):
    place, words = refused(clinic, "?_type=Patient,Observation&nonsense=1")
    assert (place, "has no search parameter 'nonsense'" in words) == (["http.nonsense"], True)


def test_a_lenient_client_is_told_what_was_left_out(clinic):
    answer = clinic.ask("/fhir?_type=Patient,Slot&birthdate=1980", prefer="handling=lenient")
    assert answer.status == 200
    assert "birthdate" not in answer.link("self")
    (note,) = [one for one in answer.json["entry"] if one["search"]["mode"] == "outcome"]
    assert "birthdate" in note["resource"]["issue"][0]["diagnostics"]
