"""One record made true: its person found, mapped, checked, stored.

Everything here happens inside one transaction of the store, and doing it twice changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from fhirbridge.fhir import models, schema
from fhirbridge.mapping.outcome import Mapped, Outcome
from fhirbridge.store.issues import QualityNote
from fhirbridge.store.stored import Lineage
from fhirbridge.store.transaction import Transaction
from fhirbridge.sync.absence import WITHDRAWN
from fhirbridge.sync.bridge import Bridge, Link
from fhirbridge.sync.interpret import Interpreter, Subject
from fhirbridge.sync.report import Report
from fhirbridge.sync.settle import SUBSTANCE, settle

Name = tuple[str, str]
Item = tuple[dict[str, Any], Lineage | None]
INVALID = "invalid-resource"
SHOWN_PROBLEMS = 3


@dataclass(slots=True)
class Written:
    """What a unit of work wrote: its counts, and which versions are new."""

    report: Report = field(default_factory=Report)
    versions: list[str] = field(default_factory=list)


class Applying:
    """Applies records of one stream within one transaction, noting in `written` what that did.

    A resource that several records make is the last one's that came or changed; until `flush`
    resources wait, so that it is written once.
    """

    def __init__(
        self, bridge: Bridge, link: Link, stream: str, transaction: Transaction, written: Written
    ) -> None:
        self._bridge = bridge
        self._link = link
        self._stream = stream
        self._transaction = transaction
        self._now = bridge.clock()
        self.interpreter = Interpreter(bridge, link, stream, transaction)
        self._absent = WITHDRAWN[link.profile.streams[stream].guard.absent]
        self.written = written
        self._claimed: set[Name] = set()
        self._waiting: dict[Name, Item] = {}
        self._asked: int | None = None
        self._answer: frozenset[Name] = frozenset()

    def apply(self, subject: Subject) -> None:
        """Make `subject` true: its resources stored, its cases held or released, all counted."""
        outcome = self.interpreter.outcome(subject)
        self._account(outcome)
        held = {self._hold(subject, *_case(one)) for one in outcome.quarantined}
        there = self._transaction.records.there(filter(None, map(_compared, outcome.resources)))
        for mapped in outcome.resources:
            resource = self._ready(subject, mapped, there)
            problem = _problem(resource) if resource else ""
            if problem:
                item = "/".join(_name(mapped))
                held.add(self._hold(subject, item, mapped.mapping, INVALID, problem))
            elif resource:
                lineage = Lineage(subject.record, mapped.mapping, mapped.map_row)
                self._waiting[_name(mapped)] = resource, lineage
        self._transaction.quarantine.settle(subject.record, held, now=self._now)
        self._note(subject, outcome)

    def claim(self, subject: Subject) -> None:
        """Keep what the record makes from being withdrawn with another one that makes it too."""
        outcome = self.interpreter.outcome(subject)
        self._claimed.update(map(_name, outcome.resources))

    def flush(self) -> None:
        """Store the resources that wait."""
        items, self._waiting = list(self._waiting.values()), {}
        self.put(items)

    def put(self, items: Sequence[Item]) -> None:
        """Store resources and count what that did."""
        report = self.written.report
        for (resource, _), put in zip(
            items, self._transaction.put_all(items, now=self._now), strict=True
        ):
            type_, id_ = resource["resourceType"], resource["id"]
            if put.outcome == "unchanged":
                report.unchanged += 1
                continue
            counts = report.created if put.outcome == "created" else report.updated
            counts[type_] += 1
            self.written.versions.append(f"{type_}/{id_}/_history/{put.version}")

    def _ready(
        self, subject: Subject, mapped: Mapped, there: frozenset[Name]
    ) -> dict[str, Any] | None:
        """Return the resource as it is to be stored, or None when it is not this record's."""
        name = _name(mapped)
        claimed = subject.withdrawn and name in self._claimed
        if claimed or (not subject.changed and not self._owns(subject, name)):
            return None
        stored = self._bridge.stored(*name) if name in there else None
        if mapped.new_only and stored is not None:
            return None
        settled = settle(_grown(mapped, stored), stored, changed=subject.changed)
        if settled.note:
            self._transaction.issues.note(self._quality(subject, "/".join(name), settled.note, ""))
            self.written.report.notes[settled.note] += 1
        return self._absent(settled.resource) if subject.withdrawn else settled.resource

    def _owns(self, subject: Subject, name: Name) -> bool:
        """Return whether the record may write the resource: its own, or nobody's any more."""
        records = self._transaction.records
        if name in self._made_by(subject.record):
            return True
        found = records.find(*name)
        if found is None:
            return True
        owner = found[0]
        newest = records.newest(owner.source, owner.stream, owner.key)
        return newest is None or newest.id != owner.id

    def _made_by(self, record: int) -> frozenset[Name]:
        if self._asked != record:
            self._asked, self._answer = record, frozenset(self._transaction.records.made(record))
        return self._answer

    def _account(self, outcome: Outcome) -> None:
        report = self.written.report
        report.items += len(outcome.account)
        reasons = {one.item_key: one.reason_code for one in outcome.quarantined}
        whole = reasons.get(".", "unsaid")
        left_out = {one.item_key: one.reason for one in outcome.ignored}
        for key, fate in outcome.account.items():
            if fate == "mapped":
                report.mapped += 1
            elif fate == "quarantined":
                report.quarantined[reasons.get(key, whole)] += 1
            else:
                report.ignored[left_out.get(key, "by declaration")] += 1

    def _hold(
        self, subject: Subject, item: str, mapping: str, code: str, reason: str
    ) -> tuple[str, str]:
        self._transaction.quarantine.hold(
            subject.record, item, mapping, code, reason, now=self._now
        )
        if code == INVALID:
            self.written.report.notes[INVALID] += 1
        return item, mapping

    def _note(self, subject: Subject, outcome: Outcome) -> None:
        for note in outcome.issues:
            self.written.report.notes[note.code] += 1
            item = f"{subject.key}#{note.item_key}"
            self._transaction.issues.note(self._quality(subject, item, note.code, note.text))

    def _quality(self, subject: Subject, item: str, code: str, text: str) -> QualityNote:
        source = self._link.name
        return QualityNote(source, self._stream, item, code, text, subject.record, self._now)


def _name(mapped: Mapped) -> Name:
    return mapped.resource["resourceType"], mapped.resource["id"]


def _compared(mapped: Mapped) -> Name | None:
    """Return the name of a resource that depends on what is stored of it."""
    name = _name(mapped)
    return name if mapped.new_only or mapped.grows or name[0] in SUBSTANCE else None


def _case(rejected: Any) -> tuple[str, str, str, str]:
    return rejected.item_key, rejected.mapping, rejected.reason_code, rejected.reason


def _grown(mapped: Mapped, stored: dict[str, Any] | None) -> dict[str, Any]:
    """Return the resource with the list elements that only the stored version has."""
    grown = {
        name: [*before, *(one for one in mapped.resource.get(name, []) if one not in before)]
        for name in mapped.grows
        if (before := (stored or {}).get(name))
    }
    return mapped.resource | grown


def _problem(resource: dict[str, Any]) -> str:
    """Return what is wrong with the resource in one line, or an empty text."""
    issues = schema.check(resource) or models.typed_check(resource)
    return "; ".join(_said(issue) for issue in issues[:SHOWN_PROBLEMS])


def _said(issue: Any) -> str:
    return f"{' '.join(issue.expression)}: {issue.diagnostics}"
