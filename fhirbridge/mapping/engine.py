"""Records in, resources out: the same record and context always give the same outcome."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from fhirbridge.fhir.configuration import ConfigurationError
from fhirbridge.mapping.declaration import File, document
from fhirbridge.mapping.declaration import files as mapping_files
from fhirbridge.mapping.fields import declared, unknown
from fhirbridge.mapping.making import Made, make
from fhirbridge.mapping.outcome import Context, Note, Outcome
from fhirbridge.mapping.paths import Scope, elements
from fhirbridge.mapping.preparing import Element, Prepared, joined
from fhirbridge.mapping.settling import RECORD, settle
from fhirbridge.mapping.template import Reading
from fhirbridge.mapping.vocabularies import Stream, code_maps, grouping, key_table, stream_table
from fhirbridge.mapping.words.word import Key, Maps, Surroundings
from fhirbridge.terminology.maps import LaboratoryMap

TABLES = frozenset({"source.yaml", "keys.yaml", "streams.yaml"})


@dataclass(frozen=True, slots=True)
class Plan:
    """A stream: its files in the order of their names, its preparation, the fields it knows."""

    stream: Stream
    files: tuple[File, ...]
    known: frozenset[str]


@dataclass(frozen=True, slots=True)
class Mappings:
    """The mappings of one source, parsed.

    `organization` is what `source.yaml` says of whose data these are: the one record of the stream
    `organization`, {} when it says nothing.
    """

    source: str
    plans: Mapping[str, Plan]
    maps: Maps
    tests: LaboratoryMap
    keys: Mapping[str, Key]
    organization: Mapping[str, Any]
    groups: str

    @classmethod
    def parse(cls, source: str, files: Mapping[str, str]) -> "Mappings":
        """Return the mappings in the files of `mappings/<source>/`, by their names.

        Raises ConfigurationError: one line that names file and field.
        """
        about = document("source.yaml", files["source.yaml"]) if "source.yaml" in files else {}
        maps = code_maps(about, files.get("codes.csv", ""))
        keys = key_table("keys.yaml", files.get("keys.yaml", "{}"))
        streams = stream_table("streams.yaml", files.get("streams.yaml", "{}"))
        named = [name for name in sorted(files) if name.endswith(".yaml") and name not in TABLES]
        made = [
            one
            for name in named
            for one in mapping_files(name, files[name], Reading(name, frozenset(maps), keys))
        ]
        plans = {name: _plan(streams.get(name, Stream()), name, made) for name in _streams(made)}
        own = about.get("organisation", {})
        return cls(source, plans, maps, _tests(files), keys, own, grouping(about))

    @property
    def streams(self) -> tuple[str, ...]:
        """Return the names of the streams that are mapped."""
        return tuple(self.plans)

    def map(self, stream: str, record: Mapping[str, Any], context: Context) -> Outcome:
        """Return everything that becomes of `record`; raises KeyError for an unknown stream."""
        plan = self.plans[stream]
        if self.organization:
            known = {"organization": self.organization["key"], **context.parameters}
            context = replace(context, parameters=known)
        around = Surroundings(context, self.maps, self.tests, self.keys, self.groups)
        prepared = _prepared(plan.stream, record, around)
        scope = Scope(record, {**record, **_lists(plan.stream, prepared)}, context)
        found: dict[str, list[Made]] = defaultdict(list)
        for key, one in _made(plan, prepared, scope, around):
            found[key].append(one)
        notes = [Note("unknown-field", path) for path in unknown(record, plan.known)]
        return settle(found, plan.stream, prepared, notes)


def _tests(files: Mapping[str, str]) -> LaboratoryMap:
    try:
        return LaboratoryMap.parse(files.get("tests.csv", ""))
    except ValueError as error:
        raise ConfigurationError(f"tests.csv: {error}") from None


def _streams(files: Iterable[File]) -> list[str]:
    return sorted({one.stream for one in files})


def _plan(stream: Stream, name: str, files: Iterable[File]) -> Plan:
    own = tuple(one for one in files if one.stream == name)
    return Plan(stream, own, declared(own, stream))


def _prepared(stream: Stream, record: Mapping[str, Any], around: Surroundings) -> Prepared:
    scope = Scope(record, record, around.context)
    found = elements(stream.list_, scope) if stream.list_ else []
    whole, notes = joined(found, scope, stream.joins)
    prepared = stream.prepare(whole, scope, stream.options, around)
    return replace(prepared, notes=(*prepared.notes, *notes))


def _lists(stream: Stream, prepared: Prepared) -> dict[str, list[Any]]:
    """Return the prepared list and its groups as the record has them."""
    groups = {name: [one.value for one in group] for name, group in prepared.groups.items()}
    own = {stream.list_: [one.value for one in prepared.elements]} if stream.list_ else {}
    return {**own, **groups}


def _made(
    plan: Plan, prepared: Prepared, scope: Scope, around: Surroundings
) -> Iterator[tuple[str, Made]]:
    """Return what each file makes of each of its items, with the item's key."""
    for one in plan.files:
        for element in _items(one, plan.stream, prepared, scope):
            inside = Scope(element.value, scope.record, scope.context)
            key = f"{one.each}/{element.index}" if one.each else RECORD
            yield key, make(one, inside, around)


def _items(one: File, stream: Stream, prepared: Prepared, scope: Scope) -> Iterable[Element]:
    if not one.each:
        return (Element(None, scope.record),)
    if one.each == stream.list_:
        return prepared.elements
    if one.each in prepared.groups:
        group = prepared.groups[one.each]
        return (replace(element, index=at) for at, element in enumerate(group))
    return (Element(at, value) for at, value in enumerate(elements(one.each, scope)))
