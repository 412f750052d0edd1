"""What happened, as a resource: https://hl7.org/fhir/R4/operationoutcome.html."""

from collections.abc import Iterable
from typing import Any

from fhirbridge.fhir.errors import Issue

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
        told["diagnostics"] = issue.diagnostics
    if issue.expression:
        told["expression"] = list(issue.expression)
    return told


def expression(type_: str, steps: Iterable[int | str]) -> str:
    """Return a path as FHIRPath writes it: `Observation.component[1].code`."""
    return type_ + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
