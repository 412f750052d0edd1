"""Whether a practitioner has to do with whom a resource is about, by what it says itself.

The same rule as the predicate of visibility, asked the other way round: whose a resource is comes
from its JSON, and of the database only the relation is asked. `docs/access.md` has the rule.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from fhirbridge.fhir.json import parse
from fhirbridge.search.parameter import SearchContext
from fhirbridge.search.query import Visibility
from fhirbridge.search.values import ReferenceRow
from fhirbridge.store.database import Database
from fhirbridge.store.index.rows import TypeIndex
from fhirbridge.store.relations import PATIENT
from fhirbridge.store.sql import Sql, sql
from fhirbridge.store.stored import Stored
from fhirbridge.store.visibility import related

PERSON = "Patient"
RELATED = "SELECT DISTINCT n.patient FROM relation n WHERE"


class Related:
    """The relations that one store knows of."""

    def __init__(
        self, database: Database, types: Mapping[str, TypeIndex], context: SearchContext
    ) -> None:
        self._database = database
        self._types = types
        self._context = context

    def not_for(self, found: Sequence[Stored], reader: Visibility) -> Stored | None:
        """Return the first resource that is not for the practitioner who reads, None: all are.

        What is open to all staff, or visible through another resource, is not judged here.
        """
        about = [(one, self._patients(one)) for one in found if self._is_judged(one.type_)]
        named = {patient for _, patients in about for patient in patients}
        theirs = self._theirs(named, reader) if named else set[str]()
        for one, patients in about:
            whole = self._types[one.type_].definition.access.all_patients_related
            if not (patients and patients <= theirs if whole else patients & theirs):
                return one
        return None

    def _is_judged(self, type_: str) -> bool:
        access = self._types[type_].definition.access
        return not access.directory and access.context_path is None

    def _patients(self, stored: Stored) -> set[str]:
        """Return the patients whom a resource is about."""
        if stored.type_ == PERSON:
            return {stored.id_}
        parameter = self._types[stored.type_].parameters.get(PATIENT)
        if parameter is None:
            return set()
        resource: dict[str, Any] = parse(stored.body)
        rows = parameter.rows(resource, self._context)
        return {
            row.id_
            for row in rows
            if isinstance(row, ReferenceRow) and row.type_ == PERSON and row.id_ is not None
        }

    def _theirs(self, patients: set[str], reader: Visibility) -> set[str]:
        """Return with which of `patients` the practitioner has to do."""
        connection = self._database.connection
        among = Sql(connection.among.format("n.patient"), (connection.listed(sorted(patients)),))
        statement = sql(RELATED, among, "AND", related(reader, "n.patient"))
        with self._database.acting(reader):
            rows = self._database.rows(statement.text, statement.parameters)
        return {patient for (patient,) in rows}
