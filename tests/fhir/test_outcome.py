import pytest

from fhirbridge.fhir.errors import Invalid, Issue, NotFound
from fhirbridge.fhir.outcome import outcome


def test_each_issue_is_told_with_what_it_has():
    told = outcome([Issue("error", "invalid", "Bad.", ("Slot.start",)), Issue("warning", "x", "")])
    assert told == {
        "resourceType": "OperationOutcome",
        "issue": [
            {
                "severity": "error",
                "code": "invalid",
                "diagnostics": "Bad.",
                "expression": ["Slot.start"],
            },
            {"severity": "warning", "code": "x"},
        ],
    }


def test_without_issues_all_is_well():
    assert outcome([])["issue"][0]["severity"] == "information"


def test_an_error_carries_its_issues():
    several = (Issue("error", "required", "One."), Issue("error", "value", "Two."))
    assert outcome(Invalid.because(several).issues)["issue"][1]["code"] == "value"
    assert outcome(NotFound("Not here.").issues)["issue"][0]["code"] == "not-found"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("there is no parameter 'Иванов Пётр'", "there is no parameter '…'"),
        ("'+7 (900) 000-00-01' is no date", "'…' is no date"),
        ("900-000-001 05", "…"),
        ("90000000105 and 79000000001", "… and …"),
        ("a.b@example.ru is no code", "… is no code"),
        ("2026-11-24T11:00 is no instant", "2026-11-24T11:00 is no instant"),
        ("longer than 16384 characters", "longer than 16384 characters"),
        ("Internal error 41f0a2", "Internal error 41f0a2"),
    ],
)
def test_what_could_name_a_person_is_left_out(said, told):
    (issue,) = outcome([Issue("error", "invalid", said, (f"Patient.where({said})",))])["issue"]
    assert issue["diagnostics"] == told
    assert issue["expression"] == [f"Patient.where({told})"]
