"""What a new resource may refer to: for all but systems, what its writer may see.

Else a reference would make a relation to somebody else's record, or tell that there is one.
"""

from typing import Any

from fhirbridge.auth.access import permit_reference, sees_as_patient
from fhirbridge.auth.principal import Principal
from fhirbridge.fhir.errors import Unprocessable
from fhirbridge.fhir.reference import target
from fhirbridge.rest.server import Server
from fhirbridge.rest.validation import references


def check_references(
    resource: dict[str, Any], principal: Principal, server: Server, base_url: str
) -> None:
    """Raise Unprocessable, in one text for unknown and foreign, when a reference leads too far."""
    if principal.kind == "system":
        return
    for text in sorted(set(references(resource))):
        if not _may_refer(text, principal, server, base_url):
            raise Unprocessable("A reference does not lead to a resource you may refer to")


def _may_refer(text: str, principal: Principal, server: Server, base_url: str) -> bool:
    """Return whether `text` leads inside the resource, to what is seen or, for staff, elsewhere."""
    if text.startswith("#"):
        return True
    found = target(text, base_url)
    if found.type_ is None or found.id_ is None:
        return not sees_as_patient(principal)
    definition = server.definitions.get(found.type_)
    if definition is None:
        return False
    permitted = permit_reference(found.type_, found.id_, definition, principal)
    stored = server.store.read(permitted)
    return stored is not None and not stored.deleted
