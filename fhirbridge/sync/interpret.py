"""A kept record, understood: what belongs to it is looked up, its person found, then it is mapped.

Mapping is pure; this is where it gets what a record does not say itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from fhirbridge.fhir import json
from fhirbridge.mapping.outcome import Context, Outcome, Rejected
from fhirbridge.store.records import Record
from fhirbridge.store.transaction import Transaction
from fhirbridge.sync.arrival import content, parameters
from fhirbridge.sync.bridge import Bridge, Link
from fhirbridge.sync.identity import Person
from fhirbridge.sync.person import Register, person_of
from fhirbridge.sync.plan import follows

RECORD = "."
# Stands for the patient in the first mapping, whose Patient says who it is.
NOBODY_YET = "nobody-yet"


@dataclass(frozen=True, slots=True)
class Subject:
    """A kept record. `changed`: it is another one than before; `withdrawn`: it is gone."""

    record: int
    key: str
    body: bytes
    received: int
    changed: bool
    withdrawn: bool = False

    @classmethod
    def again(cls, record: Record, *, withdrawn: bool) -> "Subject":
        """Return what was kept earlier, to be applied once more."""
        return cls(record.id, record.key, record.body, record.received, False, withdrawn)  # noqa: FBT003


class Interpreter:
    """Understands records of one stream within one transaction."""

    def __init__(self, bridge: Bridge, link: Link, stream: str, transaction: Transaction) -> None:
        self._bridge = bridge
        self._link = link
        self._stream = stream
        self._declared = link.profile.streams[stream]
        self._transaction = transaction
        self._own_system = f"{bridge.system_base}{link.name}/patient"
        self._register = Register(transaction, bridge.identity, self._facts, bridge.clock())

    def outcome(self, subject: Subject) -> Outcome:
        """Return everything that becomes of the record."""
        record = content(self._declared, subject.key, subject.body)
        context = self._context(subject)
        parent = self.parent(subject.key)
        if parent is not None:
            name, found = parent
            if found is None:
                return refused(f"unknown-{name}", f"nothing is known of this {name}", ())
            related: dict[str, Any] = json.parse(found.body)
            context = replace(context, related={name: related})
            return self._about(self._parents_name(), related, record, context)
        if self._makes_patients(self._stream):
            return self._about(self._stream, record, record, context)
        return self._map(self._stream, record, context)

    def _about(
        self, teller: str, told: Mapping[str, Any], record: Mapping[str, Any], context: Context
    ) -> Outcome:
        """Map `record`, whose patient is the person that `told`, a record of `teller`, names."""
        first = self._map(teller, told, replace(context, patient=NOBODY_YET, related={}))
        person = self._person(first)
        if person is None:
            return self._map(self._stream, record, replace(context, patient=None))
        patient, reason = self._register.find(self._link.name, person)
        if patient is None:
            keys = tuple(first.account) if teller == self._stream else ()
            return refused(reason or "patient-unknown", "the person is not certain", keys)
        return self._map(self._stream, record, replace(context, patient=patient))

    def _person(self, outcome: Outcome) -> Person | None:
        for mapped in outcome.resources:
            if mapped.resource["resourceType"] == "Patient":
                return person_of(mapped.resource, self._own_system)
        return None

    def _map(self, stream: str, record: Mapping[str, Any], context: Context) -> Outcome:
        return self._link.mappings.map(stream, record, context)

    def _makes_patients(self, stream: str) -> bool:
        return any(one.type_ == "Patient" for one in self._link.mappings.plans[stream].files)

    def _parents_name(self) -> str:
        return follows(self._declared) or self._stream

    def parent(self, key: str) -> tuple[str, Record | None] | None:
        """Return the parameter that names the record this one follows, and that record."""
        stream = follows(self._declared)
        if stream is None:
            return None
        ((name, value), *_) = parameters(self._declared, key).items()
        return name, self._transaction.records.newest(self._link.name, stream, value)

    def _context(self, subject: Subject) -> Context:
        return Context(
            source=self._link.name,
            zone=self._link.profile.time_zone,
            system_base=self._bridge.system_base,
            identity=self._bridge.derive(self._link.name),
            parameters=parameters(self._declared, subject.key),
            received=subject.received,
        )

    def _facts(self, patient: str) -> Person:
        stored = self._bridge.stored("Patient", patient)
        return person_of(stored or {}, self._own_system)


def refused(code: str, text: str, keys: tuple[str, ...]) -> Outcome:
    """Return the outcome of a record that is held back whole, with its items by `keys`."""
    case = Rejected(RECORD, "identity", code, text)
    return Outcome((), (case,), (), (), dict.fromkeys(keys or (RECORD,), "quarantined"))
