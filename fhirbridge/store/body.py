"""The bytes of a resource: what is stored is what is sent."""

import hashlib
from typing import Any

from fhirbridge.fhir.instant import to_instant
from fhirbridge.fhir.json import dump

SERVERS_OWN = frozenset({"versionId", "lastUpdated"})


def content_hash(resource: dict[str, Any]) -> bytes:
    """Return what tells two contents apart; version and time of storing are not content."""
    meta = resource.get("meta")
    if meta is not None:
        own = {name: value for name, value in meta.items() if name not in SERVERS_OWN}
        resource = {name: value for name, value in resource.items() if name != "meta" or own}
        if own:
            resource["meta"] = own
    return hashlib.sha256(dump(resource)).digest()


def stamped(resource: dict[str, Any], version: int, updated: int) -> dict[str, Any]:
    """Return `resource` with versionId and lastUpdated; meta follows the id when it is new."""
    meta = {"versionId": str(version), "lastUpdated": to_instant(updated)}
    given = resource.get("meta")
    if given is not None:
        rest = {name: value for name, value in given.items() if name not in SERVERS_OWN}
        return {**resource, "meta": {**meta, **rest}}
    head = {name: resource[name] for name in ("resourceType", "id")}
    return {**head, "meta": meta, **resource}
