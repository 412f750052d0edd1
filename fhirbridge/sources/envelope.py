"""From the bytes of an answer to its records: only the declared envelope is data.

An honest "nothing" is an empty list in the envelope. An empty body, a gateway page or anything
else raises NotData, so that no reader takes it for an empty directory.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from fhirbridge.fhir import json
from fhirbridge.fhir.errors import Invalid
from fhirbridge.sources.errors import NotData
from fhirbridge.sources.recognise import ABSENT, at
from fhirbridge.sources.template import FIELD, fill
from fhirbridge.sources.words import Stream

NESTED_TEXTS = 2
GUID = re.compile(r"\{?([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})\}?", re.IGNORECASE)
CHARSET = re.compile(r"charset\s*=\s*\"?([\w-]+)", re.IGNORECASE)


def decode(body: bytes, charset: str, content_type: str = "") -> str:
    """Return the text of `body`: UTF-8 when it is that, else the charset that was declared.

    Raises NotData rather than show letters that nobody wrote.
    """
    declared = CHARSET.search(content_type)
    for encoding in ("utf-8-sig", charset, declared[1] if declared else charset):
        try:
            return body.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    raise NotData("not in the declared encoding")


def parse(text: str) -> Any:
    """Return the JSON value in `text`; JSON inside a JSON string is opened. Raises NotData."""
    for _ in range(NESTED_TEXTS + 1):
        try:
            value = json.parse(text)
        except Invalid as error:
            raise NotData("empty body" if not text.strip() else str(error)) from None
        if not isinstance(value, str):
            return value
        text = value
    raise NotData("a text, not data")


def records(
    stream: Stream, value: Any, parameters: Mapping[str, Any]
) -> tuple[dict[str, Any], ...]:
    """Return the records in an answer, in its order. Raises NotData when it is not the envelope."""
    container, items = _list(stream, value)
    _check_echo(stream, container, parameters)
    for item in items:
        _check_echo(stream, item, parameters)
    if stream.record == "item":
        return tuple(items)
    return ({**container, stream.list_name: items},)


def key(stream: Stream, record: dict[str, Any], parameters: Mapping[str, Any]) -> str:
    """Return what the record is known by: its key fields, GUIDs in one spelling.

    A record without any of them is known by its content.
    """
    parts = [_part(term, record, parameters) for term in stream.key]
    if not any(parts):
        return f"sha256:{hashlib.sha256(json.dump(record)).hexdigest()}"
    return "|".join(parts)


def _part(term: str, record: dict[str, Any], parameters: Mapping[str, Any]) -> str:
    if FIELD.search(term):
        return canonical(fill(term, parameters))
    found = at(record, term)
    return "" if found is ABSENT or found is None else canonical(str(found))


def canonical(text: str) -> str:
    """Return `text` without outer space, a GUID in lower case without braces."""
    text = text.strip()
    guid = GUID.fullmatch(text)
    return guid[1].lower() if guid else text


def _list(stream: Stream, value: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the object around the list (without the list) and the list's items."""
    for path in stream.list_at:
        items = _as_list(stream, at(value, path))
        if items is not None:
            _check_items(stream, items)
            return _around(value, path), items
    raise NotData("no list where the profile says")


def _as_list(stream: Stream, found: Any) -> list[Any] | None:
    """Return the list that `found` is or stands for, or None."""
    if isinstance(found, str) and found.strip():
        found = parse(found)
    if isinstance(found, list):
        return found
    if found == "":
        return []
    if isinstance(found, dict) and any(name in found for name in stream.item_has):
        return [found]
    return None


def _check_items(stream: Stream, items: list[Any]) -> None:
    if not all(isinstance(item, dict) for item in items):
        raise NotData("the list holds something else than objects")
    known = stream.item_has
    if items and known and not any(name in item for item in items for name in known):
        raise NotData("the list holds other objects than the profile says")


def _around(value: Any, path: str) -> dict[str, Any]:
    if path == "$":
        return {}
    parent, _, name = path.rpartition(".")
    container = at(value, parent or "$")
    return {field: part for field, part in container.items() if field != name}


def _check_echo(stream: Stream, answer: dict[str, Any], parameters: Mapping[str, Any]) -> None:
    """Raise NotData when the answer is about something else than was asked."""
    for path, expected in stream.echo.items():
        for found in _said(answer, path):
            if canonical(found).casefold() != canonical(fill(expected, parameters)).casefold():
                raise NotData(f"{path} is not what was asked for")


def _said(answer: dict[str, Any], path: str) -> Iterator[str]:
    found = at(answer, path)
    if isinstance(found, str | int) and found != "":
        yield str(found)
