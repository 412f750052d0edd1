"""`mappings/<source>/source.yaml`, read and checked: how to talk to one source system.

Everything that differs between two laboratories is said there; a second one of the same style
needs no Python.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import BeforeValidator, ValidationError

from fhirbridge.fhir.configuration import ConfigurationError
from fhirbridge.sources.words import (
    Attempts,
    Auth,
    Dates,
    Declared,
    Limits,
    NumberHabits,
    Operation,
    Refresh,
    Rule,
    Session,
    Stream,
)

SECRET = "env:"  # noqa: S105 - the mark of a name, not a secret


def _known_zone(value: object) -> object:
    try:
        return ZoneInfo(value) if isinstance(value, str) else value
    except (KeyError, ValueError):
        raise ValueError(f"no time zone called {value}") from None


Zone = Annotated[ZoneInfo, BeforeValidator(_known_zone)]


class Profile(Declared):
    """One source system, whole. `statuses`: kind → the source's word → the FHIR code."""

    source: str
    title: str
    version: int
    adapter: Literal["http_json", "onec"] = "http_json"
    base_url: str
    time_zone: Zone
    charset: str = "utf-8"
    auth: tuple[Auth, ...] = ()
    session: Session = Session()
    limits: Limits = Limits(concurrency=1)
    attempts: Attempts = Attempts()
    refusals: tuple[Rule, ...] = ()
    streams: Mapping[str, Stream]
    operations: Mapping[str, Operation] = {}
    refresh: tuple[Refresh, ...] = ()
    organisation: Mapping[str, Any]
    statuses: Mapping[str, Mapping[str, str]] = {}
    flags: Mapping[str, str] = {}
    dates: Dates = Dates()
    numbers: NumberHabits = NumberHabits()

    @classmethod
    def parse(cls, text: str, file: str = "source.yaml") -> "Profile":
        """Return the profile that `text` declares. Raises ConfigurationError: one line."""
        try:
            profile = cls.model_validate(yaml.safe_load(text))
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            where = f"line {mark.line + 1}" if mark else "file"
            raise ConfigurationError(f"{file}: {where}: not YAML") from None
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "file"
            raise ConfigurationError(f"{file}: {where}: {first['msg']}") from None
        for check in CHECKS:
            for where, what in check(profile):
                raise ConfigurationError(f"{file}: {where}: {what}")
        return profile

    def at(self, base_url: str | None) -> "Profile":
        """Return this profile with another address; None keeps its own."""
        return self.model_copy(update={"base_url": base_url}) if base_url else self

    def secret_names(self) -> tuple[str, ...]:
        """Return the names (after `env:`) whose values `Source` must be given."""
        texts = [self.base_url, *(t for a in self.auth for t in (a.user, a.secret))]
        return tuple(dict.fromkeys(t.removeprefix(SECRET) for t in texts if t.startswith(SECRET)))


def _wrong_documents(profile: Profile) -> Iterator[tuple[str, str]]:
    for name, stream in profile.streams.items():
        if (stream.record == "document") != (stream.expect is not None):
            yield f"streams.{name}.expect", "belongs to record: document, and only there"


def _stream_names(profile: Profile) -> Iterator[tuple[str, str]]:
    """Yield (field, name of a stream) wherever the file names one."""
    for name, stream in profile.streams.items():
        for parameter, origin in stream.origins():
            yield f"streams.{name}.parameters.{parameter}", origin
    for number, refresh in enumerate(profile.refresh):
        yield f"refresh.{number}.stream", refresh.stream
    for name, operation in profile.operations.items():
        if operation.lookup:
            yield f"operations.{name}.lookup.stream", operation.lookup.stream


def _unknown_streams(profile: Profile) -> Iterator[tuple[str, str]]:
    for where, name in _stream_names(profile):
        if name not in profile.streams:
            yield where, f"no stream called {name}"


CHECKS: tuple[Callable[[Profile], Iterator[tuple[str, str]]], ...] = (
    _wrong_documents,
    _unknown_streams,
)
