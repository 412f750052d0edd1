"""What ships of LOINC as a CodeSystem: https://hl7.org/fhir/R4/loinc.html.

A fragment, and said to be one: a code that is not here may still be a LOINC code.
"""

from collections.abc import Mapping
from typing import Any

from fhirbridge.fhir import data
from fhirbridge.terminology.loinc import AXES, SYSTEM, Term, fragment

NOTICE = "terminology/loinc/LOINC_short_license.txt"


def loinc_fragment() -> dict[str, Any]:
    """Return the shipped terms as a CodeSystem resource: the axes are its properties."""
    return {
        "resourceType": "CodeSystem",
        "id": "loinc-fragment",
        "url": SYSTEM,
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": "urn:oid:2.16.840.1.113883.6.1"}],
        "name": "LOINC",
        "title": "LOINC: the fragment that ships",
        "status": "active",
        "experimental": False,
        "publisher": "Regenstrief Institute, Inc.",
        "copyright": data.read(NOTICE).decode().strip(),
        "caseSensitive": False,
        "content": "fragment",
        "property": [
            {"code": axis, "uri": f"{SYSTEM}/property/{axis}", "type": "string"} for axis in AXES
        ],
        "concept": [_concept(term) for _, term in sorted(fragment().items())],
    }


def _concept(term: Term) -> Mapping[str, Any]:
    properties = [
        {"code": axis, "valueString": value} for axis, value in term.axes.items() if value
    ]
    concept: dict[str, Any] = {"code": term.code, "display": term.display}
    if term.short:
        use = {"system": "http://loinc.org", "code": "SHORTNAME"}
        concept["designation"] = [{"language": "en", "use": use, "value": term.short}]
    return {**concept, "property": properties}
