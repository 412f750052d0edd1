"""The codes of value sets that R4 binds as required."""

# ruff: noqa: INP001 - scripts that stand beside one another, no package

import json
from pathlib import Path
from typing import Any

LARGEST = 400


class Codes:
    """Value sets and code systems of the specification."""

    def __init__(self, folder: Path) -> None:
        self._sets: dict[str, dict[str, Any]] = {}
        self._systems: dict[str, dict[str, Any]] = {}
        for name in ("valuesets.json", "v3-codesystems.json", "v2-tables.json"):
            bundle = json.loads((folder / name).read_text(encoding="utf-8"))
            for resource in (entry["resource"] for entry in bundle["entry"]):
                kinds = {"ValueSet": self._sets, "CodeSystem": self._systems}
                kinds.get(resource["resourceType"], {})[resource.get("url", "")] = resource

    def of(self, value_set: str | None) -> list[str] | None:
        """Return the codes of `value_set`, or None where they cannot be listed (MIME types)."""
        if value_set is None or value_set not in self._sets:
            return None
        found: list[str] = []
        for include in self._sets[value_set].get("compose", {}).get("include", ()):
            codes = self._included(include)
            if codes is None:
                return None
            found.extend(codes)
        return found if 0 < len(found) <= LARGEST else None

    def _included(self, include: dict[str, Any]) -> list[str] | None:
        if "filter" in include:
            return None
        if "valueSet" in include:
            nested = [self.of(url.partition("|")[0]) for url in include["valueSet"]]
            return None if None in nested else [code for one in nested for code in one or ()]
        if "concept" in include:
            return [concept["code"] for concept in include["concept"]]
        system = self._systems.get(include.get("system", ""), {})
        return _concepts(system["concept"]) if "concept" in system else None


def _concepts(concepts: list[dict[str, Any]]) -> list[str]:
    return [
        code
        for concept in concepts
        for code in (concept["code"], *_concepts(concept.get("concept", [])))
    ]
