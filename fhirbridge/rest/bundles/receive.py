"""The batch and transaction interactions: a Bundle posted to the base.

https://hl7.org/fhir/R4/http.html#transaction
"""

from typing import Any

from fhirbridge.auth.access import sees_as_patient
from fhirbridge.auth.principal import Principal
from fhirbridge.fhir.errors import Forbidden, Invalid, TooLarge
from fhirbridge.rest import negotiation
from fhirbridge.rest.bundles.answers import response_bundle
from fhirbridge.rest.bundles.batch import batch
from fhirbridge.rest.bundles.entry import OF_BUNDLE, check_names
from fhirbridge.rest.bundles.transaction import transaction
from fhirbridge.rest.exchange import FhirRequest, FhirResponse, fhir_json
from fhirbridge.rest.incoming import resource_of
from fhirbridge.rest.representation import indented, style
from fhirbridge.rest.routing import Routing
from fhirbridge.rest.server import Server

BUNDLE = "Bundle"
# A patient's batch is an app's start page, not a harvest.
MOST_OF_PATIENTS = 20


class Receiver:
    """Takes Bundles whose entries ask for what `routing` knows."""

    def __init__(self, routing: Routing) -> None:
        self._routing = routing

    def __call__(self, request: FhirRequest, principal: Principal, server: Server) -> FhirResponse:
        """Return the answers to all entries, in their order.

        Raises Invalid for what is no batch or transaction, TooLarge past the limit of entries,
        Forbidden for a patient's transaction; a transaction raises what its first bad entry does.
        """
        indent = negotiation.pretty(request.headers.get("accept"), style(request))
        bundle = resource_of(request._replace(type_=BUNDLE))
        check_names(bundle, OF_BUNDLE)
        type_, entries = bundle.get("type"), _entries(bundle)
        _check_size(len(entries), principal, server)
        if type_ == "batch":
            responses = batch(entries, self._routing, request, server)
        elif type_ == "transaction":
            if sees_as_patient(principal):
                raise Forbidden("Transactions are not for patients")
            responses = transaction(entries, self._routing, request, principal, server)
        else:
            raise Invalid("A batch or transaction is expected", expression=("Bundle.type",))
        body = response_bundle(f"{type_}-response", responses)
        response = fhir_json(indented(body) if indent else body)
        return response._replace(recorded=type_ == "transaction")


def _entries(bundle: dict[str, Any]) -> list[Any]:
    entries = bundle.get("entry", [])
    if not isinstance(entries, list):
        raise Invalid("The entries are not an array", expression=("Bundle.entry",))
    return entries


def _check_size(count: int, principal: Principal, server: Server) -> None:
    most = server.limits.max_entries
    if sees_as_patient(principal):
        most = min(most, MOST_OF_PATIENTS)
    if count > most:
        raise TooLarge(f"The Bundle has more than {most} entries")
