"""The files of `mappings/<source>/`, parsed and checked: one per resource made, and three tables.

docs/mapping.md explains the format.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from fhirbridge.fhir.configuration import ConfigurationError
from fhirbridge.mapping.template import Leaf, Node, Reading, leaf, parse

FIELDS = frozenset(
    {"stream", "each", "id", "requires", "only-with", "skips", "map-row"}
    | {"new-only", "grows", "ignored", "resource"}
)
WANTED = ("stream", "id", "resource")


@dataclass(frozen=True, slots=True)
class File:
    """One mapping file: what it reads, what it needs and the shape of what it makes."""

    name: str
    hash: str
    stream: str
    id: Leaf
    resource: Node
    type_: str
    each: str = ""
    requires: Mapping[str, str] = field(default_factory=dict)
    only_with: tuple[str, ...] = ()
    skips: tuple[Leaf, ...] = ()
    map_row: str = ""
    new_only: bool = False
    grows: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()

    @property
    def version(self) -> str:
        """Return what tells this mapping from an earlier one of the same name."""
        return f"{self.name}#{self.hash}"


def document(name: str, text: str) -> dict[str, Any]:
    """Return the YAML mapping in `text`. Raises ConfigurationError when it is none."""
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        line = str(error).replace("\n", " ")
        raise ConfigurationError(f"{name}: not YAML: {line}") from None
    if not isinstance(found, dict):
        raise ConfigurationError(f"{name}: a mapping was expected")
    return found


def files(name: str, text: str, reading: Reading) -> list[File]:
    """Return the mapping file in `text`, once per stream that it reads.

    Raises ConfigurationError naming the field.
    """
    found = document(name, text)
    if unknown := sorted(set(found) - FIELDS):
        raise reading.fail(unknown[0], "there is no such field")
    if missing := [one for one in WANTED if one not in found]:
        raise reading.fail(missing[0], "is missing")
    whole = _file(name, found, reading)
    key = reading.keys.get(whole.id.options.get("key", ""))
    if key and whole.type_ != key.type_:
        raise reading.fail("resource.resourceType", "is not the type of the key")
    said = found["stream"]
    streams = said if isinstance(said, dict) else {said: found.get("each")}
    return [replace(whole, stream=stream, each=each or "") for stream, each in streams.items()]


def _file(name: str, found: Mapping[str, Any], reading: Reading) -> File:
    return File(
        name=name,
        hash=digest(found),
        stream="",
        id=leaf({"as": "id", **found["id"]}, "id", reading),
        resource=parse(found["resource"], "resource", reading),
        type_=found["resource"].get("resourceType"),
        requires=found.get("requires", {}),
        only_with=tuple(found.get("only-with", ())),
        skips=tuple(leaf(one, "skips", reading) for one in found.get("skips", ())),
        map_row=found.get("map-row", ""),
        new_only=found.get("new-only", False),
        grows=tuple(found.get("grows", ())),
        ignored=tuple(found.get("ignored", ())),
    )


def digest(found: Mapping[str, Any]) -> str:
    """Return a short hash of what a file says: comments and layout do not change it."""
    canonical = json.dumps(found, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]
