"""Whom a record is about: its Patient, read as a person, resolved in the identity table."""

from collections.abc import Callable, Mapping
from typing import Any

from fhirbridge.fhir.identity import Identity
from fhirbridge.mapping.words.identity import snils_holds
from fhirbridge.store.transaction import Transaction
from fhirbridge.sync.identity import (
    Conflict,
    Key,
    Kind,
    New,
    Nobody,
    Person,
    Same,
    decide,
    keys,
)

SNILS = "https://fhir.ru/ig/core/systems/snils"
ENP = "https://fhir.ru/ig/core/systems/oms"
# A new id comes of what every source knows, so that it does not matter who tells of a person first.
NAMED_BY = (Kind.SNILS, Kind.ENP, Kind.PERSON, Kind.OWN)


def person_of(patient: Mapping[str, Any], own_system: str) -> Person:
    """Return what the Patient resource says about the person; `own_system` is the source's."""
    numbers = {one.get("system"): one.get("value") for one in patient.get("identifier", ())}
    name: Mapping[str, Any] = next(iter(patient.get("name", ())), {})
    given = list(name.get("given", ()))
    snils = numbers.get(SNILS)
    return Person(
        own=numbers.get(own_system),
        snils=snils if snils and snils_holds(snils) else None,
        enp=numbers.get(ENP),
        family=name.get("family"),
        given=given[0] if given else None,
        patronymic=" ".join(given[1:]) or None,
        birth_date=patient.get("birthDate"),
        sex=patient.get("gender"),
    )


class Register:
    """The identity table as one transaction sees it, and what is known of its people."""

    def __init__(
        self,
        transaction: Transaction,
        identity: Identity,
        facts: Callable[[str], Person],
        now: int,
    ) -> None:
        self._table = transaction.identities
        self._identity = identity
        self._stored = facts
        self._met: dict[str, Person] = {}
        self._now = now

    def find(self, source: str, person: Person) -> tuple[str | None, str | None]:
        """Return the patient's id, or None and the reason code why there is none.

        Keys that are new for a patient are bound to it; a contradiction goes to the operators.
        """
        answer = decide(source, person, self._owner, self._facts)
        match answer:
            case Nobody():
                return None, "patient-unknown"
            case Conflict():
                self._note(source, person, answer)
                return None, f"identity-conflict-{answer.kind}"
            case New(bind=bind):
                patient = self._name(bind)
                self._met[patient] = person
                self._bind(bind, patient)
                # Another worker may have met the same person a moment earlier.
                return self._owner(bind[0]) or patient, None
            case Same():
                self._bind(answer.bind, answer.patient)
                self._report(source, person, answer)
                return answer.patient, None

    def met(self, patient: str, person: Person) -> None:
        """Remember what this transaction is about to store of a patient."""
        self._met[patient] = person

    def _owner(self, key: Key) -> str | None:
        return self._table.find(key.source, key.kind, self._hash(key))

    def _facts(self, patient: str) -> Person:
        if patient not in self._met:
            self._met[patient] = self._stored(patient)
        return self._met[patient]

    def _hash(self, key: Key) -> str:
        return self._identity.derive(key.source, f"key/{key.kind}", key.value)

    def _name(self, bind: tuple[Key, ...]) -> str:
        by_kind = {key.kind: key for key in bind}
        key = next(by_kind[kind] for kind in NAMED_BY if kind in by_kind)
        return self._identity.derive(key.source, "patient", f"{key.kind}/{key.value}")

    def _bind(self, bind: tuple[Key, ...], patient: str) -> None:
        for key in bind:
            self._table.bind(key.source, key.kind, self._hash(key), patient, now=self._now)

    def _note(self, source: str, person: Person, conflict: Conflict) -> None:
        """List the contradiction: the record's person would have been another patient."""
        (key, *_) = (key for key in keys(source, person) if key.kind == conflict.kind)
        whole = "|".join(str(part) for part in (person.family, person.given, person.birth_date))
        other = self._identity.derive(key.source, "contradiction", f"{key.value}/{whole}")
        self._bind((key,), other)

    def _report(self, source: str, person: Person, same: Same) -> None:
        """List the other patients that weaker keys of the same person mean."""
        for key in keys(source, person) if same.also else ():
            self._bind((key,), same.patient)
