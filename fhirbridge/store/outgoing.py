"""The last look at what leaves: it must be about its reader and name nobody else.

Judged by the bytes themselves and not by the index through which they were found, so that a fault
there is met here. Nothing leaves when one resource of an answer fails; the query is what protects.
"""

import logging
import re
from collections.abc import Mapping, Sequence

from fhirbridge.fhir.json import parse
from fhirbridge.search.query import PermittedQuery, Visibility
from fhirbridge.store.index.rows import TypeIndex
from fhirbridge.store.stored import Stored

LOG = logging.getLogger(__name__)
# In our own JSON: inside a string every quote has a backslash before it.
PERSON = re.compile(rb'"reference":"(?:[^"\\]*/)?(Patient|RelatedPerson)/([^"/\\]+)')
PATIENT = "Patient"
MERGES = frozenset({"replaces", "replaced-by"})


class Escaped(Exception):  # noqa: N818 (not what a client did)
    """Something was about to leave that its reader may not see: an error of ours, an alarm."""


class Outgoing:
    """The net of one store's types."""

    def __init__(self, types: Mapping[str, TypeIndex]) -> None:
        self._types = types

    def check(self, found: Sequence[Stored | None], permitted: PermittedQuery) -> None:
        """Raise Escaped, with an alarm in the log, unless all of `found` may leave."""
        if permitted.as_patient:
            reader = permitted.reader or permitted.visibility
            for one in found:
                if one is not None and one.body and not self._is_for(one, reader):
                    LOG.critical("A %s was about to leave for somebody else", one.type_)
                    raise Escaped

    def _is_for(self, stored: Stored, reader: Visibility) -> bool:
        if stored.type_ == PATIENT:
            return _is_person(stored, reader.patient)
        access = self._types[stored.type_].definition.access
        named = set(PERSON.findall(stored.body))
        own = (PATIENT.encode(), (reader.patient or "").encode())
        if not named:
            return access.directory or access.context_path is not None
        return named == {own} and not access.directory


def _is_person(stored: Stored, patient: str | None) -> bool:
    """Return whether a Patient is the reader, or was merged into them: others it only replaces."""
    links = parse(stored.body).get("link", ())
    told = {link["other"].get("reference") for link in links if link.get("type") in MERGES}
    named = {f"{type_}/{id_}" for type_, id_ in _texts(PERSON.findall(stored.body))}
    return named <= told and (stored.id_ == patient or f"{PATIENT}/{patient}" in told)


def _texts(found: list[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return [(type_.decode(), id_.decode()) for type_, id_ in found]
