"""Whatever is sent to whatever route, the answer is FHIR's: never a 5xx, never a traceback."""

import pytest
from hostile import often, requests
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from rest_clinic import a_clinic

EXAMPLES = {"sqlite": 1200, "postgresql": 400}
TOKENS = ["system", "patient", "other", "narrow", "lost", "expired", "\xff", "", None]
NATIVE = ("application/pdf", "application/octet-stream")


def check(clinic, request, token):
    """Ask, and hold the answer to what every answer keeps."""
    path, method, body, headers = request
    answer = clinic.ask(path, method, token=token, body=body, **headers)
    assert answer.status < 500, answer.body[:300]
    assert b"Traceback" not in answer.body
    assert all("\n" not in value and "\r" not in value for _, value in answer.headers)
    if method == "HEAD" or not answer.body:
        return answer
    if answer.status >= 400:
        assert answer.json["resourceType"] == "OperationOutcome"
        assert answer.json["issue"][0]["severity"] in {"error", "fatal"}
    elif answer["Content-Type"] not in NATIVE:
        assert answer.json["resourceType"]
    return answer


@pytest.fixture(params=sorted(EXAMPLES))
def besieged(request):
    url = request.getfixturevalue(
        {"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param]
    )
    clinic = a_clinic(url)
    yield clinic, EXAMPLES[request.param]
    clinic.server.store.close()


def test_i017_no_request_is_answered_with_an_error_of_the_server(besieged):
    clinic, examples = besieged

    @seed(20261124)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.tuples(requests(), often(st.just("system"), st.sampled_from(TOKENS))))
    def ask(request):
        check(clinic, *request)

    ask()
