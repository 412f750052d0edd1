"""What an index was made from, in one short text: when it differs, the index is another's.

An index made by other declarations answers wrongly without a sign: a parameter finds nothing, a
view shows what is hidden by now. So a database tells by what it was indexed (`Store.check`).
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any
from zoneinfo import ZoneInfo

from fhirbridge.fhir.json import dump
from fhirbridge.resources.access import Access
from fhirbridge.resources.definition import ResourceDefinition

# Raised whenever the same declaration and resource give other rows or another view than before.
MAKING = 2
CONSTANT = (str, int, tuple, frozenset)


def fingerprint(definitions: Mapping[str, ResourceDefinition], zone: ZoneInfo) -> str:
    """Return 32 hexadecimal digits of the declarations, how they are read, and the clinic's zone.

    Raises TypeError for a declaration that holds something without a name of its own.
    """
    told = [MAKING, zone.key, {type_: _told(definitions[type_]) for type_ in sorted(definitions)}]
    return hashlib.sha256(dump(told)).hexdigest()[:32]


def _told(value: Any) -> Any:
    """Return a declaration as JSON that is the same in every process."""
    if isinstance(value, Access) or (is_dataclass(value) and not isinstance(value, type)):
        return [type(value).__qualname__, {name: _told(held) for name, held in _held(value)}]
    if isinstance(value, Mapping):
        return {str(name): _told(value[name]) for name in sorted(value, key=str)}
    if isinstance(value, tuple | list | frozenset):
        told = [_told(one) for one in value]
        return sorted(told, key=dump) if isinstance(value, frozenset) else told
    if isinstance(value, Callable):  # type: ignore[arg-type]
        return _named(value)
    if value is None or isinstance(value, str | bool | int):
        return value
    raise TypeError(f"{type(value).__qualname__} in a declaration")


def _held(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the fields of a declaration, and what its class says for all of its kind."""
    own = {one.name for one in fields(value) if one.init} if is_dataclass(value) else set()
    kind = type(value)
    said = {one for one in dir(kind) if one[0] != "_" and isinstance(getattr(kind, one), CONSTANT)}
    for name in sorted(own | said):
        yield name, getattr(value, name)


def _named(function: Callable[..., Any]) -> str:
    name = f"{function.__module__}.{function.__qualname__}"
    if "<" in name:
        raise TypeError(f"{name} in a declaration: only functions that have a name")
    return name
