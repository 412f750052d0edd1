"""Why a resource cannot be loaded: its type, its id, or what R4 says of its content."""

from collections.abc import Callable, Collection
from typing import Any

from fhirbridge.fhir import invariants, models, schema
from fhirbridge.fhir.errors import Issue

Check = Callable[[dict[str, Any]], tuple[Issue, ...]]


def checker(types: Collection[str], *, typed: bool) -> Check:
    """Return the function that tells what is wrong with a resource: nothing, if it can be stored.

    `typed` asks fhir.resources as well, which takes twenty times as long.
    """

    def check(resource: dict[str, Any]) -> tuple[Issue, ...]:
        if resource.get("resourceType") not in types:
            return (Issue("error", "not-supported", "This type is not served here."),)
        if "id" not in resource:
            return (Issue("error", "required", "The resource has no id."),)
        issues = schema.check(resource) or invariants.check(resource)
        if typed and not issues:
            issues = models.typed_check(resource)
        return issues

    return check
