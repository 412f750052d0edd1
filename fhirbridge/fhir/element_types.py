"""Which type an element has, by the schema derived from R4's own definitions."""

from functools import lru_cache
from typing import Any

from fhirbridge.fhir.schema import definitions

RESOURCE = "ResourceList"
REFERENCE = "#/definitions/"


@lru_cache(maxsize=8192)
def element_type(parent: str, name: str) -> str:
    """Return the type of the element `name` of a resource, data type or backbone `parent`.

    `element_type("Observation", "subject")` is `Reference`; of a list, the type of its items.
    "" for an element that is unknown or whose type has no name.
    """
    element: dict[str, Any] = definitions().get(parent, {}).get("properties", {}).get(name, {})
    pointer = element.get("items", element).get("$ref", "")
    return str(pointer).removeprefix(REFERENCE)
