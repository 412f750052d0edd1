"""The last look at what leaves for a patient: it must be about them and name nobody else.

Judged by the bytes themselves and not by the index through which they were found, so that a fault
there is met here. Where that was done when a resource was stored (`describing`), the row itself
tells whose alone it is, whatever led to it. Nothing leaves when one resource of an answer fails;
the query is what protects.
Whom staff may see is a relation, which no bytes tell: for them the database is the other net.
"""

import logging
from collections.abc import Mapping, Sequence

from fhirbridge.fhir.json import parse
from fhirbridge.resources.merged import is_confirmed
from fhirbridge.search.query import PermittedQuery, Visibility
from fhirbridge.store.found import Found
from fhirbridge.store.index.rows import TypeIndex
from fhirbridge.store.persons import CONTAINED, PERSON, named_plainly, names_only
from fhirbridge.store.stored import Stored

LOG = logging.getLogger(__name__)
PATIENT = "Patient"


class Escaped(Exception):  # noqa: N818 (not what a client did)
    """Something was about to leave that its reader may not see: an error of ours, an alarm."""


class Outgoing:
    """The net of one store's types."""

    def __init__(self, types: Mapping[str, TypeIndex]) -> None:
        accesses = {type_: one.definition.access for type_, one in types.items()}
        # Which types may name nobody, and which need not name the patient they are shown to.
        self._open = {type_ for type_, one in accesses.items() if one.directory}
        self._nameless = self._open | {t for t, one in accesses.items() if one.context_path}

    def check(self, found: Sequence[Stored | None], permitted: PermittedQuery) -> None:
        """Raise Escaped, with an alarm in the log, unless all of `found` may leave."""
        if not permitted.as_patient:
            return
        reader = permitted.reader or permitted.visibility
        if isinstance(found, Found) and found.are_own and reader.patient:
            return
        left = [one for one in found if one is not None and one.body]
        if self._are_plainly_for(left, reader.patient or ""):
            return
        for one in left:
            if not self._is_for(one, reader):
                LOG.critical("A %s was about to leave for somebody else", one.type_)
                raise Escaped

    def _are_plainly_for(self, found: list[Stored], patient: str) -> bool:
        """Return whether one look over the bytes suffices, as it does for nearly every page."""
        id_ = patient.encode()
        itself = b'{"resourceType":"Patient","id":"%s"' % id_
        about = [one.body for one in found if one.type_ not in self._nameless]
        if len(about) < len(found):
            nameless = b"".join([one.body for one in found if one.type_ in self._nameless])
            if named_plainly(nameless):
                return False
        elif len(about) == 1 and about[0].startswith(itself):
            return not named_plainly(about[0], len(itself))
        return patient != "" and all(names_only(body, patient) for body in about)

    def _is_for(self, stored: Stored, reader: Visibility) -> bool:
        if stored.type_ == PATIENT:
            return _is_person(stored, reader.patient)
        if CONTAINED.search(stored.body):
            return False
        named = set(PERSON.findall(stored.body))
        if not named:
            return stored.type_ in self._nameless
        own = (PATIENT.encode(), (reader.patient or "").encode())
        return named == {own} and stored.type_ not in self._open


def _is_person(stored: Stored, patient: str | None) -> bool:
    """Return whether a Patient is the reader, or was merged into them: others it only replaces."""
    links = parse(stored.body).get("link", ())
    told = {link["other"].get("reference") for link in links if is_confirmed(link)}
    named = {f"{type_}/{id_}" for type_, id_ in _texts(PERSON.findall(stored.body))}
    return named <= told and (stored.id_ == patient or f"{PATIENT}/{patient}" in told)


def _texts(found: list[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return [(type_.decode(), id_.decode()) for type_, id_ in found]
