"""Whether a resource may be stored: valid R4, whole, and with references that say one thing.

https://hl7.org/fhir/R4/validation.html
"""

from collections.abc import Iterator
from typing import Any

from fhirbridge.fhir import invariants, models, schema
from fhirbridge.fhir.errors import FhirError, Invalid, Issue, Unprocessable
from fhirbridge.fhir.json import dump
from fhirbridge.fhir.path import elements

SUBSETTED = "SUBSETTED"


def check_valid(resource: dict[str, Any], kind: type[FhirError] = Invalid) -> None:
    """Raise `kind` with an issue for each thing that is wrong with `resource`.

    Raises Unprocessable for a broken invariant, for a part of a resource that was taken for the
    whole, and for a conditional reference, which only a transaction resolves.
    """
    issues = schema.check(resource) or models.typed_check(resource)
    if issues:
        raise because(kind, issues)
    unfit = (*invariants.check(resource), *_unfit(resource))
    if unfit:
        raise because(Unprocessable, unfit)


def because(kind: type[FhirError], issues: tuple[Issue, ...]) -> FhirError:
    """Return an error of that kind that carries several issues."""
    error = kind(issues[0].diagnostics)
    error.issues = issues
    return error


def _unfit(resource: dict[str, Any]) -> Iterator[Issue]:
    type_ = resource["resourceType"]
    if SUBSETTED in elements(resource, "meta.tag.code"):
        text = "This is a part of a resource (SUBSETTED): stored, it would replace the whole"
        yield Issue("error", "business-rule", text, (f"{type_}.meta.tag",))
    if b"?" in dump(resource) and any(map(_is_search, references(resource))):
        text = "Conditional references are resolved in transactions only"
        yield Issue("error", "not-supported", text, (type_,))


def _is_search(reference: str) -> bool:
    return "?" in reference and "://" not in reference


def references(node: Any) -> Iterator[str]:
    """Yield the text of every literal reference in `node`, contained resources included."""
    if isinstance(node, list):
        for item in node:
            yield from references(item)
    elif isinstance(node, dict):
        for name, child in node.items():
            if name == "reference" and isinstance(child, str):
                yield child
            yield from references(child)
