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
