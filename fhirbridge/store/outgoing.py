"""The last look at what leaves for a person: it must be theirs to see, by what it says itself.

For a patient it is about them, released, and names nobody else; for a practitioner it is about
somebody they have to do with (`related`).
Judged by the bytes themselves and not by the index through which they were found, so that a fault
there is met here. Where that was done when a resource was stored (`describing`), the row itself
tells whose alone it is, whatever led to it. Nothing leaves when one resource of an answer fails;
the query is what protects.
"""

import logging
from collections.abc import Mapping, Sequence

from fhirbridge.fhir.json import parse
from fhirbridge.resources.merged import is_confirmed
from fhirbridge.search.query import PermittedQuery, Visibility
from fhirbridge.store.found import Found
from fhirbridge.store.index.rows import TypeIndex
from fhirbridge.store.persons import CONTAINED, PERSON, named_plainly
from fhirbridge.store.related import Related
from fhirbridge.store.stored import Stored

LOG = logging.getLogger(__name__)
PATIENT = "Patient"


class Escaped(Exception):  # noqa: N818 (not what a client did)
    """Something was about to leave that its reader may not see: an error of ours, an alarm."""


class Outgoing:
    """The net of one store's types."""

    def __init__(self, types: Mapping[str, TypeIndex], related: Related) -> None:
        self._accesses = {type_: one.definition.access for type_, one in types.items()}
        self._related = related
        # Which types may name nobody, and which need not name the patient they are shown to.
        self._open = {type_ for type_, one in self._accesses.items() if one.directory}
        contexts = {type_ for type_, one in self._accesses.items() if one.context_path}
        self._nameless = self._open | contexts

    def check(self, found: Sequence[Stored | None], permitted: PermittedQuery) -> None:
        """Raise Escaped, with an alarm in the log, unless all of `found` may leave."""
        reader = permitted.reader or permitted.visibility
        if permitted.as_patient:
            if reader.patient and _are_own(found):
                return
            escaped = self._not_for(found, reader)
        elif reader.practitioner is not None:
            escaped = self._related.not_for(_sent(found), reader)
        else:
            return
        if escaped is not None:
            LOG.critical("A %s was about to leave for somebody else", escaped.type_)
            raise Escaped

    def _not_for(self, found: Sequence[Stored | None], reader: Visibility) -> Stored | None:
        """Return the first resource that is not for the patient who reads, None when all are."""
        left = [one for one in _sent(found) if not (one.own and reader.patient)]
        nameless = b"".join([one.body for one in left if one.type_ in self._nameless])
        if not named_plainly(nameless):
            left = [one for one in left if one.type_ not in self._nameless]
        return next((one for one in left if not self._is_for(one, reader)), None)

    def _is_for(self, stored: Stored, reader: Visibility) -> bool:
        if stored.type_ == PATIENT:
            return _is_person(stored, reader.patient)
        if CONTAINED.search(stored.body):
            return False
        named = set(PERSON.findall(stored.body))
        if not named:
            return stored.type_ in self._nameless
        own = (PATIENT.encode(), (reader.patient or "").encode())
        if named != {own} or stored.type_ in self._open:
            return False
        return reader.patient in self._accesses[stored.type_].owners(parse(stored.body))


def _are_own(found: Sequence[Stored | None]) -> bool:
    """Return whether all rows say of themselves that they are the reader's alone."""
    if isinstance(found, Found):
        return found.are_own
    return all(one is None or one.own for one in found)


def _sent(found: Sequence[Stored | None]) -> list[Stored]:
    return [one for one in found if one is not None and one.body]


def _is_person(stored: Stored, patient: str | None) -> bool:
    """Return whether a Patient is the reader, or was merged into them: others it only replaces."""
    links = parse(stored.body).get("link", ())
    told = {link["other"].get("reference") for link in links if is_confirmed(link)}
    named = {f"{type_}/{id_}" for type_, id_ in _texts(PERSON.findall(stored.body))}
    return named <= told and (stored.id_ == patient or f"{PATIENT}/{patient}" in told)


def _texts(found: list[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return [(type_.decode(), id_.decode()) for type_, id_ in found]
