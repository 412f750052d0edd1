"""HL7's search parameters of our types as one compact table, in the notation of fhir/path.py."""

# ruff: noqa: INP001 - scripts that stand beside one another, no package

import json
import re
from pathlib import Path
from typing import Any

ANY_TARGET_FROM = 100
REWRITES = (
    (re.compile(r"\.where\(system='(\w+)'\)$"), r"|system=\1"),
    (re.compile(r"\.where\(resolve\(\) is (\w+)\)$"), r"|Type=\1"),
    (re.compile(r"^(\w+)\.exists\(\) and .*$"), r"\1|exists"),
)
CAST = re.compile(r"^\((.+) as (\w+)\)(.*)$|^(.+)\.as\((\w+)\)(.*)$")
OF_EXTENSIONS = re.compile(r"extension", re.IGNORECASE)


def table(folder: Path, types: list[str]) -> dict[str, dict[str, Any]]:
    """Return type → code → kind, paths, targets (empty: any) and, for composites, parts."""
    found: dict[str, dict[str, Any]] = {type_: {} for type_ in types}
    for file in sorted(folder.glob("SearchParameter-*.json")):
        definition = json.loads(file.read_text(encoding="utf-8"))
        if OF_EXTENSIONS.search(definition["id"]) or "extension(" in definition.get(
            "expression", ""
        ):
            continue
        for type_ in set(definition.get("base", ())) & found.keys():
            found[type_][definition["code"]] = _parameter(definition, type_)
    return {type_: dict(sorted(codes.items())) for type_, codes in found.items()}


def _parameter(definition: dict[str, Any], type_: str) -> dict[str, Any]:
    terms = [term.strip() for term in definition.get("expression", "").split("|")]
    own = [term for term in terms if re.match(rf"\(?{type_}\b", term)]
    parameter: dict[str, Any] = {
        "id": definition["id"],
        "kind": definition["type"],
        "paths": [_path(term) for term in own],
    }
    if definition["type"] == "reference":
        targets = definition.get("target", [])
        parameter["targets"] = [] if len(targets) > ANY_TARGET_FROM else sorted(targets)
    if definition["type"] == "composite":
        parameter["parts"] = [
            [_path(term.strip()) for term in part["expression"].split("|")]
            for part in definition["component"]
        ]
    return parameter


def _path(expression: str) -> str:
    """Return our path for one FHIRPath term: the type dropped, casts and filters rewritten."""
    cast = CAST.match(expression)
    if cast:
        stem, type_, rest = (
            part or "" for part in (cast[1] or cast[4], cast[2] or cast[5], cast[3])
        )
        expression = f"{stem}{type_[:1].upper()}{type_[1:]}{rest}"
    path = re.sub(r"^[A-Z]\w*\.?", "", expression)
    for pattern, replacement in REWRITES:
        path = pattern.sub(replacement, path)
    return path
