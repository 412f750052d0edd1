"""Whom practitioners may open an app for: the patients they have to do with now."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fhirbridge.auth.access import permit, permit_by_id
from fhirbridge.auth.principal import Principal
from fhirbridge.auth.scopes import Scopes
from fhirbridge.auth.smart.policy import PatientChoice
from fhirbridge.auth.staff import Staff
from fhirbridge.fhir import json
from fhirbridge.resources.registry import definitions
from fhirbridge.search.parameter import SearchContext
from fhirbridge.search.understand import understand
from fhirbridge.store.store import Store

PATIENT = "Patient"
LOOKING = Scopes.parse(f"user/{PATIENT}.rs")
WORD = re.compile(r"[^\W_][\w'’-]*")
MOST_WORDS = 5
# What we stored nests no deeper.
MOST_LEVELS = 80


@dataclass(frozen=True, slots=True)
class CurrentRelations:
    """The store's relations, seen as `staff` lets practitioners see them."""

    store: Store
    staff: Staff
    context: Callable[[], SearchContext]

    def named(self, practitioner: str, name: str, most: int) -> Sequence[PatientChoice]:
        """Return up to `most` patients whose names begin with the words of `name`, by family."""
        definition = definitions()[PATIENT]
        words = WORD.findall(name)[:MOST_WORDS]
        pairs = [("_sort", "family,given"), *(("name", word) for word in words)]
        context = self.context()
        query = understand(PATIENT, definition.searchable, pairs, context, default_count=most).query
        permitted = permit(query, definition, self._reader(practitioner, context.now))
        return [
            _choice(json.parse(one.body, MOST_LEVELS))
            for one in self.store.search(permitted).matches
        ]

    def has(self, practitioner: str, patient: str) -> bool:
        """Return whether `patient` is one of them, and not deleted."""
        reader = self._reader(practitioner, self.context().now)
        found = self.store.read(permit_by_id(PATIENT, patient, definitions()[PATIENT], reader))
        return found is not None and not found.deleted

    def _reader(self, practitioner: str, now: int) -> Principal:
        person = Principal("user", LOOKING, user=f"Practitioner/{practitioner}")
        return self.staff.admit(person, None, now)


def _choice(patient: dict[str, Any]) -> PatientChoice:
    name: dict[str, Any] = next(iter(patient.get("name", ())), {})
    parts = [name.get("family", ""), *name.get("given", ())]
    whole = name.get("text") or " ".join(part for part in parts if part)
    return PatientChoice(patient["id"], whole, patient.get("birthDate", ""))
