"""Dotted paths into an answer, and rules that recognise one."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from fhirbridge.sources.words import Rule

ABSENT: Final = object()
EMPTY: Final = ("", None, False)


def at(value: Any, path: str) -> Any:
    """Return what lies at the dotted `path` (`$` is the whole), or ABSENT."""
    if path == "$":
        return value
    for name in path.split("."):
        if not isinstance(value, Mapping) or name not in value:
            return ABSENT
        value = value[name]
    return value


def first_at(value: Any, paths: Iterable[str]) -> Any:
    """Return what lies at the first of `paths` that is there and not empty, or ABSENT."""
    found = (at(value, path) for path in paths)
    return next((one for one in found if one is not ABSENT and one not in EMPTY), ABSENT)


def holds(rule: Rule, status: int, text: str, value: Any) -> bool:
    """Return whether `rule` recognises the answer with this status, text and JSON value."""
    if rule.status and status not in rule.status:
        return False
    if rule.field is None:
        return _contains(rule, text)
    found = at(value, rule.field)
    if found is ABSENT:
        return False
    if rule.equals:
        return any(type(found) is type(one) and found == one for one in rule.equals)
    if rule.contains:
        return _contains(rule, str(found))
    return found not in EMPTY and found != []


def _contains(rule: Rule, text: str) -> bool:
    folded = text.casefold()
    return not rule.contains or any(part.casefold() in folded for part in rule.contains)
