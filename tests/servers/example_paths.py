"""The values of a resource by HL7's own FHIRPath expressions: the little of FHIRPath they use.

Written for the tests alone and apart from fhirbridge/fhir/path.py, so that one may prove the other.
"""

import json
import re

STEP = re.compile(r"where\(resolve\(\) is \w+\)|where\([^)]*\)|as\(\w+\)|[^.]+")
CAST = re.compile(r"^\((.+) as (\w+)\)(.*)$")


class Digits(str):
    """A JSON number as it is written."""

    __slots__ = ()


def parsed(text):
    """Return JSON with its numbers as written."""
    return json.loads(text, parse_float=Digits, parse_int=Digits)


def values(resource, term):
    """Return the values of one term, each with its key (of a choice element: valueQuantity)."""
    exists = re.match(r"\w+\.(\w+)\.exists\(\) and .* != false$", term)
    if exists:
        found = [value for value, _ in _children([(resource, "")], exists[1])]
        return [(any(value is not False for value in found), "exists")]
    cast = CAST.match(term)
    if cast:
        term = f"{cast[1]}.as({cast[2]}){cast[3]}"
    steps = STEP.findall(term)
    if steps and steps[0] == resource.get("resourceType"):
        steps = steps[1:]
    nodes = [(resource, "")]
    for step in steps:
        nodes = _step(nodes, step)
    return nodes


def _step(nodes, step):
    if step.startswith("as("):
        wanted = step[3:-1].lower()
        return [(value, key) for value, key in nodes if _cast(key, wanted)]
    if step.startswith("where(resolve() is "):
        wanted = step.removeprefix("where(resolve() is ").rstrip(")")
        return [(value, key) for value, key in nodes if type_of(value) == wanted]
    if step.startswith("where("):
        name, wanted = re.match(r"where\((\w+)='(\w+)'\)", step).groups()
        return [(value, key) for value, key in nodes if value.get(name) == wanted]
    return _children(nodes, step)


def _cast(key, wanted):
    """Of a choice the type is the end of its key; "string" is no end of "CodeableConcept"."""
    return key.lower().endswith(wanted)


def _children(nodes, name):
    """Return the elements `name`, of a choice those of every type, lists as their members."""
    choice = re.compile(rf"{name}([A-Z]\w*)?$")
    return [
        (one, key)
        for node, _ in nodes
        if isinstance(node, dict)
        for key, value in node.items()
        if key == name or (choice.match(key) and not _plain(node, name, key))
        for one in (value if isinstance(value, list) else [value])
        if one is not None
    ]


def _plain(node, name, key):
    """Tell whether `key` is an element of its own that only begins like `name`."""
    return name in node or not name_of_a_type(key[len(name) :])


TYPES = {
    *("Boolean", "Integer", "String", "Uri", "Url", "Canonical", "Code", "DateTime", "Date"),
    *("Instant", "Time", "Period", "Timing", "Quantity", "Range", "Ratio", "SampledData", "Age"),
    *("CodeableConcept", "Reference", "Attachment"),
}


def name_of_a_type(text):
    """Tell whether a choice element may end so."""
    return text in TYPES


def type_of(reference):
    """Return the type that a Reference names by its text alone, or None."""
    text = reference.get("reference", "") if isinstance(reference, dict) else ""
    found = re.search(r"(?:^|/)([A-Z][A-Za-z]+)/[A-Za-z0-9.-]{1,64}(?:/_history/[^/]+)?$", text)
    return found[1] if found else None
