"""Old versions of resources as their reader may see them, each judged by its own content."""

from typing import Any

from fhirbridge.fhir.json import dump, parse
from fhirbridge.resources.access import Access
from fhirbridge.search.evaluate import matches
from fhirbridge.search.parameter import SearchContext
from fhirbridge.search.query import Query, Visibility
from fhirbridge.search.values import ReferenceRow
from fhirbridge.store.database import Database
from fhirbridge.store.question import PATIENT, Question
from fhirbridge.store.visibility import related


def seen(
    question: Question, stored: bytes, database: Database, context: SearchContext
) -> bytes | None:
    """Return an old version's bytes as the question's reader may see them; None: not at all.

    The caller has made sure that the newest version is visible: what was somebody else's by
    mistake stays unseen, and so does what is somebody else's now.
    """
    visibility = question.permitted.visibility
    if visibility.whole:
        return stored
    resource = parse(stored)
    if not _within(visibility, resource, context):
        return None
    if question.permitted.as_patient:
        return _shown(visibility, question.index.definition.access, resource)
    patients = _patients(question, resource, context)
    if visibility.everything or any(_related(visibility, one, database) for one in patients):
        return stored
    return None


def _shown(visibility: Visibility, access: Access, resource: dict[str, Any]) -> bytes | None:
    """Return what a patient is shown of a version that is theirs or open to all."""
    if visibility.patient is not None and visibility.patient in access.owners(resource):
        return dump(access.shown(resource, visibility.patient))
    if visibility.public and access.public(resource):
        return dump(access.shown(resource, None))
    return None


def _within(visibility: Visibility, resource: dict[str, Any], context: SearchContext) -> bool:
    """Return whether a version fulfils what the reader's scopes are about."""
    type_ = resource["resourceType"]
    alternatives = (Query(type_, clauses) for clauses in visibility.within)
    return not visibility.within or any(matches(one, resource, context) for one in alternatives)


def _related(visibility: Visibility, patient: str, database: Database) -> bool:
    if visibility.practitioner is None:
        return False
    asked = related(visibility, "?")
    text = f"SELECT 1 WHERE {asked.text}"
    practitioner, *window = asked.parameters
    return bool(database.rows(text, (practitioner, patient, *window)))


def _patients(question: Question, resource: dict[str, Any], context: SearchContext) -> list[str]:
    """Return the ids of the patients that a resource is about."""
    if question.index.type_ == "Patient":
        return [resource["id"]]
    parameter = question.index.parameters.get(PATIENT)
    rows = () if parameter is None else parameter.rows(resource, context)
    found = (row for row in rows if isinstance(row, ReferenceRow) and row.type_ == "Patient")
    return [row.id_ for row in found if row.id_ is not None]
