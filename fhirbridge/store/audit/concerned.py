"""Whom resources are about: which patients an access to them concerns."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from fhirbridge.store.connection import Connection
from fhirbridge.store.index.numbers import param
from fhirbridge.store.relations import PATIENT

ABOUT = (
    "SELECT r.id, i.id FROM resource r JOIN idx_reference i ON i.row = r.row"
    " WHERE r.type = ? AND {among} AND +i.param = ? AND i.type = 'Patient'"
)
# What its owners may see, though the index does not say it: merged records, deleted resources.
OWNED = (
    "SELECT r.id, o.patient FROM resource r JOIN owner o ON o.row = r.row"
    " WHERE r.type = ? AND {among}"
)
THROUGH = (
    "SELECT r.id, p.patient FROM resource r JOIN context c ON c.row = r.row"
    " JOIN resource x ON x.type = c.type AND x.id = c.id JOIN owner p ON p.row = x.row"
    " WHERE r.type = ? AND {among}"
)
PATIENT_TYPE = "Patient"
Concerned = Mapping[str, frozenset[str]]


def concerned(connection: Connection, references: Iterable[str]) -> Concerned:
    """Return the ids of the patients that each of the local references is about, if any."""
    by_type: dict[str, set[str]] = defaultdict(set)
    for reference in references:
        type_, _, id_ = reference.partition("/")
        by_type[type_].add(id_)
    found: dict[str, set[str]] = defaultdict(set)
    for type_, ids in by_type.items():
        for id_, patient in _pairs(connection, type_, sorted(ids)):
            found[f"{type_}/{id_}"].add(patient)
    return {reference: frozenset(patients) for reference, patients in found.items()}


def _pairs(connection: Connection, type_: str, ids: list[str]) -> set[tuple[str, str]]:
    known = {(id_, id_) for id_ in ids} if type_ == PATIENT_TYPE else set()
    among = connection.among.format("r.id")
    listed = connection.listed(ids)
    about = (type_, listed, param(type_, PATIENT))
    known.update(connection.rows(ABOUT.format(among=among), about))
    for sql in (OWNED, THROUGH):
        known.update(connection.rows(sql.format(among=among), (type_, listed)))
    return known
