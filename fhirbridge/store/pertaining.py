"""What is about a patient, whoever may see it: for the staff who say that two are one."""

from collections.abc import Mapping
from typing import Any

from fhirbridge.fhir.json import parse
from fhirbridge.search.reference import Reference
from fhirbridge.store.change import Key
from fhirbridge.store.connection import Connection
from fhirbridge.store.index.numbers import param
from fhirbridge.store.index.rows import TypeIndex

PATIENT = "Patient"
# By any of its references, as the context of a file, or because it is shown to them.
ROWS = (
    "SELECT row FROM idx_reference WHERE {among} AND target = ?"
    " UNION SELECT row FROM context WHERE type = 'Patient' AND id = ?"
    " UNION SELECT row FROM owner WHERE patient = ?"
)
KEYS = "SELECT type, id FROM resource WHERE row IN ({rows}) AND NOT deleted ORDER BY type, id"
NEWEST = "SELECT version, body FROM resource WHERE type = ? AND id = ? AND NOT deleted"
EARLIER = (
    "SELECT h.version, h.body FROM history h JOIN resource r ON r.row = h.row"
    " WHERE r.type = ? AND r.id = ? AND h.version = ?"
)
# A Bundle's resources are nested no deeper than the Bundle was.
MOST_LEVELS = 80


class Pertaining:
    """The resources of one store, by whom they are about."""

    def __init__(self, connection: Connection, types: Mapping[str, TypeIndex]) -> None:
        self._connection = connection
        self._types = types

    def to(self, patient: str) -> list[Key]:
        """Return type and id of every resource that refers to the patient."""
        rows = ROWS.format(among=self._connection.among.format("param"))
        numbers = self._connection.listed(
            param(type_, parameter.code)
            for type_, index in self._types.items()
            for parameter in index.parameters.values()
            if isinstance(parameter, Reference)
        )
        values = (numbers, f"{PATIENT}/{patient}", patient, patient)
        found = self._connection.rows(KEYS.format(rows=rows), values)
        return [(type_, id_) for type_, id_ in found]

    def newest(self, type_: str, id_: str) -> tuple[int, dict[str, Any]] | None:
        """Return version and content of a resource; None when there is none (any more)."""
        return self._one(NEWEST, (type_, id_))

    def earlier(self, type_: str, id_: str, version: int) -> tuple[int, dict[str, Any]] | None:
        """Return an earlier version, None when there is none."""
        return self._one(EARLIER, (type_, id_, version))

    def _one(self, sql: str, values: tuple[Any, ...]) -> tuple[int, dict[str, Any]] | None:
        found = self._connection.rows(sql, values)
        return (found[0][0], parse(found[0][1], MOST_LEVELS)) if found else None
