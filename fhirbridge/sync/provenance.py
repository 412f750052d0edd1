"""Where versions came from: one Provenance per unit of work that changed anything.

https://hl7.org/fhir/R4/provenance.html
"""

from collections.abc import Sequence
from typing import Any

from fhirbridge.fhir.identity import Identity
from fhirbridge.fhir.instant import to_instant

PULLED = {"system": "http://terminology.hl7.org/CodeSystem/v3-DataOperation", "code": "UPDATE"}
ASSEMBLER = {
    "system": "http://terminology.hl7.org/CodeSystem/provenance-participant-type",
    "code": "assembler",
}


def provenance(
    identity: Identity, source: str, stream: str, versions: Sequence[str], now: int
) -> dict[str, Any]:
    """Return the Provenance of `versions` ("Type/id/_history/n"), made of records of `stream`.

    The same versions make the same id, so a unit of work that is done twice says it once.
    """
    listed = sorted(versions)
    return {
        "resourceType": "Provenance",
        "id": identity.derive(source, f"provenance/{stream}", "\n".join(listed)),
        "target": [{"reference": one} for one in listed],
        "recorded": to_instant(now),
        "activity": {"coding": [PULLED]},
        "agent": [{"type": {"coding": [ASSEMBLER]}, "who": {"display": "fhirbridge"}}],
        "entity": [{"role": "source", "what": {"display": f"{source}: {stream}"}}],
    }


def organization(
    identity: Identity, system_base: str, source: str, declared: dict[str, Any]
) -> dict[str, Any]:
    """Return the Organization behind a source, from what `source.yaml` says of it."""
    key = str(declared.get("key", source))
    address = declared.get("address")
    phone = declared.get("phone")
    elements = {
        "identifier": [{"system": f"{system_base}{source}/organization", "value": key}],
        "active": True,
        "type": [_type(declared["type"])] if declared.get("type") else None,
        "name": declared.get("name", source),
        "alias": list(declared.get("alias", ())),
        "telecom": [{"system": "phone", "value": phone}] if phone else None,
        "address": [dict(address)] if address else None,
    }
    id_ = identity.derive(source, "organization", key)
    said = {name: value for name, value in elements.items() if value}
    return {"resourceType": "Organization", "id": id_} | said


def _type(code: str) -> dict[str, Any]:
    system = "http://terminology.hl7.org/CodeSystem/organization-type"
    return {"coding": [{"system": system, "code": code}]}
