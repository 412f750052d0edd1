"""Which elements of a type are in its summary, mandatory, or change the meaning of others.

https://hl7.org/fhir/R4/elementdefinition.html: `isSummary`, `min`, `isModifier`.
"""

# ruff: noqa: INP001 - scripts that stand beside one another, no package

import json
from pathlib import Path
from typing import Any

Node = str | list[Any]
# What is never asked for by name: ids of elements and extensions.
EVERYWHERE = frozenset({"id", "extension"})
# Additions of the package.
NOT_R4 = frozenset({"Binary.url", "HealthcareService.offeredIn"})


def table(definitions: Path, types: list[str]) -> dict[str, dict[str, Node]]:
    """Return type → element → flags of `smx` (summary, mandatory, modifier).

    An element with a part that is not in the summary is `[flags, parts]`. Choices keep their `[x]`.
    """
    structures = {one["name"]: one["snapshot"]["element"] for one in _structures(definitions)}
    return {type_: _parts(structures, type_, type_) for type_ in types}


def _structures(definitions: Path) -> list[dict[str, Any]]:
    found = []
    for name in ("profiles-resources.json", "profiles-types.json"):
        bundle = json.loads((definitions / name).read_text(encoding="utf-8"))
        found += [entry["resource"] for entry in bundle["entry"]]
    return [one for one in found if one["resourceType"] == "StructureDefinition"]


def _parts(structures: dict[str, Any], type_: str, path: str) -> dict[str, Node]:
    """Return the parts of the element at `path` of `type_`."""
    depth = path.count(".") + 1
    return {
        name: _node(structures, type_, element)
        for element in structures[type_]
        if element["path"].startswith(f"{path}.") and element["path"].count(".") == depth
        and element["path"] not in NOT_R4
        and ((name := element["path"].rpartition(".")[2]) not in EVERYWHERE or path == type_)
    }  # fmt: skip


def _node(structures: dict[str, Any], type_: str, element: dict[str, Any]) -> Node:
    flags = "".join(
        letter
        for letter, said in (
            ("s", element.get("isSummary")),
            ("m", element["min"] > 0),
            ("x", element.get("isModifier")),
        )
        if said
    )
    parts = _parts(structures, type_, element["path"])
    types = [one["code"] for one in element.get("type", ())]
    if not parts and len(types) == 1 and types[0] in {"Attachment", "SampledData", "Signature"}:
        parts = _parts(structures, types[0], types[0])
    whole = all("s" in _flags(part) and isinstance(part, str) for part in parts.values())
    return [flags, parts] if "s" in flags and parts and not whole else flags


def _flags(node: Node) -> str:
    return node if isinstance(node, str) else node[0]
