"""Which types a reference may lead to, element by element, as the structure definitions say.

https://hl7.org/fhir/R4/elementdefinition.html: `type.targetProfile`.
"""

# ruff: noqa: INP001 - scripts that stand beside one another, no package

import json
from pathlib import Path
from typing import Any

ANY = "Resource"
POINTER = "#/definitions/"
# Data types that hold references to resources of some types.
DATA_TYPES = (
    *("Annotation", "DataRequirement", "Identifier", "RelatedArtifact", "Signature"),
    *("TriggerDefinition", "UsageContext"),
)
Targets = dict[str, dict[str, list[str]]]


def table(examples: Path, types: list[str], schema: dict[str, Any]) -> Targets:
    """Return definition of `schema` → element → types; what may lead anywhere is left out."""
    found: Targets = {}
    for type_ in sorted({*types, *DATA_TYPES}):
        text = (examples / f"StructureDefinition-{type_}.json").read_text(encoding="utf-8")
        for element in json.loads(text)["snapshot"]["element"]:
            targets = _targets(element)
            if targets:
                holder, name = _place(element["path"], schema)
                found.setdefault(holder, {})[name] = targets
    return {holder: dict(sorted(found[holder].items())) for holder in sorted(found)}


def _targets(element: dict[str, Any]) -> list[str]:
    """Return the types that a Reference may lead to; [] for any, and for another element."""
    profiles = [
        profile.rpartition("/")[2]
        for type_ in element.get("type", ())
        if type_["code"] == "Reference"
        for profile in type_.get("targetProfile", (ANY,))
    ]
    return [] if ANY in profiles else sorted(profiles)


def _place(path: str, schema: dict[str, Any]) -> tuple[str, str]:
    """Return the schema's name of what holds the element at `path`, and the element's own there."""
    holder, *between, name = path.split(".")
    for step in between:
        declared = schema[holder]["properties"][step]
        holder = declared.get("items", declared)["$ref"].removeprefix(POINTER)
    return holder, name.replace("[x]", "Reference")
