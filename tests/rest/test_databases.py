"""The same clinic answers the same, byte for byte, from either database."""

from fhirbridge.rest.paging import PARAMETER

PATHS = [
    "/fhir/Patient/A",
    "/fhir/Observation/b1",
    "/fhir/Observation/gone-a",
    "/fhir/Observation/a1/_history/1",
    "/fhir/Slot/nine",
    "/fhir/Binary/pdf",
    "/fhir/Binary/pdf-b?_format=json",
    "/fhir/Observation?patient=A&_sort=-date&_count=2&_total=accurate",
    "/fhir/Observation?code=http://loinc.org|718-7&_sort=date",
    "/fhir/Observation?value-quantity=gt13.5&_sort=-date,_id",
    "/fhir/Observation?date=2026-11-03&status:not=preliminary",
    "/fhir/Observation?subject:missing=true",
    "/fhir/Patient?name=%D0%B8%D0%B2%D0%B0%D0%BD",
    "/fhir/Patient?_sort=-name",
    "/fhir/Patient?name=%27%3B--%22&_id=a%25_",
    "/fhir/Slot?start=2026-11-25&status=busy",
    "/fhir/Slot?schedule=plan&_sort=start",
    "/fhir/Practitioner?_lastUpdated=ge2026",
]


def walked(clinic, path, token):
    """Return the answers from `path` through its next links."""
    answers = []
    while path is not None:
        answers.append(clinic.ask(path, token=token))
        bundle = answers[-1].body.startswith(b'{"resourceType":"Bundle"')
        path = answers[-1].link("next") if bundle else None
    return answers


def test_both_databases_answer_alike(opened, postgres_url, sqlite_url):
    on_sqlite, on_postgresql = opened(sqlite_url), opened(postgres_url)
    for path in PATHS:
        for token in ["system", "patient", "other", "lost"]:
            here, there = (walked(one, path, token) for one in (on_sqlite, on_postgresql))
            assert here == there, (path, token)
            assert all(answer.status < 500 for answer in here)
    assert PARAMETER in on_sqlite.ask(PATHS[7]).link("next")
