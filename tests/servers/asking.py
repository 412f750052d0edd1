"""A clinic with resources of one's own, and what searches find in it."""

from contextlib import contextmanager

from rest_clinic import a_clinic

LOINC, UCUM = "http://loinc.org", "http://unitsofmeasure.org"


@contextmanager
def clinic_of(folder, *resources):
    """Give a clinic that holds `resources` (and one Observation `a1` of patient A)."""
    found = a_clinic(f"sqlite:///{folder}/clinic.sqlite", list(resources), [])
    yield found
    found.server.store.close()


def finds(clinic, path, token="system"):  # noqa: S107
    """Return the ids that a search finds, in alphabetical order, `a1` of the clinic apart."""
    answer = clinic.ask(f"/fhir/{path}", token=token)
    assert answer.status == 200, answer.body
    return " ".join(sorted(id_ for id_ in answer.ids if id_ != "a1"))


def refusal(clinic, path, token="system", **headers):  # noqa: S107
    """Return status and code of a refused search."""
    answer = clinic.ask(f"/fhir/{path}", token=token, **headers)
    return answer.status, answer.outcome


def made(type_, id_, **elements):
    return {"resourceType": type_, "id": id_, **elements}


def coded(*codes, **more):
    return {"coding": [{"system": system, "code": code} for system, code in codes], **more}


def measured(id_, **elements):
    base = {"status": "final", "code": coded((LOINC, "1"))}
    return made("Observation", id_, **{**base, **elements})


def to(text):
    return {"reference": text}
