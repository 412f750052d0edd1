"""Old versions of resources as their reader may see them, each judged by its own content."""

from typing import Any

from fhirbridge.fhir.json import dump, parse
from fhirbridge.search.parameter import SearchContext
from fhirbridge.search.values import ReferenceRow
from fhirbridge.store.database import Database
from fhirbridge.store.question import PATIENT, Question

RELATED = "SELECT 1 FROM relation WHERE practitioner = ? AND patient = ? LIMIT 1"


def seen(
    question: Question, stored: bytes, database: Database, context: SearchContext
) -> bytes | None:
    """Return an old version's bytes as the question's reader may see them; None: not at all.

    The caller has made sure that the newest version is visible: what was somebody else's by
    mistake stays unseen, and so does what is somebody else's now.
    """
    visibility, access = question.permitted.visibility, question.index.definition.access
    if visibility.everything:
        return stored
    resource = parse(stored)
    if visibility.patient is not None and visibility.patient in access.owners(resource):
        return dump(access.shown(resource, visibility.patient))
    if visibility.public and access.public(resource):
        return dump(access.shown(resource, None))
    if visibility.practitioner is not None:
        patients = _patients(question, resource, context)
        asked = ((visibility.practitioner, patient) for patient in patients)
        return stored if any(database.rows(RELATED, pair) for pair in asked) else None
    return None


def _patients(question: Question, resource: dict[str, Any], context: SearchContext) -> list[str]:
    """Return the ids of the patients that a resource is about."""
    if question.index.type_ == "Patient":
        return [resource["id"]]
    parameter = question.index.parameters.get(PATIENT)
    rows = () if parameter is None else parameter.rows(resource, context)
    found = (row for row in rows if isinstance(row, ReferenceRow) and row.type_ == "Patient")
    return [row.id_ for row in found if row.id_ is not None]
