"""The tables of a source: code maps, keys, streams. Each says one thing once for all its files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fhirbridge.fhir.configuration import ConfigurationError
from fhirbridge.mapping.declaration import document
from fhirbridge.mapping.preparing import Preparation, repeats, untouched
from fhirbridge.mapping.slots import slots
from fhirbridge.mapping.words import WORDS
from fhirbridge.mapping.words.word import Key, Maps, spelled
from fhirbridge.terminology.tables import rows

PREPARATIONS: Mapping[str, Preparation] = {"repeats": repeats, "slots": slots}


@dataclass(frozen=True, slots=True)
class Stream:
    """How a stream's records are prepared: the list in them, the preparation, what is ignored."""

    list_: str = ""
    prepare: Preparation = untouched
    options: Mapping[str, Any] = field(default_factory=dict)
    joins: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


def code_maps(source: Mapping[str, Any], codes: str) -> Maps:
    """Return the maps of `source.yaml` (`statuses:`, `flags:`) and `codes.csv` by name.

    Sources of a map are compared without case and with ё as е.
    """
    found: dict[str, dict[str, str]] = {}
    for name, table in {**source.get("statuses", {}), "flags": source.get("flags", {})}.items():
        found[name] = {spelled(key): str(value) for key, value in table.items()}
    for row in rows(codes):
        found.setdefault(row["map"], {})[spelled(row["source"])] = row["target"]
    return found


def grouping(source: Mapping[str, Any]) -> str:
    """Return the signs beside spaces that `numbers: {group: …}` of `source.yaml` declares."""
    declared = source.get("numbers", {}).get("group", ())
    return "".join(sign for sign in declared if not str(sign).isspace())


def key_table(name: str, text: str) -> Mapping[str, Key]:
    """Return the keys of `keys.yaml`. Raises ConfigurationError when one is not understood."""
    found = {}
    for kind, one in document(name, text).items():
        words = tuple(one.get("words", ())) if isinstance(one, dict) else ()
        if not words or "type" not in one:
            raise ConfigurationError(f"{name}: {kind}: needs type: and words:")
        if unknown := [word for word in words if word.removesuffix("?") not in WORDS]:
            raise ConfigurationError(f"{name}: {kind}: {unknown[0]!r} is not a word")
        found[kind] = Key(str(one["type"]), words)
    return found


def stream_table(name: str, text: str) -> Mapping[str, Stream]:
    """Return the streams of `streams.yaml`. Raises ConfigurationError when one is wrong."""
    return {
        stream: _stream(name, stream, one or {}) for stream, one in document(name, text).items()
    }


def _stream(name: str, stream: str, found: Mapping[str, Any]) -> Stream:
    options = dict(found.get("prepare", {}))
    kind = options.pop("as", "")
    if kind and kind not in PREPARATIONS:
        raise ConfigurationError(f"{name}: {stream}: {kind!r} is not a preparation")
    if unknown := sorted(set(found) - {"list", "prepare", "join", "ignored"}):
        raise ConfigurationError(f"{name}: {stream}: there is no field {unknown[0]!r}")
    group = options.get("group")
    return Stream(
        list_=found.get("list", ""),
        prepare=PREPARATIONS.get(kind, untouched),
        options=options,
        joins=found.get("join", {}),
        ignored=tuple(found.get("ignored", ())),
        groups=(f"{group}s",) if group else (),
    )
