"""What happened, as a resource: https://hl7.org/fhir/R4/operationoutcome.html.

Error texts are copied into tickets and logs. What could name a person in them can only have come
from the request, for our own words are English: it is left out, and `expression` tells the place.
"""

import re
from collections.abc import Iterable
from typing import Any

from fhirbridge.fhir.errors import Issue

# Letters of other scripts than ours, addresses of mail, numbers as long as one of a person.
PERSONAL = re.compile(
    r"[^\x20-\x7e]+(?: ?[^\x20-\x7e]+)*"
    r"|[\w.+-]+@[\w-]+\.[\w.-]+"
    r"|(?<![\w-])\+?(?:[ ()-]{0,2}\d){10,}(?![\w-])",
    re.ASCII,
)
LEFT_OUT = "…"
ALL_WELL = Issue("information", "informational", "No issues.")


def outcome(issues: Iterable[Issue]) -> dict[str, Any]:
    """Return the OperationOutcome that tells `issues`; without any it says that all is well."""
    return {
        "resourceType": "OperationOutcome",
        "issue": [_issue(issue) for issue in tuple(issues) or (ALL_WELL,)],
    }


def _issue(issue: Issue) -> dict[str, Any]:
    told: dict[str, Any] = {"severity": issue.severity, "code": issue.code}
    if issue.diagnostics:
        told["diagnostics"] = impersonal(issue.diagnostics)
    if issue.expression:
        told["expression"] = [impersonal(place) for place in issue.expression]
    return told


def impersonal(text: str) -> str:
    """Return `text` without what could be the name, number or address of a person."""
    return PERSONAL.sub(LEFT_OUT, text)


def expression(type_: str, steps: Iterable[int | str]) -> str:
    """Return a path as FHIRPath writes it: `Observation.component[1].code`."""
    return type_ + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
