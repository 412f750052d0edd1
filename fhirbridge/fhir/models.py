"""A second, typed opinion on a resource: the models of fhir.resources.

They are R4B, which for our types equals R4; what they return is never stored nor sent, for they
rewrite decimals and instants. Loading them takes half a second, so it waits for the first use.
"""

from typing import Any

from fhirbridge.fhir.errors import Issue
from fhirbridge.fhir.outcome import expression

# What the models say, by the kind of their complaint: issue code and sentence.
COMPLAINTS = {
    "missing": ("required", "This element is required."),
    "extra_forbidden": ("structure", "This element is unknown."),
}
OTHERWISE = ("value", "This does not fit its type.")


def typed_check(resource: dict[str, Any]) -> tuple[Issue, ...]:
    """Return what the typed model of its type finds wrong with `resource`; () if nothing.

    No issue repeats a value of the resource.
    """
    from fhir.resources.R4B import get_fhir_model_class  # noqa: PLC0415 - slow to load
    from pydantic import ValidationError  # noqa: PLC0415 - comes with it

    try:
        model = get_fhir_model_class(resource["resourceType"])
    except (KeyError, TypeError, ValueError):
        return (Issue("error", "structure", "resourceType is missing or not of a known type."),)
    try:
        model.model_validate(resource)
    except ValidationError as error:
        return tuple(
            Issue("error", *COMPLAINTS.get(one["type"], OTHERWISE), _place(resource, one["loc"]))
            for one in error.errors(include_url=False, include_input=False, include_context=False)
            if not _unknown_to_models(one["type"], one["loc"])
        )
    return ()


def _unknown_to_models(type_: str, steps: tuple[int | str, ...]) -> bool:
    """Return whether the complaint is about `_value[x]`, which R4 has and the models have not."""
    return type_ == "extra_forbidden" and str(steps[-1]).startswith("_")


def _place(resource: dict[str, Any], steps: tuple[int | str, ...]) -> tuple[str]:
    return (expression(resource["resourceType"], steps),)
