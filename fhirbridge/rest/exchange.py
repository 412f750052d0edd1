"""A request and an answer as the interactions know them: plain values, no web framework.

https://hl7.org/fhir/R4/http.html
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

BASE = "/fhir"
FHIR_JSON = "application/fhir+json; charset=utf-8"


NO_HEADERS: Mapping[str, str] = MappingProxyType({})


# Named tuples, because two or three of them are made per request and a frozen dataclass costs more.
class FhirRequest(NamedTuple):
    """What a client asked.

    `query` is the query string as it came (still percent-encoded), `headers` has lower-case names,
    `origin` is `scheme://host` as the client wrote it and is not trusted yet; `mount` is the path
    under which the application as a whole is served; `address` is where the connection comes from.
    """

    method: str
    type_: str = ""
    id_: str = ""
    version: str = ""
    query: str = ""
    headers: Mapping[str, str] = NO_HEADERS
    body: bytes = b""
    origin: str = ""
    mount: str = ""
    address: str = ""


class FhirResponse(NamedTuple):
    """What is answered; the headers that every answer carries are added by `serve`.

    `recorded`: the audit trail has it already, in the transaction that made it. `found`: references
    of the resources in the body, from whoever put them there; None: the body is read for them.
    `updated`: when the resource was last changed (microseconds), more exactly than Last-Modified.
    `tells`: the body is an OperationOutcome about what was done, and not what was asked for.
    """

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    recorded: bool = False
    found: tuple[str, ...] | None = None
    updated: int | None = None
    tells: bool = False

    def header(self, name: str) -> str | None:
        """Return the value of the header called `name` exactly so, or None."""
        return next((value for key, value in self.headers if key == name), None)


def fhir_json(
    body: bytes,
    *headers: tuple[str, str],
    status: int = 200,
    found: tuple[str, ...] | None = None,
    updated: int | None = None,
) -> FhirResponse:
    """Return an answer whose body is a FHIR resource in JSON."""
    more = (("Content-Type", FHIR_JSON), *headers)
    return FhirResponse(status, body, more, found=found, updated=updated)
