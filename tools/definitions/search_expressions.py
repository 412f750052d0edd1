"""HL7's search parameters of our types as HL7 writes them: FHIRPath.

Tests take the values of the examples by these, so that no reading of ours decides what is found.
"""

# ruff: noqa: INP001 - scripts that stand beside one another, no package

import json
import re
from pathlib import Path
from typing import Any


def table(folder: Path, types: list[str]) -> dict[str, dict[str, Any]]:
    """Return type → code → kind, the terms about that type and, for composites, the parts."""
    found: dict[str, dict[str, Any]] = {type_: {} for type_ in types}
    for file in sorted(folder.glob("SearchParameter-*.json")):
        definition = json.loads(file.read_text(encoding="utf-8"))
        expression = definition.get("expression", "extension(")
        if "extension(" in expression:
            continue
        for type_ in set(definition.get("base", ())) & found.keys():
            terms = [term.strip() for term in expression.split("|")]
            own = [term for term in terms if re.match(rf"\(?{type_}\b", term)]
            parameter = {"kind": definition["type"], "terms": own}
            if definition["type"] == "composite":
                parameter["parts"] = [part["expression"] for part in definition["component"]]
            found[type_][definition["code"]] = parameter
    return {type_: dict(sorted(codes.items())) for type_, codes in found.items()}
