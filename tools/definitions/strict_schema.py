"""R4's own JSON schema made strict, for the types we serve and what they may hold.

What the published one lets through and this one does not: a required primitive left out, a string
where an object belongs, two values of one choice, empty arrays, objects and strings, days that no
calendar has, codes outside a required value set. https://hl7.org/fhir/R4/json.html
"""

# ruff: noqa: INP001 - scripts that stand beside one another, no package

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from required_codes import Codes

Schema = dict[str, Any]

# Not served as types, but held by what is served, sent or received.
COMPANIONS = (
    *("Bundle", "CapabilityStatement", "OperationOutcome", "Parameters"),
    *("AppointmentResponse", "Coverage", "Device", "Encounter", "Endpoint", "Group", "Medication"),
    *("Media", "RelatedPerson", "Subscription", "Substance", "Task"),
)
YEAR = "(?:[0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)"
LEAP_YEAR = "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)"
DAY = (
    f"(?:{YEAR}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]"
    f"|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))|{LEAP_YEAR}-02-29)"
)
PARTIAL = f"{YEAR}(?:-(?:0[1-9]|1[0-2]))?"
TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?"
ZONE = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
TEXT = {"type": "string", "pattern": r"^[^\x00-\x08\x0B\x0C\x0E-\x1F]+$"}
NO_SPACE = {"type": "string", "pattern": r"^\S+$"}
INTEGER = {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1}

PRIMITIVES: dict[str, Schema] = {
    "base64Binary": {"type": "string", "pattern": r"^[0-9A-Za-z+/=\s]+$"},
    "boolean": {"type": "boolean"},
    "canonical": NO_SPACE,
    "code": {"type": "string", "pattern": r"^\S+(?:\s\S+)*$"},
    "date": {"type": "string", "pattern": f"^(?:{DAY}|{PARTIAL})$"},
    "dateTime": {"type": "string", "pattern": f"^(?:{DAY}(?:T{TIME}{ZONE})?|{PARTIAL})$"},
    "decimal": {"type": "number"},
    "id": {"type": "string", "pattern": r"^[A-Za-z0-9\-.]{1,64}$"},
    "instant": {"type": "string", "pattern": f"^{DAY}T{TIME}{ZONE}$"},
    "integer": INTEGER,
    "markdown": TEXT,
    "oid": {"type": "string", "pattern": r"^urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+$"},
    "positiveInt": INTEGER | {"minimum": 1},
    "string": TEXT,
    "time": {"type": "string", "pattern": f"^{TIME}$"},
    "unsignedInt": INTEGER | {"minimum": 0},
    "uri": NO_SPACE,
    "url": NO_SPACE,
    "uuid": {
        "type": "string",
        "pattern": r"^urn:uuid:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
    },
    "xhtml": TEXT,
}
# Additions of the package, and an extension that the url of an extension cannot have.
NOT_R4 = {
    "Meta": {"account", "author", "compartment", "project"},
    "HealthcareService": {"offeredIn"},
    "Extension": {"_url"},
}
CANONICAL, ELEMENT = {"$ref": "#/definitions/canonical"}, {"$ref": "#/definitions/Element"}
RENAMED = {"Resource": "ResourceList", "integer64": "integer"}


class Elements:
    """What the structure definitions say of each element, by definition of the schema."""

    def __init__(self, folder: Path, published: dict[str, Schema]) -> None:
        self.published = published
        self.required: dict[str, list[str]] = defaultdict(list)
        self.choices: dict[str, dict[str, list[str]]] = defaultdict(dict)
        self.bindings: dict[tuple[str, str], str] = {}
        self.inlined: dict[tuple[str, str], str] = {}
        self.names: dict[str, set[str]] = defaultdict(set)
        self.types: list[str] = []
        for name in ("profiles-types.json", "profiles-resources.json"):
            bundle = json.loads((folder / name).read_text(encoding="utf-8"))
            for entry in bundle["entry"]:
                if entry["resource"]["resourceType"] == "StructureDefinition":
                    self._read(entry["resource"])

    def _read(self, structure: Schema) -> None:
        if structure["kind"] == "resource" and not structure["abstract"]:
            self.types.append(structure["type"])
        for element in structure["snapshot"]["element"]:
            *parents, name = element["path"].split(".")
            owner = self._definition(parents)
            if owner and element["max"] != "0":
                self._element(owner, name, element)

    def _definition(self, path: list[str]) -> str | None:
        """Return the name of the definition that the schema has for a path, by following it."""
        name = path[0] if path else None
        for step in path[1:]:
            properties = self.published.get(name or "", {}).get("properties", {})
            found = properties.get(step, {})
            reference = found.get("items", found).get("$ref")
            name = reference.rpartition("/")[2] if reference else None
        return name

    def _element(self, owner: str, name: str, element: Schema) -> None:
        self.names[owner].add(name)
        if name.endswith("[x]"):
            codes = [type_["code"] for type_ in element["type"]]
            members = {name[:-3] + code[:1].upper() + code[1:]: code for code in codes}
            self.choices[owner][name] = list(members)
            self.names[owner] |= members.keys()
            self.inlined.update({(owner, member): code for member, code in members.items()})
        if element["min"]:
            self.required[owner].append(name)
        binding = element.get("binding", {})
        if binding.get("strength") == "required" and "valueSet" in binding:
            self.bindings[owner, name] = binding["valueSet"].partition("|")[0]


