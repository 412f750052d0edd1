"""The same clinic answers the same, byte for byte, from either database, but for page tokens.

Those know the moment of the first page, which each database counts in its own way.
"""

import re

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
    "/fhir/Observation?_include=*&_count=3&_sort=_id",
    "/fhir/Patient?_revinclude=Observation:patient&_total=accurate",
    "/fhir/Slot?_include=Slot:schedule&_include:iterate=Schedule:actor",
    "/fhir?_type=Patient,Observation,Slot&_count=2",
    "/fhir?_type=Patient,Observation&_sort=-_id&_count=3&_total=accurate",
    "/fhir/Patient/A/Observation?_count=2&_summary=true",
    "/fhir/Patient/A/*?_count=3&_elements=status,name",
]
TOKEN = re.compile(rb"_page=[A-Za-z0-9_\-]+=*")


def walked(clinic, path, token):
    """Return the answers from `path` through its next links, their tokens taken out."""
    answers = []
    while path is not None:
        answer = clinic.ask(path, token=token)
        answers.append((answer.status, TOKEN.sub(b"", answer.body)))
        bundle = answer.body.startswith(b'{"resourceType":"Bundle"')
        path = answer.link("next") if bundle else None
    return answers


def test_both_databases_answer_alike(opened, postgres_url, sqlite_url):
    on_sqlite, on_postgresql = opened(sqlite_url), opened(postgres_url)
    for path in PATHS:
        for token in ["system", "patient", "other", "lost"]:
            here, there = (walked(one, path, token) for one in (on_sqlite, on_postgresql))
            assert here == there, (path, token)
            assert all(status < 500 for status, _ in here)
    assert PARAMETER in on_sqlite.ask(PATHS[7]).link("next")
