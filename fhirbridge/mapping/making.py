"""What one file makes of one item: a resource, a refusal, or nothing by declaration."""

from dataclasses import dataclass
from typing import Any

from fhirbridge.mapping.declaration import File
from fhirbridge.mapping.errors import Refused
from fhirbridge.mapping.filling import Filling
from fhirbridge.mapping.outcome import Mapped
from fhirbridge.mapping.paths import Scope, look
from fhirbridge.mapping.words.text import text
from fhirbridge.mapping.words.word import Surroundings

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Made:
    """A resource, or why there is none: `refused` (code, text), `ignored` (a reason), neither."""

    version: str
    mapped: Mapped | None = None
    refused: Pair | None = None
    ignored: str = ""
    notes: tuple[Pair, ...] = ()


def make(file: File, scope: Scope, around: Surroundings) -> Made:
    """Return what `file` makes of the item of `scope`."""
    try:
        return _make(file, scope, around)
    except Refused as refused:
        return Made(file.version, refused=(refused.code, str(refused)))


def _make(file: File, scope: Scope, around: Surroundings) -> Made:
    quiet = Filling(around)
    reasons = (quiet.read(one, scope) for one in file.skips)
    if reason := next(filter(None, reasons), None):
        return Made(file.version, ignored=reason)
    _require(file, scope)
    if not all(look(path, scope) for path in file.only_with):
        return Made(file.version)
    id_ = quiet.read(file.id, scope)
    if id_ is None:
        raise Refused("no-identity", f"no key for a {file.type_}")
    filling = Filling(around)
    filled = filling.fill(file.resource, scope)
    if filled is None:
        raise Refused("empty-item", f"it says nothing for a {file.type_}")
    resource = _whole(file, id_, filled, around)
    row = _map_row(file, scope, around)
    mapped = Mapped(resource, file.version, row, file.new_only, file.grows)
    return Made(file.version, mapped=mapped, notes=tuple(filling.notes))


def _require(file: File, scope: Scope) -> None:
    """Raise Refused for the first required field that is empty."""
    for path, code in file.requires.items():
        found = look(path, scope)
        if found is None or (isinstance(found, str) and text(found) is None):
            raise Refused(code, f"{path} is empty")


def _whole(file: File, id_: str, filled: Any, around: Surroundings) -> dict[str, Any]:
    """Return the resource with its id and where it comes from, in the order of the standard."""
    origin = f"{around.context.system_base}source/{around.context.source}#{file.hash}"
    meta = {"source": origin, **filled.pop("meta", {})}
    return {"resourceType": filled.pop("resourceType"), "id": id_, "meta": meta, **filled}


def _map_row(file: File, scope: Scope, around: Surroundings) -> str | None:
    code = text(look(file.map_row, scope)) if file.map_row else None
    row = around.tests.find(code).row if code else None
    return f"tests.csv:{row['local_code']}" if row else None
