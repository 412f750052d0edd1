"""Terminology as resources: what `init` stores from the data folders. Pure; the same every time.

One laboratory's reviewed map becomes a CodeSystem of its local codes, a ConceptMap to LOINC and a
ValueSet of the codes in use; the unit texts become a CodeSystem and a ConceptMap to UCUM.
https://hl7.org/fhir/R4/conceptmap.html
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from fhirbridge.fhir import data
from fhirbridge.terminology.tables import Row, shipped

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
# What has no target says so on purpose; R4 then allows no code.
WITHOUT_TARGET = frozenset({"unmatched", "disjoint"})
UNIT_TEXTS = "terminology/units-ru.csv"
LOINC_NOTICE = "terminology/loinc/LOINC_short_license.txt"
UCUM_NOTICE = "terminology/ucum/NOTICE.txt"


def laboratory(
    source: str, title: str, system: str, rows: Iterable[Row]
) -> Iterator[dict[str, Any]]:
    """Yield the resources of one laboratory's map; `system` is that of its local codes."""
    tests = [row for row in rows if row["local_code"]]
    base = system.rstrip("/")
    yield _published("CodeSystem", f"{source}-tests", system, f"{title}: исследования") | {
        "content": "complete",
        "caseSensitive": True,
        "valueSet": f"{base}/all",
        "concept": [_concept(row["local_code"], row["local_name"]) for row in tests],
    }
    yield _published("ValueSet", f"{source}-tests", f"{base}/all", f"{title}: исследования") | {
        "compose": {"include": [{"system": system}]}
    }
    mapped = [row for row in tests if row["loinc"] or row["equivalence"] in WITHOUT_TARGET]
    url = f"{base}/loinc"
    yield _published("ConceptMap", f"{source}-tests-loinc", url, f"{title}: коды LOINC") | {
        "copyright": _notice(LOINC_NOTICE),
        "sourceCanonical": f"{base}/all",
        "group": [{"source": system, "target": LOINC, "element": [_element(r) for r in mapped]}],
    }
    codes = {row["loinc"]: row["loinc_display"] for row in mapped if row["loinc"]}
    yield _published("ValueSet", f"{source}-loinc", f"{base}/loinc-in-use", f"{title}: LOINC") | {
        "copyright": _notice(LOINC_NOTICE),
        "compose": {
            "include": [{"system": LOINC, "concept": [_concept(*one) for one in codes.items()]}]
        },
    }


def units(system: str) -> Iterator[dict[str, Any]]:
    """Yield the resources of the unit texts that ship; `system` is that of the texts."""
    by_text: dict[str, list[str]] = defaultdict(list)
    for row in shipped(UNIT_TEXTS):
        if row["ucum"] and row["ucum"] not in by_text[row["text"]]:
            by_text[row["text"]].append(row["ucum"])
    texts = {text: codes for text, codes in by_text.items() if codes}
    yield _published("CodeSystem", "units-ru", system, "Единицы измерения, как их пишут") | {
        "content": "complete",
        "caseSensitive": True,
        "concept": [_concept(text, "") for text in texts],
    }
    url = f"{system.rstrip('/')}/ucum"
    yield _published("ConceptMap", "units-ru-ucum", url, "Единицы измерения: UCUM") | {
        "copyright": _notice(UCUM_NOTICE),
        "group": [
            {
                "source": system,
                "target": UCUM,
                "element": [
                    {"code": text, "target": [_target(code) for code in codes]}
                    for text, codes in texts.items()
                ],
            }
        ],
    }


def _published(type_: str, id_: str, url: str, title: str) -> dict[str, Any]:
    name = "".join(word.capitalize() for word in id_.split("-"))
    return {
        "resourceType": type_,
        "id": id_,
        "url": url,
        "name": name,
        "title": title,
        "status": "active",
    }


def _concept(code: str, display: str) -> dict[str, str]:
    return {"code": code, "display": display} if display else {"code": code}


def _element(row: Row) -> dict[str, Any]:
    target = {"equivalence": row["equivalence"] or "relatedto"}
    if row["loinc"] and row["equivalence"] not in WITHOUT_TARGET:
        target = {"code": row["loinc"], "display": row["loinc_display"]} | target
    if row["comment"]:
        target["comment"] = row["comment"]
    shown = {name: value for name, value in target.items() if value}
    return _concept(row["local_code"], row["local_name"]) | {"target": [shown]}


def _target(code: str) -> dict[str, str]:
    return {"code": code, "equivalence": "equivalent"}


def _notice(path: str) -> str:
    return data.read(path).decode().strip()
