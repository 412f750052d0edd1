"""Two records of one person made one by staff, and apart again.

What is about the merged patient is led to the survivor, as new versions, so that everything that
looks at a patient's record finds it there; keys of sources and accounts follow. `docs/access.md`.
"""

import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from fhirbridge.fhir.repointing import Pointing, repointed, restored
from fhirbridge.resources.merged import without_confirmed
from fhirbridge.store.audit.entry import Entry
from fhirbridge.store.change import Key
from fhirbridge.store.merges import Merge
from fhirbridge.store.transaction import Transaction

PATIENT = "Patient"
# What happened is about whom it was then.
RECORDS_OF_THE_PAST = frozenset({"AuditEvent", "Provenance"})
RESOURCE, KEY, ACCOUNT, ACTIVE = "resource", "key", "account", "active"
NOT_SAID = ""
SEPARATOR = "\x1f"
Resource = dict[str, Any]


class NotMergedError(ValueError):
    """It cannot be done; the text says why, for staff."""


@dataclass(frozen=True, slots=True)
class Moved:
    """How much was moved."""

    resources: int
    keys: int
    accounts: int


@dataclass(frozen=True, slots=True)
class Staff:
    """Who does it, when (µs since 1970 UTC), and how others write our address."""

    name: str
    now: int
    base_url: str = ""


def merge(tx: Transaction, merged: str, survivor: str, staff: Staff, reason: str) -> Moved:
    """Make `merged` one with `survivor`; done again, it moves what came since.

    Raises NotMergedError.
    """
    _lock(tx, merged, survivor)
    known = tx.merges.of(merged)
    if merged == survivor or tx.merges.of(survivor) is not None:
        raise NotMergedError("the survivor is merged itself: name the record that is left")
    if known is not None and known.survivor != survivor:
        raise NotMergedError(f"{merged} is merged into {known.survivor}: undo that first")
    found = known or tx.merges.add(merged, survivor, staff.name, reason, now=staff.now)
    if known is None:
        was = next(_content(tx, merged)).get("active", NOT_SAID)
        tx.merges.note(found, ACTIVE, [(str(was), None)])
    pointing = Pointing(PATIENT, merged, survivor, staff.base_url)
    resources = _lead(tx, found, pointing, staff.now)
    keys = tx.identities.keys(merged)
    tx.merges.note(found, KEY, ((SEPARATOR.join(key), None) for key in keys))
    tx.identities.merge([merged], survivor, now=staff.now)
    tx.identities.settle_between(merged, survivor, now=staff.now)
    accounts = tx.handover.of(merged)
    tx.merges.note(found, ACCOUNT, ((name, None) for name in accounts))
    tx.handover.link(accounts, survivor, now=staff.now)
    tx.handover.leave(merged, survivor, now=staff.now)
    _sign(tx, found, "merge", staff)
    return Moved(resources, len(keys), len(accounts))


def unmerge(tx: Transaction, merged: str, staff: Staff) -> Moved:
    """Take a merge back: what it moved goes back; raises NotMergedError.

    What came since stays with the survivor until its source's records are applied anew (`remap`).
    """
    found = tx.merges.of(merged)
    if found is None:
        raise NotMergedError(f"{merged} is not merged")
    _lock(tx, merged, found.survivor)
    above = tx.merges.of(found.survivor)
    if above is not None:
        raise NotMergedError(f"{found.survivor} is merged into {above.survivor}: undo that first")
    tx.merges.undo(found, staff.name, now=staff.now)
    pointing = Pointing(PATIENT, merged, found.survivor, staff.base_url)
    resources = _lead_back(tx, found, pointing, staff.now)
    keys = [name for name, _ in tx.merges.moved(found, KEY)]
    for source, kind, key in (name.split(SEPARATOR) for name in keys):
        tx.identities.point(source, kind, key, merged, now=staff.now)
    theirs = tx.handover.of(found.survivor)
    accounts = [name for name, _ in tx.merges.moved(found, ACCOUNT) if name in theirs]
    tx.handover.link(accounts, merged, now=staff.now)
    _sign(tx, found, "unmerge", staff)
    return Moved(resources, len(keys), len(accounts))


