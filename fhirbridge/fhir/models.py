"""A second, typed opinion on a resource: the models of fhir.resources.

They are R4B, which for our types equals R4; what they return is never stored nor sent, for they
rewrite decimals and instants. Loading them takes half a second, so it waits for the first use.

The same codes and references come again and again: one that its model has accepted is not taken
apart a second time. Only "valid" is ever said so; every complaint is about the whole.
"""

from functools import lru_cache
from typing import Any

from fhirbridge.fhir.element_types import element_type
from fhirbridge.fhir.errors import Invalid, Issue
from fhirbridge.fhir.json import parse
from fhirbridge.fhir.outcome import expression
from fhirbridge.fhir.recurring import MOST, TYPES, text_of

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
    try:
        model = _model(resource["resourceType"])
    except (KeyError, TypeError, ValueError):
        return (Issue("error", "structure", "resourceType is missing or not of a known type."),)
    if _accepted(model, _with_known(resource)) is not None:
        return ()
    return tuple(_complaints(model, resource))


def _model(name: str) -> Any:
    """Return the model of a resource or data type; raises ValueError for an unknown one."""
    from fhir.resources.R4B import get_fhir_model_class  # noqa: PLC0415 - slow to load

    return get_fhir_model_class(name)


def _accepted(model: Any, value: dict[str, Any]) -> Any:
    """Return `value` as its model, None when that has complaints."""
    from pydantic import ValidationError  # noqa: PLC0415 - comes with the models

    try:
        return model.model_validate(value)
    except ValidationError:
        return None


def _complaints(model: Any, resource: dict[str, Any]) -> list[Issue]:
    from pydantic import ValidationError  # noqa: PLC0415 - as above

    try:
        model.model_validate(resource)
    except ValidationError as error:
        return [
            Issue("error", *COMPLAINTS.get(one["type"], OTHERWISE), _place(resource, one["loc"]))
            for one in error.errors(include_url=False, include_input=False, include_context=False)
            if not _unknown_to_models(one["type"], one["loc"])
        ]
    return []


def _with_known(resource: dict[str, Any]) -> dict[str, Any]:
    """Return `resource` with the models of those of its elements that have one."""
    found = dict(resource)
    for name, value in resource.items():
        type_ = element_type(resource["resourceType"], name)
        if type_ in TYPES:
            several = isinstance(value, list)
            found[name] = [_known(type_, one) for one in value] if several else _known(type_, value)
    return found


def _known(type_: str, element: Any) -> Any:
    text = text_of(type_, element)
    known = None if text is None else _element(type_, text)
    return element if known is None else known


@lru_cache(maxsize=MOST)
def _element(type_: str, text: bytes) -> Any:
    """Return the model of an element of that type and text, None when it has complaints."""
    try:
        # A part of a resource is named without the underscore.
        return _accepted(_model(type_.replace("_", "")), parse(text))
    except Invalid:
        return None


def _unknown_to_models(type_: str, steps: tuple[int | str, ...]) -> bool:
    """Return whether the complaint is about `_value[x]`, which R4 has and the models have not."""
    return type_ == "extra_forbidden" and str(steps[-1]).startswith("_")


def _place(resource: dict[str, Any], steps: tuple[int | str, ...]) -> tuple[str]:
    return (expression(resource["resourceType"], steps),)
