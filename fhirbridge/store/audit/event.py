"""An entry of the trail as an AuditEvent: https://hl7.org/fhir/R4/auditevent.html.

Shaped after IHE's Basic Audit Log Patterns, https://profiles.ihe.net/ITI/BALP/.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from typing import Any

from fhirbridge.fhir.instant import to_instant
from fhirbridge.store.audit.deeds import DEEDS, DICOM
from fhirbridge.store.audit.entry import COMPARTMENT, Entry

TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
REST = {"system": f"{TERMINOLOGY}/audit-event-type", "code": "rest"}
INTERACTIONS = "http://hl7.org/fhir/restful-interaction"
CODES = {COMPARTMENT: "search-type"}
# https://hl7.org/fhir/R4/valueset-audit-event-action.html; the rest is execution.
ACTIONS = {
    "read": "R",
    "vread": "R",
    "history-instance": "R",
    "create": "C",
    "update": "U",
    "patch": "U",
    "delete": "D",
}
APPLICATION = {"system": DICOM, "code": "110153", "display": "Source Role ID"}
PERSON = {"system": f"{TERMINOLOGY}/extra-security-role-type", "code": "humanuser"}
SYSTEMS = "Device"
RESOURCE_TYPES = "http://hl7.org/fhir/resource-types"
BREAK_THE_GLASS = {"system": f"{TERMINOLOGY}/v3-ActReason", "code": "BTG"}
ENTITY_TYPES = f"{TERMINOLOGY}/audit-entity-type"
ENTITY_ROLES = f"{TERMINOLOGY}/object-role"
# (type, role) of https://hl7.org/fhir/R4/valueset-audit-entity-type.html and -object-role.html.
ABOUT_PATIENT, ABOUT_RESOURCE, ABOUT_QUERY, ABOUT_GRANT = (
    ("1", "1"), ("2", "4"), ("2", "24"), ("4", "13"),
)  # fmt: skip
SUCCESS, MINOR, SERIOUS = "0", "4", "8"
REFUSED, FAILED = 400, 500
MACHINE, IP_ADDRESS = "1", "2"
IP = re.compile(r"[0-9.]{7,15}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]+", re.ASCII)
GRANT = "urn:fhirbridge:token:sha-256:"
SERVER = {"observer": {"display": "fhirbridge"}}
PART = re.compile(r"[A-Za-z0-9\-.]{1,64}", re.ASCII)


def audit_event(id_: str, entry: Entry, patients: Iterable[str]) -> dict[str, Any]:
    """Return the resource; `patients` are the ids of those whom the access concerned."""
    event: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "id": id_,
        **_what(entry),
        "recorded": to_instant(entry.time),
        "outcome": _outcome(entry.status),
        "purposeOfEvent": [{"coding": [BREAK_THE_GLASS]}] if entry.emergency else None,
        "agent": list(_agents(entry)),
        "source": SERVER,
        "entity": list(_entities(entry, patients)),
    }
    return {name: value for name, value in event.items() if value}


def damage(id_: str, time: int, what: str) -> dict[str, Any]:
    """Return the AuditEvent of a part of a journal that cannot be read any more."""
    return {
        "resourceType": "AuditEvent",
        "id": id_,
        "type": {"system": f"{TERMINOLOGY}/audit-event-type", "code": "object"},
        "action": "E",
        "recorded": to_instant(time),
        "outcome": SERIOUS,
        "outcomeDesc": f"The audit journal is damaged: {what}",
        "agent": [{"requestor": False, "who": {"display": "fhirbridge"}}],
        "source": SERVER,
    }


def references(entry: Entry) -> list[str]:
    """Return what was asked for by id and what was answered, each once."""
    type_ = "Patient" if entry.interaction == COMPARTMENT else entry.type_
    named = PART.fullmatch(type_) and PART.fullmatch(entry.id_)
    asked = (f"{type_}/{entry.id_}",) if named else ()
    return list(dict.fromkeys((*asked, *entry.found)))


def _what(entry: Entry) -> dict[str, Any]:
    """Return the elements that say what was done."""
    name = entry.interaction
    if name in DEEDS:
        return DEEDS[name].codes()
    code = {"system": INTERACTIONS, "code": CODES.get(name, name)}
    return {
        "type": REST,
        "subtype": [code] if name else None,
        "action": ACTIONS.get(name, "E"),
        "outcomeDesc": f"HTTP {entry.status}",
    }


def _outcome(status: int) -> str:
    if status >= FAILED:
        return SERIOUS
    return MINOR if status >= REFUSED else SUCCESS


def _agents(entry: Entry) -> Iterator[dict[str, Any]]:
    """Yield the person, if there is one, and the application; who asks has the grant.

    Who tried to log in is a person, be it an unknown one. Of staff at the command line the name
    they gave is told in the application's place.
    """
    user = entry.user or (f"Patient/{entry.patient}" if entry.patient else None)
    is_person = user is not None or (entry.interaction in DEEDS and entry.client is None)
    if is_person:
        role, who = (user.partition("/")[0], {"who": {"reference": user}}) if user else (None, {})
        yield _agent(PERSON, role, who) | _asking(entry)
    if entry.client is not None or not is_person:
        application = {"who": {"identifier": {"value": entry.client}}} if entry.client else {}
        agent = _agent(APPLICATION, SYSTEMS if entry.kind else None, application)
        yield agent | ({"requestor": False} if is_person else _asking(entry))


def _agent(type_: dict[str, str], role: str | None, who: dict[str, Any]) -> dict[str, Any]:
    roles = [] if role is None else [{"coding": [{"system": RESOURCE_TYPES, "code": role}]}]
    agent: dict[str, Any] = {"type": {"coding": [type_]}, "role": roles, **who}
    return {name: value for name, value in agent.items() if value}


def _asking(entry: Entry) -> dict[str, Any]:
    """Return what the agent who asked has: the grant, and an address."""
    asking: dict[str, Any] = {"requestor": True}
    if entry.grant:
        asking["policy"] = [f"{GRANT}{entry.grant}"]
    if entry.address:
        kind = IP_ADDRESS if IP.fullmatch(entry.address) else MACHINE
        asking["network"] = {"address": entry.address, "type": kind}
    return asking


def _entities(entry: Entry, patients: Iterable[str]) -> Iterator[dict[str, Any]]:
    for patient in sorted(patients):
        yield {"what": {"reference": f"Patient/{patient}"}, **_kind(ABOUT_PATIENT)}
    version = f"/_history/{entry.version}" if PART.fullmatch(entry.version) else ""
    for reference in references(entry):
        yield {"what": {"reference": f"{reference}{version}"}, **_kind(ABOUT_RESOURCE)}
    if entry.query:
        asked = f"{entry.type_}?{entry.query}".encode("latin-1")  # as WSGI hands it over
        yield {**_kind(ABOUT_QUERY), "query": b64encode(asked).decode()}
    grant = (
        ("scope", entry.scopes),
        ("request", entry.number),
        ("patient", entry.patient),
        ("emergency", entry.emergency),
    )
    detail = [{"type": name, "valueString": value} for name, value in grant if value]
    if detail:
        yield {**_kind(ABOUT_GRANT), "detail": detail}


def _kind(kind: tuple[str, str]) -> dict[str, Any]:
    type_, role = kind
    return {
        "type": {"system": ENTITY_TYPES, "code": type_},
        "role": {"system": ENTITY_ROLES, "code": role},
    }