def schema(folder: Path, types: list[str]) -> dict[str, Schema]:
    """Return definition → strict schema, for `types`, their companions and what they refer to."""
    published = json.loads((folder / "fhir.schema.json").read_text(encoding="utf-8"))["definitions"]
    elements, codes = Elements(folder, published), Codes(folder)
    known = sorted({*types, *COMPANIONS})
    strict: dict[str, Schema] = {"ResourceList": _any_resource(known, sorted(elements.types))}
    waiting = [*known, "Element", "Extension"]
    while waiting:
        name = waiting.pop()
        if name not in strict:
            strict[name] = PRIMITIVES.get(name) or _strict(name, published[name], elements, codes)
            waiting.extend(_references(strict[name]))
    return dict(sorted(strict.items()))


def _any_resource(known: list[str], types: list[str]) -> Schema:
    """Return the schema of a contained resource: strict for known types, open for others."""
    cases = [
        {
            "if": {"properties": {"resourceType": {"const": name}}},
            "then": {"$ref": f"#/definitions/{name}"},
        }
        for name in known
    ]
    named = {"resourceType": {"enum": types}}
    return {"type": "object", "properties": named, "required": ["resourceType"], "allOf": cases}


def _references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [name for item in node for name in _references(item)]
    if not isinstance(node, dict):
        return []
    own = [node["$ref"].rpartition("/")[2]] if "$ref" in node else []
    return own + [name for value in node.values() for name in _references(value)]


def _strict(name: str, published: Schema, elements: Elements, codes: Codes) -> Schema:
    known = {*elements.names[name], "resourceType"}  # more was added by whoever packed it
    properties = {
        key: _reference(elements.inlined[name, key])
        if (name, key) in elements.inlined
        else _property(value, codes.of(elements.bindings.get((name, key))))
        for key, value in published["properties"].items()
        if key.removeprefix("_") in known and key not in NOT_R4.get(name, ())
    }
    properties |= _beside_canonicals(properties)
    rules, required = _required(elements.required[name], properties)
    for choice, members in elements.choices[name].items():
        rules.append(_one_of(name, choice, [m for m in members if m in properties], elements))
    rules.extend(_padding(properties))
    strict: Schema = {"type": "object", "minProperties": 1, "properties": properties}
    strict |= {"additionalProperties": False}
    return (
        strict | ({"required": required} if required else {}) | ({"allOf": rules} if rules else {})
    )


def _beside_canonicals(properties: Schema) -> Schema:
    """Return the extensions of canonical elements, which the published schema forgets."""
    return {
        f"_{key}": ELEMENT
        if value == CANONICAL
        else {"type": "array", "minItems": 1, "items": ELEMENT}
        for key, value in properties.items()
        if CANONICAL in (value, value.get("items")) and f"_{key}" not in properties
    }


def _required(names: list[str], properties: Schema) -> tuple[list[Schema], list[str]]:
    """Return the rules for required primitives, or their extension, and the other names."""
    required = ["resourceType"] if "resourceType" in properties else []
    rules: list[Schema] = []
    for key in names:
        if f"_{key}" in properties:
            rules.append({"if": {"not": {"required": [f"_{key}"]}}, "then": {"required": [key]}})
        elif key in properties:
            required.append(key)
    return rules, required


def _property(published: Schema, codes: list[str] | None) -> Schema:
    if "items" in published:
        item = _property(published["items"], codes)
        return {"type": "array", "minItems": 1, "items": item}
    if "const" in published:
        return {"const": published["const"]}
    if "enum" in published:
        return {"enum": published["enum"]}
    name = published["$ref"].rpartition("/")[2]
    return {"enum": codes} if codes and name == "code" else _reference(name)


def _reference(name: str) -> Schema:
    return {"$ref": f"#/definitions/{RENAMED.get(name, name)}"}


def _one_of(owner: str, choice: str, members: list[str], elements: Elements) -> Schema:
    """Return the rule that one member of `choice` is there; a primitive may be by its extension.

    An Extension has a value or extensions, never both (invariant ext-1).
    """
    branches: list[Schema] = [
        {"anyOf": [{"required": [m]}, {"required": [f"_{m}"]}]} for m in members
    ]
    if owner == "Extension":
        branches.append({"required": ["extension"]})
    elif choice not in elements.required[owner]:
        none: Schema = {key: False for m in members for key in (m, f"_{m}")}
        branches.append({"properties": none})
    return {"title": choice, "oneOf": branches}


def _padding(properties: Schema) -> list[Schema]:
    """Let null stand in an array of primitives and in that of their extensions, if both exist."""
    rules = []
    for key, sibling in [(key, f"_{key}") for key in properties if f"_{key}" in properties]:
        if "items" not in properties[key]:
            continue
        for padded, other in ((key, sibling), (sibling, key)):
            item = properties[padded]["items"]
            properties[padded]["items"] = {"if": {"type": "null"}, "else": item}
            never_null = {"properties": {padded: {"items": {"not": {"type": "null"}}}}}
            rules.append({"if": {"not": {"required": [other]}}, "then": never_null})
    return rules