def _lock(tx: Transaction, *patients: str) -> None:
    """Keep others from both records; raises NotMergedError unless both are there."""
    tx.alone("patients are merged")
    tx.lock(*((PATIENT, one) for one in sorted(set(patients))))
    for one in patients:
        if tx.pertaining.newest(PATIENT, one) is None:
            raise NotMergedError(f"there is no {PATIENT}/{one}")


def _lead(tx: Transaction, merge: Merge, pointing: Pointing, now: int) -> int:
    """Return how many resources of the merged patient lead to the survivor now."""
    about = [key for key in tx.pertaining.to(merge.merged) if _moves(key)]
    changed = _rewritten(tx, about, lambda resource: repointed(resource, pointing))
    tx.merges.note(merge, RESOURCE, ((_name(one), version) for version, one in changed))
    _put(tx, (one for _, one in changed), now)
    _put(tx, _patients(tx, merge, active=False), now)
    return len(changed)


def _lead_back(tx: Transaction, merge: Merge, pointing: Pointing, now: int) -> int:
    """Return how many resources lead to the patient again who had been merged."""
    done = 0
    for name, version in tx.merges.moved(merge, RESOURCE):
        type_, _, id_ = name.partition("/")
        tx.lock((type_, id_))
        then = tx.pertaining.earlier(type_, id_, version or 0)
        newest = tx.pertaining.newest(type_, id_)
        if then is not None and newest is not None:
            back = restored(newest[1], then[1], pointing)
            done += back != newest[1]
            _put(tx, [back], now)
    _put(tx, _patients(tx, merge, active=True), now)
    return done


def _rewritten(
    tx: Transaction, keys: list[Key], change: Callable[[Resource], Resource]
) -> list[tuple[int, Resource]]:
    """Return what `change` makes of resources that it changes, with the versions they had."""
    tx.lock(*keys)
    newest = [one for key in keys if (one := tx.pertaining.newest(*key)) is not None]
    both = [(version, resource, change(resource)) for version, resource in newest]
    return [(version, after) for version, before, after in both if after != before]


def _patients(tx: Transaction, merge: Merge, *, active: bool) -> Iterator[Resource]:
    """Yield the records whose links changed; the merged one is not in use, or as it was."""
    before = [one.other for one in tx.merges.predecessors(merge.merged)]
    after = [one.other for one in tx.merges.successors(merge.survivor)]
    for patient in (merge.survivor, *before, *after):
        yield from map(without_confirmed, _content(tx, patient))
    for resource in map(without_confirmed, _content(tx, merge.merged)):
        yield _used(tx, merge, resource) if active else {**resource, "active": False}


def _content(tx: Transaction, patient: str) -> Iterator[Resource]:
    found = tx.pertaining.newest(PATIENT, patient)
    if found is not None:
        yield found[1]


def _used(tx: Transaction, merge: Merge, resource: Resource) -> Resource:
    """Return the record of the merged patient as much in use as it was before."""
    rest = {name: value for name, value in resource.items() if name != "active"}
    for text, _ in tx.merges.moved(merge, ACTIVE):
        return rest if text == NOT_SAID else {**rest, "active": text == str(True)}
    return rest


def _put(tx: Transaction, resources: Iterable[Resource], now: int) -> None:
    tx.put_all([(one, None) for one in resources], now=now)


def _sign(tx: Transaction, merge: Merge, deed: str, staff: Staff) -> None:
    """Record who did it in the audit trail: both patients are concerned."""
    both = tuple(f"{PATIENT}/{one}" for one in (merge.survivor, merge.merged))
    entry = Entry(staff.now, deed, "", client=staff.name, found=both)
    tx.audit.keep([(str(uuid.uuid4()), entry)], now=staff.now)


def _moves(key: Key) -> bool:
    return key[0] not in {PATIENT, *RECORDS_OF_THE_PAST}


def _name(resource: Resource) -> str:
    return f"{resource['resourceType']}/{resource['id']}"
