"""Is a resource valid R4? Checked against the strict schema derived from R4 4.0.1's own.

https://hl7.org/fhir/R4/validation.html; the schema's origin is told in terminology/r4/README.md.
"""

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from typing import Any

import orjson
from jsonschema_rs import Draft7Validator, RegexOptions, ValidationError

from fhirbridge.fhir import narrative
from fhirbridge.fhir.data import read
from fhirbridge.fhir.errors import Issue
from fhirbridge.fhir.outcome import expression
from fhirbridge.fhir.path import elements

MOST_ISSUES = 50
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


def check(resource: dict[str, Any]) -> tuple[Issue, ...]:
    """Return what is wrong with `resource`, up to fifty issues, each with its path; () if valid.

    No issue repeats a value of the resource.
    """
    type_ = resource.get("resourceType")
    if not isinstance(type_, str) or type_ not in definitions():
        return (Issue("error", "structure", "resourceType is missing or not of a known type."),)
    if type_ not in types():
        return (Issue("error", "not-supported", "Resources of this type are not checked here."),)
    plain = orjson.loads(orjson.dumps(resource, _fraction))
    errors = _validator(type_).iter_errors(plain)
    found = [_issue(error, type_) for error in islice(errors, MOST_ISSUES)]
    return tuple(found or _narratives(plain, type_))


@cache
def types() -> frozenset[str]:
    """Return the resource types that can be checked."""
    return frozenset(
        name
        for name, definition in definitions().items()
        if "const" in definition.get("properties", {}).get("resourceType", {})
    )


def _fraction(value: object) -> orjson.Fragment:
    """Stand in for a number written with point or exponent: a decimal, never an integer."""
    del value
    return orjson.Fragment(b"0.5")


@cache
def definitions() -> dict[str, Any]:
    """Return the schema's definitions by name: a type, or a part of one as `Patient_Contact`."""
    found: dict[str, Any] = json.loads(read("terminology/r4/schema.json"))
    return found


@cache
def _validator(type_: str) -> Draft7Validator:
    """Return the validator of one type, over the definitions that it reaches."""
    reached: dict[str, Any] = {}
    waiting = [type_]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached[name] = definitions()[name]
            waiting.extend(re.findall(r'"#/definitions/(\w+)"', json.dumps(reached[name])))
    schema = {"$ref": f"#/definitions/{type_}", "definitions": reached}
    return Draft7Validator(schema, pattern_options=RegexOptions())


def _unknown(names: list[str]) -> str:
    told = [f"'{name}'" for name in names if NAME.fullmatch(name)]
    return f"Unknown element: {', '.join(told) or '(unreadable name)'}."


def _codes(options: list[Any]) -> str:
    several = 20
    told = ", ".join(str(option) for option in options[:several])
    return f"This must be one of: {told}{', …' if len(options) > several else ''}."


def _choice(error: ValidationError) -> str:
    """Return the name of the choice element whose rule is broken: the rule's title."""
    rule: Any = {"definitions": definitions()}
    for step in error.schema_path[:-1]:
        rule = rule[step]
    return str(rule["title"])


# What each kind of error of the validator means: issue code, and the sentence about it.
Sentence = Callable[[Any], str]
BROKEN: dict[str, tuple[str, Sentence]] = {
    "Required": ("required", lambda e: f"'{e.kind.property}' is required."),
    "AdditionalProperties": ("structure", lambda e: _unknown(e.kind.unexpected)),
    "Enum": ("code-invalid", lambda e: _codes(e.kind.options)),
    "Type": ("structure", lambda e: f"This must be of type {', '.join(e.kind.types)}."),
    "Pattern": ("value", lambda _: "This is not written as its type demands."),
    "MinItems": ("structure", lambda _: "An array must not be empty."),
    "MinProperties": ("structure", lambda _: "An object must not be empty."),
    "Minimum": ("value", lambda _: "This number is too small for its type."),
    "Maximum": ("value", lambda _: "This number is too large for its type."),
    "Constant": ("value", lambda _: "This is not the type of resource expected here."),
    "OneOfMultipleValid": ("structure", lambda e: f"Only one {_choice(e)} may be given."),
    "OneOfNotValid": ("required", lambda e: f"{_choice(e)} is required."),
    "Not": ("structure", lambda _: "null may only stand beside an extension in an array."),
}


def _issue(error: ValidationError, type_: str) -> Issue:
    code, sentence = BROKEN[type(error.kind).__name__]
    return Issue("error", code, sentence(error), (expression(type_, error.instance_path),))


def _narratives(resource: dict[str, Any], type_: str) -> Iterator[Issue]:
    for owner, path in (
        (resource, ""),
        *((c, ".contained") for c in elements(resource, "contained")),
    ):
        problem = next((narrative.problem(div) for div in elements(owner, "text.div")), None)
        if problem is not None:
            yield Issue("error", "invalid", problem, (f"{type_}{path}.text.div",))
