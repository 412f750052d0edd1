"""What resource after resource says alike: its codes and references.

What was found out about one of them is remembered by its text.
"""

from typing import Any

from fhirbridge.fhir.json import dump

TYPES = frozenset({"CodeableConcept", "Coding", "Meta", "Reference", "Observation_ReferenceRange"})
# How many are remembered, and what is too long to come again.
MOST, LONGEST = 1024, 1000


def text_of(type_: str, element: Any) -> bytes | None:
    """Return the JSON of an element or a list of that type; None when it hardly comes again."""
    if type_ not in TYPES:
        return None
    text = dump(element)
    return text if len(text) <= LONGEST else None
